import * as pulumi from "@pulumi/pulumi";
import { releaseHostName } from "../../contracts/execution.ts";
import { mirrorPath } from "../../contracts/mirror.ts";
import { ProblemCollector } from "../../contracts/problems.ts";
import { targetPath } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { Grant } from "../../contracts/workload.ts";
import { checkGrants } from "../iam.ts";
import { partitionOf } from "../security/key-plan.ts";

/** A service that the host may release, and nothing else of it. */
export interface ReleasedService {
  /** ARNs of the rules that split its users, whose weights a release moves. */
  readonly ruleArns: readonly pulumi.Input<string>[];
  /** Names of its two ECS services. */
  readonly ecsServiceNames: Readonly<Record<Colour, pulumi.Input<string>>>;
  /**
   * ARNs of the roles of its tasks, where releases deploy revisions: a rolling release. Others change weights and numbers of
   * tasks only, for which ECS asks for no role. @default none
   */
  readonly taskRoleArns?: readonly pulumi.Input<string>[];
}

/** What decides the host of releases; see `ReleaseHostArgs`. */
export interface ReleaseHostPlanArgs {
  readonly environment: string;
  readonly region: string;
  readonly accountId: string;
  /** What may be released, by name. */
  readonly services: Readonly<Record<string, ReleasedService>>;
  /** Name of their ECS cluster. */
  readonly clusterName: pulumi.Input<string>;
  /** Table and key that releases are written down in. */
  readonly ledger: { readonly tableArn: pulumi.Input<string>; readonly keyArn: pulumi.Input<string> };
  /** Topic and its key by which people are told. @default nobody is told; everything is in the ledger */
  readonly notices?: { readonly topicArn: pulumi.Input<string>; readonly keyArn: pulumi.Input<string> };
  /** ARNs of the Lambda functions and state machines that hooks of releases call. @default none */
  readonly hookArns?: readonly string[];
  /** Ports of the load balancer that users and testers use. */
  readonly listenerPorts: readonly number[];
}

export interface ReleaseHostPlan {
  /** Name of both the state machine and the function: what starts releases knows them by it. */
  readonly name: string;
  readonly logGroupName: string;
  readonly functionArn: string;
  readonly machineArn: string;
  /** Seconds that a call of the function may take: what AWS allows, for a hook that runs long. */
  readonly functionTimeoutSeconds: number;
  /** What the function may do. */
  readonly functionGrants: readonly Grant[];
  /** What the state machine may do. */
  readonly machineGrants: readonly Grant[];
  /** Ports that the function may connect to. */
  readonly egressPorts: readonly number[];
}

/** The longest that Lambda lets a call take. */
const LONGEST_CALL_SECONDS = 900;

/**
 * Decides names, limits and rights of the host of releases.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planReleaseHost(name: string, args: ReleaseHostPlanArgs): ReleaseHostPlan {
  const problems = new ProblemCollector(name);
  const hostName = releaseHostName(args.environment);
  problems.require(
    /^[a-zA-Z0-9-]{1,64}$/.test(hostName),
    "environment",
    `"${args.environment}" makes the name "${hostName}", which Lambda does not take.`,
    "Use letters, digits and dashes, and at most 47 of them.",
  );
  problems.require(
    Object.keys(args.services).length > 0,
    "services",
    "there is nothing to release.",
    "Name the services, or leave the host out.",
  );
  for (const [service, { ruleArns }] of Object.entries(args.services)) {
    problems.require(
      ruleArns.length > 0,
      `services.${service}.ruleArns`,
      "there is no rule whose weights could be moved.",
      "Give the ARN of the service's live rule.",
    );
  }
  const hookArns = args.hookArns ?? [];
  hookArns.forEach((arn, index) => {
    problems.require(
      /^arn:aws[a-z-]*:(lambda:[^:]+:\d{12}:function|states:[^:]+:\d{12}:stateMachine):[^*?]+$/.test(arn),
      `hookArns[${index}]`,
      `"${arn}" is the ARN of neither one function nor one state machine.`,
      "Name what the hook calls.",
    );
  });
  args.listenerPorts.forEach((port, index) => {
    problems.require(
      Number.isInteger(port) && port >= 1 && port <= 65_535,
      `listenerPorts[${index}]`,
      `${port} is no port.`,
      "Give the port of a listener, 1 to 65535.",
    );
  });
  const arn = arns(args);
  const functionGrants = [...worldGrants(args, arn), ...ledgerGrants(args, arn), ...hookGrants(hookArns, arn)];
  const machineGrants: Grant[] = [
    { id: "TakeTurns", actions: ["lambda:InvokeFunction"], resources: [arn.of("lambda", `function:${hostName}`)] },
    {
      id: "GoOnInAnotherExecution",
      actions: ["states:StartExecution"],
      resources: [arn.of("states", `stateMachine:${hostName}`)],
    },
    // The service has no resources.
    {
      id: "TraceExecutions",
      actions: [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
      ],
      resources: ["*"],
    },
    // Step Functions makes the delivery of its log with the role it runs under; these take no resource.
    {
      id: "DeliverLogs",
      actions: [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
      ],
      resources: ["*"],
    },
  ];
  checkGrants(problems, "functionGrants", functionGrants);
  problems.throwIfAny(`release host ${name}`);
  return {
    name: hostName,
    logGroupName: logGroupName(args),
    functionArn: arn.of("lambda", `function:${hostName}`),
    machineArn: arn.of("states", `stateMachine:${hostName}`),
    functionTimeoutSeconds: LONGEST_CALL_SECONDS,
    functionGrants,
    machineGrants,
    // AWS's APIs are on 443.
    egressPorts: [...new Set([443, ...args.listenerPorts])].sort((a, b) => a - b),
  };
}

/** Below the environment's prefix, which the key of its log groups is held to. */
function logGroupName({ environment }: ReleaseHostPlanArgs): string {
  return `/causeway/${environment}/platform/release-host`;
}

interface Arns {
  readonly of: (service: string, resource: string) => string;
  readonly place: string;
  readonly partition: string;
}

function arns({ region, accountId }: ReleaseHostPlanArgs): Arns {
  const partition = partitionOf(region);
  const place = `${region}:${accountId}`;
  return { of: (service, resource) => `arn:${partition}:${service}:${place}:${resource}`, place, partition };
}

/** Seeing and moving the released services. */
function worldGrants(args: ReleaseHostPlanArgs, { of, place, partition }: Arns): Grant[] {
  const services = Object.values(args.services);
  const taskRoles = services.flatMap(({ taskRoleArns }) => taskRoleArns ?? []);
  const ecsServices = services.flatMap(({ ecsServiceNames }) =>
    COLOURS.map(
      (colour) =>
        pulumi.interpolate`arn:${partition}:ecs:${place}:service/${args.clusterName}/${ecsServiceNames[colour]}`,
    ),
  );
  return [
    // These accept no resource and no condition.
    {
      id: "SeeTheWorld",
      actions: [
        "application-autoscaling:DescribeScalableTargets",
        "cloudwatch:GetMetricData",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetHealth",
      ],
      resources: ["*"],
    },
    {
      id: "MoveTraffic",
      actions: ["elasticloadbalancing:ModifyRule"],
      resources: services.flatMap(({ ruleArns }) => ruleArns),
    },
    { id: "SeeAndScaleServices", actions: ["ecs:DescribeServices", "ecs:UpdateService"], resources: ecsServices },
    // `UpdateService` that names a revision hands the revision's roles to its tasks.
    ...(taskRoles.length === 0
      ? []
      : [
          {
            id: "DeployRevisions",
            actions: ["iam:PassRole"],
            resources: taskRoles,
            conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
          },
        ]),
    {
      // AWS names scalable targets by ids of its own; the tag is what tells those of this environment.
      id: "SetTheFewestTasks",
      actions: ["application-autoscaling:RegisterScalableTarget"],
      resources: [of("application-autoscaling", "scalable-target/*")],
      conditions: {
        StringEquals: {
          "application-autoscaling:service-namespace": "ecs",
          "aws:ResourceTag/environment": args.environment,
        },
      },
    },
  ];
}

/** Writing down, telling infrastructure code and people, and its own logs. */
function ledgerGrants(args: ReleaseHostPlanArgs, { of, place, partition }: Arns): Grant[] {
  const services = Object.keys(args.services);
  const parameter = (path: string) => of("ssm", `parameter${path}`);
  const mirrors = services.flatMap((service) =>
    (["release", "live"] as const).map((name) => parameter(mirrorPath(args.environment, service, name))),
  );
  const targets = services.map((service) => parameter(targetPath(args.environment, service)));
  // What is asked for is the folder, with or without its slash.
  const folders = services.flatMap((service) => {
    const folder = targetPath(args.environment, service).replace(/\/[^/]+$/, "");
    return [parameter(folder), parameter(`${folder}/`)];
  });
  const grants: Grant[] = [
    {
      id: "AppendToTheLedger",
      actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      resources: [args.ledger.tableArn],
    },
    {
      id: "DecryptTheLedger",
      actions: ["kms:Decrypt"],
      resources: [args.ledger.keyArn],
      conditions: { StringEquals: { "kms:ViaService": `dynamodb.${args.region}.amazonaws.com` } },
    },
    { id: "ReadParameters", actions: ["ssm:GetParametersByPath"], resources: folders },
    { id: "ReadTargets", actions: ["ssm:GetParameter"], resources: targets },
    { id: "TellInfrastructureCode", actions: ["ssm:PutParameter"], resources: mirrors },
    {
      id: "WriteLogs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`arn:${partition}:logs:${place}:log-group:${logGroupName(args)}:*`],
    },
    // The service has no resources.
    { id: "Trace", actions: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources: ["*"] },
  ];
  if (args.notices !== undefined) {
    grants.push(
      { id: "TellPeople", actions: ["sns:Publish"], resources: [args.notices.topicArn] },
      {
        id: "EncryptNotices",
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [args.notices.keyArn],
        conditions: { StringEquals: { "kms:ViaService": `sns.${args.region}.amazonaws.com` } },
      },
    );
  }
  return grants;
}

function hookGrants(hookArns: readonly string[], { partition }: Arns): Grant[] {
  const functions = hookArns.filter((arn) => arn.startsWith(`arn:${partition}:lambda:`));
  const machines = hookArns.filter((arn) => arn.startsWith(`arn:${partition}:states:`));
  return [
    ...(functions.length > 0 ? [{ id: "CallHooks", actions: ["lambda:InvokeFunction"], resources: functions }] : []),
    ...(machines.length > 0
      ? [
          { id: "StartHooks", actions: ["states:StartExecution"], resources: machines },
          {
            // Names of executions begin with the environment's.
            id: "AwaitHooks",
            actions: ["states:DescribeExecution"],
            resources: machines.map((arn) => `${arn.replace(":stateMachine:", ":execution:")}:*`),
          },
        ]
      : []),
  ];
}
