/** What `PutMetricData` takes. Limits are those of its API reference. */
import type { MetricDatum as GivenDatum, PutMetricDataInput } from "@aws-sdk/client-cloudwatch";
import {
  InvalidParameterCombinationException$,
  InvalidParameterValueException$,
  MissingRequiredParameterException$,
} from "@aws-sdk/client-cloudwatch";
import type { MetricDatum } from "../../dataplane/metrics.ts";
import { AwsError } from "../errors.ts";

const OLDEST_MS = 14 * 24 * 3_600_000;
const NEWEST_MS = 2 * 3_600_000;
const GREATEST = 2 ** 360;

const invalid = (message: string) => new AwsError(InvalidParameterValueException$, message);

/** @throws AwsError for what CloudWatch refuses; nothing of the call counts then */
export function toData(input: PutMetricDataInput, now: number): MetricDatum[] {
  const { Namespace, MetricData = [] } = input;
  if (!Namespace) throw new AwsError(MissingRequiredParameterException$, "The parameter Namespace is required.");
  if (Namespace.startsWith("AWS/")) {
    throw invalid("The value AWS/ for parameter Namespace is invalid. Namespaces that begin with AWS/ are reserved.");
  }
  if (input.EntityMetricData !== undefined) throw invalid("the simulated cloud does not keep entities of metrics");
  if (MetricData.length === 0) {
    throw new AwsError(MissingRequiredParameterException$, "The parameter MetricData is required.");
  }
  if (MetricData.length > 1000) throw invalid("The collection MetricData must not have a size greater than 1000.");
  return MetricData.flatMap((datum, at) => oneDatum(Namespace, datum, `MetricData.member.${at + 1}`, now));
}

function oneDatum(namespace: string, given: GivenDatum, at: string, now: number): MetricDatum[] {
  const { MetricName, Dimensions = [], Timestamp, Unit = "None", StorageResolution = 60 } = given;
  if (!MetricName)
    throw new AwsError(MissingRequiredParameterException$, `The parameter ${at}.MetricName is required.`);
  if (Dimensions.length > 30) throw invalid(`The collection ${at}.Dimensions must not have a size greater than 30.`);
  const timestamp = Timestamp?.getTime() ?? now;
  if (!(timestamp >= now - OLDEST_MS && timestamp <= now + NEWEST_MS)) {
    throw invalid(
      `The parameter ${at}.Timestamp must specify a time no more than two weeks in the past and no more than two hours in the future.`,
    );
  }
  if (StorageResolution !== 1 && StorageResolution !== 60) {
    throw invalid(`The value ${StorageResolution} for parameter ${at}.StorageResolution must be 1 or 60.`);
  }
  const dimensions = Object.fromEntries(Dimensions.map(({ Name = "", Value = "" }) => [Name, Value]));
  const about = { namespace, name: MetricName, dimensions, timestamp, unit: Unit, resolution: StorageResolution };
  return valuesOf(given, at).map((values) => ({ ...about, values }));
}

function valuesOf({ Value, Values, Counts, StatisticValues }: GivenDatum, at: string): MetricDatum["values"][] {
  const given = [Value, Values, StatisticValues].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new AwsError(
      given.length === 0 ? MissingRequiredParameterException$ : InvalidParameterCombinationException$,
      given.length === 0
        ? `At least one of the parameters Value, Values and StatisticValues must be specified for ${at}.`
        : `The parameters ${at}.Value, ${at}.Values and ${at}.StatisticValues are mutually exclusive and you have specified more than one.`,
    );
  }
  if (StatisticValues !== undefined) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = StatisticValues;
    for (const value of [SampleCount, Sum, Minimum, Maximum]) assertValue(value, at);
    if (SampleCount <= 0 || Minimum > Maximum) throw invalid(`${at}.StatisticValues is no statistic set.`);
    return [{ count: SampleCount, sum: Sum, min: Minimum, max: Maximum }];
  }
  if (Value !== undefined) return [[assertValue(Value, at)]];
  const values = (Values ?? []).map((value) => assertValue(value, at));
  if (values.length === 0 || values.length > 150) throw invalid(`${at}.Values must have between 1 and 150 values.`);
  if (Counts === undefined) return [values];
  if (Counts.length !== values.length) {
    throw invalid(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`);
  }
  return values.map((value, index) => {
    const count = assertValue(Counts[index] ?? 0, at);
    return { count, sum: value * count, min: value, max: value };
  });
}

function assertValue(value: number, at: string): number {
  if (Number.isFinite(value) && Math.abs(value) <= GREATEST) return value;
  throw invalid(`The value ${value} for parameter ${at} is not supported: NaN, infinity and beyond 2^360.`);
}
