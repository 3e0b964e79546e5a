import type { IamAction } from "../../data/iam.ts";
import { iamAction } from "../../data/iam.ts";
import { ALSO_WORKS_ON } from "../../data/resource-overrides.ts";
import { actionsOf, isWildcard } from "../../iam/actions.ts";
import type { Statement } from "../../iam/document.ts";
import { carriesDocuments, eachStatement } from "../../iam/documents.ts";
import { mayMatch } from "../../iam/match.ts";
import { arnFormats, isEverything } from "../../iam/scope.ts";
import type { LeastPrivilegeRule } from "./config.ts";
import { listed } from "./config.ts";

/** Actions and resources of a statement have to do with each other. */
export const resourceMismatch: LeastPrivilegeRule = {
  id: "iam-resource-mismatch",
  title: "Each action of a statement works on one of its resources, and each resource with one of its actions",
  why: "An action on resources it doesn't know grants nothing, so the code that needs it is refused in production; in a Deny it forbids nothing.",
  severity: "medium",
  remedy: "Name an ARN of a type the action works on, or take the action or resource out.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
  controls: { "nist-800-53": ["AC-3", "AC-6", "CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachStatement(resource, report, ["identity"], (statement, where) => {
      const found = idleActions(statement);
      // One of the resources that aren't known yet may be what an action works on.
      if (found.length > 0) report.failUnless(statement.resources.unknown, `${where}: ${advice(found)}`);
      const unused = unusedPatterns(statement);
      if (unused.length === 0) return;
      report.failUnless(
        statement.actions.unknown,
        `${where}: no action of the statement works on ${listed(unused.map((index) => `Resource[${index}]`))}.`,
      );
    });
  },
};

/** Named actions that none of a statement's known resources is for. */
export function idleActions(statement: Statement): IamAction[] {
  const patterns = statement.resources.known;
  // A component states a child of its own by URN, whose ARN isn't known yet.
  if (patterns.length === 0 || patterns.some((pattern) => isEverything(pattern) || !isArn(pattern))) return [];
  const named = statement.actions.known.flatMap((name) => iamAction(name) ?? []);
  return named.filter((action) => !worksOn(action, patterns));
}

const isArn = (pattern: string): boolean => /^arn:/.test(pattern);

/** Whether an action works on what a resource pattern names. */
export function worksOn(action: IamAction, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => isAnyOf(action, pattern) || arnFormats(action).some((format) => mayMatch(format, pattern)),
  );
}

/**
 * Whether a pattern is all of a type of the action's own service, or of a service it is known to work with. AWS's reference
 * names no type for many actions that list or create, and the services take such a pattern for some of them
 * (`s3:ListAllMyBuckets` on `arn:aws:s3:::*`).
 */
function isAnyOf(action: IamAction, pattern: string): boolean {
  const [, , service = "", region, account, ...name] = pattern.split(":");
  const own = action.name.slice(0, action.name.indexOf(":"));
  if (ALSO_WORKS_ON[own]?.includes(service)) return true;
  // Where there is neither region nor account, what comes first is a name: a bucket's.
  const all = region || account ? /^[^:/*]*([:/]?\*+)+$/ : /^\*+$/;
  return service === own && all.test(name.join(":"));
}

function advice(actions: readonly IamAction[]): string {
  const [starOnly, others] = [true, false].map((wanted) =>
    actions.filter(({ resourceTypes }) => (resourceTypes.length === 0) === wanted),
  );
  const parts = [];
  if (starOnly && starOnly.length > 0) parts.push(`${names(starOnly)} only accept "*"`);
  if (others && others.length > 0)
    parts.push(`${names(others)} work on ${listed([...new Set(others.flatMap(arnFormats))], 4)}`);
  return `${parts.join("; ")}: none of the statement's resources.`;
}

const names = (actions: readonly IamAction[]): string => listed([...new Set(actions.map(({ name }) => name))]);

/** Positions of resources that no action of the statement works on. */
function unusedPatterns(statement: Statement): number[] {
  const { actions, notActions, resources } = statement;
  if (notActions.known.length + notActions.unknown.length > 0) return [];
  // Of an action that isn't known nobody knows what it works on.
  if (actions.known.some((name) => name === "*" || (!isWildcard(name) && !iamAction(name)))) return [];
  const all = actionsOf(statement);
  const formats = [...new Set(all.flatMap(arnFormats))];
  const isUsed = (pattern: string): boolean =>
    isEverything(pattern) ||
    !isArn(pattern) ||
    formats.some((format) => mayMatch(format, pattern)) ||
    all.some((action) => isAnyOf(action, pattern));
  return resources.known.flatMap((pattern, index) => (isUsed(pattern) ? [] : [index]));
}
