/** What runs the tasks of a service: local processes, or simulated ones in a model. */
import type { EcsService } from "./topology.ts";

export type TaskStatus = "PENDING" | "RUNNING" | "DEACTIVATING" | "STOPPING" | "STOPPED";

export interface TaskSpec {
  readonly id: string;
  /** With the definition that the task is to run. */
  readonly service: EcsService;
  readonly zone: string;
}

/** What a runner tells. */
export interface TaskEvents {
  /** Its processes were started; an end may come in its place. */
  running(): void;
  /** A container's port takes connections, or the time for that is over. */
  listening(container: string, containerPort: number, port: number): void;
  /** It is over, and why: it ended itself, was stopped or killed, or could not start. */
  ended(reason: string): void;
}

/** What a task has used since it started. */
export interface TaskUsage {
  readonly cpuSeconds: number;
  /** At this moment. */
  readonly memoryBytes: number;
}

export interface TaskHandle {
  readonly pid: number | undefined;
  /** As `docker stop` does: asks, and kills what is left after the stop timeout. */
  stop(): void;
  kill(): void;
  /** Nothing where it cannot be measured. */
  usage(): TaskUsage | undefined;
}

export interface TaskRunner {
  /** Returns before anything of it is told. */
  start(spec: TaskSpec, events: TaskEvents): TaskHandle;
}
