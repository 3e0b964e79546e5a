import { z } from "zod";
import type { IssueParams } from "./text.ts";
import { whole } from "./text.ts";

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

/** What every strategy has. */
const common = {
  /** Minutes the new version is watched with all traffic on it before the old one is scaled in. @default 15 (of 15-30) */
  soakMinutes: whole(0, 1440).default(15),
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
};

/** Minutes at each step before the next. */
const bakeMinutes = whole(1, 1440).default(5);

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
    /** Tasks that may be missing while it runs, in per cent of the desired count. @default 0 */
    maxUnavailablePercent: whole(0, 50).default(0),
    /** Tasks that may be added while it runs, in per cent of the desired count. @default 100 */
    maxSurgePercent: whole(1, 200).default(100),
    ...common,
  }),
]);
