/** `iam.getPolicyDocument`: renders statements to JSON exactly as the AWS provider does. */
import { crc32 } from "node:zlib";
import { CloudError } from "../errors.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject } from "../values.ts";

const DEFAULT_VERSION = "2012-10-17";

interface Document {
  version?: Json;
  id?: Json;
  readonly statements: JsonObject[];
}

const getPolicyDocument: InvokeHandler = (args) => {
  const sources = [args.sourceJson, ...list(args.sourcePolicyDocuments)].filter(isText).map(parse);
  const overrides = [...list(args.overridePolicyDocuments), args.overrideJson].filter(isText).map(parse);
  const version = typeof args.version === "string" ? args.version : DEFAULT_VERSION;
  const own: Document = {
    version,
    ...(isText(args.policyId) && { id: args.policyId }),
    statements: list(args.statements).filter(isObject).map(statement),
  };
  refuseDuplicates(own.statements);
  const document = [...sources, own, ...overrides].reduce(merge, { statements: [] });
  const ordered: JsonObject = { Version: document.version ?? version };
  if (document.id !== undefined) ordered.Id = document.id;
  if (document.statements.length > 0) ordered.Statement = document.statements.map(inOrder);
  const json = escaped(JSON.stringify(ordered, undefined, 2));
  return { id: String(crc32(json)), json, minifiedJson: escaped(JSON.stringify(ordered)) };
};

function statement(given: JsonObject): JsonObject {
  const result: JsonObject = { Effect: isText(given.effect) ? given.effect : "Allow" };
  if (isText(given.sid)) result.Sid = given.sid;
  const lists = { Action: "actions", NotAction: "notActions", Resource: "resources", NotResource: "notResources" };
  for (const [key, property] of Object.entries(lists)) {
    const values = list(given[property]);
    if (values.length > 0) result[key] = oneOrSorted(values);
  }
  const principals = { Principal: "principals", NotPrincipal: "notPrincipals" };
  for (const [key, property] of Object.entries(principals)) {
    const values = list(given[property]).filter(isObject);
    if (values.length > 0) result[key] = principal(values);
  }
  const conditions = list(given.conditions).filter(isObject);
  if (conditions.length > 0) result.Condition = condition(conditions);
  return result;
}

/** IAM takes `{"AWS": "*"}` in trust policies but not `"*"`, so only `{"*": "*"}` is shortened. */
function principal(given: readonly JsonObject[]): Json {
  const byType = new Map<string, Json[]>();
  for (const one of given) {
    const identifiers = list(one.identifiers).map(variables);
    byType.set(String(one.type), [...(byType.get(String(one.type)) ?? []), ...identifiers]);
  }
  if (byType.size === 1 && byType.get("*")?.length === 1 && byType.get("*")?.[0] === "*") return "*";
  return Object.fromEntries([...byType].sort(byKey).map(([type, identifiers]) => [type, oneOrSorted(identifiers)]));
}

/** Tests and variables in alphabetical order; the order of values is kept, since it may matter. */
function condition(given: readonly JsonObject[]): JsonObject {
  const tests = new Map<string, Map<string, Json[]>>();
  for (const one of given) {
    const test = tests.get(String(one.test)) ?? new Map<string, Json[]>();
    const variable = variables(one.variable ?? "") as string;
    test.set(variable, [...(test.get(variable) ?? []), ...list(one.values).map(variables)]);
    tests.set(String(one.test), test);
  }
  const single = (values: Json[]): Json => (values.length === 1 ? values[0]! : values);
  return Object.fromEntries(
    [...tests]
      .sort(byKey)
      .map(([test, byVariable]) => [
        test,
        Object.fromEntries([...byVariable].sort(byKey).map(([variable, values]) => [variable, single(values)])),
      ]),
  );
}

/** Later statements replace earlier ones of the same Sid. */
function merge(earlier: Document, later: Document): Document {
  const statements = [...earlier.statements];
  for (const one of later.statements) {
    const same = isText(one.Sid) ? statements.findIndex((other) => other.Sid === one.Sid) : -1;
    if (same >= 0) statements[same] = one;
    else statements.push(one);
  }
  return { version: later.version ?? earlier.version, id: later.id ?? earlier.id, statements };
}

function refuseDuplicates(statements: readonly JsonObject[]): void {
  const seen = new Set<Json>();
  for (const { Sid } of statements) {
    if (Sid === undefined) continue;
    if (seen.has(Sid)) {
      throw new CloudError("invalid", `aws:iam/getPolicyDocument: duplicate Sid (${Sid}); remove it or make it unique`);
    }
    seen.add(Sid);
  }
}

function parse(text: string): Document {
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
  } catch (error) {
    throw new CloudError("invalid", `aws:iam/getPolicyDocument: a source document is not JSON: ${String(error)}`);
  }
  if (!isObject(document)) throw new CloudError("invalid", "aws:iam/getPolicyDocument: a source document is no object");
  const given = document.Statement;
  const statements = (Array.isArray(given) ? given : [given]).filter(isObject);
  return {
    ...(isText(document.Version) && { version: document.Version }),
    ...(isText(document.Id) && { id: document.Id }),
    statements,
  };
}

const ORDER = [
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
];

function inOrder(given: JsonObject): JsonObject {
  return Object.fromEntries(ORDER.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])));
}

/** A single value stands alone; several are in descending order, as the provider writes them. */
function oneOrSorted(values: readonly Json[]): Json {
  const texts = values.map(variables).map(String);
  return texts.length === 1 ? texts[0]! : texts.sort((left, right) => (left < right ? 1 : -1));
}

/** IAM variables are written `&{…}`, since `${…}` means something to the program. */
function variables(value: Json): Json {
  return typeof value === "string" ? value.replaceAll("&{", "${") : value;
}

/** Go writes these characters as escapes. */
function escaped(json: string): string {
  return json.replaceAll("&", "\\u0026").replaceAll("<", "\\u003c").replaceAll(">", "\\u003e");
}

function byKey(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1;
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}

export const policyDocumentFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:iam/getPolicyDocument:getPolicyDocument": getPolicyDocument,
};
