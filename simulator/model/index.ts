/**
 * The data plane in virtual time: what the stored load balancers and services would do with hours of traffic, in seconds
 * and the same for the same seed. It runs the code of the data plane on loopback; only requests and tasks are simulated.
 */
import { VirtualClock } from "../clock/clock.ts";
import { type ControlledPlane, serveControl } from "../dataplane/control.ts";
import { DataPlaneCore } from "../dataplane/core.ts";
import type { MetricSink } from "../dataplane/metrics.ts";
import type { MetricSeconds } from "../dataplane/recorder.ts";
import type { DataPlaneStatus } from "../dataplane/status.ts";
import type { TaskDefinition, TopologySource } from "../dataplane/topology.ts";
import { seededRandom } from "../dataplane/weights.ts";
import type { Behaviour } from "./behaviour.ts";
import { Clients, type ClientTotals, type Load } from "./clients.ts";
import { SimulatedTasks } from "./tasks.ts";

export { type Behaviour, constant, type Delay, exponential, logNormal } from "./behaviour.ts";
export type { ClientTotals, Load } from "./clients.ts";
export { DraftTopology, type WebService, type WebTopology, webTopology } from "./draft.ts";

export interface TrafficModelOptions {
  /** Seed of every draw. @default "0" */
  readonly seed?: string;
  /** Shared with whatever else is to live in the same time. @default one that begins at 0 */
  readonly clock?: VirtualClock;
  /** What is served: one that is changed by hand (`webTopology`), or that of a stored cloud (`storeTopology`). */
  readonly topology: TopologySource;
  /** What the tasks of a definition do. */
  readonly behaviour: (definition: TaskDefinition) => Behaviour;
  /**
   * Milliseconds from a change of a load balancer or rule until traffic meets it, or the bounds between which each
   * change's delay is drawn.
   *
   * @default 0
   */
  readonly propagationDelayMs?: number | { readonly from: number; readonly to: number };
  /** Takes the metrics of each minute. @default nobody */
  readonly metrics?: MetricSink;
  /** Period, in seconds, of the load balancers' metrics. @default 60 */
  readonly metricSeconds?: MetricSeconds;
  /** Hears in one line what happens. */
  readonly onEvent?: (line: string) => void;
}

/** How often a stored topology is asked whether it changed, in milliseconds of virtual time. */
const POLL_MS = 1_000;
const TICK_MS = 1_000;

export class TrafficModel implements ControlledPlane {
  readonly clock: VirtualClock;
  readonly #core: DataPlaneCore;
  readonly #clients: Clients;
  readonly #since: string;

  constructor(options: TrafficModelOptions) {
    const { seed = "0", clock = new VirtualClock(), propagationDelayMs = 0 } = options;
    this.clock = clock;
    this.#since = new Date(clock.now()).toISOString();
    const tasks = new SimulatedTasks(clock, seed, options.behaviour);
    const delays = seededRandom(`${seed}:propagation`);
    this.#core = new DataPlaneCore({
      ...{ clock, seed, runner: tasks, probe: tasks.probe, pollMs: POLL_MS, tickMs: TICK_MS },
      source: options.topology,
      metrics: options.metrics ?? { put: () => undefined },
      metricSeconds: options.metricSeconds ?? 60,
      propagationDelayMs:
        typeof propagationDelayMs === "number"
          ? propagationDelayMs
          : () => propagationDelayMs.from + delays() * (propagationDelayMs.to - propagationDelayMs.from),
      onEvent: options.onEvent ?? (() => undefined),
      onLoadBalancers: () => undefined,
    });
    this.#clients = new Clients(clock, seed, this.#core, tasks);
    this.#core.start();
  }

  /** What came of the requests so far: sent = answered + failed + in flight. */
  get clients(): ClientTotals {
    return this.#clients.totals;
  }

  /** Begins to send requests. @returns what ends it; requests in flight are still answered */
  send(load: Load): () => void {
    return this.#clients.send(load);
  }

  /** Lets time pass. A change of the store is seen before. */
  advance(ms: number): void {
    this.#core.poll();
    this.clock.advance(ms);
  }

  /**
   * Lets time pass, a second at a time, until something holds.
   *
   * @throws Error when it does not within `withinMs`
   */
  until(holds: () => boolean, withinMs = 3_600_000): void {
    const end = this.clock.now() + withinMs;
    while (!holds()) {
      if (this.clock.now() >= end) throw new Error(`it did not come within ${withinMs} ms: ${holds}`);
      this.advance(1_000);
    }
  }

  status(): DataPlaneStatus {
    return this.#core.status({ pid: process.pid, since: this.#since });
  }

  /** Takes a task out of its target groups, as `DeregisterTargets` does. @throws Error when there is no such task */
  deregister(id: string): void {
    const { service, task } = this.#core.scheduler.find(id);
    for (const { targetGroupArn } of service.targets) {
      this.#core.group(targetGroupArn)?.deregister(task.id, () => undefined);
    }
  }

  killTask(id: string): string {
    return this.#core.killTask(id);
  }

  slowTask(id: string, milliseconds: number): string {
    return this.#core.slowTask(id, milliseconds);
  }

  loseZone(zone: string): number {
    return this.#core.loseZone(zone);
  }

  restoreZone(zone: string): boolean {
    return this.#core.restoreZone(zone);
  }

  /** Hands over the minute that is still open. */
  end(): void {
    this.#core.stopFollowing();
    this.#core.end();
  }
}

export function createTrafficModel(options: TrafficModelOptions): TrafficModel {
  return new TrafficModel(options);
}

/**
 * Lets everything that asks the data plane of a cloud (`causeway cloud status`, the AWS endpoint, `causeway cloud fault`)
 * ask this model, in place of `causeway cloud serve`.
 *
 * @param home folder of the cloud
 * @returns ends it
 */
export function publishModel(home: string, model: TrafficModel): Promise<() => void> {
  return serveControl(home, model);
}
