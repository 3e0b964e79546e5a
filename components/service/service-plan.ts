import { ProblemCollector } from "../../contracts/problems.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { Grant } from "../../contracts/workload.ts";
import { checkSeconds } from "../checks.ts";
import { checkGrants } from "../iam.ts";
import { planRule } from "../network/security-group-plan.ts";
import {
  checkImage,
  checkMinimum,
  checkNames,
  checkPort,
  checkRetention,
  checkRevision,
  checkScaling,
  checkTaskSize,
  checkVariables,
} from "./checks.ts";
import type { HeldColour, ServiceArgs } from "./service-args.ts";

export interface ColourPlan {
  readonly colour: Colour;
  readonly live: boolean;
  /** True for a colour with users on it: `up` leaves what it runs alone. */
  readonly held: boolean;
  readonly family: string;
  /** What the streams of its tasks begin with: the colour, or the service where a revision may run in either colour. */
  readonly logStreamPrefix: string;
  readonly image: string;
  /** Revision that the ledger says the colour runs; undefined where the one made here is meant. */
  readonly taskDefinitionArn: string | undefined;
  /** Tasks at creation; from then on autoscaling and the switcher own the number. */
  readonly initialCount: number;
  readonly minimum: number;
  /** True where only the switcher knows the minimum, so that `up` leaves it alone. */
  readonly minimumUnknown: boolean;
}

export interface ServicePlan {
  readonly service: string;
  readonly live: Colour;
  readonly colours: Readonly<Record<Colour, ColourPlan>>;
  readonly maximum: number;
  readonly targetCpuPercent: number;
  readonly targetRequestsPerMinute: number | undefined;
  readonly logGroupName: string;
  readonly retentionDays: number;
  /** Private registry repositories of ECR that the execution role may pull from, as ARNs. */
  readonly repositoryArns: readonly string[];
  /** What the task role may do: the declared grants and, where people may open a shell, what that needs. */
  readonly taskGrants: readonly Grant[];
  readonly user: string;
  readonly writablePaths: readonly string[];
  readonly stopTimeoutSeconds: number;
  readonly healthCheckGraceSeconds: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly execEnabled: boolean;
}

/** The four actions that ECS Exec needs. The service authorization reference lists no resource type for them. */
const EXEC_GRANT: Grant = {
  id: "EcsExec",
  actions: [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  resources: ["*"],
};

/**
 * Decides everything about a service that is not an id.
 *
 * @throws ProblemsError with all that is wrong
 */
export function planService(name: string, args: ServiceArgs): ServicePlan {
  const problems = new ProblemCollector(`Service "${name}"`);
  const service = args.service ?? name;
  const live = args.live?.colour ?? "blue";
  const user = args.user ?? "65532:65532";
  const shutdownSeconds = args.shutdownSeconds ?? 30;
  const stopTimeoutSeconds = args.stopTimeoutSeconds ?? 45;
  const minimumHealthyPercent = args.rolling?.minimumHealthyPercent ?? 100;
  const maximumPercent = args.rolling?.maximumPercent ?? 200;
  const retentionDays = args.logs?.retentionDays ?? 30;
  const execEnabled = args.execEnabled ?? false;

  checkNames(problems, { name, service, environment: args.environment });
  checkImage(problems, "image", args.image);
  if (args.live?.image !== undefined) checkImage(problems, "live.image", args.live.image);
  if (args.live?.idle?.image !== undefined) checkImage(problems, "live.idle.image", args.live.idle.image);
  checkRevision(problems, "live.taskDefinitionArn", args.live?.taskDefinitionArn);
  checkRevision(problems, "live.idle.taskDefinitionArn", args.live?.idle?.taskDefinitionArn);
  checkMinimum(problems, args.live?.minimum, args.scaling.max);
  checkPort(problems, args.port);
  checkTaskSize(problems, args.size);
  checkScaling(problems, args.scaling);
  checkVariables(problems, args.variables ?? {}, args.secrets ?? {});
  checkRetention(problems, retentionDays);
  problems.require(args.subnetIds.length > 0, "subnetIds", "no subnet is given.", "Give one subnet of each zone.");
  problems.require(
    /^[1-9]\d*(:[1-9]\d*)?$/.test(user),
    "user",
    `"${user}" is root or no number.`,
    "Give a numeric user that is not 0, with or without a group, such as 65532:65532.",
  );
  checkSeconds(problems, "stopTimeoutSeconds", stopTimeoutSeconds, 2, 120);
  problems.require(
    shutdownSeconds < stopTimeoutSeconds,
    "shutdownSeconds",
    `${shutdownSeconds} seconds to finish, but SIGKILL comes after ${stopTimeoutSeconds}.`,
    "Make shutdownSeconds less than stopTimeoutSeconds, which may be 120 at most.",
  );
  problems.require(
    minimumHealthyPercent >= 0 && minimumHealthyPercent <= 100 && maximumPercent > 100,
    "rolling",
    `${minimumHealthyPercent} to ${maximumPercent} per cent.`,
    "Give a minimum from 0 to 100 and a maximum above 100, without which ECS cannot rebalance over zones.",
  );
  const declared = args.grants ?? [];
  const taskGrants = execEnabled ? [...declared, EXEC_GRANT] : declared;
  checkGrants(problems, "grants", taskGrants);
  for (const [role, target] of Object.entries(args.egress ?? {})) {
    problems.require(
      role !== "https",
      `egress.${role}`,
      "every service has this one.",
      "Remove it, or give it another name.",
    );
    planRule(problems, `egress.${role}`, "egress", role, target);
  }
  problems.throwIfAny(`Service "${name}"`);

  const held = (colour: Colour): HeldColour | undefined => (colour === live ? (args.live ?? {}) : args.live?.idle);
  const colourPlan = (colour: Colour): ColourPlan => {
    const minimum = args.live?.minimum?.[colour] ?? (held(colour) ? args.scaling.min : 0);
    return {
      colour,
      live: colour === live,
      held: held(colour) !== undefined,
      family: `${args.environment}-${service}-${colour}`,
      logStreamPrefix: args.rolling === undefined ? colour : service,
      image: held(colour)?.image ?? args.image,
      taskDefinitionArn: held(colour)?.taskDefinitionArn,
      initialCount: minimum,
      minimum,
      minimumUnknown: colour !== live && args.live?.minimum === undefined,
    };
  };
  const colours = { blue: colourPlan("blue"), green: colourPlan("green") };
  return {
    service,
    live,
    colours,
    maximum: args.scaling.max,
    targetCpuPercent: args.scaling.targetCpuPercent ?? 60,
    targetRequestsPerMinute: args.scaling.targetRequestsPerMinute,
    logGroupName: `/causeway/${args.environment}/${service}`,
    retentionDays,
    repositoryArns: [...new Set(COLOURS.flatMap((colour) => repositoryArn(colours[colour].image)))].sort(),
    taskGrants,
    user,
    writablePaths: args.writablePaths ?? [],
    stopTimeoutSeconds,
    healthCheckGraceSeconds: args.healthCheckGraceSeconds ?? 60,
    minimumHealthyPercent,
    maximumPercent,
    execEnabled,
  };
}

/** ARN of the ECR repository that an image is in; none when it is elsewhere. */
function repositoryArn(image: string): string[] {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)[@:]/.exec(image);
  return match ? [`arn:aws:ecr:${match[2]}:${match[1]}:repository/${match[3]}`] : [];
}
