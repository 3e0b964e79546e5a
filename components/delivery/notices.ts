import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, topicOverTlsOnly } from "../iam.ts";
import { applyTransform, type Transform } from "../transform.ts";
import { planReleaseNotices, type ReleaseNoticesPlanArgs } from "./notices-plan.ts";

export interface ReleaseNoticesArgs extends ReleaseNoticesPlanArgs {
  /** Key that messages are encrypted with; who publishes needs it too. */
  readonly keyArn: pulumi.Input<string>;
  readonly transform?: { readonly topic?: Transform<aws.sns.TopicArgs> };
}

/**
 * The topic that releases tell people through: when one starts, at each step, when it waits for a person, goes back, ends.
 *
 * A message has the attributes `kind`, `environment`, `service` and `release`, by which others may filter. E-mail gets
 * text; chat gets the form that Amazon Q Developer in chat applications (AWS Chatbot) shows.
 *
 * @example
 * ```ts
 * new ReleaseNotices("releases", {
 *   environment: "production", keyArn: topics.keyArn, everything: ["web@example.com"], urgent: ["on-call@example.com"],
 * });
 * ```
 */
export class ReleaseNotices extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  /** @throws ProblemsError when an address is wrong or stands twice */
  constructor(name: string, args: ReleaseNoticesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { transform: _functions, ...inputs } = args;
    super("causeway:delivery:ReleaseNotices", name, inputs, opts);
    const plan = planReleaseNotices(name, args);

    const topic = new aws.sns.Topic(
      ...applyTransform<aws.sns.TopicArgs>(
        args.transform?.topic,
        name,
        {
          // Not an autoname: every host of a release finds it by its name.
          name: plan.topicName,
          displayName: `${args.environment} releases`,
          kmsMasterKeyId: args.keyArn,
          signatureVersion: 2,
          tags: { Name: plan.topicName },
        },
        { parent: this },
      ),
    );
    new aws.sns.TopicPolicy(name, { arn: topic.arn, policy: overTlsOnly(topic.arn) }, { parent: this });
    for (const { key, address, kinds } of plan.subscriptions) {
      new aws.sns.TopicSubscription(
        `${name}-${key}`,
        {
          topic: topic.arn,
          protocol: "email",
          endpoint: address,
          ...(kinds === undefined ? {} : { filterPolicy: JSON.stringify({ kind: kinds }) }),
        },
        { parent: this },
      );
    }

    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** Who may publish is said in roles of this account; here only what nobody may. */
function overTlsOnly(arn: pulumi.Output<string>): pulumi.Output<string> {
  return policyDocument([topicOverTlsOnly(arn)]);
}
