/** Which types of the SDK are objects of a cluster, and why others are not simulated. */
import { CloudError } from "../provider/errors.ts";
import type { KubernetesSdk, ObjectKind } from "./schema.ts";

/** Tokens of the SDK that are no objects of a cluster. */
const NOT_OBJECTS: Readonly<Record<string, string>> = {
  "helm.sh": "Helm releases are not simulated: their templates are rendered by Helm itself",
  kustomize: "Kustomize is not simulated: its files are read by Kustomize itself",
  yaml: "yaml.v2 components are made by the real provider; use ConfigFile or ConfigGroup of the module yaml, which the SDK makes itself",
};

/** Why something of the SDK is not simulated; undefined where it may be an object. */
export function whyNotSimulated(token: string): string | undefined {
  const [, first = ""] = /^kubernetes:([^:/]+)/.exec(token) ?? [];
  return NOT_OBJECTS[first];
}

/** @throws CloudError when the type is none of the SDK's, or none of an object */
export function kindOf(sdk: KubernetesSdk, token: string): ObjectKind {
  const refuse = (message: string): never => {
    throw new CloudError("not-simulated", message);
  };
  const reason = whyNotSimulated(token);
  if (reason !== undefined) return refuse(`${token}: ${reason}`);
  const kind = sdk.kind(token);
  if (kind === undefined) return refuse(`${token} is not a resource type of @pulumi/kubernetes ${sdk.version}`);
  if (kind.properties !== undefined && /(List|Patch)$/.test(kind.kind)) {
    return refuse(`${token} is not simulated: write the ${kind.kind.replace(/(List|Patch)$/, "")} itself`);
  }
  return kind;
}
