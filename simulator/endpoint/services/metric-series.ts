/** The series that queries of `GetMetricData` come to. */
import type { Metric, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { ValidationException$ } from "@aws-sdk/client-cloudwatch";
import { calculate } from "../../monitoring/math.ts";
import type { Series } from "../../monitoring/math-values.ts";
import type { MetricId, MetricStore } from "../../monitoring/metrics.ts";
import { isStatistic } from "../../monitoring/summary.ts";
import { AwsError } from "../errors.ts";

/** Milliseconds since the epoch, without the end. */
interface Span {
  readonly from: number;
  readonly to: number;
}

interface Sources {
  readonly store: MetricStore;
  readonly span: Span;
  readonly ascending: boolean;
  metricOf(metric: Metric): MetricId;
}

interface Result {
  readonly id: string;
  readonly label: string;
  readonly points: readonly { readonly start: number; readonly value: number }[];
}

const invalid = (message: string) => new AwsError(ValidationException$, message);

export function isPeriod(seconds: number): boolean {
  return [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);
}

/**
 * Starts of the periods in a span. The first is rounded down to the whole minute; for periods below a minute, "to the
 * nearest time that corresponds to even 1-, 5-, 10-, 20-, or 30-second divisions of a minute" (`GetMetricStatistics`).
 */
export function gridOf({ from, to }: Span, period: number): number[] {
  const step = Math.min(60, period) * 1000;
  const first = Math.floor(from / step) * step;
  return Array.from({ length: Math.ceil((to - first) / (period * 1000)) }, (_, at) => first + at * period * 1000);
}

/** @throws AwsError for what CloudWatch refuses, or what is not evaluated here */
export function dataOf(queries: readonly MetricDataQuery[], sources: Sources): Result[] {
  check(queries);
  return queries.filter(({ ReturnData }) => ReturnData !== false).map((query) => resultOf(query, queries, sources));
}

function check(queries: readonly MetricDataQuery[]): void {
  const ids = new Set<string>();
  for (const { Id = "", MetricStat, Expression, AccountId } of queries) {
    if (!/^[a-z]\w{0,254}$/.test(Id)) {
      throw invalid(`The value ${Id} for parameter MetricDataQueries.member.Id is not matching the expected pattern.`);
    }
    if (ids.has(Id)) throw invalid(`The values for parameter Id in MetricDataQueries are not unique: ${Id}`);
    ids.add(Id);
    if ((MetricStat === undefined) === (Expression === undefined)) {
      throw invalid(`Exactly one of the parameters MetricStat and Expression must be given for ${Id}.`);
    }
    if (AccountId !== undefined) throw invalid("the simulated cloud does not read metrics of other accounts");
    if (MetricStat === undefined) continue;
    const { Metric, Period = 0, Stat = "" } = MetricStat;
    if (!Metric?.Namespace || !Metric.MetricName) throw invalid(`${Id} names no metric.`);
    if (!isPeriod(Period)) {
      throw invalid(
        `The parameter MetricDataQueries.member.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.`,
      );
    }
    if (!isStatistic(Stat)) throw invalid(`the simulated cloud does not evaluate the statistic ${Stat || "(none)"}`);
  }
}

function resultOf(query: MetricDataQuery, queries: readonly MetricDataQuery[], sources: Sources): Result {
  const { Id: id = "", Label, MetricStat, Expression = "", Period } = query;
  const period = MetricStat?.Period ?? Period ?? shortestPeriod(queries);
  const starts = gridOf(sources.span, period);
  const series = MetricStat === undefined ? expressionOf(Expression) : valuesOf(query, starts, period, sources);
  const points = series.flatMap((value, at) => (value === undefined ? [] : [{ start: starts[at]!, value }]));
  if (!sources.ascending) points.reverse();
  return { id, label: Label ?? MetricStat?.Metric?.MetricName ?? id, points };

  function expressionOf(source: string): Series {
    const metrics = new Map(
      queries.flatMap((one) =>
        one.MetricStat === undefined ? [] : [[one.Id ?? "", valuesOf(one, starts, period, sources)] as const],
      ),
    );
    const expressions = new Map(
      queries.flatMap((one) => (one.Expression === undefined ? [] : [[one.Id ?? "", one.Expression] as const])),
    );
    try {
      return calculate(source, { grid: { starts, period }, metrics, expressions });
    } catch (error) {
      throw invalid(`Error in expression '${id}': ${(error as Error).message}`);
    }
  }
}

function shortestPeriod(queries: readonly MetricDataQuery[]): number {
  const periods = queries.flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
  return periods.length === 0 ? 300 : Math.min(...periods);
}

function valuesOf(
  { MetricStat }: MetricDataQuery,
  starts: readonly number[],
  period: number,
  { store, metricOf }: Sources,
): Series {
  const { Metric = {}, Stat = "", Unit } = MetricStat ?? {};
  const metric = metricOf(Metric);
  return starts.map((start) =>
    store.summarise(metric, start, start + period * 1000, { unit: Unit, period }).statistic(Stat),
  );
}
