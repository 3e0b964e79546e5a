/** What the provider makes of an object's inputs: what it fills in, and what an API server would refuse of them. */
import { createHash, randomBytes } from "node:crypto";
import type { AutonamingRequest } from "../provider/autoname.ts";
import { formatPath } from "../provider/paths.ts";
import type { Failure } from "../provider/validate.ts";
import {
  isAbsent,
  isInternal,
  isObject,
  type JsonObject,
  knownString,
  plainObject,
  unmark,
} from "../provider/values.ts";
import { FieldErrors, fieldPath, objectOf } from "./fields.ts";
import { qualifiedKind } from "./kinds.ts";
import { checkObject } from "./rules/index.ts";
import type { KubernetesSdk, ObjectKind } from "./schema.ts";
import { Shape } from "./shape.ts";

/** Marks an object whose name was made up, as the real provider does. */
const AUTONAMED = "pulumi.com/autonamed";

export interface ObjectCheck {
  readonly urn: string;
  readonly logicalName: string;
  readonly olds: JsonObject;
  readonly news: JsonObject;
  /** Namespace of objects that name none; undefined: the kind lives in no namespace. */
  readonly namespace: string | undefined;
  readonly autonaming: AutonamingRequest | undefined;
  /** What a name is made up from. @default chance */
  readonly seed: Uint8Array;
}

export interface CheckedObject {
  readonly inputs: JsonObject;
  readonly failures: readonly Failure[];
}

export function checkInputs(sdk: KubernetesSdk, kind: ObjectKind, check: ObjectCheck): CheckedObject {
  const inputs: JsonObject = Object.fromEntries(
    Object.entries(check.news).filter(([key, value]) => !isInternal(key) && !isAbsent(value)),
  );
  inputs.apiVersion ??= kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  inputs.kind ??= kind.kind;
  const metadata = unmark(inputs.metadata) ?? {};
  if (isObject(metadata)) inputs.metadata = named(check, metadata);
  const errors = new FieldErrors();
  const bare = plainObject(inputs);
  if (kind.properties !== undefined) new Shape(sdk, errors).object(bare, kind.properties);
  checkObject(errors, kind, bare);
  const name = knownString(objectOf(bare.metadata).name) ?? check.logicalName;
  const told = new Set<string>();
  const failures: Failure[] = [];
  for (const { path, text } of errors.list) {
    const property = formatPath(path);
    // What is missing is missing both to the type and to the rules.
    if (told.has(property) && text.startsWith("Required value")) continue;
    told.add(property);
    failures.push({ property, reason: `${qualifiedKind(kind)} "${name}" is invalid: ${fieldPath(path)}: ${text}` });
  }
  return { inputs, failures };
}

/** Fills in what the provider chooses: a name when there is none, and the namespace. */
function named(check: ObjectCheck, given: JsonObject): JsonObject {
  const metadata = { ...given };
  if (isAbsent(metadata.name) && isAbsent(metadata.generateName)) {
    const name = autoname(check);
    if (name !== undefined) {
      metadata.name = name;
      const annotations = unmark(metadata.annotations);
      if (isAbsent(annotations) || isObject(annotations))
        metadata.annotations = { ...objectOf(annotations), [AUTONAMED]: "true" };
    }
  }
  if (check.namespace === undefined) delete metadata.namespace;
  else if (isAbsent(metadata.namespace)) metadata.namespace = check.namespace;
  return metadata;
}

function autoname({ olds, autonaming, seed, urn, logicalName }: ObjectCheck): string | undefined {
  const before = objectOf(unmark(olds.metadata));
  if (isAutonamed(before)) return knownString(before.name);
  if (autonaming !== undefined) return autonaming.mode === "disable" ? undefined : autonaming.proposedName;
  const made = createHash("sha256")
    .update(seed.length > 0 ? seed : randomBytes(16))
    .update(urn);
  return `${logicalName}-${made.digest("hex").slice(0, 8)}`;
}

/** Whether an object's name was made up, so that another can be for what replaces it. */
export function isAutonamed(metadata: JsonObject): boolean {
  return objectOf(unmark(metadata.annotations))[AUTONAMED] === "true";
}
