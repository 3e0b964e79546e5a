import type * as pulumi from "@pulumi/pulumi";
import type { ProblemCollector } from "../../contracts/problems.ts";
import type { Severity } from "../../contracts/vocabulary.ts";

/** Alarms that exist. Each has a page of this name in docs/runbooks. */
export const RUNBOOKS = [
  "backup-failed",
  "backup-missing",
  "budget",
  "database-connections",
  "database-cpu",
  "database-local-storage",
  "database-replica-lag",
  "database-storage",
  "error-ratio",
  "latency",
  "load-balancer-errors",
  "no-healthy-targets",
  "release-host-failing",
  "release-host-stopped",
  "running-tasks",
  "service-cpu",
  "service-memory",
  "unhealthy-targets",
] as const;
export type Runbook = (typeof RUNBOOKS)[number];

/** Folder of the runbooks, from the root of the repository. */
export const RUNBOOK_FOLDER = "docs/runbooks";

/** Address of a runbook. @param base URL of the repository's root on its main branch, without a slash at the end */
export function runbookUrl(base: string, runbook: Runbook): string {
  return `${base}/${RUNBOOK_FOLDER}/${runbook}.md`;
}

/** A metric as an alarm reads it. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`. */
  readonly stat: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Metrics by id and the expression, in CloudWatch's metric maths, that makes one series of them. */
export interface MetricMath {
  readonly expression: string;
  readonly label: string;
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** M of N: how many of the last periods have to be beyond the threshold. */
export interface Evaluation {
  /** Length of a period, in seconds. */
  readonly period: number;
  /** N. */
  readonly periods: number;
  /** M. */
  readonly breaching: number;
}

/** What a period without data means, and why; there is no right answer for all alarms. */
export interface MissingData {
  readonly treat: "breaching" | "notBreaching" | "ignore" | "missing";
  readonly because: string;
}

/** One alarm, decided, with ids that may still be unknown. */
export interface AlarmSpec {
  readonly runbook: Runbook;
  /** Tells apart the alarms of one subject and runbook: a colour, a zone. */
  readonly qualifier?: string;
  readonly severity: Severity;
  /** What it means, one sentence. */
  readonly meaning: string;
  /** What users notice, one sentence. */
  readonly users: string;
  /** What to do first, one sentence. */
  readonly firstStep: string;
  readonly metric: Metric | MetricMath;
  readonly comparison: "above" | "at-or-above" | "below";
  readonly threshold: number;
  readonly evaluation: Evaluation;
  readonly missing: MissingData;
  /** Minutes after its creation in which the alarm does not judge yet: what it watches is only starting. */
  readonly warmUpMinutes?: number;
}

/** Decides the alarms of one concern for a subject: a service, a database. One method, so that another is a few lines. */
export interface AlarmStrategy<Subject> {
  alarms(subject: Subject): readonly AlarmSpec[];
}

/** Thresholds by severity: each makes one alarm. */
export type Thresholds = Readonly<Partial<Record<Severity, number>>>;

/** One alarm for each severity that has a threshold. */
export function forEachSeverity(
  thresholds: Thresholds,
  make: (severity: Severity, threshold: number) => AlarmSpec,
): AlarmSpec[] {
  return (Object.entries(thresholds) as [Severity, number | undefined][])
    .filter((entry): entry is [Severity, number] => entry[1] !== undefined)
    .map(([severity, threshold]) => make(severity, threshold));
}

/** Part of an alarm's name and its child's name: what it is about. */
export function specKey(spec: AlarmSpec): string {
  return [spec.runbook, spec.qualifier, spec.severity.toLowerCase()].filter((part) => part !== undefined).join("-");
}

/**
 * An alarm's name, the same for ever: people search for it, mute it and write it in tickets. A subject that the runbook's
 * name begins with is not said twice: `production-database-cpu-a-p2`.
 */
export function alarmName(environment: string, subject: string, spec: AlarmSpec): string {
  const key = specKey(spec);
  return `${environment}-${key.startsWith(`${subject}-`) ? "" : `${subject}-`}${key}`;
}

/** What the person who is paged reads first. */
export function describe(spec: AlarmSpec, runbookBase: string): string {
  const sentences = [spec.meaning, `Users: ${spec.users}`, `First: ${spec.firstStep}`];
  return `${sentences.join(" ")} Runbook: ${runbookUrl(runbookBase, spec.runbook)}`;
}

/** Whether a metric is made of others. */
export function isMath(metric: Metric | MetricMath): metric is MetricMath {
  return "expression" in metric;
}

/** Seconds in a day, and the most a week-long alarm may look back. */
const DAY = 24 * 60 * 60;
const WEEK = 7 * DAY;

/** Records what CloudWatch would refuse, or what would make an alarm of no use. */
export function checkSpecs(
  problems: ProblemCollector,
  environment: string,
  subject: string,
  runbookBase: string,
  specs: readonly AlarmSpec[],
): void {
  problems.require(
    URL.canParse(runbookBase) && !runbookBase.endsWith("/"),
    "runbookBase",
    `"${runbookBase}" is no base of links.`,
    "Give the URL of the repository's root on its main branch, without a slash at the end.",
  );
  problems.require(
    /^[a-z][a-z0-9-]*$/.test(subject),
    "name",
    `"${subject}" is no name for alarms.`,
    "Use lower-case letters, digits and -.",
  );
  const names = new Set<string>();
  for (const spec of specs) {
    const at = specKey(spec);
    const name = alarmName(environment, subject, spec);
    const { period, periods, breaching } = spec.evaluation;
    problems.require(!names.has(name), at, `two alarms are called ${name}.`, "Give one of them a qualifier.");
    names.add(name);
    problems.require(
      Number.isFinite(spec.threshold),
      at,
      `${spec.threshold} is no threshold.`,
      "Give a number, or leave the severity out.",
    );
    problems.require(
      period === 10 || period === 30 || (period > 0 && period % 60 === 0),
      at,
      `CloudWatch has no period of ${period} seconds.`,
      "Use 10, 30 or a multiple of 60.",
    );
    problems.require(
      Number.isInteger(breaching) && breaching >= 1 && breaching <= periods,
      at,
      `${breaching} of ${periods} periods can never hold.`,
      "M is at least 1 and at most N.",
    );
    problems.require(
      period * periods <= (period >= 3600 ? WEEK : DAY),
      at,
      `${period * periods} seconds are further back than CloudWatch looks.`,
      "It looks back a day, or a week with periods of an hour and more.",
    );
    problems.require(
      describe(spec, runbookBase).length <= 1024,
      at,
      "the description is longer than the 1024 characters CloudWatch takes.",
      "Say it shorter.",
    );
    problems.require(
      spec.warmUpMinutes === undefined || (spec.warmUpMinutes >= 1 && spec.warmUpMinutes <= 2880),
      at,
      `CloudWatch does not wait for ${spec.warmUpMinutes} minutes.`,
      "Use 1 to 2880.",
    );
  }
}
