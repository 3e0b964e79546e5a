/** Properties as people may see them: what is secret stays in the store. */
import { isInternal, isObject, isSecret, type Json, type JsonObject, unmark } from "../provider/values.ts";

/** Stands where a secret value is. */
export const MASK = "[secret]";

/** The value without marks, with a mask in place of everything secret. */
export function masked(value: Json): Json {
  if (isSecret(value)) return MASK;
  const bare = unmark(value) ?? null;
  if (Array.isArray(bare)) return bare.map(masked);
  return isObject(bare) ? maskedObject(bare) : bare;
}

/** As `masked`, without the engine's own bookkeeping keys. */
export function maskedObject(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key]) => !isInternal(key))
      .map(([key, value]) => [key, masked(value)]),
  );
}

/** The edited value with the secrets of the original where their masks were left as they are. */
export function unmasked(edited: Json, original: Json | undefined): Json {
  if (edited === MASK && isSecret(original)) return original!;
  const before = unmark(original);
  if (Array.isArray(edited)) {
    return edited.map((element, at) => unmasked(element, Array.isArray(before) ? before[at] : undefined));
  }
  if (!isObject(edited)) return edited;
  return Object.fromEntries(
    Object.entries(edited).map(([key, value]) => [key, unmasked(value, isObject(before) ? before[key] : undefined)]),
  );
}
