import { type RuleSet, rulesIn, withoutSettings } from "../../framework/rule.ts";
import * as databases from "./databases.ts";
import * as deadLetters from "./dead-letters.ts";
import * as flags from "./flags.ts";
import * as keeping from "./keeping.ts";
import * as operations from "./operations.ts";
import * as serving from "./serving.ts";

/** A zone, a machine or a mistake is survived, and somebody is told. */
export const resilience: RuleSet<unknown> = {
  name: "resilience",
  title: "Resilience",
  description: "Zones, backups, protection against deletion, draining, deployments, alarms and old flags.",
  ...rulesIn(databases, deadLetters, flags, keeping, operations, serving),
  ...withoutSettings,
};
