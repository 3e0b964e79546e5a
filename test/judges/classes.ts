import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { READS_DATA_ACTIONS, RETURNS_CREDENTIALS_ACTIONS } from "../../policies/data/exposure.ts";
import { iamAction } from "../../policies/data/iam.ts";
import { carriesKey, globalConditionKey } from "../../policies/data/iam-conditions.ts";
import { ALSO_WORKS_ON } from "../../policies/data/resource-overrides.ts";
import { actionsOf } from "../../policies/iam/allowed.ts";
import { isEverything } from "../../policies/iam/scope.ts";
import { widerThanNeeded } from "../../policies/rules/least-privilege/actions.ts";
import { openWays } from "../../policies/rules/least-privilege/escalation.ts";
import { idleActions as idle } from "../../policies/rules/least-privilege/resources.ts";
import { CREDENTIALS, METHODS } from "../policies/fixtures/cloudsplaining.ts";
import type { AboutAction, Facts } from "./facts.ts";

/** Who found something that the other did not. */
export type Side = "judge" | "ours";

/** A kind of finding that a judge has and that one of our rules has too, compared thing by thing: an action, a method. */
export interface FindingClass {
  readonly judge: "cloudsplaining" | "parliament";
  readonly name: string;
  readonly rule: string;
  /** What of a document's findings is compared. */
  readonly items: "action" | "method" | "service" | "key" | "document";
  ours(facts: Facts): Iterable<string>;
  /** Why one found what the other did not; undefined where nobody knows. */
  why(item: string, side: Side, facts: Facts, about: AboutAction | undefined): string | undefined;
}

const has = (statement: { readonly conditions: readonly unknown[] }): boolean => statement.conditions.length > 0;
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
  if (allowing.every(has)) return "cloudsplaining leaves out every statement with a condition, whatever it asks";
  if (facts.denying(item).length > 0)
    return "cloudsplaining takes an action for denied wherever and whenever a `Deny` names it";
  const unconditional = allowing.filter((statement) => !has(statement));
  if (unconditional.every(({ resources }) => !resources.known.includes("*")))
    return "cloudsplaining only looks at the resource `*`, not at patterns that are as wide";
  if (!about?.sentry) return "cloudsplaining's data don't have the action yet";
  if (about.sentry.starOnly) return "cloudsplaining's data have no resource type of the action, AWS's reference has";
  return undefined;
}

/** Whether a resource is all of a type of the action's own service. */
const isOwn = (action: string, resource: string): boolean =>
  resource.split(":")[2] === action.split(":")[0] && resource.endsWith("*");

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

const cloudsplaining: readonly FindingClass[] = [
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
      side === "ours" && facts.statements.some((statement) => has(statement))
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
        const plain = facts.allowing(item).filter((statement) => !has(statement));
        if (plain.length > 0 && plain.every(({ resources }) => resources.known.length > 1))
          return "cloudsplaining leaves out statements with other resources beside `*`";
      }
      return whyAction(item, side, facts, about);
    },
  },
];

/** What parliament makes of the elements that name what is not meant; undefined where there are none. */
function takenForNamed(item: string, facts: Facts): string | undefined {
  const allows = facts.statements.filter(({ effect }) => effect === "Allow");
  if (facts.allowing(item).some(({ notResources }) => notResources.known.length > 0))
    return "parliament takes what `NotResource` names for the resource";
  if (facts.allowing(item).length === 0 && allows.some(({ notActions }) => notActions.known.length > 0))
    return "parliament takes what `NotAction` names for what is allowed";
  return undefined;
}

/** Statements parliament gave up on: at the first action or resource it doesn't know it looks no further. */
const GAVE_UP = /^(MALFORMED|UNKNOWN_ACTION|UNKNOWN_PREFIX|INVALID_SID|INVALID_ARN|EXCEPTION|DUPLICATE_SID)/;

/** What parliament said of a document, besides what is compared. */
export const gaveUp = (issues: readonly string[]): boolean => issues.some((issue) => GAVE_UP.test(issue));

export const LOOKED_NO_FURTHER = "parliament looks no further in a document once it found a mistake in it";

const parliament: readonly FindingClass[] = [
  {
    judge: "parliament",
    name: "RESOURCE_STAR",
    rule: "iam-wildcard-resource",
    items: "action",
    ours: (facts) =>
      facts.statements
        .filter(({ effect }) => effect === "Allow")
        .flatMap((statement) => widerThanNeeded(statement).filter(({ pattern }) => isEverything(pattern)))
        .flatMap(({ tooWide }) => tooWide.map(({ name }) => name)),
    why(item, side, facts, about) {
      const action = iamAction(item);
      if (side === "judge") {
        const taken = takenForNamed(item, facts);
        if (taken) return taken;
        if (!action) return "AWS's reference no longer has the action";
        if (action.resourceTypes.length === 0)
          return "the action accepts only `*`, by AWS's reference or for what most ask it for (`cloudwatch:GetMetricData`)";
        if (facts.allowing(item).every((one) => has(one) || !one.resources.known.includes("*")))
          return "the condition names a tag of the resource, or what the action works with";
        if (facts.allowing(item).some(({ notActions }) => notActions.known.length > 0))
          return "allowed by exclusion, of which `iam-inverted-allow` speaks";
        return undefined;
      }
      if (facts.allowing(item).some(({ actions }) => actions.known.includes("*")))
        return "parliament leaves out the action `*`";
      if (!about?.parliament) return "parliament's data, of April 2025, don't have the action";
      if (!about.parliamentRequires) return "parliament asks only for resource types that the action can't do without";
      return undefined;
    },
  },
  {
    judge: "parliament",
    name: "UNKNOWN_ACTION, UNKNOWN_PREFIX",
    rule: "iam-unknown-action",
    items: "action",
    ours: (facts) =>
      facts.messages("iam-unknown-action").flatMap((message) => /"([^"]+)" is not among/.exec(message)?.[1] ?? []),
    why(item, side, _, about) {
      if (side === "judge" && item.includes("*")) return "parliament's data, of April 2025, don't have such an action";
      if (side === "judge" && iamAction(item)) return "parliament's data, of April 2025, don't have the action";
      if (side === "ours" && (about?.parliament || item.includes("*")))
        return "AWS has taken the action out of its reference since";
      return undefined;
    },
  },
  {
    judge: "parliament",
    name: "RESOURCE_MISMATCH",
    rule: "iam-resource-mismatch",
    items: "action",
    ours: (facts) =>
      facts.messages("iam-resource-mismatch").length === 0
        ? []
        : facts.statements
            .filter(({ effect }) => effect === "Allow")
            .flatMap((statement) => idle(statement).map(({ name }) => name)),
    why(item, side, facts, about) {
      const allowing = facts.allowing(item);
      const action = iamAction(item);
      if (side === "judge") {
        const taken = takenForNamed(item, facts);
        if (taken) return taken;
        if (!action) return "AWS's reference no longer has the action";
        if (allowing.some(({ actions }) => !actions.known.some((one) => one.toLowerCase() === item.toLowerCase())))
          return "the action is only matched by a wildcard, whose other actions the resource is for";
        if (action.resourceTypes.length > 0)
          return "the action works on one of the resources; parliament asks for all types it may need, or for older ones";
        if (allowing.some(({ resources }) => resources.known.some((one) => isOwn(item, one))))
          return "all of a type of the action's own service, which the service takes although the reference names no type";
        if (ALSO_WORKS_ON[item.slice(0, item.indexOf(":"))])
          return "AWS's own policies limit the action to ARNs under another service's name";
        return undefined;
      }
      if (!about?.parliament) return "parliament's data, of April 2025, don't have the action";
      return "parliament's data name no type that the action needs, or another one";
    },
  },
  {
    judge: "parliament",
    name: "UNKNOWN_CONDITION_FOR_ACTION",
    rule: "iam-condition-key",
    items: "key",
    ours: (facts) =>
      facts.messages("iam-condition-key").flatMap((message) => /condition on (\S+):/.exec(message)?.[1] ?? []),
    why(item, side, facts) {
      if (side === "ours") return LOOKED_NO_FURTHER;
      if (globalConditionKey(item))
        return "the key is sent with requests of every service; parliament's list is of April 2025";
      const its = facts.statements.filter(({ conditions }) => conditions.some(({ key }) => key === item.toLowerCase()));
      if (its.some(({ notActions }) => notActions.known.length > 0))
        return "parliament takes what `NotAction` names for what is allowed";
      if (its.some((statement) => actionsOf(statement).some((action) => carriesKey(action, item))))
        return "AWS's reference has an action of the statement that carries the key";
      return undefined;
    },
  },
  documentClass("MISMATCHED_TYPE, MISMATCHED_TYPE_OPERATION_TO_NULL, UNKNOWN_OPERATOR", "iam-condition-operator", {
    judge: "AWS calls many keys text that hold ARNs and compares them by ARN operators; its numbers may have a point",
    ours: "parliament doesn't ask for qualifiers, for `*` in `StringLike` on an ARN, for the form of addresses, or what `Null` is given",
  }),
  documentClass("BAD_PATTERN_FOR_MFA", "iam-condition-trap", {
    judge: undefined,
    ours: "parliament doesn't look at `ForAllValues` and `IfExists`",
  }),
  documentClass(
    "MALFORMED, MALFORMED_JSON, DUPLICATE_SID, INVALID_SID, INVALID_ARN, INVALID_VERSION",
    "iam-document-malformed",
    {
      judge: "AWS takes the ARN: it has accounts such as `aws`, and doesn't look at the region",
      ours: "parliament looks no further in a statement once it found a mistake in it, at actions before resources",
    },
  ),
  documentClass("NO_VERSION, OLD_VERSION", "iam-document-version", {
    judge: "without variables the older version means the same",
    ours: undefined,
  }),
];

/** A class compared by whether anything is found in a document at all. */
function documentClass(
  name: string,
  rule: string,
  reasons: { readonly judge: string | undefined; readonly ours: string | undefined },
): FindingClass {
  return {
    judge: "parliament",
    name,
    rule,
    items: "document",
    ours: (facts) => (facts.messages(rule).length > 0 ? ["document"] : []),
    why: (_, side) => reasons[side],
  };
}

export const CLASSES: readonly FindingClass[] = [...cloudsplaining, ...parliament];
