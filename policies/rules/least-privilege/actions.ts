import { ACCESS_LEVELS } from "../../data/access-level-overrides.ts";
import type { IamAction } from "../../data/iam.ts";
import { expandAction, IAM_DATA, iamAction, iamActionsOf, iamServices } from "../../data/iam.ts";
import { actionsOf, isWildcard } from "../../iam/actions.ts";
import type { Statement } from "../../iam/document.ts";
import { carriesDocuments, eachAllow, eachStatement } from "../../iam/documents.ts";
import { nearest } from "../../iam/nearest.ts";
import { arnFormats, isEverything, isLimitedByCondition, isTooWide } from "../../iam/scope.ts";
import type { LeastPrivilegeRule } from "./config.ts";
import { listed, shownAction } from "./config.ts";
import { worksOn } from "./resources.ts";

/** No action of an `Allow` is a wildcard: a new action of the service would be granted the day AWS ships it. */
export const wildcardAction: LeastPrivilegeRule = {
  id: "iam-wildcard-action",
  title: "Allowed actions are named one by one",
  why: "A wildcard grants what nobody asked for, and what AWS adds to the service later.",
  severity: "high",
  remedy: "Name the actions that are used, such as s3:GetObject.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  controls: { "nist-800-53": ["AC-2(1)", "AC-3", "AC-6", "AC-6(3)", "AC-6(10)"], "security-hub": ["IAM.1", "IAM.21"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["identity", "trust", "resource", "key"], (statement, where, document) => {
      for (const property of statement.actions.unknown) report.wait(property);
      const wildcards = statement.actions.known.filter(isWildcard);
      if (document.kind === "key" && delegatesKeyToAccount(statement)) return;
      for (const pattern of wildcards)
        report.fail(`${where}: ${shownAction(pattern)} ${meaning(expandAction(pattern), statement)}.`);
    });
  },
};

/**
 * The statement that every key policy needs: without the account as principal with `kms:*` no IAM policy applies to the
 * key, and the key can become unmanageable.
 */
function delegatesKeyToAccount(statement: Statement): boolean {
  return (
    statement.actions.known.every((action) => action.toLowerCase() === "kms:*") &&
    statement.principals.length > 0 &&
    statement.principals.every(
      ({ kind, value }) => kind === "AWS" && /^(\d{12}|arn:aws[\w-]*:iam::\d{12}:root)$/.test(value),
    )
  );
}

/** What a wildcard grants, and what to grant instead: by what the actions do, those that work on the statement's resources. */
function meaning(actions: readonly IamAction[], { resources }: Statement): string {
  if (actions.length === 0) return "matches no action that is known";
  const permissions = actions.filter((action) => action.level === "Permissions management").length;
  const part = permissions > 0 ? `, ${permissions} of which manage permissions` : "";
  const total = `grants ${actions.length} ${actions.length === 1 ? "action" : "actions"}${part}`;
  if (actions.length > MOST_NARROWED) return total;
  const named = resources.known.filter((pattern) => !isEverything(pattern));
  const working = actions.filter((action) => named.length === 0 || worksOn(action, named));
  const levels = Object.entries(Object.groupBy(working, ({ level }) => level));
  const parts = levels.map(([level, its]) => `${level} ${listed(its.map(shortName), 5)}`);
  return `${total}. Name what is used${named.length > 0 ? ", of what works on the resources" : ""}: ${parts.join("; ")}`;
}

/** Of a wildcard that matches more there is no list to choose from. */
const MOST_NARROWED = 1_000;

const shortName = ({ name }: IamAction): string => name.slice(name.indexOf(":") + 1);

/** No resource of an `Allow` is wider than its actions need. */
export const wildcardResource: LeastPrivilegeRule = {
  id: "iam-wildcard-resource",
  title: "Allowed resources are as narrow as the actions can be limited to",
  why: "Whoever takes over the identity reaches every resource of the kind, not only the one it works with.",
  severity: "high",
  remedy: 'Name the ARNs; leave actions that accept no ARN in a statement of their own with the resource "*".',
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
  controls: { "nist-800-53": ["AC-3", "AC-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["identity"], (statement, where, document) => {
      // A value of a grant that isn't known yet is the output of another resource; the document made of it is judged too.
      if (!document.path.endsWith("grants")) for (const property of statement.resources.unknown) report.wait(property);
      for (const { pattern, tooWide, actions } of widerThanNeeded(statement)) {
        report.fail(`${where}: ${advice(pattern, tooWide, actions)}`);
      }
    });
  },
};

/** The resources of an `Allow` that are wider than its actions need, with those actions and with all that are judged. */
export function widerThanNeeded(
  statement: Statement,
): { readonly pattern: string; readonly tooWide: readonly IamAction[]; readonly actions: readonly IamAction[] }[] {
  // Of an Allow by exclusion another rule speaks.
  if (statement.notActions.known.length > 0) return [];
  const actions = actionsOf(statement).filter((action) => !isLimitedByCondition(statement, action));
  return statement.resources.known.filter(isWildcard).flatMap((pattern) => {
    const tooWide = actions.filter((action) => isTooWide(action, pattern));
    return tooWide.length > 0 ? [{ pattern, tooWide, actions }] : [];
  });
}

function advice(pattern: string, tooWide: readonly IamAction[], all: readonly IamAction[]): string {
  const formats = [...new Set(tooWide.flatMap(arnFormats))];
  // What changes most comes first: a list that is cut short shall not hide it.
  const byHarm = [...tooWide].sort((a, b) => ACCESS_LEVELS.indexOf(b.level) - ACCESS_LEVELS.indexOf(a.level));
  const text = `"${pattern}" is wider than needed for ${names(byHarm)}. Narrow to ${listed(formats, 4)}.`;
  const starOnly = all.filter((action) => action.resourceTypes.length === 0);
  if (starOnly.length === 0 || !isEverything(pattern)) return text;
  return `${text} Split the statement: ${names(starOnly)} accept only "*".`;
}

function names(actions: readonly IamAction[]): string {
  return listed([...new Set(actions.map((action) => action.name))]);
}

/** Actions exist. */
export const unknownAction: LeastPrivilegeRule = {
  id: "iam-unknown-action",
  title: "Actions exist",
  why: "A misspelt action grants nothing, and the code that needs it is refused in production; in a Deny it forbids nothing.",
  severity: "low",
  remedy: "Correct the name after the service authorization reference.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
  controls: { "nist-800-53": ["CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachStatement(resource, report, ["identity", "trust", "resource", "key", "guardrail"], (statement, where) => {
      for (const property of [...statement.actions.unknown, ...statement.notActions.unknown]) report.wait(property);
      for (const action of [...statement.actions.known, ...statement.notActions.known]) {
        if (exists(action)) continue;
        report.fail(
          `${where}: ${shownAction(action)} is not among the ${IAM_DATA.actionCount} actions known (data ${IAM_DATA.version}).${meant(action)}`,
        );
      }
    });
  },
};

/** What AWS itself wrote into the policies of topics for years, takes to this day, and documents nowhere. */
const UNDOCUMENTED: readonly string[] = ["sns:receive"];

function exists(action: string): boolean {
  if (UNDOCUMENTED.includes(action.toLowerCase())) return true;
  if (!isWildcard(action)) return iamAction(action) !== undefined;
  return expandAction(action).length > 0;
}

/** What a misspelt action most likely stands for. */
function meant(action: string): string {
  const [prefix = "", name = ""] = action.split(":");
  const actions = iamActionsOf(prefix);
  if (actions.size > 0 && !isWildcard(name)) {
    const similar = nearest(
      name,
      [...actions.values()].map((one) => one.name.slice(prefix.length + 1)),
    );
    return similar ? ` ${prefix}:${similar} is.` : "";
  }
  const service = actions.size > 0 ? undefined : nearest(prefix, iamServices());
  return service ? ` There is a service ${service}.` : "";
}

/** No `Allow` is given by exclusion. */
export const invertedAllow: LeastPrivilegeRule = {
  id: "iam-inverted-allow",
  title: "Nothing is allowed by exclusion",
  why: "Allow with NotAction, NotResource or NotPrincipal grants everything but the list, including what AWS adds later.",
  severity: "high",
  remedy: "List what is allowed, or turn the statement into a Deny.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
  controls: { "nist-800-53": ["AC-3", "AC-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["identity", "trust", "resource", "key"], (statement, where) => {
      const has = (list: Statement["notActions"]): boolean => list.known.length + list.unknown.length > 0;
      const used = [
        has(statement.notActions) ? "NotAction" : "",
        has(statement.notResources) ? "NotResource" : "",
        statement.hasNotPrincipal ? "NotPrincipal" : "",
      ].filter(Boolean);
      if (used.length > 0) report.fail(`${where}: Allow with ${used.join(" and ")}.`);
    });
  },
};

/** Nobody is exempted from a `Deny` by name alone. */
export const denyNotPrincipal: LeastPrivilegeRule = {
  id: "iam-deny-not-principal",
  title: "Nothing is denied to everybody but a list",
  why: "Deny with NotPrincipal also denies the accounts and sessions of those it names unless each is listed, and shuts out whoever a renamed or new role belongs to.",
  severity: "medium",
  remedy: 'Deny with the principal "*" and a condition ArnNotEquals on aws:PrincipalArn.',
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
  controls: { "nist-800-53": ["AC-3", "AC-6", "CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachStatement(resource, report, ["trust", "resource", "key", "guardrail"], (statement, where) => {
      if (!statement.hasNotPrincipal) return;
      if (statement.effect === undefined) for (const property of statement.unknown) report.wait(property);
      if (statement.effect === "Deny") report.fail(`${where}: Deny with NotPrincipal.`);
    });
  },
};
