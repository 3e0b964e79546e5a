import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

const { specialSigKey, specialAssetSig, specialArchiveSig, specialSecretSig } = pulumi.runtime;

type Wire = struct.JavaScriptValue;
type Callback = (error: unknown, response: analyzer.RemediateResponse | undefined) => void;
/** The SDK's handler of the engine's call, as the service's definition has it. */
export type RemediateHandler = (call: { readonly request: analyzer.AnalyzeRequest }, callback: Callback) => unknown;

const underWay = new AsyncLocalStorage<analyzer.AnalyzeRequest>();

/** Whether the call that is under way gives assets back as they came. */
export function assetsAreKept(): boolean {
  return underWay.getStore() !== undefined;
}

/**
 * Whether a setting of the provider may hold a secret: the SDK hands the provider over with its secrets opened, so what is
 * copied from it would be plain text.
 */
export function mayBeSecretOfProvider(setting: string): boolean {
  const properties = underWay.getStore()?.getProvider()?.getProperties()?.toJavaScript();
  return properties === undefined || JSON.stringify(properties[setting] ?? null).includes(specialSecretSig);
}

/** Whether there is an asset or archive anywhere in the inputs. */
export function carriesAssets(inputs: object): boolean {
  return Object.keys(inputs).some((key) => isAssetWithin(Object.getOwnPropertyDescriptor(inputs, key)?.value));
}

function isAssetWithin(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value) || carriesAssets(value);
}

/**
 * The SDK's handler, with assets and archives given back exactly as they came.
 *
 * By itself @pulumi/policy 1.21 hands an archive made of assets back as a list of their names, and every other asset
 * without the hash by which the engine sees whether the content changed: a Lambda function would be deployed empty, or
 * anew with every update. Whatever a remediation did to an asset itself is left alone.
 */
export function keepingAssets(handler: RemediateHandler): RemediateHandler {
  return (call, callback) =>
    underWay.run(call.request, () =>
      handler(call, (error, response) => {
        const sent = call.request.getProperties()?.toJavaScript() ?? {};
        for (const remediation of response?.getRemediationsList() ?? []) {
          const returned = remediation.getProperties()?.toJavaScript();
          if (!returned) continue;
          const restored = restore(sent, returned) as Record<string, Wire>;
          remediation.setProperties(struct.Struct.fromJavaScript(restored));
        }
        callback(error, response);
      }),
    );
}

/** What came back, with the assets that were sent in the place of what the SDK made of them. */
function restore(sent: Wire | undefined, returned: Wire): Wire {
  if (Array.isArray(returned)) {
    return returned.map((item, index) => restore(Array.isArray(sent) ? sent[index] : undefined, item));
  }
  if (!isObject(returned)) return returned;
  const before = isObject(sent) ? sent : {};
  if (isAsset(returned)) return isAsset(before) && asTheSdkReturns(before, returned) ? before : returned;
  return Object.fromEntries(Object.entries(returned).map(([key, value]) => [key, restore(before[key], value)]));
}

function asTheSdkReturns(sent: Record<string, Wire>, returned: Record<string, Wire>): boolean {
  if (sent[specialSigKey] !== returned[specialSigKey]) return false;
  if (isObject(sent.assets)) return JSON.stringify(Object.keys(sent.assets)) === JSON.stringify(returned.assets);
  return ["path", "text", "uri"].every((key) => (sent[key] || undefined) === (returned[key] || undefined));
}

function isAsset(value: Record<string, Wire>): boolean {
  return value[specialSigKey] === specialAssetSig || value[specialSigKey] === specialArchiveSig;
}

function isObject(value: Wire | undefined): value is Record<string, Wire> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Makes the pack that is started next in this process keep assets when rules put things right. Without it they leave
 * resources that carry any as they are, and say so.
 *
 * The SDK lets nobody choose its handlers, so this takes hold of them where they are handed to its server.
 *
 * @param folder of the pack; @pulumi/policy and its server are found from there. @default the working folder, where the
 *   engine starts packs
 */
export function keepAssets(folder: string = process.cwd()): void {
  const sdk = createRequire(join(folder, "index.js")).resolve("@pulumi/policy");
  const { Server } = createRequire(sdk)("@grpc/grpc-js") as { Server: { prototype: GrpcServer } };
  const { addService } = Server.prototype;
  Server.prototype.addService = function (service, handlers) {
    const { remediate } = handlers;
    Server.prototype.addService = addService;
    return addService.call(this, service, remediate ? { ...handlers, remediate: keepingAssets(remediate) } : handlers);
  };
}

interface GrpcServer {
  addService(service: unknown, handlers: { readonly remediate?: RemediateHandler }): void;
}
