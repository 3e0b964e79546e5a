/** Stored resources as the page reads them. */
import { isObject, type Json, type JsonObject } from "../provider/values.ts";
import type { StoredResource } from "../store/store.ts";
import type { GroupColour } from "./views.ts";

/** A resource with its properties as they are, without marks. */
export interface Entry {
  readonly stored: StoredResource;
  readonly is: JsonObject;
}

export type List = (type: string) => readonly Entry[];

/** An ECS service, as the map needs it. */
export interface ServiceEntry {
  readonly name: string;
  readonly subnets: readonly string[];
  readonly colour: GroupColour;
  readonly desired: number;
  readonly targetGroups: readonly string[];
}

/** The service of a type token: `ec2` of `aws:ec2/vpc:Vpc`. */
export function serviceOf(type: string): string {
  return (type.split(":")[1] ?? type).split("/")[0] ?? type;
}

/** Programs name the two sides of a blue-green service by its colours. */
export function colourOf(...names: readonly string[]): GroupColour {
  const text = names.join(" ").toLowerCase();
  if (/(^|[^a-z])blue([^a-z]|$)/.test(text)) return "blue";
  return /(^|[^a-z])green([^a-z]|$)/.test(text) ? "green" : "other";
}

export function text(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

/** A list of objects, or the one object where the schema has a list of at most one. */
export function objects(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}
