import { SlackChannel } from "../components/alerting/slack-channel.ts";
import type { AlertTopics } from "../components/alerting/topics.ts";
import { ReleaseNotices } from "../components/delivery/notices.ts";
import type { EnvironmentContext } from "./context.ts";

/**
 * Who is told of releases, by the routes of alerts: those who look this week (P3) of everything, those who are paged for
 * users that are hurt (P1) of what goes wrong. The chat of the environment is shown releases and alerts.
 */
export function buildNotices({ environment, options }: EnvironmentContext, topics: AlertTopics): ReleaseNotices {
  const { routes, slack } = environment.alerts;
  const notices = new ReleaseNotices(
    "releases",
    {
      environment: environment.name,
      keyArn: topics.keyArn,
      everything: routes.P3.email,
      urgent: routes.P1.email,
    },
    options,
  );
  if (slack !== undefined) {
    new SlackChannel(
      "slack",
      {
        environment: environment.name,
        region: environment.region,
        teamId: slack.team,
        channelId: slack.channel,
        topicArns: [...slack.severities.map((severity) => topics.arns[severity]), notices.topicArn],
      },
      options,
    );
  }
  return notices;
}
