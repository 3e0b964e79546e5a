/** What the API server refuses, by kind; of kinds not named here it is metadata and shape alone. */
import type { JsonObject } from "../../provider/values.ts";
import type { FieldErrors } from "../fields.ts";
import { qualifiedKind } from "../kinds.ts";
import type { ObjectKind } from "../schema.ts";
import { checkMetadata } from "./metadata.ts";
import {
  checkAutoscaler,
  checkConfigMap,
  checkDisruptionBudget,
  checkIngress,
  checkNetworkPolicy,
  checkRole,
  checkRoleBinding,
  checkSecret,
  checkService,
  checkVolumeClaim,
} from "./others.ts";
import { checkPodSpec } from "./pod.ts";
import { checkCronJob, checkDaemonSet, checkDeployment, checkJob, checkStatefulSet } from "./workloads.ts";

const RULES: Readonly<Record<string, (errors: FieldErrors, inputs: JsonObject) => void>> = {
  ConfigMap: checkConfigMap,
  "ClusterRole.rbac.authorization.k8s.io": checkRole,
  "ClusterRoleBinding.rbac.authorization.k8s.io": checkRoleBinding,
  "CronJob.batch": checkCronJob,
  "DaemonSet.apps": checkDaemonSet,
  "Deployment.apps": checkDeployment,
  "HorizontalPodAutoscaler.autoscaling": checkAutoscaler,
  "Ingress.networking.k8s.io": checkIngress,
  "Job.batch": checkJob,
  "NetworkPolicy.networking.k8s.io": checkNetworkPolicy,
  PersistentVolumeClaim: checkVolumeClaim,
  Pod: (errors, inputs) => checkPodSpec(errors, ["spec"], inputs.spec),
  "PodDisruptionBudget.policy": checkDisruptionBudget,
  "Role.rbac.authorization.k8s.io": checkRole,
  "RoleBinding.rbac.authorization.k8s.io": checkRoleBinding,
  Secret: checkSecret,
  Service: checkService,
  "StatefulSet.apps": checkStatefulSet,
};

/** @param inputs without marks; what is not known yet is passed over */
export function checkObject(errors: FieldErrors, kind: ObjectKind, inputs: JsonObject): void {
  checkMetadata(errors, kind, inputs);
  RULES[qualifiedKind(kind)]?.(errors, inputs);
}
