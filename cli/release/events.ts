import pc from "picocolors";
import type { LedgerRecord, ReleaseResult, Stage } from "../../contracts/ledger.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import { otherColour } from "../../contracts/release.ts";

/** What a release is doing, in words. */
export const STAGE_WORDS: Readonly<Record<Stage | "ended", string>> = {
  validating: "checking the versions",
  migrating: "migrating",
  scaling: "starting tasks",
  warming: "waiting for health",
  "smoke-testing": "smoke test",
  shifting: "moving traffic",
  "rolling-out": "replacing tasks",
  confirming: "waiting to see the share",
  baking: "baking",
  soaking: "soaking",
  awaiting: "waiting for the others",
  draining: "draining",
  finishing: "finishing",
  restoring: "restoring capacity",
  "rolling-back": "rolling back",
  ended: "ended",
};

export const RESULT_WORDS: Readonly<Record<ReleaseResult, string>> = {
  promoted: "promoted",
  "rolled-back": "rolled back",
  inconclusive: "inconclusive, and taken back",
};

/** Time of day, as the person's clock says it. */
export function clockTime(at: string): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** Day and time, as the person's clock says them. */
export function dayAndTime(at: string): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(at)}`;
}

/** Time of day, and before it the day where that is not today: a release may be held for days. */
export function moment(at: string, now = Date.now()): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clockTime(at) : dayAndTime(at);
}

/** Records that people are told about, each on one line without its time. What was said right before is not repeated. */
export function describeRecords(
  plan: ReleasePlan,
  records: readonly LedgerRecord[],
): { readonly record: LedgerRecord; readonly text: string }[] {
  let said = "";
  return records.flatMap((record) => {
    const text = describeRecord(plan, record, said);
    if ("reason" in record && record.type !== "intent") said = record.reason;
    return text === undefined ? [] : [{ record, text }];
  });
}

function describeRecord(plan: ReleasePlan, record: LedgerRecord, said: string): string | undefined {
  const step = (index: number) => `${plan.steps[index]?.weight} %`;
  switch (record.type) {
    case "started":
      return `release ${record.release} of ${plan.service} in ${plan.environment} started by ${record.who}`;
    case "entered": {
      const at = record.stage === "baking" || record.stage === "confirming" ? ` at ${step(record.step ?? 0)}` : "";
      const text = `${STAGE_WORDS[record.stage]}${at}${record.reason === said ? "" : `: ${record.reason}`}`;
      return record.stage === "rolling-back" || record.stage === "restoring" ? pc.red(text) : text;
    }
    case "intent": {
      const { action } = record;
      if (action.type !== "setWeights") return undefined;
      const { candidate } = plan;
      const text = `${action.weights[candidate]} % to ${candidate}, ${action.weights[otherColour(candidate)]} % to ${otherColour(candidate)}`;
      return pc.bold(action.weights[candidate] === 0 ? `everybody back: ${text}` : `traffic: ${text}`);
    }
    case "outcome":
      return record.ok ? undefined : pc.yellow(`that did not work: ${record.detail}`);
    case "judged": {
      const paint = { pass: pc.green, fail: pc.red, inconclusive: pc.dim }[record.verdict];
      const where =
        record.stage === "soaking"
          ? "the soak"
          : record.stage === "awaiting"
            ? "the wait for the others"
            : `the ${step(record.step)} step`;
      return paint(`${record.verdict} at ${where}: ${record.reason}`);
    }
    case "command":
      return pc.bold(`${record.who} says ${record.command}: ${record.reason}`);
    case "held":
      return pc.yellow(`waits for a person: ${record.reason}`);
    case "ended":
      return paintResult(record.result, `${RESULT_WORDS[record.result]}: ${record.reason}`);
    default:
      return undefined;
  }
}

export function paintResult(result: ReleaseResult, text: string): string {
  return (result === "promoted" ? pc.green : pc.red)(pc.bold(text));
}
