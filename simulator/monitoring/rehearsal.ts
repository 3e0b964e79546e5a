/** Proves of each alarm that it fires in time and stays quiet, by running it through both in virtual time. */
import { every, VirtualClock } from "../clock/clock.ts";
import type { Alarms, CompositeAlarm, MetricAlarm } from "./alarms.ts";
import { type Condition, findFault, reports } from "./fault.ts";
import { type AlarmState, evaluationRange } from "./judge.ts";
import { MetricStore } from "./metrics.ts";
import { evaluationInterval, Monitor } from "./monitor.ts";

/** Whether something is so: yes, no, or not known. Not known is never a yes. */
export type Answer = "yes" | "no" | "unknown";

export interface Rehearsal {
  readonly alarm: string;
  readonly kind: "metric" | "composite" | "unread";
  /** Whether it fires, within M periods and one evaluation, once its metrics are beyond the threshold. */
  readonly fires: Answer;
  /** Whether it stays OK on healthy metrics. */
  readonly quiet: Answer;
  readonly minutesToFire?: number;
  /** By when it has to fire. */
  readonly allowedMinutes?: number;
  /** How long after the fault it says that it is over. */
  readonly minutesToEnd?: number;
  /** What its state becomes when metrics stop, and after how many minutes; `OK` after 0 when nothing changes. */
  readonly onSilence?: { readonly state: AlarmState; readonly minutes: number };
  /** ARNs that were told when it fired. */
  readonly told: readonly string[];
  /** Why it is not proved. */
  readonly reason?: string;
}

const MINUTE = 60_000;
/** Any moment will do; this one is a full day, so that every run has the same one. */
const BEGIN = 20_000 * 24 * 60 * MINUTE;

/** Whether the alarm is proved to fire and to stay quiet. */
export function isProved({ fires, quiet }: Rehearsal): boolean {
  return fires === "yes" && quiet === "yes";
}

/** Rehearses every alarm, each alone; they come in the order of their names. */
export function rehearse(alarms: Alarms): Rehearsal[] {
  return [
    ...alarms.metric.map(rehearseMetric),
    ...alarms.composite.map((alarm) => rehearseComposite(alarm, alarms)),
    ...alarms.unread.map(({ name, reason }) => unknown(name, "unread", reason)),
  ].sort((a, b) => (a.alarm < b.alarm ? -1 : 1));
}

const unknown = (alarm: string, kind: Rehearsal["kind"], reason: string): Rehearsal => ({
  ...{ alarm, kind, reason },
  fires: "unknown",
  quiet: "unknown",
  told: [],
});

function rehearseMetric(alarm: MetricAlarm): Rehearsal {
  const name = alarm.name;
  let pair: ReturnType<typeof findFault>;
  try {
    pair = findFault(alarm);
  } catch (error) {
    return unknown(name, "metric", (error as Error).message);
  }
  const period = alarm.period * 1000;
  const interval = evaluationInterval(alarm);
  const memory = (evaluationRange(alarm.evaluationPeriods) + 1) * period;
  const allowed = alarm.datapointsToAlarm * period + interval;

  const stage = new Stage(alarm);
  stage.last(memory + warmUpMs(alarm), pair.healthy);
  const quiet = stage.state === "OK" && stage.reached("ALARM") === undefined;
  const broke = stage.now;
  stage.last(allowed, pair.fault);
  const fired = stage.reached("ALARM", broke);
  const told = stage.told("ALARM", broke);
  const mended = stage.now;
  stage.last(memory, pair.healthy);
  const ended = fired === undefined ? undefined : stage.reached("OK", mended);

  const silence = new Stage(alarm);
  silence.last(memory + warmUpMs(alarm), pair.healthy);
  const stopped = silence.now;
  silence.last(memory + interval, undefined);
  const left = silence.reached(silence.state, stopped);

  const since = (moment: number, from: number) => (moment - from) / MINUTE;
  return {
    alarm: name,
    kind: "metric",
    fires: fired === undefined ? "no" : "yes",
    quiet: quiet ? "yes" : "no",
    ...(fired === undefined ? {} : { minutesToFire: since(fired, broke) }),
    allowedMinutes: allowed / MINUTE,
    ...(ended === undefined ? {} : { minutesToEnd: since(ended, mended) }),
    onSilence: { state: silence.state, minutes: left === undefined ? 0 : since(left, stopped) },
    told,
    ...(fired === undefined
      ? { reason: `it was beyond its threshold for ${allowed / MINUTE} minutes and did not fire` }
      : quiet
        ? {}
        : { reason: "it did not stay OK on healthy metrics" }),
  };
}

const warmUpMs = ({ warmUp }: MetricAlarm) => (warmUp?.minutes ?? 0) * MINUTE;

/** One alarm, its metrics and a clock, while conditions follow each other. */
class Stage {
  readonly #alarm: MetricAlarm;
  readonly #clock = new VirtualClock(BEGIN);
  readonly #monitor: Monitor;
  #condition: Condition | undefined;

  constructor(alarm: MetricAlarm) {
    this.#alarm = { ...alarm, createdAt: BEGIN };
    const metrics = new MetricStore();
    this.#monitor = new Monitor({ metric: [this.#alarm], composite: [], unread: [] }, metrics);
    // Sixty reports a period are enough for long ones; services report at most every minute, or every ten seconds.
    const step = alarm.period < 60 ? 10_000 : Math.max(MINUTE, (alarm.period / 60) * 1000);
    const report = (from: number) => {
      if (!this.#condition) return;
      for (const datum of reports(this.#alarm, this.#condition, from, step)) metrics.put(datum);
    };
    every(this.#clock, step, () => report(this.#clock.now() - step));
    this.#monitor.run(this.#clock);
  }

  get now(): number {
    return this.#clock.now();
  }

  get state(): AlarmState {
    return this.#monitor.state(this.#alarm.name);
  }

  /** Lets a condition last; undefined is silence. */
  last(ms: number, condition: Condition | undefined): void {
    this.#condition = condition;
    this.#clock.advance(ms);
  }

  /** When the alarm first came to a state. */
  reached(state: AlarmState, since = 0): number | undefined {
    return this.#monitor.transitions.find(({ at, to }) => at > since && to === state)?.at;
  }

  told(state: AlarmState, since: number): string[] {
    return this.#monitor.notifications.filter((n) => n.at > since && n.state === state).map(({ target }) => target);
  }
}

/** A composite alarm has no metric: it is proved by the states of those it speaks of. */
function rehearseComposite(alarm: CompositeAlarm, { metric, composite }: Alarms): Rehearsal {
  const { alarms, holds } = alarm.rule;
  const known = new Set([...metric, ...composite].flatMap(({ name, arn }) => [name, arn]));
  const lost = alarms.filter((reference) => !known.has(reference));
  if (lost.length > 0)
    return unknown(alarm.name, "composite", `it speaks of ${lost.join(" and ")}, which is not there`);
  if (alarms.length > 8) return unknown(alarm.name, "composite", "it speaks of too many alarms to try all states");
  const quiet = !holds(() => "OK");
  let fires = false;
  for (let states = 0; states < 2 ** alarms.length && !fires; states++) {
    fires = holds((reference) => (states & (1 << alarms.indexOf(reference)) ? "ALARM" : "OK"));
  }
  return {
    alarm: alarm.name,
    kind: "composite",
    fires: fires ? "yes" : "no",
    quiet: quiet ? "yes" : "no",
    told: alarm.actionsEnabled ? alarm.actions.ALARM : [],
    ...(fires
      ? quiet
        ? {}
        : { reason: "it fires while every alarm it speaks of is OK" }
      : { reason: "no states of the alarms it speaks of make it fire" }),
  };
}
