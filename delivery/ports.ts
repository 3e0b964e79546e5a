import type { Action, LedgerDraft, LedgerRecord, RecordOf, Stage } from "../contracts/ledger.ts";
import type { MirrorState } from "../contracts/mirror.ts";
import type { ReleaseMetric, ReleasePlan, Stickiness, Weights } from "../contracts/release.ts";
import type { Colour } from "../contracts/vocabulary.ts";

/** Points in time are milliseconds since 1970 in UTC; only ledger records carry text. */
export type Milliseconds = number;

/** One full minute (`plan.sampleSeconds`) of one target group, by CloudWatch's metrics in `AWS/ApplicationELB`. */
export interface ColourMinute {
  /** `RequestCount`, 0 where CloudWatch has no datapoint. */
  readonly requests: number;
  /** `HTTPCode_Target_5XX_Count`, 0 where there is no datapoint. */
  readonly errors: number;
  /** Percentiles of `TargetResponseTime`; absent without requests. */
  readonly p50Ms?: number | undefined;
  readonly p95Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  /** `HealthyHostCount` and `UnHealthyHostCount`, the lowest and highest of the minute. */
  readonly healthyHosts?: number | undefined;
  readonly unhealthyHosts?: number | undefined;
}

export interface TrafficMinute {
  /** Its beginning, a multiple of `plan.sampleSeconds`. */
  readonly start: Milliseconds;
  readonly colours: Readonly<Record<Colour, ColourMinute>>;
  /** `HTTPCode_ELB_5XX_Count` of the load balancer: errors it made itself, for all services behind it. */
  readonly balancerErrors: number;
  /** `RequestCount` of the load balancer. */
  readonly balancerRequests: number;
}

/** Percentiles over several minutes, as CloudWatch computes them with a period longer than 60 seconds. */
export interface LatencyWindow {
  /** Its beginning, a multiple of its length. */
  readonly start: Milliseconds;
  readonly seconds: number;
  readonly colours: Readonly<Record<Colour, Pick<ColourMinute, "p50Ms" | "p95Ms" | "p99Ms">>>;
}

/** One minute of a metric that the plan names; a side without a datapoint is absent. */
export interface MetricMinute {
  readonly start: Milliseconds;
  readonly candidate?: number | undefined;
  readonly live?: number | undefined;
}

/** What the control plane says of one colour. */
export interface ColourState {
  /** ARN of the revision that the ECS service is on. */
  readonly taskDefinition: string | undefined;
  readonly desired: number;
  readonly running: number;
  /** Minimum of its scalable target. */
  readonly minimum: number;
  /** Targets by `DescribeTargetHealth`. */
  readonly healthy: number;
  readonly unhealthy: number;
  /** Deployment of the ECS service; `failed` when its circuit breaker ended it. */
  readonly rollout: "completed" | "in-progress" | "failed";
  readonly rolloutReason?: string | undefined;
  /** Tasks of the newest deployment that did not start, or did not become healthy, and where it says why. */
  readonly failures?: string | undefined;
}

/** What the control plane says of one live rule. */
export interface RuleState {
  readonly arn: string;
  readonly weights: Weights;
  readonly stickiness: Stickiness;
}

/** The world at one moment, as far as a decision needs it. */
export interface Observation {
  /** When it was made. The controller has no other clock. */
  readonly at: Milliseconds;
  readonly rules: readonly RuleState[];
  readonly colours: Readonly<Record<Colour, ColourState>>;
  /** Metrics of minutes that ended at or before this are complete and will not change. */
  readonly completeThrough: Milliseconds;
  /** Complete minutes since `ObservationRequest.since`, each once, in order; minutes without traffic too. */
  readonly minutes: readonly TrafficMinute[];
  /** Complete windows of the lengths asked for, other than 60 seconds. */
  readonly latency: readonly LatencyWindow[];
  /** By id of the metric. */
  readonly metrics: Readonly<Record<string, readonly MetricMinute[]>>;
}

export interface ObservationRequest {
  readonly plan: ReleasePlan;
  /** Beginning of the first minute that is needed. */
  readonly since: Milliseconds;
  /** Lengths of latency windows that are needed besides 60 seconds. */
  readonly latencyWindowSeconds: readonly number[];
  readonly metrics: readonly ReleaseMetric[];
  /**
   * Users are on their way back: rules and the health of targets are enough, and what else cannot be seen is left out. A
   * colour's tasks and limits are then as if it had none, and no minute is complete.
   */
  readonly urgent?: boolean | undefined;
}

export interface Observer {
  /** @throws when the world cannot be seen; nothing is decided then, and traffic stays as it is */
  observe(request: ObservationRequest): Promise<Observation>;
}

export interface ActionContext {
  readonly plan: ReleasePlan;
  /** The same for each repetition of one hook or test, so that its target can tell a repetition. */
  readonly token: string;
  /** Nothing may be sent after this: somebody else may be acting by then. */
  readonly deadline: Milliseconds;
}

export interface ActionResult {
  readonly ok: boolean;
  /** One sentence. */
  readonly detail: string;
  /** `{ sent, ok, candidate }` of a probe or smoke test: requests sent, answered well, answered by the candidate. */
  readonly counts?: Readonly<Record<string, number>> | undefined;
}

export interface Actor {
  /**
   * Does one thing. `ok: false` is a final answer (a hook that failed); a throw means that nobody knows whether it was
   * done, and the world is looked at again.
   */
  perform(action: Action, context: ActionContext): Promise<ActionResult>;
}

/** A service of an environment. */
export interface ServiceKey {
  readonly environment: string;
  readonly service: string;
}

export interface Ledger {
  /** The history from the last `started` on, in order; empty when there never was a release. Strongly consistent. */
  readCurrent(key: ServiceKey): Promise<readonly LedgerRecord[]>;
  /** The last records of the history, the oldest first. */
  readHistory(key: ServiceKey, limit?: number): Promise<readonly LedgerRecord[]>;
  /**
   * Appends on the condition that nothing has its `seq` yet.
   *
   * @returns `conflict` when somebody was faster: read again and decide again
   */
  append(record: LedgerRecord): Promise<"appended" | "conflict">;
}

export interface Mirror {
  read(key: ServiceKey): Promise<Partial<MirrorState>>;
  write(key: ServiceKey, state: MirrorState): Promise<void>;
}

/** Something that people are told. */
export interface Notice {
  readonly kind: "started" | "step" | "held" | "rolling-back" | "ended";
  readonly environment: string;
  readonly service: string;
  readonly release: string;
  readonly at: string;
  /** One line. */
  readonly title: string;
  readonly text: string;
}

export interface Notifier {
  notify(notice: Notice): Promise<void>;
}

export interface Clock {
  now(): Milliseconds;
  sleepUntil(time: Milliseconds, signal?: AbortSignal): Promise<void>;
}

/** Everything a host brings. */
export interface ReleasePorts {
  readonly observer: Observer;
  readonly actor: Actor;
  readonly ledger: Ledger;
  readonly mirror: Mirror;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Who writes the records: unique for each run of a host, such as the execution's name. */
  readonly host: string;
}

/** What to do next, and what to write down before. */
export interface Decision {
  readonly stage: Stage | "ended";
  /** Why, in one sentence for a person. */
  readonly reason: string;
  /** To append in this order before anything is done. */
  readonly records: readonly LedgerDraft[];
  /**
   * The action whose intent is the last of `records`; `wait` until a point in time; `again`: decide at once on the
   * records just written; `done`: the release has ended.
   */
  readonly next:
    | { readonly type: "act"; readonly action: Action; readonly deadline: Milliseconds }
    | { readonly type: "wait"; readonly until: Milliseconds }
    | { readonly type: "again" }
    | { readonly type: "done" };
}

/** A record that names its plan, as the controller gets it. */
export type Started = RecordOf<"started">;
