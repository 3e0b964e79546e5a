import { PASSING_KINDS } from "../../contracts/flag-life.ts";
import type { Rule } from "./rule.ts";

/** A flag has a key of its own, an owner the organisation knows, and an end when it is there for a while. */
export const flagRule: Rule = ({ flags = [] }, report, { owners }) => {
  flags.forEach((flag, index) => {
    if (flag?.key !== undefined && flags.findIndex((other) => other?.key === flag.key) < index) {
      report(`flags[${index}].key`, `"${flag.key}" stands twice.`, "Give each flag a key of its own.");
    }
    if (flag?.owner !== undefined && !owners.includes(flag.owner)) {
      report(
        `flags[${index}].owner`,
        `"${flag.owner}" is no owner.`,
        `Write one of: ${owners.join(", ")} (environments/organisation.ts).`,
      );
    }
    if (flag?.kind !== undefined && PASSING_KINDS.includes(flag.kind) && flag.expires === undefined) {
      report(`flags[${index}].expires`, `the ${flag.kind} flag has no end.`, "Say by which day it is gone.");
    }
  });
};
