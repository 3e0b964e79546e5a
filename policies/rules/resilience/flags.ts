import { today } from "../../../contracts/days.ts";
import { FLAG_REMOVAL_DAYS, staleness } from "../../../contracts/flag-life.ts";
import type { Property } from "../../framework/property.ts";
import type { Rule } from "../../framework/rule.ts";

const COMPONENT = "causeway:flags:FeatureFlags";

/** Flags go when they are done. */
export const flagsRemoved: Rule<unknown> = {
  id: "flags-removed",
  title: "Feature flags are gone two weeks after everybody has them, or when they expire",
  why: "An old flag is a branch that nobody runs any more: one wrong click brings back code of a year ago.",
  severity: "medium",
  remedy: `Take the flag out of the code and then out of the environment, within ${FLAG_REMOVAL_DAYS} days after fullSince; \`npx causeway flags stale\` lists those that are due.`,
  url: "https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-feature-flags.html",
  controls: { "nist-800-53": ["CM-7", "SI-2"] },
  appliesTo: (type) => type === COMPONENT,
  evaluate({ inputs }, report) {
    for (const flag of inputs.get("flags").items()) judge(flag, today(), report);
  },
};

function judge(flag: Property, day: string, report: Parameters<Rule<unknown>["evaluate"]>[1]): void {
  const [kind, expires, fullSince] = [flag.get("kind"), flag.get("expires"), flag.get("fullSince")];
  // A kind that is not known yet may be one that stays; one that is left out is held to the strictest.
  const life = {
    kind: kind.string ?? (kind.unknown ? "permission" : "release"),
    expires: expires.string,
    fullSince: fullSince.string,
  };
  const problem = staleness(life, day);
  if (problem !== undefined) {
    report.fail(`${flag.get("key").string ?? flag.path}: ${problem}.`);
    return;
  }
  for (const part of [kind, expires, fullSince]) if (part.unknown) report.wait(part);
}
