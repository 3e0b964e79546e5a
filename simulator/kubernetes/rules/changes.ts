/**
 * What the API server lets nobody change of an object that exists. What the provider replaces instead is not here: it
 * never asks.
 */
import { isAbsent, type JsonObject, sameValue } from "../../provider/values.ts";
import { type FieldErrors, objectOf, textOf } from "../fields.ts";
import { qualifiedKind } from "../kinds.ts";
import { quantityOf } from "../quantity.ts";
import type { ObjectKind } from "../schema.ts";

/**
 * @param before the object as it is
 * @param after the same with the new inputs and all defaults
 */
type ChangeRule = (errors: FieldErrors, before: JsonObject, after: JsonObject) => void;

const RULES: Readonly<Record<string, ChangeRule>> = {
  ConfigMap: checkImmutable,
  Secret: checkImmutable,
  "Deployment.apps": (errors, before, after) => {
    const [old, strategy] = [objectOf(objectOf(before.spec).strategy), objectOf(objectOf(after.spec).strategy)];
    // What was filled in at the creation belongs to nobody, so applying without it does not take it away.
    if (strategy.type === "Recreate" && !isAbsent(old.rollingUpdate) && isAbsent(strategy.rollingUpdate))
      errors.forbidden(
        ["spec", "strategy", "rollingUpdate"],
        "may not be specified when strategy `type` is 'Recreate'",
      );
  },
  "Job.batch": (errors, before, after) => {
    const [old, mode] = [objectOf(before.spec).completionMode, objectOf(after.spec).completionMode];
    if (!sameValue(old, mode)) errors.invalid(["spec", "completionMode"], mode ?? null, "field is immutable");
  },
  PersistentVolumeClaim: checkClaim,
  "StorageClass.storage.k8s.io": (errors, before, after) => {
    const changed = (field: string) => !sameValue(before[field], after[field]);
    if (changed("reclaimPolicy")) errors.forbidden(["reclaimPolicy"], "updates to reclaimPolicy are forbidden.");
    if (changed("volumeBindingMode"))
      errors.invalid(["volumeBindingMode"], after.volumeBindingMode ?? null, "field is immutable");
  },
};

function checkImmutable(errors: FieldErrors, before: JsonObject, after: JsonObject): void {
  if (before.immutable === true && after.immutable !== true)
    errors.forbidden(["immutable"], "field is immutable when `immutable` is set");
}

function checkClaim(errors: FieldErrors, before: JsonObject, after: JsonObject): void {
  const parts = (object: JsonObject) => {
    const { resources, volumeAttributesClassName: _, ...rest } = objectOf(object.spec);
    return { rest, storage: objectOf(objectOf(resources).requests).storage };
  };
  const [old, now] = [parts(before), parts(after)];
  if (!sameValue(old.rest, now.rest)) {
    const detail =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    errors.forbidden(["spec"], detail);
    const mode = textOf(now.rest.volumeMode);
    if (mode !== old.rest.volumeMode) errors.invalid(["volumeMode"], mode ?? null, "field is immutable");
  }
  const [had, wanted] = [quantityOf(old.storage), quantityOf(now.storage)];
  if (had !== undefined && wanted !== undefined && wanted < had)
    errors.forbidden(["spec", "resources", "requests", "storage"], "field can not be less than status.capacity");
}

/** @param after with what the server fills in */
export function checkChange(errors: FieldErrors, kind: ObjectKind, before: JsonObject, after: JsonObject): void {
  RULES[qualifiedKind(kind)]?.(errors, before, after);
}
