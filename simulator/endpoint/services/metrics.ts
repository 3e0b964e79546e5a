/** CloudWatch: the metrics that `cloud serve` measures and others put, and the alarms over them. */
import type {
  Datapoint,
  DimensionFilter,
  GetMetricDataInput,
  GetMetricDataOutput,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
  ListMetricsInput,
  ListMetricsOutput,
  Metric,
  PutMetricDataInput,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeAlarms$,
  GetMetricData$,
  GetMetricStatistics$,
  InvalidNextToken$,
  InvalidParameterCombinationException$,
  InvalidParameterValueException$,
  ListMetrics$,
  MissingRequiredParameterException$,
  PutMetricData$,
  SetAlarmState$,
  ValidationException$,
} from "@aws-sdk/client-cloudwatch";
import { MetricFile, withMetrics } from "../../monitoring/metric-file.ts";
import { type MetricId, MetricStore } from "../../monitoring/metrics.ts";
import { isStatistic } from "../../monitoring/summary.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, reads, type Service, writes } from "../types.ts";
import { page, present } from "../values.ts";
import { describeAlarms, setAlarmState } from "./alarms.ts";
import { dataOf, gridOf, isPeriod } from "./metric-series.ts";
import { toData } from "./put-metrics.ts";

const MINUTE = 60_000;
const TWO_WEEKS_MS = 14 * 24 * 3_600_000;
const THREE_HOURS_MS = 3 * 3_600_000;

const invalidValue = (message: string) => new AwsError(InvalidParameterValueException$, message);
const invalidToken = () => new AwsError(InvalidNextToken$, "The next token is not valid.");

function metricOf({ Namespace, MetricName, Dimensions }: Metric): MetricId {
  const dimensions = Object.fromEntries((Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]));
  return { namespace: Namespace ?? "", name: MetricName ?? "", dimensions };
}

function read(metrics: readonly MetricId[], from: number, to: number, call: EndpointCall): MetricStore {
  return withMetrics(call.home, (file) => file.between(metrics, from, to)) ?? new MetricStore();
}

function getMetricData(input: GetMetricDataInput, call: EndpointCall): GetMetricDataOutput {
  const { MetricDataQueries: queries = [], StartTime, EndTime, ScanBy, MaxDatapoints, NextToken } = input;
  const invalid = (message: string) => new AwsError(ValidationException$, message);
  if (queries.length === 0) throw invalid("The parameter MetricDataQueries is required.");
  if (queries.length > 500) throw invalid("The collection MetricDataQueries must not have a size greater than 500.");
  if (StartTime === undefined || EndTime === undefined) {
    throw invalid("The parameters StartTime and EndTime are required.");
  }
  if (StartTime >= EndTime) throw invalid("The parameter StartTime must be less than the parameter EndTime.");
  const metrics = queries.flatMap(({ MetricStat }) => (MetricStat?.Metric ? [metricOf(MetricStat.Metric)] : []));
  const longest = Math.max(60, ...queries.map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? 60)) * 1000;
  // The first period may begin up to a minute before, and the last end a period after.
  const store = read(metrics, StartTime.getTime() - MINUTE, EndTime.getTime() + longest, call);
  const span = { from: StartTime.getTime(), to: EndTime.getTime() };
  const results = dataOf(queries, { store, span, metricOf, ascending: ScanBy === "TimestampAscending" });
  // Pages count datapoints, over all results in their order.
  const points = results.flatMap(({ points }, result) => points.map((point) => ({ result, point })));
  const { items, next } = page(points, NextToken, MaxDatapoints ?? 100_800, invalidToken());
  return present({
    MetricDataResults: results.map(({ id, label, points }, at) => {
      const shown = items.filter(({ result }) => result === at).map(({ point }) => point);
      const cut = next !== undefined && shown.length < points.length;
      return {
        Id: id,
        Label: label,
        Timestamps: shown.map(({ start }) => new Date(start)),
        Values: shown.map(({ value }) => value),
        StatusCode: cut ? ("PartialData" as const) : ("Complete" as const),
      };
    }),
    NextToken: next,
    Messages: [],
  });
}

function getMetricStatistics(input: GetMetricStatisticsInput, call: EndpointCall): GetMetricStatisticsOutput {
  const { MetricName, StartTime, EndTime, Period, Unit } = input;
  for (const name of ["Namespace", "MetricName", "StartTime", "EndTime", "Period"] as const) {
    if (input[name] === undefined) {
      throw new AwsError(MissingRequiredParameterException$, `The parameter ${name} is required.`);
    }
  }
  const [from, to, period] = [StartTime!.getTime(), EndTime!.getTime(), Period!];
  const combination = (message: string) => new AwsError(InvalidParameterCombinationException$, message);
  if (from >= to) throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
  if (!isPeriod(period)) {
    throw invalidValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  }
  const statistics = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
  if (statistics.length === 0) {
    throw combination("Either Statistics or ExtendedStatistics must be specified.");
  }
  const unknown = statistics.find((statistic) => !isStatistic(statistic));
  if (unknown !== undefined) throw invalidValue(`the simulated cloud does not evaluate the statistic ${unknown}`);
  const starts = gridOf({ from, to }, period);
  if (starts.length > 1440) {
    throw combination(
      `You have requested up to ${starts.length} datapoints, which exceeds the limit of 1,440. You may reduce the ` +
        "datapoints requested by increasing Period, or decreasing the time range.",
    );
  }
  const metric = metricOf(input);
  const store = read([metric], starts[0] ?? from, to + period * 1000, call);
  const Datapoints = starts.flatMap((start): Datapoint[] => {
    const summary = store.summarise(metric, start, start + period * 1000, { unit: Unit, period });
    if (summary.count === 0) return [];
    const extended = (input.ExtendedStatistics ?? []).flatMap((statistic) => {
      const value = summary.statistic(statistic);
      return value === undefined ? [] : [[statistic, value] as const];
    });
    const plain = (input.Statistics ?? []).map((statistic) => [statistic, summary.statistic(statistic)] as const);
    return [
      present({
        Timestamp: new Date(start),
        ...Object.fromEntries(plain),
        ExtendedStatistics: extended.length > 0 ? Object.fromEntries(extended) : undefined,
        Unit: (store.unitOf(metric) ?? "None") as Datapoint["Unit"],
      }),
    ];
  });
  return { Label: MetricName, Datapoints };
}

function listMetrics(input: ListMetricsInput, call: EndpointCall): ListMetricsOutput {
  const { Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken } = input;
  const since = Date.now() - (RecentlyActive === "PT3H" ? THREE_HOURS_MS : TWO_WEEKS_MS);
  const all = withMetrics(call.home, (file) => file.known(since)) ?? [];
  const found = all.filter(
    ({ namespace, name, dimensions }) =>
      (Namespace === undefined || namespace === Namespace) &&
      (MetricName === undefined || name === MetricName) &&
      Dimensions.every(({ Name = "", Value }: DimensionFilter) =>
        Value === undefined ? Name in dimensions : dimensions[Name] === Value,
      ),
  );
  const { items, next } = page(found, NextToken, 500, invalidValue("The next token is not valid."));
  const Metrics = items.map(({ namespace, name, dimensions }) => ({
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  }));
  return present({ Metrics, NextToken: next });
}

function putMetricData(input: PutMetricDataInput, call: EndpointCall): object {
  const data = toData(input, Date.now());
  if (call.home === undefined) throw invalidValue("this cloud keeps no metrics: it has no folder");
  const file = new MetricFile(call.home);
  try {
    for (const datum of data) file.put(datum);
  } finally {
    file.close();
  }
  return {};
}

const ALL_REGIONS = "metrics of all regions are one";

export const METRICS: Service = {
  name: "cloudwatch",
  version: "2010-08-01",
  target: "GraniteServiceVersion20100801",
  xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  queryCompatible: true,
  throttling: "Throttling",
  operations: [
    reads(
      GetMetricData$,
      getMetricData,
      `${ALL_REGIONS}; a period is there as soon as it is over; metric maths as alarms have it, without \`SEARCH\`, ` +
        "`ANOMALY_DETECTION_BAND` and Metrics Insights; percentiles are exact; no trimmed statistics; load balancers' metrics are as " +
        "fine as `cloud serve --metric-seconds` keeps them",
    ),
    reads(GetMetricStatistics$, getMetricStatistics, "as GetMetricData"),
    reads(ListMetrics$, listMetrics, `${ALL_REGIONS}; new metrics are listed at once`),
    writes(PutMetricData$, putMetricData, `${ALL_REGIONS}; entities are refused`),
    reads(
      DescribeAlarms$,
      describeAlarms,
      "states follow from the metrics when they are asked for, and are those of the last full minute",
    ),
    writes(SetAlarmState$, setAlarmState, "until the next full minute; the reason is not kept"),
  ],
};
