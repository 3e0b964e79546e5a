import { expandAction, iamAction, iamActionsOf, iamServices } from "../../policies/data/iam.ts";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import {
  analyze,
  type HarnessConfig,
  type HarnessFinding,
  type HarnessResource,
  secret,
  UNKNOWN,
} from "../../policies/harness/index.ts";
import { arnFormats, isTooWide } from "../../policies/iam/scope.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";

const POLICY = toPolicy(leastPrivilege);
const OWN = { inputs: { allowedAccountIds: ["111111111111"] } };
const TYPES = {
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  role: "aws:iam/role:Role",
  bucketPolicy: "aws:s3/bucketPolicy:BucketPolicy",
  key: "aws:kms/key:Key",
  topicPolicy: "aws:sns/topicPolicy:TopicPolicy",
  attachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  permission: "aws:lambda/permission:Permission",
  service: "causeway:service:Service",
} as const;

type Statement = Readonly<Record<string, unknown>>;

const document = (...statements: Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map((s) => ({ Effect: "Allow", ...s })) });
const rolePolicy = (...statements: Statement[]): HarnessResource => ({
  type: TYPES.rolePolicy,
  inputs: { policy: document(...statements) },
});
const role = (...statements: Statement[]): HarnessResource => ({
  type: TYPES.role,
  provider: OWN,
  inputs: { assumeRolePolicy: document(...statements.map((s) => ({ Action: "sts:AssumeRole", ...s }))) },
});
const on = (type: string, ...statements: Statement[]): HarnessResource => ({
  type,
  inputs: { policy: document(...statements) },
});
const grants = (...list: unknown[]): HarnessResource => ({ type: TYPES.service, inputs: { args: { grants: list } } });

async function judge(resource: HarnessResource, config: HarnessConfig = {}): Promise<HarnessFinding[]> {
  return analyze([POLICY], [resource], config);
}
const rules = (findings: readonly HarnessFinding[]): string[] => findings.map((finding) => finding.policy).sort();

const LATER: HarnessResource = { type: TYPES.rolePolicy, inputs: { policy: UNKNOWN } };
const TRUST_LATER: HarnessResource = { type: TYPES.role, provider: OWN, inputs: { assumeRolePolicy: UNKNOWN } };
const LOGS = "arn:aws:logs:eu-west-1:111111111111:log-group:/ecs/hello:*";
const OIDC = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
const TOKENS = "token.actions.githubusercontent.com";

// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variables look like it
const OWN_HOME = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::home/${aws:username}/*" };

/** A role for what a provider of tokens says by its subject. */
const tokens = (issuer: string, subject: unknown, more: Readonly<Record<string, unknown>> = {}): HarnessResource =>
  role({
    Action: "sts:AssumeRoleWithWebIdentity",
    Principal: { Federated: `arn:aws:iam::111111111111:oidc-provider/${issuer}` },
    Condition: { StringLike: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: subject, ...more } },
  });
const github = (subject: unknown, more?: Readonly<Record<string, unknown>>) => tokens(TOKENS, subject, more);
const pods = (action: string, namespace: string): HarnessResource =>
  role({
    Action: ["sts:AssumeRole", action],
    Principal: { Service: "pods.eks.amazonaws.com" },
    Condition: { StringEquals: { "aws:RequestTag/kubernetes-namespace": namespace } },
  });
const deputy = (Condition: Readonly<Record<string, unknown>>): HarnessResource =>
  role({ Principal: { Service: "logs.amazonaws.com" }, Condition });

/** For each rule a resource that passes, one that fails and differs in one property, and one that can't be judged. */
const FIXTURES: Readonly<Record<string, readonly [HarnessResource, HarnessResource, HarnessResource]>> = {
  "iam-wildcard-action": [
    rolePolicy({ Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }),
    rolePolicy({ Action: "s3:GetObject*", Resource: "arn:aws:s3:::data/*" }),
    LATER,
  ],
  "iam-wildcard-resource": [
    rolePolicy({ Action: "logs:PutLogEvents", Resource: LOGS }),
    rolePolicy({ Action: "logs:PutLogEvents", Resource: "*" }),
    LATER,
  ],
  "iam-inverted-allow": [
    rolePolicy({ Effect: "Deny", NotAction: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }),
    rolePolicy({ Effect: "Allow", NotAction: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }),
    LATER,
  ],
  "iam-deny-not-principal": [
    on(TYPES.topicPolicy, {
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: "*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/publisher" } },
    }),
    on(TYPES.topicPolicy, {
      Effect: "Deny",
      NotPrincipal: { AWS: "arn:aws:iam::111111111111:role/publisher" },
      Action: "sns:Publish",
      Resource: "*",
    }),
    { type: TYPES.topicPolicy, inputs: { policy: UNKNOWN } },
  ],
  "iam-document-version": [
    rolePolicy(OWN_HOME),
    { type: TYPES.rolePolicy, inputs: { policy: { Statement: [OWN_HOME] } } },
    LATER,
  ],
  "iam-unknown-action": [
    rolePolicy({ Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }),
    rolePolicy({ Action: "s3:FetchObject", Resource: "arn:aws:s3:::data/*" }),
    LATER,
  ],
  "iam-any-principal": [
    on(TYPES.topicPolicy, { Principal: { AWS: "111111111111" }, Action: "sns:Publish", Resource: "*" }),
    on(TYPES.topicPolicy, { Principal: { AWS: "*" }, Action: "sns:Publish", Resource: "*" }),
    { type: TYPES.topicPolicy, inputs: { policy: UNKNOWN } },
  ],
  "iam-trust-cross-account": [
    role({ Principal: { AWS: "arn:aws:iam::111111111111:role/deploy" } }),
    role({ Principal: { AWS: "arn:aws:iam::222222222222:role/deploy" } }),
    TRUST_LATER,
  ],
  "iam-trust-federation": [
    role({
      Principal: { Federated: OIDC },
      Condition: {
        StringEquals: { [`${TOKENS}:aud`]: "sts.amazonaws.com", [`${TOKENS}:sub`]: "repo:a/b:ref:refs/heads/main" },
      },
    }),
    role({ Principal: { Federated: OIDC }, Condition: { StringEquals: { [`${TOKENS}:aud`]: "sts.amazonaws.com" } } }),
    TRUST_LATER,
  ],
  "iam-trust-subject": [github("repo:acme/shop:*"), github("repo:acme/*:*"), TRUST_LATER],
  "iam-trust-pod-identity": [pods("sts:TagSession", "shop"), pods("sts:AssumeRole", "shop"), TRUST_LATER],
  "iam-confused-deputy-source": [
    deputy({ ArnLike: { "aws:SourceArn": "arn:aws:logs:eu-west-1:111111111111:*" } }),
    deputy({ ArnLike: { "aws:SourceArn": "arn:aws:logs:eu-west-1:*:*" } }),
    TRUST_LATER,
  ],
  "iam-confused-deputy": [
    role({
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
    }),
    role({ Principal: { Service: "ecs-tasks.amazonaws.com" } }),
    TRUST_LATER,
  ],
  "iam-managed-admin-policy": [
    { type: TYPES.attachment, inputs: { policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" } },
    { type: TYPES.attachment, inputs: { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" } },
    { type: TYPES.attachment, inputs: { policyArn: UNKNOWN } },
  ],
  "iam-document-malformed": [
    rolePolicy({ Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }),
    { type: TYPES.rolePolicy, inputs: { policy: `${document({ Action: "s3:GetObject" })},` } },
    LATER,
  ],
  "iam-document-size": [
    { type: TYPES.role, inputs: { assumeRolePolicy: JSON.stringify(paddedTrust(1500), null, 8) } },
    { type: TYPES.role, inputs: { assumeRolePolicy: JSON.stringify(paddedTrust(2048)) } },
    { type: TYPES.role, inputs: { assumeRolePolicy: UNKNOWN } },
  ],
};

function paddedTrust(length: number): object {
  return { Version: "2012-10-17", Statement: [], Id: "x".repeat(length) };
}

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

  test("every action that can be limited is reported for *", () => {
    const missed = expandAction("*").filter((action) => action.resourceTypes.length > 0 && !isTooWide(action, "*"));
    expect(missed).toEqual([]);
  });

  test("no action is reported for an ARN of its own with the names given, or with a prefix of the last one", () => {
    const wrong = expandAction("*").flatMap((action) =>
      arnFormats(action).flatMap((format) => {
        const arn = format.replace(/\$\{Partition\}/, "aws").replace(/\$\{[^}]+\}/g, "mine");
        const hasName = /\$\{/.test(format.split(":").slice(5).join(":"));
        const prefix = hasName ? [arn.replace(/mine(?!.*mine)/, "mine-*")] : [];
        return [arn, ...prefix]
          .filter((pattern) => isTooWide(action, pattern))
          .map((pattern) => `${action.name} ${pattern}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ["s3:GetObject", "arn:aws:s3:::data/*", false],
    ["s3:GetObject", "arn:aws:s3:::*", true],
    ["s3:GetObject", "arn:aws:s3:::*/*", true],
    ["s3:GetObject", "arn:aws:s3*", true],
    ["s3:GetObject", "arn:*:*:*:*:*", true],
    ["s3:ListBucket", "arn:aws:s3:::data-*", false],
    ["iam:PassRole", "arn:aws:iam::111111111111:role/*", true],
    ["iam:PassRole", "arn:aws:iam::111111111111:role/app/*", false],
    ["logs:PutLogEvents", "arn:aws:logs:*:*:*", true],
    ["logs:PutLogEvents", LOGS, false],
    ["kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/*", true],
    ["ec2:RunInstances", "arn:aws:ec2:eu-west-1:111111111111:instance/*", false],
    ["dynamodb:CreateTable", "arn:aws:dynamodb:eu-west-1:111111111111:table/*", true],
    ["logs:DescribeLogStreams", "arn:aws:logs:eu-west-1:111111111111:log-group:*", false],
    ["logs:DescribeLogStreams", "*", true],
    ["ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:111111111111:instance/*", true],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variables look like it
    ["s3:GetObject", "arn:aws:s3:::home/${aws:username}/*", false],
  ])("%s on %s is too wide: %s", (name, pattern, expected) => {
    expect(isTooWide(iamAction(name)!, pattern)).toBe(expected);
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

describe("trust", () => {
  test("another account needs an external id, an organization or a place in the settings", async () => {
    const other = { Principal: { AWS: "222222222222" } };
    const external = { StringEquals: { "sts:ExternalId": "7f3b" } };
    expect(rules(await judge(role(other)))).toEqual(["iam-trust-cross-account"]);
    expect(await judge(role({ ...other, Condition: external }))).toEqual([]);
    expect(await judge(role(other), { "least-privilege": { accounts: ["222222222222"] } })).toEqual([]);
    const unsettled = { ...role(other), provider: { inputs: { allowedAccountIds: UNKNOWN } } };
    const open = await judge(unsettled);
    expect(rules(open)).toEqual([UNDETERMINED]);
    expect(open[0]!.message).toContain("allowedAccountIds");
  });

  test("the provider's accounts are read from the JSON text the engine keeps them in", async () => {
    const own = {
      ...role({ Principal: { AWS: "222222222222" } }),
      provider: { inputs: { allowedAccountIds: '["222222222222"]' } },
    };
    expect(await judge(own)).toEqual([]);
  });

  test.each([["repo:*"], ["*"], ["system:serviceaccount:*:*"]])("a subject of %s says nothing", async (subject) => {
    const trust = role({
      Principal: { Federated: OIDC },
      Condition: { StringLike: { [`${TOKENS}:aud`]: "sts.amazonaws.com", [`${TOKENS}:sub`]: subject } },
    });
    expect(rules(await judge(trust))).toEqual(["iam-trust-federation"]);
  });

  const EKS = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
  test.each([
    ["an owner's repository", github("repo:acme/shop:ref:refs/heads/main"), ""],
    ["every branch of it", github("repo:acme/shop:*"), ""],
    ["an environment of it", github("repo:acme/shop:environment:production"), ""],
    ["a list of repositories", github(["repo:acme/shop:*", "repo:acme/blog:*"]), ""],
    ["a list with one that is open", github(["repo:acme/shop:*", "repo:acme/b*:*"]), "other repositories of the owner"],
    ["all of an owner's", github("repo:acme/*"), "other repositories of the owner"],
    ["what begins like it", github("repo:acme/shop*"), "other repositories of the owner"],
    ["owners that begin alike", github("repo:acme*/shop:*"), "repositories of any owner"],
    ["owners of one more character", github("repo:acme?/shop:*"), "repositories of any owner"],
    [
      "all of an owner's, and a repository by its own claim",
      github("repo:acme/*", { [`${TOKENS}:repository`]: "acme/shop" }),
      "",
    ],
    ["a subject of a form of its own", github("job_workflow_ref:acme/shop/.github/workflows/deploy.yml@*"), ""],
    ["a project of GitLab", tokens("gitlab.com", "project_path:acme/shop:ref_type:branch:ref:*"), ""],
    [
      "all of a group of GitLab",
      tokens("gitlab.com", "project_path:acme/*:ref_type:branch:ref:main"),
      "other projects of the group",
    ],
    ["a workspace", tokens("app.terraform.io", "organization:acme:project:web:workspace:shop:run_phase:*"), ""],
    [
      "all workspaces",
      tokens("app.terraform.io", "organization:acme:project:web:workspace:*:run_phase:apply"),
      "other workspaces",
    ],
    [
      "any organization",
      tokens("app.terraform.io", "organization:acme*:project:web:workspace:shop:run_phase:*"),
      "any organization",
    ],
    ["a service account", tokens(EKS, "system:serviceaccount:shop:orders"), ""],
    ["all of a namespace", tokens(EKS, "system:serviceaccount:shop:*"), ""],
    ["all of any namespace", tokens(EKS, "system:serviceaccount:*:orders"), "pods of any namespace"],
  ])("a subject of %s", async (_, trusting, open) => {
    const findings = await judge(trusting);
    expect(rules(findings)).toEqual(open === "" ? [] : ["iam-trust-subject"]);
    expect(findings.map(({ message }) => message).join()).toContain(open);
  });

  test.each([
    ["of one account", { ArnLike: { "aws:SourceArn": "arn:aws:logs:*:111111111111:*" } }, []],
    ["of any account", { ArnLike: { "aws:SourceArn": "arn:aws:logs:*:*:*" } }, ["iam-confused-deputy-source"]],
    [
      "of any account, and the account beside it",
      { ArnLike: { "aws:SourceArn": "arn:aws:logs:*:*:*" }, StringEquals: { "aws:SourceAccount": "111111111111" } },
      [],
    ],
    ["that is a bucket", { ArnLike: { "aws:SourceArn": "arn:aws:s3:::invoices-*" } }, []],
    ["that is any bucket", { ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } }, ["iam-confused-deputy-source"]],
    ["that only begins", { ArnLike: { "aws:SourceArn": "arn:aws:logs:*" } }, ["iam-confused-deputy-source"]],
  ])("a service is held to a source %s", async (_, condition, expected) => {
    expect(rules(await judge(deputy(condition)))).toEqual(expected);
  });

  /** A trust policy as an object, so that parts of it may not be known. */
  const open = (statement: Statement): HarnessResource => ({
    type: TYPES.role,
    provider: OWN,
    inputs: { assumeRolePolicy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] } },
  });
  const waited = async (resource: HarnessResource, rule: string) =>
    (await judge(resource)).some(({ policy, message }) => policy === UNDETERMINED && message.includes(rule));

  test("subjects and principals that are not known yet are waited for", async () => {
    const by = (Federated: unknown, subject: unknown) =>
      open({
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated },
        Condition: { StringLike: { [`${TOKENS}:aud`]: "sts.amazonaws.com", [`${TOKENS}:sub`]: subject } },
      });
    expect(await waited(by(OIDC, UNKNOWN), "iam-trust-subject")).toBe(true);
    expect(await waited(by(UNKNOWN, "repo:acme/shop:*"), "iam-trust-subject")).toBe(true);
    expect(await waited(by(OIDC, "repo:acme/shop:*"), "iam-trust-subject")).toBe(false);
    const served = (Service: unknown, arn: unknown) =>
      open({ Action: "sts:AssumeRole", Principal: { Service }, Condition: { ArnLike: { "aws:SourceArn": arn } } });
    expect(await waited(served(UNKNOWN, "arn:aws:logs:*:*:*"), "iam-confused-deputy-source")).toBe(true);
    // An ARN that is not known yet is another resource's.
    expect(await waited(served("logs.amazonaws.com", UNKNOWN), "iam-confused-deputy-source")).toBe(false);
    const pod = (Action: unknown, namespace: unknown, Service: unknown = "pods.eks.amazonaws.com") =>
      open({
        Action,
        Principal: { Service },
        Condition: { StringEquals: { "aws:RequestTag/kubernetes-namespace": namespace } },
      });
    expect(await waited(pod(["sts:AssumeRole", UNKNOWN], "shop"), "iam-trust-pod-identity")).toBe(true);
    expect(await waited(pod(["sts:AssumeRole", "sts:TagSession"], "shop", UNKNOWN), "iam-trust-pod-identity")).toBe(
      true,
    );
    expect(await waited(pod(["sts:AssumeRole", "sts:TagSession"], UNKNOWN), "iam-trust-pod-identity")).toBe(false);
    const later = {
      ...{ Action: ["sts:AssumeRole", "sts:TagSession"] },
      Principal: { Service: "pods.eks.amazonaws.com" },
    };
    expect(await waited(open({ ...later, Condition: UNKNOWN }), "iam-trust-pod-identity")).toBe(true);
    expect(rules(await judge(open(later)))).toContain("iam-trust-pod-identity");
  });

  test("only what the provider itself says counts as a subject, among whatever else is let in", async () => {
    const wild = { [`${TOKENS}:environment`]: "repo:acme*/shop" };
    expect(await judge(github("repo:acme/shop:*", wild))).toEqual([]);
    const both = role({
      Action: "sts:AssumeRoleWithWebIdentity",
      Principal: { Federated: ["cognito-identity.amazonaws.com", OIDC] },
      Condition: {
        StringLike: {
          "cognito-identity.amazonaws.com:aud": "eu-west-1:pool",
          [`${TOKENS}:aud`]: "sts.amazonaws.com",
          [`${TOKENS}:sub`]: "repo:acme*/shop:*",
        },
      },
    });
    expect(rules(await judge(both))).toEqual(["iam-trust-subject"]);
    const named = role({
      Principal: { AWS: `arn:aws:iam::111111111111:role/x:oidc-provider/${TOKENS}` },
      Condition: { StringLike: { [`${TOKENS}:sub`]: "repo:acme*/shop:*" } },
    });
    expect(rules(await judge(named))).not.toContain("iam-trust-subject");
  });

  test("services are deputies where they act for many: some by roles, some by what they are let into", async () => {
    const any = { ArnLike: { "aws:SourceArn": "arn:aws:x:*:*:*" } };
    const trusting = (Service: unknown, Condition: Statement = any) => role({ Principal: { Service }, Condition });
    const topic = (Service: unknown, type: string = TYPES.topicPolicy) =>
      on(type, {
        Principal: { Service },
        Action: type === TYPES.key ? "kms:Decrypt" : "sns:Publish",
        Resource: "*",
        Condition: any,
      });
    const found = async (resource: HarnessResource) =>
      rules(await judge(resource)).filter((id) => id.startsWith("iam-confused"));
    const wide = ["iam-confused-deputy-source"];
    expect(await found(trusting("states.amazonaws.com"))).toEqual(wide);
    expect(await found(trusting(["ec2.amazonaws.com", "states.amazonaws.com"]))).toEqual(wide);
    expect(await found(trusting("budgets.amazonaws.com"))).toEqual([]);
    expect(await found(topic("budgets.amazonaws.com"))).toEqual(wide);
    expect(await found(topic("states.amazonaws.com"))).toEqual([]);
    expect(await found(topic("events.amazonaws.com", TYPES.key))).toEqual(wide);
    // Conditions hold together, values of one hold each for itself.
    const own = "arn:aws:x:eu-west-1:111111111111:y";
    expect(await found(trusting("states.amazonaws.com", { ...any, ArnEquals: { "aws:SourceArn": own } }))).toEqual([]);
    expect(
      await found(trusting("states.amazonaws.com", { ArnLike: { "aws:SourceArn": [own, "arn:aws:x:*:*:z"] } })),
    ).toEqual(wide);
    expect(
      await found(
        trusting("states.amazonaws.com", {
          ArnLike: { "aws:SourceArn": own },
          StringLike: { "aws:PrincipalTag/a": "arn:aws:x:*:*:z" },
        }),
      ),
    ).toEqual([]);
  });

  test.each([
    "eks-cluster-arn",
    "eks-cluster-name",
    "kubernetes-namespace",
    "kubernetes-service-account",
    "kubernetes-pod-name",
  ])("the tag %s says which pods", async (tag) => {
    const trusting = (key: string, Action: unknown = ["sts:AssumeRole", "sts:TagSession"]) =>
      role({
        Action,
        Principal: { Service: ["pods.eks.amazonaws.com"] },
        Condition: { StringEquals: { [key]: "one" } },
      });
    const found = async (resource: HarnessResource) =>
      rules(await judge(resource)).filter((id) => id === "iam-trust-pod-identity");
    expect(await found(trusting(`aws:RequestTag/${tag}`))).toEqual([]);
    expect(await found(trusting(`aws:RequestTag/${tag}`, "sts:*"))).toEqual([]);
    expect(await found(trusting("aws:RequestTag/team"))).toEqual(["iam-trust-pod-identity"]);
    const among = role({
      Action: "sts:AssumeRole",
      Principal: { Service: ["ec2.amazonaws.com", "pods.eks.amazonaws.com"] },
    });
    expect(await found(among)).toEqual(["iam-trust-pod-identity"]);
  });

  test("an external id counts where the request has to carry it, and is one", async () => {
    const other = (operator: string, value: unknown) =>
      role({ Principal: { AWS: "222222222222" }, Condition: { [operator]: { "sts:ExternalId": value } } });
    expect(await judge(other("StringEquals", "7f3b9c"))).toEqual([]);
    expect(await judge(other("StringEquals", ["7f3b9c", "8a4c0d"]))).toEqual([]);
    for (const [operator, value] of [
      ["StringLike", "*"],
      ["StringEqualsIfExists", "7f3b9c"],
      ["StringNotEquals", "7f3b9c"],
      ["Null", "false"],
    ]) {
      expect({ operator, found: rules(await judge(other(operator!, value))) }).toEqual({
        operator,
        found: expect.arrayContaining(["iam-trust-cross-account"]),
      });
    }
  });

  test("a role for pods lets EKS tag its sessions, and says for which", async () => {
    const said = async (trusting: HarnessResource) => (await judge(trusting)).map(({ message }) => message).join();
    expect(await said(pods("sts:TagSession", "shop"))).toBe("");
    expect(await said(pods("sts:SetSourceIdentity", "shop"))).toContain("sts:TagSession is not allowed");
    expect(await said(pods("sts:TagSession", "*"))).toContain("no condition says which cluster");
    const both = role({
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Principal: { Service: "pods.eks.amazonaws.com" },
      Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:eks:eu-west-1:111111111111:cluster/main" } },
    });
    expect(await said(both)).toBe("");
  });

  test("a service is the same in every region", async () => {
    expect(rules(await judge(role({ Principal: { Service: "logs.eu-west-1.amazonaws.com" } })))).toEqual([
      "iam-confused-deputy",
    ]);
  });

  test.each([
    ["arn:aws:iam::111111111111:saml-provider/people", "SAML:aud", "https://signin.aws.amazon.com/saml"],
    ["cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud", "eu-west-1:pool"],
  ])("a federation by %s is held to %s", async (Federated, key, value) => {
    expect(rules(await judge(role({ Principal: { Federated } })))).toEqual(["iam-trust-federation"]);
    expect(await judge(role({ Principal: { Federated }, Condition: { StringEquals: { [key]: value } } }))).toEqual([]);
  });

  test("services that send no source need no condition", async () => {
    expect(await judge(role({ Principal: { Service: ["ec2.amazonaws.com", "lambda.amazonaws.com"] } }))).toEqual([]);
  });
});

describe("grants of components", () => {
  const read = { id: "Read", actions: ["s3:GetObject"], resources: [UNKNOWN] };

  test("are judged at the first preview, when their document is not known", async () => {
    expect(await judge(grants(read))).toEqual([]);
    const wide = { id: "Write", actions: ["dynamodb:PutItem"], resources: [UNKNOWN, "*"] };
    const findings = await judge(grants(read, wide));
    expect(rules(findings)).toEqual(["iam-wildcard-resource"]);
    expect(findings[0]!.message).toContain("args.grants, statement Write");
    expect(rules(await judge(grants({ ...read, actions: ["s3:*"] })))).toEqual(["iam-wildcard-action"]);
  });

  test("are grants by their form, not by their name", async () => {
    const acl = {
      type: "causeway:data:Bucket",
      inputs: { grants: [{ id: "x", permissions: ["READ"], type: "Group" }] },
    };
    expect(await judge(acl)).toEqual([]);
  });
});

describe("documents that a component states", () => {
  const COMPONENT = "urn:pulumi:test::harness::acme:jobs:Worker::jobs";
  const read = { id: "Read", actions: ["s3:GetObject"], resources: ["arn:aws:s3:::data/*"] };
  const lambda = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const component = (roles: unknown): HarnessResource => ({
    type: "acme:jobs:Worker",
    name: "jobs",
    urn: COMPONENT,
    inputs: { roles },
  });
  const child = (type: string, name: string, inputs: Readonly<Record<string, unknown>>): HarnessResource => ({
    ...{ type, name, inputs, parent: COMPONENT, provider: OWN },
    urn: `urn:pulumi:test::harness::acme:jobs:Worker$${type}::${name}`,
  });
  const policy = (name: string, document: unknown = UNKNOWN) => child(TYPES.rolePolicy, name, { policy: document });
  const trust = (name: string) => child(TYPES.role, name, { assumeRolePolicy: UNKNOWN });

  /** What is said of the children. */
  async function said(roles: unknown, ...children: HarnessResource[]): Promise<string[]> {
    const findings = await analyze([toPolicy(leastPrivilege)], [component(roles), ...children]);
    return findings
      .filter(({ urn }) => urn !== COMPONENT)
      .map(({ policy: id, urn }) => `${id} ${urn.split("::").at(-1)}`)
      .sort();
  }
  const jobs = (more: Readonly<Record<string, unknown>>, trusted: readonly unknown[] = [lambda]) => ({
    jobs: { trust: trusted, grants: [{ ...read, ...more }] },
  });

  test("stand for what is not known, and only for that", async () => {
    expect(await said(jobs({}), policy("jobs"), trust("jobs"))).toEqual([]);
    expect(await said(jobs({ actions: ["s3:Get*"] }), policy("jobs"), trust("jobs"))).toEqual([
      "iam-wildcard-action jobs",
    ]);
    expect(await said(jobs({}, [{ ...lambda, Principal: "*" }]), policy("jobs"), trust("jobs"))).toEqual([
      "iam-any-principal jobs",
    ]);
    const known = document({ Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" });
    expect(await said(jobs({ actions: ["s3:Get*"] }), policy("jobs", known))).toEqual([]);
    const account = [{ ...lambda, Principal: { AWS: "222222222222" } }];
    expect(await said(jobs({}, account), trust("jobs"))).toEqual(["iam-trust-cross-account jobs"]);
  });

  test("are found by the name of the role, alone or with a dash and more", async () => {
    expect(await said(jobs({}), policy("jobs-network"))).toEqual([]);
    expect(await said(jobs({}), policy("jobsnetwork"))).toEqual([`${UNDETERMINED} jobsnetwork`]);
    expect(await said(jobs({}), policy("other"), trust("other"))).toEqual([
      `${UNDETERMINED} other`,
      `${UNDETERMINED} other`,
    ]);
    const two = { ...jobs({}), "jobs-write": { trust: [], grants: [{ ...read, actions: ["s3:Put*"] }] } };
    expect(await said(two, policy("jobs-write"), policy("jobs-read"))).toEqual(["iam-wildcard-action jobs-write"]);
  });

  test("are what has their form: anything else is waited for", async () => {
    const open = [`${UNDETERMINED} jobs`];
    for (const roles of [undefined, UNKNOWN, "jobs", {}, { jobs: {} }, { jobs: { trust: [lambda], grants: "all" } }]) {
      expect({ roles, found: await said(roles, policy("jobs")) }).toEqual({ roles, found: open });
    }
    for (const wrong of [{ id: 1 }, { actions: "s3:GetObject" }, { resources: "*" }]) {
      expect(await said({ jobs: { grants: [read, { ...read, ...wrong }] } }, policy("jobs"))).toEqual(open);
    }
    expect(await said({ jobs: { grants: [read] } }, trust("jobs"))).toEqual(open);
    expect(await said({ jobs: { trust: [lambda] } }, policy("jobs"))).toEqual(open);
  });

  test("keep their conditions, and name what is not there yet", async () => {
    const stop = { actions: ["ec2:StopInstances"], resources: ["*"] };
    expect(await said(jobs(stop), policy("jobs"))).toContain("iam-wildcard-resource jobs");
    const tagged = { ...stop, conditions: { StringEquals: { "aws:ResourceTag/owner": "jobs" } } };
    expect(await said(jobs(tagged), policy("jobs"))).toEqual([]);
    const group = { type: "aws:cloudwatch/logGroup:LogGroup", name: "jobs" };
    expect(await said(jobs({ actions: ["logs:PutLogEvents"], resources: [group, UNKNOWN] }), policy("jobs"))).toEqual(
      [],
    );
  });

  test("have the size that they will have about", async () => {
    const many = (count: number) => ({ resources: Array.from({ length: count }, () => UNKNOWN) });
    expect(await said(jobs(many(85)), policy("jobs"))).toEqual([]);
    expect(await said(jobs(many(120)), policy("jobs"))).toEqual(["iam-document-size jobs"]);
    const named = Array.from({ length: 120 }, (_, index) => ({ type: "aws:s3/bucket:Bucket", name: `b${index}` }));
    expect(await said(jobs({ resources: named }), policy("jobs"))).toEqual(["iam-document-size jobs"]);
    // White space is no part of it.
    const Sid = "x".repeat(2_100);
    expect(await said(jobs({}, [{ ...lambda, Sid }]), trust("jobs"))).toEqual(["iam-document-size jobs"]);
  });
});

describe("one unknown hides nothing", () => {
  test("of another document on the same resource", async () => {
    const findings = await judge({
      type: TYPES.role,
      provider: OWN,
      inputs: {
        assumeRolePolicy: document({ Action: "sts:AssumeRole", Principal: "*" }),
        inlinePolicies: [
          { policy: UNKNOWN },
          { policy: document({ Action: "s3:*", Resource: "arn:aws:s3:::data/*" }) },
        ],
      },
    });
    expect(rules(findings)).toEqual(["iam-any-principal", "iam-wildcard-action", UNDETERMINED].sort());
    expect(findings.find((f) => f.policy === UNDETERMINED)!.message).toContain("inlinePolicies[0].policy");
  });

  test("of a statement nothing is known of, and its neighbours are judged", async () => {
    const open = { Effect: "Allow", Action: "sqs:*", Resource: "arn:aws:sqs:eu-west-1:111111111111:jobs" };
    const findings = await judge({ type: TYPES.rolePolicy, inputs: { policy: { Statement: [UNKNOWN, open] } } });
    expect(rules(findings)).toEqual(["iam-wildcard-action", UNDETERMINED]);
    expect(findings.find((f) => f.policy === UNDETERMINED)!.message).toContain("policy.Statement[0] is not known");
    expect(rules(await judge({ type: TYPES.rolePolicy, inputs: { policy: { Statement: [UNKNOWN] } } }))).toEqual([
      UNDETERMINED,
    ]);
  });

  test("of another statement, where a document is given as an object", async () => {
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "s3:GetObject", Resource: UNKNOWN },
        { Effect: "Allow", Action: "sqs:*", Resource: "arn:aws:sqs:eu-west-1:111111111111:jobs" },
      ],
    };
    const findings = await judge({ type: TYPES.rolePolicy, inputs: { policy } });
    expect(rules(findings)).toEqual(["iam-wildcard-action", UNDETERMINED]);
    expect(findings.find((f) => f.policy === UNDETERMINED)!.message).toContain("policy.Statement[0].Resource");
  });
});

test("a role's inline policies count together", async () => {
  const policy = document({ Action: "s3:GetObject", Resource: `arn:aws:s3:::${"x".repeat(6_000)}/*` });
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
    { type: TYPES.rolePolicy, inputs: { policy: secret(document({ Action: text, Resource: "*" })) } },
    {
      type: TYPES.rolePolicy,
      inputs: { policy: secret(document({ Sid: `x ${text}`, Action: "s3:*", Resource: `arn:aws:s3:::${text}/*` })) },
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
