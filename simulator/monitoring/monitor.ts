/** Evaluates alarms as time passes, and tells those who are to be told. */
import { type Clock, every } from "../clock/clock.ts";
import { type Alarms, type CompositeAlarm, fewestSamples, isBreaching, type MetricAlarm } from "./alarms.ts";
import { type AlarmState, evaluationRange, judge } from "./judge.ts";
import { calculate } from "./math.ts";
import type { Series } from "./math-values.ts";
import type { MetricSource } from "./metrics.ts";
import { ActionSuppression } from "./suppression.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An alarm that changed its state. */
export interface Transition {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly alarm: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
}

/** An action that was carried out: a message to a topic, mostly. */
export interface Notification {
  readonly at: number;
  readonly alarm: string;
  readonly state: AlarmState;
  /** ARN of what was told. */
  readonly target: string;
}

/** A state that somebody set, as `SetAlarmState` does: it holds until the alarm is evaluated next. */
export interface SetState {
  readonly at: number;
  readonly alarm: string;
  readonly state: AlarmState;
}

/** How often an alarm is evaluated, in milliseconds, by "Alarm evaluation" in the CloudWatch user guide. */
export function evaluationInterval({ period, evaluationPeriods }: Pick<MetricAlarm, "period" | "evaluationPeriods">) {
  if (period < 60) return 10_000;
  return period * 1000 * evaluationPeriods > DAY ? HOUR : MINUTE;
}

/**
 * The states of alarms over metrics. It is told which moment it is, so that the same metrics and moments always give the
 * same transitions; `run` lets a clock tell it.
 */
export class Monitor {
  readonly transitions: Transition[] = [];
  readonly notifications: Notification[] = [];
  readonly #alarms: Alarms;
  readonly #metrics: MetricSource;
  readonly #states = new Map<string, AlarmState>();
  readonly #byReference = new Map<string, string>();
  readonly #warm = new Set<string>();
  readonly #suppressions = new Map<string, ActionSuppression>();
  /** Composite alarms, each after those it speaks of; those in a cycle are left out. */
  readonly #composites: readonly CompositeAlarm[];

  constructor(alarms: Alarms, metrics: MetricSource) {
    this.#alarms = alarms;
    this.#metrics = metrics;
    for (const alarm of [...alarms.metric, ...alarms.composite]) {
      this.#states.set(alarm.name, "INSUFFICIENT_DATA");
      this.#byReference.set(alarm.name, alarm.name);
      if (alarm.arn !== undefined) this.#byReference.set(alarm.arn, alarm.name);
    }
    this.#composites = inOrder(alarms.composite, (reference) => this.#byReference.get(reference));
    for (const alarm of alarms.composite) {
      if (alarm.suppressor) this.#suppressions.set(alarm.name, new ActionSuppression(alarm.suppressor));
    }
  }

  /** The state of an alarm by name or ARN; an alarm that is not there has not enough data. */
  state(reference: string): AlarmState {
    return this.#states.get(this.#byReference.get(reference) ?? "") ?? "INSUFFICIENT_DATA";
  }

  /** Evaluates what is due at full multiples of the alarms' intervals. @returns what ends it */
  run(clock: Clock): () => void {
    const step = this.#alarms.metric.some(({ period }) => period < 60) ? 10_000 : MINUTE;
    return every(clock, step, () => this.evaluate(clock.now()));
  }

  /** Evaluates the alarms that are due at a moment; moments have to come in order. */
  evaluate(now: number): void {
    for (const alarm of this.#alarms.metric) {
      if (now > alarm.createdAt && now % evaluationInterval(alarm) === 0) this.#evaluateMetric(alarm, now);
    }
    for (const alarm of this.#composites) {
      if (now <= alarm.createdAt) continue;
      this.#change(alarm, alarm.rule.holds((reference) => this.state(reference)) ? "ALARM" : "OK", now);
      const suppression = this.#suppressions.get(alarm.name);
      if (suppression && alarm.suppressor) {
        const due = suppression.at(now, this.state(alarm.name), this.state(alarm.suppressor.alarm) === "ALARM");
        if (due !== undefined) this.#tell(alarm, due, now);
      }
    }
  }

  /** Sets a state by hand; those who are to be told of it are told. */
  set({ at, alarm: name, state }: SetState): void {
    const alarm = [...this.#alarms.metric, ...this.#alarms.composite].find((one) => one.name === name);
    if (alarm !== undefined) this.#change(alarm, state, at);
  }

  #evaluateMetric(alarm: MetricAlarm, now: number): void {
    const series = this.series(alarm, now);
    const verdicts = series.map((value) =>
      value === undefined
        ? ("missing" as const)
        : isBreaching(alarm, value)
          ? ("breaching" as const)
          : ("within" as const),
    );
    if (this.#warmsUp(alarm, verdicts.slice(-alarm.evaluationPeriods).includes("missing"), now)) return;
    if (alarm.ignoresLowSamples && this.#hasFewSamples(alarm, now)) return;
    this.#change(alarm, judge(verdicts, alarm, this.state(alarm.name)), now);
  }

  /**
   * By "Alarm warm-up periods" in the CloudWatch user guide: the state stays INSUFFICIENT_DATA, until the time is over
   * or, unless the whole of it is to be waited for, "enough data fills its evaluation window".
   */
  #warmsUp({ name, warmUp, createdAt }: MetricAlarm, lacksData: boolean, now: number): boolean {
    if (warmUp === undefined || this.#warm.has(name)) return false;
    if (now < createdAt + warmUp.minutes * MINUTE && (warmUp.whole || lacksData)) return true;
    this.#warm.add(name);
    return false;
  }

  #hasFewSamples({ metrics, period, evaluationPeriods }: MetricAlarm, now: number): boolean {
    const from = now - period * 1000 * evaluationPeriods;
    return metrics.some((metric) => this.#metrics.summarise(metric, from, now).count < fewestSamples(metric.stat));
  }

  /**
   * The values an alarm sees at a moment, oldest first. Periods end at that moment: "at the end of minute 5 the alarm
   * evaluates based on data from minutes 1 to 5. Then at the end of minute 6 [...] minutes 2 to 6."
   *
   * @throws Error when metric maths comes to something an alarm cannot watch
   */
  series(alarm: MetricAlarm, now: number): Series {
    const length = alarm.period * 1000;
    const count = evaluationRange(alarm.evaluationPeriods);
    const starts = Array.from({ length: count }, (_, index) => now - length * (count - index));
    const metrics = new Map<string, Series>(
      alarm.metrics.map((metric) => [
        metric.id,
        starts.map((start) => this.#metrics.summarise(metric, start, start + length).statistic(metric.stat)),
      ]),
    );
    const { expressions, period } = alarm;
    return calculate(alarm.watches, { grid: { starts, period }, metrics, expressions });
  }

  #change(alarm: MetricAlarm | CompositeAlarm, to: AlarmState, at: number): void {
    const from = this.state(alarm.name);
    if (from === to) return;
    this.#states.set(alarm.name, to);
    this.transitions.push({ at, alarm: alarm.name, from, to });
    if (!this.#suppressions.has(alarm.name)) this.#tell(alarm, to, at);
  }

  #tell(alarm: MetricAlarm | CompositeAlarm, state: AlarmState, at: number): void {
    if (!alarm.actionsEnabled) return;
    for (const target of alarm.actions[state]) this.notifications.push({ at, alarm: alarm.name, state, target });
  }
}

/** Each alarm after those its rule speaks of. "The evaluation of composite alarms stops if CloudWatch detects a cycle." */
function inOrder(
  alarms: readonly CompositeAlarm[],
  nameOf: (reference: string) => string | undefined,
): readonly CompositeAlarm[] {
  const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]));
  const done = new Map<string, boolean>();
  const ordered: CompositeAlarm[] = [];
  const visit = (alarm: CompositeAlarm): boolean => {
    const seen = done.get(alarm.name);
    if (seen !== undefined) return seen;
    // Met again while it is still open, it is in a cycle.
    done.set(alarm.name, false);
    const children = alarm.rule.alarms.map((reference) => byName.get(nameOf(reference) ?? ""));
    const sound = children.every((child) => child === undefined || visit(child));
    done.set(alarm.name, sound);
    if (sound) ordered.push(alarm);
    return sound;
  };
  for (const alarm of alarms) visit(alarm);
  return ordered;
}
