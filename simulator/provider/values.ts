/**
 * Values as the provider protocol carries them: JSON in which reserved keys mark secrets, outputs and assets, and
 * reserved strings stand for what is not known yet. The marks stay in place; these functions look through them.
 */
import type { Json } from "../schema/index.ts";

export type { Json };
export type JsonObject = { [key: string]: Json };

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** What the cloud does not know yet, as a provider sends it. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has one unknown per type; a provider may meet any of them. */
const UNKNOWNS: ReadonlySet<Json> = new Set<Json>([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function signature(value: Json | undefined): Json | undefined {
  return isObject(value) ? value[SIGNATURE] : undefined;
}

/** Whether the value itself, under its marks, is not known yet. */
export function isUnknown(value: Json | undefined): boolean {
  const bare = unmark(value);
  return bare !== undefined && UNKNOWNS.has(bare);
}

export function isSecret(value: Json | undefined): boolean {
  const kind = signature(value);
  return kind === SECRET || (kind === OUTPUT && (value as JsonObject).secret === true);
}

export function isAsset(value: Json | undefined): value is JsonObject {
  const kind = signature(value);
  return kind === ASSET || kind === ARCHIVE;
}

/** The content hash of an asset or archive, which the engine computes. */
export function assetHash(value: JsonObject): string {
  return typeof value.hash === "string" && value.hash !== "" ? value.hash : JSON.stringify(value);
}

export function secret(value: Json): Json {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The value without the marks around it; marks further down stay. */
export function unmark(value: Json | undefined): Json | undefined {
  let bare = value;
  for (;;) {
    const kind = signature(bare);
    if (kind === SECRET) bare = (bare as JsonObject).value;
    else if (kind === OUTPUT) bare = (bare as JsonObject).value ?? UNKNOWN;
    else if (kind === RESOURCE) bare = (bare as JsonObject).id ?? UNKNOWN;
    else return bare;
  }
}

/** The value without any marks of secrets and outputs. Assets stay as they are. */
export function plain(value: Json): Json {
  const bare = unmark(value) ?? null;
  if (Array.isArray(bare)) return bare.map(plain);
  if (isObject(bare) && !isAsset(bare)) return plainObject(bare);
  return bare;
}

export function plainObject(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, plain(value)]));
}

/** Whether the value or anything in it is not known yet. */
export function containsUnknown(value: Json | undefined): boolean {
  const bare = unmark(value);
  if (bare === undefined) return false;
  if (UNKNOWNS.has(bare)) return true;
  if (Array.isArray(bare)) return bare.some(containsUnknown);
  return isObject(bare) && Object.values(bare).some(containsUnknown);
}

export function containsSecret(value: Json | undefined): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isObject(value) && Object.values(value).some(containsSecret);
}

/** Whether a property was left out: absent, null, or a marked null. */
export function isAbsent(value: Json | undefined): boolean {
  const bare = unmark(value);
  return bare === undefined || bare === null;
}

/** The object without what was left out, and without the engine's and bridge's own bookkeeping keys. */
export function withoutAbsent(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => !isInternal(key) && !isAbsent(value)));
}

export function isInternal(key: string): boolean {
  return key.startsWith("__");
}

/** The string under the marks, or undefined when there is none or it is not known yet. */
export function knownString(value: Json | undefined): string | undefined {
  const bare = unmark(value);
  return typeof bare === "string" && !UNKNOWNS.has(bare) ? bare : undefined;
}

/** Object equality that ignores marks and the order of keys. */
export function sameValue(left: Json | undefined, right: Json | undefined): boolean {
  return canonical(left) === canonical(right);
}

/** One string for equal values: sorted keys, no marks, assets by their hash. */
export function canonical(value: Json | undefined): string {
  const bare = unmark(value);
  if (bare === undefined) return "null";
  if (Array.isArray(bare)) return `[${bare.map(canonical).join(",")}]`;
  if (isAsset(bare)) return `asset:${assetHash(bare)}`;
  if (isObject(bare)) {
    const keys = Object.keys(bare).filter((key) => !isAbsent(bare[key]));
    return `{${keys
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(bare[key])}`)
      .join(",")}}`;
  }
  return JSON.stringify(bare);
}
