import type { Action, LedgerRecord, RecordOf, ReleaseResult, Stage } from "../../contracts/ledger.ts";
import { otherColour, type ReleasePlan, type Stickiness, type Weights } from "../../contracts/release.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { Gate } from "../judge/evidence.ts";

/** An action as the ledger knows it: what was meant, and what became of it. */
export interface Attempt {
  readonly intent: RecordOf<"intent">;
  readonly outcome: RecordOf<"outcome"> | undefined;
}

/** What a release's records say, all of it computed from them. */
export interface ReleaseState {
  readonly plan: ReleasePlan;
  readonly started: RecordOf<"started">;
  readonly ended: RecordOf<"ended"> | undefined;
  readonly stage: Stage | undefined;
  readonly step: number;
  /** When the stage began. */
  readonly since: number;
  readonly stageReason: string;
  /** Set while the release is on its way back. */
  readonly result: ReleaseResult | undefined;
  /** Set while it waits for others, has failed, and has to let them go back first. */
  readonly asks: Exclude<ReleaseResult, "promoted"> | undefined;
  readonly attempts: readonly Attempt[];
  /** Attempts since the stage began. */
  readonly stageAttempts: readonly Attempt[];
  /** Weights that the ledger says are live. */
  readonly weights: Weights;
  /** What holds the release now. */
  readonly held: RecordOf<"held"> | RecordOf<"command"> | undefined;
  /** The hold of this stage that a person ended with `resume`, if its cause was found by the controller. */
  readonly accepted: RecordOf<"held"> | undefined;
  readonly approved: ReadonlySet<number>;
  readonly rollback: RecordOf<"command"> | undefined;
  readonly records: readonly LedgerRecord[];
  readonly stageRecords: readonly LedgerRecord[];
}

export const timeOf = (record: { readonly at: string }): number => Date.parse(record.at);

/** Weights with a share on the candidate and the rest on the other colour. */
export function shareOf(plan: ReleasePlan, candidate: number): Weights {
  // A rolling release leaves the rule as it is: all users stay on the one colour.
  const colour = plan.candidate;
  const share = plan.strategy === "rolling" ? 100 : candidate;
  return colour === "blue" ? { blue: share, green: 100 - share } : { blue: 100 - share, green: share };
}

/**
 * Reads the state of a release from its records.
 *
 * @param records the service's history from the release's `started` on
 * @throws Error when there is no release in them
 */
export function replay(records: readonly LedgerRecord[]): ReleaseState {
  const started = records.findLast((record) => record.type === "started") as RecordOf<"started"> | undefined;
  if (started === undefined) throw new Error("the ledger has no release of this service");
  const own = records.filter((record) => record.release === started.release && record.seq >= started.seq);
  const of = <T extends LedgerRecord["type"]>(type: T, from: readonly LedgerRecord[] = own) =>
    from.filter((record): record is RecordOf<T> => record.type === type);

  const outcomes = new Map(of("outcome").map((outcome) => [outcome.intent, outcome]));
  const attempts = of("intent").map((intent) => ({ intent, outcome: outcomes.get(intent.seq) }));
  const entered = of("entered").at(-1);
  const from = entered?.seq ?? started.seq;
  const stageRecords = own.filter(({ seq }) => seq > from);
  const { plan } = started;
  const moved = attempts.findLast(({ intent, outcome }) => intent.action.type === "setWeights" && outcome?.ok === true);
  const holds = own.filter(
    (record) =>
      record.type === "held" || (record.type === "command" && ["hold", "resume", "approve"].includes(record.command)),
  );
  let held: ReleaseState["held"];
  let accepted: RecordOf<"held"> | undefined;
  for (const record of holds) {
    if (record.type === "held") held = record;
    else if (record.type !== "command") continue;
    else if (record.command === "hold") held = record;
    else if (record.command === "approve") held = held?.type === "held" && held.cause === "approval" ? undefined : held;
    else {
      if (held?.type === "held" && held.seq > from) accepted = held;
      held = undefined;
    }
  }
  return {
    plan,
    started,
    ended: of("ended").at(-1),
    stage: entered?.stage,
    step: entered?.step ?? 0,
    since: timeOf(entered ?? started),
    stageReason: entered?.reason ?? "the release has started",
    result: entered?.result,
    asks: entered?.asks,
    attempts,
    stageAttempts: attempts.filter(({ intent }) => intent.seq > from),
    weights: moved?.intent.action.type === "setWeights" ? moved.intent.action.weights : shareOf(plan, 0),
    held,
    // Forwards only: what a person accepted on the way there does not hold on the way back.
    accepted,
    approved: new Set(of("command").flatMap(({ command, step }) => (command === "approve" ? [step ?? -1] : []))),
    rollback: of("command").findLast(({ command }) => command === "rollback"),
    records: own,
    stageRecords,
  };
}

/** The colour that has no users when the release ends, and is scaled in. Undefined for a rolling release. */
export function leavingColour(state: ReleaseState): Colour | undefined {
  if (state.plan.strategy === "rolling") return undefined;
  return state.result === undefined || state.result === "promoted"
    ? otherColour(state.plan.candidate)
    : state.plan.candidate;
}

/**
 * Tasks that both colours have while the release runs; known once the first of them was asked for. More are asked for
 * when the load grows.
 *
 * @param before asked for before this record, so that they had the time to start
 */
export function capacityOf({ attempts }: ReleaseState, before = Number.POSITIVE_INFINITY): number | undefined {
  const asked = attempts.flatMap(({ intent: { seq, action } }) =>
    action.type === "setScalableMinimum" && seq < before ? [action.minimum] : [],
  );
  return asked.length === 0 ? undefined : Math.max(...asked);
}

/** The hook that takes away what only the old version needs, once it may have begun: from then on nobody can go back to it. */
export function contracting({ plan, attempts }: ReleaseState): string | undefined {
  const hooks = plan.hooks.filter(({ phase }) => phase === "contract").map(({ id }) => id);
  return attempts.flatMap(({ intent: { action } }) =>
    action.type === "runHook" && hooks.includes(action.hook) ? [action.hook] : [],
  )[0];
}

export function isBack({ result }: ReleaseState): boolean {
  return result === "rolled-back" || result === "inconclusive";
}

/** Whether users go back now, or should. What ends tasks afterwards is no part of it. */
export function usersGoBack(state: ReleaseState): boolean {
  if (state.stage === "draining" || state.stage === "finishing") return false;
  return state.rollback !== undefined || isBack(state);
}

/** When a person last let the release go on. */
export function heldUntil({ records }: ReleaseState): number {
  const last = records.findLast(
    (record) => record.type === "command" && (record.command === "resume" || record.command === "approve"),
  );
  return last === undefined ? 0 : timeOf(last);
}

/** When users were, or may have been, sent to the candidate for the first time. */
export function firstShift(state: ReleaseState): Attempt | undefined {
  return state.attempts.find(({ intent }) => sendsUsers(state.plan, intent.action));
}

function sendsUsers(plan: ReleasePlan, action: Action): boolean {
  if (plan.strategy === "rolling") return action.type === "deploy";
  return action.type === "setWeights" && action.weights[plan.candidate] > 0;
}

/** The last time weights or version were written, as they are now. */
export function lastMove(state: ReleaseState): Attempt | undefined {
  return state.attempts.findLast(({ intent: { action } }) => action.type === "setWeights" || action.type === "deploy");
}

/** The step whose traffic is on the candidate now; -1 before the first. While the next is only about to come, the last. */
export function judgedStep(state: ReleaseState): number {
  return state.stage === "shifting" ? state.step - 1 : state.step;
}

/** When users were first seen to be sent to the candidate as the step says; undefined while they are not. */
export function reachedAt(state: ReleaseState, step: number): number | undefined {
  const weight = state.plan.steps[step]?.weight;
  const reached = state.attempts.find(
    ({ intent: { action }, outcome }) =>
      outcome?.ok === true &&
      sendsUsers(state.plan, action) &&
      (action.type !== "setWeights" || action.weights[state.plan.candidate] === weight),
  );
  return reached?.outcome === undefined ? undefined : timeOf(reached.outcome);
}

/** What is judged now; undefined before there are users on the candidate. */
export function gateOf(state: ReleaseState): Gate | undefined {
  const step = judgedStep(state);
  const first = firstShift(state);
  const reached = reachedAt(state, step);
  if (first === undefined || reached === undefined) return undefined;
  const left = state.attempts.find(
    ({ intent: { action } }) => action.type === "setWeights" && action.weights[state.plan.candidate] === 100,
  );
  const soak = soaks(state.stage)
    ? state.records.findLast((record) => record.type === "entered" && record.stage === "soaking")
    : undefined;
  return {
    kind: soak === undefined ? "step" : "soak",
    step,
    since: soak === undefined ? reached : timeOf(soak),
    firstShift: timeOf(first.intent),
    lastShift: left === undefined ? undefined : timeOf(left.intent),
  };
}

/** Waiting for other services goes on with the soak: looks at one gate may be as many as they like. */
function soaks(stage: Stage | undefined): boolean {
  return stage === "soaking" || stage === "awaiting";
}

export function stepWeight(state: ReleaseState): number {
  return state.plan.steps[state.step]!.weight;
}

/** Samples that the last look at the current gate was based on. */
export function lookedOf(state: ReleaseState): number {
  const judged = state.records.findLast(
    (record): record is RecordOf<"judged"> =>
      record.type === "judged" && record.step === judgedStep(state) && soaks(record.stage) === soaks(state.stage),
  );
  return judged?.minutes ?? 0;
}

/** Stickiness of the live rule at a step. */
export function stickinessAt(plan: ReleasePlan, weight: number): Stickiness {
  // With all users on one side a cookie could only send them to the other.
  return weight > 0 && weight < 100 ? plan.stickiness.during : { enabled: false };
}
