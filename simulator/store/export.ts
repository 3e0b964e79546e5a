/** The canonical form of what a cloud holds: the same program on the same seed gives the same bytes. */
import { createHash } from "node:crypto";
import { isInternal, isObject, isSecret, type Json, type JsonObject, unmark } from "../provider/values.ts";
import type { CloudStore, StoredResource } from "./store.ts";

export interface ExportOptions {
  /**
   * `mask` leaves nothing of a secret; `fingerprint` gives the first twelve digits of its SHA-256, by which two exports
   * can be compared, and a weak secret guessed.
   *
   * @default "mask"
   */
  readonly secrets?: "mask" | "fingerprint";
}

/** Stands for a moment that the cloud has written down: it is another in every run. */
const TIME = "(time)";
const MOMENT = /^\d{4}-\d{2}-\d{2}([T _]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)/;

/** What AWS itself decides by which resource came first. */
const ARRIVAL: Readonly<Record<string, string>> = { "aws:rds/clusterInstance:ClusterInstance": "writer" };

/** One JSON document: resources by URN, properties by name, without secrets and times. Ends with a line feed. */
export function exportStore(store: CloudStore, { secrets = "mask" }: ExportOptions = {}): string {
  const resources = [...store.everything()].map((resource) => canonical(resource, secrets));
  const key = ({ urn, account, region, id }: JsonObject) => JSON.stringify([urn, account, region, id]);
  resources.sort((left, right) => (key(left) < key(right) ? -1 : 1));
  return `${JSON.stringify({ resources }, undefined, 2)}\n`;
}

function canonical(resource: StoredResource, secrets: "mask" | "fingerprint"): JsonObject {
  const { account, region, type, id, arn, urn, inputs, state } = resource;
  const given = new Set<string>();
  collectTexts(inputs, given);
  // What a program gives without a mark is a secret all the same where the cloud keeps it as one.
  const hidden = new Set<string>();
  collectSecrets(state, hidden);
  collectSecrets(inputs, hidden);
  const concealed = (value: Json): string =>
    secrets === "mask" ? "[secret]" : `[secret ${fingerprint(ordered(value))}]`;
  const clean = (value: Json): Json => {
    const bare = unmark(value) ?? null;
    if (isSecret(value) || (typeof bare === "string" && hidden.has(bare))) return concealed(bare);
    if (typeof bare === "string") return MOMENT.test(bare) && !given.has(bare) ? TIME : bare;
    if (Array.isArray(bare)) return bare.map(clean);
    if (!isObject(bare)) return bare;
    const names = Object.keys(bare).filter((name) => !isInternal(name));
    return Object.fromEntries(names.sort().map((name) => [name, clean(bare[name]!)]));
  };
  const { [ARRIVAL[type] ?? ""]: _, ...outputs } = state;
  return {
    ...{ urn, account, region, type, id: clean(id), arn: arn ?? null },
    ...{ inputs: clean(inputs), outputs: clean(outputs) },
  };
}

function collectTexts(value: Json, texts: Set<string>): void {
  const bare = unmark(value);
  if (typeof bare === "string") texts.add(bare);
  else if (isObject(bare) || Array.isArray(bare)) for (const one of Object.values(bare)) collectTexts(one, texts);
}

function collectSecrets(value: Json, texts: Set<string>): void {
  if (isSecret(value)) collectTexts(value, texts);
  else if (isObject(value) || Array.isArray(value)) for (const one of Object.values(value)) collectSecrets(one, texts);
  texts.delete("");
}

function ordered(value: Json): Json {
  const bare = unmark(value) ?? null;
  if (Array.isArray(bare)) return bare.map(ordered);
  if (!isObject(bare)) return bare;
  return Object.fromEntries(
    Object.keys(bare)
      .sort()
      .map((name) => [name, ordered(bare[name]!)]),
  );
}

function fingerprint(value: Json): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
