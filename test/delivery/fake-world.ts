import type { Action, LedgerRecord } from "../../contracts/ledger.ts";
import type { MirrorState } from "../../contracts/mirror.ts";
import type { Stickiness, Weights } from "../../contracts/release.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { ColourMinute, Notice, Observation, ReleasePorts, TrafficMinute } from "../../delivery/ports.ts";
import { poisson, type Random } from "./random.ts";

export const RULE = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener-rule/app/entry/1/2/3";
export const OLD = "arn:aws:ecs:eu-west-1:000000000000:task-definition/hello-blue:1";
export const NEW = "arn:aws:ecs:eu-west-1:000000000000:task-definition/hello-green:2";

/** How a version behaves. */
export interface Behaviour {
  readonly errorRate: number;
  /** Median of the response time; the shape is log-normal with σ = 1. */
  readonly medianMs: number;
  readonly healthy?: boolean;
}

export interface WorldOptions {
  readonly requestsPerSecond: number;
  readonly versions: Readonly<Record<string, Behaviour>>;
  /** Seconds from the API's answer until the data plane follows. */
  readonly propagationSeconds?: number;
}

interface Side {
  taskDefinition: string;
  desired: number;
  minimum: number;
  /** When its tasks became as many as desired. */
  readyAt: number;
  running: number;
}

/** A controller host that died. */
export class Crash extends Error {}

const START = Date.UTC(2026, 0, 5, 9, 0, 20);

/** A load balancer, two ECS services, a ledger and a mirror in virtual time, and all that can go wrong between them. */
export class FakeWorld {
  time = START;
  weights: Weights = { blue: 100, green: 0 };
  stickiness: Stickiness = { enabled: false };
  readonly history: { at: number; weights: Weights }[] = [{ at: 0, weights: this.weights }];
  readonly sides: Record<Colour, Side> = {
    blue: { taskDefinition: OLD, desired: 3, minimum: 3, readyAt: 0, running: 3 },
    green: { taskDefinition: NEW, desired: 0, minimum: 0, readyAt: 0, running: 0 },
  };
  readonly records: LedgerRecord[] = [];
  mirrored: Partial<MirrorState> = {};
  readonly notices: Notice[] = [];
  readonly performed: Action[] = [];
  /** What a user or an operator would have been hurt by. */
  readonly harm: string[] = [];
  readonly minutes: TrafficMinute[] = [];
  /** Called before each effect with the name of the port call; may throw. */
  before: (call: string) => void = () => {};
  /** Called after each effect, when only the answer can be lost. */
  after: (call: string) => void = () => {};
  /** Milliseconds until a change that nobody got an answer to takes effect; undefined for one that is answered. */
  late: () => number | undefined = () => undefined;
  /** Awaited before each call but an action's, where other hosts may run. */
  pause: () => Promise<void> = async () => {};
  /** Called right before an action takes effect. */
  witness: (action: Action) => void = () => {};
  readonly #onTheirWay: { readonly at: number; readonly effect: () => unknown }[] = [];
  smoke = { ok: true, detail: "20 of 20 answered well" };
  hooks: Record<string, { ok: boolean; detail: string }> = {};
  readonly #options: WorldOptions;
  readonly #random: Random;

  constructor(options: WorldOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    // An hour of life before the release.
    this.#traffic(START - 3_600_000);
  }

  /** Weights as users feel them. */
  dataPlane(at = this.time): Weights {
    const delay = (this.#options.propagationSeconds ?? 0) * 1000;
    return this.history.findLast((entry) => entry.at + delay <= at)!.weights;
  }

  #traffic(from: number): void {
    let start =
      this.minutes.at(-1) === undefined ? Math.ceil(from / 60_000) * 60_000 : this.minutes.at(-1)!.start + 60_000;
    for (; start + 60_000 <= this.time; start += 60_000) {
      const share = (colour: Colour) => (this.dataPlane(start)[colour] + this.dataPlane(start + 59_999)[colour]) / 200;
      const side = (colour: Colour): ColourMinute => {
        const version = this.#options.versions[this.sides[colour].taskDefinition]!;
        const requests = poisson(this.#options.requestsPerSecond * 60 * share(colour), this.#random);
        const errors = Math.min(requests, poisson(requests * version.errorRate, this.#random));
        if (requests > 0 && this.#healthy(colour) === 0)
          this.harm.push(`${requests} requests to ${colour} without targets`);
        const times = {
          p50Ms: version.medianMs,
          p95Ms: version.medianMs * Math.exp(1.645),
          p99Ms: version.medianMs * Math.exp(2.326),
        };
        return { requests, errors, ...(requests > 0 ? times : {}) };
      };
      const colours = { blue: side("blue"), green: side("green") };
      const balancerRequests = colours.blue.requests + colours.green.requests;
      this.minutes.push({ start, colours, balancerErrors: 0, balancerRequests });
    }
  }

  #healthy(colour: Colour): number {
    const side = this.sides[colour];
    if (this.#options.versions[side.taskDefinition]?.healthy === false) return 0;
    return this.time >= side.readyAt ? side.desired : Math.min(side.running, side.desired);
  }

  advance(ms: number): void {
    const end = this.time + ms;
    const due = this.#onTheirWay.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    for (const { at, effect } of due) {
      this.#onTheirWay.splice(
        this.#onTheirWay.findIndex((one) => one.effect === effect),
        1,
      );
      this.#pass(Math.max(0, at - this.time));
      effect();
    }
    this.#pass(end - this.time);
  }

  #pass(ms: number): void {
    this.time += ms;
    for (const colour of COLOURS) {
      const side = this.sides[colour];
      if (this.time >= side.readyAt) side.running = side.desired;
    }
    this.#traffic(this.time);
  }

  #call<T>(name: string, effect: () => T): T {
    this.advance(200);
    this.before(name);
    const result = effect();
    this.after(name);
    return result;
  }

  /** An action whose request may be under way when its caller has given up. */
  #act(action: Action): { ok: boolean; detail: string; counts?: Record<string, number> } {
    // Users on their way back do not wait for the mirror; nobody is sent forward without it.
    if (action.type === "setWeights" && action.weights.green > this.weights.green) {
      if (this.mirrored.live?.weights.green !== action.weights.green) this.harm.push("moved before the mirror said so");
    }
    const late = this.late();
    if (late === undefined) return this.#call(`perform ${action.type}`, () => this.#perform(action));
    this.#onTheirWay.push({ at: this.time + late, effect: () => this.#perform(action) });
    throw new Error("socket hang up");
  }

  #scale(colour: Colour, count: number): void {
    const side = this.sides[colour];
    if (count === side.desired) return;
    if (count === 0) {
      const used = this.history.some((entry, index) => {
        const until = this.history[index + 1]?.at ?? Number.POSITIVE_INFINITY;
        const delay = (this.#options.propagationSeconds ?? 0) * 1000;
        return entry.weights[colour] > 0 && until + delay + 120_000 > this.time;
      });
      if (used) this.harm.push(`${colour} was scaled in ${this.time} while users may have had requests there`);
    }
    side.desired = count;
    side.readyAt = this.time + 25_000;
  }

  #perform(action: Action): { ok: boolean; detail: string; counts?: Record<string, number> } {
    this.witness(action);
    this.performed.push(action);
    switch (action.type) {
      case "setWeights":
        for (const colour of COLOURS) {
          if (action.weights[colour] > this.weights[colour] && this.#healthy(colour) === 0) {
            this.harm.push(`users were sent to ${colour}, which has no healthy target`);
          }
        }
        this.weights = action.weights;
        this.stickiness = action.stickiness;
        this.history.push({ at: this.time, weights: action.weights });
        return { ok: true, detail: "written" };
      case "setScalableMinimum": {
        const side = this.sides[action.colour];
        side.minimum = action.minimum;
        if (side.desired < action.minimum) this.#scale(action.colour, action.minimum);
        return { ok: true, detail: "written" };
      }
      case "setDesiredCount":
        this.#scale(action.colour, action.count);
        return { ok: true, detail: "written" };
      case "deploy":
        this.sides[action.colour].taskDefinition = action.taskDefinition;
        this.sides[action.colour].readyAt = this.time + 60_000;
        return { ok: true, detail: "started" };
      case "runHook":
        return this.hooks[action.hook] ?? { ok: true, detail: "done" };
      case "smokeTest":
        return this.smoke;
      case "probe": {
        const candidate = Math.round((action.requests * this.dataPlane().green) / 100);
        return { ok: true, detail: "sent", counts: { sent: action.requests, ok: action.requests, candidate } };
      }
    }
  }

  observation(): Observation {
    const state = (colour: Colour) => {
      const side = this.sides[colour];
      const healthy = this.#healthy(colour);
      const { taskDefinition, desired, minimum } = side;
      const running = this.time >= side.readyAt ? side.desired : side.running;
      const rollout = this.time >= side.readyAt ? ("completed" as const) : ("in-progress" as const);
      return { taskDefinition, desired, running, minimum, healthy, unhealthy: Math.max(0, running - healthy), rollout };
    };
    return {
      at: this.time,
      rules: [{ arn: RULE, weights: this.weights, stickiness: this.stickiness }],
      colours: { blue: state("blue"), green: state("green") },
      completeThrough: Math.floor(this.time / 60_000) * 60_000,
      minutes: [...this.minutes],
      latency: [],
      metrics: {},
    };
  }

  ports(host: string): ReleasePorts {
    const call = async <T>(name: string, effect: () => T): Promise<T> => {
      await this.pause();
      return this.#call(name, effect);
    };
    return {
      host,
      clock: {
        now: () => this.time,
        sleepUntil: async (until) => {
          this.before("sleep");
          this.advance(Math.max(0, until - this.time));
        },
      },
      observer: { observe: () => call("observe", () => this.observation()) },
      actor: { perform: async (action) => this.#act(action) },
      ledger: {
        readCurrent: () =>
          call("read ledger", () => {
            const from = this.records.findLastIndex(({ type }) => type === "started");
            return this.records.slice(Math.max(0, from));
          }),
        readHistory: async () => [...this.records],
        append: (record) =>
          call(`append ${record.type}`, () => {
            if (record.seq !== this.records.length + 1) return "conflict" as const;
            this.records.push(JSON.parse(JSON.stringify(record)) as LedgerRecord);
            return "appended" as const;
          }),
      },
      mirror: {
        read: () => call("read mirror", () => this.mirrored),
        write: (_key, state) =>
          call("write mirror", () => {
            this.mirrored = state;
          }),
      },
      notifier: { notify: (notice) => call("notify", () => void this.notices.push(notice)) },
    };
  }
}
