import { iamAction } from "../../policies/data/iam.ts";
import { carriesKey, globalConditionKey } from "../../policies/data/iam-conditions.ts";
import { ALSO_WORKS_ON } from "../../policies/data/resource-overrides.ts";
import { actionsOf } from "../../policies/iam/actions.ts";
import { isEverything } from "../../policies/iam/scope.ts";
import { widerThanNeeded } from "../../policies/rules/least-privilege/actions.ts";
import { idleActions as idle } from "../../policies/rules/least-privilege/resources.ts";
import type { Facts } from "./facts.ts";
import { type FindingClass, isConditional } from "./finding-class.ts";

/** Whether a resource is all of a type of the action's own service. */
const isOwn = (action: string, resource: string): boolean =>
  resource.split(":")[2] === action.split(":")[0] && resource.endsWith("*");

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

/** What parliament finds, and how ours is compared with it. */
export const PARLIAMENT: readonly FindingClass[] = [
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
        if (facts.allowing(item).every((one) => isConditional(one) || !one.resources.known.includes("*")))
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
