import type { Property } from "../../framework/property.ts";
import type { LeastPrivilegeRule } from "./config.ts";

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
  /^arn:aws[\w-]*:iam::aws:policy\/(?:[\w-]+\/)*((?:AdministratorAccess|PowerUserAccess|\w*Administrator|\w*FullAccess)[\w-]*)$/;

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
