/** DynamoDB's values as they are stored: the wire's JSON, in which binary values are base64. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../errors.ts";
import { compareDecimals, formatDecimal, magnitude, parseDecimal, precision, sortableDecimal } from "./decimal.ts";

export type Value =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly Value[] }
  | { readonly M: Item };
export type Item = { readonly [name: string]: Value };
export type TypeCode = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";

const invalid = (message: string) => new AwsError("ValidationException", message);

export const typeOf = (value: Value): TypeCode => Object.keys(value)[0] as TypeCode;

/** @throws AwsError for a value DynamoDB does not take */
export function fromWire(value: AttributeValue): Value {
  const [[type, held] = ["", undefined], ...others] = Object.entries(value).filter(([, one]) => one !== undefined);
  if (held === undefined) {
    throw invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  if (others.length > 0) {
    throw invalid(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  }
  switch (type) {
    case "S":
      return { S: String(held) };
    case "N":
      return { N: numberText(String(held)) };
    case "B":
      return { B: base64(held as Uint8Array) };
    case "BOOL":
      return { BOOL: held === true };
    case "NULL":
      return { NULL: true };
    case "SS":
      return { SS: setOf(held as string[]) };
    case "NS":
      return { NS: setOf((held as string[]).map(numberText)) };
    case "BS":
      return { BS: setOf((held as Uint8Array[]).map(base64)) };
    case "L":
      return { L: (held as AttributeValue[]).map(fromWire) };
    case "M":
      return { M: itemFromWire(held as Record<string, AttributeValue>) };
    default:
      throw invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
}

export function itemFromWire(item: Readonly<Record<string, AttributeValue>>): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromWire(value)]));
}

export function toWire(value: Value): AttributeValue {
  if ("B" in value) return { B: Buffer.from(value.B, "base64") };
  if ("BS" in value) return { BS: value.BS.map((one) => Buffer.from(one, "base64")) };
  if ("L" in value) return { L: value.L.map(toWire) };
  if ("M" in value) return { M: itemToWire(value.M) };
  if ("SS" in value) return { SS: [...value.SS] };
  if ("NS" in value) return { NS: [...value.NS] };
  return value;
}

export function itemToWire(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toWire(value)]));
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function setOf(members: string[]): string[] {
  if (members.length === 0) throw invalid("One or more parameter values were invalid: An number set  may not be empty");
  if (new Set(members).size < members.length) {
    throw invalid(
      `One or more parameter values were invalid: Input collection [${members.join(", ")}] contains duplicates.`,
    );
  }
  return members;
}

function numberText(text: string): string {
  const decimal = parseDecimal(text);
  if (decimal === undefined) {
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  if (precision(decimal) > 38) {
    throw invalid("Attempting to store more than 38 significant digits in a Number");
  }
  if (decimal.digits !== 0n && magnitude(decimal) > 125) {
    throw invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
  }
  if (decimal.digits !== 0n && magnitude(decimal) < -130) {
    throw invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range");
  }
  return formatDecimal(decimal);
}

export function same(a: Value, b: Value): boolean {
  return canonical(a) === canonical(b);
}

/** One text for equal values: sets have no order, maps neither. */
function canonical(value: Value): string {
  if ("L" in value) return `L[${value.L.map(canonical).join()}]`;
  if ("M" in value) {
    const entries = Object.entries(value.M).sort(([a], [b]) => (a < b ? -1 : 1));
    return `M{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join()}}`;
  }
  for (const [type, members] of Object.entries(value)) {
    if (Array.isArray(members)) return `${type}${JSON.stringify([...members].sort())}`;
  }
  return JSON.stringify(value);
}

/** Order of two values of one type; undefined for types and pairs without an order. */
export function compare(a: Value, b: Value): number | undefined {
  if ("N" in a && "N" in b) return compareDecimals(parseDecimal(a.N)!, parseDecimal(b.N)!);
  if ("S" in a && "S" in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if ("B" in a && "B" in b) return Buffer.compare(Buffer.from(a.B, "base64"), Buffer.from(b.B, "base64"));
  return undefined;
}

/** A text for a key attribute, in the order of the values. */
export function sortable(value: Value): string {
  if ("N" in value) return sortableDecimal(parseDecimal(value.N)!);
  if ("S" in value) return Buffer.from(value.S).toString("hex");
  return "B" in value ? Buffer.from(value.B, "base64").toString("hex") : "";
}

/** Bytes of an item, by "DynamoDB item sizes and formats" in the developer guide. */
export function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value: Value): number {
  if ("S" in value) return Buffer.byteLength(value.S);
  if ("N" in value) return numberSize(value.N);
  if ("B" in value) return Buffer.byteLength(value.B, "base64");
  if ("SS" in value) return value.SS.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
  if ("NS" in value) return value.NS.reduce((sum, one) => sum + numberSize(one), 0);
  if ("BS" in value) return value.BS.reduce((sum, one) => sum + Buffer.byteLength(one, "base64"), 0);
  if ("L" in value) return 3 + value.L.reduce((sum, one) => sum + 1 + valueSize(one), 0);
  if ("M" in value) return 3 + sizeOf(value.M) + Object.keys(value.M).length;
  return 1;
}

const numberSize = (text: string): number => Math.ceil(text.replace(/[-.]/g, "").length / 2) + 1;
