/** What the API server and the provider know of kinds beyond their shape. */
import type { ObjectKind } from "./schema.ts";

/** Kinds that live in no namespace. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "CustomResourceDefinition",
  "DeviceClass",
  "FlowSchema",
  "IPAddress",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersionMigration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

export function isBuiltInClusterScoped(kind: ObjectKind): boolean {
  return kind.properties !== undefined && CLUSTER_SCOPED.has(kind.kind);
}

/** `Deployment.apps`, `Namespace`. */
export function qualifiedKind({ group, kind }: ObjectKind): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** `deployments.apps`, `namespaces`. */
export function qualifiedResource({ group, kind }: ObjectKind): string {
  const name = kind.toLowerCase();
  const plural =
    name === "endpoints"
      ? name
      : /(s|x|ch|sh)$/.test(name)
        ? `${name}es`
        : name.replace(/([^aeiou])y$/, "$1ie").concat("s");
  return group === "" ? plural : `${plural}.${group}`;
}

const WORKLOAD = ["spec.selector"];
const STATEFUL_SET = [
  "spec.podManagementPolicy",
  "spec.revisionHistoryLimit",
  "spec.selector",
  "spec.serviceName",
  "spec.volumeClaimTemplates",
];

/** What forces a replacement besides name and namespace: `forceNew` in the provider's `provider/pkg/provider/diff.go`. */
const REPLACEMENTS: Readonly<Record<string, readonly string[]>> = {
  "DaemonSet.apps": WORKLOAD,
  "Deployment.apps": WORKLOAD,
  "StatefulSet.apps": STATEFUL_SET,
  "Job.batch": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  PersistentVolume: ["spec.csi", "spec.hostPath", "spec.iscsi", "spec.local", "spec.nfs", "spec.awsElasticBlockStore"],
  PersistentVolumeClaim: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  // Of a running pod only labels, annotations, images and few others can change, and the provider changes none of the spec.
  Pod: ["spec"],
  ResourceQuota: ["spec.scopes"],
  Service: ["spec.clusterIP"],
  "ClusterRoleBinding.rbac.authorization.k8s.io": ["roleRef"],
  "RoleBinding.rbac.authorization.k8s.io": ["roleRef"],
  "StorageClass.storage.k8s.io": ["parameters", "provisioner"],
};

/** Paths of the inputs that force a replacement. */
export function replacementPaths(
  kind: ObjectKind,
  options: { readonly configMapMutable: boolean; readonly secretMutable: boolean; readonly immutable: boolean },
): readonly string[] {
  const paths = ["metadata.name", "metadata.namespace"];
  if (kind.group === "" && kind.kind === "ConfigMap") {
    return options.configMapMutable && !options.immutable ? paths : [...paths, "data", "binaryData"];
  }
  if (kind.group === "" && kind.kind === "Secret") {
    return options.secretMutable && !options.immutable ? [...paths, "type"] : [...paths, "type", "data", "stringData"];
  }
  return [...paths, ...(REPLACEMENTS[qualifiedKind(kind)] ?? [])];
}
