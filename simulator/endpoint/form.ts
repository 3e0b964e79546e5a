/** Reads the query protocol's form bodies by the schema of an operation's input. */
import { NormalizedSchema } from "@smithy/core/schema";
import { fromBase64 } from "@smithy/core/serde";
import type { SchemaRef } from "@smithy/types";

type Fields = ReadonlyMap<string, string>;

/** `Filters.member.1.Name=x` becomes `{ Filters: [{ Name: "x" }] }`; what the schema does not have is left out. */
export function readForm(schema: SchemaRef, body: string): Record<string, unknown> {
  const fields = new Map(new URLSearchParams(body));
  return (read(NormalizedSchema.of(schema), fields, "") ?? {}) as Record<string, unknown>;
}

function read(schema: NormalizedSchema, fields: Fields, key: string): unknown {
  if (schema.isStructSchema()) return readStruct(schema, fields, key);
  if (schema.isListSchema()) return readList(schema, fields, key);
  if (schema.isMapSchema()) return readMap(schema, fields, key);
  const text = fields.get(key);
  if (text === undefined) return undefined;
  if (schema.isNumericSchema()) return Number(text);
  if (schema.isBooleanSchema()) return text === "true";
  if (schema.isBlobSchema()) return fromBase64(text);
  if (schema.isTimestampSchema()) return new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text);
  return text;
}

function readStruct(schema: NormalizedSchema, fields: Fields, key: string): unknown {
  if (key !== "" && !has(fields, key)) return undefined;
  const found: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const value = read(member, fields, join(key, member.getMergedTraits().xmlName ?? name));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function readList(schema: NormalizedSchema, fields: Fields, key: string): unknown {
  // An empty list is sent as the key with nothing behind it.
  if (fields.get(key) === "") return [];
  const member = schema.getValueSchema();
  const flat = schema.getMergedTraits().xmlFlattened !== undefined;
  const prefix = flat ? key : join(key, member.getMergedTraits().xmlName ?? "member");
  return numbered(fields, prefix)?.map((element) => read(member, fields, element));
}

function readMap(schema: NormalizedSchema, fields: Fields, key: string): unknown {
  const keySchema = schema.getKeySchema();
  const valueSchema = schema.getValueSchema();
  const flat = schema.getMergedTraits().xmlFlattened !== undefined;
  const entries = numbered(fields, flat ? key : join(key, "entry"))?.map((entry) => [
    fields.get(join(entry, keySchema.getMergedTraits().xmlName ?? "key")) ?? "",
    read(valueSchema, fields, join(entry, valueSchema.getMergedTraits().xmlName ?? "value")),
  ]);
  return entries && Object.fromEntries(entries);
}

/** `prefix.1`, `prefix.2` … as far as there are any. */
function numbered(fields: Fields, prefix: string): string[] | undefined {
  const numbers = new Set<number>();
  for (const name of fields.keys()) {
    const [first = ""] = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1).split(".") : [];
    if (/^\d+$/.test(first)) numbers.add(Number(first));
  }
  if (numbers.size === 0) return undefined;
  return [...numbers].sort((a, b) => a - b).map((number) => `${prefix}.${number}`);
}

function has(fields: Fields, key: string): boolean {
  for (const name of fields.keys()) if (name === key || name.startsWith(`${key}.`)) return true;
  return false;
}

const join = (key: string, part: string): string => (key === "" ? part : `${key}.${part}`);
