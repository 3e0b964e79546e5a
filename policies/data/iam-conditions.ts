import table from "./generated/iam-conditions.json" with { type: "json" };
import type { IamAction } from "./iam.ts";

/** What a condition key's values are. */
export type KeyType = "String" | "ARN" | "Bool" | "Numeric" | "Date" | "IPAddress";

export interface ConditionKey {
  /** As AWS writes it; `${TagKey}`, `<key>` and `tag-key` stand for a name. */
  readonly name: string;
  readonly type: KeyType;
  /** Whether a request may carry several values of it. */
  readonly many: boolean;
}

const TYPES: Readonly<Record<string, KeyType>> = {
  s: "String",
  a: "ARN",
  b: "Bool",
  n: "Numeric",
  d: "Date",
  i: "IPAddress",
};

const keySource: Readonly<Record<string, string>> = table.keys;
const actionSource: Readonly<Record<string, string>> = table.actions;
const decoded = new Map<string, readonly ConditionKey[]>();
const byAction = new Map<string, ReadonlyMap<string, readonly ConditionKey[]>>();

/** The key sent with requests of every service by that name, in any case. */
export function globalConditionKey(name: string): ConditionKey | undefined {
  return find(decode("", table.global), name) ?? (name.toLowerCase() === UNDOCUMENTED.name ? UNDOCUMENTED : undefined);
}

/** Sent with every request, and used by AWS's managed policies (`AWSSSOServiceRolePolicy`), but in no list. */
const UNDOCUMENTED: ConditionKey = { name: "aws:principalorgmasteraccountid", type: "String", many: false };

/** A key of a service by its name, in any case: of the service it names, or else of any other. */
export function serviceConditionKey(name: string): ConditionKey | undefined {
  const prefix = name.slice(0, name.indexOf(":")).toLowerCase();
  return find(keysOfService(prefix), name) ?? find(Object.keys(keySource).flatMap(keysOfService), name);
}

/** Whether an action's requests carry a key, besides the keys of all services. */
export function carriesKey(action: IamAction, name: string): boolean {
  const colon = action.name.indexOf(":");
  const [prefix, own] = [action.name.slice(0, colon), action.name.slice(colon + 1)];
  return find(keysOfActions(prefix).get(own) ?? [], name) !== undefined;
}

/** Names of all keys that a misspelt one may stand for: of all services, and of the service it names. */
export function similarKeys(name: string): string[] {
  const prefix = name.slice(0, name.indexOf(":")).toLowerCase();
  const keys = prefix === "aws" ? decode("", table.global) : keysOfService(prefix);
  return keys.map((key) => key.name);
}

function keysOfService(prefix: string): readonly ConditionKey[] {
  return Object.hasOwn(keySource, prefix) ? decode(prefix, keySource[prefix] ?? "") : [];
}

function keysOfActions(prefix: string): ReadonlyMap<string, readonly ConditionKey[]> {
  const known = byAction.get(prefix);
  if (known) return known;
  const keys = keysOfService(prefix);
  const actions = new Map<string, readonly ConditionKey[]>();
  const source = Object.hasOwn(actionSource, prefix) ? actionSource[prefix] : undefined;
  for (const line of source?.split(";") ?? []) {
    const [positions = "", names = ""] = line.split("=");
    const its = positions.split(" ").flatMap((position) => keys[Number(position)] ?? []);
    for (const name of names.split(" ")) actions.set(name, its);
  }
  byAction.set(prefix, actions);
  return actions;
}

function decode(place: string, source: string): readonly ConditionKey[] {
  const known = decoded.get(place);
  if (known) return known;
  const keys = source.split(";").map((line): ConditionKey => {
    const letter = line.charAt(0);
    return {
      name: line.slice(2),
      type: TYPES[letter.toLowerCase()] ?? "String",
      many: letter !== letter.toLowerCase(),
    };
  });
  decoded.set(place, keys);
  return keys;
}

function find(keys: readonly ConditionKey[], name: string): ConditionKey | undefined {
  const wanted = name.toLowerCase();
  return keys.find((key) => {
    const known = key.name.toLowerCase();
    if (!/[<$]|\/tag-key$/.test(known)) return known === wanted;
    const [before = "", after = ""] = known.split(/\$\{[^}]*\}|<[^>]*>|(?<=\/)tag-key$/);
    return wanted.length > before.length + after.length && wanted.startsWith(before) && wanted.endsWith(after);
  });
}
