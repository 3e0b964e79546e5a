import type { Action, Check, LedgerRecord, RecordOf, Verdict } from "../../../contracts/ledger.ts";
import { otherColour, type ReleasePlan } from "../../../contracts/release.ts";
import type { Colour } from "../../../contracts/vocabulary.ts";
import { timeOf } from "../../../delivery/controller/state.ts";
import type { ColourMinute, TrafficMinute } from "../../../delivery/ports.ts";

/** What one colour answered in one sample. */
export interface SamplePoint {
  readonly requestsPerSecond: number;
  readonly errorPercent: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface Sample {
  /** Its middle, in milliseconds since 1970. */
  readonly at: number;
  readonly colours: Readonly<Record<Colour, SamplePoint>>;
  /** Measured share of the candidate, in per cent; undefined without requests. */
  readonly share: number | undefined;
}

/** Traffic was moved. */
export interface Move {
  readonly at: number;
  /** Share of the candidate from then on, in per cent. */
  readonly share: number;
}

/** What was found at a step, or at the soak. */
export interface Gate {
  readonly name: string;
  readonly began: number;
  readonly ended: number | undefined;
  readonly looks: number;
  readonly counts: RecordOf<"judged">["counts"];
  readonly verdict: Verdict;
  readonly reason: string;
  readonly checks: readonly Check[];
}

/** All that a report of a release shows. */
export interface ReleaseReport {
  readonly plan: ReleasePlan;
  readonly started: RecordOf<"started">;
  readonly ended: RecordOf<"ended"> | undefined;
  /** The release's records, in order. */
  readonly records: readonly LedgerRecord[];
  readonly samples: readonly Sample[];
  readonly moves: readonly Move[];
  readonly gates: readonly Gate[];
  readonly from: number;
  readonly to: number;
  /** Seconds from the decision to go back until the rule sent nobody to the new version. */
  readonly backSeconds: number | undefined;
}

/** Time that is shown before the start and after the end. */
const MARGIN_SAMPLES = 6;

/** From when on traffic is needed to report a release. */
export function reportSince(started: RecordOf<"started">): number {
  const length = started.plan.sampleSeconds * 1000;
  return Math.floor(timeOf(started) / length) * length - MARGIN_SAMPLES * length;
}

/**
 * @param records of the release, at least its `started`
 * @param minutes what was measured, as far as it still can be had
 * @param now for a release that still runs
 */
export function reportOf(
  records: readonly LedgerRecord[],
  minutes: readonly TrafficMinute[],
  now: number,
): ReleaseReport {
  const started = records.find((record): record is RecordOf<"started"> => record.type === "started");
  if (started === undefined) throw new Error("the records hold no release");
  const { plan } = started;
  const ended = records.find((record): record is RecordOf<"ended"> => record.type === "ended");
  const length = plan.sampleSeconds * 1000;
  const from = reportSince(started);
  const to = ended === undefined ? now : timeOf(ended) + MARGIN_SAMPLES * length;
  return {
    plan,
    started,
    ended,
    records,
    from,
    to,
    samples: minutes
      .filter(({ start }) => start >= from && start + length <= to)
      .map((minute) => sampleOf(plan, minute)),
    moves: movesOf(plan, records),
    gates: gatesOf(plan, records),
    backSeconds: backSeconds(plan, records),
  };
}

function sampleOf(plan: ReleasePlan, { start, colours }: TrafficMinute): Sample {
  const all = colours.blue.requests + colours.green.requests;
  return {
    at: start + plan.sampleSeconds * 500,
    colours: { blue: pointOf(plan, colours.blue), green: pointOf(plan, colours.green) },
    share: all === 0 ? undefined : (colours[plan.candidate].requests / all) * 100,
  };
}

function pointOf({ sampleSeconds }: ReleasePlan, { requests, errors, p50Ms, p95Ms, p99Ms }: ColourMinute): SamplePoint {
  return {
    requestsPerSecond: requests / sampleSeconds,
    errorPercent: requests === 0 ? undefined : (errors / requests) * 100,
    p50Ms,
    p95Ms,
    p99Ms,
  };
}

function movesOf(plan: ReleasePlan, records: readonly LedgerRecord[]): Move[] {
  const moves: Move[] = [];
  for (const record of records) {
    if (record.type !== "outcome" || !record.ok) continue;
    const intent = records.find(({ seq }) => seq === record.intent);
    const share = intent?.type === "intent" ? shareAfter(plan, intent.action) : undefined;
    if (share !== undefined && share !== (moves.at(-1)?.share ?? 0)) moves.push({ at: timeOf(record), share });
  }
  return moves;
}

/** What the new version gets by an action, in per cent; undefined when it moves nobody. */
function shareAfter(plan: ReleasePlan, action: Action): number | undefined {
  if (action.type === "setWeights") return action.weights[plan.candidate];
  if (action.type === "deploy") return action.taskDefinition === plan.after.taskDefinition ? 100 : 0;
  return undefined;
}

function gatesOf(plan: ReleasePlan, records: readonly LedgerRecord[]): Gate[] {
  const gates = new Map<string, Gate>();
  const moves = movesOf(plan, records);
  for (const [index, record] of records.entries()) {
    if (record.type !== "judged") continue;
    // Waiting for other services goes on with the soak.
    const soaking = record.stage === "soaking" || record.stage === "awaiting";
    const weight = plan.steps[record.step]?.weight ?? 0;
    const name = soaking ? "soak" : `${weight} %`;
    const known = gates.get(name);
    const entered = records.findLast(
      (one, place) => place < index && one.type === "entered" && one.stage === "soaking",
    );
    const moved = moves.findLast(({ at, share }) => share === weight && at <= timeOf(record));
    const began = known?.began ?? (soaking && entered !== undefined ? timeOf(entered) : (moved?.at ?? timeOf(record)));
    gates.set(name, {
      name,
      began,
      ended: undefined,
      looks: (known?.looks ?? 0) + 1,
      counts: record.counts,
      verdict: record.verdict,
      reason: record.reason,
      checks: record.checks,
    });
  }
  const ordered = [...gates.values()];
  const end = records.find(
    (record) => record.type === "entered" && ["draining", "rolling-back", "restoring"].includes(record.stage),
  );
  return ordered.map((gate, index) => ({
    ...gate,
    ended: ordered[index + 1]?.began ?? (end === undefined ? undefined : timeOf(end)),
  }));
}

function backSeconds(plan: ReleasePlan, records: readonly LedgerRecord[]): number | undefined {
  const decided = records.find(
    (record) => record.type === "entered" && (record.stage === "rolling-back" || record.stage === "restoring"),
  );
  // How long ECS takes to replace tasks is not the release's doing, and no call says it.
  if (decided === undefined || plan.strategy === "rolling") return undefined;
  const off = movesOf(plan, records).find(({ at, share }) => share === 0 && at >= timeOf(decided));
  return off === undefined ? undefined : (off.at - timeOf(decided)) / 1000;
}

/** The colour that users were on. */
export const oldColour = ({ candidate, live, strategy }: ReleasePlan): Colour =>
  strategy === "rolling" ? live : otherColour(candidate);
