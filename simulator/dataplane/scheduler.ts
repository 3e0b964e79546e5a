/** Keeps each ECS service at what the store says: starts, replaces and stops its tasks. */
import type { Clock } from "../clock/clock.ts";
import { type DeploymentStep, planDeployment } from "./deployment.ts";
import type { TaskRunner } from "./runner.ts";
import {
  deploymentsOf,
  type Revision,
  report,
  revisionOf,
  touchDeployment,
  wantedRevision,
} from "./service-deployments.ts";
import {
  backoffMs,
  breakerThreshold,
  findTask,
  newService,
  type ServiceCounts,
  type ServiceRuntime,
  type ServiceTask,
  shortArn,
  type Task,
  taskId,
  taskList,
} from "./service-state.ts";
import type { Target, TargetGroupRuntime } from "./targets.ts";
import type { EcsService } from "./topology.ts";

export interface SchedulerContext {
  readonly seed: string;
  readonly clock: Clock;
  readonly runner: TaskRunner;
  targetGroup(arn: string): TargetGroupRuntime | undefined;
  /** Begins the health checks of a target just registered. */
  watch(targetGroupArn: string, target: Target): void;
  /** Something a person wants to see, in one line. */
  say(line: string): void;
}

export class Scheduler {
  readonly #context: SchedulerContext;
  readonly #services = new Map<string, ServiceRuntime>();
  readonly #lostZones = new Set<string>();
  #closing = false;
  #reconciling = false;
  #pending = false;

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  get tasks(): readonly ServiceTask[] {
    return [...this.#services.values()].flatMap((runtime) =>
      [...runtime.tasks.values()].map((task) => {
        return { service: runtime.service, task, healthy: this.#isHealthy(runtime, task) };
      }),
    );
  }

  get counts(): readonly ServiceCounts[] {
    return [...this.#services.values()].map((runtime) => {
      const { service } = runtime;
      const tasks = [...runtime.tasks.values()];
      const running = tasks.filter(({ status }) => status === "RUNNING");
      return {
        service,
        running: running.length,
        pending: tasks.filter(({ status }) => status === "PENDING").length,
        steady:
          tasks.length === service.desiredCount &&
          running.length === tasks.length &&
          tasks.every((task) => task.deployment === revisionOf(service).deployment && this.#isHealthy(runtime, task)),
        deployments: deploymentsOf(runtime),
        events: runtime.events,
      };
    });
  }

  get lostZones(): readonly string[] {
    return [...this.#lostZones].sort();
  }

  /** Takes what the store says now. */
  update(services: readonly EcsService[]): void {
    const present = new Set(services.map(({ arn }) => arn));
    for (const service of services) {
      const known = this.#services.get(service.arn);
      if (known === undefined) {
        const runtime = newService(service);
        this.#services.set(service.arn, runtime);
        touchDeployment(runtime, revisionOf(service).deployment, this.#context.clock.now());
      } else {
        const { deployment } = revisionOf(service);
        if (revisionOf(known.service).deployment !== deployment) {
          known.failed.delete(deployment);
          known.deploymentTimes.delete(deployment);
          known.completed = undefined;
          touchDeployment(known, deployment, this.#context.clock.now());
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

  /** One step for every service; what a step itself changes is taken up by the next. */
  reconcile(): void {
    this.#pending = true;
    if (this.#reconciling) return;
    this.#reconciling = true;
    while (this.#pending && !this.#closing) {
      this.#pending = false;
      for (const runtime of this.#services.values()) this.#step(runtime);
    }
    this.#reconciling = false;
  }

  /** @throws Error when there is no such task, naming those there are */
  killTask(id: string): string {
    const { task } = this.find(id);
    task.reason = "killed by a command";
    task.handle?.kill();
    return task.id;
  }

  /** By id or the beginning of one. @throws Error when there is no such task */
  find(id: string): ServiceTask {
    return findTask(this.tasks, id);
  }

  /**
   * All tasks of the zone are gone at once, without a signal; none starts there until the zone is back. Nobody says so:
   * a target of the zone is taken out when its health checks fail, as any that falls silent.
   */
  loseZone(zone: string): number {
    this.#lostZones.add(zone);
    const hit = this.tasks.filter(({ task }) => task.zone === zone);
    for (const { service, task } of hit) {
      task.reason = `the zone ${zone} was lost`;
      const targets = this.#targets(service, task);
      task.lost = targets.length > 0;
      for (const target of targets) target.reachable = false;
      task.handle?.kill();
    }
    return hit.length;
  }

  restoreZone(zone: string): boolean {
    const was = this.#lostZones.delete(zone);
    this.reconcile();
    return was;
  }

  /** Asks every task to stop and starts no more. */
  stopAll(): void {
    this.#closing = true;
    for (const runtime of this.#services.values()) {
      for (const task of runtime.tasks.values()) {
        task.status = "STOPPING";
        if (task.handle === undefined) this.#gone(runtime, task);
        else task.handle.stop();
      }
    }
  }

  #step(runtime: ServiceRuntime): void {
    const { service } = runtime;
    const now = this.#context.clock.now();
    const revision = wantedRevision(runtime);
    const desired = runtime.removed ? 0 : service.desiredCount;
    this.#replaceUnhealthy(runtime, now);
    const step = planDeployment({
      desired,
      minimumHealthyPercent: service.minimumHealthyPercent,
      maximumPercent: service.maximumPercent,
      deployment: revision.deployment,
      zones: service.zones.filter((zone) => !this.#lostZones.has(zone)),
      tasks: [...runtime.tasks.values()].map((task) => ({
        id: task.id,
        deployment: task.deployment,
        zone: task.zone,
        startedAt: task.startedAt,
        healthy: this.#isHealthy(runtime, task),
        stopping: task.status !== "PENDING" && task.status !== "RUNNING",
      })),
    });
    this.#noteSteady(runtime, revision, step);
    for (const id of step.stop) {
      const task = runtime.tasks.get(id);
      if (task !== undefined) this.#retire(runtime, task);
    }
    if (step.stop.length > 0) {
      report(runtime, `has stopped ${step.stop.length} running tasks: ${taskList(step.stop)}.`, now);
    }
    if (now < runtime.nextStartAt || runtime.given === revision.deployment) return;
    const started = step.start.map((zone) => this.#start(runtime, revision, zone));
    if (started.length > 0) report(runtime, `has started ${started.length} tasks: ${taskList(started)}.`, now);
  }

  #isHealthy({ service }: ServiceRuntime, task: Task): boolean {
    if (task.status !== "RUNNING") return false;
    return service.targets.every(({ targetGroupArn }) => {
      const target = this.#context.targetGroup(targetGroupArn)?.get(task.id);
      return target?.state === "healthy";
    });
  }

  /** A service of no tasks is steady as it is: its deployment is completed at once, and nothing watches what comes after. */
  #noteSteady(runtime: ServiceRuntime, revision: Revision, step: DeploymentStep): void {
    const tasks = [...runtime.tasks.values()];
    const { definition, deployment } = revision;
    const all = tasks.length === runtime.service.desiredCount && step.start.length === 0 && step.stop.length === 0;
    const steady =
      all &&
      tasks.every((task) => task.deployment === deployment && this.#isHealthy(runtime, task)) &&
      !runtime.removed;
    if (!steady) {
      runtime.quiet = false;
      return;
    }
    const now = this.#context.clock.now();
    runtime.failures = 0;
    if (runtime.completed !== deployment) {
      runtime.completed = deployment;
      touchDeployment(runtime, deployment, now);
      report(runtime, `(deployment ${deployment}) deployment completed.`, now);
    }
    if (!runtime.quiet) report(runtime, "has reached a steady state.", now);
    runtime.quiet = true;
    if (runtime.steady?.deployment === deployment) return;
    runtime.steady = revision;
    if (tasks.length === 0) return;
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
      this.#retire(runtime, task);
    }
  }

  #targets(service: EcsService, task: Task): Target[] {
    return service.targets.flatMap((at) => this.#context.targetGroup(at.targetGroupArn)?.get(task.id) ?? []);
  }

  #start(runtime: ServiceRuntime, { definition, deployment }: Revision, zone: string): string {
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
          if (service.targets.length === 0) this.reconcile();
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
          this.reconcile();
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
  #retire(runtime: ServiceRuntime, task: Task): void {
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
      task.status = "STOPPING";
      if (task.handle === undefined) this.#gone(runtime, task);
      else task.handle.stop();
    };
    if (left === 0) stop();
    for (const group of groups) {
      group.deregister(task.id, () => {
        left--;
        if (left === 0) stop();
      });
    }
  }

  #gone(runtime: ServiceRuntime, task: Task): void {
    if (!runtime.tasks.has(task.id)) return;
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
    runtime.failed.set(task.deployment, (runtime.failed.get(task.deployment) ?? 0) + 1);
    runtime.nextStartAt = this.#context.clock.now() + backoffMs(runtime.failures);
    const threshold = breakerThreshold(service.desiredCount);
    // Watches deployments only: what was completed is started again and again.
    const deploying = runtime.completed !== task.deployment && runtime.given === undefined;
    if (!service.circuitBreaker.enable || runtime.failures < threshold || !deploying) return;
    runtime.given = task.deployment;
    runtime.nextStartAt = 0;
    touchDeployment(runtime, task.deployment, this.#context.clock.now());
    report(
      runtime,
      `(deployment ${task.deployment}) deployment failed: tasks failed to start.`,
      this.#context.clock.now(),
    );
    const back = service.circuitBreaker.rollback && runtime.steady !== undefined;
    const next = back
      ? `rolled back to ${shortArn(runtime.steady?.definition.arn ?? "")}`
      : "no more tasks are started";
    this.#context.say(
      `service ${service.name}: ${runtime.failures} tasks of ${shortArn(task.definition.arn)} failed; ${next}`,
    );
  }
}
