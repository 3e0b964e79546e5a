import { type RuleSet, withoutSettings } from "../../framework/rule.ts";
import { publicAccessBlocked, publicAccessBlockPresent } from "./s3.ts";

/** Data is encrypted, nothing is open that need not be, and what happens is logged. */
export const security: RuleSet<unknown> = {
  name: "security",
  title: "Security",
  description: "Encryption, exposure, networks, secrets, logging and certificates.",
  rules: [publicAccessBlocked],
  stackRules: [publicAccessBlockPresent],
  ...withoutSettings,
};
