/** The life of a task: started, put into its target groups, taken out of them, stopped. */
import type { Clock } from "../clock/clock.ts";
import type { TaskRunner } from "./runner.ts";
import type { Revision } from "./service-deployments.ts";
import { type ServiceRuntime, shortArn, type Task, taskId } from "./service-state.ts";
import type { Target, TargetGroupRuntime } from "./targets.ts";
import type { EcsService } from "./topology.ts";

export interface TaskContext {
  readonly seed: string;
  readonly clock: Clock;
  readonly runner: TaskRunner;
  targetGroup(arn: string): TargetGroupRuntime | undefined;
  /** Begins the health checks of a target just registered. */
  watch(targetGroupArn: string, target: Target): void;
  /** Something a person wants to see, in one line. */
  say(line: string): void;
}

/** Who is told of what becomes of tasks. */
export interface TaskEvents {
  /** Something is different, so that another step may be due. */
  changed(): void;
  /** A task has ended, or is to end, that was never healthy. */
  failed(runtime: ServiceRuntime, task: Task): void;
  /** A task is over; it is no longer among the service's. */
  gone(runtime: ServiceRuntime): void;
}

export class TaskLife {
  readonly #context: TaskContext;
  readonly #events: TaskEvents;

  constructor(context: TaskContext, events: TaskEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** Whether it runs and all its targets pass their health checks. */
  isHealthy({ service }: ServiceRuntime, task: Task): boolean {
    if (task.status !== "RUNNING") return false;
    return service.targets.every(({ targetGroupArn }) => {
      const target = this.#context.targetGroup(targetGroupArn)?.get(task.id);
      return target?.state === "healthy";
    });
  }

  /** Whether a target of it fails its health checks. */
  isUnhealthy({ service }: ServiceRuntime, task: Task): boolean {
    return this.targets(service, task).some(({ state }) => state === "unhealthy");
  }

  targets(service: EcsService, task: Task): Target[] {
    return service.targets.flatMap((at) => this.#context.targetGroup(at.targetGroupArn)?.get(task.id) ?? []);
  }

  /** @returns the new task's id */
  start(runtime: ServiceRuntime, { definition, deployment }: Revision, zone: string): string {
    const { clock, runner, seed } = this.#context;
    const { service } = runtime;
    runtime.started++;
    const id = taskId(seed, service.arn, runtime.started);
    const about = { id, zone, definition, deployment, startedAt: clock.now(), runningAt: undefined };
    const unknown = { measured: undefined, handle: undefined };
    const task: Task = { ...about, ...unknown, status: "PENDING", reason: "", lost: false };
    runtime.tasks.set(id, task);
    task.handle = runner.start(
      { id, zone, service: { ...service, definition } },
      {
        running: () => {
          if (task.status !== "PENDING") return;
          task.status = "RUNNING";
          task.runningAt = clock.now();
          this.#context.say(
            `task ${id.slice(0, 8)} of ${service.name}: started in ${zone}, ${shortArn(definition.arn)}`,
          );
          if (service.targets.length === 0) this.#events.changed();
        },
        listening: (container, containerPort, port) => {
          if (task.status !== "RUNNING" || task.lost) return;
          for (const at of service.targets) {
            if (at.container !== container || at.containerPort !== containerPort) continue;
            const target = this.#context
              .targetGroup(at.targetGroupArn)
              ?.register({ id, host: "127.0.0.1", port, zone }, clock.now());
            if (target !== undefined) this.#context.watch(at.targetGroupArn, target);
          }
          this.#events.changed();
        },
        ended: (reason) => {
          task.handle = undefined;
          // Of a lost zone nothing is heard; only when somebody has noticed its silence is the task over.
          if (task.lost && task.status === "RUNNING") return;
          if (task.reason === "") task.reason = reason;
          this.#gone(runtime, task);
        },
      },
    );
    return id;
  }

  /** First out of the load balancer, and only when its last request is answered, asked to stop. */
  retire(runtime: ServiceRuntime, task: Task): void {
    if (task.status === "PENDING") {
      // Nobody knows of it yet.
      task.status = "STOPPING";
      task.handle?.stop();
      return;
    }
    if (task.status !== "RUNNING") return;
    task.status = "DEACTIVATING";
    const groups = runtime.service.targets.flatMap((at) => this.#context.targetGroup(at.targetGroupArn) ?? []);
    let left = groups.length;
    const stop = () => {
      if (task.status !== "DEACTIVATING") return;
      this.stop(runtime, task);
    };
    if (left === 0) stop();
    for (const group of groups) {
      group.deregister(task.id, () => {
        left--;
        if (left === 0) stop();
      });
    }
  }

  /** Asks it to stop at once. */
  stop(runtime: ServiceRuntime, task: Task): void {
    task.status = "STOPPING";
    if (task.handle === undefined) this.#gone(runtime, task);
    else task.handle.stop();
  }

  #gone(runtime: ServiceRuntime, task: Task): void {
    if (!runtime.tasks.has(task.id)) return;
    const expected = task.status === "DEACTIVATING" || task.status === "STOPPING";
    const healthy = this.isHealthy(runtime, task);
    task.status = "STOPPED";
    runtime.tasks.delete(task.id);
    for (const { targetGroupArn } of runtime.service.targets) this.#context.targetGroup(targetGroupArn)?.drop(task.id);
    const why = expected && !task.reason.startsWith("Task failed") ? "stopped" : `stopped: ${task.reason}`;
    this.#context.say(`task ${task.id.slice(0, 8)} of ${runtime.service.name}: ${why}`);
    if (!expected && !healthy) this.#events.failed(runtime, task);
    this.#events.gone(runtime);
  }
}
