import type { LedgerRecord, RecordOf, ReleaseResult, Stage, Verdict } from "../../contracts/ledger.ts";
import type { ReleasePlan, Weights } from "../../contracts/release.ts";
import { COLOURS, type Colour, type ReleaseStrategy } from "../../contracts/vocabulary.ts";
import { planBakes } from "../../delivery/bakes.ts";
import { gateOf, lastMove, type ReleaseState, replay, timeOf } from "../../delivery/controller/state.ts";
import type { ColourMinute, Observation, TrafficMinute } from "../../delivery/ports.ts";

/** What a colour answered lately. */
export interface ColourTraffic {
  /** Share of the live rule, in per cent. */
  readonly weight: number;
  readonly requestsPerSecond: number;
  /** Share of its requests answered with a server error, in per cent; absent without requests. */
  readonly errorPercent?: number;
  readonly p95Ms?: number;
  readonly healthyTargets: number;
  readonly desiredTargets: number;
  /** Tasks that did not start, or did not become healthy, while it is started. */
  readonly failures?: string;
}

/** Where a release is, for people and programs. Its field names are part of the command's contract. */
export interface ReleaseSnapshot {
  readonly environment: string;
  readonly service: string;
  readonly release: string;
  readonly strategy: ReleaseStrategy;
  readonly who: string;
  readonly since: string;
  /** Absent while it runs. */
  readonly endedAt?: string;
  readonly live: Colour;
  readonly candidate: Colour;
  readonly artifact?: string;
  readonly stage: Stage | "ended";
  /** The step of the plan, from 0; absent before the first. */
  readonly step?: number;
  readonly steps: readonly number[];
  readonly weights: Weights;
  readonly reason: string;
  readonly verdict?: { readonly verdict: Verdict; readonly reason: string; readonly at: string };
  readonly held?: { readonly who: string; readonly since: string; readonly reason: string; readonly cause: string };
  /** Of the newest complete samples. */
  readonly traffic?: Readonly<Record<Colour, ColourTraffic>>;
  /** Until the end at this traffic; absent when it cannot be said. */
  readonly secondsLeft?: number;
  readonly result?: ReleaseResult;
  /** Set while it is on its way back. */
  readonly goingBack?: ReleaseResult;
  /** All services that are released together, in their order; absent for one alone. */
  readonly services?: readonly string[];
}

/** Rates are shown over the last seconds, or the last sample where samples are long. */
const SHOWN_SECONDS = 10;

/**
 * Reads a release from its records, and what is seen of the world beside it.
 *
 * @throws Error when the records hold no release
 */
export function snapshotOf(records: readonly LedgerRecord[], observation: Observation | undefined): ReleaseSnapshot {
  const state = replay(records);
  const { plan, started, ended, held } = state;
  const judged = state.records.findLast((record): record is RecordOf<"judged"> => record.type === "judged");
  const left = observation === undefined ? undefined : secondsLeft(state, observation);
  const artifact = plan.after.artifact;
  return {
    environment: plan.environment,
    service: plan.service,
    release: plan.release,
    strategy: plan.strategy,
    who: started.who,
    since: started.at,
    ...(ended === undefined ? {} : { endedAt: ended.at }),
    live: ended?.live ?? plan.live,
    candidate: plan.candidate,
    ...(artifact === undefined ? {} : { artifact }),
    // One of several waits for its turn.
    stage: ended === undefined ? (state.stage ?? (plan.group === undefined ? "validating" : "awaiting")) : "ended",
    ...(gateOf(state) === undefined && state.stage !== "shifting" ? {} : { step: state.step }),
    steps: plan.steps.map(({ weight }) => weight),
    weights: ended?.weights ?? state.weights,
    reason: ended?.reason ?? state.stageReason,
    ...(judged === undefined ? {} : { verdict: { verdict: judged.verdict, reason: judged.reason, at: judged.at } }),
    ...(held === undefined || ended !== undefined ? {} : { held: heldOf(held) }),
    ...(observation === undefined ? {} : { traffic: trafficOf(state, observation) }),
    ...(left === undefined || ended !== undefined ? {} : { secondsLeft: Math.round(left) }),
    ...(ended === undefined ? {} : { result: ended.result }),
    ...(ended === undefined && state.result !== undefined && state.result !== "promoted"
      ? { goingBack: state.result }
      : {}),
    ...(plan.group === undefined ? {} : { services: plan.group.services }),
  };
}

function heldOf(held: NonNullable<ReleaseState["held"]>): NonNullable<ReleaseSnapshot["held"]> {
  const cause = held.type === "held" ? held.cause : "command";
  return { who: held.who, since: held.at, reason: held.reason, cause };
}

/** The newest complete samples. */
function newest(plan: ReleasePlan, { minutes, completeThrough }: Observation): readonly TrafficMinute[] {
  const length = plan.sampleSeconds * 1000;
  const complete = minutes.filter(({ start }) => start + length <= completeThrough);
  return complete.slice(-Math.max(1, Math.round(SHOWN_SECONDS / plan.sampleSeconds)));
}

/** Stages in which the new version's tasks start. */
const STARTING: readonly string[] = ["scaling", "warming", "rolling-out"];

function trafficOf({ plan, stage }: ReleaseState, observation: Observation): Readonly<Record<Colour, ColourTraffic>> {
  const samples = newest(plan, observation);
  const rule = observation.rules.find(({ arn }) => plan.rules.includes(arn));
  const side = (colour: Colour): ColourTraffic => {
    const own = samples.map(({ colours }) => colours[colour]);
    const requests = sum(own, "requests");
    const p95 = own.findLast(({ p95Ms }) => p95Ms !== undefined)?.p95Ms;
    const { healthy, desired, failures } = observation.colours[colour];
    const starts = colour === plan.candidate && STARTING.includes(stage ?? "");
    return {
      weight: rule?.weights[colour] ?? 0,
      requestsPerSecond: samples.length === 0 ? 0 : requests / (samples.length * plan.sampleSeconds),
      ...(requests === 0 ? {} : { errorPercent: (sum(own, "errors") / requests) * 100 }),
      ...(p95 === undefined ? {} : { p95Ms: p95 }),
      healthyTargets: healthy,
      desiredTargets: desired,
      ...(starts && failures !== undefined ? { failures } : {}),
    };
  };
  return { blue: side("blue"), green: side("green") };
}

const sum = (samples: readonly ColourMinute[], what: "requests" | "errors"): number =>
  samples.reduce((total, sample) => total + sample[what], 0);

/**
 * How long the rest takes if traffic stays as it is and nothing fails: bakes, the sample at each step in which traffic
 * moved and which tells nothing, soak and drain. Undefined when nobody can say.
 */
export function secondsLeft(state: ReleaseState, observation: Observation): number | undefined {
  const { plan } = state;
  const samples = newest(plan, observation);
  const all = samples.flatMap(({ colours }) => COLOURS.map((colour) => colours[colour]));
  const requests = sum(all, "requests");
  const seconds = samples.length * plan.sampleSeconds;
  const bakes = planBakes(plan, {
    requestsPerSecond: seconds === 0 ? 0 : requests / seconds,
    errorPercent: requests === 0 ? 0 : (sum(all, "errors") / requests) * 100,
  });
  const stepSeconds = bakes.map(({ minutes }) => minutes * 60 + 2 * plan.sampleSeconds);
  const soak = plan.soakMinutes * 60 + plan.sampleSeconds;
  // Counted from the move that took the last users away.
  const drain = plan.strategy === "rolling" ? 0 : plan.propagationSeconds + plan.drainSeconds + plan.sampleSeconds;
  const prepare = plan.healthyChecks * plan.healthCheckSeconds;
  const passed = (observation.at - state.since) / 1000;
  const least = (value: number) => Math.max(0, value);
  const last = (stepSeconds.at(-1) ?? 0) + soak;
  const rest = (from: number) =>
    stepSeconds.slice(from).reduce((total, step) => total + step, 0) + soak + least(drain - last);
  const move = lastMove(state);
  const moved = move === undefined ? state.since : timeOf(move.outcome ?? move.intent);
  const drained = least(drain - (observation.at - moved) / 1000);
  if (state.held !== undefined && state.result === undefined) return undefined;
  const left = ((): number => {
    switch (state.stage) {
      case "confirming":
      case "baking": {
        const reached = gateOf(state)?.since ?? state.since;
        const bake = (stepSeconds[state.step] ?? 0) - (observation.at - reached) / 1000;
        return least(bake) + rest(state.step + 1);
      }
      case "shifting":
        return rest(state.step);
      case "soaking":
        return Math.max(soak - passed, drained);
      case "awaiting":
        // As long as the others take.
        return Number.POSITIVE_INFINITY;
      case "draining":
        return drained;
      case "finishing":
        return 0;
      case "restoring":
      case "rolling-back":
        return drain;
      default:
        return prepare + rest(0);
    }
  })();
  return Number.isFinite(left) ? left : undefined;
}
