import type { Policies } from "@pulumi/policy";
import { toPolicy } from "../../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../../policies/framework/findings.ts";
import { analyze, type HarnessResource } from "../../../policies/harness/index.ts";
import { leastPrivilege } from "../../../policies/rules/least-privilege/index.ts";

export type Statement = Readonly<Record<string, unknown>>;

/** An IAM document; statements allow where they don't say. */
export const documentOf = (...statements: readonly Statement[]) => ({
  Version: "2012-10-17",
  Statement: statements.map((one) => ({ Effect: "Allow", ...one })),
});

/** A role's policy of these statements. */
export const rolePolicy = (...statements: readonly Statement[]): HarnessResource => ({
  type: "aws:iam/rolePolicy:RolePolicy",
  inputs: { policy: documentOf(...statements) },
});

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
