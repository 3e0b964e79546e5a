/** Alarms of CloudWatch, and their states by what was measured. */
import type {
  CompositeAlarm,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm,
  SetAlarmStateInput,
} from "@aws-sdk/client-cloudwatch";
import { InvalidNextToken$, ResourceNotFound$, ValidationException$ } from "@aws-sdk/client-cloudwatch";
import { COMPOSITE_ALARM, METRIC_ALARM, readAlarms } from "../../monitoring/alarms.ts";
import { readMetrics } from "../../monitoring/metric-file.ts";
import { MetricStore } from "../../monitoring/metrics.ts";
import { type ObservedAlarm, observe, relevantSince } from "../../monitoring/observe.ts";
import { setState, setStates } from "../../monitoring/stored.ts";
import type { JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import type { EndpointCall, Entry } from "../types.ts";
import { number, objects, page, present, text, texts } from "../values.ts";

/** The state of every alarm of the region, by name. */
export function alarmStates(call: EndpointCall, now: number): Map<string, ObservedAlarm> {
  const entries = [...call.list(METRIC_ALARM), ...call.list(COMPOSITE_ALARM)];
  const alarms = readAlarms(
    entries.map(({ arn, state, createdAt, stored }) => ({
      type: stored.type,
      properties: { ...state, arn },
      createdAt: createdAt.getTime(),
    })),
  );
  const metrics = call.home === undefined ? new MetricStore() : readMetrics(call.home, relevantSince(alarms, now));
  const set = setStates(
    call.store,
    entries.map(({ stored }) => stored),
  );
  return new Map(observe(alarms, metrics, now, set).alarms.map((alarm) => [alarm.name, alarm]));
}

export function describeAlarms(input: DescribeAlarmsInput, call: EndpointCall): DescribeAlarmsOutput {
  const { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, ActionPrefix, MaxRecords, NextToken } = input;
  const invalid = (message: string) => new AwsError(ValidationException$, message);
  if (AlarmNames?.length && AlarmNamePrefix !== undefined) {
    throw invalid("AlarmNames and AlarmNamePrefix cannot be specified at the same time");
  }
  if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined) {
    throw invalid("the simulated cloud does not list alarms by the composite alarms they are in");
  }
  const types = AlarmTypes?.length ? AlarmTypes : ["MetricAlarm"];
  const states = alarmStates(call, Date.now());
  const entries = [
    ...(types.includes("CompositeAlarm") ? call.list(COMPOSITE_ALARM) : []),
    ...(types.includes("MetricAlarm") ? call.list(METRIC_ALARM) : []),
  ];
  const found = entries
    .map((entry) => ({ entry, name: nameOf(entry), seen: states.get(nameOf(entry)) }))
    .filter(
      ({ entry, name, seen }) =>
        (!AlarmNames?.length || AlarmNames.includes(name)) &&
        (AlarmNamePrefix === undefined || name.startsWith(AlarmNamePrefix)) &&
        (StateValue === undefined || seen?.state === StateValue) &&
        (ActionPrefix === undefined || texts(entry.state.alarmActions).some((one) => one.startsWith(ActionPrefix))),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const size = MaxRecords ?? 50;
  if (size < 1 || size > 100) throw invalid("MaxRecords must be between 1 and 100");
  const { items, next } = page(found, NextToken, size, new AwsError(InvalidNextToken$, "The next token is not valid."));
  const of = (type: string) => items.filter(({ entry }) => entry.stored.type === type);
  return present({
    MetricAlarms: of(METRIC_ALARM).map(({ entry, seen }) => metricAlarm(entry, seen)),
    CompositeAlarms: of(COMPOSITE_ALARM).map(({ entry, seen }) => compositeAlarm(entry, seen)),
    NextToken: next,
  });
}

export function setAlarmState({ AlarmName, StateValue, StateReason }: SetAlarmStateInput, call: EndpointCall): object {
  const invalid = (message: string) => new AwsError(ValidationException$, message);
  if (StateValue !== "OK" && StateValue !== "ALARM" && StateValue !== "INSUFFICIENT_DATA") {
    throw invalid(`The state ${StateValue ?? "(none)"} is none of OK, ALARM and INSUFFICIENT_DATA`);
  }
  if (StateReason === undefined) throw invalid("StateReason is required");
  const entries = [...call.list(METRIC_ALARM), ...call.list(COMPOSITE_ALARM)];
  const found = entries.find((entry) => nameOf(entry) === AlarmName);
  if (found === undefined) throw new AwsError(ResourceNotFound$, `The alarm ${AlarmName ?? ""} does not exist`);
  setState(call.store, found.stored, StateValue);
  return {};
}

const nameOf = ({ state }: Entry): string => text(state.name) ?? text(state.alarmName) ?? "";

function common({ arn, state, createdAt, ...entry }: Entry, seen: ObservedAlarm | undefined) {
  const since = new Date(seen?.since ?? createdAt.getTime());
  return {
    AlarmName: nameOf({ arn, state, createdAt, ...entry }),
    AlarmArn: arn,
    AlarmDescription: text(state.alarmDescription),
    AlarmConfigurationUpdatedTimestamp: createdAt,
    ActionsEnabled: state.actionsEnabled !== false,
    OKActions: texts(state.okActions),
    AlarmActions: texts(state.alarmActions),
    InsufficientDataActions: texts(state.insufficientDataActions),
    StateValue: seen?.state ?? ("INSUFFICIENT_DATA" as const),
    StateReason: reasonOf(seen),
    StateUpdatedTimestamp: since,
    StateTransitionedTimestamp: since,
  };
}

function reasonOf(seen: ObservedAlarm | undefined): string {
  if (seen?.reason !== undefined) return `not evaluated by the simulated cloud: ${seen.reason}`;
  if (seen?.since === undefined) return "Unchecked: Initial alarm creation";
  if (seen.kind === "composite") return "by the states of the alarms in its rule";
  const value = seen.value === undefined ? "no datapoint" : `the last datapoint is ${seen.value}`;
  return `Threshold: ${seen.threshold ?? ""}; ${value}`;
}

function metricAlarm(entry: Entry, seen: ObservedAlarm | undefined): MetricAlarm {
  const { state } = entry;
  const metrics = objects(state.metricQueries);
  const low = text(state.evaluateLowSampleCountPercentiles);
  return present({
    ...common(entry, seen),
    MetricName: text(state.metricName),
    Namespace: text(state.namespace),
    Statistic: text(state.statistic) as MetricAlarm["Statistic"],
    ExtendedStatistic: text(state.extendedStatistic),
    Dimensions: metrics.length > 0 ? [] : dimensionsOf(state.dimensions as JsonObject | undefined),
    Period: metrics.length > 0 ? undefined : number(state.period),
    Unit: text(state.unit) as MetricAlarm["Unit"],
    EvaluationPeriods: number(state.evaluationPeriods),
    DatapointsToAlarm: number(state.datapointsToAlarm),
    Threshold: number(state.threshold),
    ComparisonOperator: text(state.comparisonOperator) as MetricAlarm["ComparisonOperator"],
    TreatMissingData: text(state.treatMissingData) ?? "missing",
    EvaluateLowSampleCountPercentile: low,
    ThresholdMetricId: text(state.thresholdMetricId),
    Metrics: metrics.length > 0 ? metrics.map(queryOf) : undefined,
  });
}

function dimensionsOf(dimensions: JsonObject | undefined) {
  return Object.entries(dimensions ?? {}).map(([Name, value]) => ({ Name, Value: String(value) }));
}

function queryOf(query: JsonObject) {
  const metric = objects(query.metric)[0];
  return present({
    Id: text(query.id),
    Expression: text(query.expression),
    Label: text(query.label),
    Period: number(query.period),
    ReturnData: query.returnData === true,
    AccountId: text(query.accountId),
    MetricStat:
      metric &&
      present({
        Metric: present({
          Namespace: text(metric.namespace),
          MetricName: text(metric.metricName),
          Dimensions: dimensionsOf(objects(metric.dimensions)[0]),
        }),
        Period: number(metric.period),
        Stat: text(metric.stat),
        Unit: text(metric.unit) as MetricAlarm["Unit"],
      }),
  });
}

function compositeAlarm(entry: Entry, seen: ObservedAlarm | undefined): CompositeAlarm {
  const suppressor = objects(entry.state.actionsSuppressor)[0];
  return present({
    ...common(entry, seen),
    AlarmRule: text(entry.state.alarmRule),
    ActionsSuppressor: text(suppressor?.alarm),
    ActionsSuppressorWaitPeriod: number(suppressor?.waitPeriod),
    ActionsSuppressorExtensionPeriod: number(suppressor?.extensionPeriod),
  });
}
