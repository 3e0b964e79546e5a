import type { Action, RecordOf } from "../../contracts/ledger.ts";
import type { ReleaseHook } from "../../contracts/release.ts";
import type { Decision } from "../ports.ts";
import { timeOf } from "./state.ts";
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

export function overdue({ state, observation }: Turn, minutes: number): boolean {
  return observation.at > state.since + minutes * 60_000;
}

/** As `overdue`, from the first try of the stage: waiting for a person before it does not count. */
export function triedTooLong({ state, observation }: Turn, minutes: number): boolean {
  const first = state.stageAttempts[0];
  return first !== undefined && observation.at > timeOf(first.intent) + minutes * 60_000;
}
