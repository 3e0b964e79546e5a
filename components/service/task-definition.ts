import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { applyTransform } from "../transform.ts";
import { type ServiceRoles, secretValueFrom } from "./roles.ts";
import type { ServiceArgs } from "./service-args.ts";
import type { ColourPlan, ServicePlan } from "./service-plan.ts";

/**
 * All that makes a revision what it is. On a colour with users, none of it is changed: a new size, variable or default
 * of this component reaches them by a release, as a new image does.
 */
const REVISION_FIELDS = [
  "containerDefinitions",
  "cpu",
  "enableFaultInjection",
  "ephemeralStorage",
  "executionRoleArn",
  "family",
  "ipcMode",
  "memory",
  "networkMode",
  "pidMode",
  "placementConstraints",
  "proxyConfiguration",
  "requiresCompatibilities",
  "runtimePlatform",
  "taskRoleArn",
  "volumes",
] satisfies (keyof aws.ecs.TaskDefinitionArgs)[];

/** The task definition of one colour. Revisions are kept in AWS, so that a rollback always has one to go back to. */
export function createTaskDefinition(
  name: string,
  args: ServiceArgs,
  plan: ServicePlan,
  colour: ColourPlan,
  roles: ServiceRoles,
  tags: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): aws.ecs.TaskDefinition {
  return new aws.ecs.TaskDefinition(
    ...applyTransform<aws.ecs.TaskDefinitionArgs>(
      args.transform?.taskDefinition,
      `${name}-${colour.colour}`,
      {
        family: colour.family,
        cpu: String(args.size.cpu),
        memory: String(args.size.memoryMiB),
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: args.architecture ?? "X86_64" },
        executionRoleArn: roles.execution.arn,
        taskRoleArn: roles.task.arn,
        containerDefinitions: pulumi.jsonStringify([containerDefinition(args, plan, colour)]),
        volumes: plan.writablePaths.map((path) => ({ name: volumeName(path) })),
        skipDestroy: true,
        tags,
      },
      { ...opts, ignoreChanges: colour.held ? REVISION_FIELDS : [] },
    ),
  );
}

function containerDefinition(args: ServiceArgs, plan: ServicePlan, colour: ColourPlan) {
  const variables = { ...args.variables, PORT: String(args.port) };
  return {
    name: plan.service,
    image: colour.image,
    essential: true,
    ...(args.command ? { command: args.command } : {}),
    portMappings: [{ containerPort: args.port, hostPort: args.port, protocol: "tcp" }],
    environment: sorted(variables).map(([key, value]) => ({ name: key, value })),
    secrets: sorted(args.secrets ?? {}).map(([key, secret]) => ({
      name: key,
      valueFrom: secretValueFrom(secret, args),
    })),
    user: plan.user,
    // The agent behind ECS Exec writes below /var, so it cannot work on a read-only root.
    readonlyRootFilesystem: !plan.execEnabled,
    linuxParameters: { capabilities: { drop: ["ALL"] }, initProcessEnabled: true },
    mountPoints: plan.writablePaths.map((path) => ({
      sourceVolume: volumeName(path),
      containerPath: path,
      readOnly: false,
    })),
    stopTimeout: plan.stopTimeoutSeconds,
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": plan.logGroupName,
        "awslogs-region": args.region,
        "awslogs-stream-prefix": colour.logStreamPrefix,
        // Losing log lines is better than requests that wait for CloudWatch.
        mode: "non-blocking",
        "max-buffer-size": "10m",
      },
    },
  };
}

/** By name, so that the order in which somebody writes variables makes no new revision. */
function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function volumeName(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
}
