/** ECS, and the scaling of its services. */

import { isObject } from "../../provider/values.ts";
import type { Json } from "../../schema/index.ts";
import { Known, parseJson } from "../known.ts";
import { atLeast, between, matches, oneOf } from "../limits.ts";
import { limited, passing, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const blocking = { blocks: true } as const;
const BAD_ROLE = refusal("ClientException", "Role is not valid");

export const CONTAINERS: ServiceRules = {
  references: [
    ...refers("ecs/Service", {
      cluster: { to: to.CLUSTER, ...blocking },
      "networkConfiguration.subnets[*]": {
        to: to.SUBNET,
        missing: refusal(
          "InvalidParameterException",
          "Error retrieving subnet information for [{}]: The subnet ID '{}' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
        ),
        ...blocking,
      },
      "networkConfiguration.securityGroups[*]": {
        to: to.SECURITY_GROUP,
        missing: refusal(
          "InvalidParameterException",
          "Error retrieving security group information for [{}]: The security group '{}' does not exist (ErrorCode: InvalidGroup.NotFound)",
        ),
        ...blocking,
      },
      "loadBalancers[*].targetGroupArn": {
        to: to.TARGET_GROUP,
        missing: refusal(
          "InvalidParameterException",
          "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions.",
        ),
      },
    }),
    ...refers("ecs/TaskDefinition", {
      executionRoleArn: { to: to.ROLE, missing: BAD_ROLE },
      taskRoleArn: { to: to.ROLE, missing: BAD_ROLE },
    }),
    ...refers("ecs/ClusterCapacityProviders", { clusterName: to.CLUSTER }),
  ],
  limits: [
    ...limited("ecs/Cluster", {
      name: matches(
        /^[0-9A-Za-z_-]{1,255}$/,
        "The cluster name must consist of alphanumerics, hyphens, and underscores.",
      ),
    }),
    ...limited("ecs/TaskDefinition", {
      family: matches(
        /^[0-9A-Za-z_-]{1,255}$/,
        "see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html",
      ),
      networkMode: oneOf("bridge", "host", "awsvpc", "none"),
      "requiresCompatibilities[*]": oneOf("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"),
      "ephemeralStorage.sizeInGib": between(21, 200),
    }),
    ...limited("ecs/Service", {
      launchType: oneOf("EC2", "FARGATE", "EXTERNAL"),
      schedulingStrategy: oneOf("REPLICA", "DAEMON"),
      healthCheckGracePeriodSeconds: between(0, 2_147_483_647),
      "loadBalancers[*].containerPort": between(0, 65536),
      "capacityProviderStrategies[*].base": between(0, 100_000),
      "capacityProviderStrategies[*].weight": between(0, 1000),
    }),
    ...limited("appautoscaling/Target", { minCapacity: atLeast(0), maxCapacity: atLeast(0) }),
  ],
  plans: [{ types: ["ecs/TaskDefinition"], refuse: definitionsParse }],
  requests: [
    { types: ["ecs/TaskDefinition"], refuse: taskDefinition },
    { types: ["ecs/Service"], refuse: service },
    { types: ["appautoscaling/Target"], refuse: scalableTarget },
    { types: ["appautoscaling/Policy", "appautoscaling/ScheduledAction"], refuse: scalingPolicy },
  ],
};

function containersOf(values: Known): Known[] {
  const definitions = values.json("containerDefinitions");
  return Array.isArray(definitions) ? definitions.map((one) => new Known(isObject(one) ? one : {})) : [];
}

function definitionsParse(values: Known): string | undefined {
  const text = values.text("containerDefinitions");
  if (text === undefined) return undefined;
  const { value, problem } = parseJson(text);
  const invalid = (what: string) => `ECS Task Definition container_definitions is invalid: ${what}`;
  if (problem !== undefined) return invalid(`decoding JSON: ${problem}`);
  return Array.isArray(value) ? undefined : invalid("Error decoding JSON: json: cannot unmarshal object into a list");
}

/** Memory in MiB by CPU units: AmazonECS developer guide, "Task CPU and memory". */
const FARGATE: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16384, 1024),
  4096: steps(8192, 30720, 1024),
  8192: steps(16384, 61440, 4096),
  16384: steps(32768, 122880, 8192),
};

function steps(from: number, until: number, step: number): number[] {
  return Array.from({ length: (until - from) / step + 1 }, (_, at) => from + at * step);
}

/** `1 vCPU` and `2 GB` are allowed ways to write 1024 and 2048. */
function units(text: Json | undefined): number {
  const [, count = "", unit] = /^([\d.]+)\s*(vcpu|gb)?$/i.exec(String(text ?? "")) ?? [];
  return count === "" ? Number.NaN : Number(count) * (unit === undefined ? 1 : 1024);
}

function taskDefinition({ values }: Subject): Refusal | undefined {
  const client = (message: string) => refusal("ClientException", message);
  const fargate = values.texts("requiresCompatibilities[*]").includes("FARGATE");
  const containers = containersOf(values);
  if (containers.length === 0 && values.has("containerDefinitions")) {
    return client("Container list cannot be empty.");
  }
  const names = new Set<string>();
  for (const container of containers) {
    const called = container.text("name");
    if (called === undefined) return client("Container.name should not be null or empty.");
    if (!/^[\w-]{1,255}$/.test(called)) return client(`Invalid container name: ${called}`);
    if (names.has(called)) return client(`Container.name '${called}' is not unique.`);
    names.add(called);
    if (!container.has("image")) return client("Container.image should not be null or empty.");
    const sized = container.has("memory") || container.has("memoryReservation") || values.has("memory");
    if (!sized) {
      return client(
        `Invalid setting for container '${called}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
      );
    }
  }
  if (!fargate) return undefined;
  if (values.text("networkMode") !== "awsvpc") return client("Fargate only supports network mode ‘awsvpc’.");
  if (!values.has("cpu") || !values.has("memory")) {
    return client("Fargate requires that 'cpu' be defined at the task level.");
  }
  const [cpu, memory] = [units(values.get("cpu")), units(values.get("memory"))];
  if (!FARGATE[cpu]?.includes(memory)) {
    return client(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  if (values.has("executionRoleArn")) return undefined;
  for (const container of containers) {
    if (/\.dkr\.ecr\./.test(container.text("image") ?? "")) {
      return client("Fargate requires task definition to have execution role ARN to support ECR images.");
    }
    if (container.text("logConfiguration.logDriver") === "awslogs") {
      return client("Fargate requires task definition to have execution role ARN to support log driver awslogs.");
    }
  }
  return undefined;
}

function service({ values, id, account }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("InvalidParameterException", message);
  const reference = values.text("taskDefinition");
  const definition = account.find(["ecs/TaskDefinition"], reference?.replace(/^.*:task-definition\//, ""));
  const family = reference?.replace(/^.*:task-definition\//, "").replace(/:\d+$/, "");
  if (id === undefined && family !== undefined && definition === undefined) {
    // A family alone means its newest revision.
    const known = account.mentioning("ecs/TaskDefinition", family).some(({ state }) => state.text("family") === family);
    if (!known) return refusal("ClientException", "TaskDefinition not found.");
  }
  if (id === undefined && definition?.state.text("networkMode") === "awsvpc" && !values.has("networkConfiguration")) {
    return invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  const containers = definition && containersOf(definition.state);
  for (const balancer of values.items("loadBalancers")) {
    const [container, port, group] = [
      balancer.text("containerName"),
      balancer.number("containerPort"),
      balancer.text("targetGroupArn"),
    ];
    const match = containers?.find((one) => one.text("name") === container);
    if (containers !== undefined && match === undefined) {
      return invalid(`The container ${container} does not exist in the task definition.`);
    }
    const ports = match?.items("portMappings").map((mapping) => mapping.number("containerPort"));
    if (ports !== undefined && !ports.includes(port)) {
      return invalid(`The container ${container} did not have a container port ${port} defined.`);
    }
    if (id === undefined && group !== undefined && !hangsOnListener(group, account)) {
      // The provider waits for the listener: https://github.com/hashicorp/terraform-provider-aws/pull/3535
      const message = `The target group with targetGroupArn ${group} does not have an associated load balancer.`;
      return passing(invalid(message).code, message);
    }
  }
  return undefined;
}

function hangsOnListener(group: string, account: Subject["account"]): boolean {
  return ["lb/Listener", "lb/ListenerRule"].some((type) => account.mentioning(type, group).length > 0);
}

function scalableTarget({ values, account }: Subject): Refusal | undefined {
  const invalid = (message: string) => refusal("ValidationException", message);
  const [min, max] = [values.number("minCapacity"), values.number("maxCapacity")];
  if (min !== undefined && max !== undefined && min > max) {
    return invalid("Maximum capacity cannot be less than minimum capacity");
  }
  const [, cluster, called] = /^service\/([^/]+)\/([^/]+)$/.exec(values.text("resourceId") ?? "") ?? [];
  if (values.text("serviceNamespace") !== "ecs") return undefined;
  if (called === undefined) return invalid("Unsupported service namespace, resource type or scalable dimension");
  const known = account
    .mentioning("ecs/Service", called)
    .some(({ state }) => state.text("name") === called && (state.text("cluster") ?? "default").endsWith(cluster ?? ""));
  return known ? undefined : invalid(`ECS service doesn't exist: service/${cluster}/${called}`);
}

function scalingPolicy({ values, account }: Subject): Refusal | undefined {
  const [namespace, resource, dimension] = ["serviceNamespace", "resourceId", "scalableDimension"].map((property) =>
    values.text(property),
  );
  if (resource === undefined) return undefined;
  const registered = account
    .mentioning("appautoscaling/Target", resource)
    .some(({ state }) => state.text("resourceId") === resource && state.text("scalableDimension") === dimension);
  return registered
    ? undefined
    : refusal(
        "ObjectNotFoundException",
        `No scalable target registered for service namespace: ${namespace}, resource ID: ${resource}, scalable dimension: ${dimension}`,
      );
}
