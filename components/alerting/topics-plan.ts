import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import { SEVERITIES, type Severity } from "../../contracts/vocabulary.ts";

/** Where alerts of some severities go. */
export interface AlertRoute {
  /** Key of the route, such as `on-call`; renaming it makes a new subscription. */
  readonly name: string;
  readonly severities: readonly Severity[];
  /** E-mail has to be confirmed by its reader; https is a paging service or a chat's webhook. */
  readonly protocol: "email" | "https";
  /** Address or URL; a URL that carries a token should be a secret. */
  readonly endpoint: pulumi.Input<string>;
}

/** What decides the topics; see `AlertTopicsArgs`. */
export interface TopicsPlanArgs {
  readonly environment: string;
  readonly region: string;
  readonly accountId: string;
  readonly routes: readonly AlertRoute[];
  /** Severities that must reach somebody; production says P0 and P1. @default [] */
  readonly mustReach?: readonly Severity[];
}

export interface SubscriptionPlan {
  readonly severity: Severity;
  readonly route: AlertRoute;
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
  const names = new Set<string>();
  args.routes.forEach((route, index) => {
    const at = `routes[${index}]`;
    problems.require(
      /^[a-z][a-z0-9-]*$/.test(route.name),
      `${at}.name`,
      `"${route.name}" is no name.`,
      "Use lower-case letters, digits and -.",
    );
    problems.require(!names.has(route.name), `${at}.name`, `"${route.name}" stands twice.`, "Name each route once.");
    names.add(route.name);
    problems.require(
      route.severities.length > 0,
      `${at}.severities`,
      "the route is for no severity.",
      "Name at least one, or remove the route.",
    );
    problems.require(
      new Set(route.severities).size === route.severities.length,
      `${at}.severities`,
      `${route.severities.join(", ")} names a severity twice.`,
      "Name each once.",
    );
    // An endpoint that is a secret or an output is checked by SNS; it cannot be read here.
    if (typeof route.endpoint !== "string") return;
    const fits =
      route.protocol === "email"
        ? /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(route.endpoint)
        : URL.canParse(route.endpoint) && route.endpoint.startsWith("https://");
    problems.require(
      fits,
      `${at}.endpoint`,
      // Not quoted: the URL of a webhook is often all that is needed to post to it.
      route.protocol === "email" ? "this is no e-mail address." : "this is no https URL.",
      route.protocol === "email"
        ? "Write it as team@example.com."
        : "Write it with https://; alerts are not sent in the clear.",
    );
  });
  for (const severity of args.mustReach ?? []) {
    problems.require(
      args.routes.some((route) => route.severities.includes(severity)),
      "routes",
      `an alert of severity ${severity} would reach nobody.`,
      `Add ${severity} to a route.`,
    );
  }
  problems.throwIfAny(`alert topics ${name}`);
  return {
    subscriptions: SEVERITIES.flatMap((severity) =>
      args.routes.filter((route) => route.severities.includes(severity)).map((route) => ({ severity, route })),
    ),
  };
}
