/**
 * The data plane without its sockets: target groups and their health, services and their tasks, what traffic meets and
 * what is counted. It runs on any clock, with tasks of any kind, so the one on loopback and the model in virtual time are
 * the same in all but how a request travels.
 */
import { type Clock, every } from "../clock/clock.ts";
import { HealthChecker, type Probe } from "./health.ts";
import type { MetricSink } from "./metrics.ts";
import { MetricRecorder, type MetricSeconds } from "./recorder.ts";
import { Router } from "./router.ts";
import type { TaskRunner } from "./runner.ts";
import { Scheduler } from "./scheduler.ts";
import { measureServices } from "./service-metrics.ts";
import type { DataPlaneStatus } from "./status.ts";
import { statusOf } from "./status-of.ts";
import { TargetGroupRuntime } from "./targets.ts";
import { type LoadBalancer, type TargetGroup, type Topology, type TopologySource, usedGroups } from "./topology.ts";
import { seededRandom } from "./weights.ts";

export interface CoreOptions {
  readonly clock: Clock;
  /** Seed of every draw. */
  readonly seed: string;
  readonly source: TopologySource;
  readonly runner: TaskRunner;
  readonly probe: Probe;
  readonly metrics: MetricSink;
  /** Period of the load balancers' metrics. @default 60 */
  readonly metricSeconds?: MetricSeconds;
  /**
   * Milliseconds from a change of a load balancer, its listeners or rules until traffic meets it; a function is asked for
   * each change. A later change never comes into effect before an earlier one. Services and targets change at once: on
   * AWS too, they are not told to wait for the load balancers.
   */
  readonly propagationDelayMs: number | (() => number);
  /** How often the source is asked whether it changed, in milliseconds. */
  readonly pollMs: number;
  /** How often services are looked after when nothing happens, in milliseconds. */
  readonly tickMs: number;
  readonly onEvent: (line: string) => void;
  /** Hears when other load balancers come into effect. */
  readonly onLoadBalancers: (loadBalancers: readonly LoadBalancer[]) => void;
}

/** How often targets are counted for the host metrics. */
const COUNT_HOSTS_MS = 10_000;
const MINUTE = 60_000;

interface Group {
  readonly runtime: TargetGroupRuntime;
  readonly checker: HealthChecker;
}

export class DataPlaneCore {
  readonly recorder: MetricRecorder;
  readonly router: Router;
  readonly scheduler: Scheduler;
  readonly #options: CoreOptions;
  readonly #groups = new Map<string, Group>();
  readonly #ends: (() => void)[] = [];
  #topology: Topology = { loadBalancers: [], targetGroups: new Map(), services: [], problems: [] };
  #serving: readonly LoadBalancer[] = [];
  #seen: number | undefined;
  /** When the last change comes into effect. */
  #effectiveAt = 0;
  #closed = false;

  constructor(options: CoreOptions) {
    const { clock, seed, runner } = options;
    this.#options = options;
    this.recorder = new MetricRecorder(options.metrics, options.metricSeconds);
    this.router = new Router(seed, (arn) => this.group(arn));
    this.scheduler = new Scheduler({
      ...{ seed, clock, runner },
      targetGroup: (arn) => this.group(arn),
      watch: (arn, target) => this.#groups.get(arn)?.checker.watch(target),
      say: options.onEvent,
    });
  }

  /** The load balancers as traffic meets them. */
  get loadBalancers(): readonly LoadBalancer[] {
    return this.#serving;
  }

  /** The topology as it is stored. */
  get topology(): Topology {
    return this.#topology;
  }

  get groups(): readonly TargetGroupRuntime[] {
    return [...this.#groups.values()].map(({ runtime }) => runtime);
  }

  group(arn: string): TargetGroupRuntime | undefined {
    return this.#groups.get(arn)?.runtime;
  }

  /** Serves what the source holds now, and follows it from then on. */
  start(): void {
    const { clock, source, pollMs, tickMs, onLoadBalancers } = this.#options;
    const metricMs = (this.#options.metricSeconds ?? 60) * 1000;
    this.#seen = source.version();
    this.#take(source.read());
    this.#serving = this.#topology.loadBalancers;
    onLoadBalancers(this.#serving);
    source.subscribe?.(() => this.poll());
    this.#ends.push(
      every(clock, pollMs, () => this.poll()),
      every(clock, tickMs, () => this.scheduler.reconcile()),
      every(clock, Math.min(COUNT_HOSTS_MS, metricMs), () => this.#countHosts()),
      every(clock, metricMs, () => this.recorder.flush(clock.now())),
      every(clock, MINUTE, () => this.#closeMinute()),
    );
  }

  /** Follows the source no more; health checks and tasks go on until `end`. */
  stopFollowing(): void {
    this.#closed = true;
    for (const end of this.#ends) end();
  }

  end(): void {
    for (const { checker } of this.#groups.values()) checker.close();
    this.recorder.flush(this.#options.clock.now(), true);
  }

  /** Takes a change of the source now. */
  poll(): void {
    const { clock, source, propagationDelayMs } = this.#options;
    const version = source.version();
    if (version === this.#seen || this.#closed) return;
    this.#seen = version;
    this.#take(source.read());
    const { loadBalancers } = this.#topology;
    const delay = typeof propagationDelayMs === "number" ? propagationDelayMs : propagationDelayMs();
    this.#effectiveAt = Math.max(this.#effectiveAt, clock.now() + delay);
    this.#ends.push(clock.after(this.#effectiveAt - clock.now(), () => this.#serve(loadBalancers)));
  }

  status(about: { readonly pid: number; readonly since: string }): DataPlaneStatus {
    return statusOf(this, about);
  }

  /** @throws Error when there is no such task */
  killTask(id: string): string {
    return this.scheduler.killTask(id);
  }

  /** @returns how many tasks ran there. @throws Error when no service runs in such a zone */
  loseZone(zone: string): number {
    const known = [...new Set(this.#topology.services.flatMap(({ zones }) => zones))].sort();
    if (!known.includes(zone)) {
      throw new Error(`no service runs in a zone "${zone}"; there are: ${known.join(", ") || "none"}`);
    }
    this.#options.onEvent(`zone ${zone}: lost`);
    return this.scheduler.loseZone(zone);
  }

  /** @returns whether the zone was lost */
  restoreZone(zone: string): boolean {
    this.#options.onEvent(`zone ${zone}: back`);
    return this.scheduler.restoreZone(zone);
  }

  /** @throws Error when there is no such task */
  slowTask(id: string, milliseconds: number): string {
    const { task } = this.scheduler.find(id);
    for (const runtime of this.groups) {
      const target = runtime.get(task.id);
      if (target !== undefined) target.slowMs = milliseconds;
    }
    this.#options.onEvent(`task ${task.id.slice(0, 8)}: answers ${milliseconds} ms late`);
    return task.id;
  }

  /** Groups before services: nothing refers to what is not there yet. */
  #take(topology: Topology): void {
    for (const problem of topology.problems) {
      if (!this.#topology.problems.includes(problem)) this.#options.onEvent(problem);
    }
    this.#topology = topology;
    for (const group of topology.targetGroups.values()) this.#takeGroup(group);
    this.scheduler.update(topology.services);
    for (const [arn, { runtime, checker }] of this.#groups) {
      if (topology.targetGroups.has(arn) || runtime.targets.length > 0) continue;
      checker.close();
      this.#groups.delete(arn);
    }
  }

  #serve(loadBalancers: readonly LoadBalancer[]): void {
    if (this.#closed) return;
    this.#serving = loadBalancers;
    this.#options.onLoadBalancers(loadBalancers);
  }

  #takeGroup(group: TargetGroup): void {
    const known = this.#groups.get(group.arn);
    if (known !== undefined) {
      known.runtime.group = group;
      return;
    }
    const { clock, seed, probe, onEvent } = this.#options;
    const runtime = new TargetGroupRuntime(group, seededRandom(`${seed}:${group.arn}`), clock);
    const checker = new HealthChecker(runtime, clock, probe, ({ id, state }) => {
      onEvent(`target ${id.slice(0, 8)} of ${runtime.group.name}: ${state}`);
      this.scheduler.reconcile();
    });
    this.#groups.set(group.arn, { runtime, checker });
  }

  #closeMinute(): void {
    const { clock, metrics } = this.#options;
    for (const datum of measureServices(this.scheduler, clock.now() - MINUTE)) metrics.put(datum);
  }

  #countHosts(): void {
    const now = this.#options.clock.now();
    for (const balancer of this.#serving) {
      for (const arn of usedGroups(balancer)) {
        const runtime = this.group(arn);
        if (runtime === undefined || runtime.registered.length === 0) continue;
        const place = { loadBalancer: balancer.arnSuffix, targetGroup: runtime.group.arnSuffix };
        const healthy = runtime.registered.filter(({ state }) => state === "healthy");
        const others = runtime.registered.filter(({ state }) => state === "unhealthy");
        this.recorder.hosts({ ...place, zone: "" }, healthy.length, others.length, now);
        for (const zone of balancer.zones) {
          const here = (targets: typeof healthy) => targets.filter((target) => target.zone === zone).length;
          this.recorder.hosts({ ...place, zone }, here(healthy), here(others), now);
        }
      }
    }
  }
}
