import type { Policies } from "@pulumi/policy";
import { toPolicy } from "../../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../../policies/framework/findings.ts";
import {
  analyze,
  type HarnessConfig,
  type HarnessFinding,
  type HarnessResource,
} from "../../../policies/harness/index.ts";
import { leastPrivilege } from "../../../policies/rules/least-privilege/index.ts";

export type Statement = Readonly<Record<string, unknown>>;

export const ACCOUNT = "111111111111";
/** A provider that is held to the account. */
export const OWN = { inputs: { allowedAccountIds: [ACCOUNT] } };
export const TYPES = {
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  role: "aws:iam/role:Role",
  bucketPolicy: "aws:s3/bucketPolicy:BucketPolicy",
  key: "aws:kms/key:Key",
  topicPolicy: "aws:sns/topicPolicy:TopicPolicy",
  attachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  permission: "aws:lambda/permission:Permission",
  service: "causeway:service:Service",
} as const;

/** An IAM document; statements allow where they don't say. */
export const documentOf = (...statements: readonly Statement[]) => ({
  Version: "2012-10-17",
  Statement: statements.map((one) => ({ Effect: "Allow", ...one })),
});

/** The same as text, as programs hand it over. */
export const documentText = (...statements: readonly Statement[]): string => JSON.stringify(documentOf(...statements));

/** A role's policy of these statements. */
export const rolePolicy = (...statements: readonly Statement[]): HarnessResource => ({
  type: TYPES.rolePolicy,
  inputs: { policy: documentOf(...statements) },
});

/** What carries a policy of these statements as text. */
export const on = (type: string, ...statements: readonly Statement[]): HarnessResource => ({
  type,
  inputs: { policy: documentText(...statements) },
});

/** A role of the account that trusts by these statements. */
export const role = (...statements: readonly Statement[]): HarnessResource => ({
  type: TYPES.role,
  provider: OWN,
  inputs: { assumeRolePolicy: documentText(...statements.map((one) => ({ Action: "sts:AssumeRole", ...one }))) },
});

export const TOKENS = "token.actions.githubusercontent.com";
export const OIDC = `arn:aws:iam::${ACCOUNT}:oidc-provider/${TOKENS}`;

/** A role for what a provider of tokens says by its subject. */
export const tokens = (issuer: string, subject: unknown, more: Statement = {}): HarnessResource =>
  role({
    Action: "sts:AssumeRoleWithWebIdentity",
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
    Condition: { StringLike: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: subject, ...more } },
  });
export const github = (subject: unknown, more?: Statement) => tokens(TOKENS, subject, more);

/** A role for pods of a namespace, with one action more than assuming it. */
export const pods = (action: string, namespace: string): HarnessResource =>
  role({
    Action: ["sts:AssumeRole", action],
    Principal: { Service: "pods.eks.amazonaws.com" },
    Condition: { StringEquals: { "aws:RequestTag/kubernetes-namespace": namespace } },
  });

/** A role for a service that acts for many. */
export const deputy = (Condition: Statement): HarnessResource =>
  role({ Principal: { Service: "logs.amazonaws.com" }, Condition });

/** All rules on IAM documents. */
export const POLICY = toPolicy(leastPrivilege);

/** What they say of a resource. */
export const judge = (resource: HarnessResource, config: HarnessConfig = {}): Promise<HarnessFinding[]> =>
  analyze([POLICY], [resource], config);

/** Which of them said something. */
export const rules = (findings: readonly HarnessFinding[]): string[] => findings.map(({ policy }) => policy).sort();

/** One rule on IAM documents by itself. */
export function policyOf(rule: string): Policies[number] {
  const only = <T extends { readonly id: string }>(rules: readonly T[]) => rules.filter(({ id }) => id === rule);
  const { rules, stackRules = [] } = leastPrivilege;
  return toPolicy({ ...leastPrivilege, rules: only(rules), stackRules: only(stackRules) });
}

/** What a rule says of a resource: each thing that is wrong, or `undetermined`. */
export async function messages(rule: string, resource: HarnessResource): Promise<string[]> {
  const findings = await analyze([policyOf(rule)], [resource]);
  return findings.flatMap(({ policy, message }) => {
    if (policy !== rule) return [UNDETERMINED];
    const [first = "", ...more] = message.split("\n");
    const listed = more.filter((line) => line.startsWith("  - "));
    return listed.length > 0 ? listed : [first];
  });
}
