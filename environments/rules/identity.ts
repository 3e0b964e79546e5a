import { PREVIEW_NUMBERS, previewNumber } from "../address-plan.ts";
import { ENVIRONMENT_KINDS } from "../model/environment.ts";
import { nearest } from "../model/nearest.ts";
import { type Report, type Rule, servicesOf } from "./rule.ts";

/** `account` is the stack of the once-per-account foundation, `preview` the template, `platform` a tag value. */
const RESERVED = ["account", "preview"];

/** The name says what the environment is, so that no rule is escaped by calling production something else. */
export const nameRule: Rule = ({ name, kind }, report) => {
  if (name === undefined) return;
  if (RESERVED.includes(name)) {
    report("name", `"${name}" is reserved.`, "Choose another name; previews are called pr-<number>.");
  }
  const isPreview = name.startsWith("pr-");
  if (isPreview && previewNumber(name) === undefined) {
    const { least, most } = PREVIEW_NUMBERS;
    report("name", `"${name}" is not a preview's name.`, `Write pr-<number> with a number from ${least} to ${most}.`);
  }
  if (kind === undefined) return;
  if (isPreview !== (kind === "preview")) {
    report("kind", `"${kind}" does not fit the name "${name}".`, "Previews, and only they, are called pr-<number>.");
  } else if (ENVIRONMENT_KINDS.some((own) => own === name && own !== kind)) {
    report("kind", `"${kind}" does not fit the name "${name}".`, `Write kind "${name}", or choose another name.`);
  }
};

function checkValue(report: Report, property: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  const meant = nearest(value, allowed);
  report(
    property,
    `"${value}" is not an allowed tag value.`,
    `${meant === undefined ? "" : `Did you mean "${meant}"? `}Write one of: ${allowed.join(", ")} (environments/organisation.ts).`,
  );
}

/** Tags have only the values the organisation knows. */
export const tagRule: Rule = (env, report, { owners, costCentres }) => {
  checkValue(report, "tags.owner", env.tags?.owner, owners);
  checkValue(report, "tags.costCentre", env.tags?.costCentre, costCentres);
  for (const [path, service] of servicesOf(env)) {
    checkValue(report, `${path}.tags.owner`, service.tags?.owner, owners);
    checkValue(report, `${path}.tags.costCentre`, service.tags?.costCentre, costCentres);
  }
  for (const [name, service] of Object.entries(env.kubernetes?.services ?? {})) {
    const path = `kubernetes.services.${name}`;
    checkValue(report, `${path}.tags.owner`, service?.tags?.owner, owners);
    checkValue(report, `${path}.tags.costCentre`, service?.tags?.costCentre, costCentres);
  }
};
