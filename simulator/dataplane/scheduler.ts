/** Keeps each ECS service at what the store says: starts, replaces and stops its tasks. */
import { noteFailure } from "./circuit-breaker.ts";
import { type DeploymentStep, planDeployment } from "./deployment.ts";
import {
  deploymentsOf,
  type Revision,
  report,
  revisionOf,
  touchDeployment,
  wantedRevision,
} from "./service-deployments.ts";
import {
  findTask,
  newService,
  type ServiceCounts,
  type ServiceRuntime,
  type ServiceTask,
  shortArn,
  taskList,
} from "./service-state.ts";
import { type TaskContext, TaskLife } from "./task-life.ts";
import type { EcsService } from "./topology.ts";

export class Scheduler {
  readonly #context: TaskContext;
  readonly #life: TaskLife;
  readonly #services = new Map<string, ServiceRuntime>();
  readonly #lostZones = new Set<string>();
  #closing = false;
  #reconciling = false;
  #pending = false;

  constructor(context: TaskContext) {
    this.#context = context;
    this.#life = new TaskLife(context, {
      changed: () => this.reconcile(),
      failed: (runtime, task) => {
        if (!this.#closing) noteFailure(context, runtime, task);
      },
      gone: (runtime) => {
        if (runtime.removed && runtime.tasks.size === 0) this.#services.delete(runtime.service.arn);
        this.reconcile();
      },
    });
  }

  get tasks(): readonly ServiceTask[] {
    return [...this.#services.values()].flatMap((runtime) =>
      [...runtime.tasks.values()].map((task) => {
        return { service: runtime.service, task, healthy: this.#life.isHealthy(runtime, task) };
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
          tasks.every(
            (task) => task.deployment === revisionOf(service).deployment && this.#life.isHealthy(runtime, task),
          ),
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
      const targets = this.#life.targets(service, task);
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
        this.#life.stop(runtime, task);
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
        healthy: this.#life.isHealthy(runtime, task),
        stopping: task.status !== "PENDING" && task.status !== "RUNNING",
      })),
    });
    this.#noteSteady(runtime, revision, step);
    for (const id of step.stop) {
      const task = runtime.tasks.get(id);
      if (task !== undefined) this.#life.retire(runtime, task);
    }
    if (step.stop.length > 0) {
      report(runtime, `has stopped ${step.stop.length} running tasks: ${taskList(step.stop)}.`, now);
    }
    if (now < runtime.nextStartAt || runtime.given === revision.deployment) return;
    const started = step.start.map((zone) => this.#life.start(runtime, revision, zone));
    if (started.length > 0) report(runtime, `has started ${started.length} tasks: ${taskList(started)}.`, now);
  }

  /** A service of no tasks is steady as it is: its deployment is completed at once, and nothing watches what comes after. */
  #noteSteady(runtime: ServiceRuntime, revision: Revision, step: DeploymentStep): void {
    const tasks = [...runtime.tasks.values()];
    const { definition, deployment } = revision;
    const all = tasks.length === runtime.service.desiredCount && step.start.length === 0 && step.stop.length === 0;
    const steady =
      all &&
      tasks.every((task) => task.deployment === deployment && this.#life.isHealthy(runtime, task)) &&
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
      if (!this.#life.isUnhealthy(runtime, task)) continue;
      task.reason = "Task failed ELB health checks";
      noteFailure(this.#context, runtime, task);
      this.#life.retire(runtime, task);
    }
  }
}
