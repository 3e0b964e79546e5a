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

class AssetValue {
  readonly envelope: Readonly<Record<string, unknown>>;
  constructor(envelope: Readonly<Record<string, unknown>>) {
    this.envelope = envelope;
  }
}

/** An asset as the engine sends it, with the hash of its content. */
export function asset(
  content: ({ readonly path: string } | { readonly text: string } | { readonly uri: string }) & {
    readonly hash: string;
  },
): unknown {
  return new AssetValue({ [specialSigKey]: specialAssetSig, ...content });
}

/** An archive as the engine sends it; `assets` are made by {@link asset} and by this. */
export function archive(
  content: (
    | { readonly path: string }
    | { readonly uri: string }
    | { readonly assets: Readonly<Record<string, unknown>> }
  ) & {
    readonly hash: string;
  },
): unknown {
  return new AssetValue({ [specialSigKey]: specialArchiveSig, ...content });
}

const { unknownValue, specialSigKey, specialSecretSig, specialAssetSig, specialArchiveSig } = pulumi.runtime;

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
  if (value instanceof AssetValue) return encodeInputs(value.envelope);
  if (value instanceof SecretValue) return { [specialSigKey]: specialSecretSig, value: encode(value.value) };
  if (Array.isArray(value)) return value.map(encode);
  if (pulumi.asset.Asset.isInstance(value)) return { [specialSigKey]: pulumi.runtime.specialAssetSig, text: "asset" };
  if (pulumi.asset.Archive.isInstance(value)) return { [specialSigKey]: pulumi.runtime.specialArchiveSig, path: "." };
  if (typeof value === "object") return encodeInputs(value as Record<string, unknown>);
  throw new Error(`An input of type ${typeof value} can't be sent to a policy.`);
}

/** Inputs as they came over the wire, in the form in which they are written down for the harness. */
export function decodeInputs(inputs: Readonly<Record<string, Wire>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, decode(value)]));
}

function decode(value: Wire): unknown {
  if (value === unknownValue) return UNKNOWN;
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const content = decodeInputs(value as Readonly<Record<string, Wire>>);
  switch (content[specialSigKey]) {
    case specialSecretSig:
      return new SecretValue(content.value);
    case specialAssetSig:
    case specialArchiveSig:
      return new AssetValue(content);
    default:
      return content;
  }
}
