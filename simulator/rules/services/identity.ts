/** IAM and KMS. */
import { allowsAction, type DocumentKind, documentProblem, principalsOf, statementsOf } from "../documents.ts";
import { all, between, lengthBetween, matches, policyJson, says } from "../limits.ts";
import { limited, type Refusal, type Rule, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const blocking = { blocks: true } as const;
const deletePoliciesFirst = {
  blocks: refusal("DeleteConflict", "Cannot delete entity, must delete policies first."),
} as const;

const named = (max: number) => all(lengthBetween(1, max), matches(/^[\w+=,.@-]*$/, "must match [\\w+=,.@-]"));
const roleName = says((text) => !text.startsWith("arn:"), '"{name}" must be the role\'s name not its ARN');

export const IDENTITY: ServiceRules = {
  references: [
    ...refers("iam/RolePolicyAttachment", {
      role: { to: to.ROLE, ...blocking },
      policyArn: { to: to.POLICY, ...blocking },
    }),
    ...refers("iam/UserPolicyAttachment", {
      user: { to: to.USER, ...blocking },
      policyArn: { to: to.POLICY, ...blocking },
    }),
    ...refers("iam/GroupPolicyAttachment", {
      group: { to: to.GROUP, ...blocking },
      policyArn: { to: to.POLICY, ...blocking },
    }),
    ...refers("iam/RolePolicy", { role: { to: to.ROLE, ...deletePoliciesFirst } }),
    ...refers("iam/UserPolicy", { user: { to: to.USER, ...deletePoliciesFirst } }),
    ...refers("iam/GroupPolicy", { group: { to: to.GROUP, ...deletePoliciesFirst } }),
    ...refers("iam/InstanceProfile", {
      role: {
        to: to.ROLE,
        blocks: refusal("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."),
      },
    }),
    ...refers("iam/AccessKey", {
      user: { to: to.USER, blocks: refusal("DeleteConflict", "Cannot delete entity, must delete access keys first.") },
    }),
    ...refers("iam/GroupMembership", { group: to.GROUP, "users[*]": to.USER }),
    ...refers("kms/Alias", { targetKeyId: to.KMS_KEY }),
    ...refers("kms/Grant", { keyId: to.KMS_KEY }),
    ...refers("kms/KeyPolicy", { keyId: to.KMS_KEY }),
  ],
  limits: [
    ...limited("iam/Role", {
      name: named(64),
      assumeRolePolicy: policyJson,
      maxSessionDuration: between(3600, 43_200),
      description: lengthBetween(0, 1000),
      "inlinePolicies[*].policy": policyJson,
    }),
    ...limited("iam/Policy", { name: named(128), policy: policyJson }),
    ...limited("iam/RolePolicy", { policy: policyJson, role: roleName, name: named(128) }),
    ...limited("iam/RolePolicyAttachment", { role: roleName }),
    ...limited("iam/UserPolicy", { policy: policyJson }),
    ...limited("iam/GroupPolicy", { policy: policyJson }),
    ...limited("kms/Key", {
      policy: policyJson,
      deletionWindowInDays: between(7, 30),
      rotationPeriodInDays: between(90, 2560),
    }),
    ...limited("kms/Alias", {
      name: matches(/^alias\/[\w/-]{1,250}$/, "name must begin with 'alias/' and only contain [a-zA-Z0-9/_-]"),
    }),
  ],
  requests: [
    ...documents("trust", { "iam/Role": "assumeRolePolicy" }),
    ...documents("identity", {
      "iam/Policy": "policy",
      "iam/RolePolicy": "policy",
      "iam/UserPolicy": "policy",
      "iam/GroupPolicy": "policy",
    }),
    { types: ["kms/Key"], refuse: keyPolicy },
    { types: ["kms/Alias"], refuse: reservedAlias },
  ],
};

function documents(kind: DocumentKind, properties: Readonly<Record<string, string>>): Rule[] {
  return Object.entries(properties).map(([type, property]) => ({
    types: [type],
    refuse: ({ values }) => {
      const text = values.text(property);
      const problem = text === undefined ? undefined : documentProblem(text, kind);
      return problem === undefined ? undefined : refusal("MalformedPolicyDocument", problem);
    },
  }));
}

/** Whoever creates a key has to be able to change its policy afterwards: the account, in the simulated cloud. */
function keyPolicy({ values, account }: Subject): Refusal | undefined {
  const text = values.text("policy");
  if (text === undefined) return undefined;
  const problem = documentProblem(text, "resource");
  if (problem !== undefined) return refusal("MalformedPolicyDocumentException", problem);
  if (values.flag("bypassPolicyLockoutSafetyCheck")) return undefined;
  const root = [`arn:aws:iam::${account.id}:root`, account.id, "*"];
  const open = statementsOf(text).some(
    (statement) =>
      allowsAction(statement, "kms:PutKeyPolicy") &&
      principalsOf(statement, "AWS").some((one) => root.includes(one) || one.includes(`::${account.id}:`)),
  );
  return open
    ? undefined
    : refusal(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
      );
}

function reservedAlias({ values }: Subject): Refusal | undefined {
  return values.text("name")?.startsWith("alias/aws/")
    ? refusal("NotAuthorizedException", "Alias name with the prefix alias/aws/ is reserved by AWS")
    : undefined;
}
