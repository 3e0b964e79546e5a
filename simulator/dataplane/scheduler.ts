/** Keeps each ECS service at what the store says: starts, replaces and stops its tasks. */
import { type DeploymentStep, planDeployment } from "./deployment.ts";
import type { ImageMap } from "./images.ts";
import type { TargetGroupRuntime } from "./targets.ts";
import { Task, taskId } from "./task.ts";
import { type FromHost, TaskHost } from "./task-channel.ts";
import type { EcsService, TaskDefinition } from "./topology.ts";

export interface SchedulerContext {
  readonly seed: string;
  readonly images: ImageMap;
  /** Path of task-host.ts. */
  readonly hostEntry: string;
  readonly logs: string;
  targetGroup(arn: string): TargetGroupRuntime | undefined;
  /** Begins the health checks of a target just registered. */
  watch(targetGroupArn: string, taskId: string): void;
  /** Something a person wants to see, in one line. */
  say(line: string): void;
}

interface ServiceRuntime {
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

export class Scheduler {
  readonly #context: SchedulerContext;
  readonly #services = new Map<string, ServiceRuntime>();
  readonly #host: TaskHost;
  readonly #lostZones = new Set<string>();
  #closing = false;

  constructor(context: SchedulerContext) {
    this.#context = context;
    this.#host = new TaskHost(context.hostEntry, (message) => this.#onHost(message));
  }

  get tasks(): readonly { readonly service: EcsService; readonly task: Task; readonly pid: number | undefined }[] {
    return [...this.#services.values()].flatMap(({ service, tasks }) =>
      [...tasks.values()].map((task) => ({ service, task, pid: this.#host.pids.get(task.processes[0] ?? "") })),
    );
  }

  get lostZones(): readonly string[] {
    return [...this.#lostZones].sort();
  }

  get hostPid(): number | undefined {
    return this.#host.pid;
  }

  /** Takes what the store says now. */
  update(services: readonly EcsService[]): void {
    const present = new Set(services.map(({ arn }) => arn));
    for (const service of services) {
      const known = this.#services.get(service.arn);
      if (known === undefined) {
        const fresh = { failures: 0, nextStartAt: 0, steady: undefined, given: undefined, removed: false };
        this.#services.set(service.arn, { service, tasks: new Map(), started: 0, ...fresh });
      } else {
        if (known.service.definition.arn !== service.definition.arn) {
          known.failures = 0;
          known.nextStartAt = 0;
          known.given = undefined;
        }
        known.service = service;
        known.removed = false;
      }
    }
    for (const [arn, runtime] of this.#services) {
      if (present.has(arn)) continue;
      runtime.removed = true;
      if (runtime.tasks.size === 0) this.#services.delete(arn);
    }
    this.reconcile();
  }

  /** One step for every service. */
  reconcile(): void {
    if (this.#closing) return;
    for (const runtime of this.#services.values()) this.#step(runtime);
  }

  /** @throws Error when there is no such task, naming those there are */
  killTask(id: string): string {
    const { task } = this.find(id);
    task.reason = "killed by a command";
    task.kill();
    return task.id;
  }

  /** By id or the beginning of one. */
  find(id: string): { readonly service: EcsService; readonly task: Task } {
    const found = this.tasks.filter(({ task }) => task.id.startsWith(id));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    const known = this.tasks.map(({ task }) => task.id.slice(0, 8)).join(", ") || "none";
    throw new Error(`${found.length === 0 ? "no task is" : "more than one task is"} "${id}"; there are: ${known}`);
  }

  /** All tasks of the zone are gone at once, without a signal; none starts there until the zone is back. */
  loseZone(zone: string): number {
    this.#lostZones.add(zone);
    const hit = this.tasks.filter(({ task }) => task.zone === zone);
    for (const { task } of hit) {
      task.reason = `the zone ${zone} was lost`;
      task.kill();
    }
    return hit.length;
  }

  restoreZone(zone: string): boolean {
    const was = this.#lostZones.delete(zone);
    this.reconcile();
    return was;
  }

  /** Stops every task, with SIGTERM, and kills what is left after the grace. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const { task } of this.tasks) task.stop();
    const deadline = Date.now() + graceMs;
    while (this.tasks.length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    await this.#host.close();
  }

  #step(runtime: ServiceRuntime): void {
    const { service } = runtime;
    const now = Date.now();
    const definition = this.#wanted(runtime);
    const desired = runtime.removed ? 0 : service.desiredCount;
    this.#replaceUnhealthy(runtime, now);
    const step = planDeployment({
      desired,
      minimumHealthyPercent: service.minimumHealthyPercent,
      maximumPercent: service.maximumPercent,
      definition: definition.arn,
      zones: service.zones.filter((zone) => !this.#lostZones.has(zone)),
      tasks: [...runtime.tasks.values()].map((task) => ({
        id: task.id,
        definition: task.definition.arn,
        zone: task.zone,
        startedAt: task.startedAt,
        healthy: this.#isHealthy(runtime, task),
        stopping: task.status !== "PENDING" && task.status !== "RUNNING",
      })),
    });
    this.#noteSteady(runtime, definition, step);
    for (const id of step.stop) {
      const task = runtime.tasks.get(id);
      if (task !== undefined) void this.#retire(runtime, task);
    }
    if (now < runtime.nextStartAt || runtime.given === definition.arn) return;
    for (const zone of step.start) void this.#start(runtime, definition, zone);
  }

  /** What new tasks run: the stored definition, or the last good one when the circuit breaker has rolled back. */
  #wanted({ service, given, steady }: ServiceRuntime): TaskDefinition {
    const rolledBack = given === service.definition.arn && service.circuitBreaker.rollback;
    return rolledBack && steady !== undefined ? steady : service.definition;
  }

  #isHealthy({ service }: ServiceRuntime, task: Task): boolean {
    if (task.status !== "RUNNING") return false;
    return service.targets.every(({ targetGroupArn }) => {
      const target = this.#context.targetGroup(targetGroupArn)?.get(task.id);
      return target?.state === "healthy";
    });
  }

  #noteSteady(runtime: ServiceRuntime, definition: TaskDefinition, step: DeploymentStep): void {
    const tasks = [...runtime.tasks.values()];
    const all = tasks.length === runtime.service.desiredCount && step.start.length === 0 && step.stop.length === 0;
    if (tasks.length === 0 || !all) return;
    const steady = tasks.every((task) => task.definition.arn === definition.arn && this.#isHealthy(runtime, task));
    if (!steady) return;
    runtime.failures = 0;
    if (runtime.steady?.arn === definition.arn) return;
    runtime.steady = definition;
    this.#context.say(`service ${runtime.service.name}: steady, ${tasks.length} tasks of ${shortArn(definition.arn)}`);
  }

  #replaceUnhealthy(runtime: ServiceRuntime, now: number): void {
    for (const task of runtime.tasks.values()) {
      if (task.status !== "RUNNING") continue;
      if (now - task.startedAt < runtime.service.healthCheckGraceSeconds * 1000) continue;
      const failed = runtime.service.targets.some(
        ({ targetGroupArn }) => this.#context.targetGroup(targetGroupArn)?.get(task.id)?.state === "unhealthy",
      );
      if (!failed) continue;
      task.reason = "Task failed ELB health checks";
      this.#failed(runtime, task);
      void this.#retire(runtime, task);
    }
  }

  async #start(runtime: ServiceRuntime, definition: TaskDefinition, zone: string): Promise<void> {
    const { service } = runtime;
    const { seed, images, logs } = this.#context;
    runtime.started++;
    const id = taskId(seed, service.arn, runtime.started);
    const task = new Task({ id, service: { ...service, definition }, zone, images, host: this.#host, logs });
    runtime.tasks.set(id, task);
    try {
      await task.start();
    } catch (error) {
      task.reason = error instanceof Error ? error.message : String(error);
      this.#gone(runtime, task);
      return;
    }
    this.#context.say(`task ${id.slice(0, 8)} of ${service.name}: started in ${zone}, ${shortArn(definition.arn)}`);
    for (const { targetGroupArn, container, containerPort } of service.targets) {
      const port = task.ports.get(`${container}:${containerPort}`);
      const group = this.#context.targetGroup(targetGroupArn);
      if (port === undefined || group === undefined) continue;
      await task.listening(port);
      if (task.status !== "RUNNING") return;
      group.register({ id, host: "127.0.0.1", port, zone }, Date.now());
      this.#context.watch(targetGroupArn, id);
    }
    this.reconcile();
  }

  /** First out of the load balancer, and only when its last request is answered, SIGTERM. */
  async #retire(runtime: ServiceRuntime, task: Task): Promise<void> {
    if (task.status !== "RUNNING") {
      // Its processes are not there yet, and start() sees that they no longer should be.
      if (task.status === "PENDING") {
        task.status = "STOPPED";
        runtime.tasks.delete(task.id);
      }
      return;
    }
    task.status = "DEACTIVATING";
    await Promise.all(
      runtime.service.targets.map(({ targetGroupArn }) =>
        this.#context.targetGroup(targetGroupArn)?.deregister(task.id),
      ),
    );
    if (runtime.tasks.has(task.id)) task.stop();
  }

  #onHost(message: FromHost): void {
    if (message.type !== "exited") return;
    const id = message.id.split("/")[0] ?? "";
    for (const runtime of this.#services.values()) {
      const task = runtime.tasks.get(id);
      if (task?.exited(message.id, message.reason)) this.#gone(runtime, task);
    }
  }

  #gone(runtime: ServiceRuntime, task: Task): void {
    const expected = task.status === "DEACTIVATING" || task.status === "STOPPING";
    const healthy = this.#isHealthy(runtime, task);
    task.status = "STOPPED";
    runtime.tasks.delete(task.id);
    for (const { targetGroupArn } of runtime.service.targets) this.#context.targetGroup(targetGroupArn)?.drop(task.id);
    const why = expected && !task.reason.startsWith("Task failed") ? "stopped" : `stopped: ${task.reason}`;
    this.#context.say(`task ${task.id.slice(0, 8)} of ${runtime.service.name}: ${why}`);
    if (!expected && !healthy) this.#failed(runtime, task);
    if (runtime.removed && runtime.tasks.size === 0) this.#services.delete(runtime.service.arn);
    this.reconcile();
  }

  /** Counts a task that was never healthy: the next one waits longer, and the circuit breaker may give up. */
  #failed(runtime: ServiceRuntime, task: Task): void {
    const { service } = runtime;
    if (this.#closing) return;
    runtime.failures++;
    const wait = runtime.failures < 2 ? 0 : Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (runtime.failures - 2));
    runtime.nextStartAt = Date.now() + wait;
    // ECS: half the desired count, at least 3 and at most 200.
    const threshold = Math.min(200, Math.max(3, Math.ceil(service.desiredCount / 2)));
    // Watches deployments only: a definition that once was steady is started again and again.
    const deploying = runtime.steady?.arn !== task.definition.arn && runtime.given === undefined;
    if (!service.circuitBreaker.enable || runtime.failures < threshold || !deploying) return;
    runtime.given = task.definition.arn;
    runtime.nextStartAt = 0;
    const back = service.circuitBreaker.rollback && runtime.steady !== undefined;
    const next = back ? `rolled back to ${shortArn(runtime.steady?.arn ?? "")}` : "no more tasks are started";
    this.#context.say(
      `service ${service.name}: ${runtime.failures} tasks of ${shortArn(task.definition.arn)} failed; ${next}`,
    );
  }
}

/** `family:revision`. */
function shortArn(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
