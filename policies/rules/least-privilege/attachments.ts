import type { Property } from "../../framework/property.ts";
import type { StackRule } from "../../framework/rule.ts";
import type { LeastPrivilegeConfig, LeastPrivilegeRule } from "./config.ts";

/** Where resource types name the managed policies they attach. */
const ATTACHMENTS: Readonly<Record<string, string>> = {
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
  "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
  "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
  "aws:iam/role:Role": "managedPolicyArns",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
  "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
  "aws:rolesanywhere/profile:Profile": "managedPolicyArns",
  "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
  "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": "managedPolicyArns",
};

/** AWS's own policies that hand over an account or a whole service. */
const TOO_MUCH =
  /^arn:aws[\w-]*:iam::aws:policy\/(?:[\w-]+\/)*((?:PowerUserAccess|\w*Administrator|\w*FullAccess)[\w-]*)$/;

/** No managed policy that hands over an account or a service. */
export const managedAdminPolicy: LeastPrivilegeRule = {
  id: "iam-managed-admin-policy",
  title: "No AWS managed policy that grants a whole account or service is attached",
  why: "The identity can do anything in the account or the service, to everything that is there.",
  severity: "high",
  remedy: "Write a policy with the actions that are used and the ARNs they are used on.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies",
  controls: { "nist-800-53": ["AC-2(1)", "AC-3", "AC-6", "AC-6(10)"], "security-hub": ["IAM.1"] },
  appliesTo: (type) => Object.hasOwn(ATTACHMENTS, type),
  evaluate(resource, report) {
    const property: Property = resource.inputs.get(ATTACHMENTS[resource.type] ?? "");
    for (const arn of property.items()) {
      if (arn.unknown) report.wait(arn);
      const name = TOO_MUCH.exec(arn.string ?? "")?.[1];
      if (name) report.fail(`${arn.path} attaches ${name}.`);
    }
  },
};

/** Most managed policies that AWS attaches to one identity unless asked for more, which it gives up to 25 of. */
const MOST_ATTACHED = 10;

/** Kinds of identities, with the property of attachments that names them. */
const IDENTITIES = [
  { type: "aws:iam/role:Role", attachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", by: "role" },
  { type: "aws:iam/user:User", attachment: "aws:iam/userPolicyAttachment:UserPolicyAttachment", by: "user" },
  { type: "aws:iam/group:Group", attachment: "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", by: "group" },
] as const;

/** No identity has more managed policies than AWS attaches to one. */
export const attachmentQuota: StackRule<LeastPrivilegeConfig> = {
  id: "iam-attachment-quota",
  title: `Identities have at most ${MOST_ATTACHED} managed policies`,
  why: "AWS refuses the next attachment in the middle of the deployment, and what the policy grants is missing.",
  severity: "medium",
  remedy: "Put what belongs together into one policy, or exempt the identity where the account's quota was raised.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities",
  controls: { "nist-800-53": ["AC-6", "CM-6"] },
  evaluate(stack, report) {
    for (const { type, attachment, by } of IDENTITIES) {
      for (const identity of stack.ofType(type)) {
        const own = identity.inputs.get("managedPolicyArns");
        const { known, open } = stack.companions(identity, attachment, by);
        const count = known.length + (own.unknown ? 0 : own.items().length);
        if (count > MOST_ATTACHED)
          report.fail(identity, `has ${count} managed policies, AWS attaches ${MOST_ATTACHED}.`);
        else if (own.unknown) report.wait(identity, own);
        else if (count + open.length > MOST_ATTACHED) for (const property of open) report.wait(identity, property);
      }
    }
  },
};
