import { DescribeTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import {
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { MirrorState } from "../../contracts/mirror.ts";
import { ProblemCollector } from "../../contracts/problems.ts";
import { otherColour, type ReleaseVersion } from "../../contracts/release.ts";
import type { ReleaseTarget } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { Clock, ServiceKey } from "../ports.ts";
import type { ReleaseRequest, Traffic } from "../settings.ts";
import type { AwsClients } from "./clients.ts";
import { systemClock } from "./clock.ts";
import { during } from "./errors.ts";
import { readSeries } from "./metrics.ts";
import { ParameterMirror } from "./mirror.ts";
import { readLimits, readServices } from "./observer.ts";
import { describeRules, ruleState } from "./rules.ts";
import { dimensionsOf } from "./traffic.ts";

/** What `planRelease` needs to know of the world. */
export type ReleaseWorld = Pick<
  ReleaseRequest,
  | "environment"
  | "service"
  | "live"
  | "before"
  | "after"
  | "rules"
  | "stickiness"
  | "deregistrationDelaySeconds"
  | "scaling"
  | "healthCheck"
  | "traffic"
>;

export interface WorldOptions {
  readonly environment: string;
  readonly service: string;
  readonly target: ReleaseTarget;
  readonly clients: AwsClients;
  /** @default the machine's */
  readonly clock?: Clock | undefined;
}

const HOUR_SECONDS = 3600;

/**
 * Reads what a release would begin with: who is live, what both colours are on, the rule, scaling, traffic. The new
 * version is the one that `up` has brought to the idle colour.
 *
 * @throws ProblemsError when nobody can say who is live; Error when AWS cannot be asked. Nothing is changed
 */
export async function readReleaseWorld(options: WorldOptions): Promise<ReleaseWorld> {
  const { environment, service, target, clients } = options;
  const clock = options.clock ?? systemClock;
  const [rules, mirror, services, limits, delay, interval] = await Promise.all([
    describeRules(clients.balancing, [target.rules.live]),
    new ParameterMirror(clients.parameters).read({ environment, service }),
    readServices(clients, target),
    readLimits(clients, target),
    readDeregistrationDelay(clients, target),
    readHealthInterval(clients, target),
  ]);
  const rule = rules[0] === undefined ? undefined : ruleState(rules[0], target);
  const live = liveColour({ environment, service }, target, rule?.weights, mirror);
  const idle = otherColour(live);
  const [before, after, traffic] = await Promise.all([
    readVersion(clients, service, services[live].taskDefinition),
    readVersion(clients, service, services[idle].taskDefinition),
    readTraffic(clients, target, live, clock.now()),
  ]);
  return {
    environment,
    service,
    live,
    before,
    after,
    rules: [target.rules.live],
    stickiness: rule?.stickiness,
    deregistrationDelaySeconds: delay,
    scaling: { min: Math.max(1, limits[live].min), max: limits[live].max },
    healthCheck: { intervalSeconds: interval },
    traffic,
  };
}

function liveColour(
  { environment, service }: ServiceKey,
  target: ReleaseTarget,
  weights: Readonly<Record<Colour, number>> | undefined,
  mirror: Partial<MirrorState>,
): Colour {
  const problems = new ProblemCollector(`${service} in ${environment}`);
  const rule = `rule ${target.rules.live}`;
  if (weights === undefined) {
    problems.add(rule, "it does not exist.", "Run `up`, which makes it again.");
  }
  const live = COLOURS.find((colour) => weights?.[colour] === 100);
  if (weights !== undefined && live === undefined) {
    problems.add(
      rule,
      `users are on both colours: blue ${weights.blue} %, green ${weights.green} %.`,
      "End the release that runs, or give one colour all of the weight.",
    );
  }
  // A rule that was made anew since the last release says by itself who is live.
  const recorded = mirror.live?.rules.includes(target.rules.live) ? mirror.live.live : undefined;
  if (live !== undefined && recorded !== undefined && recorded !== live && mirror.release?.running !== true) {
    problems.add(
      rule,
      `users are on ${live}, but the last release left them on ${recorded}: somebody moved them since.`,
      `Move them back to ${recorded} first. \`up\` brings new versions to ${live}, which it takes for idle.`,
    );
  }
  problems.throwIfAny(`The release of ${service} cannot start`);
  return live as Colour;
}

async function readVersion(
  { ecs }: AwsClients,
  service: string,
  taskDefinition: string | undefined,
): Promise<ReleaseVersion> {
  if (taskDefinition === undefined) throw new Error(`an ECS service of ${service} has no task definition. Run \`up\`.`);
  const found = await during(`reading the task definition ${taskDefinition}`, () =>
    ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition })),
  );
  const containers = found.taskDefinition?.containerDefinitions ?? [];
  const image = (containers.find(({ name }) => name === service) ?? containers.find(({ essential }) => essential))
    ?.image;
  return {
    taskDefinition,
    // Only a digest says which artifact it is.
    ...(image !== undefined && /@sha256:[0-9a-f]{64}$/.test(image) ? { artifact: image } : {}),
  };
}

async function readDeregistrationDelay({ balancing }: AwsClients, target: ReleaseTarget): Promise<number> {
  const delays = await Promise.all(
    COLOURS.map(async (colour) => {
      const TargetGroupArn = target.targetGroups[colour];
      const { Attributes } = await during(`reading the attributes of ${TargetGroupArn}`, () =>
        balancing.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn })),
      );
      return Number(Attributes?.find(({ Key }) => Key === "deregistration_delay.timeout_seconds")?.Value ?? "300");
    }),
  );
  return Math.max(...delays);
}

async function readHealthInterval({ balancing }: AwsClients, target: ReleaseTarget): Promise<number> {
  const TargetGroupArns = COLOURS.map((colour) => target.targetGroups[colour]);
  const { TargetGroups } = await during("reading the target groups", () =>
    balancing.send(new DescribeTargetGroupsCommand({ TargetGroupArns })),
  );
  return Math.max(...(TargetGroups ?? []).map(({ HealthCheckIntervalSeconds }) => HealthCheckIntervalSeconds ?? 10), 1);
}

/** Of the last hour, or of the part of it since which there are metrics; undefined when there are none. */
async function readTraffic(
  { metrics }: AwsClients,
  target: ReleaseTarget,
  live: Colour,
  at: number,
): Promise<Traffic | undefined> {
  const end = Math.floor(at / 60_000) * 60_000;
  const series = (name: string) => ({
    ...{ namespace: "AWS/ApplicationELB", name, statistic: "Sum", seconds: 60 },
    dimensions: dimensionsOf(target, live),
  });
  const wanted = { requests: series("RequestCount"), errors: series("HTTPCode_Target_5XX_Count") };
  const values = await readSeries(metrics, wanted, end - HOUR_SECONDS * 1000, end);
  const starts = [...values.requests.keys()];
  if (starts.length === 0) return undefined;
  const sum = (numbers: ReadonlyMap<number, number>) => [...numbers.values()].reduce((all, value) => all + value, 0);
  const requests = sum(values.requests);
  const seconds = (end - Math.min(...starts)) / 1000;
  const errorPercent = requests === 0 ? 0 : Math.min(100, (sum(values.errors) / requests) * 100);
  return {
    requestsPerSecond: Number((requests / seconds).toPrecision(3)),
    errorPercent: Number(errorPercent.toPrecision(3)),
  };
}
