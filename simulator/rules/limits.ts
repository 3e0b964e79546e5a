/**
 * Verdicts with the messages of the provider's own validators, so that a refusal reads the same here and on AWS.
 *
 * Wording: hashicorp/terraform-plugin-sdk `helper/validation` and hashicorp/terraform-provider-aws `internal/verify`.
 */
import type { Json } from "../schema/index.ts";
import { block, network } from "./cidr.ts";
import { parseJson } from "./known.ts";
import type { Verdict } from "./types.ts";

export const between =
  (min: number, max: number): Verdict =>
  (value, name) =>
    whole(value, (n) => n >= min && n <= max)
      ? undefined
      : `expected ${name} to be in the range (${min} - ${max}), got ${show(value)}`;

/** Of numbers with fractions, which the provider prints with six digits behind the point. */
export const betweenFractions =
  (min: number, max: number): Verdict =>
  (value, name) =>
    whole(value, (n) => n >= min && n <= max)
      ? undefined
      : `expected ${name} to be in the range (${min.toFixed(6)} - ${max.toFixed(6)}), got ${Number(value).toFixed(6)}`;

export const atLeast =
  (min: number): Verdict =>
  (value, name) =>
    whole(value, (n) => n >= min) ? undefined : `expected ${name} to be at least (${min}), got ${show(value)}`;

export const oneOf =
  (...allowed: readonly (number | string)[]): Verdict =>
  (value, name) => {
    if (allowed.some((one) => one === value || String(one) === String(value))) return undefined;
    const list = allowed.map((one) => (typeof one === "string" ? JSON.stringify(one) : one)).join(" ");
    return `expected ${name} to be one of [${list}], got ${show(value)}`;
  };

export const divisibleBy =
  (divisor: number): Verdict =>
  (value, name) =>
    whole(value, (n) => n % divisor === 0)
      ? undefined
      : `expected ${name} to be divisible by ${divisor}, got: ${show(value)}`;

/** One of the verdicts is enough; all their messages when none is. */
export const any =
  (...verdicts: readonly Verdict[]): Verdict =>
  (value, name) => {
    const problems = verdicts.map((verdict) => verdict(value, name));
    return problems.includes(undefined) ? undefined : problems.join("; ");
  };

/** Every problem of the verdicts. */
export const all =
  (...verdicts: readonly Verdict[]): Verdict =>
  (value, name) => {
    const problems = verdicts.flatMap((verdict) => verdict(value, name) ?? []);
    return problems.length === 0 ? undefined : problems.join("; ");
  };

export const lengthBetween =
  (min: number, max: number): Verdict =>
  (value, name) => {
    const { length } = String(value);
    return length >= min && length <= max
      ? undefined
      : `expected length of ${name} to be in the range (${min} - ${max}), got ${show(value)}`;
  };

export const matches =
  (pattern: RegExp, message: string): Verdict =>
  (value, name) =>
    pattern.test(String(value)) ? undefined : `invalid value for ${name} (${message})`;

export const doesNotMatch =
  (pattern: RegExp, message: string): Verdict =>
  (value, name) =>
    pattern.test(String(value)) ? `invalid value for ${name} (${message})` : undefined;

/** A verdict of its own words: `{name}` stands for the attribute, `{value}` for its value. */
export const says =
  (holds: (text: string) => boolean, message: string): Verdict =>
  (value, name) =>
    holds(String(value)) ? undefined : message.replaceAll("{name}", name).replaceAll("{value}", String(value));

export const maxItems =
  (max: number): Verdict =>
  (value, name) => {
    const count = Array.isArray(value) ? value.length : 0;
    return count <= max
      ? undefined
      : `Too many list items: Attribute ${name} supports ${max} item maximum, but config has ${count} declared.`;
  };

/** A network with a prefix length in a range. */
export const cidrNetwork =
  (min: number, max: number): Verdict =>
  (value, name) => {
    const parsed = network(String(value));
    if (parsed === undefined) {
      return `expected "${name}" to contain a valid Value, got: ${show(value)} with err: invalid CIDR address: ${show(value)}`;
    }
    if (parsed.text !== value) {
      return `expected "${name}" to contain a valid network Value, expected ${parsed.text}, got ${show(value)}`;
    }
    return parsed.bits >= min && parsed.bits <= max
      ? undefined
      : `expected "${name}" to contain a network Value with between ${min} and ${max} significant bits, got: ${parsed.bits}`;
  };

/** An IPv4 network without host bits. */
export const ipv4Block: Verdict = (value) => {
  const text = String(value);
  const parsed = network(text);
  if (parsed === undefined) return `"${text}" is not a valid CIDR block: invalid CIDR address: ${text}`;
  if (parsed.version !== 4) return `"${text}" is not a valid IPv4 CIDR block`;
  return block(text) ? undefined : `"${text}" is not a valid IPv4 CIDR block; did you mean "${parsed.text}"?`;
};

export const json: Verdict = (value, name) => {
  const { problem } = parseJson(String(value));
  return problem === undefined ? undefined : `"${name}" contains an invalid JSON: ${problem}`;
};

/** The form of a policy document, which the provider checks before it looks at what is in it. */
export const policyJson: Verdict = (value, name) => {
  const text = String(value);
  const invalid = (what: string) => `"${name}" contains an invalid JSON policy: ${what}`;
  if (text === "") return `"${name}" is an empty string, which is not a valid JSON value`;
  if (/^\s/.test(text)) return invalid("leading space characters are not allowed");
  if (text.startsWith('"')) return invalid("contains a JSON-encoded string, not a JSON-encoded object");
  if (text.startsWith("[")) return invalid("contains a JSON array, not a JSON object");
  if (!text.startsWith("{")) return invalid("not a JSON object");
  const { problem } = parseJson(text);
  return problem === undefined ? undefined : invalid(problem);
};

export const arn: Verdict = (value, name) => {
  const text = String(value);
  if (text === "") return undefined;
  const [prefix, partition = "", , region = "", account = "", ...resource] = text.split(":");
  const invalid = (what: string) => `"${name}" (${text}) is an invalid ARN: ${what}`;
  if (prefix !== "arn") return invalid("arn: invalid prefix");
  if (resource.length === 0) return invalid("arn: not enough sections");
  if (!/^aws(-[a-z]+)*$/.test(partition)) return invalid("invalid partition value");
  if (region !== "" && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return invalid("invalid region value");
  if (account !== "" && !/^(aws|aws-managed|third-party|\d{12}|cw.{10})$/.test(account)) {
    return invalid("invalid account ID value");
  }
  return undefined;
};

function whole(value: Json, holds: (number: number) => boolean): boolean {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && holds(number);
}

function show(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
