/** Services, tasks and task definitions in ECS's shapes. */
import { createHash } from "node:crypto";
import type {
  ContainerDefinition,
  Deployment,
  Service as EcsService,
  NetworkConfiguration,
  Tag,
  Task,
  TaskDefinition,
} from "@aws-sdk/client-ecs";
import { deploymentIdOf, forcedOf } from "../../dataplane/service-deployments.ts";
import type { DataPlaneStatus, DeploymentStatus, ServiceStatus, TaskState } from "../../dataplane/status.ts";
import type { JsonObject } from "../../provider/values.ts";
import type { CloudStore } from "../../store/store.ts";
import type { Entry } from "../types.ts";
import { number, objects, present, tagsOf, text, texts } from "../values.ts";

export const lastPart = (arn: string): string => arn.split("/").at(-1) ?? arn;

export const tagsIn = (state: JsonObject): Tag[] => tagsOf(state).map(([key, value]) => ({ key, value }));

interface Described {
  readonly cluster: Entry;
  readonly service: Entry;
  /** What it is stored with. */
  readonly definition: Entry | undefined;
  readonly status: DataPlaneStatus | undefined;
  readonly store: CloudStore;
  /** Whether the service is as it was a while ago. */
  readonly stale: boolean;
  readonly withTags: boolean;
}

export function serviceOf({ cluster, service, definition, status, store, stale, withTags }: Described): EcsService {
  const { state, arn, createdAt } = service;
  const served = status?.services.find((one) => one.arn === arn);
  const desired = number(state.desiredCount) ?? (state.schedulingStrategy === "DAEMON" ? 1 : 0);
  const definitionArn = definition?.arn ?? text(state.taskDefinition) ?? "";
  const asked = deploymentIdOf(arn, definitionArn, forcedOf(store, service.stored, state));
  const deployments = deploymentsIn(served, { asked, definitionArn, desired, stale, at: createdAt.getTime() });
  const placed = placementOf(state);
  const network = networkOf(state);
  const breaker = objects(state.deploymentCircuitBreaker)[0];
  return present({
    serviceArn: arn,
    serviceName: text(state.name),
    clusterArn: cluster.arn,
    loadBalancers: objects(state.loadBalancers).map((one) =>
      present({
        targetGroupArn: text(one.targetGroupArn),
        containerName: text(one.containerName),
        containerPort: number(one.containerPort),
      }),
    ),
    serviceRegistries: objects(state.serviceRegistries).map((one) =>
      present({ registryArn: text(one.registryArn), port: number(one.port), containerName: text(one.containerName) }),
    ),
    status: "ACTIVE",
    desiredCount: desired,
    runningCount: served?.running ?? 0,
    pendingCount: served?.pending ?? 0,
    ...placed,
    taskDefinition: deployments[0]?.definition ?? definitionArn,
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: breaker?.enable === true, rollback: breaker?.rollback === true },
      maximumPercent: number(state.deploymentMaximumPercent) ?? 200,
      minimumHealthyPercent: number(state.deploymentMinimumHealthyPercent) ?? 100,
      strategy: "ROLLING" as const,
    },
    deployments: deployments.map((one) => deploymentOf(one, { ...placed, ...network })),
    events: (served?.events ?? []).map(({ id, at, message }) => ({
      id: `${asked.slice(-8)}-${id}`,
      createdAt: new Date(at),
      message,
    })),
    createdAt,
    placementConstraints: [],
    placementStrategy: [],
    ...network,
    healthCheckGracePeriodSeconds: number(state.healthCheckGracePeriodSeconds) ?? 0,
    schedulingStrategy: (text(state.schedulingStrategy) ?? "REPLICA") as EcsService["schedulingStrategy"],
    deploymentController: {
      type: (text(objects(state.deploymentController)[0]?.type) ?? "ECS") as "ECS",
    },
    enableECSManagedTags: state.enableEcsManagedTags === true,
    propagateTags: (text(state.propagateTags) ?? "NONE") as EcsService["propagateTags"],
    enableExecuteCommand: state.enableExecuteCommand === true,
    availabilityZoneRebalancing: (text(state.availabilityZoneRebalancing) ??
      "DISABLED") as EcsService["availabilityZoneRebalancing"],
    tags: withTags ? tagsIn(state) : undefined,
  });
}

/**
 * The primary deployment first. What was asked for a moment ago is in progress, though the data plane has not heard of
 * it yet.
 */
function deploymentsIn(
  served: ServiceStatus | undefined,
  stored: {
    readonly asked: string;
    readonly definitionArn: string;
    readonly desired: number;
    readonly stale: boolean;
    readonly at: number;
  },
): DeploymentStatus[] {
  const { asked, definitionArn, desired, at } = stored;
  const known = served?.deployments ?? [];
  const primary = known.find((one) => one.primary);
  if (primary !== undefined && served?.asked === asked) {
    return known.map((one) => (one.primary ? { ...one, desired } : one));
  }
  // Who sees the service as it was sees its deployment as it was.
  const own = stored.stale ? known.find(({ id }) => id === asked) : undefined;
  if (own !== undefined) return [{ ...own, primary: true, desired }];
  const isAsked = ({ id }: DeploymentStatus) => id === asked;
  const nothing = desired === 0 && served === undefined;
  const fresh: DeploymentStatus = {
    ...{ id: asked, primary: true, definition: definitionArn, desired },
    // What still runs of it, on the way back to it.
    ...{ running: known.find(isAsked)?.running ?? 0, pending: known.find(isAsked)?.pending ?? 0, failedTasks: 0 },
    rollout: nothing ? "COMPLETED" : "IN_PROGRESS",
    reason: `ECS deployment ${asked} ${nothing ? "completed" : "in progress"}.`,
    ...{ createdAt: served === undefined ? at : Date.now(), updatedAt: served === undefined ? at : Date.now() },
  };
  return [fresh, ...known.filter((one) => !isAsked(one) && one.running + one.pending > 0).map(demoted)];
}

const demoted = (one: DeploymentStatus): DeploymentStatus => ({ ...one, primary: false, desired: 0 });

function deploymentOf(one: DeploymentStatus, more: Partial<Deployment>): Deployment {
  return {
    id: one.id,
    status: one.primary ? "PRIMARY" : "ACTIVE",
    taskDefinition: one.definition,
    desiredCount: one.desired,
    pendingCount: one.pending,
    runningCount: one.running,
    failedTasks: one.failedTasks,
    createdAt: new Date(one.createdAt),
    updatedAt: new Date(one.updatedAt),
    ...more,
    rolloutState: one.rollout,
    rolloutStateReason: one.reason,
  };
}

type Placement = Pick<EcsService, "launchType" | "capacityProviderStrategy" | "platformVersion" | "platformFamily">;

function placementOf(state: JsonObject): Placement {
  const strategies = objects(state.capacityProviderStrategies).map((one) => ({
    capacityProvider: text(one.capacityProvider) ?? "",
    weight: number(one.weight) ?? 0,
    base: number(one.base) ?? 0,
  }));
  const isFargate =
    text(state.launchType) === "FARGATE" || strategies.some((one) => one.capacityProvider.startsWith("FARGATE"));
  return present({
    launchType: strategies.length > 0 ? undefined : ((text(state.launchType) ?? "EC2") as EcsService["launchType"]),
    capacityProviderStrategy: strategies.length > 0 ? strategies : undefined,
    platformVersion: isFargate ? (text(state.platformVersion) ?? "LATEST") : undefined,
    platformFamily: isFargate ? "Linux" : undefined,
  });
}

function networkOf(state: JsonObject): { networkConfiguration?: NetworkConfiguration } {
  const network = objects(state.networkConfiguration)[0];
  if (network === undefined) return {};
  const awsvpcConfiguration = {
    subnets: texts(network.subnets),
    securityGroups: texts(network.securityGroups),
    assignPublicIp: network.assignPublicIp === true ? ("ENABLED" as const) : ("DISABLED" as const),
  };
  return { networkConfiguration: { awsvpcConfiguration } };
}

function containersOf({ state }: Entry): ContainerDefinition[] {
  try {
    const parsed: unknown = JSON.parse(text(state.containerDefinitions) ?? "[]");
    if (!Array.isArray(parsed)) return [];
    return parsed.map((container: ContainerDefinition) => ({
      // Lists that AWS always gives.
      ...{ cpu: 0, portMappings: [], essential: true, environment: [], mountPoints: [], volumesFrom: [] },
      ...container,
    }));
  } catch {
    return [];
  }
}

export function taskDefinitionOf(entry: Entry): TaskDefinition {
  const { arn, state, createdAt } = entry;
  const compatibilities = texts(state.requiresCompatibilities) as TaskDefinition["requiresCompatibilities"];
  const platform = objects(state.runtimePlatform)[0];
  return present({
    taskDefinitionArn: arn,
    containerDefinitions: containersOf(entry),
    family: text(state.family),
    taskRoleArn: text(state.taskRoleArn),
    executionRoleArn: text(state.executionRoleArn),
    networkMode: text(state.networkMode) as TaskDefinition["networkMode"],
    revision: number(state.revision) ?? 1,
    volumes: objects(state.volumes).map(({ name }) => present({ name: text(name) })),
    status: "ACTIVE" as const,
    placementConstraints: [],
    compatibilities: compatibilities?.includes("FARGATE") ? ["EC2" as const, "FARGATE" as const] : ["EC2" as const],
    runtimePlatform:
      platform &&
      (present({
        cpuArchitecture: text(platform.cpuArchitecture),
        operatingSystemFamily: text(platform.operatingSystemFamily),
      }) as TaskDefinition["runtimePlatform"]),
    requiresCompatibilities: compatibilities,
    cpu: text(state.cpu),
    memory: text(state.memory),
    registeredAt: createdAt,
  });
}

/** A UUID, the same for the same task and container. */
function containerId(task: string, name: string): string {
  const digits = createHash("sha256").update(`${task}\0${name}`).digest("hex");
  return [8, 12, 16, 20, 32].map((end, at) => digits.slice([0, 8, 12, 16, 20][at], end)).join("-");
}

interface DescribedTask {
  readonly task: TaskState;
  readonly arn: string;
  readonly cluster: Entry;
  readonly service: Entry;
  readonly definition: Entry | undefined;
  readonly withTags: boolean;
}

export function taskOf({ task, arn, cluster, service, definition, withTags }: DescribedTask): Task {
  const going = task.status !== "PENDING" && task.status !== "RUNNING";
  const { launchType, platformVersion, platformFamily } = placementOf(service.state);
  const containers = definition === undefined ? [] : containersOf(definition);
  return present({
    taskArn: arn,
    clusterArn: cluster.arn,
    taskDefinitionArn: task.definitionArn,
    group: `service:${task.service}`,
    startedBy: task.deployment,
    lastStatus: task.status,
    desiredStatus: going ? "STOPPED" : "RUNNING",
    // Of containers' own checks nothing is known; the load balancer's are told by DescribeTargetHealth.
    healthStatus: "UNKNOWN" as const,
    connectivity: "CONNECTED" as const,
    availabilityZone: task.zone,
    launchType: launchType ?? "FARGATE",
    platformVersion,
    platformFamily,
    cpu: text(definition?.state.cpu),
    memory: text(definition?.state.memory),
    createdAt: new Date(task.createdAt),
    startedAt: task.startedAt === undefined ? undefined : new Date(task.startedAt),
    containers: containers.map(({ name, image, cpu = 0, memory }) =>
      present({
        containerArn: `${arn.replace(":task/", ":container/")}/${containerId(task.id, name ?? "")}`,
        ...{ name, image, taskArn: arn, lastStatus: task.status, networkInterfaces: [] },
        healthStatus: "UNKNOWN" as const,
        cpu: String(cpu),
        memory: memory === undefined ? undefined : String(memory),
      }),
    ),
    attachments: [],
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    version: 1,
    tags: withTags ? tagsIn(service.state) : undefined,
  });
}
