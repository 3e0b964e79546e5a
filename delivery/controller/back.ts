import type { Action, LedgerDraft, ReleaseResult } from "../../contracts/ledger.ts";
import { otherColour } from "../../contracts/release.ts";
import { healthyFloor } from "../judge/judge.ts";
import type { Decision } from "../ports.ts";
import { askToGoBack } from "./ask-back.ts";
import { overdue, runHook } from "./hooks.ts";
import {
  capacityOf,
  contracting,
  firstShift,
  lastMove,
  leavingColour,
  shareOf,
  stickinessAt,
  timeOf,
} from "./state.ts";
import { act, ensure, enter, healthOf, instant, SETTLE_SECONDS, type Turn, underWayUntil, wait } from "./steps.ts";
import { lastTraffic } from "./world.ts";

/**
 * Sends everybody back. Nothing comes before it but the capacity to receive them.
 *
 * @param result what the release will have ended as
 * @param because the service whose failure takes this one back, of several that are released together
 */
export function goBack(
  turn: Turn,
  result: Exclude<ReleaseResult, "promoted">,
  reason: string,
  records: readonly LedgerDraft[] = [],
  because?: string,
): Decision {
  const { state, observation } = turn;
  const { plan, step } = state;
  const asked = askToGoBack(turn, result, reason, records);
  if (asked !== undefined) return asked;
  const options = { result, step, records, because };
  // An intent is enough: a call whose answer was lost may have been obeyed.
  if (firstShift(state) === undefined) return enter("finishing", reason, options);
  if (plan.strategy === "rolling") return enter("rolling-back", reason, options);
  const capacity = capacityOf(state) ?? plan.scaling.min;
  const old = observation.colours[otherColour(plan.candidate)];
  const ready = old.healthy >= healthyFloor(plan, capacity) && state.stage !== "finishing";
  return enter(ready ? "rolling-back" : "restoring", reason, options);
}

/** The old version was scaled in, or lost targets: it gets its tasks back before its users. */
export function restoring(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const colour = otherColour(plan.candidate);
  const capacity = capacityOf(state) ?? plan.scaling.min;
  const actions: Action[] = [
    { type: "setScalableMinimum", colour, minimum: capacity },
    { type: "setDesiredCount", colour, count: capacity },
  ];
  const action = ensure(turn, actions, `Give ${colour} its ${capacity} tasks back.`);
  const floor = healthyFloor(plan, capacity);
  const health = healthOf(turn, colour, capacity, floor);
  const { healthy } = observation.colours[colour];
  const accepted = state.accepted?.cause === "inconclusive" && healthy > 0;
  if (accepted || (action === undefined && health.enough)) {
    const reason = `${healthy} of ${capacity} targets of ${colour} are healthy.`;
    return enter("rolling-back", `${state.stageReason} ${reason}`, {
      step: state.step,
      result: state.result,
      records: health.records,
    });
  }
  const waiting = `Waiting for ${floor} healthy targets of ${colour} before users come back; it has ${healthy}.`;
  const next = action ?? wait(turn, waiting, health.records);
  return saying(turn, `${waiting} Resume to send users back to those it has.`, next);
}

/** What does not come about is tried on, and a person is told once. */
function saying(turn: Turn, reason: string, next: Decision): Decision {
  const told = turn.state.stageRecords.some(({ type }) => type === "held");
  if (told || !overdue(turn, turn.state.plan.limits.confirm)) return next;
  return { ...next, records: [{ type: "held", cause: "inconclusive", reason }, ...next.records] };
}

/** Takes a rolling release back. */
function oldVersion({ state: { plan } }: Turn): Action {
  const taskDefinition = plan.before.taskDefinition;
  return { type: "deploy", colour: plan.candidate, taskDefinition, ...plan.rolling };
}

/** One call: all weight to the old colour, stickiness off. */
export function rollingBack(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const last = state.stageAttempts.findLast(({ outcome }) => outcome?.ok === false)?.outcome;
  const stuck = `Users cannot be sent back${last === undefined ? "" : `: ${last.detail}`}. It is tried again.`;
  if (plan.strategy === "rolling") {
    const action = ensure(turn, [oldVersion(turn)], "Replace the tasks by those of the old version.");
    if (action !== undefined) return saying(turn, stuck, action);
    const { rollout, healthy, desired } = observation.colours[plan.candidate];
    // ECS says of what it has taken back itself that it failed.
    const replaced = rollout === "completed" || (rollout === "failed" && healthy >= Math.max(1, desired));
    if (!replaced) return saying(turn, stuck, wait(turn, "ECS brings the old version back."));
    return enter("finishing", state.stageReason, { step: state.step, result: state.result });
  }
  const action: Action = {
    type: "setWeights",
    rules: [...plan.rules],
    weights: shareOf(plan, 0),
    stickiness: stickinessAt(plan, 0),
  };
  // Written even if the rule says so already: what is seen may be older than a call whose answer was lost.
  const written = state.stageAttempts.some(({ outcome }) => outcome?.ok === true) || neverMoved(turn);
  const reason = `Send everybody back to ${otherColour(plan.candidate)}.`;
  const moving = written ? ensure(turn, [action], reason) : act(turn, action, reason);
  if (moving !== undefined) return saying(turn, stuck, moving);
  return enter("draining", state.stageReason, { step: state.step, result: state.result });
}

/** AWS has refused each write of weights, here too, and that was long enough ago to be seen. */
function neverMoved({ state, observation }: Turn): boolean {
  const refused = state.attempts.every(
    ({ intent, outcome }) => intent.action.type !== "setWeights" || outcome?.ok === false,
  );
  const first = state.stageAttempts[0]?.outcome;
  return refused && first !== undefined && observation.at >= timeOf(first) + SETTLE_SECONDS * 1000;
}

/**
 * When the last user may have left the colour that is scaled in: the end of the last sample with a request, but no
 * earlier than every node of the load balancer may have heard. A few late requests can hide in a metric.
 */
function quietSince(turn: Turn): { readonly heard: number; readonly quiet: number } {
  const { state, observation } = turn;
  const move = lastMove(state);
  const moved = move === undefined ? state.since : timeOf(move.outcome ?? move.intent);
  const colour = leavingColour(state);
  const heard = moved + state.plan.propagationSeconds * 1000;
  const last = colour === undefined ? heard : lastTraffic(state.plan, observation, colour, moved);
  return { heard, quiet: Math.max(heard, last) };
}

/** No task ends before its colour had no requests for the whole drain, seen in the data plane. */
export function draining(turn: Turn): Decision {
  const { state, observation } = turn;
  const { plan } = state;
  const colour = leavingColour(state);
  const { heard, quiet } = quietSince(turn);
  const drained = (since: number) => observation.at >= since + plan.drainSeconds * 1000;
  const seen = drained(quiet) && observation.completeThrough >= quiet + plan.drainSeconds * 1000;
  // Requests that the rule does not send, such as somebody's own to the tasks, may never end.
  const accepted = state.accepted?.cause === "inconclusive" && drained(heard);
  if (seen || accepted) {
    const reason = seen ? state.stageReason : `${state.stageReason} A person let the last requests end.`;
    return enter("finishing", reason, { step: state.step, result: state.result ?? "promoted" });
  }
  const reason = `${colour} finishes its last requests: none since ${instant(quiet)}, ${plan.drainSeconds} s are needed.`;
  if (observation.at > state.since + plan.limits.drain * 60_000 && state.accepted === undefined) {
    const stuck = `${reason} It still has requests after ${plan.limits.drain} minutes, so its tasks are left running. Resume to end them all the same.`;
    const told = state.stageRecords.some((record) => record.type === "held" && record.cause === "inconclusive");
    return wait(turn, stuck, told ? [] : [{ type: "held", cause: "inconclusive", reason: stuck }]);
  }
  return wait(turn, reason);
}

/** Tasks that nobody uses end, and autoscaling gets its limits back. */
export function finishing(turn: Turn): Decision {
  const { state } = turn;
  const { plan } = state;
  const result = state.result ?? "promoted";
  const leaving = leavingColour(state);
  const live = leaving === undefined ? plan.candidate : otherColour(leaving);
  const weights = shareOf(plan, result === "promoted" ? 100 : 0);
  const actions: Action[] = [];
  if (leaving === undefined) {
    if (result !== "promoted") actions.push(oldVersion(turn));
  } else {
    const shifted = firstShift(state) !== undefined;
    const { after } = plan.stickiness;
    if (shifted && after.enabled) {
      actions.push({ type: "setWeights", rules: [...plan.rules], weights, stickiness: after });
    }
    // Where nothing was scaled, nothing has to be scaled back.
    if (capacityOf(state) !== undefined) {
      actions.push(
        { type: "setScalableMinimum", colour: leaving, minimum: 0 },
        { type: "setDesiredCount", colour: leaving, count: 0 },
        { type: "setScalableMinimum", colour: live, minimum: plan.scaling.min },
      );
    }
  }
  const action = ensure(turn, actions, `End the tasks of ${leaving}, which has no users.`);
  if (action !== undefined) return action;
  const until = underWayUntil(state);
  if (turn.observation.at < until) {
    return wait(turn, "A call that gave no answer may still take effect.", [], until);
  }
  // The new version has the users either way: a contract hook that fails is told, and undoes nothing.
  const failures: string[] = [];
  for (const hook of result === "promoted" ? plan.hooks.filter(({ phase }) => phase === "contract") : []) {
    const running = runHook(turn, hook, (problem) => {
      failures.push(problem);
      return undefined;
    });
    if (running !== undefined) return running;
  }
  const { rollback } = state;
  const hook = contracting(state);
  if (hook !== undefined && rollback !== undefined) {
    failures.push(`${rollback.who} asked for a rollback after "${hook}" had begun, so the old version got no users.`);
  }
  const reason = [state.stageReason, ...failures].join(" ");
  const ended: LedgerDraft = {
    type: "ended",
    result,
    reason,
    live,
    weights,
    ...(result === "promoted" || firstShift(state) === undefined
      ? {}
      : { trafficOffAt: instant(quietAfterMove(turn)) }),
  };
  return { stage: "finishing", reason, records: [ended], next: { type: "again" } };
}

/** When the bad colour had its last user: the rollback itself, or the end of the last sample with a request. */
function quietAfterMove(turn: Turn): number {
  const { state, observation } = turn;
  const back = state.attempts.find(
    ({ intent: { action } }) =>
      (action.type === "setWeights" && action.weights[state.plan.candidate] === 0) ||
      (action.type === "deploy" && action.taskDefinition === state.plan.before.taskDefinition),
  );
  const moved = back === undefined ? observation.at : timeOf(back.outcome ?? back.intent);
  if (state.plan.strategy === "rolling") return moved;
  return lastTraffic(state.plan, observation, state.plan.candidate, moved);
}
