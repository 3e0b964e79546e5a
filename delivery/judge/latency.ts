import type { Check } from "../../contracts/ledger.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import { binomialUpperTail } from "../statistics/distributions.ts";
import { type Percentiles, percentileTest, type TailPercentile } from "../statistics/quantiles.ts";
import { gateAlpha, openLookAlpha } from "../statistics/spending.ts";
import { type Evidence, gateIndex, liveColour, type Percentile } from "./evidence.ts";
import { LEAST_REQUESTS } from "./latency-windows.ts";

interface Window {
  readonly start: number;
  readonly colours: Readonly<Record<Colour, Percentiles | undefined>>;
}

function percentiles(requests: number, { p50Ms, p95Ms, p99Ms }: Percentile): Percentiles | undefined {
  if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined) return undefined;
  if (!(p50Ms > 0 && p95Ms >= p50Ms && p99Ms >= p95Ms)) return undefined;
  return { requests, p50Ms, p95Ms, p99Ms };
}

/** Windows of one length that lie wholly within the samples. */
function windowsOf(evidence: Evidence, samples: Evidence["samples"], seconds: number): Window[] {
  const { plan, observation } = evidence;
  const length = plan.sampleSeconds * 1000;
  if (seconds === plan.sampleSeconds) {
    return samples.map(({ start, colours }) => ({
      start,
      colours: {
        blue: percentiles(colours.blue.requests, colours.blue),
        green: percentiles(colours.green.requests, colours.green),
      },
    }));
  }
  const first = samples[0]?.start ?? Number.POSITIVE_INFINITY;
  const end = (samples.at(-1)?.start ?? 0) + length;
  return observation.latency
    .filter((window) => window.seconds === seconds && window.start >= first && window.start + seconds * 1000 <= end)
    .map(({ start, colours }) => {
      const inside = samples.filter((sample) => sample.start >= start && sample.start < start + seconds * 1000);
      const side = (colour: Colour) =>
        percentiles(
          inside.reduce((sum, sample) => sum + sample.colours[colour].requests, 0),
          colours[colour],
        );
      return { start, colours: { blue: side("blue"), green: side("green") } };
    });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** One window for all the time before: the middle of each percentile. */
function typical(windows: readonly Window[], colour: Colour): Percentiles | undefined {
  const known = windows.flatMap(({ colours }) => colours[colour] ?? []);
  if (known.length === 0) return undefined;
  return {
    requests: known.reduce((sum, { requests }) => sum + requests, 0),
    p50Ms: median(known.map(({ p50Ms }) => p50Ms)),
    p95Ms: median(known.map(({ p95Ms }) => p95Ms)),
    p99Ms: median(known.map(({ p99Ms }) => p99Ms)),
  };
}

/**
 * A percentile of the response time against the live colour's: above the limit in two windows in a row, and in both of
 * them further than chance lifts it; or above it in so many windows that chance does not explain their number.
 */
export function checkLatency(evidence: Evidence, which: TailPercentile): Check {
  const { plan, gate } = evidence;
  const name = which === "p95Ms" ? "p95" : "p99";
  const check = `latency-${name}` as const;
  const step = plan.steps[gate.step]!;
  const seconds = which === "p95Ms" ? step.p95WindowSeconds : step.p99WindowSeconds;
  const least = LEAST_REQUESTS[which];
  if (seconds === undefined) {
    const reason = `Not judged at this step: no window has ${least} requests of each side.`;
    return { check, verdict: "inconclusive", required: false, reason, numbers: { least } };
  }
  const live = liveColour(plan);
  const before = evidence.concurrent ? undefined : typical(windowsOf(evidence, evidence.before, seconds), live);
  const limit = 1 + plan.judgement.latencyIncreasePercent / 100;
  const alpha = gateAlpha(plan.judgement, plan.steps.length, gateIndex(evidence), check);
  const judged = windowsOf(evidence, evidence.samples, seconds).flatMap(({ start, colours }) => {
    const candidate = colours[plan.candidate];
    const baseline = evidence.concurrent ? colours[live] : before;
    if (candidate === undefined || baseline === undefined) return [];
    if (candidate.requests < least || baseline.requests < least) return [];
    const p = percentileTest(candidate, baseline, which);
    return [{ start, candidate, baseline, ratio: candidate[which] / baseline[which], p }];
  });
  const last = judged.at(-1);
  const base = { check, required: true };
  const windows = { windows: judged.length, windowSeconds: seconds, least, limit };
  if (last === undefined) {
    const reason = `No window of ${seconds} seconds had ${least} requests of each side yet.`;
    return { ...base, verdict: "inconclusive", reason, numbers: windows };
  }
  const numbers = {
    ...windows,
    candidateMs: last.candidate[which],
    liveMs: last.baseline[which],
    ratio: last.ratio,
    p: last.p,
    requests: last.candidate.requests,
  };
  const rise = (ratio: number) => Math.round((ratio - 1) * 100);
  const above = (window: (typeof judged)[number], how: string) =>
    `${name} is ${Math.round(window.candidate[which])} ms, ${rise(window.ratio)} % above the live colour's, ${how}; the limit is ${plan.judgement.latencyIncreasePercent} %.`;
  let worse = 0;
  for (const [index, window] of judged.entries()) {
    if (window.ratio > limit) worse++;
    // A tail so heavy that one window proves nothing: a version that is no slower is above in at most every second.
    if (binomialUpperTail(worse, index + 1, 0.5) <= openLookAlpha(alpha / 2, index + 1)) {
      const reason = above(window, `in ${worse} of ${index + 1} windows`);
      return { ...base, verdict: "fail", reason, numbers: { ...numbers, worse } };
    }
    const previous = judged[index - 1];
    if (previous === undefined || window.start - previous.start !== seconds * 1000) continue;
    // Both windows must be beyond the limit, so each may use the root of the pair's part.
    const each = Math.sqrt(openLookAlpha(alpha / 2, index));
    if ([previous, window].every(({ ratio, p }) => ratio > limit && p <= each)) {
      const reason = above(window, "in two windows in a row");
      return { ...base, verdict: "fail", reason, numbers: { ...numbers, alpha: each } };
    }
  }
  const text = `${name} is ${Math.round(last.candidate[which])} ms, ${Math.round(last.baseline[which])} ms ${evidence.concurrent ? "on the live colour" : "before"}`;
  if (judged.length < 2)
    return { ...base, verdict: "inconclusive", reason: `${text}; one more window has to say so.`, numbers };
  if (last.ratio > limit) {
    return {
      ...base,
      verdict: "inconclusive",
      reason: `${text}: above the limit, but chance may explain it.`,
      numbers,
    };
  }
  return { ...base, verdict: "pass", reason: `${text}.`, numbers };
}
