import type { Action, RecordOf } from "../../contracts/ledger.ts";
import type { ReleaseHook } from "../../contracts/release.ts";
import type { Decision } from "../ports.ts";
import { heldUntil, timeOf } from "./state.ts";
import { act, type Turn } from "./steps.ts";

/** Hooks of a phase one after the other; undefined when all are done. */
export function runHooks(
  turn: Turn,
  phase: ReleaseHook["phase"],
  failed: (reason: string) => Decision,
): Decision | undefined {
  for (const hook of turn.state.plan.hooks.filter((candidate) => candidate.phase === phase)) {
    const running = runHook(turn, hook, failed);
    if (running !== undefined) return running;
  }
  return undefined;
}

/** One hook; undefined when it is done. `failed` says what follows when it fails or never answers. */
export function runHook(
  turn: Turn,
  hook: ReleaseHook,
  failed: (reason: string) => Decision | undefined,
): Decision | undefined {
  const action: Action = { type: "runHook", hook: hook.id };
  const outcome = outcomeOf(turn, (other) => other.type === "runHook" && other.hook === hook.id);
  if (outcome?.ok === false) return failed(`The hook "${hook.id}" failed: ${outcome.detail}`);
  if (outcome !== undefined) return undefined;
  if (triedTooLong(turn, hook.timeoutSeconds / 60 + turn.state.plan.limits.prepare)) {
    return failed(`The hook "${hook.id}" gave no answer.`);
  }
  return act(turn, action, `Run the hook "${hook.id}".`, hook.timeoutSeconds);
}

/** What became of such an action, if that is known. */
export function outcomeOf({ state }: Turn, which: (action: Action) => boolean): RecordOf<"outcome"> | undefined {
  return state.attempts.findLast(({ intent, outcome }) => outcome !== undefined && which(intent.action))?.outcome;
}

/** More than so many minutes of the stage's own: waiting for a person does not count. */
export function overdue(turn: Turn, minutes: number): boolean {
  return tooLongSince(turn, turn.state.since, minutes);
}

/** As `overdue`, from the first try of the stage. */
export function triedTooLong(turn: Turn, minutes: number): boolean {
  const first = turn.state.stageAttempts[0];
  return first !== undefined && tooLongSince(turn, timeOf(first.intent), minutes);
}

/** Of several services each waits while one of them is held. */
function tooLongSince({ state, observation, group }: Turn, since: number, minutes: number): boolean {
  const others = group?.members.flatMap((member) => member.state ?? []) ?? [];
  const from = Math.max(since, ...[state, ...others].map(heldUntil));
  return observation.at > from + minutes * 60_000;
}
