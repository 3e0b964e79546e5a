import type { Action, LedgerDraft, RecordOf, ReleaseResult, Stage } from "../../contracts/ledger.ts";
import type { GroupDecision, SeenMember } from "../group/decide.ts";
import type { Decision, Observation } from "../ports.ts";
import { type ReleaseState, timeOf, usersGoBack } from "./state.ts";
import { isDone } from "./world.ts";

/** Seconds in which an action has to be sent; after that, somebody else may act. */
const ACTION_SECONDS = 60;

/** The API may answer with what was there before for so long. */
export const SETTLE_SECONDS = 30;

/** Most seconds between two tries of the same thing. */
const MOST_BACKOFF_SECONDS = 30;

/** What a stage works with. */
export interface Turn {
  readonly state: ReleaseState;
  readonly observation: Observation;
  readonly host: string;
  /** The services that are released together with this one, and what is decided for all; undefined for one alone. */
  readonly group?: { readonly members: readonly SeenMember[]; readonly decision: GroupDecision } | undefined;
}

export const instant = (time: number): string => new Date(time).toISOString();

/** Goes to another stage, and decides there at once. */
export function enter(
  stage: Stage,
  reason: string,
  options: {
    step?: number | undefined;
    result?: ReleaseResult | undefined;
    asks?: Exclude<ReleaseResult, "promoted"> | undefined;
    because?: string | undefined;
    records?: readonly LedgerDraft[];
  } = {},
): Decision {
  const { step, result, asks, because, records = [] } = options;
  const entered: LedgerDraft = {
    type: "entered",
    stage,
    reason,
    ...(step === undefined ? {} : { step }),
    ...(result === undefined ? {} : { result }),
    ...(asks === undefined ? {} : { asks }),
    ...(because === undefined ? {} : { because }),
  };
  return { stage, reason, records: [...records, entered], next: { type: "again" } };
}

/** Looks again after a while. */
export function wait(
  { state, observation }: Turn,
  reason: string,
  records: readonly LedgerDraft[] = [],
  until?: number,
): Decision {
  const next = until ?? observation.at + state.plan.healthCheckSeconds * 1000;
  return {
    stage: state.stage ?? "validating",
    reason,
    records,
    next: { type: "wait", until: Math.max(next, observation.at + 1000) },
  };
}

/** Does something, written down before. A thing that did not work is tried again, more and more slowly. */
export function act(turn: Turn, action: Action, reason: string, seconds = ACTION_SECONDS): Decision {
  const { state, observation } = turn;
  const same = state.stageAttempts.filter(({ intent }) => JSON.stringify(intent.action) === JSON.stringify(action));
  const last = same.at(-1)?.intent;
  if (last !== undefined) {
    const next = timeOf(last) + Math.min(MOST_BACKOFF_SECONDS, 2 ** (same.length - 1)) * 1000;
    if (observation.at < next) return wait(turn, `${reason} Trying again.`, [], next);
  }
  const deadline = observation.at + seconds * 1000;
  const rule = observation.rules.find(({ arn }) => state.plan.rules.includes(arn));
  const intent: LedgerDraft = {
    type: "intent",
    action,
    reason,
    ...(rule === undefined ? {} : { weightsBefore: rule.weights }),
    deadline: instant(deadline),
  };
  return { stage: state.stage ?? "validating", reason, records: [intent], next: { type: "act", action, deadline } };
}

/** The first of these actions that the world does not show yet; undefined when all are done. */
export function ensure(turn: Turn, actions: readonly Action[], reason: string): Decision | undefined {
  const open = actions.find((action) => isDone(action, turn.observation) !== true);
  return open === undefined ? undefined : act(turn, open, reason);
}

/** Seconds a host may be silent after its deadline before another takes its action over. */
const TAKEOVER_SECONDS = 30;

/** Until when a call that nobody got an answer to may still take effect: somebody sent it, and it is under way. */
export function underWayUntil({ attempts }: ReleaseState): number {
  const open = attempts.filter(({ outcome }) => outcome === undefined);
  return Math.max(0, ...open.map(({ intent }) => Date.parse(intent.deadline) + TAKEOVER_SECONDS * 1000));
}

/**
 * What became of the action that was written down last.
 *
 * @returns a decision while that is not known: it is settled by the world, or another host may still be doing it
 */
export function settle(turn: Turn): Decision | undefined {
  const { state, observation, host } = turn;
  const last = state.attempts.at(-1);
  if (last === undefined || last.outcome !== undefined) return undefined;
  const { intent } = last;
  const stage = state.stage ?? "validating";
  if (isDone(intent.action, observation) === true) {
    const outcome: LedgerDraft = { type: "outcome", intent: intent.seq, ok: true, detail: "seen in the world" };
    return { stage, reason: "The last action has happened.", records: [outcome], next: { type: "again" } };
  }
  const free = Date.parse(intent.deadline) + TAKEOVER_SECONDS * 1000;
  // Users on their way back wait for no other host: what it may still be doing is the same, or is written over when it
  // takes effect, and nothing ends before that.
  if (intent.who !== host && observation.at < free && !usersGoBack(state)) {
    return wait(turn, `${intent.who} may still be doing ${intent.action.type}.`, [], free);
  }
  return undefined;
}

/** Health of a colour over the looks that the ledger has of this stage, and what to add to it. */
export function healthOf(
  turn: Turn,
  colour: "blue" | "green",
  expected: number,
  floor: number,
): { enough: boolean; streak: number; misses: number; records: LedgerDraft[] } {
  const { state, observation } = turn;
  const { healthy, unhealthy } = observation.colours[colour];
  const enough = healthy >= floor && (floor < expected || unhealthy === 0);
  const looks = state.stageRecords.filter(
    (record): record is RecordOf<"health"> => record.type === "health" && record.colour === colour,
  );
  const lastLook = looks.at(-1);
  // A look is written down a moment after it was made, and the next one is due an interval after it was made.
  const due = lastLook === undefined || observation.at >= timeOf(lastLook) + state.plan.healthCheckSeconds * 800;
  const records: LedgerDraft[] = due ? [{ type: "health", colour, healthy, expected, enough }] : [];
  const all = [...looks.map((look) => look.enough), ...(due ? [enough] : [])];
  const run = (value: boolean) => {
    const end = all.toReversed().findIndex((look) => look !== value);
    return end < 0 ? all.length : end;
  };
  return { enough, streak: run(true), misses: run(false), records };
}
