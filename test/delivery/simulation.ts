import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import type { ReleasePlan } from "../../contracts/release.ts";
import type { Gate } from "../../delivery/judge/evidence.ts";
import { judge } from "../../delivery/judge/judge.ts";
import { LEAST_REQUESTS } from "../../delivery/judge/latency-windows.ts";
import type { ColourMinute, LatencyWindow, Observation, TrafficMinute } from "../../delivery/ports.ts";
import { dueLook } from "../../delivery/statistics/spending.ts";
import { gamma, poisson, type Random } from "./random.ts";

/** A version under test, against a live one with the traffic's error rate and a median of 50 ms. */
export interface Fault {
  /** Its error rate as a multiple of the live version's. */
  readonly errors: number;
  /** Its response time as a multiple. */
  readonly latency: number;
}

export interface Outcome {
  readonly result: "promoted" | "rolled-back" | "inconclusive";
  /** Full minutes of the gate at which it ended. */
  readonly minutes: number;
  readonly gate: number;
  readonly failed: readonly string[];
  /** Minutes that each gate took. */
  readonly bakes: readonly number[];
}

const MINUTE = 60_000;
const MEDIAN_MS = 50;

/** Percentiles of n log-normal response times (σ = 1), drawn as order statistics instead of n times. */
function percentiles(n: number, scale: number, random: Random): Pick<ColourMinute, "p50Ms" | "p95Ms" | "p99Ms"> {
  const rank = (share: number) => Math.min(n, Math.ceil(share * n));
  const beta = (a: number, b: number) => {
    const x = gamma(a, random);
    return x / (x + gamma(Math.max(1, b), random));
  };
  const value = (uniform: number) => MEDIAN_MS * scale * Math.exp(normalQuantile(uniform, 0, 1));
  const [r50, r95, r99] = [rank(0.5), rank(0.95), rank(0.99)];
  const u99 = beta(r99, n + 1 - r99);
  const u95 = r95 === r99 ? u99 : u99 * beta(r95, r99 - r95);
  const u50 = r50 === r95 ? u95 : u95 * beta(r50, r95 - r50);
  return { p50Ms: value(u50), p95Ms: value(u95), p99Ms: value(u99) };
}

/** One release of a version through all gates, judged as the controller judges it. */
export function simulate(plan: ReleasePlan, fault: Fault, random: Random): Outcome {
  const { requestsPerSecond, errorPercent } = plan.traffic!;
  const rate = errorPercent / 100;
  const minutes: TrafficMinute[] = [];
  const latency: LatencyWindow[] = [];
  const bakes: number[] = [];
  const lengths = [...new Set(plan.steps.flatMap((s) => [s.p95WindowSeconds, s.p99WindowSeconds]))];

  const side = (share: number, errors: number, scale: number): ColourMinute => {
    const requests = poisson(requestsPerSecond * 60 * share, random);
    const failed = Math.min(requests, poisson(requests * rate * errors, random));
    const times = requests >= LEAST_REQUESTS.p95Ms ? percentiles(requests, scale, random) : {};
    return { requests, errors: failed, ...times };
  };
  const minute = (weight: number) => {
    const start = minutes.length * MINUTE;
    const colours = {
      blue: side(1 - weight / 100, 1, 1),
      green: side(weight / 100, fault.errors, fault.latency),
    };
    const balancerRequests = colours.blue.requests + colours.green.requests;
    minutes.push({ start, colours, balancerErrors: poisson(balancerRequests * 1e-5, random), balancerRequests });
    for (const seconds of lengths) {
      const count = (seconds ?? 60) / 60;
      if (seconds === undefined || count === 1 || minutes.length % count !== 0) continue;
      const inside = minutes.slice(-count);
      const window = (colour: "blue" | "green", scale: number) => {
        const requests = inside.reduce((sum, { colours: { [colour]: c } }) => sum + c.requests, 0);
        return requests >= LEAST_REQUESTS.p95Ms ? percentiles(requests, scale, random) : {};
      };
      const start = inside[0]!.start;
      latency.push({ start, seconds, colours: { blue: window("blue", 1), green: window("green", fault.latency) } });
    }
  };
  for (let i = 0; i < 60; i++) minute(0);
  const firstShift = minutes.length * MINUTE;
  let lastShift: number | undefined;

  const gates = [
    ...plan.steps.map((_, step) => ({ kind: "step" as const, step })),
    { kind: "soak" as const, step: plan.steps.length - 1 },
  ];
  for (const [index, { kind, step }] of gates.entries()) {
    const { weight, maxBakeMinutes, bakeMinutes, neededBaselineErrors } = plan.steps[step]!;
    if (weight === 100) lastShift ??= minutes.length * MINUTE;
    const gate: Gate = { kind, step, since: minutes.length * MINUTE, firstShift, lastShift };
    const least = kind === "soak" ? plan.soakMinutes : bakeMinutes;
    const most = kind === "soak" ? plan.soakMinutes + maxBakeMinutes : maxBakeMinutes;
    let looked = 0;
    let passed = false;
    const seen = { requests: 0, liveRequests: 0, liveErrors: 0 };
    for (let count = 1; !passed; count++) {
      if (count > most) return { result: "inconclusive", minutes: count, gate: index, failed: [], bakes };
      minute(weight);
      const { blue, green } = minutes.at(-1)!.colours;
      seen.requests += green.requests;
      seen.liveRequests += blue.requests;
      seen.liveErrors += blue.errors;
      const live = weight === 100 ? rate : seen.liveErrors / Math.max(1, seen.liveRequests);
      const expected = seen.requests * Math.max(live, plan.judgement.errorFloorPercent / 100);
      // Only spares work: the judge itself says whether a look is due. With all users moved it compares with an hour
      // that is not counted here, so it is asked earlier.
      const near = count >= least && (kind === "soak" || expected >= neededBaselineErrors * (weight === 100 ? 0.6 : 1));
      if (!near && dueLook(looked, count) === undefined) continue;
      const observation: Observation = {
        at: minutes.length * MINUTE,
        completeThrough: minutes.length * MINUTE,
        minutes,
        latency,
        metrics: {},
        rules: [],
        colours: undefined as never,
      };
      const judged = judge(plan, gate, observation, looked, { healthy: 3, expected: 3, misses: 0 }, true);
      if (judged === undefined) continue;
      looked = judged.minutes;
      if (judged.verdict === "fail") {
        const failed = judged.checks.filter(({ verdict }) => verdict === "fail").map(({ check }) => check);
        return { result: "rolled-back", minutes: count, gate: index, failed, bakes };
      }
      if (judged.verdict === "pass") {
        passed = true;
        bakes.push(count);
      }
    }
  }
  return { result: "promoted", minutes: minutes.length, gate: gates.length, failed: [], bakes };
}

/** The six cases of traffic that releases are judged in: requests per second and share of errors, in per cent. */
export const CASES = [
  { requestsPerSecond: 10, errorPercent: 0.1 },
  { requestsPerSecond: 10, errorPercent: 1 },
  { requestsPerSecond: 100, errorPercent: 0.1 },
  { requestsPerSecond: 100, errorPercent: 1 },
  { requestsPerSecond: 1000, errorPercent: 0.1 },
  { requestsPerSecond: 1000, errorPercent: 1 },
] as const;
