/** What changes between two sets of an object's inputs, and whether that replaces it. */
import { diffResource, type ResourceDiff } from "../provider/diff.ts";
import { isUnknown, type JsonObject, sameValue, unmark } from "../provider/values.ts";
import type { ResourceSchema } from "../schema/index.ts";
import { isAutonamed } from "./check.ts";
import type { ClusterSettings } from "./cluster.ts";
import { objectOf } from "./fields.ts";
import { replacementPaths } from "./kinds.ts";
import type { ObjectKind } from "./schema.ts";

export function diffObject(
  { configMapMutable, secretMutable }: ClusterSettings,
  kind: ObjectKind,
  olds: JsonObject,
  news: JsonObject,
  ignoreChanges: readonly string[],
): ResourceDiff {
  const immutable = unmark(olds.immutable) === true;
  const paths = replacementPaths(kind, { configMapMutable, secretMutable, immutable });
  const diff = diffResource(comparable(paths), olds, {}, news, ignoreChanges);
  return { ...diff, deleteBeforeReplace: diff.replaces.length > 0 && keepsItsName(olds, news) };
}

/** What the comparison of inputs needs of a schema: which paths replace. */
function comparable(paths: readonly string[]): ResourceSchema {
  const schema = {
    token: "",
    inputs: new Map(),
    outputs: new Map(),
    computed: new Set<string>(),
    secrets: new Set<string>(),
    replacement: { known: true as const, paths, source: "forceNew of the kubernetes provider" },
    autoname: undefined,
    taggable: false,
    importExamples: [],
    aliases: [],
    region: false,
  };
  return schema as unknown as ResourceSchema;
}

/** Two objects of one name cannot be in one namespace at a time. */
function keepsItsName(olds: JsonObject, news: JsonObject): boolean {
  const [before, after] = [objectOf(unmark(olds.metadata)), objectOf(unmark(news.metadata))];
  if (isAutonamed(after) || isUnknown(after.name)) return false;
  return sameValue(before.name, after.name) && sameValue(before.namespace, after.namespace);
}
