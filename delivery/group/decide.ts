import type { LedgerRecord, RecordOf, ReleaseResult } from "../../contracts/ledger.ts";
import { firstShift, type ReleaseState, replay, timeOf } from "../controller/state.ts";

/** A service of a release of several, as its ledger has it. */
export interface Member {
  readonly service: string;
  /** Records of this release; empty while its lease is not taken. */
  readonly records: readonly LedgerRecord[];
}

/**
 * Where a service stands in a release of several.
 *
 * `absent`: its lease is not taken. `waiting`: it is, and nothing has begun. `running`: on its way forward. `ready`: all
 * users are on the new version, and both versions have their tasks. `asking`: it was ready and failed after all.
 * `returning`: on its way back. `away`: the rule sends everybody to the old version. `back`: and nobody had a request at
 * the new one for the whole drain, or nobody ever had. `promoted`: as the whole.
 */
export type MemberPlace =
  | "absent"
  | "waiting"
  | "running"
  | "ready"
  | "asking"
  | "returning"
  | "away"
  | "back"
  | "promoted";

/** A member with what follows from its ledger. */
export interface SeenMember {
  readonly service: string;
  readonly place: MemberPlace;
  /** Undefined only while it is `absent`. */
  readonly state: ReleaseState | undefined;
}

/** What a release of several services does next. */
export interface GroupDecision {
  /** `starting`: not all leases are taken. `forward`: one after the other. `promoted` and `back` are final. */
  readonly phase: "starting" | "forward" | "promoted" | "back";
  /** The service whose turn it is; undefined when nobody's is. */
  readonly next: string | undefined;
  /** Why, in one sentence for a person. */
  readonly reason: string;
  /** On the way back: the service that failed, or could not be taken. */
  readonly failed?: string;
  /** On the way back: what all of them will have ended as. */
  readonly result?: Exclude<ReleaseResult, "promoted">;
}

/** Seconds in which all leases have to be taken; taking them is a matter of moments. */
const START_SECONDS = 120;

export function seeMember({ service, records }: Member): SeenMember {
  const state = records.length === 0 ? undefined : replay(records);
  return { service, state, place: state === undefined ? "absent" : placeOf(state) };
}

function placeOf(state: ReleaseState): MemberPlace {
  if ((state.ended?.result ?? state.result) === "promoted") return "promoted";
  if (state.ended !== undefined) return "back";
  if (state.result !== undefined) {
    if (state.stage === "finishing" || firstShift(state) === undefined) return "back";
    return state.stage === "draining" ? "away" : "returning";
  }
  if (state.stage === undefined) return "waiting";
  if (state.stage !== "awaiting") return "running";
  return state.asks === undefined && state.rollback === undefined ? "ready" : "asking";
}

const FAILED: readonly MemberPlace[] = ["asking", "returning", "away", "back"];

/**
 * What a release of several services does next.
 *
 * Pure and deterministic, as the controller of one: the same ledgers give the same answer. The last service in order
 * decides for all: the record that it is promoted makes the others so, and the record that it goes back lets them go
 * back. Both stand in one ledger, where only one of them can be written, so no two hosts can decide differently. A
 * service that is `ready` leaves that place by this decision only.
 *
 * @param members all of them, in the order in which they are released
 * @param at milliseconds since 1970
 */
export function decideGroup(members: readonly SeenMember[], at: number): GroupDecision {
  if (members.some(({ place }) => place === "promoted")) {
    const names = listed(members.map(({ service }) => service));
    return { phase: "promoted", next: undefined, reason: `All users of ${names} are on the new versions.` };
  }
  if (members.some(({ place }) => FAILED.includes(place))) return back(members);
  const absent = members.filter(({ place }) => place === "absent");
  if (absent.length > 0) {
    const began = Math.min(...members.flatMap(({ state }) => (state === undefined ? [] : [timeOf(state.started)])));
    const missing = listed(absent.map(({ service }) => service));
    if (at <= began + START_SECONDS * 1000) {
      return { phase: "starting", next: undefined, reason: `Waiting until ${missing} can be released, too.` };
    }
    const reason = `The release of ${missing} did not begin in ${START_SECONDS} s: whoever started it is gone.`;
    return { phase: "back", next: undefined, reason, failed: absent[0]!.service, result: "rolled-back" };
  }
  const next = members.find(({ place }) => place !== "ready");
  const before = members.slice(0, next === undefined ? 0 : members.indexOf(next)).map(({ service }) => service);
  const held = heldMember(members);
  if (held?.state?.held !== undefined) {
    const { who, reason } = held.state.held;
    const text = `${held.service} is held by ${who}, so all stay where they are: ${reason}`;
    return { phase: "forward", next: next?.service, reason: text };
  }
  const done = before.length === 0 ? "" : `${listed(before)} ${before.length === 1 ? "has" : "have"} all users; `;
  return { phase: "forward", next: next?.service, reason: `${done}it is the turn of ${next?.service}.` };
}

function back(members: readonly SeenMember[]): GroupDecision {
  const failed = members.flatMap(({ service, state, place }) => {
    if (state === undefined || !FAILED.includes(place)) return [];
    const entry = failureOf(state.records);
    const own = entry?.because === undefined || entry.because === service;
    return [{ service, state, entry, own, at: entry === undefined ? Number.POSITIVE_INFINITY : timeOf(entry) }];
  });
  const first = failed.toSorted((a, b) => Number(b.own) - Number(a.own) || a.at - b.at)[0]!;
  const { service, state, entry } = first;
  const next = members.findLast(({ place }) => !["back", "absent"].includes(place))?.service;
  const turned = entry?.asks ?? entry?.result;
  const result = turned === "inconclusive" ? turned : "rolled-back";
  // Whoever was taken back says already why.
  if (!first.own) return { phase: "back", next, reason: entry!.reason, failed: entry!.because ?? service, result };
  const who = `Release ${state.plan.release} of ${service}`;
  const { rollback } = state;
  const reason =
    rollback === undefined
      ? `${who} failed: ${entry?.reason ?? state.stageReason}`
      : `${who} was rolled back by ${rollback.who}: ${rollback.reason}`;
  return { phase: "back", next, reason, failed: service, result };
}

/** The record with which a service turned back, or asked to. */
export function failureOf(records: readonly LedgerRecord[]): RecordOf<"entered"> | undefined {
  return records.find(
    (record): record is RecordOf<"entered"> =>
      record.type === "entered" &&
      (record.asks !== undefined || (record.result !== undefined && record.result !== "promoted")),
  );
}

/**
 * Whether a service that is `ready` or `asking` may go back now: those after it are back, so that nobody is on a version
 * that needs what is taken away. While users are on a version that failed, those after it need only have lost their
 * users' new requests: then each second counts.
 */
export function mayGoBack(members: readonly SeenMember[], service: string): boolean {
  const index = members.findIndex((member) => member.service === service);
  const urgent = members.slice(0, index + 1).some(({ place }) => place === "asking");
  return members.slice(index + 1).every(({ place }) => place === "back" || (urgent && place === "away"));
}

/**
 * A service that is held: then all stay where they are.
 *
 * @param besides the one that is not asked for
 */
export function heldMember(members: readonly SeenMember[], besides?: string): SeenMember | undefined {
  return members.find(
    ({ service, place, state }) =>
      service !== besides &&
      ["waiting", "running", "ready"].includes(place) &&
      state?.held !== undefined &&
      (state.held.type === "command" || state.held.cause !== "approval"),
  );
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
