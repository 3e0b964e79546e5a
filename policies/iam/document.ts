import type { Property } from "../framework/property.ts";

/** A list of strings of a document, of which some may not be known yet. */
export interface Strings {
  readonly known: readonly string[];
  readonly unknown: readonly Property[];
}

/** Who a statement is about: `*`, an account, an ARN, a service, a federation. */
export interface Principal {
  /** `*` for the bare star, else AWS's own word: `AWS`, `Service`, `Federated`, `CanonicalUser`. */
  readonly kind: string;
  readonly value: string;
}

/** One test of a statement's condition block. */
export interface Condition {
  readonly operator: string;
  /** Condition key in lower case, since IAM ignores its case. */
  readonly key: string;
  readonly values: Strings;
}

export interface Statement {
  /** Name for people: the Sid and the position. */
  readonly label: string;
  /** undefined while it is not known. */
  readonly effect: string | undefined;
  readonly actions: Strings;
  readonly notActions: Strings;
  readonly resources: Strings;
  readonly notResources: Strings;
  readonly hasNotPrincipal: boolean;
  readonly principals: readonly Principal[];
  /** Principals that are not known yet, such as the ARN of a role to be created, of which the kind is. */
  readonly principalsToCome: readonly { readonly kind: string; readonly property: Property }[];
  readonly conditions: readonly Condition[];
  /** Whatever of the statement is not known yet. */
  readonly unknown: readonly Property[];
}

/** What became of reading a document: its statements, or why there are none. */
export type DocumentReading =
  | {
      readonly state: "read";
      readonly statements: readonly Statement[];
      /** Statements of which nothing is known. */
      readonly hidden: readonly Property[];
      /** The document itself; undefined for a statement that stands in other inputs. */
      readonly document: Property | undefined;
    }
  | { readonly state: "unknown"; readonly property: Property }
  | { readonly state: "absent" }
  | { readonly state: "malformed"; readonly problem: string };

/** Reads an IAM document, given as JSON text or as an object. */
export function readDocument(property: Property): DocumentReading {
  if (property.unknown) return { state: "unknown", property };
  if (property.absent || property.string === "") return { state: "absent" };
  const document = property.parsed();
  if (!document) return { state: "malformed", problem: "is no JSON" };
  if (!document.isObject) return { state: "malformed", problem: "is no JSON object" };
  const list = document.get("Statement");
  if (list.unknown) return { state: "unknown", property: list };
  if (list.absent) return { state: "malformed", problem: "has no Statement" };
  const statements = list.items();
  const shapeless = statements.find((statement) => statement.known && !statement.isObject);
  if (shapeless) return { state: "malformed", problem: `has something at ${shapeless.path} that is no statement` };
  return {
    state: "read",
    statements: statements.flatMap((statement, index) => (statement.known ? [readStatement(statement, index)] : [])),
    hidden: statements.filter((statement) => statement.unknown),
    document,
  };
}

/** Reads one statement in AWS's spelling. */
export function readStatement(property: Property, index: number): Statement {
  const principals: Principal[] = [];
  const principalsToCome: { kind: string; property: Property }[] = [];
  const conditions: Condition[] = [];
  const unknown: Property[] = [];
  const strings = (key: string): Strings => {
    const list = readStrings(property.get(key));
    unknown.push(...list.unknown);
    return list;
  };
  const principal = property.get("Principal");
  if (principal.unknown) unknown.push(principal);
  else if (principal.string !== undefined)
    principals.push({ kind: principal.string === "*" ? "*" : "AWS", value: principal.string });
  for (const [kind, value] of principal.entries()) {
    const list = readStrings(value);
    unknown.push(...list.unknown);
    principalsToCome.push(...list.unknown.map((property) => ({ kind, property })));
    principals.push(...list.known.map((known) => ({ kind, value: known })));
  }
  const condition = property.get("Condition");
  if (condition.unknown) unknown.push(condition);
  for (const [operator, tests] of condition.entries()) {
    if (tests.unknown) unknown.push(tests);
    for (const [key, value] of tests.entries()) {
      conditions.push({ operator, key: key.toLowerCase(), values: readStrings(value) });
    }
  }
  const effect = property.get("Effect");
  if (effect.unknown) unknown.push(effect);
  const sid = property.get("Sid").string;
  return {
    label: sid && /^[A-Za-z0-9]+$/.test(sid) ? `statement ${sid}` : `statement ${index + 1}`,
    effect: effect.string,
    actions: strings("Action"),
    notActions: strings("NotAction"),
    resources: strings("Resource"),
    notResources: strings("NotResource"),
    hasNotPrincipal: !property.get("NotPrincipal").absent,
    principals,
    principalsToCome,
    conditions,
    unknown,
  };
}

function readStrings(property: Property): Strings {
  const known: string[] = [];
  const unknown: Property[] = [];
  for (const item of property.items()) {
    if (item.unknown) unknown.push(item);
    else if (item.string !== undefined) known.push(item.string);
  }
  return { known, unknown };
}

/** The first value within a property that isn't known yet. */
export function firstUnknown(property: Property): Property | undefined {
  if (property.unknown) return property;
  const children = property.isObject ? property.entries().map(([, child]) => child) : property.items();
  if (!property.isObject && !property.isList) return undefined;
  for (const child of children) {
    const found = firstUnknown(child);
    if (found) return found;
  }
  return undefined;
}

/** Characters that count for a quota, of a document that is known as a whole. */
export function documentSize(document: Property, ignoresWhitespace: boolean): number {
  const text = JSON.stringify(document.raw);
  return (ignoresWhitespace ? text.replace(/\s/g, "") : text).length;
}
