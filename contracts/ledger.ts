import { z } from "zod";
import { releasePlanSchema, stickinessSchema, weightsSchema } from "./release.ts";
import { COLOURS } from "./vocabulary.ts";

/**
 * What a release is doing.
 *
 * Before users: `validating`, `migrating`, `scaling` (capacity of the candidate), `warming` (its health), `smoke-testing`.
 * For each step: `shifting`, `confirming`, `baking`. After the last: `soaking`, `draining`, `finishing`; one of several
 * services stands at `awaiting` in between, with the tasks of both versions, until all of them are there. Backwards:
 * `restoring` (capacity of the live colour, only when it was scaled in), `rolling-back`, then `draining` and `finishing`.
 * `rolling-out` stands for the steps of a rolling release.
 */
export const STAGES = [
  "validating",
  "migrating",
  "scaling",
  "warming",
  "smoke-testing",
  "shifting",
  "rolling-out",
  "confirming",
  "baking",
  "soaking",
  "awaiting",
  "draining",
  "finishing",
  "restoring",
  "rolling-back",
] as const;
export type Stage = (typeof STAGES)[number];

export const RELEASE_RESULTS = ["promoted", "rolled-back", "inconclusive"] as const;
/** How a release ended. `inconclusive`: nobody could tell, and the traffic went back. */
export type ReleaseResult = (typeof RELEASE_RESULTS)[number];

export const VERDICTS = ["pass", "fail", "inconclusive"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What a person may tell a running release. */
export const COMMANDS = ["hold", "resume", "approve", "rollback"] as const;
export type ReleaseCommand = (typeof COMMANDS)[number];

/** What a host does in the world. All of them are absolute: done twice, they are done once. */
export const actionSchema = z.discriminatedUnion("type", [
  /** One call for each rule: both weights and stickiness together. */
  z.strictObject({
    type: z.literal("setWeights"),
    rules: z.array(z.string()),
    weights: weightsSchema,
    stickiness: stickinessSchema,
  }),
  z.strictObject({ type: z.literal("setDesiredCount"), colour: z.enum(COLOURS), count: z.int().min(0) }),
  /** Minimum of the scalable target; ECS raises the desired count to it, and autoscaling keeps above it. */
  z.strictObject({ type: z.literal("setScalableMinimum"), colour: z.enum(COLOURS), minimum: z.int().min(0) }),
  /** A rolling replacement inside of one colour's ECS service, with the circuit breaker on. */
  z.strictObject({
    type: z.literal("deploy"),
    colour: z.enum(COLOURS),
    taskDefinition: z.string(),
    minimumHealthyPercent: z.int(),
    maximumPercent: z.int(),
  }),
  z.strictObject({ type: z.literal("runHook"), hook: z.string() }),
  /** Requests through the test listener; all must succeed. */
  z.strictObject({ type: z.literal("smokeTest"), colour: z.enum(COLOURS), requests: z.int().min(1) }),
  /** Requests as users send them, to see which colour answers. */
  z.strictObject({ type: z.literal("probe"), requests: z.int().min(1) }),
]);
export type Action = Readonly<z.infer<typeof actionSchema>>;

/** One thing that was looked at, with its numbers. */
export const checkSchema = z.strictObject({
  /** `errors`, `latency-p95`, `latency-p99`, `burn`, `hosts`, `balancer-errors`, or `metric:<id>`. */
  check: z.string(),
  verdict: z.enum(VERDICTS),
  /** Whether the step can pass without it; one that is not required can still fail the release. */
  required: z.boolean(),
  /** One sentence with the numbers that matter. */
  reason: z.string(),
  numbers: z.record(z.string(), z.number()),
});
export type Check = Readonly<z.infer<typeof checkSchema>>;

/** What every record has. */
const common = {
  /** Partition: `<environment>#<service>`. */
  service: z.string().regex(/^[^#]+#[^#]+$/),
  /** Place in the service's history, 1, 2, 3, … without a gap. */
  seq: z.int().min(1),
  release: z.string().min(1),
  /** When it was written, ISO 8601 in UTC. */
  at: z.iso.datetime(),
  /** Who wrote it: a person, or the host of the controller. */
  who: z.string().min(1),
};

/**
 * One record of the ledger. The history of a service is only ever appended to; a release runs when its `started` has no
 * `ended` yet, and that is the lease as well.
 */
export const ledgerRecordSchema = z.discriminatedUnion("type", [
  z.strictObject({ ...common, type: z.literal("started"), plan: releasePlanSchema }),
  /** A stage began. `step` is the index in the plan's steps, from 0. */
  z.strictObject({
    ...common,
    type: z.literal("entered"),
    stage: z.enum(STAGES),
    step: z.int().min(0).optional(),
    reason: z.string(),
    /** Set when the release is on its way back, or was promoted. */
    result: z.enum(RELEASE_RESULTS).optional(),
    /** Set with `awaiting` when this service failed after all: the others are asked to go back first. */
    asks: z.enum(RELEASE_RESULTS).exclude(["promoted"]).optional(),
    /** The service whose failure took this one back, when several are released together. */
    because: z.string().min(1).optional(),
  }),
  /** Written before an action; nothing may be done under it after `deadline`. */
  z.strictObject({
    ...common,
    type: z.literal("intent"),
    action: actionSchema,
    reason: z.string(),
    /** Weights of the live rule when it was written. */
    weightsBefore: weightsSchema.optional(),
    deadline: z.iso.datetime(),
  }),
  /** Written after the action of the latest intent, or when the world shows that it has happened. */
  z.strictObject({
    ...common,
    type: z.literal("outcome"),
    intent: z.int().min(1),
    ok: z.boolean(),
    detail: z.string(),
    /** What a probe or smoke test counted. */
    counts: z.record(z.string(), z.number()).optional(),
  }),
  /** Health of a colour at one look. */
  z.strictObject({
    ...common,
    type: z.literal("health"),
    colour: z.enum(COLOURS),
    healthy: z.int().min(0),
    expected: z.int().min(0),
    enough: z.boolean(),
  }),
  /** A look at a step's numbers. */
  z.strictObject({
    ...common,
    type: z.literal("judged"),
    step: z.int().min(0),
    stage: z.enum(STAGES),
    /** Full minutes of the step that it was based on. */
    minutes: z.int().min(0),
    /** Requests and errors of candidate and live colour in those minutes. */
    counts: z.strictObject({
      candidateRequests: z.number(),
      candidateErrors: z.number(),
      liveRequests: z.number(),
      liveErrors: z.number(),
    }),
    verdict: z.enum(VERDICTS),
    reason: z.string(),
    checks: z.array(checkSchema),
  }),
  /** A person, or an alarm, told the release something. */
  z.strictObject({
    ...common,
    type: z.literal("command"),
    command: z.enum(COMMANDS),
    /** The step that is approved. Only with `approve`. */
    step: z.int().min(0).optional(),
    reason: z.string(),
  }),
  /** The controller stopped going forward by itself and waits for a person. */
  z.strictObject({
    ...common,
    type: z.literal("held"),
    cause: z.enum(["inconclusive", "weights-moved", "approval"]),
    reason: z.string(),
  }),
  /** Notices about all records up to and with this one were sent. */
  z.strictObject({ ...common, type: z.literal("notified"), upTo: z.int().min(1) }),
  z.strictObject({
    ...common,
    type: z.literal("ended"),
    result: z.enum(RELEASE_RESULTS),
    reason: z.string(),
    live: z.enum(COLOURS),
    weights: weightsSchema,
    /** What was seen of the bad colour's last user, when it ended by a rollback. */
    trafficOffAt: z.iso.datetime().optional(),
  }),
]);
export type LedgerRecord = Readonly<z.infer<typeof ledgerRecordSchema>>;
export type RecordOf<T extends LedgerRecord["type"]> = Extract<LedgerRecord, { readonly type: T }>;

type WithoutPlace<T> = T extends unknown ? Omit<T, "service" | "seq" | "release" | "at" | "who"> : never;
/** A record before it has its place in the ledger. */
export type LedgerDraft = WithoutPlace<LedgerRecord>;

/**
 * Name of an environment's DynamoDB table of ledger records: partition key `service` (S, by {@link ledgerKey}), sort key
 * `seq` (N). Records are appended on the condition that their key is free, and never changed.
 */
export function ledgerTableName(environment: string): string {
  return `causeway-${environment}-ledger`;
}

/** Partition of a service's history. */
export function ledgerKey(environment: string, service: string): string {
  return `${environment}#${service}`;
}

/**
 * The release that runs, which is also the lease on the service.
 *
 * @param records the service's history, or the part of it from the last `started`
 * @returns the `started` record of the running release, or undefined when none runs
 */
export function runningRelease(records: readonly LedgerRecord[]): RecordOf<"started"> | undefined {
  const started = records.findLast((record) => record.type === "started");
  if (started === undefined) return undefined;
  const ended = records.some((record) => record.type === "ended" && record.release === started.release);
  return ended ? undefined : (started as RecordOf<"started">);
}

/**
 * The version that the last release left without users, and that stays on the idle colour until `up` brings another one:
 * the one before, or the one that was sent back. Undefined where there was no release, or one runs.
 *
 * @param records as for {@link runningRelease}
 */
export function leftBehind(records: readonly LedgerRecord[]): RecordOf<"started">["plan"]["before"] | undefined {
  const started = records.findLast((record) => record.type === "started");
  const ended = records.findLast((record) => record.type === "ended" && record.release === started?.release);
  if (started?.type !== "started" || ended?.type !== "ended") return undefined;
  return ended.result === "promoted" ? started.plan.before : started.plan.after;
}

/** The record of an item read from the table. @throws z.ZodError when it is none */
export function parseLedgerRecord(item: unknown): LedgerRecord {
  return ledgerRecordSchema.parse(item);
}
