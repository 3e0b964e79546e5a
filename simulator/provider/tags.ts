/** The provider's default and ignored tags. */
import type { Json, JsonObject } from "./values.ts";
import { isAbsent, isInternal, isObject, isUnknown, UNKNOWN, unmark } from "./values.ts";

export interface IgnoredTags {
  readonly keys: readonly string[];
  readonly keyPrefixes: readonly string[];
}

export interface TagSettings {
  /** Tags of every taggable resource, or the unknown value. */
  readonly defaults: Json | undefined;
  readonly ignored: IgnoredTags;
}

/**
 * All tags of a resource: the provider's defaults, with the resource's own on top, less what the provider ignores.
 * Undefined when there are none.
 */
export function allTags(settings: TagSettings, tags: Json | undefined): Json | undefined {
  if (isUnknown(settings.defaults) || isUnknown(tags)) return UNKNOWN;
  const merged: JsonObject = {};
  for (const source of [settings.defaults, tags]) {
    const bare = unmark(source);
    if (!isObject(bare)) continue;
    for (const [key, value] of Object.entries(bare)) {
      if (!isInternal(key) && !isAbsent(value)) merged[key] = value;
    }
  }
  const kept = Object.entries(merged).filter(([key]) => !isIgnored(settings.ignored, key));
  if (kept.length === 0) return undefined;
  return Object.fromEntries(kept.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isIgnored(ignored: IgnoredTags, key: string): boolean {
  return ignored.keys.includes(key) || ignored.keyPrefixes.some((prefix) => key.startsWith(prefix));
}
