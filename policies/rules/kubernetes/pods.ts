import { at, POD_SPECS } from "../../data/pod-specs.ts";
import type { Check } from "../../framework/condition.ts";
import type { Change } from "../../framework/fix.ts";
import type { Property } from "../../framework/property.ts";
import type { Report, RuleWords } from "../../framework/rule.ts";
import { settingRule } from "../../framework/setting-rule.ts";

export { at, POD_SPECS };

/** Kinds whose pods answer requests for as long as they are wanted. */
export const SERVING = ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"];

/** What is wrong with one value; nothing when it is as it should be. */
export type Judge = (value: Property) => string | undefined;

/** Judges a value, or waits for it. */
export function judge(value: Property, report: Report, judgement: Judge): void {
  if (value.unknown) {
    report.wait(value);
    return;
  }
  const wrong = judgement(value);
  if (wrong) report.fail(`${value.path} ${wrong}`);
}

/** A check of what a pod is made of, and of what is written on it. */
export type PodCheck = (spec: Property, report: Report, metadata: Property) => void;

/** What puts the pods of a kind right, given where the kind keeps them. */
export type PodFix = (spec: string) => Change;

/** Kinds that replace their pods one by one; a pod by itself and those of a job would be deleted and run again. */
const ROLLED = Object.keys(POD_SPECS).filter((kind) => !/:(Pod|Job)$/.test(kind));

/** A rule on the pods of every kind that has some. */
export function podRule(
  rule: RuleWords & { readonly kinds?: readonly string[]; readonly pod: PodCheck; readonly fix?: PodFix },
): ReturnType<typeof settingRule> {
  const { kinds = Object.keys(POD_SPECS), pod, fix, ...words } = rule;
  const fixes = fix && Object.fromEntries(ROLLED.map((kind) => [kind, fix(POD_SPECS[kind] ?? "spec")]));
  const checks = kinds.map((kind): [string, Check] => [
    kind,
    (inputs, report) => {
      const spec = at(inputs, POD_SPECS[kind] ?? "spec");
      if (spec.unknown) report.wait(spec);
      else pod(spec, report, at(inputs, (POD_SPECS[kind] ?? "spec").replace(/spec$/, "metadata")));
    },
  ]);
  return settingRule({ ...words, checks: Object.fromEntries(checks), ...(fixes && { fixes }) });
}

/** All containers of a pod: those that run, those that run before, those that somebody adds. */
export function containersOf(pod: Property, report: Report): Property[] {
  return ["containers", "initContainers", "ephemeralContainers"].flatMap((name) => known(pod.get(name), report));
}

/** The elements of a list that are known; the others are waited for. */
export function known(list: Property, report: Report): Property[] {
  return list.items().filter((item) => {
    if (item.unknown) report.wait(item);
    return item.known;
  });
}

/** A check of each container by itself. */
export const eachContainer =
  (check: Check): Check =>
  (pod, report) => {
    for (const container of containersOf(pod, report)) check(container, report);
  };

/**
 * A check of the security contexts of a pod: what a container says holds for it, and what it does not say the pod says.
 *
 * @param required whether somebody has to say it
 */
export const securityContext =
  (name: string, judgement: Judge, required: "required" | "optional"): Check =>
  (pod, report) => {
    const shared = at(pod, `securityContext.${name}`);
    const containers = containersOf(pod, report);
    const own = containers.map((container) => at(container, `securityContext.${name}`));
    for (const value of own) if (!value.absent) judge(value, report, judgement);
    if (shared.unknown ? own.some(({ absent }) => absent) : !shared.absent) judge(shared, report, judgement);
    else if (required === "required" && !shared.unknown) {
      for (const value of own) if (value.absent) report.fail(`${value.path} is not set, and the pod does not say it`);
    }
  };
