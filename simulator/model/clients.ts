/** Simulated clients: each request is sent once, and each is accounted for. No client tries again. */
import type { Clock } from "../clock/clock.ts";
import type { StickyCookie } from "../dataplane/cookies.ts";
import type { DataPlaneCore } from "../dataplane/core.ts";
import { CONNECT_TIMEOUT_MS, countResult, countRouting, type Mishap, resultOf } from "../dataplane/exchange.ts";
import type { Routing } from "../dataplane/router.ts";
import type { RequestFacts } from "../dataplane/rules.ts";
import type { LoadBalancer } from "../dataplane/topology.ts";
import { type Random, seededRandom } from "../dataplane/weights.ts";
import { at } from "./behaviour.ts";
import type { SimulatedTasks } from "./tasks.ts";

export interface Load {
  /** Requests per second on average; they come in as a Poisson process. */
  readonly rps: number | ((now: number) => number);
  /** How many clients send them, each with a connection and cookies of its own. @default 50 */
  readonly clients?: number;
  /** Share of the clients that keep cookies. @default 1 */
  readonly cookies?: number;
  /** Some requests take longer than the tasks make them: uploads, streams, reports. @default none */
  readonly slow?: { readonly share: number; readonly ms: number };
  /** Port of the listener. @default 80 */
  readonly port?: number;
  readonly request?: Partial<RequestFacts>;
}

export interface ClientTotals {
  readonly sent: number;
  /** Whole answers, whatever their status. */
  readonly answered: number;
  /** Connections that broke off, were refused, or had nobody to take them. */
  readonly failed: number;
  readonly inFlight: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Answers by the id of the task that gave them. */
  readonly byTarget: Readonly<Record<string, number>>;
  /** Answers by the name of the target group. */
  readonly byTargetGroup: Readonly<Record<string, number>>;
  /** Answers with a status of 500 and more, from task or load balancer, and failures. */
  readonly errors: number;
}

interface Client {
  /** By cookie and scope; nothing for those who keep none. */
  readonly jar: Map<string, { readonly choice: string; readonly until: number }> | undefined;
}

type Forward = Routing & { readonly kind: "forward" };

const PLAIN: RequestFacts = {
  method: "GET",
  host: "",
  path: "/",
  query: "",
  headers: new Map(),
  sourceIp: "127.0.0.1",
};
/** How often a load of nothing is asked whether it is more by now. */
const IDLE_MS = 1_000;

export class Clients {
  readonly #clock: Clock;
  readonly #seed: string;
  readonly #core: DataPlaneCore;
  readonly #tasks: SimulatedTasks;
  #loads = 0;
  #requests = 0;
  #sent = 0;
  #answered = 0;
  #failed = 0;
  readonly #byStatus = new Map<number, number>();
  readonly #byTarget = new Map<string, number>();
  readonly #byTargetGroup = new Map<string, number>();

  constructor(clock: Clock, seed: string, core: DataPlaneCore, tasks: SimulatedTasks) {
    this.#clock = clock;
    this.#seed = seed;
    this.#core = core;
    this.#tasks = tasks;
  }

  get totals(): ClientTotals {
    const errors = [...this.#byStatus].reduce((sum, [status, count]) => sum + (status >= 500 ? count : 0), 0);
    return {
      sent: this.#sent,
      answered: this.#answered,
      failed: this.#failed,
      inFlight: this.#sent - this.#answered - this.#failed,
      byStatus: Object.fromEntries([...this.#byStatus].sort(([a], [b]) => a - b)),
      byTarget: Object.fromEntries(this.#byTarget),
      byTargetGroup: Object.fromEntries(this.#byTargetGroup),
      errors: errors + this.#failed,
    };
  }

  /** Begins to send. @returns what ends it; requests in flight are still answered */
  send(load: Load): () => void {
    const random = seededRandom(`${this.#seed}:load:${this.#loads++}`);
    const clients = Array.from({ length: load.clients ?? 50 }, (_, index): Client => {
      return { jar: index < (load.clients ?? 50) * (load.cookies ?? 1) ? new Map() : undefined };
    });
    const facts = { ...PLAIN, ...load.request };
    let ended = false;
    const arm = () => {
      const rps = at(load.rps, this.#clock.now(), 0);
      if (rps <= 0) this.#clock.after(IDLE_MS, next);
      else this.#clock.after((-Math.log(1 - random()) * 1000) / rps, arrive);
    };
    const next = () => {
      if (!ended) arm();
    };
    const arrive = () => {
      if (ended) return;
      this.#arrive(clients[Math.floor(random() * clients.length)]!, load, facts, random);
      arm();
    };
    arm();
    return () => {
      ended = true;
    };
  }

  #arrive({ jar }: Client, load: Load, facts: RequestFacts, random: Random): void {
    const now = this.#clock.now();
    this.#sent++;
    const extraMs = load.slow !== undefined && random() < load.slow.share ? load.slow.ms : 0;
    const port = load.port ?? 80;
    const balancer = this.#core.loadBalancers.find(({ listeners }) => listeners.some((other) => other.port === port));
    const listener = balancer?.listeners.find((other) => other.port === port);
    if (balancer === undefined || listener === undefined) {
      this.#failed++;
      return;
    }
    const recall = (name: StickyCookie, scope: string) => {
      const kept = jar?.get(`${name} ${scope}`);
      return kept !== undefined && kept.until > now ? kept.choice : undefined;
    };
    const routing = this.#core.router.route(listener.rules, facts, recall, now);
    const zone = balancer.zones[this.#requests++ % Math.max(1, balancer.zones.length)] ?? "";
    const node = { loadBalancer: balancer.arnSuffix, zone };
    countRouting(this.#core.recorder, node, routing, now);
    switch (routing.kind) {
      case "refused":
        this.#answer(routing.status);
        break;
      case "fixed":
      case "redirect":
        this.#answer(routing.action.status);
        break;
      case "forward":
        for (const { name, scope, choice, seconds } of routing.remember) {
          jar?.set(`${name} ${scope}`, { choice, until: now + seconds * 1000 });
        }
        this.#forward(balancer, node, routing, extraMs);
    }
  }

  #forward(
    { idleTimeoutSeconds }: LoadBalancer,
    node: { readonly loadBalancer: string; readonly zone: string },
    routing: Forward,
    extraMs: number,
  ): void {
    const clock = this.#clock;
    const { runtime, target } = routing;
    const started = clock.now();
    const end = runtime.begin(target);
    const task = this.#tasks.listening(target.id);
    let connected = false;
    const fail = (mishap: Mishap) => {
      const now = clock.now();
      const result = resultOf(mishap, { connected, status: undefined, seconds: (now - started) / 1000 });
      end();
      countResult(this.#core.recorder, node, routing, result, now);
      if (result.kind === "failed") this.#answer(result.status);
      else this.#failed++;
    };
    if (!target.reachable) {
      clock.after(CONNECT_TIMEOUT_MS, () => fail("silence"));
      return;
    }
    if (task === undefined) {
      clock.after(target.slowMs, () => fail("reset"));
      return;
    }
    connected = true;
    const idleMs = idleTimeoutSeconds * 1000;
    const { status, ms } = task.answer();
    const took = ms + extraMs;
    const silent = took >= idleMs;
    const onEnd = (mishap: Mishap) => {
      cancel();
      // Of a lost zone nothing comes back, not even an end.
      if (target.reachable) fail(mishap);
      else clock.after(idleMs, () => fail("silence"));
    };
    task.begin(onEnd);
    const cancel = clock.after(target.slowMs + (silent ? idleMs : took), () => {
      task.finish(onEnd);
      if (silent) {
        fail("silence");
        return;
      }
      const now = clock.now();
      end();
      countResult(this.#core.recorder, node, routing, { kind: "answered", status, seconds: took / 1000 }, now);
      this.#answer(status);
      count(this.#byTarget, target.id);
      count(this.#byTargetGroup, runtime.group.name);
    });
  }

  #answer(status: number): void {
    this.#answered++;
    count(this.#byStatus, status);
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
