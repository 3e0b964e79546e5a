import type { Property } from "../framework/property.ts";

/** Where each kind keeps the template of its pods. */
export const POD_SPECS: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:Pod": "spec",
  "kubernetes:core/v1:ReplicationController": "spec.template.spec",
  "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
  "kubernetes:apps/v1:Deployment": "spec.template.spec",
  "kubernetes:apps/v1:ReplicaSet": "spec.template.spec",
  "kubernetes:apps/v1:StatefulSet": "spec.template.spec",
  "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
  "kubernetes:batch/v1:Job": "spec.template.spec",
};

/** The property at a path. */
export function at(from: Property, path: string): Property {
  return path.split(".").reduce((property, step) => property.get(step), from);
}
