/** What changes between two sets of inputs, where, and whether that replaces the resource. */
import type { ReplacementKnowledge, ResourceSchema } from "../schema/index.ts";
import { leadsTo, type Path, parsePath } from "./paths.ts";
import type { Json, JsonObject } from "./values.ts";
import { canonical, isAbsent, isAsset, isInternal, isObject, isUnknown, sameValue, unmark } from "./values.ts";

export type ChangeKind = "add" | "update" | "delete";

export interface Change {
  readonly path: Path;
  readonly kind: ChangeKind;
  readonly replace: boolean;
}

export interface ResourceDiff {
  readonly changes: readonly Change[];
  /** Top-level properties that force the replacement. */
  readonly replaces: readonly string[];
  /** The old object has to go first, because the new one takes its name. */
  readonly deleteBeforeReplace: boolean;
}

/**
 * Lists that the AWS provider documents as sets: their order means nothing. By property name, since the names mean
 * the same wherever they appear.
 */
const SETS: ReadonlySet<string> = new Set([
  "allowedAccountIds",
  "availabilityZones",
  "cidrBlocks",
  "dbSecurityGroups",
  "enabledCloudwatchLogsExports",
  "ipv6CidrBlocks",
  "loadBalancers",
  "prefixListIds",
  "resolverIpAddresses",
  "routeTableIds",
  "securityGroupIds",
  "securityGroups",
  "subnetIds",
  "subnets",
  "targetGroupArns",
  "vpcSecurityGroupIds",
  "vpcZoneIdentifiers",
]);

interface Difference {
  readonly path: Path;
  readonly kind: ChangeKind;
  /** The value that came or went, for paths of the replacement table that lie below it. */
  readonly values: readonly (Json | undefined)[];
}

/**
 * Compares the inputs of a resource with what it was.
 *
 * @param state what the cloud last said of it: stands in for inputs that were never given, so that writing down what
 * is already so changes nothing
 */
export function diffResource(
  schema: ResourceSchema,
  oldInputs: JsonObject,
  state: JsonObject,
  news: JsonObject,
  ignoreChanges: readonly string[],
): ResourceDiff {
  const ignored = ignoreChanges.map(parsePath);
  const found: Difference[] = [];
  for (const key of new Set([...Object.keys(oldInputs), ...Object.keys(news)])) {
    if (isInternal(key)) continue;
    const before = isAbsent(oldInputs[key]) ? state[key] : oldInputs[key];
    if (isAbsent(news[key]) && keepsWhenRemoved(schema, key)) continue;
    compare([key], before, news[key], found);
  }
  const changes = found
    .filter((difference) => !ignored.some((pattern) => leadsTo(pattern, difference.path)))
    .map((difference) => ({
      path: difference.path,
      kind: difference.kind,
      replace: forcesReplacement(schema.replacement, difference),
    }));
  const replaces = [...new Set(changes.filter((change) => change.replace).map((change) => String(change.path[0])))];
  return {
    changes,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && keepsItsName(schema, oldInputs, news),
  };
}

/** An input whose value the cloud chooses when it is left out stays as it is when it is removed. */
export function keepsWhenRemoved(schema: ResourceSchema, key: string): boolean {
  if (key === "tagsAll") return false;
  const output = schema.outputs.get(key);
  return output?.required === true && schema.inputs.get(key)?.required !== true;
}

/** Two objects cannot carry one name at a time; an autoname is new for each. */
function keepsItsName(schema: ResourceSchema, oldInputs: JsonObject, news: JsonObject): boolean {
  const property = schema.autoname?.property;
  if (property === undefined || isAbsent(news[property])) return false;
  return !isDefaulted(news, property) && sameValue(oldInputs[property], news[property]);
}

/** Whether Check filled the property in. */
export function isDefaulted(inputs: JsonObject, property: string): boolean {
  const defaults = unmark(inputs.__defaults);
  return Array.isArray(defaults) && defaults.includes(property);
}

function compare(path: Path, before: Json | undefined, after: Json | undefined, found: Difference[]): void {
  if (isAbsent(before) && isAbsent(after)) return;
  if (isAbsent(before)) {
    if (!isEmpty(after)) found.push({ path, kind: "add", values: [after] });
    return;
  }
  if (isAbsent(after)) {
    if (!isEmpty(before)) found.push({ path, kind: "delete", values: [before] });
    return;
  }
  const left = unmark(before)!;
  const right = unmark(after)!;
  if (isUnknown(right)) {
    found.push({ path, kind: "update", values: [left] });
  } else if (Array.isArray(left) && Array.isArray(right)) {
    if (SETS.has(String(path.at(-1)))) compareSets(path, left, right, found);
    else compareLists(path, left, right, found);
  } else if (isObject(left) && isObject(right) && !isAsset(left) && !isAsset(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (!isInternal(key)) compare([...path, key], left[key], right[key], found);
    }
  } else if (!sameValue(left, right) && !sameDocument(left, right)) {
    found.push({ path, kind: "update", values: [left, right] });
  }
}

function compareLists(path: Path, left: Json[], right: Json[], found: Difference[]): void {
  for (let at = 0; at < Math.max(left.length, right.length); at++) compare([...path, at], left[at], right[at], found);
}

function compareSets(path: Path, left: Json[], right: Json[], found: Difference[]): void {
  const removed = new Map<number, Json>(left.map((value, at) => [at, value]));
  const added = new Map<number, Json>();
  right.forEach((value, at) => {
    const same = [...removed].find(([, old]) => canonical(old) === canonical(value));
    if (same === undefined) added.set(at, value);
    else removed.delete(same[0]);
  });
  for (const [at, value] of added) {
    const other = removed.get(at);
    removed.delete(at);
    found.push({ path: [...path, at], kind: other === undefined ? "add" : "update", values: [value, other] });
  }
  for (const [at, value] of removed) found.push({ path: [...path, at], kind: "delete", values: [value] });
}

/** An empty list or block given or left out is the same to AWS. */
export function isEmpty(value: Json | undefined): boolean {
  const bare = unmark(value);
  if (Array.isArray(bare)) return bare.length === 0;
  return isObject(bare) && !isAsset(bare) && Object.keys(bare).filter((key) => !isInternal(key)).length === 0;
}

/** JSON documents (policies, container definitions) are compared by what they say, as the provider does. */
function sameDocument(left: Json, right: Json): boolean {
  if (typeof left !== "string" || typeof right !== "string" || !/^\s*[[{]/.test(left)) return false;
  try {
    return canonical(JSON.parse(left) as Json) === canonical(JSON.parse(right) as Json);
  } catch {
    return false;
  }
}

function forcesReplacement(knowledge: ReplacementKnowledge, difference: Difference): boolean {
  if (!knowledge.known) return false;
  return knowledge.paths.some((text) => {
    const pattern = parsePath(text);
    if (leadsTo(pattern, difference.path)) return true;
    const above = pattern.slice(0, difference.path.length);
    const below = pattern.slice(difference.path.length);
    return (
      below.length > 0 && leadsTo(above, difference.path) && difference.values.some((value) => reaches(value, below))
    );
  });
}

/** Whether the value has something at the path. */
function reaches(value: Json | undefined, path: Path): boolean {
  const bare = unmark(value);
  if (isAbsent(bare)) return false;
  if (isUnknown(bare)) return true;
  const [step, ...rest] = path;
  if (step === undefined) return true;
  if (Array.isArray(bare)) return bare.some((element, at) => (step === "*" || step === at) && reaches(element, rest));
  if (!isObject(bare)) return false;
  if (step === "*") return Object.values(bare).some((element) => reaches(element, rest));
  return reaches(bare[String(step)], rest);
}

/** The changed top-level properties. */
export function changedProperties(diff: ResourceDiff): ReadonlySet<string> {
  return new Set(diff.changes.map((change) => String(change.path[0])));
}
