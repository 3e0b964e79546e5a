/** Deployments, stateful sets, daemon sets, jobs: what is wrong with them beyond their pods. */
import type { Path } from "../../provider/paths.ts";
import { containsUnknown, isAbsent, isUnknown, type Json, type JsonObject } from "../../provider/values.ts";
import { type FieldErrors, isUnset, numberOf, objectOf, textOf } from "../fields.ts";
import { checkAnnotations } from "./metadata.ts";
import { checkLabels, checkSelector, selects } from "./names.ts";
import { checkAtLeast, checkOneOf, checkPodSpec } from "./pod.ts";

export function checkDeployment(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  checkAtLeast(errors, ["spec", "replicas"], spec.replicas, 0);
  checkAtLeast(errors, ["spec", "minReadySeconds"], spec.minReadySeconds, 0);
  checkAtLeast(errors, ["spec", "revisionHistoryLimit"], spec.revisionHistoryLimit, 0);
  const [deadline, ready] = [numberOf(spec.progressDeadlineSeconds), numberOf(spec.minReadySeconds) ?? 0];
  if (deadline !== undefined && deadline <= ready) {
    errors.invalid(["spec", "progressDeadlineSeconds"], deadline, "must be greater than minReadySeconds");
  }
  checkSelected(errors, spec, "deployment");
  const strategy = objectOf(spec.strategy);
  const type = textOf(strategy.type);
  if (type && !["Recreate", "RollingUpdate"].includes(type))
    errors.unsupported(["spec", "strategy"], strategy, ["Recreate", "RollingUpdate"]);
  const path = ["spec", "strategy", "rollingUpdate"];
  if (isAbsent(strategy.rollingUpdate) || isUnknown(strategy.rollingUpdate)) return;
  if (strategy.type === "Recreate") errors.forbidden(path, "may not be specified when strategy `type` is 'Recreate'");
  else checkRolling(errors, path, objectOf(strategy.rollingUpdate));
}

function checkRolling(errors: FieldErrors, path: Path, rolling: JsonObject): void {
  for (const name of ["maxUnavailable", "maxSurge"]) checkCountOrPercent(errors, [...path, name], rolling[name]);
  const [unavailable, surge] = [rolling.maxUnavailable ?? "25%", rolling.maxSurge ?? "25%"];
  if (leading(unavailable) === 0 && leading(surge) === 0) {
    errors.invalid([...path, "maxUnavailable"], unavailable, "may not be 0 when `maxSurge` is 0");
  }
  if (textOf(unavailable)?.endsWith("%") && (leading(unavailable) ?? 0) > 100) {
    errors.invalid([...path, "maxUnavailable"], unavailable, "must not be greater than 100%");
  }
}

function leading(value: Json): number | undefined {
  return isUnknown(value) ? undefined : Number.parseInt(String(value), 10);
}

export function checkCountOrPercent(errors: FieldErrors, path: Path, value: Json | undefined): void {
  checkAtLeast(errors, path, value, 0);
  const text = textOf(value);
  if (text !== undefined && !/^[0-9]+%$/.test(text)) {
    const message = "a valid percent string must be a numeric string followed by an ending '%'";
    errors.invalid(path, text, `${message} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`);
  }
}

export function checkStatefulSet(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  checkAtLeast(errors, ["spec", "replicas"], spec.replicas, 0);
  const order = textOf(spec.podManagementPolicy);
  if (order && !["OrderedReady", "Parallel"].includes(order))
    errors.invalid(["spec", "podManagementPolicy"], order, "must be 'OrderedReady' or 'Parallel'");
  checkSelected(errors, spec, "statefulset");
}

export function checkDaemonSet(errors: FieldErrors, inputs: JsonObject): void {
  checkSelected(errors, objectOf(inputs.spec), "daemonset");
}

/** The selector chooses the pods of the template, and these run for ever. */
function checkSelected(errors: FieldErrors, spec: JsonObject, subject: string): void {
  const template = objectOf(spec.template);
  if (!isUnknown(spec.template)) checkTemplate(errors, ["spec", "template"], template);
  const policy = textOf(objectOf(template.spec).restartPolicy);
  if (policy !== undefined && ["OnFailure", "Never"].includes(policy))
    errors.unsupported(["spec", "template", "spec", "restartPolicy"], policy, ["Always"]);
  if (containsUnknown(spec.selector)) return;
  const selector = objectOf(spec.selector);
  checkSelector(errors, ["spec", "selector"], selector);
  const empty = (part: Json | undefined) => isAbsent(part) || Object.keys(objectOf(part)).length === 0;
  if (
    !isAbsent(spec.selector) &&
    empty(selector.matchLabels) &&
    (!Array.isArray(selector.matchExpressions) || selector.matchExpressions.length === 0)
  ) {
    errors.invalid(["spec", "selector"], selector, `empty selector is invalid for ${subject}`);
    return;
  }
  const labels = objectOf(template.metadata).labels;
  // No selector chooses nothing, which is another thing than one that is empty.
  const chosen = !isAbsent(spec.selector) && selects(selector, objectOf(labels));
  if (!containsUnknown(labels) && !isUnknown(spec.template) && !chosen) {
    errors.invalid(
      ["spec", "template", "metadata", "labels"],
      labels ?? null,
      "`selector` does not match template `labels`",
    );
  }
}

function checkTemplate(errors: FieldErrors, path: Path, template: JsonObject): void {
  const metadata = objectOf(template.metadata);
  checkLabels(errors, [...path, "metadata", "labels"], metadata.labels);
  checkAnnotations(errors, [...(path as string[]), "metadata", "annotations"], metadata.annotations);
  if (isAbsent(template.spec)) errors.required([...path, "spec", "containers"]);
  else checkPodSpec(errors, [...path, "spec"], template.spec);
}

export function checkJob(errors: FieldErrors, inputs: JsonObject): void {
  checkJobSpec(errors, ["spec"], objectOf(inputs.spec));
}

function checkJobSpec(errors: FieldErrors, path: Path, spec: JsonObject): void {
  for (const name of [
    "parallelism",
    "completions",
    "backoffLimit",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
  ]) {
    checkAtLeast(errors, [...path, name], spec[name], 0);
  }
  if (isAbsent(spec.template) || isUnknown(spec.template)) return;
  const template = objectOf(spec.template);
  checkTemplate(errors, [...path, "template"], template);
  const policyPath = [...path, "template", "spec", "restartPolicy"];
  const { restartPolicy } = objectOf(template.spec);
  // Left out it is `Always`, so the server cannot tell the two apart.
  if ((isUnset(restartPolicy) && !isUnknown(template.spec)) || restartPolicy === "Always") {
    errors.required(policyPath, 'valid values: "OnFailure", "Never"');
  }
}

const CRON_PART = /^(\*|\?|[A-Za-z0-9]+(-[A-Za-z0-9]+)?)(\/\d+)?(,(\*|[A-Za-z0-9]+(-[A-Za-z0-9]+)?)(\/\d+)?)*$/;

export function checkCronJob(errors: FieldErrors, inputs: JsonObject): void {
  const spec = objectOf(inputs.spec);
  const name = textOf(objectOf(inputs.metadata).name);
  // The job's own name takes eleven characters behind it.
  if (name !== undefined && name.length > 52)
    errors.invalid(["metadata", "name"], name, "must be no more than 52 characters");
  const schedule = textOf(spec.schedule);
  if (schedule === "") errors.required(["spec", "schedule"]);
  else if (schedule !== undefined) {
    const parts = schedule.trim().split(/\s+/);
    if (!schedule.startsWith("@") && (parts.length !== 5 || !parts.every((part) => CRON_PART.test(part)))) {
      errors.invalid(
        ["spec", "schedule"],
        schedule,
        parts.length === 5
          ? "failed to parse"
          : `expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`,
      );
    }
  }
  checkOneOf(errors, ["spec", "concurrencyPolicy"], spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]);
  const template = objectOf(spec.jobTemplate);
  checkJobSpec(errors, ["spec", "jobTemplate", "spec"], objectOf(template.spec));
}
