import type { RuleSet } from "../../framework/rule.ts";
import { denyNotPrincipal, invertedAllow, unknownAction, wildcardAction, wildcardResource } from "./actions.ts";
import { attachmentQuota, managedAdminPolicy } from "./attachments.ts";
import { conditionKey, conditionOperator, conditionTrap } from "./conditions.ts";
import type { LeastPrivilegeConfig } from "./config.ts";
import { documentTooLarge, documentVersion, malformedDocument } from "./documents.ts";
import { noEscalation } from "./escalation.ts";
import { credentialExposure, dataExfiltration, permissionsExposure } from "./exposure.ts";
import { privilegeGrowth } from "./growth.ts";
import { pathFromElsewhere, pathFromInternet, pathFromNobody, pathToAdmin } from "./paths.ts";
import { anyPrincipal, confusedDeputy, crossAccountTrust, federatedTrust } from "./principals.ts";
import { resourceMismatch } from "./resources.ts";
import { deputyAccount, podIdentity, tokenSubject } from "./trust.ts";

/** Every IAM document of a stack, judged by what its actions can be limited to. */
export const leastPrivilege: RuleSet<LeastPrivilegeConfig> = {
  name: "least-privilege",
  title: "Least privilege",
  description: "Every IAM document grants what is named, on what is named, to whom is named.",
  rules: [
    wildcardAction,
    wildcardResource,
    invertedAllow,
    denyNotPrincipal,
    unknownAction,
    resourceMismatch,
    conditionKey,
    conditionOperator,
    conditionTrap,
    noEscalation,
    dataExfiltration,
    credentialExposure,
    permissionsExposure,
    anyPrincipal,
    crossAccountTrust,
    federatedTrust,
    tokenSubject,
    podIdentity,
    confusedDeputy,
    deputyAccount,
    managedAdminPolicy,
    malformedDocument,
    documentVersion,
    documentTooLarge,
  ],
  stackRules: [pathToAdmin, pathFromInternet, pathFromElsewhere, pathFromNobody, privilegeGrowth, attachmentQuota],
  configProperties: {
    accounts: {
      type: "array",
      items: { type: "string" },
      description: "Account ids that count as one's own, besides the provider's allowedAccountIds.",
    },
    rightsBefore: {
      type: "array",
      items: { type: "object" },
      description:
        "What was given when the stack was last deployed, as `readRights` reads it; without it nothing grows.",
    },
  },
  readConfig: (values) => ({
    accounts: Array.isArray(values.accounts) ? values.accounts.map(String) : [],
    rightsBefore: Array.isArray(values.rightsBefore) ? values.rightsBefore : undefined,
  }),
};
