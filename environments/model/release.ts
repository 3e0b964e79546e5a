import { z } from "zod";
import { hookSchema, releaseMetricSchema } from "../../contracts/release.ts";
import type { IssueParams } from "./text.ts";
import { distinct, shortName, text, whole } from "./text.ts";

/** Shares of traffic of the new version, rising, the last one 100. */
const steps = z
  .array(whole(1, 100))
  .min(1)
  .superRefine((shares, context) => {
    const rising = shares.every((share, index) => index === 0 || share > (shares[index - 1] as number));
    if (!rising || shares.at(-1) !== 100) {
      const params: IssueParams = {
        remedy: "Write rising shares of traffic that end with 100, such as [10, 50, 100].",
      };
      context.addIssue({
        code: "custom",
        message: `[${shares.join(", ")}] does not rise step by step to 100 %.`,
        params: { ...params },
      });
    }
  });

/** By what plans, verdicts, messages and the ledger call something. */
const idLike = (example: string) =>
  text(/^[a-z][a-z0-9-]{0,63}$/, "a name", `Write lower case letters, digits and hyphens, such as ${example}.`);

const metric = releaseMetricSchema.extend({ id: idLike("orders") });

/** What runs beside a release at certain points; it may run twice. */
const hook = hookSchema.extend({ id: idLike("migrate") });

/** What every strategy has. */
const common = {
  /**
   * Services whose new versions this one's needs: released together, it begins when they have all their users, and they
   * go back only when it is back. @default none
   */
  after: distinct(shortName).optional(),
  /** Minutes the new version is watched with all traffic on it before the old one is scaled in. @default 15 (of 15-30) */
  soakMinutes: z.number().min(0).max(1440).default(15),
  /** What ends a release and sends the traffic back. */
  rollback: z
    .strictObject({
      /** Error rate of the new version, as a multiple of the old one's in the same minutes. @default 2 */
      errorRateRatio: z.number().gt(1).max(100).default(2),
      /** Rise of the p95 and p99 response time against the old version, in per cent. @default 50 */
      latencyIncreasePercent: z.number().min(1).max(1000).default(50),
      /** Failed health checks of one target in a row. @default 3 */
      failedHealthChecks: whole(1, 10).default(3),
      /** Requests the new version must have answered before it is judged; with fewer the step bakes on. @default 100 */
      minimumRequests: whole(1, 1_000_000).default(100),
    })
    .prefault({}),
  /** How sure a verdict is. */
  judgement: z
    .strictObject({
      /** Releases of a healthy version that may be rolled back by chance, over all gates and looks, in per cent. @default 1 */
      falseRollbackPercent: z.number().gt(0).max(50).optional(),
      /** Each step bakes until a version this many times as faulty is found. @default 2.5 */
      detectRatio: z.number().gt(1).max(1000).optional(),
      /** With this probability, in per cent. @default 90 */
      powerPercent: z.number().min(50).max(99.9).optional(),
      /** An error rate below this is taken as this when the length of a bake is computed, in per cent. @default what the objective allows */
      errorFloorPercent: z.number().gt(0).max(50).optional(),
      /** Share of a colour's targets that must be healthy, in per cent. @default 66 */
      healthyPercent: z.number().gt(0).max(100).optional(),
      /** Burn of the error budget, as a multiple, that ends the release. @default 14.4 */
      burnRate: z.number().gt(0).optional(),
      /** Metrics besides errors and response time. @default [] */
      metrics: z.array(metric).optional(),
    })
    .optional(),
  /** Most minutes at a step; then a person is asked. @default four times bakeMinutes, at least an hour */
  maxBakeMinutes: z.number().gt(0).max(10_080).optional(),
  /** Shares that a person has to approve before users get them. @default none */
  approvals: distinct(whole(1, 100)).optional(),
  /** Requests through the test listener that must all succeed before users come. @default 20 */
  smokeRequests: whole(0, 1000).optional(),
  /** What runs beside the release. @default [] */
  hooks: z.array(hook).optional(),
  /** Minutes that stages may take. */
  limits: z
    .strictObject({
      /** Until the new version is healthy. @default 30 */
      prepare: z.number().gt(0).max(1440).optional(),
      /** Until users are seen where the rule sends them. @default 10 */
      confirm: z.number().gt(0).max(1440).optional(),
      /** Until the old version has no more requests. @default 60 more than draining takes */
      drain: z.number().gt(0).max(1440).optional(),
      /** How long a person is waited for before the traffic goes back. @default 1440 */
      hold: z.number().gt(0).max(10_080).optional(),
    })
    .optional(),
  /**
   * Seconds of one sample of traffic. Metrics of AWS's load balancers have 60; the simulated cloud has finer ones.
   *
   * @default 60
   */
  sampleSeconds: whole(1, 60).optional(),
  /**
   * Seconds for which a load balancer may go on by its old weights. AWS documents none; users measured up to 120.
   *
   * @default 120
   */
  propagationSeconds: whole(0, 600).optional(),
};

/** Minutes at each step before the next. */
const bakeMinutes = z.number().gt(0).max(1440).default(5);

/** How a new version of a service takes over. */
export const releaseSchema = z.discriminatedUnion("strategy", [
  /** All traffic at once after smoke tests on the idle colour. */
  z.strictObject({
    strategy: z.literal("blue-green"),
    /** Shares of traffic, in per cent. @default [100] */
    steps: steps.default([100]),
    /** Minutes at each step. @default 5 */
    bakeMinutes,
    ...common,
  }),
  /** A few users first. */
  z.strictObject({
    strategy: z.literal("canary"),
    /** Shares of traffic, in per cent. @default [1, 5, 25, 50, 100] */
    steps: steps.default([1, 5, 25, 50, 100]),
    /** Minutes at each step. @default 5 */
    bakeMinutes,
    ...common,
  }),
  /** Equal steps. */
  z.strictObject({
    strategy: z.literal("linear"),
    /** Shares of traffic, in per cent. @default [20, 40, 60, 80, 100] */
    steps: steps.default([20, 40, 60, 80, 100]),
    /** Minutes at each step. @default 5 */
    bakeMinutes,
    ...common,
  }),
  /** Task by task within the live colour, without a switch. */
  z.strictObject({
    strategy: z.literal("rolling"),
    /** Minutes after the last task was replaced before the soak begins. @default 5 */
    bakeMinutes,
    /** Tasks that may be missing while it runs, in per cent of the desired count. @default 0 */
    maxUnavailablePercent: whole(0, 50).default(0),
    /** Tasks that may be added while it runs, in per cent of the desired count. @default 100 */
    maxSurgePercent: whole(1, 200).default(100),
    ...common,
  }),
]);
