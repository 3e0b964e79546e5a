/**
 * The data plane of the simulated cloud: what the stored load balancers, target groups and ECS services would do, done
 * with real sockets and processes on loopback. It reads the store and writes nothing to it.
 */
import { join } from "node:path";
import { cloudFiles, cloudHome, findRoot } from "../process/location.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { CloudStore } from "../store/store.ts";
import { CookieJar } from "./cookies.ts";
import { targetAgent } from "./forward.ts";
import { HealthChecker } from "./health.ts";
import type { ImageMap } from "./images.ts";
import { type ListenerContext, ListenerServer } from "./listener.ts";
import type { MetricSink } from "./metrics.ts";
import { MetricRecorder } from "./recorder.ts";
import { Scheduler } from "./scheduler.ts";
import type { DataPlaneStatus } from "./status.ts";
import { TargetGroupRuntime } from "./targets.ts";
import { readTopology, type TargetGroup, type Topology } from "./topology.ts";
import { seededRandom } from "./weights.ts";

export { type ImageMap, type LocalCommand, readImageMap } from "./images.ts";
export type { MetricDatum, MetricSink } from "./metrics.ts";
export type { DataPlaneStatus } from "./status.ts";

export interface DataPlaneOptions {
  /** Folder of the cloud. @default `$CAUSEWAY_CLOUD_HOME`, else `causeway/cloud` in `$XDG_STATE_HOME` */
  readonly home?: string;
  /** Checkout whose code runs. @default the one of the running script, else of the working folder */
  readonly root?: string;
  /** Which local command stands for which container image. */
  readonly images: ImageMap;
  /** @default the reserved account of the simulated cloud */
  readonly account?: string;
  /** Seed of every draw by weight. @default "0" */
  readonly seed?: string;
  /** Milliseconds from a change in the store until the data plane acts on it. @default 0 */
  readonly propagationDelayMs?: number;
  /** Takes the metrics of each minute. @default nobody */
  readonly metrics?: MetricSink;
  /** Hears in one line what happens. */
  readonly onEvent?: (line: string) => void;
}

/** How often the store is asked whether it changed; the question costs microseconds. */
const POLL_MS = 50;
/** How often targets are counted for the host metrics. */
const COUNT_HOSTS_MS = 10_000;

export class DataPlane {
  readonly since = new Date().toISOString();
  readonly #options: DataPlaneOptions;
  readonly #store: CloudStore;
  readonly #account: string;
  readonly #recorder: MetricRecorder;
  readonly #scheduler: Scheduler;
  readonly #context: ListenerContext;
  readonly #groups = new Map<string, { readonly runtime: TargetGroupRuntime; readonly checker: HealthChecker }>();
  /** By listener ARN. */
  readonly #listeners = new Map<string, { readonly server: ListenerServer; readonly loadBalancer: string }>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #delayed = new Set<NodeJS.Timeout>();
  #topology: Topology = { loadBalancers: [], targetGroups: new Map(), services: [], problems: [] };
  #seen: number | undefined;
  #applying: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DataPlaneOptions) {
    const home = options.home ?? cloudHome();
    const seed = options.seed ?? "0";
    this.#options = options;
    this.#account = options.account ?? SIMULATED_ACCOUNT_ID;
    this.#store = new CloudStore(cloudFiles(home).database);
    this.#recorder = new MetricRecorder(options.metrics ?? { put: () => undefined });
    const targetGroup = (arn: string) => this.#groups.get(arn)?.runtime;
    this.#scheduler = new Scheduler({
      seed,
      images: options.images,
      hostEntry: join(options.root ?? findRoot(), "simulator", "dataplane", "task-host.ts"),
      logs: join(home, "logs"),
      targetGroup,
      watch: (arn, id) => this.#watch(arn, id),
      say: (line) => this.#say(line),
    });
    this.#context = {
      seed,
      agent: targetAgent(),
      cookies: new CookieJar(seed),
      recorder: this.#recorder,
      targetGroup,
      loopbackPort: (balancer, port) => this.#loopbackPort(balancer, port),
    };
  }

  /** Serves what the store holds now, and follows it from then on. */
  async start(): Promise<void> {
    this.#seen = this.#store.version();
    await this.#apply(readTopology(this.#store, this.#account));
    const every = (ms: number, work: () => void) => this.#timers.push(setInterval(work, ms));
    every(POLL_MS, () => this.#poll());
    every(250, () => this.#scheduler.reconcile());
    every(COUNT_HOSTS_MS, () => this.#countHosts());
    every(1_000, () => this.#recorder.flush(Date.now()));
  }

  /** Ends the listeners when their requests are answered, then stops the tasks; kills what is left after the grace. */
  async close(graceMs = 10_000): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const timer of this.#delayed) clearTimeout(timer);
    await this.#applying;
    await Promise.all([...this.#listeners.values()].map(({ server }) => server.close(graceMs)));
    for (const { checker } of this.#groups.values()) checker.close();
    await this.#scheduler.close(graceMs);
    this.#context.agent.destroy();
    this.#recorder.flush(Date.now(), true);
    this.#store.close();
  }

  status(): DataPlaneStatus {
    return {
      pid: process.pid,
      since: this.since,
      taskHost: this.#scheduler.hostPid,
      listeners: this.#topology.loadBalancers.flatMap((balancer) =>
        balancer.listeners.map((listener) => ({
          loadBalancer: balancer.name,
          protocol: listener.protocol,
          port: listener.port,
          url: `http://127.0.0.1:${this.#listeners.get(listener.arn)?.server.port ?? 0}/`,
        })),
      ),
      targetGroups: [...this.#groups.values()].map(({ runtime }) => ({
        name: runtime.group.name,
        targets: runtime.targets.map(({ id, port, zone, state, inFlight, slowMs }) => {
          return { task: id, port, zone, state, inFlight, slowMs };
        }),
      })),
      tasks: this.#scheduler.tasks.map(({ service, task, pid }) => ({
        id: task.id,
        service: service.name,
        definition: task.definition.arn.split("/").at(-1) ?? "",
        zone: task.zone,
        status: task.status,
        pid,
      })),
      lostZones: this.#scheduler.lostZones,
      problems: this.#topology.problems,
    };
  }

  /** Kills a task's processes, as a crash would. @throws Error when there is no such task */
  killTask(id: string): string {
    return this.#scheduler.killTask(id);
  }

  /**
   * Kills every task of a zone at once; none starts there until `restoreZone`.
   *
   * @returns how many tasks ran there
   * @throws Error when no service runs in such a zone
   */
  loseZone(zone: string): number {
    const known = [...new Set(this.#topology.services.flatMap(({ zones }) => zones))].sort();
    if (!known.includes(zone)) {
      throw new Error(`no service runs in a zone "${zone}"; there are: ${known.join(", ") || "none"}`);
    }
    this.#say(`zone ${zone}: lost`);
    return this.#scheduler.loseZone(zone);
  }

  /** @returns whether the zone was lost */
  restoreZone(zone: string): boolean {
    this.#say(`zone ${zone}: back`);
    return this.#scheduler.restoreZone(zone);
  }

  /** Delays every request and health check to a task by milliseconds; 0 ends it. @throws Error when there is no such task */
  slowTask(id: string, milliseconds: number): string {
    const { task } = this.#scheduler.find(id);
    for (const { runtime } of this.#groups.values()) {
      const target = runtime.get(task.id);
      if (target !== undefined) target.slowMs = milliseconds;
    }
    this.#say(`task ${task.id.slice(0, 8)}: answers ${milliseconds} ms late`);
    return task.id;
  }

  #poll(): void {
    const version = this.#store.version();
    if (version === this.#seen) return;
    this.#seen = version;
    const topology = readTopology(this.#store, this.#account);
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#applying = this.#applying.then(() => this.#apply(topology));
    }, this.#options.propagationDelayMs ?? 0);
    this.#delayed.add(timer);
  }

  /** Groups first, then listeners, then tasks: nothing refers to what is not there yet. */
  async #apply(topology: Topology): Promise<void> {
    if (this.#closed) return;
    for (const problem of topology.problems) {
      if (!this.#topology.problems.includes(problem)) this.#say(problem);
    }
    this.#topology = topology;
    for (const group of topology.targetGroups.values()) this.#takeGroup(group);
    await this.#takeListeners(topology);
    this.#scheduler.update(topology.services);
    for (const [arn, { runtime, checker }] of this.#groups) {
      if (topology.targetGroups.has(arn) || runtime.targets.length > 0) continue;
      checker.close();
      this.#groups.delete(arn);
    }
  }

  #takeGroup(group: TargetGroup): void {
    const known = this.#groups.get(group.arn);
    if (known !== undefined) {
      known.runtime.group = group;
      return;
    }
    const runtime = new TargetGroupRuntime(group, seededRandom(`${this.#context.seed}:${group.arn}`));
    const checker = new HealthChecker(runtime, ({ id, state }) => {
      this.#say(`target ${id.slice(0, 8)} of ${runtime.group.name}: ${state}`);
      this.#scheduler.reconcile();
    });
    this.#groups.set(group.arn, { runtime, checker });
  }

  async #takeListeners({ loadBalancers }: Topology): Promise<void> {
    const present = new Set<string>();
    for (const balancer of loadBalancers) {
      for (const listener of balancer.listeners) {
        present.add(listener.arn);
        const known = this.#listeners.get(listener.arn);
        if (known !== undefined) {
          known.server.update(balancer, listener);
          continue;
        }
        const server = new ListenerServer(this.#context, balancer, listener);
        await server.listen();
        this.#listeners.set(listener.arn, { server, loadBalancer: balancer.arn });
        const plain = listener.protocol === "HTTPS" ? " (plain HTTP here)" : "";
        this.#say(`${balancer.name} ${listener.protocol}:${listener.port}${plain}: http://127.0.0.1:${server.port}/`);
      }
    }
    for (const [arn, { server }] of this.#listeners) {
      if (present.has(arn)) continue;
      this.#listeners.delete(arn);
      void server.close(5_000);
    }
  }

  #watch(targetGroupArn: string, id: string): void {
    const group = this.#groups.get(targetGroupArn);
    const target = group?.runtime.get(id);
    if (group !== undefined && target !== undefined) group.checker.watch(target);
  }

  #loopbackPort(balancerArn: string, port: number): number | undefined {
    const balancer = this.#topology.loadBalancers.find(({ arn }) => arn === balancerArn);
    const listener = balancer?.listeners.find((other) => other.port === port);
    return listener && this.#listeners.get(listener.arn)?.server.port;
  }

  #countHosts(): void {
    const now = Date.now();
    for (const balancer of this.#topology.loadBalancers) {
      const actions = balancer.listeners.flatMap(({ rules }) => rules.map(({ action }) => action));
      const arns = actions
        .flatMap((action) => (action.type === "forward" ? action.targetGroups : []))
        .map((g) => g.arn);
      for (const arn of new Set(arns)) {
        const runtime = this.#groups.get(arn)?.runtime;
        if (runtime === undefined || runtime.registered.length === 0) continue;
        const place = { loadBalancer: balancer.arnSuffix, targetGroup: runtime.group.arnSuffix };
        const healthy = runtime.registered.filter(({ state }) => state === "healthy");
        const others = runtime.registered.filter(({ state }) => state === "unhealthy");
        this.#recorder.hosts({ ...place, zone: "" }, healthy.length, others.length, now);
        for (const zone of balancer.zones) {
          const here = (targets: typeof healthy) => targets.filter((target) => target.zone === zone).length;
          this.#recorder.hosts({ ...place, zone }, here(healthy), here(others), now);
        }
      }
    }
  }

  #say(line: string): void {
    this.#options.onEvent?.(line);
  }
}
