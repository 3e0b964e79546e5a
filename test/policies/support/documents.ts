import { toPolicy } from "../../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../../policies/framework/findings.ts";
import { analyze, type HarnessFinding, type HarnessResource } from "../../../policies/harness/index.ts";
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

/** One rule on IAM documents by itself, asked of a resource. */
export function asking(rule: string): (resource: HarnessResource) => Promise<readonly HarnessFinding[]> {
  const policy = toPolicy({ ...leastPrivilege, rules: leastPrivilege.rules.filter(({ id }) => id === rule) });
  return (resource) => analyze([policy], [resource]);
}

/** What a rule says of a resource: its messages, or `undetermined`. */
export async function messages(rule: string, resource: HarnessResource): Promise<string[]> {
  const findings = await asking(rule)(resource);
  return findings.map((finding) => (finding.policy === rule ? finding.message : UNDETERMINED));
}
