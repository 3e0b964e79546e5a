import type { LedgerDraft, ReleaseResult } from "../../contracts/ledger.ts";
import { mayGoBack } from "../group/decide.ts";
import type { Decision } from "../ports.ts";
import { enter, type Turn, wait } from "./steps.ts";

/**
 * A service that waits for others has failed. The last of them may have decided for all already, so it does not go back
 * by itself: it asks, and the answer is in the last one's ledger.
 *
 * @returns undefined when it may go back by itself
 */
export function askToGoBack(
  turn: Turn,
  result: Exclude<ReleaseResult, "promoted">,
  reason: string,
  records: readonly LedgerDraft[],
): Decision | undefined {
  const { state, group } = turn;
  if (group === undefined) return undefined;
  if (state.result === "promoted") return wait(turn, group.decision.reason, records);
  if (state.stage !== "awaiting" || mayGoBack(group.members, state.plan.service)) return undefined;
  if (state.asks !== undefined) return wait(turn, state.stageReason, records);
  return enter("awaiting", reason, { step: state.step, asks: result, because: state.plan.service, records });
}
