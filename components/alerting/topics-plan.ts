import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { SEVERITIES, type Severity } from "../../contracts/vocabulary.ts";

/** Who hears about an alert of one severity. */
export interface AlertRoute {
  /** E-mail addresses; each reader confirms the subscription once. @default [] */
  readonly email?: readonly string[];
  /** HTTPS endpoints without credentials in their address. @default [] */
  readonly https?: readonly string[];
  /**
   * HTTPS endpoints whose address is a secret, as those of paging services are, by a name that stays: it is the key of
   * the subscription.
   * @default {}
   */
  readonly secretHttps?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What decides the topics; see `AlertTopicsArgs`. */
export interface TopicsPlanArgs {
  readonly environment: string;
  readonly region: string;
  readonly accountId: string;
  readonly routes: Readonly<Partial<Record<Severity, AlertRoute>>>;
  /** Severities that must reach somebody; production says P0 and P1. @default [] */
  readonly mustReach?: readonly Severity[];
}

export interface SubscriptionPlan {
  /** Made from the severity and the receiver, so that adding one touches no other. */
  readonly key: string;
  readonly severity: Severity;
  readonly protocol: "email" | "https";
  readonly endpoint: pulumi.Input<string>;
}

export interface TopicsPlan {
  readonly subscriptions: readonly SubscriptionPlan[];
}

/**
 * Decides which subscriptions exist.
 *
 * @throws ProblemsError with everything that is wrong, a severity that reaches nobody included
 */
export function planTopics(name: string, args: TopicsPlanArgs): TopicsPlan {
  const problems = new ProblemCollector(name);
  const subscriptions = SEVERITIES.flatMap((severity): SubscriptionPlan[] => {
    const route = args.routes[severity] ?? {};
    const subscription = (protocol: "email" | "https", receiver: string, endpoint: pulumi.Input<string>) => ({
      key: `${severity.toLowerCase()}-${protocol}-${slug(receiver)}`,
      severity,
      protocol,
      endpoint,
    });
    (route.email ?? []).forEach((address, index) => {
      problems.require(
        /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address),
        `routes.${severity}.email[${index}]`,
        `"${address}" is no e-mail address.`,
        "Write it as team@example.com.",
      );
    });
    (route.https ?? []).forEach((url, index) => {
      const parsed = URL.canParse(url) ? new URL(url) : undefined;
      problems.require(
        parsed?.protocol === "https:",
        `routes.${severity}.https[${index}]`,
        "this is no https URL.",
        "Write it with https://; alerts are not sent in the clear.",
      );
      problems.require(
        !parsed?.username && !parsed?.password && !parsed?.search,
        `routes.${severity}.https[${index}]`,
        // Not quoted: then the log would have the credentials too.
        "the URL carries credentials or a query, and would be readable in the state.",
        "Give it as a secret in secretHttps.",
      );
    });
    return [
      ...(route.email ?? []).map((address) => subscription("email", address, address)),
      ...(route.https ?? []).map((url) => subscription("https", url.replace(/^https:/, ""), url)),
      ...Object.entries(route.secretHttps ?? {}).map(([key, url]) => subscription("https", key, url)),
    ];
  });
  const seen = new Set<string>();
  for (const { key, severity } of subscriptions) {
    problems.require(
      !seen.has(key),
      `routes.${severity}`,
      `two receivers have the key ${key}.`,
      "Remove one; if they differ in punctuation only, rename it.",
    );
    seen.add(key);
  }
  for (const severity of args.mustReach ?? []) {
    problems.require(
      subscriptions.some((subscription) => subscription.severity === severity),
      `routes.${severity}`,
      `an alert of severity ${severity} would reach nobody.`,
      "Give an e-mail address or an HTTPS endpoint.",
    );
  }
  problems.throwIfAny(`alert topics ${name}`);
  return { subscriptions };
}

function slug(receiver: string): string {
  return receiver
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
