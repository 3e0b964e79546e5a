/** The deployments of a service and what it reports of itself, as `DescribeServices` words it. */
import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../provider/values.ts";
import type { CloudStore, ResourceKey } from "../store/store.ts";
import type { ServiceRuntime, Task } from "./service-state.ts";
import type { DeploymentStatus } from "./status.ts";
import type { EcsService, TaskDefinition } from "./topology.ts";

/** What tasks of one deployment run. */
export interface Revision {
  readonly definition: TaskDefinition;
  /** Id of the deployment: `ecs-svc/` and digits. */
  readonly deployment: string;
}

/** Longest list of events that ECS gives. */
const EVENTS_KEPT = 100;

/** The deployment that a stored service asks for; who reads the same service gets the same id. */
export function deploymentIdOf(service: string, definition: string, forced: string): string {
  const digest = createHash("sha256").update(`${service}\0${definition}\0${forced}`).digest();
  return `ecs-svc/${String(digest.readBigUInt64BE() % 10n ** 19n).padStart(19, "0")}`;
}

const FORCED = "forced deployments";

/** What tells deployments of one definition apart: a program's triggers, and how often `UpdateService` forced one. */
export function forcedOf(store: CloudStore, key: ResourceKey, state: JsonObject): string {
  const triggers = state.forceNewDeployment === true && isObject(state.triggers) ? Object.entries(state.triggers) : [];
  const count = store.content(key, FORCED, "") ?? 0;
  return count === 0 && triggers.length === 0 ? "" : JSON.stringify([count, triggers.sort()]);
}

/** Makes another deployment of what a service runs. */
export function forceDeployment(store: CloudStore, key: ResourceKey): void {
  store.putContent(key, FORCED, "", Number(store.content(key, FORCED, "") ?? 0) + 1);
}

export function revisionOf({ arn, definition, forced }: EcsService): Revision {
  return { definition, deployment: deploymentIdOf(arn, definition.arn, forced) };
}

/** Whether the circuit breaker has taken the service back to what ran before. */
function isRolledBack({ service, given, steady }: ServiceRuntime): boolean {
  return given === revisionOf(service).deployment && service.circuitBreaker.rollback && steady !== undefined;
}

/** What new tasks run: the stored definition, or the last good one when the circuit breaker has rolled back. */
export function wantedRevision(runtime: ServiceRuntime): Revision {
  const { service, steady } = runtime;
  return isRolledBack(runtime) && steady !== undefined ? steady : revisionOf(service);
}

/** The primary deployment, and before it those that still have tasks, the newest first. */
export function deploymentsOf(runtime: ServiceRuntime): DeploymentStatus[] {
  const { service } = runtime;
  const wanted = wantedRevision(runtime);
  const revisions = new Map([[wanted.deployment, wanted]]);
  for (const { deployment, definition } of runtime.tasks.values()) {
    if (!revisions.has(deployment)) revisions.set(deployment, { deployment, definition });
  }
  // Who asks what became of it finds it until the service is steady on what it went back to.
  const asked = revisionOf(service);
  if (isRolledBack(runtime) && runtime.completed !== wanted.deployment) revisions.set(asked.deployment, asked);
  return [...revisions.values()].map(({ deployment, definition }) => {
    const tasks = [...runtime.tasks.values()].filter((task) => task.deployment === deployment);
    const isPrimary = deployment === wanted.deployment;
    const times = runtime.deploymentTimes.get(deployment) ?? { createdAt: 0, updatedAt: 0 };
    return {
      id: deployment,
      primary: isPrimary,
      definition: definition.arn,
      desired: isPrimary ? service.desiredCount : 0,
      running: countOf(tasks, "RUNNING"),
      pending: countOf(tasks, "PENDING"),
      failedTasks: runtime.failed.get(deployment) ?? 0,
      ...rolloutOf(runtime, deployment, isPrimary),
      ...times,
    };
  });
}

const countOf = (tasks: readonly Task[], status: Task["status"]) => tasks.filter((t) => t.status === status).length;

function rolloutOf(
  runtime: ServiceRuntime,
  deployment: string,
  isPrimary: boolean,
): Pick<DeploymentStatus, "rollout" | "reason"> {
  if (runtime.given === deployment) {
    return { rollout: "FAILED", reason: "ECS deployment circuit breaker: tasks failed to start." };
  }
  if (runtime.completed === deployment || !isPrimary) {
    return { rollout: "COMPLETED", reason: `ECS deployment ${deployment} completed.` };
  }
  return isRolledBack(runtime)
    ? { rollout: "IN_PROGRESS", reason: `ECS deployment circuit breaker: rolling back to deploymentId ${deployment}.` }
    : { rollout: "IN_PROGRESS", reason: `ECS deployment ${deployment} in progress.` };
}

/** Begins or goes on with a deployment. */
export function touchDeployment(runtime: ServiceRuntime, deployment: string, now: number): void {
  const createdAt = runtime.deploymentTimes.get(deployment)?.createdAt ?? now;
  runtime.deploymentTimes.set(deployment, { createdAt, updatedAt: now });
}

/** Puts a line, in ECS's words, among the service's events; the newest is the first. */
export function report(runtime: ServiceRuntime, message: string, at: number): void {
  const count = runtime.reported++;
  runtime.events.unshift({ id: count, at, message: `(service ${runtime.service.name}) ${message}` });
  runtime.events.length = Math.min(runtime.events.length, EVENTS_KEPT);
}
