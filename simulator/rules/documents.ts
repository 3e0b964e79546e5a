/**
 * IAM policy documents as AWS parses them. Messages: IAM's own, which its API references do not list; each is quoted with
 * its source in the table of wrong programs.
 */

import { isObject, type JsonObject } from "../provider/values.ts";
import type { Json } from "../schema/index.ts";
import { parseJson } from "./known.ts";
import type { Account } from "./types.ts";

/**
 * `identity`: what an identity may do, with resources and without principals. `trust`: who may assume a role, the other
 * way round. `resource`: attached to an object, with both.
 */
export type DocumentKind = "identity" | "trust" | "resource";

const VERSIONS: readonly Json[] = ["2012-10-17", "2008-10-17"];

/** What is wrong with a document, in AWS's words; undefined when AWS takes it. */
export function documentProblem(text: string, kind: DocumentKind): string | undefined {
  const { value } = parseJson(text);
  if (!isObject(value)) return "This policy contains invalid Json";
  if (value.Version !== undefined && !VERSIONS.includes(value.Version)) {
    return `Policy document must be version 2012-10-17 or greater.`;
  }
  if (value.Statement === undefined) return "Syntax errors in policy.";
  const statements = Array.isArray(value.Statement) ? value.Statement : [value.Statement];
  const sids = new Set<string>();
  for (const statement of statements) {
    const problem = isObject(statement) ? statementProblem(statement, kind) : "Syntax errors in policy.";
    if (problem !== undefined) return problem;
    const sid = (statement as JsonObject).Sid;
    if (typeof sid === "string" && sid !== "") {
      if (sids.has(sid)) return `Statement IDs (SID) in a single policy must be unique.`;
      sids.add(sid);
    }
  }
  return undefined;
}

const ELEMENTS = new Set([
  ...["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"],
]);

function statementProblem(statement: JsonObject, kind: DocumentKind): string | undefined {
  if (Object.keys(statement).some((key) => !ELEMENTS.has(key))) return "Syntax errors in policy.";
  if (statement.Effect === undefined) return "Missing required field Effect";
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") return `Invalid effect: ${statement.Effect}`;
  const resources = list(statement.Resource ?? statement.NotResource);
  const actions = list(statement.Action ?? statement.NotAction);
  if (kind === "trust" && (statement.Resource ?? statement.NotResource) !== undefined) {
    return "Has prohibited field Resource";
  }
  if (actions.length === 0) {
    return kind === "trust" ? "Missing required field Action" : "Policy statement must contain actions.";
  }
  if (kind === "identity" && (statement.Principal ?? statement.NotPrincipal) !== undefined) {
    return "Policy document should not specify a principal.";
  }
  if (kind === "trust" && (statement.Principal ?? statement.NotPrincipal) === undefined) {
    return "Missing required field Principal";
  }
  if (kind === "identity" && resources.length === 0) return "Policy statement must contain resources.";
  for (const action of actions) {
    if (action !== "*" && !/^[\w-]+:[\w*?]+$/.test(String(action))) {
      return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    }
    if (kind === "trust" && !/^(sts:.*|\*)$/i.test(String(action))) {
      return "AssumeRole policy may only specify STS AssumeRole actions.";
    }
  }
  for (const resource of kind === "identity" ? resources : []) {
    if (resource !== "*" && !/^(arn:|\*|\$\{)/.test(String(resource))) {
      return `Resource ${String(resource)} must be in ARN format or "*".`;
    }
  }
  return undefined;
}

function list(value: Json | undefined): Json[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}

/** The statements of a document that parses. */
export function statementsOf(text: string | undefined): JsonObject[] {
  const { value } = text === undefined ? {} : parseJson(text);
  return isObject(value) ? list(value.Statement).filter(isObject) : [];
}

/** All principals of a kind that the statement names: `AWS`, `Service`, …; `*` counts for each. */
export function principalsOf(statement: JsonObject, kind: string): string[] {
  const { Principal: principal } = statement;
  if (principal === "*") return ["*"];
  return isObject(principal) ? list(principal[kind]).map(String) : [];
}

/** Whether one of the statement's action patterns allows the action. */
export function allowsAction(statement: JsonObject, action: string): boolean {
  if (statement.Effect !== "Allow") return false;
  return list(statement.Action).some((pattern) => {
    const escaped = String(pattern).replace(/[.+^$(){}|[\]\\]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i").test(action);
  });
}

/** Whether a role's trust policy lets a service assume it; of a role that is not here nothing is known. */
export function trusts(account: Account, role: string | undefined, service: string | RegExp): boolean {
  const document = account.find(["iam/Role"], role)?.state.text("assumeRolePolicy");
  if (document === undefined) return true;
  const named = (one: string) => one === "*" || (typeof service === "string" ? one === service : service.test(one));
  return statementsOf(document).some(
    (statement) => allowsAction(statement, "sts:AssumeRole") && principalsOf(statement, "Service").some(named),
  );
}
