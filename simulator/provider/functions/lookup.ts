/** Finds resources in the store for `get*` functions. */
import type { StoredResource } from "../../store/store.ts";
import { CloudError } from "../errors.ts";
import type { InvokeContext } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject, plainObject, sameValue } from "../values.ts";

/** A resource's outputs with its id, without marks. */
export function outputsOf(resource: StoredResource): JsonObject {
  return { ...plainObject(resource.state), id: resource.id };
}

/** All resources of the types that are visible in the region. */
export function all(context: InvokeContext, ...types: readonly string[]): StoredResource[] {
  return types.flatMap((type) => context.store.list(context.account, type, context.region));
}

/** Outputs of the resources of a type that fit all criteria; an undefined criterion fits everything. */
export function select(
  context: InvokeContext,
  type: string,
  criteria: Readonly<Record<string, Json | undefined>>,
  options: { readonly tags?: Json; readonly filters?: Json } = {},
): JsonObject[] {
  return all(context, type)
    .map(outputsOf)
    .filter((outputs) =>
      Object.entries(criteria).every(([name, value]) => value === undefined || sameValue(outputs[name], value)),
    )
    .filter((outputs) => hasTags(outputs, options.tags) && passes(outputs, options.filters));
}

/** The one result, or AWS's complaint that there is none or more than one. */
export function only(token: string, found: readonly JsonObject[]): JsonObject {
  if (found.length === 1) return found[0]!;
  const problem = found.length === 0 ? "no matching" : `${found.length} matching`;
  const advice = found.length === 0 ? "create it first, or correct the arguments" : "add arguments until one is left";
  throw new CloudError("not-found", `${token}: ${problem} object in the simulated cloud; ${advice}`);
}

function hasTags(outputs: JsonObject, wanted: Json | undefined): boolean {
  if (!isObject(wanted)) return true;
  const tags = isObject(outputs.tagsAll) ? outputs.tagsAll : {};
  return Object.entries(wanted).every(([key, value]) => tags[key] === value);
}

/** EC2 filters: names as in the API (`vpc-id`, `tag:owner`), values with `*` and `?`. All filters must pass. */
export function passes(outputs: JsonObject, filters: Json | undefined): boolean {
  if (!Array.isArray(filters)) return true;
  return filters.every((filter) => {
    if (!isObject(filter) || !Array.isArray(filter.values)) return true;
    const actual = filterValues(outputs, String(filter.name));
    return filter.values.some((pattern) => actual.some((value) => matches(String(pattern), value)));
  });
}

function filterValues(outputs: JsonObject, name: string): string[] {
  const tags = isObject(outputs.tagsAll) ? outputs.tagsAll : {};
  if (name === "tag-key") return Object.keys(tags);
  if (name.startsWith("tag:")) return texts(tags[name.slice(4)]);
  const own = name.replace(/[-_.](\w)/g, (_, letter: string) => letter.toUpperCase());
  // The API names an object's own id and name after its kind (`vpc-id` of a VPC), the SDK calls them `id` and `name`.
  const value = outputs[own] ?? (own.endsWith("Id") ? outputs.id : own.endsWith("Name") ? outputs.name : undefined);
  return texts(value);
}

function texts(value: Json | undefined): string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function matches(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(value);
}
