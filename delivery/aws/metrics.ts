import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { AwsCallError, during } from "./errors.ts";

/** One metric in one statistic. */
export interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  /** Length of one period. */
  readonly seconds: number;
}

/** Values by the beginning of their period, in milliseconds since 1970. */
export type Values = ReadonlyMap<number, number>;

/** Metrics that one call of GetMetricData takes. */
const MOST_QUERIES = 500;

/** Reads any number of metrics between two points in time, in as few calls as CloudWatch allows. */
export async function readSeries<K extends string>(
  metrics: CloudWatchClient,
  wanted: Readonly<Record<K, Series>>,
  from: number,
  to: number,
): Promise<Readonly<Record<K, Values>>> {
  const names = Object.keys(wanted) as K[];
  const values = new Map<K, Map<number, number>>(names.map((name) => [name, new Map()]));
  for (let first = 0; first < names.length && from < to; first += MOST_QUERIES) {
    const part = names.slice(first, first + MOST_QUERIES);
    const MetricDataQueries = part.map((name, index) => query(`m${index}`, wanted[name]));
    let NextToken: string | undefined;
    do {
      const page = await during("reading metrics by GetMetricData", () =>
        metrics.send(
          new GetMetricDataCommand({
            MetricDataQueries,
            StartTime: new Date(from),
            EndTime: new Date(to),
            ScanBy: "TimestampAscending",
            NextToken,
          }),
        ),
      );
      for (const { Id = "", Timestamps = [], Values = [], StatusCode, Messages } of page.MetricDataResults ?? []) {
        const name = part[Number(Id.slice(1))]!;
        if (StatusCode === "InternalError" || StatusCode === "Forbidden") {
          const { namespace, name: metric } = wanted[name];
          const said = Messages?.map(({ Value }) => Value).join(" ") ?? "";
          throw new AwsCallError(
            `reading the metric ${namespace}/${metric}`,
            new Error(`${StatusCode} ${said}`.trim()),
          );
        }
        for (const [index, time] of Timestamps.entries()) values.get(name)!.set(time.getTime(), Values[index] ?? 0);
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  return Object.fromEntries(values) as unknown as Record<K, Values>;
}

function query(Id: string, { namespace, name, dimensions, statistic, seconds }: Series): MetricDataQuery {
  return {
    Id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: seconds,
      Stat: statistic,
    },
    ReturnData: true,
  };
}
