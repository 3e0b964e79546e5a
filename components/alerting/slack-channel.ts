import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { trustPolicy } from "../iam.ts";
import { partitionOf } from "../security/key-plan.ts";

export interface SlackChannelArgs {
  readonly environment: string;
  readonly region: string;
  /** Id of the Slack workspace, such as `T0123ABCD`. It is authorised once, by hand, in the console of AWS Chatbot. */
  readonly teamId: string;
  /** Id of the channel, such as `C0123ABCD`; a private one has to invite the app. */
  readonly channelId: string;
  /** Topics whose messages are shown. */
  readonly topicArns: readonly pulumi.Input<string>[];
}

/**
 * Shows the messages of topics in a Slack channel, by Amazon Q Developer in chat applications (AWS Chatbot).
 *
 * The channel is for reading. Nobody can run anything in the account from it: the role has no rights, and the guardrail,
 * which AWS would otherwise set to `AdministratorAccess`, denies everything.
 */
export class SlackChannel extends pulumi.ComponentResource {
  readonly configurationArn: pulumi.Output<string>;

  /** @throws ProblemsError when workspace or channel are no ids */
  constructor(name: string, args: SlackChannelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:alerting:SlackChannel", name, args, opts);
    const problems = new ProblemCollector(name);
    problems.require(
      /^T[A-Z0-9]{8,}$/.test(args.teamId),
      "teamId",
      `"${args.teamId}" is no id of a Slack workspace.`,
      "It begins with T, and stands in the address of the workspace in a browser.",
    );
    problems.require(
      /^[CG][A-Z0-9]{8,}$/.test(args.channelId),
      "channelId",
      `"${args.channelId}" is no id of a Slack channel.`,
      "It begins with C or G, and stands at the end of the channel's details.",
    );
    problems.throwIfAny(`slack channel ${name}`);

    const role = new aws.iam.Role(
      name,
      {
        description: `Lets AWS Chatbot show messages of ${args.environment}; it may do nothing`,
        assumeRolePolicy: trustPolicy("chatbot.amazonaws.com"),
      },
      { parent: this },
    );
    const configuration = new aws.chatbot.SlackChannelConfiguration(
      name,
      {
        configurationName: `causeway-${args.environment}-${name}`,
        slackTeamId: args.teamId,
        slackChannelId: args.channelId,
        snsTopicArns: [...args.topicArns],
        iamRoleArn: role.arn,
        guardrailPolicyArns: [`arn:${partitionOf(args.region)}:iam::aws:policy/AWSDenyAll`],
        loggingLevel: "ERROR",
        userAuthorizationRequired: true,
      },
      { parent: this },
    );

    this.configurationArn = configuration.chatConfigurationArn;
    this.registerOutputs({ configurationArn: this.configurationArn });
  }
}
