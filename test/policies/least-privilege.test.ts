/** What the rules say of identity and resource policies. */
import { iamActionsOf, iamServices } from "../../policies/data/iam.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { analyze, type HarnessResource, secret, UNKNOWN } from "../../policies/harness/index.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { FIXTURES } from "./fixtures/least-privilege.ts";
import { documentText, judge, on, POLICY, role, rolePolicy, rules, TYPES } from "./support/documents.ts";

/** What is judged by suites of their own: of what is broad as well, two rules speak. */
const ELSEWHERE = [
  "iam-privilege-escalation",
  "iam-data-exfiltration",
  "iam-credential-exposure",
  "iam-permissions-management",
  "iam-resource-mismatch",
  "iam-condition-key",
  "iam-condition-operator",
  "iam-condition-trap",
];

describe("every rule answers yes, no and not known yet", () => {
  test("there are fixtures for every rule", () => {
    const own = leastPrivilege.rules.map(({ id }) => id).filter((id) => !ELSEWHERE.includes(id));
    expect(Object.keys(FIXTURES).sort()).toEqual(own.sort());
  });

  test.each(Object.entries(FIXTURES))("%s", async (id, [good, bad, later]) => {
    expect(rules(await judge(good))).toEqual([]);
    const failed = await judge(bad);
    expect(rules(failed)).toEqual([id]);
    expect(failed[0]).toMatchObject({ level: "mandatory" });
    const open = await judge(later);
    expect(rules(open)).toEqual([UNDETERMINED]);
    expect(open[0]!.message).toContain(id);
    expect(open[0]!.message).toContain(Object.keys(later.inputs)[0]);
    expect(open[0]!.level).toBe("advisory");
    const closed = await judge(later, { "least-privilege": { failClosed: true } });
    expect(closed[0]!.level).toBe("mandatory");
  });
});

describe("wildcards", () => {
  test("no action that accepts only * is ever reported for it", async () => {
    const wildcardOnly = iamServices()
      .flatMap((service) => [...iamActionsOf(service).values()])
      .filter((action) => action.resourceTypes.length === 0)
      .map((action) => action.name);
    expect(wildcardOnly.length).toBeGreaterThanOrEqual(6_724);
    expect(rules(await judge(rolePolicy({ Action: wildcardOnly, Resource: "*" })))).toEqual(["iam-document-size"]);
    const single = await analyze(
      [POLICY],
      wildcardOnly.slice(0, 200).map((Action) => rolePolicy({ Action, Resource: "*" })),
    );
    expect(single).toEqual([]);
  });

  test("a mixed statement is taken apart in the message", async () => {
    const [finding] = await judge(
      rolePolicy({ Action: ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], Resource: "*" }),
    );
    expect(finding!.message).toContain("wider than needed for ecr:BatchGetImage.");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own ARN formats look like it
    expect(finding!.message).toContain("arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}");
    expect(finding!.message).toContain('ecr:GetAuthorizationToken accept only "*"');
  });

  test("a condition on a resource tag is a limit, one that need not be there is none", async () => {
    const statement = { Action: "ec2:TerminateInstances", Resource: "*" };
    const tag = { "aws:ResourceTag/owner": "team" };
    expect(rules(await judge(rolePolicy({ ...statement, Condition: { StringEquals: tag } })))).toEqual([]);
    expect(rules(await judge(rolePolicy({ ...statement, Condition: { StringEqualsIfExists: tag } })))).toEqual([
      "iam-wildcard-resource",
    ]);
    for (const operator of ["StringNotEquals", "Null", "ForAllValues:StringEquals"]) {
      const findings = await judge(rolePolicy({ ...statement, Condition: { [operator]: tag } }));
      expect({ operator, rules: rules(findings) }).toMatchObject({
        rules: expect.arrayContaining(["iam-wildcard-resource"]),
      });
    }
  });

  test("a wildcard action says what it grants and how much of it manages permissions", async () => {
    const [finding] = await judge(rolePolicy({ Action: "iam:*", Resource: "arn:aws:iam::111111111111:role/app" }));
    expect(finding!.message).toMatch(/"iam:\*" grants \d+ actions, \d+ of which manage permissions/);
  });
});

describe("resource policies", () => {
  test("* is the resource itself, and Deny may be as wide as it likes", async () => {
    const tls = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    expect(await judge(on(TYPES.bucketPolicy, tls))).toEqual([]);
    const publish = { Principal: { AWS: "111111111111" }, Action: "sns:Publish", Resource: "*" };
    expect(await judge(on(TYPES.topicPolicy, publish))).toEqual([]);
  });

  test("a key policy may hand the key to its account, and nothing wider", async () => {
    const account = { Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "kms:*", Resource: "*" };
    expect(await judge(on(TYPES.key, account))).toEqual([]);
    const person = { ...account, Principal: { AWS: "arn:aws:iam::111111111111:role/admin" } };
    expect(rules(await judge(on(TYPES.key, person)))).toEqual(["iam-wildcard-action"]);
    const both = { ...account, Principal: { AWS: ["arn:aws:iam::111111111111:root", "*"] } };
    expect(rules(await judge(on(TYPES.key, both)))).toEqual(["iam-any-principal", "iam-wildcard-action"]);
  });

  test("everybody is let in only under a condition that says who", async () => {
    const anyone = { Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" };
    expect(rules(await judge(on(TYPES.bucketPolicy, anyone)))).toEqual(["iam-any-principal"]);
    const organization = { StringEquals: { "aws:PrincipalOrgID": "o-1234567890" } };
    expect(await judge(on(TYPES.bucketPolicy, { ...anyone, Condition: organization }))).toEqual([]);
    const star = { StringLike: { "aws:PrincipalOrgID": "*" } };
    expect(rules(await judge(on(TYPES.bucketPolicy, { ...anyone, Condition: star })))).toEqual(["iam-any-principal"]);
    // An external id is no secret.
    const external = { StringEquals: { "sts:ExternalId": "7f3b" } };
    expect(rules(await judge(role({ Principal: { AWS: "*" }, Condition: external })))).toEqual(["iam-any-principal"]);
  });

  test("an API that anybody may invoke is no wider than one without a policy; anything else for anybody is", async () => {
    const api = { Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" };
    expect(await judge(on("aws:apigateway/restApiPolicy:RestApiPolicy", api))).toEqual([]);
    const more = { ...api, Action: ["execute-api:Invoke", "execute-api:ManageConnections"] };
    expect(rules(await judge(on("aws:apigateway/restApiPolicy:RestApiPolicy", more)))).toEqual(["iam-any-principal"]);
  });

  test("a function's permission is the statement it stands for", async () => {
    const events = { action: "lambda:InvokeFunction", function: "f", principal: "events.amazonaws.com" };
    const permission = (inputs: Readonly<Record<string, unknown>>): HarnessResource => ({
      type: TYPES.permission,
      inputs,
    });
    expect(rules(await judge(permission(events)))).toEqual(["iam-confused-deputy"]);
    expect(await judge(permission({ ...events, sourceArn: UNKNOWN }))).toEqual([]);
    expect(rules(await judge(permission({ ...events, principal: "*" })))).toEqual(["iam-any-principal"]);
    const open = await judge(permission({ ...events, principal: UNKNOWN }));
    expect(rules(open)).toEqual([UNDETERMINED]);
    expect(open[0]!.message).toContain("iam-any-principal");
  });

  test("an endpoint policy grants nothing and is left alone", async () => {
    const everything = { Principal: "*", Action: "*", Resource: "*" };
    expect(await judge(on("aws:ec2/vpcEndpoint:VpcEndpoint", everything))).toEqual([]);
  });
});

test("a role's inline policies count together", async () => {
  const policy = documentText({ Action: "s3:GetObject", Resource: `arn:aws:s3:::${"x".repeat(6_000)}/*` });
  const inline = (count: number): HarnessResource => ({
    type: TYPES.role,
    inputs: { inlinePolicies: Array.from({ length: count }, () => ({ policy })) },
  });
  expect(await judge(inline(1))).toEqual([]);
  expect(rules(await judge(inline(2)))).toEqual(["iam-document-size"]);
});

test.each([
  ["AdministratorAccess", true],
  ["job-function/NetworkAdministrator", true],
  ["PowerUserAccess", true],
  ["AmazonS3FullAccess", true],
  ["AdministratorAccess-Amplify", true],
  ["service-role/AmazonECSTaskExecutionRolePolicy", false],
  ["ReadOnlyAccess", false],
])("the managed policy %s is refused: %s", async (name, refused) => {
  const findings = await judge({
    type: TYPES.role,
    inputs: { managedPolicyArns: [UNKNOWN, `arn:aws:iam::aws:policy/${name}`] },
  });
  expect(rules(findings)).toEqual(refused ? ["iam-managed-admin-policy", UNDETERMINED] : [UNDETERMINED]);
});

test("no message quotes a secret", async () => {
  const text = "correct-horse-battery-staple";
  const resources: HarnessResource[] = [
    { type: TYPES.rolePolicy, inputs: { policy: secret(`{"password": "${text}"`) } },
    { type: TYPES.rolePolicy, inputs: { policy: secret(documentText({ Action: text, Resource: "*" })) } },
    {
      type: TYPES.rolePolicy,
      inputs: {
        policy: secret(documentText({ Sid: `x ${text}`, Action: "s3:*", Resource: `arn:aws:s3:::${text}/*` })),
      },
    },
    { type: TYPES.rolePolicy, inputs: { policy: secret(text) } },
  ];
  const findings = await analyze([POLICY], resources);
  expect(findings.length).toBeGreaterThanOrEqual(4);
  expect(JSON.stringify(findings)).not.toContain(text);
});

test.each([
  ["an account's role", "aws:PrincipalArn", "arn:aws:iam::222222222222:role/*", true],
  ["anybody of any account", "aws:PrincipalArn", "arn:aws:iam::*", false],
  ["a role of a name, which any account may give", "aws:PrincipalArn", "arn:aws:iam::*:role/deploy", false],
  ["the account of an endpoint", "aws:VpceAccount", "222222222222", true],
])("who may come is limited or not by %s", async (_, key, value, limited) => {
  const policy = on(TYPES.topicPolicy, {
    ...{ Principal: "*", Action: "sns:Publish", Resource: "*" },
    Condition: { StringLike: { [key]: value } },
  });
  expect(rules(await judge(policy)).includes("iam-any-principal")).toBe(!limited);
});
