/** What single rules on IAM documents say at their edges: on each kind of document, and of what is not known yet. */
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { analyzeStack, type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import { documentOf, messages, OWN, policyOf, rolePolicy, type Statement, TYPES } from "./support/documents.ts";

/** A resource of each kind of document, with these statements. */
const KINDS: Readonly<Record<string, (...statements: readonly Statement[]) => HarnessResource>> = {
  identity: rolePolicy,
  trust: (...all) => ({ type: TYPES.role, provider: OWN, inputs: { assumeRolePolicy: documentOf(...all) } }),
  resource: (...all) => ({ type: TYPES.topicPolicy, inputs: { policy: documentOf(...all) } }),
  key: (...all) => ({ type: TYPES.key, inputs: { policy: documentOf(...all) } }),
  guardrail: (...all) => ({ type: "aws:ec2/vpcEndpoint:VpcEndpoint", inputs: { policy: documentOf(...all) } }),
};
const EVERYWHERE = Object.keys(KINDS);
const GRANTING = EVERYWHERE.filter((kind) => kind !== "guardrail");
const LETTING_IN = GRANTING.filter((kind) => kind !== "identity");

test.each<[string, readonly string[], Statement]>([
  ["iam-wildcard-action", GRANTING, { Principal: { AWS: "111111111111" }, Action: "sqs:*" }],
  ["iam-wildcard-resource", ["identity"], { Action: "sqs:SendMessage", Resource: "*" }],
  ["iam-unknown-action", EVERYWHERE, { Action: "sqs:Sendmessages" }],
  ["iam-inverted-allow", GRANTING, { NotAction: "sqs:SendMessage" }],
  ["iam-inverted-allow", GRANTING, { NotResource: "arn:aws:sqs:*:*:a" }],
  ["iam-inverted-allow", GRANTING, { NotPrincipal: { AWS: "111111111111" } }],
  ["iam-deny-not-principal", [...LETTING_IN, "guardrail"], { Effect: "Deny", NotPrincipal: { AWS: "1" } }],
  ["iam-any-principal", LETTING_IN, { Principal: "*" }],
  ["iam-trust-cross-account", ["trust"], { Principal: { AWS: "222222222222" } }],
  ["iam-condition-key", EVERYWHERE, { Action: "sqs:SendMessage", Condition: { StringEquals: { "sqs:none": "x" } } }],
  ["iam-condition-operator", EVERYWHERE, { Condition: { StringIs: { "aws:RequestedRegion": "x" } } }],
])("%s speaks of %j", async (rule, kinds, statement) => {
  for (const kind of EVERYWHERE) {
    const found = await messages(rule, KINDS[kind]!(statement));
    expect([kind, found.length]).toEqual([kind, kinds.includes(kind) ? 1 : 0]);
  }
});

describe("who is let in is limited", () => {
  const open = (key: string) => ({
    ...{ Principal: "*", Action: "sns:Publish", Resource: "*" },
    Condition: { StringEquals: { [key]: "x" } },
  });
  const anyone = (key: string) => messages("iam-any-principal", KINDS.resource!(open(key)));
  const SOURCES = [
    ...["aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths"],
    ...["kms:CallerAccount", "kms:EncryptionContext:app"],
  ];

  test.each([
    ...SOURCES,
    ...["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalTag/team", "aws:userid"],
    ...["aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp", "aws:VpceAccount", "aws:VpceOrgID"],
    ...["aws:VpceOrgPaths", "s3:DataAccessPointAccount", "s3:DataAccessPointArn"],
  ])("by %s", async (key) => {
    expect(await anyone(key)).toEqual([]);
  });

  test.each([
    ...["aws:RequestedRegion", "aws:PrincipalType", "aws:RequestTag/aws:SourceArn", "aws:RequestTag/kms:CallerAccount"],
    ...["aws:RequestTag/aws:SourceIp", "aws:SourceIpX", "kms:CallerAccountX", "aws:PrincipalTag/", "sts:ExternalId"],
    ...["s3:DataAccessPointAccountX", "aws:RequestTag/s3:DataAccessPointArn", "aws:SourceArnX"],
  ])("not by %s", async (key) => {
    expect(await anyone(key)).toHaveLength(1);
  });

  test.each([...SOURCES, "sts:ExternalId"])("where a service acts for many, by %s", async (key) => {
    const topic = (Condition: unknown) =>
      KINDS.resource!({
        Principal: { Service: "events.amazonaws.com" },
        Action: "sns:Publish",
        Resource: "*",
        Condition,
      });
    expect(await messages("iam-confused-deputy", topic({ StringEquals: { [key]: "x" } }))).toEqual([]);
    expect(await messages("iam-confused-deputy", topic({ StringEquals: { "aws:PrincipalOrgID": "x" } }))).toHaveLength(
      1,
    );
  });

  test("to those that are named, whatever their names end with", async () => {
    const named = (AWS: string) => messages("iam-any-principal", KINDS.resource!({ Principal: { AWS } }));
    expect(await named("arn:aws:iam::111111111111:role/*")).toEqual([]);
    expect(await named("arn:aws:iam::*:role/app")).toHaveLength(1);
    expect(await named("arn:aws-us-gov:iam::*:root")).toHaveLength(1);
    const provider = { Federated: "arn:aws:iam::222222222222:saml-provider/people" };
    expect(await messages("iam-trust-cross-account", KINDS.trust!({ Principal: provider }))).toEqual([]);
    const like = { AWS: "arn:aws:iam::111111111111:role/x:oidc-provider/gitlab.com" };
    expect(await messages("iam-trust-federation", KINDS.trust!({ Principal: like }))).toEqual([]);
  });

  test("where each subject says something", async () => {
    const subjects = (...all: string[]) => {
      const issuer = "gitlab.com";
      const Condition = { StringLike: { [`${issuer}:aud`]: "x", [`${issuer}:sub`]: all } };
      const Principal = { Federated: `arn:aws:iam::111111111111:oidc-provider/${issuer}` };
      return messages("iam-trust-federation", KINDS.trust!({ Principal, Condition }));
    };
    expect(await subjects("project_path:acme/shop:*")).toEqual([]);
    expect(await subjects("project_path:acme/shop:*", "project_path:*")).toHaveLength(1);
  });
});

describe("pods", () => {
  const said = (statement: Statement) =>
    messages(
      "iam-trust-pod-identity",
      KINDS.trust!({ Principal: { Service: "pods.eks.amazonaws.com" }, ...statement }),
    );
  const Condition = { StringEquals: { "aws:RequestTag/eks-cluster-name": "main" } };

  test("may be tagged by whatever allows it, and are named by conditions alone", async () => {
    expect(await said({ Action: "*", Condition })).toEqual([]);
    expect(await said({ Action: "sts:TagSession", Condition })).toEqual([]);
    expect(await said({ Action: "sts:AssumeRole", Condition })).toHaveLength(1);
    // An action that is not known yet is no condition.
    expect(await said({ Action: ["sts:TagSession", UNKNOWN] })).toHaveLength(1);
    expect(await said({ Action: ["sts:AssumeRole", UNKNOWN], Condition })).toEqual([UNDETERMINED]);
    const elsewhere = { StringEquals: { "aws:PrincipalTag/aws:RequestTag/eks-cluster-name": "main" } };
    expect(await said({ Action: "sts:TagSession", Condition: elsewhere })).toHaveLength(1);
  });
});

describe("actions", () => {
  test("that are left out and not known yet are waited for where they have to exist", async () => {
    const said = (statement: Statement) => messages("iam-unknown-action", rolePolicy(statement));
    expect(await said({ NotAction: ["s3:GetObject", UNKNOWN] })).toEqual([UNDETERMINED]);
    expect(await said({ Action: [UNKNOWN] })).toEqual([UNDETERMINED]);
    // The service is there, so that no other is meant.
    expect((await said({ Action: "s3:Frobnicate" })).join()).not.toContain("There is a service");
  });

  test("of an Allow by exclusion are not judged by their resources", async () => {
    const except = { NotAction: "s3:GetObject", Resource: "*" };
    expect(await messages("iam-wildcard-resource", rolePolicy(except))).toEqual([]);
    const bucket = { ...except, Resource: "arn:aws:sns:eu-west-1:1:x" };
    expect(await messages("iam-resource-mismatch", rolePolicy(bucket))).toEqual([]);
  });

  test.each<[string, string | readonly string[], number]>([
    ["s3:ListAllMyBuckets", "arn:aws:s3:::*-data", 2],
    ["s3:ListAllMyBuckets", "arn:aws:s3:::**", 0],
    ["ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:1:instance/*", 0],
    ["ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:1:*", 0],
    ["ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:1:instance/web-*", 2],
    ["ec2:DescribeInstances", "arn:aws:ec2:eu-west-1:1:a/b/*", 2],
    ["ec2:DescribeInstances", ["arn:aws:ec2:eu-west-1:1:instance/web", "*"], 1],
    ["ssmmessages:OpenDataChannel", "arn:aws:ssm:eu-west-1:1:session/x", 0],
    ["sqs:ListQueues", "arn:aws:ssm:eu-west-1:1:session/x", 2],
  ])("%s on %j works on nothing: %d", async (Action, Resource, count) => {
    expect(await messages("iam-resource-mismatch", rolePolicy({ Action, Resource }))).toHaveLength(count);
  });

  test("that nobody is excepted from are denied, or it is not known whether they are", async () => {
    const statement = { NotPrincipal: { AWS: "1" }, Action: "sns:Publish", Resource: "*" };
    const said = (Effect: unknown) => messages("iam-deny-not-principal", KINDS.resource!({ ...statement, Effect }));
    expect(await said(UNKNOWN)).toEqual([UNDETERMINED]);
    expect(await said("Allow")).toEqual([]);
    const rest = { ...statement, Effect: "Deny", Resource: UNKNOWN };
    expect(await messages("iam-deny-not-principal", KINDS.resource!(rest))).toHaveLength(1);
  });
});

describe("conditions", () => {
  const GET = { Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" };
  const said = (rule: string, Condition: unknown, more: Statement = {}) =>
    messages(`iam-condition-${rule}`, rolePolicy({ ...GET, Condition, ...more }));

  test("on keys of a service may be met by any action", async () => {
    const prefix = { StringEquals: { "s3:prefix": "a" } };
    expect(await said("key", prefix)).toHaveLength(1);
    expect(await said("key", prefix, { Action: "*" })).toEqual([]);
    expect(await said("key", prefix, { Action: undefined, NotAction: [UNKNOWN] })).toEqual([]);
    expect(await said("key", { StringEquals: { "notsaml:aud": "a" } })).toHaveLength(1);
    expect(await said("key", { StringEquals: { "SAML:aud": "a" } })).toEqual([]);
  });

  test("that ask for the key hold it to be there, where all of their values say so", async () => {
    const every = { "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-1" } };
    const asking = (value: unknown) => said("trap", { ...every, null: { "aws:PrincipalOrgID": value } });
    expect(await asking("FALSE")).toEqual([]);
    expect(await asking(["false", "true"])).toHaveLength(1);
    expect(await asking("true")).toHaveLength(1);
    const other = { ...every, Null: { "aws:PrincipalAccount": "false" } };
    expect(await said("trap", other)).toHaveLength(1);
  });

  test.each(["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"])(
    "on an address are of a VPC by %s",
    async (key) => {
      const address = { IpAddress: { "aws:VpcSourceIp": "10.0.0.0/8" } };
      expect(await said("trap", { ...address, StringEquals: { [key]: "x" } })).toEqual([]);
      expect(await said("trap", { ...address, StringEquals: { [`aws:RequestTag/${key}`]: "x" } })).toHaveLength(1);
    },
  );

  test("are no trap by what else is not known", async () => {
    expect(await said("trap", { StringEquals: { "aws:PrincipalOrgID": "o-1" } }, { Resource: UNKNOWN })).toEqual([]);
    expect(await said("key", UNKNOWN)).toEqual([UNDETERMINED]);
  });
});

describe("managed policies", () => {
  const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
  test.each([
    ["aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "policyArn"],
    ["aws:iam/policyAttachment:PolicyAttachment", "policyArn"],
    ["aws:iam/userPolicyAttachment:UserPolicyAttachment", "policyArn"],
    ["aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", "policyArns"],
    ["aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "policyArns"],
    ["aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "policyArns"],
    ["aws:rolesanywhere/profile:Profile", "managedPolicyArns"],
    ["aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "managedPolicyArn"],
    ["aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive", "managedPolicyArns"],
  ])("are found in %s", async (type, property) => {
    const said = (arn: string) => messages("iam-managed-admin-policy", { type, inputs: { [property]: [arn] } });
    expect(await said(ADMIN)).toHaveLength(1);
    expect(await said("arn:aws:iam::aws:policy/ReadOnlyAccess")).toEqual([]);
    expect(await said("arn:aws:iam::111111111111:policy/AdministratorAccess")).toEqual([]);
    expect(await said(`${ADMIN}/x`)).toEqual([]);
  });

  test.each([
    ["aws:iam/user:User", "aws:iam/userPolicyAttachment:UserPolicyAttachment", "user"],
    ["aws:iam/group:Group", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group"],
  ])("are counted for %s", async (type, attachment, by) => {
    const attached = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        ...{ type: attachment, name: `policy-${index}`, inputs: { [by]: "app", policyArn: "x" } },
        propertyDependencies: { [by]: [urn(type, "app")] },
      }));
    const said = (count: number) =>
      analyzeStack([policyOf("iam-attachment-quota")], [{ type, name: "app", inputs: {} }, ...attached(count)]);
    expect(await said(10)).toEqual([]);
    expect(await said(11)).toHaveLength(1);
  });

  test("inline policies fill a role's quota to the last character", async () => {
    const policy = (length: number) => {
      const document = (pad: string) => ({
        Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${pad}` },
      });
      return { policy: document("x".repeat(length - JSON.stringify(document("")).length)) };
    };
    const said = (...lengths: number[]) =>
      messages("iam-document-size", { type: TYPES.role, inputs: { inlinePolicies: lengths.map(policy) } });
    expect(await said(5_000, 5_240)).toEqual([]);
    expect(await said(5_000, 5_241)).toHaveLength(1);
  });
});

test("an identity has as many managed policies as AWS attaches", async () => {
  const ROLE = "aws:iam/role:Role";
  const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
  const role = (own: unknown): HarnessResource => ({ type: ROLE, name: "app", inputs: { managedPolicyArns: own } });
  const attachments = (count: number): HarnessResource[] =>
    Array.from({ length: count }, (_, index) => ({
      type: ATTACHMENT,
      name: `policy-${index}`,
      inputs: { role: UNKNOWN, policyArn: UNKNOWN },
      propertyDependencies: { role: [urn(ROLE, "app")] },
    }));
  const named = (count: number) => Array.from({ length: count }, (_, index) => `arn:aws:iam::aws:policy/Read${index}`);
  const asked = async (...resources: HarnessResource[]) => {
    const findings = await analyzeStack([policyOf("iam-attachment-quota")], resources);
    return findings.map(({ policy, message }) => (policy === UNDETERMINED ? policy : message));
  };
  expect(await asked(role(named(4)), ...attachments(6))).toEqual([]);
  expect(await asked(role(named(5)), ...attachments(6))).toEqual([expect.stringContaining("has 11 managed policies")]);
  expect(await asked(role(UNKNOWN), ...attachments(10))).toEqual([UNDETERMINED]);
  expect(await asked(role(UNKNOWN), ...attachments(11))).toHaveLength(1);
  const elsewhere = attachments(7).map((one) => ({ ...one, propertyDependencies: {} }));
  expect(await asked(role(named(4)), ...elsewhere)).toContain(UNDETERMINED);
  expect(await asked(role(named(3)), ...elsewhere)).toEqual([]);
});
