import * as pulumi from "@pulumi/pulumi";

/** Stands in recorded inputs and outputs for a value that is not known at preview. */
export const UNKNOWN: unique symbol = Symbol.for("unknown at preview");

/** A reference to another resource, passed as an input. */
export interface ResourceReference {
  readonly urn: string;
  readonly id: unknown;
}

/** A value from the wire in plain form, and which of its top-level properties hold a secret. */
export interface Decoded {
  readonly value: Record<string, unknown>;
  readonly secrets: readonly string[];
}

const { unknownValue, specialSigKey, specialSecretSig, specialResourceSig } = pulumi.runtime;

/** Decodes a message's properties: unknowns become UNKNOWN, secrets are unwrapped and named. */
export function decodeProperties(wire: Record<string, unknown>): Decoded {
  const secrets: string[] = [];
  const value: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(wire)) {
    value[key] = decode(item, () => {
      if (!secrets.includes(key)) secrets.push(key);
    });
  }
  return { value, secrets };
}

function decode(value: unknown, onSecret: () => void): unknown {
  if (value === unknownValue) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item) => decode(item, onSecret));
  if (value === null || typeof value !== "object") return value;
  const object = value as Record<string, unknown>;
  const signature = object[specialSigKey];
  if (signature === specialSecretSig) {
    onSecret();
    return decode(object.value, onSecret);
  }
  if (signature === specialResourceSig) {
    return { urn: object.urn, id: decode(object.id, onSecret) } as ResourceReference;
  }
  if (signature !== undefined) return pulumi.runtime.deserializeProperty(object, true);
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, decode(item, onSecret)]));
}

/**
 * A returned value with every Output in it resolved, unknown ones as UNKNOWN and other resources as references.
 * Of a resource itself, its own public properties are resolved.
 */
export async function resolveDeep(value: unknown, top = true): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    const output = value as pulumi.Output<unknown> & { isKnown: Promise<boolean>; promise(): Promise<unknown> };
    const resolved = await output.promise();
    return (await output.isKnown) ? resolveDeep(resolved, false) : UNKNOWN;
  }
  if (value instanceof Promise) return resolveDeep(await value, top);
  if (pulumi.Resource.isInstance(value) && !top) return { urn: await resolveDeep(value.urn) };
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveDeep(item, false)));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([key, item]) => !key.startsWith("__") && typeof item !== "function");
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, item]) => [key, await resolveDeep(item, false)] as const)),
  );
}
