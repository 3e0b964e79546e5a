import { READS_DATA_ACTIONS, RETURNS_CREDENTIALS_ACTIONS } from "../../data/exposure.ts";
import type { IamAction } from "../../data/iam.ts";
import type { RuleWords } from "../../framework/rule.ts";
import { openActions } from "../../iam/allowed.ts";
import { carriesDocuments } from "../../iam/documents.ts";
import type { LeastPrivilegeRule } from "./config.ts";
import { listed } from "./config.ts";

/** A rule on actions of a kind that an identity is allowed on more than is named. */
function exposure(words: RuleWords, isOfKind: (action: IamAction) => boolean, kind: string): LeastPrivilegeRule {
  return {
    ...words,
    appliesTo: carriesDocuments,
    evaluate(resource, report) {
      for (const { path, actions, undecided } of openActions(resource, report)) {
        // What accepts only the resource "*" could not be limited by anybody.
        const found = [...actions.values()].filter((action) => action.resourceTypes.length > 0 && isOfKind(action));
        if (found.length === 0) continue;
        report.failUnless(
          undecided,
          `${path}: ${kind} on no named resource, by ${listed(found.map(({ name }) => name))}.`,
        );
      }
    },
  };
}

/** Nobody reads everything there is. */
export const dataExfiltration = exposure(
  {
    id: "iam-data-exfiltration",
    title: "Data is read from named stores only",
    why: "Whoever takes over the identity carries out what every bucket, table, queue, secret or snapshot of the account holds.",
    severity: "high",
    remedy:
      "Name the buckets, tables, queues, keys or parameters that are read, or hold the statement to a tag of theirs.",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_least_privileges.html",
    controls: { "nist-800-53": ["AC-3", "AC-4", "AC-6", "SC-7(10)"] },
  },
  ({ name }) => READS_DATA_ACTIONS.has(name),
  "reads data",
);

/** Nobody is handed everybody's credentials. */
export const credentialExposure = exposure(
  {
    id: "iam-credential-exposure",
    title: "Credentials are handed out for named identities and resources only",
    why: "The answer of the call is somebody else's key, token or password: it works outside of AWS's logs of this identity, and after it is taken away.",
    severity: "critical",
    remedy: "Name the role, user, database or cluster whose credentials are needed.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles",
    controls: { "nist-800-53": ["AC-3", "AC-6", "AC-6(10)", "IA-5"] },
  },
  ({ name }) => RETURNS_CREDENTIALS_ACTIONS.has(name),
  "gets credentials",
);

/** Nobody changes who may do what with everything. */
export const permissionsExposure = exposure(
  {
    id: "iam-permissions-management",
    title: "Permissions are changed on named resources only",
    why: "Whoever takes over the identity opens any resource to other accounts, or takes it from its owners.",
    severity: "high",
    remedy: "Name the resources whose policies, grants or shares are changed.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html",
    controls: { "nist-800-53": ["AC-2(1)", "AC-3", "AC-4", "AC-6", "AC-6(1)"] },
  },
  ({ level }) => level === "Permissions management",
  "changes permissions",
);
