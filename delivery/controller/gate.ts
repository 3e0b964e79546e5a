import type { LedgerDraft } from "../../contracts/ledger.ts";
import { healthyFloor, judge } from "../judge/judge.ts";
import type { Decision } from "../ports.ts";
import { goBack } from "./back.ts";
import { capacityOf, gateOf, lastMove, lookedOf } from "./state.ts";
import { healthOf, type Turn, wait } from "./steps.ts";

/**
 * Looks at the candidate: its targets at every turn, its traffic whenever a look is due.
 *
 * @param forward where a pass leads; without it a pass is written down and nothing follows
 * @returns undefined when nothing is new
 */
export function judgeGate(
  turn: Turn,
  forward?: (reason: string, records: readonly LedgerDraft[]) => Decision,
): Decision | undefined {
  const { state, observation } = turn;
  const { plan } = state;
  const gate = gateOf(state);
  if (gate === undefined) return undefined;
  // It was written down, and whoever did so came no further.
  const last = state.stageRecords.findLast((record) => record.type === "judged");
  if (last?.type === "judged" && last.verdict === "fail") return goBack(turn, "rolled-back", last.reason);
  // Those that users were sent to; what was asked for since may still be starting.
  const expected =
    capacityOf(state, lastMove(state)?.intent.seq) ??
    Math.max(plan.scaling.min, observation.colours[plan.candidate].desired);
  const floor = healthyFloor(plan, expected);
  const looks = healthOf(turn, plan.candidate, expected, floor);
  // Healthy looks are worth a record only where they end a row of unhealthy ones.
  const recovered = state.stageRecords.findLast((record) => record.type === "health");
  const telling = !looks.enough || (recovered?.type === "health" && !recovered.enough);
  const health: readonly LedgerDraft[] = telling ? looks.records : [];
  if (looks.misses >= plan.judgement.failedHealthChecks) {
    const { healthy } = observation.colours[plan.candidate];
    const reason = `${healthy} of ${expected} targets of ${plan.candidate} are healthy, ${floor} are needed: too few for ${looks.misses} looks in a row.`;
    return goBack(turn, "rolled-back", reason, health);
  }
  const seen = { healthy: observation.colours[plan.candidate].healthy, expected, misses: looks.misses };
  const eager = forward !== undefined && state.held === undefined;
  const judged = judge(plan, gate, observation, lookedOf(state), seen, eager);
  if (judged === undefined) return health.length > 0 ? wait(turn, "Targets are being watched.", health) : undefined;
  const record: LedgerDraft = {
    type: "judged",
    step: gate.step,
    stage: state.stage ?? "baking",
    minutes: judged.minutes,
    counts: judged.counts,
    verdict: judged.verdict,
    reason: judged.reason,
    checks: [...judged.checks],
  };
  const records = [...health, record];
  if (judged.verdict === "fail") return goBack(turn, "rolled-back", judged.reason, records);
  // Nothing goes forward while a person holds it.
  if (judged.verdict === "pass" && eager) {
    return forward(judged.reason, records);
  }
  return { stage: state.stage ?? "baking", reason: judged.reason, records, next: { type: "again" } };
}
