import { z } from "zod";
import { COLOURS, type Colour, RELEASE_STRATEGIES } from "./vocabulary.ts";

/** The colour that is not the given one. */
export function otherColour(colour: Colour): Colour {
  return colour === "blue" ? "green" : "blue";
}

/** Shares of traffic in per cent, as the live rule has them; together 100. */
export const weightsSchema = z.strictObject({ blue: z.int().min(0).max(100), green: z.int().min(0).max(100) });
export type Weights = Readonly<z.infer<typeof weightsSchema>>;

/** Stickiness of the live rule's forward action. A cookie wins over a weight, even over a weight of 0. */
export const stickinessSchema = z.discriminatedUnion("enabled", [
  z.strictObject({ enabled: z.literal(false) }),
  z.strictObject({ enabled: z.literal(true), durationSeconds: z.int().min(1).max(604_800) }),
]);
export type Stickiness = Readonly<z.infer<typeof stickinessSchema>>;

/** A metric besides errors and response time that a release is judged by, such as orders placed. */
export const releaseMetricSchema = z.strictObject({
  /** Name by which plans, verdicts and messages call it. */
  id: z.string().min(1).max(64),
  namespace: z.string().min(1),
  name: z.string().min(1),
  statistic: z.string().min(1),
  /**
   * Dimensions, at least one. In values `{colour}` and `{targetGroup}` stand for those of the side that is asked for;
   * a metric compared with the live colour needs one of them.
   */
  dimensions: z.record(z.string(), z.string()),
  /** Which way is worse. */
  worse: z.enum(["higher", "lower"]),
  /** `live`: against the live colour in the same minutes. `limit`: against a fixed value. */
  compare: z.enum(["live", "limit"]),
  /** How much worse than the live colour still counts as the same, in per cent. Only with `live`. @default 10 */
  tolerancePercent: z.number().min(0).max(1000).default(10),
  /** The value that must not be passed for three minutes in a row. Only with `limit`. */
  limit: z.number().optional(),
});
export type ReleaseMetric = Readonly<z.infer<typeof releaseMetricSchema>>;

/** What decides whether a step passes. Every figure is a setting; nothing below is written into the judge. */
export const judgementSchema = z.strictObject({
  /** An error rate above this multiple of the live colour's ends the release, when chance does not explain it. */
  errorRateRatio: z.number().gt(1),
  /** A p95 or p99 above the live colour's by this much ends it, when chance does not explain it. In per cent. */
  latencyIncreasePercent: z.number().gt(0),
  /** Looks in a row with too few healthy targets that end it. */
  failedHealthChecks: z.int().min(1),
  /** Share of the targets of a colour that must be healthy, in per cent. */
  healthyPercent: z.number().gt(0).max(100),
  /** Fewest requests the new version must have answered in a step before the step can pass. */
  minimumRequests: z.int().min(1),
  /** Releases of a healthy version that may be rolled back by chance, over all gates and looks, in per cent. */
  falseRollbackPercent: z.number().gt(0).max(50),
  /** Each step bakes until a version this many times as faulty is found ... */
  detectRatio: z.number().gt(1),
  /** ... with this probability, in per cent. */
  powerPercent: z.number().min(50).max(99.9),
  /** An error rate below this is taken as this when the length of a bake is computed, in per cent. */
  errorFloorPercent: z.number().gt(0).max(50),
  /** What the service promises, for the burn of its error budget. */
  availabilityPercent: z.number().gt(0).lt(100),
  /** Burn of the error budget, as a multiple, that ends the release. 14.4 spends 2 % of a 30-day budget in an hour. */
  burnRate: z.number().gt(0),
  metrics: z.array(releaseMetricSchema),
});
export type Judgement = Readonly<z.infer<typeof judgementSchema>>;

/** One step: a share of traffic, and what has to be so before the next. */
export const stepSchema = z.strictObject({
  /** Share of the candidate, in per cent. */
  weight: z.int().min(1).max(100),
  /** Least minutes at this step. */
  bakeMinutes: z.number().min(0),
  /** Most minutes at this step; then a person is asked. */
  maxBakeMinutes: z.number().min(0),
  /** Whether a person has to approve before traffic moves to this step. */
  approval: z.boolean(),
  /**
   * Errors that the live colour's rate predicts for the candidate's requests of this step before it can pass: its
   * requests times the live colour's error rate. Computed from the judgement's power and false rollback rate.
   */
  neededBaselineErrors: z.number().min(0),
  /** Seconds of one latency window: a sample, or a multiple of 60; absent where this step has too few requests for it. */
  p95WindowSeconds: z.int().min(1).optional(),
  p99WindowSeconds: z.int().min(1).optional(),
});
export type ReleaseStep = Readonly<z.infer<typeof stepSchema>>;

/** What runs beside the release at certain points. A hook may run twice: it gets the same token both times. */
export const hookSchema = z.strictObject({
  id: z.string().min(1).max(64),
  /** `validate`: before anything changes. `expand`: migrations that both versions can live with. `contract`: after the end of the old version. */
  phase: z.enum(["validate", "expand", "contract"]),
  /** ARN of a Lambda function or state machine, or a command of whoever runs the release, which no shell reads. */
  target: z.string().min(1),
  /** Seconds until it counts as failed. */
  timeoutSeconds: z.int().min(1).max(86_400),
});
export type ReleaseHook = Readonly<z.infer<typeof hookSchema>>;

/** Whether a hook is a command, and no part of AWS. */
export function isCommand({ target }: Pick<ReleaseHook, "target">): boolean {
  return !target.startsWith("arn:");
}

const versionSchema = z.strictObject({
  /** ARN of the revision. */
  taskDefinition: z.string().min(1),
  /** Image by digest: the artifact. */
  artifact: z.string().optional(),
});
export type ReleaseVersion = Readonly<z.infer<typeof versionSchema>>;

/** Services that are released together: promoted as a whole, or back as a whole. */
export const releaseGroupSchema = z.strictObject({
  /** In the order in which they are released, one after the other; undone in the reverse order. */
  services: z.array(z.string().min(1)).min(2),
});
export type ReleaseGroup = Readonly<z.infer<typeof releaseGroupSchema>>;

/** Everything a release is, decided before it starts and kept in its first ledger record. */
export const releasePlanSchema = z.strictObject({
  format: z.literal(1),
  environment: z.string().min(1),
  service: z.string().min(1),
  release: z.string().min(1).max(128),
  strategy: z.enum(RELEASE_STRATEGIES),
  /** The colour with users on it when the release starts. */
  live: z.enum(COLOURS),
  /** The colour that gets them; the same as `live` for a rolling release. */
  candidate: z.enum(COLOURS),
  before: versionSchema,
  after: versionSchema,
  commit: z.string().optional(),
  pullRequest: z.string().optional(),
  /** Set when it is one of several services that are released together; all of them have the same `release`. */
  group: releaseGroupSchema.optional(),
  /** ARNs of the live rules that split the service's traffic. */
  rules: z.array(z.string().min(1)).min(1),
  /** Stickiness while both colours have users, and that of the rule outside of a release. */
  stickiness: z.strictObject({ during: stickinessSchema, after: stickinessSchema }),
  steps: z.array(stepSchema).min(1),
  soakMinutes: z.number().min(0),
  /** Seconds from the last request that may reach a colour until its tasks may be stopped. */
  drainSeconds: z.int().min(0),
  /** Seconds for which a load balancer may go on by its old weights. */
  propagationSeconds: z.int().min(0).default(120),
  judgement: judgementSchema,
  hooks: z.array(hookSchema),
  /** Requests through the test listener that must all succeed before users come. 0 leaves it out. */
  smokeRequests: z.int().min(0),
  /** Observations in a row with all targets healthy before a colour gets users. */
  healthyChecks: z.int().min(1),
  healthCheckSeconds: z.int().min(1),
  /** Length of one sample of traffic: 60 for a load balancer of AWS, shorter where metrics have a higher resolution. */
  sampleSeconds: z.int().min(1).max(60),
  /** Fewest and most tasks of the live colour outside of a release. */
  scaling: z.strictObject({ min: z.int().min(1), max: z.int().min(1) }),
  /** Limits of a rolling replacement, in per cent of the desired count. */
  rolling: z.strictObject({ minimumHealthyPercent: z.int().min(0).max(100), maximumPercent: z.int().min(100) }),
  /** How long each stage may take, in minutes. */
  limits: z.strictObject({
    prepare: z.number().gt(0),
    confirm: z.number().gt(0),
    drain: z.number().gt(0),
    /** How long a person may be waited for before the traffic goes back. */
    hold: z.number().gt(0),
  }),
  /** Traffic that the plan was computed for; absent when nobody measured it. */
  traffic: z
    .strictObject({ requestsPerSecond: z.number().min(0), errorPercent: z.number().min(0).max(100) })
    .optional(),
});
export type ReleasePlan = Readonly<z.infer<typeof releasePlanSchema>>;
