import { databaseRule, planRule, recoveryRule } from "./data.ts";
import { flagRule } from "./flags.ts";
import { grantRule } from "./grants.ts";
import { nameRule, tagRule } from "./identity.ts";
import { kubernetesRule } from "./kubernetes.ts";
import { addressRule, certificateRule, natRule, tierRule } from "./network.ts";
import { endpointRule, pagingRule, protectionRule } from "./operations.ts";
import { orderRule } from "./order.ts";
import { productionRule } from "./production.ts";
import { releaseRule } from "./releases.ts";
import type { Rule } from "./rule.ts";
import { capacityRule, objectiveRule, routeRule, secretRule, sizeRule, uniquenessRule } from "./services.ts";

/** Every rule across properties, in the order in which its problems are listed. */
export const RULES: readonly Rule[] = [
  nameRule,
  productionRule,
  addressRule,
  tierRule,
  natRule,
  certificateRule,
  uniquenessRule,
  routeRule,
  sizeRule,
  capacityRule,
  objectiveRule,
  releaseRule,
  orderRule,
  kubernetesRule,
  secretRule,
  grantRule,
  databaseRule,
  planRule,
  recoveryRule,
  protectionRule,
  endpointRule,
  pagingRule,
  flagRule,
  tagRule,
];
