import type { Check } from "../../contracts/ledger.ts";
import type { ReleaseMetric } from "../../contracts/release.ts";
import { binomialUpperTail } from "../statistics/distributions.ts";
import { gateAlpha, leastPairs, lookAlpha } from "../statistics/spending.ts";
import type { Look } from "./errors.ts";
import { type Evidence, gateIndex } from "./evidence.ts";

/** Samples in a row beyond a fixed limit that end a release. */
const BEYOND_LIMIT = 3;

/** A metric that the service names. */
export function checkMetric(evidence: Evidence, metric: ReleaseMetric, look: Look): Check {
  return metric.compare === "limit" ? checkLimit(evidence, metric) : checkAgainstLive(evidence, metric, look);
}

function isWorse(metric: ReleaseMetric, value: number, than: number): boolean {
  return metric.worse === "higher" ? value > than : value < than;
}

function checkLimit(evidence: Evidence, metric: ReleaseMetric): Check {
  const limit = metric.limit as number;
  const values = (evidence.metrics[metric.id] ?? [])
    .filter(({ start }) => start >= evidence.gate.since)
    .flatMap(({ candidate }) => candidate ?? []);
  const latest = values.slice(-BEYOND_LIMIT);
  const beyond = latest.filter((value) => isWorse(metric, value, limit)).length;
  const check = { check: `metric:${metric.id}`, required: true };
  const last = latest.at(-1);
  if (last === undefined) {
    const reason = `The metric ${metric.namespace}/${metric.name} has no datapoint since this step began.`;
    return { ...check, verdict: "inconclusive", reason, numbers: { limit } };
  }
  const numbers = { limit, last, beyond };
  const text = `${metric.id} is ${last}, the limit is ${limit}`;
  if (beyond === BEYOND_LIMIT) {
    return { ...check, verdict: "fail", reason: `${text}, and was beyond it ${BEYOND_LIMIT} times in a row.`, numbers };
  }
  return { ...check, verdict: beyond > 0 ? "inconclusive" : "pass", reason: `${text}.`, numbers };
}

/**
 * Against the live colour by a sign test over the minutes in which both have a value: nothing is known about how such a
 * metric is distributed, but a version that is no worse is beyond the tolerance in at most every second minute.
 */
function checkAgainstLive(evidence: Evidence, metric: ReleaseMetric, look: Look): Check {
  const { plan, gate } = evidence;
  const alpha = gateAlpha(plan.judgement, plan.steps.length, gateIndex(evidence), "metric");
  const factor = 1 + ((metric.worse === "higher" ? 1 : -1) * metric.tolerancePercent) / 100;
  const pairs = (evidence.metrics[metric.id] ?? []).filter(
    ({ start, candidate, live }) => start >= gate.firstShift && candidate !== undefined && live !== undefined,
  );
  const worse = pairs.filter(({ candidate, live }) => isWorse(metric, candidate as number, (live as number) * factor));
  const p = binomialUpperTail(worse.length, pairs.length, 0.5);
  const limit = look === undefined ? 0 : lookAlpha(alpha, look);
  const least = leastPairs(plan.judgement, plan.steps.length, gateIndex(evidence));
  const numbers = { pairs: pairs.length, worse: worse.length, least, p, alpha: limit };
  // After the last step with both colours there is nothing more to compare, so that is where it has to be known.
  const lastWithBoth = plan.steps.findLastIndex(({ weight }) => weight < 100);
  const check = { check: `metric:${metric.id}`, required: gate.step === lastWithBoth };
  const text = `${metric.id} was worse than the live colour's by more than ${metric.tolerancePercent} % in ${worse.length} of ${pairs.length} minutes`;
  if (pairs.length === 0) {
    const reason = `The metric ${metric.namespace}/${metric.name} (${metric.id}) has no minute with a datapoint of both colours since users came to ${plan.candidate}; ${least} are needed.`;
    return { ...check, verdict: "inconclusive", reason, numbers };
  }
  if (p <= limit) return { ...check, verdict: "fail", reason: `${text}.`, numbers };
  if (pairs.length < least || worse.length * 2 > pairs.length) {
    return { ...check, verdict: "inconclusive", reason: `${text}; ${least} minutes are needed.`, numbers };
  }
  return { ...check, verdict: "pass", reason: `${text}.`, numbers };
}
