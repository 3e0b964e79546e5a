import { z } from "zod";
import { isRecord } from "./record.ts";

/** What is well-formed of a value that as a whole may not be: the rest is missing, list places are kept. */
export type Draft<T> = T extends readonly (infer E)[]
  ? readonly (Draft<E> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Draft<T[K]> | undefined }
    : T;

/** The schema below optionals and defaults; of a union the option whose discriminator the value has. */
function inner(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return inner(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion && isRecord(value)) {
    const tag = schema.def.discriminator;
    const option = schema.options.find(
      (candidate) => candidate instanceof z.ZodObject && z.safeParse(candidate.shape[tag], value[tag]).success,
    );
    return option ?? schema;
  }
  return schema;
}

function draftOf(schema: z.core.$ZodType, value: unknown): unknown {
  const whole = z.safeParse(schema, value);
  if (whole.success) return whole.data;
  const below = inner(schema, value);
  if (below instanceof z.ZodArray && Array.isArray(value)) return value.map((item) => draftOf(below.element, item));
  if (below instanceof z.ZodObject && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(below.shape).map(([key, child]) => [key, draftOf(child as z.core.$ZodType, value[key])]),
    );
  }
  if (below instanceof z.ZodRecord && isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, draftOf(below.valueType, item)]));
  }
  return undefined;
}

/**
 * Reads what can be read, so that rules across properties still speak when some property is malformed, and all
 * problems come at once instead of in rounds.
 */
export function draft<T extends z.ZodType>(schema: T, value: unknown): Draft<z.output<T>> {
  return (draftOf(schema, value) ?? {}) as Draft<z.output<T>>;
}

/** The keys an object may have at a path of a value; none when the schema has no object there. */
export function knownKeys(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  const below = inner(schema, value);
  const [step, ...rest] = path;
  if (step === undefined) return below instanceof z.ZodObject ? Object.keys(below.shape) : [];
  const child = isRecord(value) || Array.isArray(value) ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  if (below instanceof z.ZodObject) {
    const next = below.shape[String(step)] as z.core.$ZodType | undefined;
    return next === undefined ? [] : knownKeys(next, child, rest);
  }
  if (below instanceof z.ZodArray) return knownKeys(below.element, child, rest);
  if (below instanceof z.ZodRecord) return knownKeys(below.valueType, child, rest);
  return [];
}
