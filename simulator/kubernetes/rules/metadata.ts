/** Name, namespace, labels and annotations of any object. */
import type { JsonObject } from "../../provider/values.ts";
import { type FieldErrors, isUnset, objectOf, textOf } from "../fields.ts";
import { qualifiedKind } from "../kinds.ts";
import type { ObjectKind } from "../schema.ts";
import {
  checkLabels,
  checkText,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  pathSegment,
  qualifiedName,
  type TextRule,
} from "./names.ts";

const NAMES: Readonly<Record<string, TextRule>> = {
  Namespace: dns1123Label,
  Service: dns1035Label,
  "Role.rbac.authorization.k8s.io": pathSegment,
  "RoleBinding.rbac.authorization.k8s.io": pathSegment,
  "ClusterRole.rbac.authorization.k8s.io": pathSegment,
  "ClusterRoleBinding.rbac.authorization.k8s.io": pathSegment,
};

/** All annotations of an object, keys and values, in bytes. */
const MOST_ANNOTATIONS = 256 * 1024;

export const POD_SECURITY_LEVELS = ["privileged", "baseline", "restricted"];

export function checkMetadata(errors: FieldErrors, kind: ObjectKind, inputs: JsonObject): void {
  const metadata = objectOf(inputs.metadata);
  if (isUnset(metadata.name) && isUnset(metadata.generateName))
    errors.required(["metadata", "name"], "name or generateName is required");
  checkText(errors, ["metadata", "name"], metadata.name, NAMES[qualifiedKind(kind)] ?? dns1123Subdomain);
  checkText(errors, ["metadata", "namespace"], metadata.namespace, dns1123Label);
  checkLabels(errors, ["metadata", "labels"], metadata.labels);
  checkAnnotations(errors, ["metadata", "annotations"], metadata.annotations);
  if (kind.group === "" && kind.kind === "Namespace") checkPodSecurityLabels(errors, objectOf(metadata.labels));
}

export function checkAnnotations(
  errors: FieldErrors,
  path: readonly string[],
  annotations: JsonObject[string] | undefined,
): void {
  let size = 0;
  for (const [key, value] of Object.entries(objectOf(annotations))) {
    size += Buffer.byteLength(key) + Buffer.byteLength(textOf(value) ?? "");
    for (const message of qualifiedName(key.toLowerCase())) errors.invalid(path, key, message);
  }
  if (size > MOST_ANNOTATIONS) errors.tooLong(path, MOST_ANNOTATIONS);
}

function checkPodSecurityLabels(errors: FieldErrors, labels: JsonObject): void {
  for (const mode of ["enforce", "audit", "warn"]) {
    const label = `pod-security.kubernetes.io/${mode}`;
    const level = textOf(labels[label]);
    if (level !== undefined && !POD_SECURITY_LEVELS.includes(level)) {
      errors.invalid(["metadata", "labels", label], level, "must be one of privileged, baseline, restricted");
    }
    const version = textOf(labels[`${label}-version`]);
    if (version !== undefined && version !== "latest" && !/^v1\.(0|[1-9]\d*)$/.test(version)) {
      errors.invalid(["metadata", "labels", `${label}-version`], version, 'must be "latest" or "v1.x"');
    }
  }
}
