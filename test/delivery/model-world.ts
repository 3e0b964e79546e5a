/** A release of a service on the data plane in virtual time, with every request accounted for. */
import type { Action, LedgerRecord } from "../../contracts/ledger.ts";
import type { MirrorState } from "../../contracts/mirror.ts";
import type { ReleasePlan, Weights } from "../../contracts/release.ts";
import { COLOURS, type Colour } from "../../contracts/vocabulary.ts";
import type { ColourMinute, LatencyWindow, Observation, ReleasePorts, TrafficMinute } from "../../delivery/ports.ts";
import { VirtualClock } from "../../simulator/clock/clock.ts";
import type { MetricDatum } from "../../simulator/dataplane/metrics.ts";
import {
  type Behaviour,
  createTrafficModel,
  type DraftTopology,
  type Load,
  type TrafficModel,
  webTopology,
} from "../../simulator/model/index.ts";

export const RULE = "listener/web";
export const OLD = "task-definition/v1:1";
export const NEW = "task-definition/v2:1";

export const START = Date.UTC(2026, 0, 5, 9, 0, 20);
const MINUTE = 60_000;
/** From a call to its answer. */
const CALL_MS = 50;

export interface ModelWorldOptions {
  readonly seed: string;
  readonly versions: Readonly<Record<"v1" | "v2", Behaviour>>;
  readonly propagationDelayMs: number | { readonly from: number; readonly to: number };
  readonly deregistrationDelaySeconds: number;
  readonly load: Load;
  /** From the end of a minute until its metrics can be read. */
  readonly metricsLagMs: number;
  /** @default a clock of its own */
  readonly clock?: VirtualClock;
}

interface Counted {
  requests: number;
  errors: number;
  balancerErrors: number;
  /** Milliseconds of each answer. */
  readonly times: number[];
}

/** Wraps what the controller sees and does, to break it on purpose. */
export type Mutation = (ports: ReleasePorts, world: ModelWorld) => ReleasePorts;

export class ModelWorld {
  readonly model: TrafficModel;
  readonly topology: DraftTopology;
  readonly records: LedgerRecord[] = [];
  mirrored: Partial<MirrorState> = {};
  /** What a user would have been hurt by, besides the requests that failed. */
  readonly harm: string[] = [];
  /** Ends the load; requests in flight are still answered. */
  readonly stop: () => void;
  /** Requests of the candidate after the last one that the load balancer may have sent there by old weights. */
  lateRequests: () => number = () => 0;
  readonly #options: ModelWorldOptions;
  readonly #minimum: Record<Colour, number> = { blue: 3, green: 0 };
  /** By minute and target group; the load balancer's own have the name "". */
  readonly #counted = new Map<string, Counted>();

  constructor(options: ModelWorldOptions) {
    this.#options = options;
    const healthCheck = {
      ...{ enabled: true, path: "/", port: undefined, intervalSeconds: 10, timeoutSeconds: 5, matcher: "200" },
      ...{ healthyThreshold: 2, unhealthyThreshold: 2 },
    };
    this.topology = webTopology({
      services: { blue: { desiredCount: 3, family: "v1" }, green: { desiredCount: 0, family: "v2" } },
      weights: { blue: 100 },
      // A request may be silent for longer than the default lets it.
      idleTimeoutSeconds: 300,
      targetGroup: { deregistrationDelaySeconds: options.deregistrationDelaySeconds, healthCheck },
    });
    this.model = createTrafficModel({
      ...{ seed: options.seed, clock: options.clock ?? new VirtualClock(START), topology: this.topology },
      propagationDelayMs: options.propagationDelayMs,
      behaviour: ({ family }) => options.versions[family as "v1" | "v2"],
      metrics: { put: (datum) => this.#count(datum) },
    });
    this.model.until(() => this.model.status().services.every(({ name, steady }) => steady || name === "green"));
    this.stop = this.model.send(options.load);
    // What is compared with what was before needs a before.
    this.model.advance(10 * MINUTE);
  }

  get now(): number {
    return this.model.clock.now();
  }

  /** Shares that users meet at this moment, whatever the rule says. */
  get dataPlane(): Weights {
    const found = this.model.status().listeners[0]!.rules.find(({ arn }) => arn === RULE)!.weights;
    const of = (colour: Colour) =>
      found.find(({ targetGroupArn }) => targetGroupArn === `targetgroup/${colour}`)!.weight;
    return { blue: of("blue"), green: of("green") };
  }

  #key(minute: number, group: string): Counted {
    const key = `${minute} ${group}`;
    let counted = this.#counted.get(key);
    if (counted === undefined) {
      counted = { requests: 0, errors: 0, balancerErrors: 0, times: [] };
      this.#counted.set(key, counted);
    }
    return counted;
  }

  #count({ name, dimensions, timestamp, values }: MetricDatum): void {
    const { LoadBalancer, TargetGroup = "", ...others } = dimensions;
    if (LoadBalancer === undefined || Object.keys(others).length > 0) return;
    const counted = this.#key(timestamp, TargetGroup);
    const sum = "sum" in values ? values.sum : values.length;
    if (name === "RequestCount") counted.requests += sum;
    if (name === "HTTPCode_Target_5XX_Count") counted.errors += sum;
    if (name === "HTTPCode_ELB_5XX_Count") counted.balancerErrors += sum;
    if (name === "TargetResponseTime" && !("sum" in values)) {
      for (const seconds of values) counted.times.push(seconds * 1000);
    }
  }

  observation(windows: readonly number[] = []): Observation {
    const status = this.model.status();
    const { loadBalancers, services } = this.topology.read();
    const { action } = loadBalancers[0]!.listeners[0]!.rules[0]!;
    if (action.type !== "forward") throw new Error("the rule does not forward");
    const weight = (colour: Colour) => action.targetGroups.find(({ arn }) => arn === `targetgroup/${colour}`)!.weight;
    const state = (colour: Colour) => {
      const stored = services.find(({ name }) => name === colour)!;
      const service = status.services.find(({ name }) => name === colour)!;
      const targets = status.targetGroups.find(({ name }) => name === colour)?.targets ?? [];
      return {
        taskDefinition: stored.definition.arn,
        desired: stored.desiredCount,
        running: service.running,
        minimum: this.#minimum[colour],
        healthy: targets.filter((target) => target.state === "healthy").length,
        unhealthy: targets.filter((target) => target.state === "unhealthy").length,
        rollout: service.steady ? ("completed" as const) : ("in-progress" as const),
      };
    };
    const completeThrough = Math.floor((this.now - this.#options.metricsLagMs) / MINUTE) * MINUTE;
    const minutes: TrafficMinute[] = [];
    for (let start = Math.ceil(START / MINUTE) * MINUTE; start + MINUTE <= completeThrough; start += MINUTE) {
      const balancer = this.#key(start, "");
      minutes.push({
        start,
        colours: { blue: this.#side("blue", start, 1), green: this.#side("green", start, 1) },
        balancerErrors: balancer.balancerErrors,
        balancerRequests: balancer.requests,
      });
    }
    const latency = windows.flatMap((seconds): LatencyWindow[] => {
      const count = seconds / 60;
      return minutes
        .filter(({ start }) => start % (seconds * 1000) === 0 && start + seconds * 1000 <= completeThrough)
        .map(({ start }) => ({
          ...{ start, seconds },
          colours: { blue: this.#side("blue", start, count), green: this.#side("green", start, count) },
        }));
    });
    return {
      at: this.now,
      rules: [
        {
          arn: RULE,
          weights: { blue: weight("blue"), green: weight("green") },
          stickiness:
            action.stickySeconds === undefined
              ? { enabled: false }
              : { enabled: true, durationSeconds: action.stickySeconds },
        },
      ],
      colours: { blue: state("blue"), green: state("green") },
      ...{ completeThrough, minutes, latency, metrics: {} },
    };
  }

  readonly #sides = new Map<string, ColourMinute>();

  /** Complete minutes change no more, so each is computed once. */
  #side(colour: Colour, start: number, count: number): ColourMinute {
    const key = `${colour} ${start} ${count}`;
    const side = this.#sides.get(key) ?? this.#measure(colour, start, count);
    this.#sides.set(key, side);
    return side;
  }

  #measure(colour: Colour, start: number, count: number): ColourMinute {
    const all = Array.from({ length: count }, (_, i) => this.#key(start + i * MINUTE, `targetgroup/${colour}/1`));
    const sum = (of: (counted: Counted) => number) => all.reduce((total, counted) => total + of(counted), 0);
    const times = all.flatMap((counted) => counted.times).sort((a, b) => a - b);
    const percentile = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return {
      requests: sum(({ requests }) => requests),
      errors: sum(({ errors }) => errors),
      ...(times.length === 0 ? {} : { p50Ms: percentile(0.5), p95Ms: percentile(0.95), p99Ms: percentile(0.99) }),
    };
  }

  /** Does to the cloud what AWS would. */
  perform(action: Action): { ok: boolean; detail: string; counts?: Record<string, number> } {
    switch (action.type) {
      case "setWeights": {
        const { stickiness } = action;
        this.topology.modifyRule(action.weights, stickiness.enabled ? stickiness.durationSeconds : undefined);
        this.#watch(action.weights);
        break;
      }
      case "setScalableMinimum": {
        this.#minimum[action.colour] = action.minimum;
        const { desiredCount } = this.topology.read().services.find(({ name }) => name === action.colour)!;
        if (desiredCount < action.minimum) this.topology.setDesiredCount(action.colour, action.minimum);
        break;
      }
      case "setDesiredCount":
        this.topology.setDesiredCount(action.colour, action.count);
        break;
      case "deploy":
        this.topology.setFamily(action.colour, action.taskDefinition === OLD ? "v1" : "v2");
        break;
      case "probe": {
        const candidate = Math.round((action.requests * this.dataPlane.green) / 100);
        return { ok: true, detail: "sent", counts: { sent: action.requests, ok: action.requests, candidate } };
      }
      case "runHook":
      case "smokeTest":
    }
    return { ok: true, detail: "done" };
  }

  /** Counts the users of a colour that should have none, from when the change has reached every node. */
  #watch(weights: Weights): void {
    const colour = COLOURS.find((one) => weights[one] === 0);
    if (colour === undefined) return;
    const requests = () => this.model.status().targetGroups.find(({ name }) => name === colour)?.requests ?? 0;
    const { propagationDelayMs: delay } = this.#options;
    const most = typeof delay === "number" ? delay : delay.to;
    this.model.clock.after(most + 1, () => {
      const before = requests();
      this.lateRequests = () => requests() - before;
    });
  }

  ports(plan: ReleasePlan, host = "host-1"): ReleasePorts {
    const call = async <T>(effect: () => T): Promise<T> => {
      this.model.advance(CALL_MS);
      return effect();
    };
    return {
      host,
      clock: {
        now: () => this.now,
        sleepUntil: async (until) => this.model.advance(Math.max(0, until - this.now)),
      },
      observer: { observe: ({ latencyWindowSeconds }) => call(() => this.observation(latencyWindowSeconds)) },
      actor: { perform: (action) => call(() => this.perform(action)) },
      ledger: {
        readCurrent: () => call(() => [...this.records]),
        readHistory: async () => [...this.records],
        append: (record) =>
          call(() => {
            if (record.seq !== this.records.length + 1) return "conflict" as const;
            this.records.push(record);
            if (record.type === "entered" && record.stage === "baking" && plan.strategy !== "rolling") {
              const { weight } = plan.steps[record.step!]!;
              const { green } = this.dataPlane;
              if (green !== weight) this.harm.push(`the ${weight} % step bakes while users are at ${green} %`);
            }
            return "appended" as const;
          }),
      },
      mirror: {
        read: () => call(() => this.mirrored),
        write: (_key, state) =>
          call(() => {
            this.mirrored = state;
          }),
      },
      notifier: { notify: async () => {} },
    };
  }

  /** Lets everything come to its end, and says what became of the requests. */
  settle(): { readonly sent: number; readonly answered: number; readonly errors: number; readonly late: number } {
    this.model.advance(10 * MINUTE);
    const late = this.lateRequests();
    this.stop();
    this.model.until(() => this.model.clients.inFlight === 0);
    const { sent, answered, errors } = this.model.clients;
    return { sent, answered, errors, late };
  }
}
