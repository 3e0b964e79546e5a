/** What the scheduler knows of a service and its tasks. */
import { createHash } from "node:crypto";
import type { TaskHandle, TaskStatus, TaskUsage } from "./runner.ts";
import type { Revision } from "./service-deployments.ts";
import type { DeploymentStatus, ServiceEvent } from "./status.ts";
import type { EcsService, TaskDefinition } from "./topology.ts";

export interface Task {
  readonly id: string;
  readonly zone: string;
  readonly definition: TaskDefinition;
  /** Id of the deployment that started it. */
  readonly deployment: string;
  readonly startedAt: number;
  /** When its processes were started. */
  runningAt: number | undefined;
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
  /** Whether it runs and all its targets pass their health checks. */
  readonly healthy: boolean;
}

/** What `DescribeServices` counts. */
export interface ServiceCounts {
  readonly service: EcsService;
  readonly running: number;
  readonly pending: number;
  /** Whether all tasks of the stored definition run and are healthy, and no other task runs. */
  readonly steady: boolean;
  readonly deployments: readonly DeploymentStatus[];
  /** The newest first. */
  readonly events: readonly ServiceEvent[];
}

export interface ServiceRuntime {
  service: EcsService;
  readonly tasks: Map<string, Task>;
  started: number;
  /** Tasks in a row that ended, or failed their health checks, without having been healthy. */
  failures: number;
  nextStartAt: number;
  /** What last had all its tasks healthy. */
  steady: Revision | undefined;
  /** Id of the last deployment that was completed. */
  completed: string | undefined;
  /** Whether all was steady when it was last looked at. */
  quiet: boolean;
  /** Id of the deployment that the circuit breaker gave up on. */
  given: string | undefined;
  /** Tasks that were never healthy, by deployment. */
  readonly failed: Map<string, number>;
  /** In milliseconds since the epoch, by deployment. */
  readonly deploymentTimes: Map<string, { readonly createdAt: number; readonly updatedAt: number }>;
  /** The newest first. */
  readonly events: ServiceEvent[];
  /** How many events there ever were. */
  reported: number;
  removed: boolean;
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

/** As events list tasks: `(task 1a2b) (task 3c4d)`. */
export function taskList(ids: readonly string[]): string {
  return ids.map((id) => `(task ${id})`).join(" ");
}

export function newService(service: EcsService): ServiceRuntime {
  return {
    ...{ service, tasks: new Map(), started: 0, failures: 0, nextStartAt: 0, removed: false },
    ...{ steady: undefined, completed: undefined, quiet: false, given: undefined },
    ...{ failed: new Map(), deploymentTimes: new Map(), events: [], reported: 0 },
  };
}
