import { TOKEN_SUBJECTS, type TokenSubject } from "../../data/token-subjects.ts";
import type { Statement } from "../../iam/document.ts";
import { carriesDocuments, eachAllow } from "../../iam/documents.ts";
import { isLimitedBy } from "../../iam/scope.ts";
import type { LeastPrivilegeRule } from "./config.ts";
import { listed } from "./config.ts";
import { deputiesIn, isSourceKey, issuerOf, saysNothing, waitForPrincipals } from "./principals.ts";

/** Tokens of providers that serve everybody are told apart by whose they are. */
export const tokenSubject: LeastPrivilegeRule = {
  id: "iam-trust-subject",
  title: "Subjects of shared identity providers name whose they are",
  why: "The provider signs tokens for all its customers; a wildcard where the owner or project stands lets in what others make under such a name.",
  severity: "high",
  remedy: "Write owner and project in full, such as repo:acme/shop:*; wildcards belong behind them only.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub",
  controls: { "nist-800-53": ["AC-3", "AC-6", "IA-8"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["trust"], (statement, where) => {
      waitForPrincipals(statement, report);
      for (const { kind, value } of statement.principals) {
        const issuer = kind === "Federated" ? issuerOf(value) : undefined;
        const provider = TOKEN_SUBJECTS.find(({ issuer: form }) => issuer !== undefined && form.test(issuer));
        if (issuer === undefined || !provider) continue;
        if (isLimitedBy(statement, (key) => provider.otherClaims.some((claim) => key === `${issuer}:${claim}`)))
          continue;
        const subjects = statement.conditions.filter(({ key }) => key === `${issuer}:sub`);
        for (const { values } of subjects) for (const property of values.unknown) report.wait(property);
        const open = subjects.flatMap(({ values }) =>
          values.known.flatMap((subject) => openPart(subject, provider) ?? []),
        );
        if (open.length > 0) {
          report.fail(
            `${where}: its subject lets in ${listed([...new Set(open)])}, by a wildcard in ${provider.name}'s name for them.`,
          );
        }
      }
    });
  },
};

/** What a subject leaves open in the parts by which it is somebody's; that it says nothing at all is another rule's matter. */
function openPart(subject: string, { parts }: TokenSubject): string | undefined {
  if (saysNothing(subject)) return undefined;
  return parts.find(({ part }) => /[*?]/.test(part.exec(subject)?.[1] ?? ""))?.open;
}

/** The condition that holds a service to an account names one. */
export const deputyAccount: LeastPrivilegeRule = {
  id: "iam-confused-deputy-source",
  title: "What holds a service to a source names its account",
  why: "A source with a wildcard for its account is any customer's: the service can be had to act for another one.",
  severity: "medium",
  remedy: "Write the account in aws:SourceArn, or add a condition on aws:SourceAccount.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  controls: { "nist-800-53": ["AC-3", "AC-4"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["trust", "resource", "key"], (statement, where, document) => {
      waitForPrincipals(statement, report);
      const sources = statement.conditions.filter(({ key }) => key === "aws:sourcearn");
      if (sources.length === 0 || deputiesIn(statement, document).length === 0) return;
      // Whatever else names the account is enough.
      if (isLimitedBy(statement, (key) => isSourceKey(key) && key !== "aws:sourcearn")) return;
      // One that is not known yet is of another resource, and so of an account.
      if (sources.every(({ values }) => values.known.some(isAnyAccounts))) {
        report.fail(`${where}: a source ARN with a wildcard for its account.`);
      }
    });
  },
};

/** Some ARNs have no account, such as those of buckets: these are somebody's as far as they have a name. */
function isAnyAccounts(arn: string): boolean {
  const [, , , , account, ...name] = arn.split(":");
  if (account === undefined) return /\*/.test(arn);
  return /[*?]/.test(account) || (account === "" && /^[*?]/.test(name.join(":")));
}

const POD_IDENTITY = "pods.eks.amazonaws.com";

/** Roles of pods are what EKS can give them, for pods that are named. */
export const podIdentity: LeastPrivilegeRule = {
  id: "iam-trust-pod-identity",
  title: "A role for pods lets EKS tag its sessions, for the cluster or pods that are named",
  why: "Without sts:TagSession pods get no credentials at all; without a condition whoever may associate roles gives this one to any pod.",
  severity: "low",
  remedy:
    "Allow sts:AssumeRole and sts:TagSession, under a condition on aws:SourceArn (the cluster) or aws:RequestTag/kubernetes-namespace.",
  url: "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html",
  controls: { "nist-800-53": ["AC-3", "AC-6", "CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["trust"], (statement, where) => {
      waitForPrincipals(statement, report);
      if (!statement.principals.some(({ kind, value }) => kind === "Service" && value === POD_IDENTITY)) return;
      if (!allows(statement, "sts:tagsession")) {
        report.failUnless(statement.actions.unknown, `${where}: sts:TagSession is not allowed.`);
      }
      if (isLimitedBy(statement, namesPods)) return;
      report.failUnless(
        statement.unknown.filter(({ path }) => path.includes("Condition")),
        `${where}: no condition says which cluster, namespace or service account.`,
      );
    });
  },
};

const namesPods = (key: string): boolean => isSourceKey(key) || /^aws:requesttag\/(eks-cluster|kubernetes)-/.test(key);

function allows({ actions }: Statement, action: string): boolean {
  return actions.known.some((name) => ["*", "sts:*", action].includes(name.toLowerCase()));
}
