import { DEPUTIES_IN_RESOURCE_POLICIES, DEPUTIES_IN_TRUST, globalPrincipal } from "../../data/confused-deputy.ts";
import type { Report, RuleResource } from "../../framework/rule.ts";
import type { Principal, Statement } from "../../iam/document.ts";
import { carriesDocuments, eachAllow, type IamDocument } from "../../iam/documents.ts";
import { isLimitedBy } from "../../iam/scope.ts";
import type { LeastPrivilegeConfig, LeastPrivilegeRule } from "./config.ts";

/** Condition keys that say for whom a service acts. */
export const isSourceKey = (key: string): boolean =>
  /^aws:source(arn|account|owner|orgid|orgpaths)$/.test(key) ||
  /^kms:(encryptioncontext:|calleraccount$)/.test(key) ||
  key === "sts:externalid";

/** Condition keys that say who the caller is, or through which network it comes. */
export const isCallerKey = (key: string): boolean =>
  isSourceKey(key) ||
  /^aws:(principal(orgid|orgpaths|account|arn)|principaltag\/.+|sourceip|sourcevpc|sourcevpce|vpce(account|orgid|orgpaths)|vpcsourceip|userid)$/.test(
    key,
  ) ||
  /^s3:dataaccesspoint(account|arn)$/.test(key);

/** Keys that the caller doesn't choose: an external id is no secret, and whoever hears of it may send it. */
const isCallersOwn = (key: string): boolean => key !== "sts:externalid" && isCallerKey(key);

const isAnyone = ({ kind, value }: Principal): boolean =>
  kind === "*" || (kind === "AWS" && /^(arn:aws[\w-]*:iam::)?\*/.test(value));

/** Nobody is let in whom the policy doesn't know. */
export const anyPrincipal: LeastPrivilegeRule = {
  id: "iam-any-principal",
  title: "No policy lets everybody in",
  why: 'The principal "*" is every AWS account there is, and for many resources anybody on the internet.',
  severity: "critical",
  remedy: "Name the accounts, roles or services, or hold the statement to one's organization (aws:PrincipalOrgID).",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous",
  controls: { "nist-800-53": ["AC-3", "AC-4", "AC-6", "SC-7"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["trust", "resource", "key"], (statement, where) => {
      waitForPrincipals(statement, report);
      if (!statement.principals.some(isAnyone) || isLimitedBy(statement, isCallersOwn) || isOpenApi(statement)) return;
      report.fail(`${where}: the principal is "*" and no condition says who it is.`);
    });
  },
};

/** An API without a policy is open already, so a statement that lets anybody invoke it widens nothing. */
function isOpenApi(statement: Statement): boolean {
  return (
    statement.actions.known.length > 0 &&
    statement.actions.known.every((action) => action.toLowerCase() === "execute-api:invoke")
  );
}

/** Other accounts become a role only under a condition. */
export const crossAccountTrust: LeastPrivilegeRule = {
  id: "iam-trust-cross-account",
  title: "Another account assumes a role only under a condition",
  why: "A third party that works for many customers can be made to use its access to yours on behalf of another.",
  severity: "high",
  remedy:
    "Add a condition on sts:ExternalId (third parties) or aws:PrincipalOrgID (one's own organization). If the account is one's own, name it in the provider's allowedAccountIds or in the setting accounts.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
  controls: { "nist-800-53": ["AC-3", "AC-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report, config) {
    const own = ownAccounts(resource, report, config);
    eachAllow(resource, report, ["trust"], (statement, where) => {
      waitForPrincipals(statement, report);
      if (isLimitedBy(statement, isCallerKey)) return;
      for (const principal of statement.principals) {
        const account = principal.kind === "AWS" ? accountOf(principal.value) : undefined;
        if (!account || own?.has(account) !== false) continue;
        report.fail(`${where}: account ${account} may assume the role without a condition.`);
      }
    });
  },
};

/** undefined while the provider's accounts are not known. */
function ownAccounts(
  resource: RuleResource,
  report: Report,
  config: LeastPrivilegeConfig,
): ReadonlySet<string> | undefined {
  const allowed = resource.provider.get("allowedAccountIds").parsed() ?? resource.provider.get("none");
  const unknown = [allowed, ...allowed.items()].find((item) => item.unknown);
  if (unknown) {
    report.wait(unknown);
    return undefined;
  }
  return new Set([...config.accounts, ...allowed.items().flatMap((item) => item.string ?? [])]);
}

export function accountOf(principal: string): string | undefined {
  return /^(?:arn:aws[\w-]*:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];
}

/** Federations whose tokens are told apart by one key: the application they were made for. */
const APPLICATION_KEYS: Readonly<Record<string, string>> = {
  "accounts.google.com": "accounts.google.com:aud",
  "cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com:aud",
  "graph.facebook.com": "graph.facebook.com:app_id",
  "www.amazon.com": "www.amazon.com:app_id",
};

/** Federated identities are held to an audience and a subject. */
export const federatedTrust: LeastPrivilegeRule = {
  id: "iam-trust-federation",
  title: "Federated trust names audience and subject",
  why: "Without a condition on the subject every repository, pod or user of the identity provider can assume the role.",
  severity: "high",
  remedy: "Add StringEquals conditions on the provider's :aud and :sub keys; for SAML on SAML:aud.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
  controls: { "nist-800-53": ["AC-3", "AC-6", "IA-8"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["trust"], (statement, where) => {
      waitForPrincipals(statement, report);
      for (const { kind, value } of statement.principals) {
        if (kind !== "Federated") continue;
        const missing = requiredKeys(value).filter((key) => !isHeldTo(statement, key));
        if (missing.length > 0) report.fail(`${where}: no condition that says something on ${missing.join(" and ")}.`);
      }
    });
  },
};

function requiredKeys(federation: string): string[] {
  if (/:saml-provider\//.test(federation)) return ["saml:aud"];
  const application = APPLICATION_KEYS[federation];
  if (application) return [application];
  const issuer = issuerOf(federation);
  return issuer ? [`${issuer}:aud`, `${issuer}:sub`] : [];
}

/** A subject such as `repo:*` or `system:serviceaccount:*:*` has the parts of a subject and says nothing by them. */
export const saysNothing = (subject: string): boolean =>
  /^(repo:|system:serviceaccount:|project_path:)?[*?:/]*$/.test(subject);

function isHeldTo(statement: Statement, key: string): boolean {
  if (!isLimitedBy(statement, (other) => other === key)) return false;
  return statement.conditions
    .filter((condition) => condition.key === key)
    .every((condition) => condition.values.known.every((value) => !saysNothing(value)));
}

/** Services that act for many customers are held to one's own account. */
export const confusedDeputy: LeastPrivilegeRule = {
  id: "iam-confused-deputy",
  title: "A service may act for one's own account only",
  why: "The service serves all AWS customers; without the condition another customer can have it use this role or resource.",
  severity: "medium",
  remedy: "Add a condition on aws:SourceArn or aws:SourceAccount.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  controls: { "nist-800-53": ["AC-3", "AC-4"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    eachAllow(resource, report, ["trust", "resource", "key"], (statement, where, document) => {
      waitForPrincipals(statement, report);
      const found = deputiesIn(statement, document);
      if (found.length > 0 && !isLimitedBy(statement, isSourceKey)) {
        report.fail(`${where}: ${found.join(", ")} without a condition on aws:SourceArn or aws:SourceAccount.`);
      }
    });
  },
};

/** The services a statement lets in that act for many customers. */
export function deputiesIn({ principals }: Statement, { kind: document }: IamDocument): string[] {
  const deputies = document === "trust" ? DEPUTIES_IN_TRUST : DEPUTIES_IN_RESOURCE_POLICIES;
  return principals
    .filter(({ kind, value }) => kind === "Service" && deputies.has(globalPrincipal(value)))
    .map(({ value }) => value);
}

/** The issuer of an identity provider's tokens, by its ARN; undefined for one that issues none. */
export function issuerOf(federation: string): string | undefined {
  return /:oidc-provider\/(.+)$/.exec(federation)?.[1]?.toLowerCase();
}

/** Waits for principals that are not known yet. */
export function waitForPrincipals(statement: Statement, report: Report): void {
  for (const property of statement.unknown) if (property.path.includes("rincipal")) report.wait(property);
}
