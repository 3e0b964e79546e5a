/** Reads stored properties, which may be missing or of another form, into what AWS's shapes want. */
import { isObject, type Json, type JsonObject } from "../provider/values.ts";
import { AwsError } from "./errors.ts";

export function text(value: Json | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function number(value: Json | undefined): number | undefined {
  const parsed = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : undefined;
}

export function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.flatMap((item) => text(item) ?? []) : [];
}

/** A list of objects, or the one object where the schema has a list of at most one. */
export function objects(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}

export function tagsOf(state: JsonObject): [key: string, value: string][] {
  const tags = isObject(state.tagsAll) ? state.tagsAll : isObject(state.tags) ? state.tags : {};
  return Object.entries(tags).map(([key, value]) => [key, String(value)]);
}

/** The object without what is undefined: shapes tell absent from empty. */
export function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

export interface Page<T> {
  readonly items: T[];
  readonly next: string | undefined;
}

/**
 * A page of a list, from where the last one ended.
 *
 * @throws AwsError when the token is none of this cloud's
 */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
  invalid = new AwsError("ValidationError", "The specified marker is not valid"),
): Page<T> {
  const start = token ? positionOf(token) : 0;
  if (start === undefined || start > items.length) throw invalid;
  const end = start + size;
  const next = end < items.length ? Buffer.from(`from ${end}`).toString("base64") : undefined;
  return { items: items.slice(start, end), next };
}

function positionOf(token: string): number | undefined {
  const position = /^from (\d+)$/.exec(Buffer.from(token, "base64").toString("utf8"))?.[1];
  return position === undefined ? undefined : Number(position);
}
