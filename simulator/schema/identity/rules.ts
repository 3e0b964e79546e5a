/** Hand-written identities, by `module/Type`. Other types have the form learnt from the SDK's import examples. */
import { BACKUP_RULES } from "./backups.ts";
import { BALANCING_RULES } from "./balancing.ts";
import { BUCKET_RULES } from "./buckets.ts";
import { COMPUTE_RULES } from "./compute.ts";
import { CONFIGURATION_RULES } from "./configuration.ts";
import { DATABASE_RULES } from "./databases.ts";
import type { Rule } from "./kit.ts";
import { NETWORK_RULES } from "./network.ts";
import { OPERATIONS_RULES } from "./operations.ts";
import { SECRET_RULES } from "./secrets.ts";
import { WEB_RULES } from "./web.ts";

export const RULES: Readonly<Record<string, Rule>> = {
  ...NETWORK_RULES,
  ...BALANCING_RULES,
  ...COMPUTE_RULES,
  ...CONFIGURATION_RULES,
  ...BUCKET_RULES,
  ...DATABASE_RULES,
  ...SECRET_RULES,
  ...BACKUP_RULES,
  ...OPERATIONS_RULES,
  ...WEB_RULES,
};
