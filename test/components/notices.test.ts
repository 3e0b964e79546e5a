import type { PublishCommandInput, SNSClient } from "@aws-sdk/client-sns";
import { z } from "zod";
import { SlackChannel } from "../../components/alerting/slack-channel.ts";
import { planReleaseNotices } from "../../components/delivery/notices-plan.ts";
import type { LedgerDraft, LedgerRecord } from "../../contracts/ledger.ts";
import { releaseTopicName } from "../../contracts/notices.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { TopicNotifier } from "../../delivery/aws/notifier.ts";
import { noticeOf } from "../../delivery/notices.ts";
import { getEnvironment } from "../../environments/index.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { plan as planOf } from "../delivery/plans.ts";
import { record } from "../support/harness.ts";

const ACCOUNT = "111122223333";
const TOPIC = "aws:sns/topic:Topic";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

const build = (change: (alerts: ReturnType<typeof getEnvironment>["alerts"]) => object) => {
  const production = getEnvironment("production");
  const environment = { ...production, alerts: { ...production.alerts, ...change(production.alerts) } };
  return record(
    () => buildEnvironment(environment, { accountId: ACCOUNT, provider: createProvider(environment, ACCOUNT) }),
    { account: ACCOUNT, stack: "production" },
  );
};

describe("who is told of releases", () => {
  it("is decided by the routes of alerts: everything, or only what goes wrong, and nobody twice", () => {
    const { subscriptions } = planReleaseNotices("releases", {
      environment: "production",
      everything: ["web@example.com"],
      urgent: ["oncall@example.com", "web@example.com"],
    });
    expect(subscriptions.map(({ address, kinds }) => [address, kinds])).toEqual([
      ["web@example.com", undefined],
      ["oncall@example.com", ["held", "rolling-back"]],
    ]);
    expect(() =>
      planReleaseNotices("releases", { environment: "x", everything: ["web"], urgent: ["a@b.c", "a@b.c"] }),
    ).toThrow(ProblemsError);
  });

  it("is a topic that every host finds, encrypted with the key of alerts, which the host on AWS may publish to", async () => {
    const run = await build(() => ({}));
    const topic = run.one(TOPIC, "releases");
    expect(topic.inputs).toMatchObject({ name: releaseTopicName("production") });
    const key = run.one("aws:kms/key:Key", "alerts");
    expect(String(topic.inputs.kmsMasterKeyId)).toContain(key.id!);
    const policy = String(run.one("aws:iam/rolePolicy:RolePolicy", "release-host-function").inputs.policy);
    expect(policy).toContain('"sns:Publish"');
    const mine = run.all(SUBSCRIPTION).filter(({ name }) => name.startsWith("releases-"));
    expect(mine.map(({ inputs }) => [inputs.endpoint, inputs.filterPolicy])).toEqual([
      ["platform@example.com", undefined],
      ["oncall@example.com", '{"kind":["held","rolling-back"]}'],
    ]);
  });
});

describe("a Slack channel", () => {
  it("is shown releases and alerts of the severities that are named, and can do nothing", async () => {
    const slack = { team: "T0123ABCD", channel: "C0123ABCD", severities: ["P0", "P1"] };
    const run = await build(() => ({ slack }));
    const { inputs } = run.one("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration");
    expect(inputs).toMatchObject({ slackTeamId: "T0123ABCD", slackChannelId: "C0123ABCD" });
    // Without a guardrail AWS gives the channel an administrator's.
    expect(inputs.guardrailPolicyArns).toEqual(["arn:aws:iam::aws:policy/AWSDenyAll"]);
    const topics = (inputs.snsTopicArns as string[]).map((arn) => run.all(TOPIC).find(({ id }) => id === arn)?.name);
    expect(topics).toEqual(["alerts-p0", "alerts-p1", "releases"]);
    expect(run.all("aws:iam/rolePolicy:RolePolicy").filter(({ name }) => name.startsWith("slack"))).toEqual([]);
    expect(
      run.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment").filter(({ name }) => name.startsWith("slack")),
    ).toEqual([]);
  });

  it("is refused when workspace or channel are names and no ids", async () => {
    const args = { environment: "x", region: "eu-west-1", teamId: "acme", channelId: "#releases", topicArns: [] };
    await expect(record(() => new SlackChannel("slack", args))).rejects.toThrow(/"acme"[\s\S]*"#releases"/);
  });
});

/**
 * What AWS Chatbot takes as a custom notification; anything else it drops without a word.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
const chatNotification = z.strictObject({
  version: z.literal("1.0"),
  source: z.literal("custom"),
  id: z.string().optional(),
  content: z.strictObject({
    textType: z.literal("client-markdown").optional(),
    title: z.string().min(1).max(250).optional(),
    description: z.string().min(1).max(8000),
    nextSteps: z.array(z.string()).max(10).optional(),
    keywords: z.array(z.string()).max(10).optional(),
  }),
  metadata: z
    .strictObject({
      threadId: z.string().optional(),
      summary: z.string().optional(),
      eventType: z.string().optional(),
      relatedResources: z.array(z.string()).optional(),
      additionalContext: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

describe("a notice", () => {
  const plan = { ...planOf(), release: "r".repeat(128) };
  const at = { service: "production#hello", seq: 1, release: plan.release, at: "2026-01-05T09:00:00.000Z", who: "ann" };
  const drafts: LedgerDraft[] = [
    { type: "started", plan },
    { type: "entered", stage: "baking", step: 0, reason: "Baking." },
    { type: "held", cause: "approval", reason: "Waits." },
    { type: "entered", stage: "rolling-back", reason: "x".repeat(20_000), result: "rolled-back" },
    { type: "ended", result: "rolled-back", reason: "", live: "blue", weights: { blue: 100, green: 0 } },
  ];

  it.each(drafts.map((draft) => [draft.type, draft] as const))("of %s is what SNS and chat take", async (_, draft) => {
    const notice = noticeOf(plan, { ...at, ...draft } as LedgerRecord)!;
    const sent: PublishCommandInput[] = [];
    const topics = { send: async (command: { input: PublishCommandInput }) => void sent.push(command.input) };
    await new TopicNotifier(topics as unknown as SNSClient, "arn:aws:sns:eu-west-1:111122223333:releases").notify(
      notice,
    );
    const [{ Subject, Message, MessageStructure, MessageAttributes }] = sent as [PublishCommandInput];
    expect(Subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    expect(MessageStructure).toBe("json");
    const { default: chat, email } = JSON.parse(Message!) as { default: string; email: string };
    expect(chatNotification.safeParse(JSON.parse(chat)).error).toBeUndefined();
    expect(email).toContain(notice.title);
    expect(MessageAttributes?.kind?.StringValue).toBe(notice.kind);
    // A message of SNS is at most 256 KiB.
    expect(Buffer.byteLength(Message!)).toBeLessThan(262_144);
  });
});
