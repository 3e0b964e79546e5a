import type { Property } from "../../framework/property.ts";
import { documentSize } from "../../iam/document.ts";
import { carriesDocuments, readDocuments } from "../../iam/documents.ts";
import type { LeastPrivilegeRule } from "./config.ts";

/** Documents can be read, by us and by AWS. */
export const malformedDocument: LeastPrivilegeRule = {
  id: "iam-document-malformed",
  title: "IAM documents can be read",
  why: "AWS refuses the document in the middle of the deployment, and no other rule can judge it.",
  severity: "high",
  remedy: "Write the document as JSON with a Statement list; pulumi.jsonStringify and aws.iam.getPolicyDocument do.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
  controls: { "nist-800-53": ["CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    for (const { path, reading } of readDocuments(resource)) {
      if (reading.state === "unknown") report.wait(reading.property);
      if (reading.state === "malformed") report.fail(`${path} ${reading.problem}.`);
    }
  },
};

/** Documents fit AWS's quotas. */
export const documentTooLarge: LeastPrivilegeRule = {
  id: "iam-document-size",
  title: "IAM documents fit AWS's quotas",
  why: "AWS refuses the document in the middle of the deployment.",
  severity: "medium",
  remedy: "Split the grants over managed policies or roles, or name a common ARN prefix.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
  controls: { "nist-800-53": ["CM-6"] },
  appliesTo: carriesDocuments,
  evaluate(resource, report) {
    let inline = 0;
    for (const { path, reading, quota } of readDocuments(resource)) {
      if (!quota) continue;
      if (reading.state === "unknown") report.wait(reading.property);
      if (reading.state !== "read" || reading.text === undefined) continue;
      const size = quota.ignoresWhitespace ? documentSize(reading.text) : reading.text.length;
      if (size > quota.characters) {
        const unit = quota.ignoresWhitespace ? "characters without white space" : "characters";
        report.fail(`${path} has ${size} ${unit}, AWS takes ${quota.characters} (${quota.source}).`);
      } else if (path.startsWith("inlinePolicies")) {
        inline += size;
        if (inline > quota.characters) {
          report.fail(
            `the inline policies up to ${path} have ${inline} characters, AWS takes ${quota.characters} for all of a role.`,
          );
        }
      }
    }
  },
};

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
