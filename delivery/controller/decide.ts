import type { Action, LedgerRecord, Stage } from "../../contracts/ledger.ts";
import { duration } from "../bakes.ts";
import { decideGroup, type Member, seeMember } from "../group/decide.ts";
import type { Decision, Observation } from "../ports.ts";
import { draining, finishing, goBack, restoring, rollingBack } from "./back.ts";
import { keepUp } from "./capacity.ts";
import {
  baking,
  confirming,
  migrating,
  rollingOut,
  scaling,
  shifting,
  smokeTesting,
  soaking,
  validating,
  warming,
} from "./forward.ts";
import { judgeGate } from "./gate.ts";
import { contracting, heldUntil, isBack, lastMove, replay, stickinessAt, timeOf } from "./state.ts";
import { ensure, SETTLE_SECONDS, settle, type Turn, underWayUntil, wait } from "./steps.ts";
import { awaiting, beginning, othersHold, together, toldBack } from "./together.ts";
import { rulesOf, sameWeights } from "./world.ts";

const STAGES: Readonly<Record<Stage, (turn: Turn) => Decision>> = {
  validating,
  migrating,
  scaling,
  warming,
  "smoke-testing": smokeTesting,
  shifting,
  "rolling-out": rollingOut,
  confirming,
  baking,
  soaking,
  awaiting,
  draining,
  finishing,
  restoring,
  "rolling-back": rollingBack,
};

/** How long a person's word to write the weights again is meant: for those they saw, and not for who moves them later. */
const REWRITE_SECONDS = 300;

/**
 * What a release does next.
 *
 * Pure and deterministic: the same records and observation give the same decision, wherever and however often it is
 * asked. All it knows of time is the observation's. It reads nothing but records, so any host can go on where another
 * one stopped.
 *
 * @param records the service's history from the release's `started` on
 * @param host who would act; another host's unsettled action is waited for
 * @param members the services that are released together, this one too, in order; none for one alone
 */
export function decide(
  records: readonly LedgerRecord[],
  observation: Observation,
  host: string,
  members: readonly Member[] = [],
): Decision {
  const state = replay(records);
  if (state.ended !== undefined) {
    return { stage: "ended", reason: state.ended.reason, records: [], next: { type: "done" } };
  }
  const seen = members.map(seeMember);
  const group = seen.length === 0 ? undefined : { members: seen, decision: decideGroup(seen, observation.at) };
  const turn: Turn = { state, observation, host, group };
  if (state.stage === undefined) return beginning(turn, heldTurn);
  const settled = settle(turn);
  if (settled !== undefined) return settled;
  if (isBack(state)) {
    // No tasks end while the rule sends users to them, whoever wrote it.
    const away = state.stage === "draining" || state.stage === "finishing";
    return (away ? movedTurn(turn) : undefined) ?? STAGES[state.stage](turn);
  }

  const common = together(turn);
  if (common !== undefined) return common;
  const decided = group !== undefined && state.result === "promoted";
  if (state.rollback !== undefined && !decided && contracting(state) === undefined) {
    return goBack(turn, "rolled-back", toldBack(state.rollback));
  }
  const more = keepUp(turn);
  if (more !== undefined) return more;
  const held = heldTurn(turn) ?? movedTurn(turn) ?? (decided ? undefined : othersHold(turn));
  return held ?? STAGES[state.stage](turn);
}

/** While a release is held nothing goes forward, but a version that fails goes back all the same. */
function heldTurn(turn: Turn): Decision | undefined {
  const { state, observation } = turn;
  const { held, plan } = state;
  const decided = turn.group !== undefined && state.result === "promoted";
  if (held === undefined || (held.type === "held" && held.cause === "approval" && state.approved.has(state.step))) {
    return undefined;
  }
  // Whoever has left the old version behind is not sent back to it because nobody answered.
  const forwardOnly = state.result === "promoted";
  if (!forwardOnly && observation.at > timeOf(held) + plan.limits.hold * 60_000) {
    return goBack(turn, "inconclusive", `Nobody answered in ${duration(plan.limits.hold)}. ${held.reason}`);
  }
  if (held.type === "held" && held.cause === "weights-moved" && state.stage !== "confirming") {
    return wait(turn, held.reason);
  }
  // Of several services none goes back any more once all are promoted.
  return (decided ? undefined : judgeGate(turn)) ?? wait(turn, `Held by ${held.who}: ${held.reason}`);
}

/** A person let the release write its weights again, and it has not done so yet. */
function mayRewrite({ state, observation }: Turn): boolean {
  const { accepted, attempts } = state;
  if (accepted?.cause !== "weights-moved") return false;
  const written = attempts.some(
    ({ intent: { seq, action }, outcome }) =>
      seq > accepted.seq && action.type === "setWeights" && outcome?.ok === true,
  );
  return !written && observation.at < heldUntil(state) + REWRITE_SECONDS * 1000;
}

/** Somebody else moved the weights: they may have had a reason, so a person is asked and nothing is written over. */
function movedTurn(turn: Turn): Decision | undefined {
  const { state, observation } = turn;
  const { plan } = state;
  if (plan.strategy === "rolling") return undefined;
  const move = lastMove(state);
  const unanswered = move !== undefined && move.outcome === undefined;
  // These write their share again by themselves.
  if (unanswered && (state.stage === "shifting" || state.stage === "confirming")) return undefined;
  if (move?.outcome !== undefined && observation.at < timeOf(move.outcome) + SETTLE_SECONDS * 1000) return undefined;
  const rules = rulesOf(plan.rules, observation);
  const other = rules.find((rule) => rule === undefined || !sameWeights(rule.weights, state.weights));
  if (rules.every((rule) => rule !== undefined && sameWeights(rule.weights, state.weights))) return undefined;
  // What this release itself asked for and got no answer to may arrive late: that is nobody else.
  const late = unanswered || (isBack(state) && observation.at < underWayUntil(state));
  if (late || mayRewrite(turn)) {
    const share: Action = {
      type: "setWeights",
      rules: [...plan.rules],
      weights: state.weights,
      stickiness: stickinessAt(plan, state.weights[plan.candidate]),
    };
    return ensure(
      turn,
      [share],
      late ? "Write the weights again." : "A person let the release go on: write its weights again.",
    );
  }
  const found = other === undefined ? "a rule is gone" : `blue ${other.weights.blue}, green ${other.weights.green}`;
  const reason =
    `The weights were moved by somebody else: ${found}; the release left them at blue ${state.weights.blue}, green ${state.weights.green}. ` +
    "Resume to write them again, or roll back.";
  const told = state.held?.type === "held" && state.held.cause === "weights-moved";
  return wait(turn, reason, told ? [] : [{ type: "held", cause: "weights-moved", reason }]);
}
