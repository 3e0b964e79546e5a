import type { ReleasePlan } from "../contracts/release.ts";
import type { Traffic } from "./settings.ts";
import { leastPairs } from "./statistics/spending.ts";

/** How long a step bakes at a given traffic, and why. */
export interface BakeForecast {
  readonly weight: number;
  readonly neededBaselineErrors: number;
  /** Minutes of traffic until the step can pass; infinite without traffic. */
  readonly minutes: number;
  /** False when a step would end inconclusive, because it may not bake so long. */
  readonly reachable: boolean;
  /** Percentiles of the response time that this step is judged by. */
  readonly latency: readonly ("p95" | "p99")[];
  /** One sentence for a person. */
  readonly text: string;
}

/**
 * Says before a release starts how long each step will bake at a traffic, and what can't be known at it.
 *
 * The first sample after a shift, which is thrown away, and the time until metrics arrive come on top.
 */
export function planBakes(plan: ReleasePlan, traffic: Traffic): BakeForecast[] {
  const { errorFloorPercent, minimumRequests } = plan.judgement;
  const rate = Math.max(traffic.errorPercent, errorFloorPercent) / 100;
  let before = 0;
  return plan.steps.map((step, index) => {
    const perMinute = (traffic.requestsPerSecond * 60 * step.weight) / 100;
    const requests = Math.max(minimumRequests, step.neededBaselineErrors / rate);
    const seen = Math.max(step.bakeMinutes, perMinute === 0 ? Number.POSITIVE_INFINITY : requests / perMinute);
    const forMetrics = metricMinutes(plan, index) - before;
    const minutes = Math.max(seen, forMetrics);
    before += minutes;
    const reachable = minutes <= step.maxBakeMinutes;
    const latency = [
      ...(step.p95WindowSeconds === undefined ? [] : (["p95"] as const)),
      ...(step.p99WindowSeconds === undefined ? [] : (["p99"] as const)),
    ];
    const [because, remedy] =
      forMetrics > seen
        ? ["for metrics that are compared minute by minute", "Raise maxBakeMinutes, or give the metrics a limit."]
        : [
            `at ${traffic.requestsPerSecond} rps and ${Number((rate * 100).toPrecision(3))} % errors`,
            "Begin with a larger share, raise maxBakeMinutes, or choose blue-green.",
          ];
    const text =
      `The ${step.weight} % step needs ${duration(minutes)} ${because}` +
      (reachable ? "." : `, but may bake for ${duration(step.maxBakeMinutes)} only: it will ask a person. ${remedy}`);
    return { weight: step.weight, neededBaselineErrors: step.neededBaselineErrors, minutes, reachable, latency, text };
  });
}

/**
 * Minutes from the first users of the new version until a step's own metrics can be judged: those that are compared
 * have to be known where the last users are about to leave the old version.
 */
function metricMinutes({ judgement, steps }: ReleasePlan, step: number): number {
  const lastWithBoth = steps.findLastIndex(({ weight }) => weight < 100);
  const compared = judgement.metrics.some(({ compare }) => compare === "live");
  return compared && step === lastWithBoth ? leastPairs(judgement, steps.length, step) : 0;
}

/** Minutes as people say them. */
export function duration(minutes: number): string {
  if (!Number.isFinite(minutes)) return "more time than there is without traffic";
  if (minutes < 1) return `${Math.ceil(minutes * 60)} s`;
  if (minutes < 90) return `${Number(minutes.toFixed(minutes < 10 ? 1 : 0))} min`;
  return `${Number((minutes / 60).toFixed(1))} h`;
}
