/**
 * The data plane of the simulated cloud: what the stored load balancers, target groups and ECS services would do, done
 * with real sockets and processes on loopback. It reads the store and writes nothing to it.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { realClock } from "../clock/clock.ts";
import { cloudFiles, cloudHome, findRoot } from "../process/location.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { CloudStore } from "../store/store.ts";
import { Authority } from "./certificates.ts";
import { CookieJar } from "./cookies.ts";
import { DataPlaneCore } from "./core.ts";
import { targetAgent } from "./forward.ts";
import type { ImageMap } from "./images.ts";
import { type ListenerContext, ListenerServer } from "./listener.ts";
import type { MetricSink } from "./metrics.ts";
import { httpProbe } from "./probe.ts";
import { ProcessRunner } from "./process-task.ts";
import type { MetricSeconds } from "./recorder.ts";
import type { DataPlaneStatus } from "./status.ts";
import type { LoadBalancer } from "./topology.ts";
import { storeTopology } from "./topology-reader.ts";

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
  /**
   * Milliseconds from a change of a load balancer, listener or rule in the store until traffic meets it; a function is
   * asked for each change. Services change at once.
   *
   * @default 0
   */
  readonly propagationDelayMs?: number | (() => number);
  /** Takes the metrics of each minute. @default nobody */
  readonly metrics?: MetricSink;
  /**
   * Period, in seconds, in which the load balancers' metrics are kept. AWS keeps them by the minute; shorter periods are
   * for bakes that cannot wait so long.
   *
   * @default 60
   */
  readonly metricSeconds?: MetricSeconds;
  /** Hears in one line what happens. */
  readonly onEvent?: (line: string) => void;
}

/** How often the store is asked whether it changed; the question costs microseconds. */
const POLL_MS = 50;
const TICK_MS = 250;

export class DataPlane {
  readonly since = new Date().toISOString();
  readonly #options: DataPlaneOptions;
  readonly #store: CloudStore;
  readonly #runner: ProcessRunner;
  readonly #core: DataPlaneCore;
  readonly #context: ListenerContext;
  /** By listener ARN. */
  readonly #listeners = new Map<string, ListenerServer>();
  #opening: Promise<void> = Promise.resolve();
  #authority: Promise<Authority> | undefined;
  #authorityFile: string | undefined;
  #closed = false;

  constructor(options: DataPlaneOptions) {
    const home = options.home ?? cloudHome();
    const seed = options.seed ?? "0";
    this.#options = options;
    this.#store = new CloudStore(cloudFiles(home).database);
    this.#runner = new ProcessRunner({
      images: options.images,
      hostEntry: join(options.root ?? findRoot(), "simulator", "dataplane", "task-host.ts"),
      logs: join(home, "logs"),
    });
    this.#core = new DataPlaneCore({
      seed,
      clock: realClock,
      source: storeTopology(this.#store, options.account ?? SIMULATED_ACCOUNT_ID),
      runner: this.#runner,
      probe: httpProbe,
      metrics: options.metrics ?? { put: () => undefined },
      metricSeconds: options.metricSeconds ?? 60,
      propagationDelayMs: options.propagationDelayMs ?? 0,
      pollMs: POLL_MS,
      tickMs: TICK_MS,
      onEvent: (line) => this.#say(line),
      onLoadBalancers: (balancers) => {
        this.#opening = this.#opening.then(() => this.#takeListeners(balancers));
      },
    });
    this.#context = {
      agent: targetAgent(),
      cookies: new CookieJar(seed),
      recorder: this.#core.recorder,
      router: this.#core.router,
      loopback: (balancer, port) => this.#loopback(balancer, port),
      authority: () => {
        this.#authority ??= Authority.open(home).then((authority) => {
          this.#authorityFile = authority.file;
          return authority;
        });
        return this.#authority;
      },
    };
  }

  /** Serves what the store holds now, and follows it from then on. */
  async start(): Promise<void> {
    this.#core.start();
    await this.#opening;
  }

  /** Ends the listeners when their requests are answered, then stops the tasks; kills what is left after the grace. */
  async close(graceMs = 10_000): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.stopFollowing();
    await this.#opening;
    await Promise.all([...this.#listeners.values()].map((server) => server.close(graceMs)));
    const { scheduler } = this.#core;
    scheduler.stopAll();
    const deadline = Date.now() + graceMs;
    while (scheduler.tasks.length > 0 && Date.now() < deadline) await sleep(20);
    await this.#runner.close();
    this.#context.agent.destroy();
    this.#core.end();
    this.#store.close();
  }

  status(): DataPlaneStatus {
    const status = this.#core.status({ pid: process.pid, since: this.since });
    const listeners = status.listeners.map((listener) => {
      return { ...listener, url: this.#listeners.get(listener.arn)?.url ?? "" };
    });
    return { ...status, listeners, taskHost: this.#runner.hostPid, authority: this.#authorityFile };
  }

  /** Kills a task's processes, as a crash would. @throws Error when there is no such task */
  killTask(id: string): string {
    return this.#core.killTask(id);
  }

  /**
   * Every task of a zone is gone at once, and its targets fall silent; none starts there until `restoreZone`.
   *
   * @returns how many tasks ran there
   * @throws Error when no service runs in such a zone
   */
  loseZone(zone: string): number {
    return this.#core.loseZone(zone);
  }

  /** @returns whether the zone was lost */
  restoreZone(zone: string): boolean {
    return this.#core.restoreZone(zone);
  }

  /** Delays every request and health check to a task by milliseconds; 0 ends it. @throws Error when there is no such task */
  slowTask(id: string, milliseconds: number): string {
    return this.#core.slowTask(id, milliseconds);
  }

  async #takeListeners(loadBalancers: readonly LoadBalancer[]): Promise<void> {
    if (this.#closed) return;
    const present = new Set<string>();
    for (const balancer of loadBalancers) {
      for (const listener of balancer.listeners) {
        present.add(listener.arn);
        const known = this.#listeners.get(listener.arn);
        if (known?.protocol === listener.protocol) {
          known.update(balancer, listener);
          continue;
        }
        if (known !== undefined) await known.close(5_000);
        const server = new ListenerServer(this.#context, balancer, listener);
        await server.listen();
        this.#listeners.set(listener.arn, server);
        this.#say(`${balancer.name} ${listener.protocol}:${listener.port}: ${server.url}`);
      }
    }
    for (const [arn, server] of this.#listeners) {
      if (present.has(arn)) continue;
      this.#listeners.delete(arn);
      void server.close(5_000);
    }
  }

  #loopback(balancerArn: string, port: number): URL | undefined {
    const balancer = this.#core.loadBalancers.find(({ arn }) => arn === balancerArn);
    const listener = balancer?.listeners.find((other) => other.port === port);
    const server = listener && this.#listeners.get(listener.arn);
    return server && new URL(server.url);
  }

  #say(line: string): void {
    this.#options.onEvent?.(line);
  }
}
