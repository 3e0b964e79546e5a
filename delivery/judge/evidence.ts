import { otherColour, type ReleasePlan } from "../../contracts/release.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { ColourMinute, MetricMinute, Observation, TrafficMinute } from "../ports.ts";
import type { Counts } from "../statistics/distributions.ts";

/** One gate of a release: a step, or the soak after the last. */
export interface Gate {
  readonly kind: "step" | "soak";
  readonly step: number;
  /** When its traffic was moved, or the soak began. */
  readonly since: number;
  /** When the first users came to the candidate. */
  readonly firstShift: number;
  /** When the last users left the live colour; undefined while it has some. */
  readonly lastShift: number | undefined;
}

/** How far back the time before a release is looked at, in milliseconds. */
export const BEFORE_MS = 60 * 60_000;

/** Everything a check looks at. */
export interface Evidence {
  readonly plan: ReleasePlan;
  readonly gate: Gate;
  /** Full samples of this gate. The one in which traffic moved is left out: it belongs to two steps. */
  readonly samples: readonly TrafficMinute[];
  /** Samples of the live colour that the candidate is compared with where both have no users at the same time. */
  readonly before: readonly TrafficMinute[];
  /** Samples before the candidate had any users. */
  readonly beforeRelease: readonly TrafficMinute[];
  /** Whether candidate and live colour have users in the same minutes. */
  readonly concurrent: boolean;
  readonly metrics: Readonly<Record<string, readonly MetricMinute[]>>;
  readonly observation: Observation;
}

export function evidenceOf(plan: ReleasePlan, gate: Gate, observation: Observation): Evidence {
  const length = plan.sampleSeconds * 1000;
  const complete = observation.minutes.filter(({ start }) => start + length <= observation.completeThrough);
  const until = gate.lastShift ?? gate.firstShift;
  const earliest = gate.firstShift - BEFORE_MS;
  const within = (from: number, to: number) => complete.filter(({ start }) => start >= from && start + length <= to);
  return {
    plan,
    gate,
    samples: complete.filter(({ start }) => start >= gate.since),
    before: within(earliest, plan.strategy === "rolling" ? gate.firstShift : until),
    beforeRelease: within(earliest, gate.firstShift),
    concurrent: plan.strategy !== "rolling" && gate.lastShift === undefined,
    metrics: observation.metrics,
    observation,
  };
}

/** The colour that users were on before; for a rolling release the candidate's own. */
export function liveColour(plan: ReleasePlan): Colour {
  return plan.strategy === "rolling" ? plan.candidate : otherColour(plan.candidate);
}

export function countsOf(samples: readonly TrafficMinute[], colour: Colour): Counts {
  let requests = 0;
  let errors = 0;
  for (const { colours } of samples) {
    requests += colours[colour].requests;
    errors += colours[colour].errors;
  }
  return { requests, errors };
}

/** Requests and errors that the candidate is measured against: in the same minutes, or in those before. */
export function baselineOf(evidence: Evidence, samples = evidence.samples): Counts {
  return countsOf(evidence.concurrent ? samples : evidence.before, liveColour(evidence.plan));
}

/** The gate's place among those that the rate of false rollbacks is divided over. */
export function gateIndex({ plan, gate }: Evidence): number {
  return gate.kind === "soak" ? plan.steps.length : gate.step;
}

/** Seconds that a number of samples stand for. */
export function secondsOf(evidence: Evidence, samples = evidence.samples.length): number {
  return samples * evidence.plan.sampleSeconds;
}

/** A side of one sample, for percentiles. */
export type Percentile = Pick<ColourMinute, "p50Ms" | "p95Ms" | "p99Ms">;
