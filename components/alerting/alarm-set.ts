import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { SHARED_SERVICE, TAG_KEYS } from "../../contracts/tags.ts";
import type { Severity } from "../../contracts/vocabulary.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { type AlarmSpec, alarmName, checkSpecs, describe, isMath, type Metric, specKey } from "./alarm.ts";

/** What all components of alarms take. */
export interface AlarmSetArgs {
  readonly environment: string;
  /** Topic that alarms of each severity tell, when they fire and when it is over. */
  readonly topicArns: Readonly<Record<Severity, pulumi.Input<string>>>;
  /** URL of the repository's root on its main branch, without a slash at the end; runbook links begin with it. */
  readonly runbookBase: string;
  /** Service the alarms belong to. @default "platform" */
  readonly service?: string;
  readonly transform?: { readonly alarm?: Transform<aws.cloudwatch.MetricAlarmArgs> };
}

/**
 * The alarms of one subject as children of one component: adding a service adds its component and changes no other.
 *
 * Its subclasses decide which alarms there are; this makes them, each with an action, a description and a runbook.
 */
export abstract class AlarmSet extends pulumi.ComponentResource {
  /** Names of the alarms, for release gates and dashboards. */
  readonly alarmNames: readonly string[];
  /** Alarms by `<runbook>[-<qualifier>]-<severity>`. */
  readonly nodes: { readonly alarms: Readonly<Record<string, aws.cloudwatch.MetricAlarm>> };

  /** @throws ProblemsError when an alarm could not work */
  protected constructor(
    type: string,
    name: string,
    args: AlarmSetArgs,
    inputs: pulumi.Inputs,
    specs: readonly AlarmSpec[],
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, inputs, opts);
    const problems = new ProblemCollector(name);
    checkSpecs(problems, args.environment, name, args.runbookBase, specs);
    problems.throwIfAny(`alarms ${name}`);

    const alarms: Record<string, aws.cloudwatch.MetricAlarm> = {};
    for (const spec of specs) {
      const key = specKey(spec);
      alarms[key] = new aws.cloudwatch.MetricAlarm(
        ...applyTransform<aws.cloudwatch.MetricAlarmArgs>(
          args.transform?.alarm,
          `${name}-${key}`,
          alarmArgs(args, name, spec),
          { parent: this, deleteBeforeReplace: true },
        ),
      );
    }
    this.alarmNames = specs.map((spec) => alarmName(args.environment, name, spec));
    this.nodes = { alarms };
    this.registerOutputs({ alarmNames: this.alarmNames });
  }
}

const COMPARISON = {
  above: "GreaterThanThreshold",
  "at-or-above": "GreaterThanOrEqualToThreshold",
  below: "LessThanThreshold",
} as const;

function alarmArgs(args: AlarmSetArgs, subject: string, spec: AlarmSpec): aws.cloudwatch.MetricAlarmArgs {
  const topic = args.topicArns[spec.severity];
  const { period, periods, breaching } = spec.evaluation;
  return {
    name: alarmName(args.environment, subject, spec),
    alarmDescription: describe(spec, args.runbookBase),
    actionsEnabled: true,
    alarmActions: [topic],
    okActions: [topic],
    comparisonOperator: COMPARISON[spec.comparison],
    threshold: spec.threshold,
    evaluationPeriods: periods,
    datapointsToAlarm: breaching,
    treatMissingData: spec.missing.treat,
    ...(spec.warmUpMinutes === undefined
      ? {}
      : {
          warmUpConfiguration: {
            warmUpPeriodDurationInMinutes: spec.warmUpMinutes,
            // Metric maths fills in what is missing, and what is filled in counts as data that would end the warm-up at
            // once: an alarm on silence would page while what it watches is only starting.
            ...(isMath(spec.metric) ? { onlyStartEvaluatingAfterWarmUpPeriodEnds: true } : {}),
          },
        }),
    ...(isMath(spec.metric)
      ? {
          metricQueries: [
            { id: "value", expression: spec.metric.expression, label: spec.metric.label, returnData: true },
            ...Object.entries(spec.metric.metrics).map(([id, metric]) => ({
              id,
              returnData: false,
              metric: {
                namespace: metric.namespace,
                metricName: metric.name,
                dimensions: metric.dimensions,
                stat: metric.stat,
                period,
              },
            })),
          ],
        }
      : single(spec.metric, period)),
    tags: { [TAG_KEYS.service]: args.service ?? SHARED_SERVICE },
  };
}

function single(metric: Metric, period: number): Partial<aws.cloudwatch.MetricAlarmArgs> {
  return {
    namespace: metric.namespace,
    metricName: metric.name,
    dimensions: metric.dimensions,
    period,
    ...(/^p\d/.test(metric.stat) ? { extendedStatistic: metric.stat } : { statistic: metric.stat }),
  };
}
