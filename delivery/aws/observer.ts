import { DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
import { type Deployment, DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ReleaseTarget } from "../../contracts/target.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { Clock, ColourState, Observation, ObservationRequest, Observer } from "../ports.ts";
import type { AwsClients } from "./clients.ts";
import { during } from "./errors.ts";
import { describeRules, ruleState } from "./rules.ts";
import { type MeasuredTraffic, measureTraffic } from "./traffic.ts";

/** Sees the world through AWS's read calls: rules, tasks, scaling, health, metrics. */
export class AwsObserver implements Observer {
  readonly #clients: AwsClients;
  readonly #target: ReleaseTarget;
  readonly #clock: Clock;

  constructor(clients: AwsClients, target: ReleaseTarget, clock: Clock) {
    this.#clients = clients;
    this.#target = target;
    this.#clock = clock;
  }

  async observe(request: ObservationRequest): Promise<Observation> {
    // Before the calls: what is seen is no older than it says.
    const at = this.#clock.now();
    const blind: MeasuredTraffic = { completeThrough: request.since, minutes: [], latency: [], metrics: {} };
    const [rules, colours, traffic] = await Promise.all([
      describeRules(this.#clients.balancing, request.plan.rules),
      readColours(this.#clients, this.#target, request.urgent),
      unless(request.urgent, measureTraffic(this.#clients.metrics, this.#target, request, at), blind),
    ]);
    return { at, rules: rules.map((rule) => ruleState(rule, this.#target)), colours, ...traffic };
  }
}

/** What was asked for, or what stands for it where it may be missing. */
async function unless<T>(mayMiss: boolean | undefined, asked: Promise<T>, instead: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (mayMiss) return instead;
    throw error;
  }
}

/** Id of a colour's scalable target. */
export function scalableId(target: ReleaseTarget, colour: Colour): string {
  return `service/${target.cluster}/${target.services[colour]}`;
}

/** Tasks, scaling and health of both colours; in a hurry health alone, where the others cannot be seen. */
export async function readColours(
  clients: Pick<AwsClients, "balancing" | "ecs" | "scaling">,
  target: ReleaseTarget,
  urgent = false,
): Promise<Readonly<Record<Colour, ColourState>>> {
  const none = { min: 0, max: 0 };
  const [services, limits, blue, green] = await Promise.all([
    unless(urgent, readServices(clients, target), { blue: {}, green: {} }),
    unless(urgent, readLimits(clients, target), { blue: none, green: none }),
    readHealth(clients, target.targetGroups.blue),
    readHealth(clients, target.targetGroups.green),
  ]);
  const health = { blue, green };
  const state = (colour: Colour): ColourState => {
    const service = services[colour];
    const { rollout, reason } = rolloutOf(service);
    return {
      taskDefinition: service.taskDefinition,
      desired: service.desiredCount ?? 0,
      running: service.runningCount ?? 0,
      minimum: limits[colour].min,
      ...health[colour],
      rollout,
      rolloutReason: reason,
      failures: failuresOf(service),
    };
  };
  return { blue: state("blue"), green: state("green") };
}

/** The two ECS services. @throws Error when one is not there */
export async function readServices(
  { ecs }: Pick<AwsClients, "ecs">,
  { cluster, services }: ReleaseTarget,
): Promise<Readonly<Record<Colour, Service>>> {
  const names = COLOURS.map((colour) => services[colour]);
  const found = await during(`reading the ECS services ${names.join(" and ")} of ${cluster}`, () =>
    ecs.send(new DescribeServicesCommand({ cluster, services: names })),
  );
  const of = (colour: Colour): Service => {
    const service = found.services?.find(({ serviceName }) => serviceName === services[colour]);
    if (service === undefined || service.status === "INACTIVE") {
      throw new Error(
        `the ECS service ${services[colour]} does not exist in the cluster ${cluster}. Run \`up\`, which makes it again.`,
      );
    }
    return service;
  };
  return { blue: of("blue"), green: of("green") };
}

/** Fewest and most tasks that autoscaling keeps. @throws Error when a colour has no scalable target */
export async function readLimits(
  { scaling }: Pick<AwsClients, "scaling">,
  target: ReleaseTarget,
): Promise<Readonly<Record<Colour, { readonly min: number; readonly max: number }>>> {
  const ids = COLOURS.map((colour) => scalableId(target, colour));
  const found = await during(`reading the scalable targets ${ids.join(" and ")}`, () =>
    scaling.send(
      new DescribeScalableTargetsCommand({
        ServiceNamespace: "ecs",
        ScalableDimension: "ecs:service:DesiredCount",
        ResourceIds: ids,
      }),
    ),
  );
  const of = (colour: Colour) => {
    const id = scalableId(target, colour);
    const limits = found.ScalableTargets?.find(({ ResourceId }) => ResourceId === id);
    if (limits === undefined) {
      throw new Error(`there is no scalable target ${id}. Run \`up\`, which makes it again.`);
    }
    return { min: limits.MinCapacity ?? 0, max: limits.MaxCapacity ?? 0 };
  };
  return { blue: of("blue"), green: of("green") };
}

async function readHealth(
  { balancing }: Pick<AwsClients, "balancing">,
  TargetGroupArn: string,
): Promise<Pick<ColourState, "healthy" | "unhealthy">> {
  const found = await during(`reading the health of the targets of ${TargetGroupArn}`, () =>
    balancing.send(new DescribeTargetHealthCommand({ TargetGroupArn })),
  );
  const count = (state: string) =>
    (found.TargetHealthDescriptions ?? []).filter(({ TargetHealth }) => TargetHealth?.State === state).length;
  return { healthy: count("healthy"), unhealthy: count("unhealthy") };
}

/** How the newest deployment of a service stands. */
function rolloutOf(service: Service): { rollout: ColourState["rollout"]; reason: string | undefined } {
  const primary = service.deployments?.find(({ status }) => status === "PRIMARY");
  const reason = primary?.rolloutStateReason;
  const failed =
    primary?.rolloutState === "FAILED" ||
    // The circuit breaker has put another deployment in the failed one's place.
    /rolling back|rolled back/i.test(reason ?? "");
  if (failed) return { rollout: "failed", reason };
  return { rollout: isComplete(service, primary) ? "completed" : "in-progress", reason };
}

/** A task that ends is replaced by another: without this, one that never starts looks like one that takes its time. */
function failuresOf({ deployments = [], serviceName }: Service): string | undefined {
  const failed = deployments.find(({ status }) => status === "PRIMARY")?.failedTasks ?? 0;
  if (failed === 0) return undefined;
  const tasks = failed === 1 ? "1 task has" : `${failed} tasks have`;
  return `${tasks} failed; the stopped tasks of the ECS service ${serviceName}, and its log, say why`;
}

function isComplete(service: Service, primary: Deployment | undefined): boolean {
  if (primary?.rolloutState !== undefined) return primary.rolloutState === "COMPLETED";
  return (service.deployments?.length ?? 0) <= 1 && (service.pendingCount ?? 0) === 0;
}
