/** What failed tasks lead to: longer waits, and a deployment that is given up. */
import type { Clock } from "../clock/clock.ts";
import { report, touchDeployment } from "./service-deployments.ts";
import { type ServiceRuntime, shortArn, type Task } from "./service-state.ts";

/** Longest wait before a task that keeps ending is started again, in milliseconds. */
const LONGEST_BACKOFF_MS = 60_000;

/** How long to wait after so many failures in a row. */
function backoffMs(failures: number): number {
  return failures < 2 ? 0 : Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (failures - 2));
}

/** After how many failures ECS gives a deployment up: half the desired count, at least 3 and at most 200. */
function breakerThreshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}

interface FailureContext {
  readonly clock: Clock;
  say(line: string): void;
}

/** Counts a task that was never healthy: the next one waits longer, and the circuit breaker may give up. */
export function noteFailure(context: FailureContext, runtime: ServiceRuntime, task: Task): void {
  const { service } = runtime;
  const now = context.clock.now();
  runtime.failures++;
  runtime.failed.set(task.deployment, (runtime.failed.get(task.deployment) ?? 0) + 1);
  runtime.nextStartAt = now + backoffMs(runtime.failures);
  const threshold = breakerThreshold(service.desiredCount);
  // Watches deployments only: what was completed is started again and again.
  const deploying = runtime.completed !== task.deployment && runtime.given === undefined;
  if (!service.circuitBreaker.enable || runtime.failures < threshold || !deploying) return;
  runtime.given = task.deployment;
  runtime.nextStartAt = 0;
  touchDeployment(runtime, task.deployment, now);
  report(runtime, `(deployment ${task.deployment}) deployment failed: tasks failed to start.`, now);
  const back = service.circuitBreaker.rollback && runtime.steady !== undefined;
  const next = back ? `rolled back to ${shortArn(runtime.steady?.definition.arn ?? "")}` : "no more tasks are started";
  context.say(`service ${service.name}: ${runtime.failures} tasks of ${shortArn(task.definition.arn)} failed; ${next}`);
}
