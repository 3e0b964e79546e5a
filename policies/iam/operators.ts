import { isIPv4, isIPv6 } from "node:net";
import type { ConditionKey, KeyType } from "../data/iam-conditions.ts";

/** A condition operator as a document writes it, taken apart. */
export interface Operator {
  /** Without qualifier and `IfExists`, in AWS's spelling. */
  readonly base: string;
  readonly qualifier: "ForAllValues" | "ForAnyValue" | undefined;
  readonly ifExists: boolean;
  /** Whether it holds where the values are not what is written. */
  readonly negated: boolean;
}

const KINDS: Readonly<Record<string, KeyType | "Binary" | "Null">> = {
  ...kind(
    "String",
    "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike",
  ),
  ...kind("ARN", "ArnEquals ArnNotEquals ArnLike ArnNotLike"),
  ...kind("Bool", "Bool"),
  ...kind(
    "Numeric",
    "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals",
  ),
  ...kind("Date", "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals"),
  ...kind("IPAddress", "IpAddress NotIpAddress"),
  ...kind("Binary", "BinaryEquals"),
  ...kind("Null", "Null"),
};

function kind<K extends string>(of: K, names: string): Record<string, K> {
  return Object.fromEntries(names.split(" ").map((name) => [name, of]));
}

const byLowerCase = new Map(Object.keys(KINDS).map((name) => [name.toLowerCase(), name]));

/** Names of the operators there are. */
export const OPERATORS: readonly string[] = Object.keys(KINDS);

/** @returns undefined for what is no operator */
export function readOperator(text: string): Operator | undefined {
  const [, qualifier, name = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/i.exec(text) ?? [];
  const base = byLowerCase.get(name.toLowerCase());
  if (!base) return undefined;
  const all = qualifier?.toLowerCase() === "forallvalues";
  return {
    base,
    qualifier: qualifier ? (all ? "ForAllValues" : "ForAnyValue") : undefined,
    ifExists: ifExists !== undefined,
    negated: /Not/.test(base),
  };
}

/** What is wrong with an operator for a key, where it can't compare what the key holds. */
export function operatorProblem(
  { base, qualifier, ifExists }: Operator,
  key: ConditionKey | undefined,
  values: readonly string[],
): string | undefined {
  if (base === "Null") return ifExists ? "Null asks whether the key is there, and IfExists takes that back" : undefined;
  if (!key) return undefined;
  const wanted = KINDS[base] ?? "";
  if (wanted !== "Binary" && wanted !== key.type && !COMPARES_TOO[key.type]?.includes(wanted)) {
    return `the key is of type ${key.type}, which ${base} doesn't compare`;
  }
  if (key.many && !qualifier)
    return "the key may have several values, and no ForAnyValue or ForAllValues says how many must match";
  if (key.type === "ARN" && /^String(Not)?Like$/.test(base) && values.some((value) => /^arn:.*[*?]/.test(value)))
    return "among texts * stands for colons too; in ArnLike and ArnNotLike it stays within a part of the ARN";
  return undefined;
}

/** Types of operators that compare a type of key besides its own: AWS calls many keys text that hold ARNs. */
const COMPARES_TOO: Readonly<Partial<Record<KeyType, readonly string[]>>> = {
  ARN: ["String"],
  Date: ["Numeric"],
  String: ["ARN"],
};

const DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$|^\d+$/i;

/** Whether a text is an address, alone or with the length of a prefix. */
function isAddress(text: string): boolean {
  const [address = "", length, ...more] = text.split("/");
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return more.length === 0 && (length === undefined ? bits > 0 : /^\d{1,3}$/.test(length) && Number(length) <= bits);
}

/** Whether an operator takes values of a form that an output of another resource may not have. */
export function asksForForm({ base }: Operator): boolean {
  return ["Bool", "Null", "Numeric", "Date", "IPAddress"].includes(KINDS[base] ?? "");
}

/** What is wrong with a value for an operator; a value with a policy variable may be anything. */
export function valueProblem({ base }: Operator, value: string): string | undefined {
  if (/\$\{/.test(value)) return undefined;
  switch (KINDS[base]) {
    case "Bool":
    case "Null":
      return /^(true|false)$/i.test(value) ? undefined : `${base} takes true or false`;
    case "Numeric":
      return /^-?\d+(\.\d+)?$/.test(value) ? undefined : `${base} takes numbers`;
    case "Date":
      return DATE.test(value) ? undefined : `${base} takes dates such as 2026-01-31T12:00:00Z`;
    case "IPAddress":
      return isAddress(value) ? undefined : `${base} takes addresses such as 192.0.2.0/24`;
    case "String":
      return /Equals/.test(base) && /[*?]/.test(value)
        ? `${base} takes * and ? as text, ${base.replace(/Equals(IgnoreCase)?/, "Like")} as any`
        : undefined;
    default:
      return undefined;
  }
}
