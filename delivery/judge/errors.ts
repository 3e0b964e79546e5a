import type { Check } from "../../contracts/ledger.ts";
import { duration } from "../bakes.ts";
import { binomialUpperTail, type Counts, conditionalErrorTest } from "../statistics/distributions.ts";
import { gateAlpha, lookAlpha } from "../statistics/spending.ts";
import { baselineOf, countsOf, type Evidence, gateIndex, secondsOf } from "./evidence.ts";

/** Which look it is, and so how much of the false rollback rate it may use; undefined when none is due. */
export type Look = number | "final" | undefined;

/** Fewest requests for a burn of the error budget to mean anything: one error in fewer is more than 5 %. */
const LEAST_BURN_REQUESTS = 20;

export const rateOf = ({ requests, errors }: Counts): number => (requests === 0 ? 0 : errors / requests);
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
const chance = (p: number): string => (p < 1e-4 ? p.toExponential(1) : String(Number(p.toPrecision(2))));

function alphaOf(evidence: Evidence, check: "errors" | "burn" | "balancer-errors", look: Look): number {
  const { judgement, steps } = evidence.plan;
  return look === undefined ? 0 : lookAlpha(gateAlpha(judgement, steps.length, gateIndex(evidence), check), look);
}

/** Error rate that bakes are computed for: the live colour's, but no lower than the floor. */
function referenceRate({ plan }: Evidence, baseline: Counts): number {
  return Math.max(rateOf(baseline), plan.judgement.errorFloorPercent / 100);
}

/** Errors that the live colour's rate predicts for the candidate's requests. */
function expectedErrors(evidence: Evidence, candidate: Counts, baseline: Counts): number {
  return candidate.requests * referenceRate(evidence, baseline);
}

/**
 * The number of samples after which a gate has seen enough to pass: its least time is over and it has the requests that
 * its power was computed for.
 */
export function enoughAfter(evidence: Evidence): number | undefined {
  const { plan, gate, samples } = evidence;
  const step = plan.steps[gate.step]!;
  const minutes = gate.kind === "soak" ? plan.soakMinutes : step.bakeMinutes;
  const needed = gate.kind === "soak" ? 0 : step.neededBaselineErrors;
  const before = evidence.concurrent ? undefined : baselineOf(evidence);
  const sums = { candidate: { requests: 0, errors: 0 }, baseline: { requests: 0, errors: 0 } };
  const add = (sum: { requests: number; errors: number }, { requests, errors }: Counts) => {
    sum.requests += requests;
    sum.errors += errors;
  };
  for (const [index, sample] of samples.entries()) {
    add(sums.candidate, countsOf([sample], plan.candidate));
    if (before === undefined) add(sums.baseline, baselineOf(evidence, [sample]));
    const baseline = before ?? sums.baseline;
    const seen =
      secondsOf(evidence, index + 1) >= minutes * 60 &&
      sums.candidate.requests >= plan.judgement.minimumRequests &&
      baseline.requests > 0 &&
      expectedErrors(evidence, sums.candidate, baseline) >= needed;
    if (seen) return index + 1;
  }
  return undefined;
}

/** What a gate has seen of what it needs; only what it still waits for. */
function missing(evidence: Evidence, candidate: Counts, baseline: Counts): string {
  const { plan, gate } = evidence;
  const step = plan.steps[gate.step]!;
  const [minutes, errors] =
    gate.kind === "soak" ? [plan.soakMinutes, 0] : [step.bakeMinutes, step.neededBaselineErrors];
  const requests = Math.max(plan.judgement.minimumRequests, Math.ceil(errors / referenceRate(evidence, baseline)));
  const seconds = secondsOf(evidence);
  const open = [
    ...(candidate.requests < requests ? [`${candidate.requests} of the ${requests} requests that it takes`] : []),
    ...(seconds < minutes * 60 ? [`${duration(seconds / 60)} of at least ${duration(minutes)}`] : []),
  ];
  return open.join(", and ") || "too little";
}

/** Errors of the candidate against the live colour: more than so many times as often, and not by chance. */
export function checkErrors(evidence: Evidence, look: Look, enough: boolean): Check {
  const { plan, gate } = evidence;
  const candidate = countsOf(evidence.samples, plan.candidate);
  const baseline = baselineOf(evidence);
  const limit = plan.judgement.errorRateRatio;
  const alpha = alphaOf(evidence, "errors", look);
  const p = conditionalErrorTest(candidate, baseline);
  const expected = expectedErrors(evidence, candidate, baseline);
  const needed = gate.kind === "soak" ? 0 : plan.steps[gate.step]!.neededBaselineErrors;
  const above = rateOf(candidate) > limit * rateOf(baseline);
  const numbers = {
    candidateRequests: candidate.requests,
    candidateErrors: candidate.errors,
    liveRequests: baseline.requests,
    liveErrors: baseline.errors,
    ratioLimit: limit,
    p,
    alpha,
    expected,
    needed,
    concurrent: evidence.concurrent ? 1 : 0,
  };
  const against = `${percent(rateOf(candidate))} of ${candidate.requests} requests failed, ${percent(rateOf(baseline))} of ${baseline.requests} ${evidence.concurrent ? "on the live colour" : "before"}`;
  const base = { check: "errors", required: true, numbers };
  if (above && p <= alpha) {
    const reason = `${against}: more than ${limit} times, and chance gives that with p = ${chance(p)} (limit ${chance(alpha)}).`;
    return { ...base, verdict: "fail", reason };
  }
  if (baseline.requests === 0) {
    return { ...base, verdict: "inconclusive", reason: "There are no requests to compare with." };
  }
  if (!enough) {
    return {
      ...base,
      verdict: "inconclusive",
      reason: `${against}; so far ${missing(evidence, candidate, baseline)}.`,
    };
  }
  // The floor keeps one error against none from holding a release that is well within its objective.
  if (rateOf(candidate) > limit * referenceRate(evidence, baseline)) {
    return {
      ...base,
      verdict: "inconclusive",
      reason: `${against}: more than ${limit} times, but chance may explain it.`,
    };
  }
  return { ...base, verdict: "pass", reason: `${against}.` };
}

/** The error budget burns too fast, and the candidate does it: neither the budget nor the live colour explains it. */
export function checkBurn(evidence: Evidence, look: Look): Check {
  const { plan } = evidence;
  const candidate = countsOf(evidence.samples, plan.candidate);
  const budget = 1 - plan.judgement.availabilityPercent / 100;
  const burn = rateOf(candidate) / budget;
  const alpha = alphaOf(evidence, "burn", look);
  const baseline = baselineOf(evidence);
  const p = Math.max(
    binomialUpperTail(candidate.errors, candidate.requests, Math.min(1, budget)),
    baseline.requests === 0 ? 0 : conditionalErrorTest(candidate, baseline),
  );
  const numbers = { burn, limit: plan.judgement.burnRate, requests: candidate.requests, p, alpha };
  const base = { check: "burn", required: true, numbers };
  if (candidate.requests < LEAST_BURN_REQUESTS) {
    const reason = `${candidate.requests} requests; at least ${LEAST_BURN_REQUESTS} are needed.`;
    return { ...base, verdict: "inconclusive", reason };
  }
  const rate = `The error budget burns ${Number(burn.toPrecision(3))} times as fast as it may`;
  if (burn > plan.judgement.burnRate && p <= alpha) {
    return { ...base, verdict: "fail", reason: `${rate}; ${plan.judgement.burnRate} times ends a release.` };
  }
  // It may be chance, or what both versions need is broken: then nobody can tell them apart, and this is no pass.
  if (burn > plan.judgement.burnRate) {
    const reason = `${rate}, more than ${plan.judgement.burnRate} times, though not more on the new version than chance explains.`;
    return { ...base, verdict: "inconclusive", reason };
  }
  return { ...base, verdict: "pass", reason: `${rate}.` };
}

/**
 * Errors that the load balancer made itself, against the hour before the release.
 *
 * A version that refuses connections shows here only: no target answered. CloudWatch counts them for the whole load
 * balancer, so other services' trouble is in it too; the p-value is of their rise since users came to the candidate.
 */
export function checkBalancer(evidence: Evidence, look: Look): Check {
  const total = (samples: Evidence["samples"]): Counts => {
    const errors = samples.reduce((sum, { balancerErrors }) => sum + balancerErrors, 0);
    return { requests: samples.reduce((sum, { balancerRequests }) => sum + balancerRequests, errors), errors };
  };
  const { judgement } = evidence.plan;
  const now = total(evidence.samples);
  const before = total(evidence.beforeRelease);
  const alpha = alphaOf(evidence, "balancer-errors", look);
  const known = before.requests > 0;
  const usual = known ? rateOf(before) : judgement.errorFloorPercent / 100;
  const p = known ? conditionalErrorTest(now, before) : binomialUpperTail(now.errors, now.requests, usual);
  const numbers = { requests: now.requests, errors: now.errors, before: usual, p, alpha };
  const base = { check: "balancer-errors", required: false, numbers };
  const text = `The load balancer itself answered ${now.errors} of ${now.requests} requests with an error, ${percent(usual)} ${known ? "before" : "would be usual"}`;
  if (now.requests === 0) return { ...base, verdict: "inconclusive", reason: "No requests." };
  if (rateOf(now) > judgement.errorRateRatio * usual && p <= alpha) {
    return { ...base, verdict: "fail", reason: `${text} (p = ${chance(p)}).` };
  }
  return { ...base, verdict: "pass", reason: `${text}.` };
}
