import { Property } from "../../framework/property.ts";
import type { StackRule } from "../../framework/rule.ts";
import { diffRights, laterIn, type Privilege, type RightsChange } from "../../privileges/diff.ts";
import { groupsOf, groupText } from "../../privileges/groups.ts";
import { readRights } from "../../privileges/rights.ts";
import type { LeastPrivilegeConfig } from "./config.ts";
import { listed } from "./config.ts";

/** Nobody gets a right to give rights, and no role somebody new who may become it, before it was agreed to. */
export const privilegeGrowth: StackRule<LeastPrivilegeConfig> = {
  id: "iam-privilege-growth",
  title: "Rights to give rights do not grow without an approval",
  why: "Whoever may write policies, pass roles or become somebody else has whatever that leads to, and a review of the change sees a line of JSON.",
  severity: "high",
  remedy:
    "Leave the right out; or have somebody agree to it by an exemption of this rule for the identity (`causeway policy exempt`), until a day soon after the change is deployed.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html",
  ofChanges: true,
  controls: { "nist-800-53": ["AC-2", "AC-3", "AC-6", "CM-3", "CM-5"] },
  evaluate(stack, report, { rightsBefore }) {
    // Of an environment that was never deployed all is new: what its documents say is for the other rules.
    if (rightsBefore === undefined) return;
    const now = readRights(stack).filter(({ kind }) => kind !== "resource");
    for (const change of diffRights(rightsBefore, now)) {
      const resource = stack.byUrn(change.urn);
      if (!resource) continue;
      const grown = change.added.filter((privilege) => grows(change, privilege));
      if (grown.length > 0) report.fail(resource, `${saying(change)} ${listed(groupsOf(grown).map(groupText), 4)}`);
      const open = change.possible.filter((privilege) => grows(change, privilege));
      for (const where of laterIn({ ...change, possible: open })) report.wait(resource, new Property(where, undefined));
    }
  },
};

/** What gives rights; and who may become a role, where that is no service of AWS. */
function grows({ kind }: RightsChange, { level, who = "" }: Privilege): boolean {
  return kind === "trust" ? !who.startsWith("Service ") : level === "Permissions management";
}

function saying({ kind, urn }: RightsChange): string {
  const name = urn.split("::").at(-1);
  return kind === "trust" ? `more may become "${name}":` : `"${name}" may do more that gives rights:`;
}
