import type { LedgerDraft, RecordOf } from "../../contracts/ledger.ts";
import { heldMember, listed, mayGoBack } from "../group/decide.ts";
import type { Decision } from "../ports.ts";
import { goBack } from "./back.ts";
import { judgeGate } from "./gate.ts";
import { enter, type Turn, wait } from "./steps.ts";

/** One of several services begins when those before it have all their users; one alone begins at once. */
export function beginning(turn: Turn, held: (turn: Turn) => Decision | undefined): Decision {
  const { state, group } = turn;
  if (group === undefined) return enter("validating", "The release has started.");
  const { phase, next, reason } = group.decision;
  if (phase === "back") return backTogether(turn);
  if (state.rollback !== undefined) return goBack(turn, "rolled-back", toldBack(state.rollback));
  const turnIsHere = phase === "forward" && next === state.plan.service;
  return held(turn) ?? othersHold(turn) ?? (turnIsHere ? enter("validating", reason) : wait(turn, reason));
}

/** What the other services of a release decide for one that has begun and is neither promoted nor on its way back. */
export function together(turn: Turn): Decision | undefined {
  const { state, group } = turn;
  if (group === undefined) return undefined;
  const { phase } = group.decision;
  if (phase === "promoted" && state.stage === "awaiting") return promote(turn, group.decision.reason);
  return phase === "back" ? backTogether(turn) : undefined;
}

/** One of several that are released together is held: all stay where they are. */
export function othersHold(turn: Turn): Decision | undefined {
  const { state, group } = turn;
  const other = group && heldMember(group.members, state.plan.service);
  return other === undefined ? undefined : (judgeGate(turn) ?? wait(turn, group!.decision.reason));
}

/** Why a release goes back that a person has taken back. */
export function toldBack({ who, reason }: RecordOf<"command">): string {
  return `${who} rolled it back: ${reason}`;
}

/** Goes back with the others: what is not `ready` at once, what is when those that came after it are back. */
function backTogether(turn: Turn): Decision {
  const { state, group } = turn;
  const { service } = state.plan;
  const { reason, failed, result = "rolled-back" } = group!.decision;
  const ready = state.stage === "awaiting";
  const told = state.rollback === undefined ? undefined : toldBack(state.rollback);
  // What a person said is written down as what this service asks for, before it waits.
  if (ready && state.asks === undefined && told !== undefined) return goBack(turn, "rolled-back", told);
  if (!ready || mayGoBack(group!.members, service)) {
    const why = state.asks === undefined ? reason : state.stageReason;
    return goBack(turn, result, why, [], failed);
  }
  const after = group!.members.slice(group!.members.findIndex((member) => member.service === service) + 1);
  const open = after.filter(({ place }) => place !== "back").map((member) => member.service);
  // It may fail while it waits, and then it waits for less.
  const judged = state.asks === undefined ? judgeGate(turn) : undefined;
  return judged ?? wait(turn, `${reason} It goes back when ${listed(open)} ${open.length === 1 ? "is" : "are"} back.`);
}

/** The soak has passed: the last service decides for all, those before it wait for that. */
export function soaked(turn: Turn, reason: string, records: readonly LedgerDraft[]): Decision {
  const { state, group } = turn;
  if (group === undefined) return promote(turn, reason, records);
  const before = group.members.slice(0, -1);
  if (before.some(({ service }) => service === state.plan.service)) {
    return enter("awaiting", reason, { step: state.step, records });
  }
  return before.every(({ place }) => place === "ready")
    ? promote(turn, reason, records)
    : wait(turn, group.decision.reason, records);
}

function promote({ state }: Turn, reason: string, records: readonly LedgerDraft[] = []): Decision {
  const stage = state.plan.strategy === "rolling" ? "finishing" : "draining";
  return enter(stage, reason, { step: state.step, result: "promoted", records });
}

/** All users are on the new version, and both versions have their tasks, until all services are there. */
export function awaiting(turn: Turn): Decision {
  const { state, group } = turn;
  const open = (group?.members ?? []).filter(
    ({ service, place }) => service !== state.plan.service && place !== "ready",
  );
  const names = listed(open.map(({ service }) => service));
  return (
    judgeGate(turn) ?? wait(turn, `All users are on the new version; the old one's tasks stay until ${names} has, too.`)
  );
}
