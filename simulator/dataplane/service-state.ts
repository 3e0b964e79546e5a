/** What the scheduler knows of a service and its tasks. */
import { createHash } from "node:crypto";
import type { TaskHandle, TaskStatus, TaskUsage } from "./runner.ts";
import type { EcsService, TaskDefinition } from "./topology.ts";

export interface Task {
  readonly id: string;
  readonly zone: string;
  readonly definition: TaskDefinition;
  readonly startedAt: number;
  status: TaskStatus;
  /** Why it is stopped, in a person's words. */
  reason: string;
  /** Its zone was lost with it: it is gone, and only its silence tells. */
  lost: boolean;
  /** What it had used when it was last measured. */
  measured: TaskUsage | undefined;
  handle: TaskHandle | undefined;
}

export interface ServiceTask {
  readonly service: EcsService;
  readonly task: Task;
}

/** What `DescribeServices` counts. */
export interface ServiceCounts {
  readonly service: EcsService;
  readonly running: number;
  readonly pending: number;
  /** Whether all tasks of the stored definition run and are healthy, and no other task runs. */
  readonly steady: boolean;
}

export interface ServiceRuntime {
  service: EcsService;
  readonly tasks: Map<string, Task>;
  started: number;
  /** Tasks in a row that ended, or failed their health checks, without having been healthy. */
  failures: number;
  nextStartAt: number;
  /** The definition that last had all its tasks healthy. */
  steady: TaskDefinition | undefined;
  /** The definition that the circuit breaker gave up on. */
  given: string | undefined;
  removed: boolean;
}

/** Longest wait before a task that keeps ending is started again, in milliseconds. */
const LONGEST_BACKOFF_MS = 60_000;

/** How long to wait after so many failures in a row. */
export function backoffMs(failures: number): number {
  return failures < 2 ? 0 : Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (failures - 2));
}

/** After how many failures ECS gives a deployment up: half the desired count, at least 3 and at most 200. */
export function breakerThreshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}

/** @throws Error when there is no such task, naming those there are; by id or the beginning of one */
export function findTask(tasks: readonly ServiceTask[], id: string): ServiceTask {
  const found = tasks.filter(({ task }) => task.id.startsWith(id));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = tasks.map(({ task }) => task.id.slice(0, 8)).join(", ") || "none";
  throw new Error(`${found.length === 0 ? "no task is" : "more than one task is"} "${id}"; there are: ${known}`);
}

/** 32 hexadecimal digits, the same for the same seed, service and count. */
export function taskId(seed: string, service: string, count: number): string {
  return createHash("sha256").update(`${seed}\0${service}\0${count}`).digest("hex").slice(0, 32);
}

/** `family:revision`. */
export function shortArn(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
