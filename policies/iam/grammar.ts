import type { DocumentKind } from "../data/documents.ts";
import type { Property } from "../framework/property.ts";

const ELEMENTS = ["Id", "Statement", "Version"];
const STATEMENT_ELEMENTS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
];
const VERSIONS = ["2008-10-17", "2012-10-17"];
/** AWS's partitions; a pattern for them is right too. */
const PARTITION = /^(aws(-[a-z]+)*|[\w*?-]*[*?][\w*?-]*)$/;

/** What AWS would refuse in a document, each with its place; nothing of what is not known yet. */
export function grammarProblems(document: Property, kind: DocumentKind): string[] {
  const problems = document
    .keys()
    .filter((key) => !ELEMENTS.includes(key))
    .map((key) => `has an element ${shown(key)} that documents don't have`);
  const version = document.get("Version").string;
  if (version !== undefined && !VERSIONS.includes(version)) problems.push("has a Version that doesn't exist");
  const sids = new Map<string, number>();
  for (const [index, statement] of document.get("Statement").items().entries()) {
    if (!statement.isObject) continue;
    const where = `statement ${index + 1}`;
    problems.push(...statementProblems(statement, kind).map((problem) => `${where} ${problem}`));
    const sid = statement.get("Sid").string;
    if (!sid) continue;
    const first = sids.get(sid);
    if (first === undefined) sids.set(sid, index + 1);
    else problems.push(`${where} has the Sid of statement ${first}`);
    if (isOfIdentity(kind) && !/^[0-9A-Za-z]*$/.test(sid))
      problems.push(`${where} has a Sid of more than letters and digits`);
  }
  return problems;
}

/** Documents whose grammar is IAM's own, and whose statements are about whoever has them. */
const isOfIdentity = (kind: DocumentKind): boolean => kind === "identity";

function statementProblems(statement: Property, kind: DocumentKind): string[] {
  const problems = statement
    .keys()
    .filter((key) => key !== "Condition" && !STATEMENT_ELEMENTS.includes(key))
    .map((key) => `has an element ${shown(key)} that statements don't have`);
  const has = (key: string): boolean => !statement.get(key).absent;
  const effect = statement.get("Effect");
  if (effect.absent) problems.push("has no Effect");
  else if (effect.known && effect.string !== "Allow" && effect.string !== "Deny")
    problems.push("has an Effect that is neither Allow nor Deny");
  for (const [one, other] of [
    ["Action", "NotAction"],
    ["Resource", "NotResource"],
    ["Principal", "NotPrincipal"],
  ] as const) {
    if (has(one) && has(other)) problems.push(`has both ${one} and ${other}`);
  }
  if (!has("Action") && !has("NotAction")) problems.push("has no Action");
  for (const key of ["Action", "NotAction", "Resource", "NotResource"]) {
    const items = statement.get(key).items();
    if (statement.get(key).isList && items.length === 0) problems.push(`has an empty ${key}`);
    if (items.some(({ known, string }) => known && string === undefined))
      problems.push(`has ${key.startsWith("A") ? "an" : "a"} ${key} that is no text`);
  }
  const names = has("Principal") || has("NotPrincipal");
  if (isOfIdentity(kind) && names) problems.push("names a principal, which is whoever has the document");
  if (["trust", "resource", "key"].includes(kind) && !names) problems.push("names no principal");
  const reaches = has("Resource") || has("NotResource");
  if (kind === "trust" && reaches) problems.push("names a resource, which is the role itself");
  if (isOfIdentity(kind) && !reaches) problems.push("has no Resource");
  if (isOfIdentity(kind)) problems.push(...resourceProblems(statement));
  problems.push(...actionProblems(statement));
  return problems;
}

function actionProblems(statement: Property): string[] {
  const actions = [...statement.get("Action").items(), ...statement.get("NotAction").items()];
  const wrong = actions.filter(({ string }) => string !== undefined && !/^(\*|[\w*?-]+:[\w*?-]+)$/.test(string));
  return wrong.length > 0 ? ["has an action that is not of the form service:Action"] : [];
}

function resourceProblems(statement: Property): string[] {
  const resources = [...statement.get("Resource").items(), ...statement.get("NotResource").items()];
  return resources.flatMap(({ path, string }) => {
    const problem = string === undefined ? undefined : arnProblem(string);
    return problem ? [`${problem} at ${path.slice(path.lastIndexOf(".") + 1)}`] : [];
  });
}

/** What is no ARN in a resource, as far as AWS looks: wildcards may stand for any part. */
function arnProblem(resource: string): string | undefined {
  if (/^[*?]/.test(resource) || /^\$\{/.test(resource)) return undefined;
  const [scheme, partition, ...rest] = resource.split(":");
  if (scheme !== "arn" && !/^arn?[*?]/.test(resource)) return 'has a resource that is neither "*" nor an ARN';
  const open = /[*?]$/.test(resource);
  if (scheme === "arn" && partition && !PARTITION.test(partition))
    return "has an ARN of a partition that doesn't exist";
  if (rest.length < 4 && !open) return "has an ARN of fewer than six parts";
  return undefined;
}

/** A key as a message may show it: short, and of letters. */
function shown(key: string): string {
  return /^[A-Za-z]{1,30}$/.test(key) ? `"${key}"` : "";
}

/** Whether a document uses policy variables, such as `${aws:username}`, anywhere. */
export function usesVariables(document: Property): boolean {
  const text = document.string;
  if (text !== undefined) return /\$\{[a-z][\w-]*:[^}]+\}/i.test(text);
  if (document.isObject) return document.entries().some(([, child]) => usesVariables(child));
  return document.isList && document.items().some(usesVariables);
}
