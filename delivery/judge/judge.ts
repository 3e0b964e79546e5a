import type { Check, Verdict } from "../../contracts/ledger.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import type { Observation } from "../ports.ts";
import { dueLook } from "../statistics/spending.ts";
import { checkBalancer, checkBurn, checkErrors, enoughAfter, type Look } from "./errors.ts";
import { baselineOf, countsOf, evidenceOf, type Gate } from "./evidence.ts";
import { checkLatency } from "./latency.ts";
import { checkMetric } from "./metrics.ts";

/** What one look at a gate found. */
export interface Judged {
  /** Full samples of the gate that it was based on. */
  readonly minutes: number;
  readonly counts: {
    readonly candidateRequests: number;
    readonly candidateErrors: number;
    readonly liveRequests: number;
    readonly liveErrors: number;
  };
  readonly verdict: Verdict;
  readonly reason: string;
  readonly checks: readonly Check[];
}

/** Health of the candidate's targets, as the controller counted it. */
export interface Health {
  readonly healthy: number;
  readonly expected: number;
  /** Looks in a row with too few of them healthy. */
  readonly misses: number;
}

/**
 * Looks at a gate.
 *
 * `pass`: every required check passes and the gate had the time and requests it was planned with. `fail`: one check
 * fails. `inconclusive`: go on baking. Pure: the same samples give the same answer.
 *
 * @param looked samples of the gate at the look before, 0 at the first; each look uses up its own part of the false
 *   rollback rate, so looking twice at the same samples must not happen
 * @param eager whether a pass is waited for: then each sample is looked at as soon as there are enough of them, though
 *   such an extra look cannot fail the errors
 * @returns undefined when no look is due yet
 */
export function judge(
  plan: ReleasePlan,
  gate: Gate,
  observation: Observation,
  looked: number,
  health: Health,
  eager: boolean,
): Judged | undefined {
  const evidence = evidenceOf(plan, gate, observation);
  const minutes = evidence.samples.length;
  if (minutes <= looked) return undefined;
  const enoughAt = enoughAfter(evidence);
  const enough = enoughAt !== undefined;
  const look: Look = enough && looked < enoughAt ? "final" : dueLook(looked, minutes);
  if (look === undefined && !(enough && eager)) return undefined;

  const checks: Check[] = [
    checkErrors(evidence, look, enough),
    checkLatency(evidence, "p95Ms"),
    checkLatency(evidence, "p99Ms"),
    checkBurn(evidence, look),
    checkHosts(plan, health),
    checkBalancer(evidence, look),
    ...plan.judgement.metrics.map((metric) => checkMetric(evidence, metric, look)),
  ];
  const candidate = countsOf(evidence.samples, plan.candidate);
  const live = baselineOf(evidence);
  const failed = checks.filter(({ verdict }) => verdict === "fail");
  const open = checks.filter(({ required, verdict }) => required && verdict !== "pass");
  const verdict = failed.length > 0 ? "fail" : open.length > 0 ? "inconclusive" : "pass";
  const telling = failed.length > 0 ? failed : open.length > 0 ? open : checks.slice(0, 1);
  return {
    minutes,
    counts: {
      candidateRequests: candidate.requests,
      candidateErrors: candidate.errors,
      liveRequests: live.requests,
      liveErrors: live.errors,
    },
    verdict,
    reason: telling.map(({ reason }) => reason).join(" "),
    checks,
  };
}

/** Healthy targets that a colour must have. */
export function healthyFloor(plan: ReleasePlan, expected: number): number {
  return Math.max(1, Math.ceil((expected * plan.judgement.healthyPercent) / 100));
}

function checkHosts(plan: ReleasePlan, { healthy, expected, misses }: Health): Check {
  const floor = healthyFloor(plan, expected);
  const numbers = { healthy, expected, floor, misses };
  const base = { check: "hosts", required: true, numbers };
  const text = `${healthy} of ${expected} targets are healthy, ${floor} are needed`;
  if (misses >= plan.judgement.failedHealthChecks) {
    return { ...base, verdict: "fail", reason: `${text}; too few for ${misses} looks in a row.` };
  }
  return { ...base, verdict: healthy >= floor ? "pass" : "inconclusive", reason: `${text}.` };
}
