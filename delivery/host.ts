import { isDeepStrictEqual } from "node:util";
import {
  type LedgerDraft,
  type LedgerRecord,
  ledgerKey,
  type ReleaseCommand,
  runningRelease,
} from "../contracts/ledger.ts";
import type { ReleasePlan } from "../contracts/release.ts";
import { decide } from "./controller/decide.ts";
import { firstShift, type ReleaseState, replay, timeOf, usersGoBack } from "./controller/state.ts";
import { decideGroup, type Member, seeMember } from "./group/decide.ts";
import { readMembers } from "./group/members.ts";
import { BEFORE_MS } from "./judge/evidence.ts";
import { pendingNotices } from "./notices.ts";
import type { ActionResult, Clock, Decision, Ledger, ObservationRequest, ReleasePorts, ServiceKey } from "./ports.ts";
import { projectMirror } from "./projection.ts";

/** Where a release is after one turn. */
export interface TurnResult {
  readonly stage: Decision["stage"];
  readonly reason: string;
  readonly done: boolean;
  /** When the next turn is due, in milliseconds since 1970. */
  readonly due: number;
}

/** Gives a record its place in the history. */
function place(
  draft: LedgerDraft,
  records: readonly LedgerRecord[],
  key: ServiceKey,
  who: string,
  at: number,
): LedgerRecord {
  const last = records.at(-1);
  if (last === undefined) throw new Error("a release's first record is written by startRelease");
  return {
    ...draft,
    service: ledgerKey(key.environment, key.service),
    seq: last.seq + 1,
    release: last.release,
    at: new Date(at).toISOString(),
    who,
  } as LedgerRecord;
}

/**
 * Starts a release, which takes the lease on the service: nothing else is written, no traffic is touched.
 *
 * @returns the running release of somebody else when there is one, and the new one otherwise
 */
export async function startRelease(
  ports: { readonly ledger: Ledger; readonly clock: Clock },
  plan: ReleasePlan,
  who: string,
): Promise<{ readonly started: boolean; readonly release: string; readonly who: string; readonly since: string }> {
  const key = { environment: plan.environment, service: plan.service };
  for (;;) {
    const records = await ports.ledger.readCurrent(key);
    const running = runningRelease(records);
    if (running !== undefined) {
      // The same plan again means that an answer was lost, and the release has started.
      return {
        started: running.release === plan.release,
        release: running.release,
        who: running.who,
        since: running.at,
      };
    }
    if (records.some(({ release }) => release === plan.release)) {
      throw new Error(`there was a release "${plan.release}" of ${plan.service} already; choose another id`);
    }
    const record: LedgerRecord = {
      type: "started",
      plan,
      service: ledgerKey(plan.environment, plan.service),
      seq: (records.at(-1)?.seq ?? 0) + 1,
      release: plan.release,
      at: new Date(ports.clock.now()).toISOString(),
      who,
    };
    if ((await ports.ledger.append(record)) === "appended") {
      return { started: true, release: plan.release, who, since: record.at };
    }
  }
}

/**
 * Tells the running release something: hold, resume, approve a step, roll back.
 *
 * @throws Error when no release runs
 */
export async function commandRelease(
  ports: { readonly ledger: Ledger; readonly clock: Clock },
  key: ServiceKey,
  command: { readonly command: ReleaseCommand; readonly reason: string; readonly step?: number },
  who: string,
): Promise<LedgerRecord> {
  for (;;) {
    const records = await ports.ledger.readCurrent(key);
    if (runningRelease(records) === undefined) {
      throw new Error(
        `no release of ${key.service} runs in ${key.environment}, so there is nothing to ${command.command}`,
      );
    }
    const record = place({ type: "command", ...command }, records, key, who, ports.clock.now());
    if ((await ports.ledger.append(record)) === "appended") return record;
  }
}

/** What has to be observed for the next decision. */
export function observationRequest(records: readonly LedgerRecord[]): ObservationRequest {
  const state = replay(records);
  const { plan } = state;
  const first = firstShift(state);
  const begin = (first === undefined ? timeOf(state.started) : timeOf(first.intent)) - BEFORE_MS;
  const lengths = plan.steps.flatMap((step) => [step.p95WindowSeconds, step.p99WindowSeconds]);
  return {
    plan,
    since: Math.floor(begin / 60_000) * 60_000,
    latencyWindowSeconds: [...new Set(lengths)].filter(
      (seconds): seconds is number => seconds !== undefined && seconds !== plan.sampleSeconds,
    ),
    metrics: plan.judgement.metrics,
  };
}

/** Whether users go back, alone or with those of other services: nothing is waited for that only the way forward needs. */
function isUrgent(state: ReleaseState, members: readonly Member[], at: number): boolean {
  if (state.stage === "draining" || state.stage === "finishing") return false;
  return usersGoBack(state) || (members.length > 0 && decideGroup(members.map(seeMember), at).phase === "back");
}

/** Stages that do not wait for the mirror: it is written beside them, and again when that fails. */
const URGENT: readonly string[] = ["restoring", "rolling-back"];

/**
 * One turn of a release: read, look, decide, write down, tell infrastructure code, act, write down what came of it.
 *
 * May be cut off anywhere and called again by any host. It throws when ledger, mirror or world cannot be reached; then
 * nothing was done that is not written down, and traffic is as it was.
 */
export async function turn(ports: ReleasePorts, key: ServiceKey): Promise<TurnResult> {
  const { ledger, mirror, observer, actor, clock, host } = ports;
  let records = await ledger.readCurrent(key);
  const append = async (draft: LedgerDraft): Promise<boolean> => {
    const record = place(draft, records, key, host, clock.now());
    if ((await ledger.append(record)) === "conflict") return false;
    records = [...records, record];
    return true;
  };
  const tell = async (): Promise<void> => {
    const projected = projectMirror(records);
    if (!isDeepStrictEqual(await mirror.read(key), projected)) await mirror.write(key, projected);
  };
  const state = replay(records);
  if (state.ended !== undefined) {
    // Whoever wrote the end down may have come no further.
    await tell();
    await sendNotices(ports, records, append);
    return { stage: "ended", reason: state.ended.reason, done: true, due: clock.now() };
  }
  const members = await readMembers(ledger, key, records);
  const urgent = isUrgent(state, members, clock.now());
  const observation = await observer.observe({ ...observationRequest(records), urgent });
  const decision = decide(records, observation, host, members);
  const result = (due: number, done = false): TurnResult => ({
    stage: decision.stage,
    reason: decision.reason,
    done,
    due,
  });
  for (const draft of decision.records) {
    // Somebody wrote at the same time: what they wrote may change the decision.
    if (!(await append(draft))) return result(clock.now());
  }
  // Going forward can wait until infrastructure code can be told; users on a bad version cannot.
  const hurried = URGENT.includes(decision.stage);
  if (hurried && decision.next.type === "again") return result(clock.now());
  const telling = hurried ? tell().catch(() => {}) : await tell();

  if (decision.next.type === "act") {
    const intent = records.at(-1)!.seq;
    const { action, deadline } = decision.next;
    if (clock.now() >= deadline) return result(clock.now());
    const { plan } = replay(records);
    const name = action.type === "runHook" ? action.hook : action.type;
    let answer: ActionResult | undefined;
    try {
      answer = await actor.perform(action, { plan, token: `${plan.release}/${name}`, deadline });
    } catch {
      // Nobody knows whether it was done; the next turn looks.
      return result(clock.now() + 1000);
    } finally {
      await telling;
    }
    const outcome: LedgerDraft = { type: "outcome", intent, ok: answer.ok, detail: answer.detail };
    await append(answer.counts === undefined ? outcome : { ...outcome, counts: { ...answer.counts } });
    return result(clock.now());
  }
  await telling;
  // What is to be done at once does not wait for whoever delivers messages; after the end there is nothing more to do.
  if (decision.next.type !== "again" || records.at(-1)?.type === "ended") await sendNotices(ports, records, append);
  if (decision.next.type === "wait") return result(decision.next.until);
  return result(clock.now(), decision.next.type === "done");
}

/** At least once each; one that cannot be sent now is tried again at the next turn and never holds up a release. */
async function sendNotices(
  { notifier }: ReleasePorts,
  records: readonly LedgerRecord[],
  append: (draft: LedgerDraft) => Promise<boolean>,
): Promise<void> {
  const { upTo, notices } = pendingNotices(replay(records).plan, records);
  if (notices.length === 0) return;
  try {
    for (const notice of notices) await notifier.notify(notice);
  } catch {
    return;
  }
  await append({ type: "notified", upTo });
}

/** Runs a release to its end, turn by turn. */
export async function runRelease(
  ports: ReleasePorts,
  key: ServiceKey,
  options: { readonly signal?: AbortSignal; readonly onTurn?: (result: TurnResult) => void } = {},
): Promise<TurnResult> {
  for (;;) {
    options.signal?.throwIfAborted();
    const result = await turn(ports, key);
    options.onTurn?.(result);
    if (result.done) return result;
    if (result.due > ports.clock.now()) await ports.clock.sleepUntil(result.due, options.signal);
  }
}
