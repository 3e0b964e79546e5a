import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { READS_DATA_ACTIONS, RETURNS_CREDENTIALS_ACTIONS } from "../../policies/data/exposure.ts";
import { iamAction } from "../../policies/data/iam.ts";
import { widerThanNeeded } from "../../policies/rules/least-privilege/actions.ts";
import { openWays } from "../../policies/rules/least-privilege/escalation.ts";
import { CREDENTIALS, METHODS } from "../policies/fixtures/cloudsplaining.ts";
import type { AboutAction, Facts } from "./facts.ts";
import { type FindingClass, isConditional, type Side } from "./finding-class.ts";

const level = (name: string): string | undefined => iamAction(name)?.level;
const lower = (names: Iterable<string>): Set<string> => new Set([...names].map((name) => name.toLowerCase()));

/** Why cloudsplaining has an action that ours has not, or the other way round. */
function whyAction(item: string, side: Side, facts: Facts, about: AboutAction | undefined): string | undefined {
  const action = iamAction(item);
  const allowing = facts.allowing(item);
  if (side === "judge") {
    if (!action) return "AWS's reference no longer has the action: `iam-unknown-action` says so where it is named";
    if (action.resourceTypes.length === 0)
      return "AWS's reference has no resource type of the action: it accepts only `*`";
    if (allowing.some(({ notActions }) => notActions.known.length > 0))
      return "allowed by exclusion, of which `iam-inverted-allow` speaks";
    if (facts.denying(item).length > 0) return "a `Deny` of the same document takes it away again";
    return undefined;
  }
  if (allowing.every(isConditional))
    return "cloudsplaining leaves out every statement with a condition, whatever it asks";
  if (facts.denying(item).length > 0)
    return "cloudsplaining takes an action for denied wherever and whenever a `Deny` names it";
  const unconditional = allowing.filter((statement) => !isConditional(statement));
  if (unconditional.every(({ resources }) => !resources.known.includes("*")))
    return "cloudsplaining only looks at the resource `*`, not at patterns that are as wide";
  if (!about?.sentry) return "cloudsplaining's data don't have the action yet";
  if (about.sentry.starOnly) return "cloudsplaining's data have no resource type of the action, AWS's reference has";
  return undefined;
}

const READ_LEVELS = ["List", "Read"];
const opened = (facts: Facts): string[] => [...(facts.open?.actions.values() ?? [])].map(({ name }) => name);

const methodsOf = (facts: Facts): string[] => {
  const ways = new Set(facts.open ? openWays(facts.open) : []);
  return Object.entries(METHODS).flatMap(([method, joined]) => {
    const actions = joined.split(" ");
    const covering = ESCALATION_PATHS.filter((way) => way.actions.every((action) => actions.includes(action)));
    const most = Math.max(...covering.map((way) => way.actions.length));
    const all = actions.every((action) => facts.open?.actions.has(action.toLowerCase()));
    return all && covering.some((way) => way.actions.length === most && ways.has(way)) ? [method] : [];
  });
};

/** What cloudsplaining finds, and how ours is compared with it. */
export const CLOUDSPLAINING: readonly FindingClass[] = [
  {
    judge: "cloudsplaining",
    name: "PrivilegeEscalation",
    rule: "iam-privilege-escalation",
    items: "method",
    ours: methodsOf,
    why(item, side, facts, about) {
      const actions = METHODS[item]?.split(" ") ?? [];
      const open = (name: string): boolean => facts.open?.actions.has(name.toLowerCase()) ?? false;
      if (side === "judge") {
        const closed = actions.filter((name) => !open(name));
        if (closed.length === 0) return "the role may be passed to a service that the method doesn't use";
        if (closed.every((name) => iamAction(name)?.resourceTypes.length === 0))
          return "an action that accepts only `*` is allowed on ARNs, which grants nothing";
        if (closed.some((name) => facts.denying(name).length > 0))
          return "a `Deny` of the same document takes one action away";
        return undefined;
      }
      const reasons = actions.map((name) => whyAction(name, side, facts, about));
      return reasons.find((reason) => reason !== undefined);
    },
  },
  {
    judge: "cloudsplaining",
    name: "DataExfiltration",
    rule: "iam-data-exfiltration",
    items: "action",
    // Of the 91 actions of the rule those that cloudsplaining asks for.
    ours: (facts) =>
      opened(facts).filter(
        (name) =>
          READS_DATA_ACTIONS.has(name) &&
          /^(s3:GetObject|ssm:GetParameters?|ssm:GetParametersByPath|secretsmanager:GetSecretValue)$/.test(name),
      ),
    why: whyAction,
  },
  {
    judge: "cloudsplaining",
    name: "CredentialsExposure",
    rule: "iam-credential-exposure",
    items: "action",
    ours: (facts) =>
      opened(facts).filter(
        (name) => RETURNS_CREDENTIALS_ACTIONS.has(name) && lower(CREDENTIALS).has(name.toLowerCase()),
      ),
    why: whyAction,
  },
  {
    judge: "cloudsplaining",
    name: "ResourceExposure",
    rule: "iam-permissions-management",
    items: "action",
    ours: (facts) =>
      opened(facts).filter(
        (name) => level(name) === "Permissions management" && (iamAction(name)?.resourceTypes.length ?? 0) > 0,
      ),
    why(item, side, facts, about) {
      if (side === "judge" && READ_LEVELS.includes(level(item) ?? ""))
        return "AWS's reference calls the action a read by now (QuickSight's `Describe…Permissions`)";
      const reason = whyAction(item, side, facts, about);
      if (reason) return reason;
      if (side === "ours" && about?.sentry?.level !== "Permissions management")
        return "cloudsplaining's data call the action a plain write";
      return undefined;
    },
  },
  {
    judge: "cloudsplaining",
    name: "ServiceWildcard",
    rule: "iam-wildcard-action",
    items: "service",
    ours: (facts) =>
      facts.messages("iam-wildcard-action").length === 0
        ? []
        : facts.statements
            .filter(({ effect }) => effect === "Allow")
            .flatMap(({ actions }) =>
              actions.known.flatMap((one) => /^([\w-]+):\*$/.exec(one)?.[1] ?? (one === "*" ? "*" : [])),
            ),
    why: (_, side, facts) =>
      side === "ours" && facts.statements.some((statement) => isConditional(statement))
        ? "cloudsplaining leaves out every statement with a condition, whatever it asks"
        : undefined,
  },
  {
    judge: "cloudsplaining",
    name: "InfrastructureModification",
    rule: "iam-wildcard-resource",
    items: "action",
    ours: (facts) =>
      facts.statements
        .filter(({ effect }) => effect === "Allow")
        .flatMap((statement) => widerThanNeeded(statement).flatMap(({ tooWide }) => tooWide))
        .filter((action) => !READ_LEVELS.includes(action.level))
        .map(({ name }) => name),
    why(item, side, facts, about) {
      if (side === "judge" && READ_LEVELS.includes(level(item) ?? ""))
        return "AWS's reference calls the action a read; `iam-wildcard-resource` speaks of it too";
      if (side === "ours") {
        if (about?.sentry && READ_LEVELS.includes(about.sentry.level))
          return "cloudsplaining's data call the action a read";
        const plain = facts.allowing(item).filter((statement) => !isConditional(statement));
        if (plain.length > 0 && plain.every(({ resources }) => resources.known.length > 1))
          return "cloudsplaining leaves out statements with other resources beside `*`";
      }
      return whyAction(item, side, facts, about);
    },
  },
];
