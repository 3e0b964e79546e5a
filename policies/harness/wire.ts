import * as pulumi from "@pulumi/pulumi";
import type struct from "google-protobuf/google/protobuf/struct_pb.js";

type Wire = struct.JavaScriptValue;

/** Stands in inputs for a value that is not known at preview. */
export const UNKNOWN: unique symbol = Symbol.for("unknown at preview");

class SecretValue {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** Marks an input as a secret, as `pulumi.secret` does. */
export function secret(value: unknown): unknown {
  return new SecretValue(value);
}

const { unknownValue, specialSigKey, specialSecretSig } = pulumi.runtime;

/** Inputs as the engine sends them: placeholders for unknowns, secrets and assets in envelopes. */
export function encodeInputs(inputs: Readonly<Record<string, unknown>>): Record<string, Wire> {
  const encoded: Record<string, Wire> = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (value !== undefined) encoded[key] = encode(value);
  }
  return encoded;
}

function encode(value: unknown): Wire {
  if (value === UNKNOWN) return unknownValue;
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof SecretValue) return { [specialSigKey]: specialSecretSig, value: encode(value.value) };
  if (Array.isArray(value)) return value.map(encode);
  if (pulumi.asset.Asset.isInstance(value)) return { [specialSigKey]: pulumi.runtime.specialAssetSig, text: "asset" };
  if (pulumi.asset.Archive.isInstance(value)) return { [specialSigKey]: pulumi.runtime.specialArchiveSig, path: "." };
  if (typeof value === "object") return encodeInputs(value as Record<string, unknown>);
  throw new Error(`An input of type ${typeof value} can't be sent to a policy.`);
}
