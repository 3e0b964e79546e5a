import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SEVERITIES, type Severity } from "../../contracts/vocabulary.ts";
import { policyDocument, topicOverTlsOnly } from "../iam.ts";
import { Key } from "../security/key.ts";
import { partitionOf } from "../security/key-plan.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { planTopics, type TopicsPlanArgs } from "./topics-plan.ts";

export interface AlertTopicsArgs extends TopicsPlanArgs {
  /** Whether Pulumi refuses to delete the topics' key. */
  readonly protect: boolean;
  readonly transform?: { readonly topic?: Transform<aws.sns.TopicArgs> };
}

/** ARN of the topic of each severity. */
export type TopicArns = Readonly<Record<Severity, pulumi.Output<string>>>;

/**
 * One topic for each severity, so that who is told, and how loudly, is decided once and not in every alarm.
 *
 * Topics are encrypted with a key of their own: with the key AWS manages for SNS, CloudWatch alarms cannot publish and
 * fail without telling anyone. Only alarms, backups and budgets of this account may publish, and only over TLS.
 *
 * @example
 * ```ts
 * const topics = new AlertTopics("alerts", {
 *   environment: "production", region: "eu-west-1", accountId: "111122223333", protect: true, mustReach: ["P0", "P1"],
 *   routes: { P0: { secretHttps: { pager: pagerUrl } }, P1: { email: ["on-call@example.com"] } },
 * });
 * ```
 */
export class AlertTopics extends pulumi.ComponentResource {
  readonly arns: TopicArns;
  readonly keyArn: pulumi.Output<string>;
  readonly nodes: { readonly topics: Readonly<Record<Severity, aws.sns.Topic>>; readonly key: Key };

  /** @throws ProblemsError when a route is wrong or a severity that must reach somebody does not */
  constructor(name: string, args: AlertTopicsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:alerting:Topics", name, inputs, opts);
    const plan = planTopics(name, args);
    const publishers = publishersOf(args);

    const key = new Key(
      name,
      {
        alias: `${args.environment}/${name}`,
        description: `Alerts of ${args.environment} on their way through SNS`,
        region: args.region,
        accountId: args.accountId,
        deletionWindowDays: args.protect ? 30 : 7,
        viaServices: ["sns"],
        serviceUses: publishers.map(({ id, service }) => ({ id, service })),
        protect: args.protect,
      },
      { parent: this },
    );
    const topics = {} as Record<Severity, aws.sns.Topic>;
    for (const severity of SEVERITIES) {
      const child = `${name}-${severity.toLowerCase()}`;
      const topic = new aws.sns.Topic(
        ...applyTransform<aws.sns.TopicArgs>(
          args.transform?.topic,
          child,
          {
            displayName: `${args.environment} ${severity}`,
            kmsMasterKeyId: key.arn,
            signatureVersion: 2,
            tags: { Name: `${args.environment}-${severity}` },
          },
          { parent: this },
        ),
      );
      new aws.sns.TopicPolicy(child, { arn: topic.arn, policy: topicPolicy(topic.arn, publishers) }, { parent: this });
      topics[severity] = topic;
    }
    for (const { key: receiver, severity, protocol, endpoint } of plan.subscriptions) {
      new aws.sns.TopicSubscription(
        `${name}-${receiver}`,
        {
          topic: topics[severity].arn,
          protocol,
          endpoint,
          ...(protocol === "https" ? { endpointAutoConfirms: true } : {}),
        },
        { parent: this },
      );
    }

    this.arns = Object.fromEntries(SEVERITIES.map((severity) => [severity, topics[severity].arn])) as Record<
      Severity,
      pulumi.Output<string>
    >;
    this.keyArn = key.arn;
    this.nodes = { topics, key };
    this.registerOutputs({ arns: this.arns });
  }
}

interface Publisher {
  readonly id: string;
  readonly service: string;
  readonly accountId: string;
  /** ARN pattern of what publishes; unset where the service does not send one. */
  readonly sourceArn?: string;
}

function publishersOf({ region, accountId }: AlertTopicsArgs): Publisher[] {
  const partition = partitionOf(region);
  return [
    {
      id: "AlarmsPublish",
      service: "cloudwatch.amazonaws.com",
      accountId,
      sourceArn: `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:*`,
    },
    { id: "BackupsPublish", service: "backup.amazonaws.com", accountId },
    {
      id: "BudgetsPublish",
      service: "budgets.amazonaws.com",
      accountId,
      sourceArn: `arn:${partition}:budgets::${accountId}:*`,
    },
  ];
}

function topicPolicy(arn: pulumi.Output<string>, publishers: readonly Publisher[]): pulumi.Output<string> {
  return policyDocument([
    ...publishers.map((publisher) => ({
      Sid: publisher.id,
      Effect: "Allow" as const,
      Principal: { Service: publisher.service },
      Action: "sns:Publish",
      Resource: arn,
      Condition: {
        StringEquals: { "aws:SourceAccount": publisher.accountId },
        ...(publisher.sourceArn ? { ArnLike: { "aws:SourceArn": publisher.sourceArn } } : {}),
      },
    })),
    topicOverTlsOnly(arn),
  ]);
}
