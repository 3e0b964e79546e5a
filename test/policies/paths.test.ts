/** Ways to more rights over several resources of a stack: each is found, and none is where one step is cut. */
import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { ESCALATION_TARGETS } from "../../policies/data/escalation-targets.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import {
  analyze,
  analyzeStack,
  type HarnessFinding,
  type HarnessResource,
  UNKNOWN,
} from "../../policies/harness/index.ts";
import { leastPrivilegePack } from "../../policies/packs.ts";
import { urn } from "./fixtures/fixtures.ts";
import {
  ADMINISTRATOR,
  attached,
  document,
  iam,
  resource,
  role,
  rolePolicy,
  service,
  wayFixture,
  worker,
} from "./fixtures/paths.ts";

const { policies: POLICIES } = leastPrivilegePack();
async function judge(resources: readonly HarnessResource[]): Promise<HarnessFinding[]> {
  // What components state is seen when they are judged themselves, before the whole stack is.
  if (resources.some(({ parent }) => parent)) await analyze(POLICIES, resources);
  return analyzeStack(POLICIES, resources);
}

describe("documented ways, over several resources", () => {
  test.each([...ESCALATION_TARGETS].map(([path, target]) => [path.id, path, target] as const))(
    "%s",
    async (id, path, target) => {
      const { from, open, cut } = wayFixture(path, target);
      const said = async (resources: readonly HarnessResource[]) =>
        (await judge(resources))
          .filter(({ urn }) => urn === from)
          .map(({ policy, message }) => `${policy}: ${message}`);
      const found = await said(open);
      expect({ id, found }).toEqual({ id, found: [expect.stringContaining("iam-path-to-admin: ")] });
      // It is told by this way, or by one that takes fewer of its actions.
      const by = ESCALATION_PATHS.filter((other) => found[0]?.includes(`(${other.source} ${other.id})`));
      expect({ id, by: by.map((other) => other.actions.every((action) => path.actions.includes(action))) }).toEqual({
        id,
        by: [true],
      });
      for (const [by, resources] of Object.entries(cut)) {
        expect({ id, by, found: await said(resources) }).toEqual({ id, by, found: [] });
      }
    },
  );
});

/** What the rules on ways say, by resource: `iam-path-to-admin worker`, `undetermined(iam-path-to-admin) worker`. */
async function ways(...resources: readonly (HarnessResource | readonly HarnessResource[])[]): Promise<string[]> {
  const findings = await judge(resources.flat());
  return findings
    .flatMap(({ policy, urn: on, message }) => {
      const name = on.split("::").at(-1);
      if (policy !== UNDETERMINED) return policy.startsWith("iam-path") ? [`${policy} ${name}`] : [];
      return [...new Set(message.match(/iam-path-[\w-]+/g) ?? [])].map((rule) => `undetermined(${rule}) ${name}`);
    })
    .sort();
}

const ADMIN_WORKER = ["iam-path-to-admin worker"];
const rights = (of = "worker") => attached(of, of, ADMINISTRATOR);

describe("who begins", () => {
  const TOKENS = "token.actions.githubusercontent.com";
  const github = { Federated: iam("oidc-provider", TOKENS) };
  test.each([
    ["a function", worker(), ADMIN_WORKER],
    ["GitHub", [role("worker", github, { Action: "sts:AssumeRoleWithWebIdentity" })], ADMIN_WORKER],
    ["another account", [role("worker", { AWS: "222222222222" })], ADMIN_WORKER],
    [
      "another account under a condition",
      [role("worker", { AWS: "222222222222" }, { Condition: { StringEquals: { "sts:ExternalId": "7f" } } })],
      ["iam-path-latent worker"],
    ],
    ["anybody", [role("worker", "*")], ADMIN_WORKER],
    [
      "the pool of an app",
      [role("worker", { Federated: "cognito-identity.amazonaws.com" }, { Action: "sts:AssumeRoleWithWebIdentity" })],
      ADMIN_WORKER,
    ],
    ["people by SAML", [role("worker", { Federated: iam("saml-provider", "people") })], ["iam-path-latent worker"]],
    ["the account", [role("worker", { AWS: `arn:aws:iam::111111111111:root` })], ["iam-path-latent worker"]],
    ["a service that nothing uses", [role("worker", service("lambda"))], ["iam-path-dormant worker"]],
    [
      "a service that does no more than its own work",
      [
        role("worker", service("cloudformation")),
        resource("aws:cloudformation/stack:Stack", "s", { iamRoleArn: iam("role", "worker") }),
      ],
      [],
    ],
  ])("%s", async (_, who, expected) => {
    expect(await ways(who, rights())).toEqual(expected);
    expect(await ways(who, attached("worker", "worker", "arn:aws:iam::aws:policy/ReadOnlyAccess"))).toEqual([]);
  });

  test("an identity of another account of the stack, which needs the permission as well", async () => {
    const elsewhere = { inputs: { allowedAccountIds: ["222222222222"] } };
    const admin = [
      role("admin", { AWS: "111111111111" }, { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
      rights("admin"),
    ].map((one) => ({ ...one, provider: elsewhere }));
    const assume = rolePolicy("assume", "worker", {
      Action: "sts:AssumeRole",
      Resource: "arn:aws:iam::222222222222:role/admin",
    });
    expect(await ways(worker(), assume, admin)).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), admin)).toEqual(["iam-path-latent admin"]);
    const third = {
      ...admin[0]!,
      inputs: {
        ...admin[0]!.inputs,
        assumeRolePolicy: document({ Action: "sts:AssumeRole", Principal: { AWS: "333333333333" } }),
      },
    };
    expect(await ways(worker(), assume, third, admin[1]!)).toEqual(["iam-path-to-admin admin"]);
  });

  test("no message quotes what a document has beside actions and names of AWS", async () => {
    const text = "correct-horse-battery-staple";
    const trusting = [
      role(
        "worker",
        { Federated: iam("oidc-provider", `${text}.example.com`) },
        { Condition: { StringEquals: { [`${text}.example.com:sub`]: text } } },
      ),
      role("other", { AWS: `arn:aws:iam::222222222222:role/${text}` }),
    ];
    const may = ["worker", "other"].map((of) =>
      rolePolicy(of, of, { Sid: "x", Action: "iam:*", Resource: ["*", iam("role", text)] }),
    );
    const findings = await judge([...trusting, ...may]);
    expect(findings.filter(({ policy }) => policy === "iam-path-to-admin")).toHaveLength(2);
    expect(JSON.stringify(findings)).not.toContain(text);
  });

  test("whoever holds keys of a user, made here or elsewhere", async () => {
    const user = resource("aws:iam/user:User", "robot", { name: "robot" });
    const may = resource("aws:iam/userPolicyAttachment:UserPolicyAttachment", "robot", {
      user: "robot",
      policyArn: ADMINISTRATOR,
    });
    const key = resource(
      "aws:iam/accessKey:AccessKey",
      "robot",
      { user: "robot" },
      { user: [urn("aws:iam/user:User", "robot")] },
    );
    expect(await ways(user, may)).toEqual(["iam-path-latent robot"]);
    expect(await ways(user, may, key)).toEqual(["iam-path-to-admin robot"]);
  });

  test("what is reached from a beginning is told there, and not again as what waits for one", async () => {
    const assume = rolePolicy("assume", "worker", { Action: "sts:AssumeRole", Resource: iam("role", "admin") });
    const admin = [role("admin", { AWS: iam("role", "worker") }), rights("admin")];
    expect(await ways(worker(), assume, admin)).toEqual(ADMIN_WORKER);
    expect(await ways([role("worker", service("lambda"))], assume, admin)).toEqual([
      "iam-path-dormant admin",
      "iam-path-dormant worker",
    ]);
  });
});

test.each([
  ["AdministratorAccess", ADMIN_WORKER],
  ["AdministratorAccess-Amplify", ADMIN_WORKER],
  ["IAMFullAccess", ADMIN_WORKER],
  // They pass any role of the account to their own service.
  ["AWSLambda_FullAccess", ADMIN_WORKER],
  ["AmazonECS_FullAccess", ADMIN_WORKER],
  ["AmazonSageMakerFullAccess", ADMIN_WORKER],
  // They take over what is there: here nothing is that has more rights.
  ["PowerUserAccess", []],
  ["AmazonSSMFullAccess", []],
  ["ReadOnlyAccess", []],
])("AWS's policy %s is a way by itself", async (name, expected) => {
  expect(await ways(worker(), attached("worker", "worker", `arn:aws:iam::aws:policy/${name}`))).toEqual(expected);
});

test("AWS's policies are a way to what is there", async () => {
  const builder = [
    role("admin", service("codebuild")),
    rights("admin"),
    resource("aws:codebuild/project:Project", "builder", { name: "builder", serviceRole: iam("role", "admin") }),
  ];
  const developer = attached("worker", "worker", "arn:aws:iam::aws:policy/AWSCodeBuildDeveloperAccess");
  expect(await ways(worker(), developer, builder)).toEqual(["iam-path-to-admin admin", ...ADMIN_WORKER]);
  expect(
    await ways(worker(), attached("worker", "worker", "arn:aws:iam::aws:policy/PowerUserAccess"), builder),
  ).toEqual(["iam-path-to-admin admin", ...ADMIN_WORKER]);
});

describe("what cuts a way", () => {
  const may = (statement: Readonly<Record<string, unknown>>) => rolePolicy("may", "worker", statement);
  const put = { Action: "iam:PutRolePolicy", Resource: iam("role", "worker") };

  test.each([
    ["nothing", [may(put)], ADMIN_WORKER],
    ["a Deny of the same", [may(put), rolePolicy("no", "worker", { ...put, Effect: "Deny" })], []],
    [
      "not a Deny under a condition",
      [
        may(put),
        rolePolicy("no", "worker", {
          ...put,
          Effect: "Deny",
          Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } },
        }),
      ],
      ADMIN_WORKER,
    ],
    [
      "not a Deny of something else",
      [may(put), rolePolicy("no", "worker", { ...put, Effect: "Deny", Resource: iam("role", "other") })],
      ADMIN_WORKER,
    ],
    ["NotAction without it", [may({ NotAction: "iam:*", Resource: "*" })], []],
    ["not NotAction of something else", [may({ NotAction: "s3:*", Resource: "*" })], ADMIN_WORKER],
    [
      "a condition on a person's device",
      [may({ ...put, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })],
      [],
    ],
    [
      "not one on the region",
      [may({ ...put, Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } } })],
      ADMIN_WORKER,
    ],
    [
      "not one that need not be met",
      [may({ ...put, Condition: { StringEqualsIfExists: { "aws:PrincipalTag/a": "b" } } })],
      ADMIN_WORKER,
    ],
  ])("%s", async (_, documents, expected) => {
    expect(await ways(worker(), documents)).toEqual(expected);
  });

  test("a tag that the resource has not, has otherwise, or has a value of that is not known yet", async () => {
    const target = (tags?: unknown) => [
      resource("aws:lambda/function:Function", "target", {
        name: "target",
        role: iam("role", "admin"),
        ...(tags ? { tags } : {}),
      }),
      role("admin", service("lambda")),
      rights("admin"),
    ];
    const update = may({
      Action: "lambda:UpdateFunctionCode",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/team": "web" } },
    });
    const own = "iam-path-to-admin admin";
    expect(await ways(worker(), update, target({ team: "web" }))).toEqual([own, ...ADMIN_WORKER]);
    expect(await ways(worker(), update, target({ team: "data" }))).toEqual([own]);
    expect(await ways(worker(), update, target())).toEqual([own]);
    expect(await ways(worker(), update, target({ team: UNKNOWN }))).toEqual([
      own,
      "undetermined(iam-path-to-admin) target",
    ]);
  });

  test("a group that the user is not in", async () => {
    const GROUP = "aws:iam/group:Group";
    const stack = (groups: readonly string[]) => [
      resource("aws:iam/user:User", "robot", { name: "robot" }),
      resource(GROUP, "admins", { name: "admins" }),
      resource(GROUP, "readers", { name: "readers" }),
      resource("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "admins", {
        group: "admins",
        policyArn: ADMINISTRATOR,
      }),
      resource("aws:iam/userGroupMembership:UserGroupMembership", "robot", { user: "robot", groups }),
    ];
    expect(await ways(stack(["readers", "admins"]))).toEqual(["iam-path-latent robot"]);
    expect(await ways(stack(["readers"]))).toEqual([]);
  });

  test("a boundary of the stack cuts what it doesn't allow; one that is not in the stack can't be judged", async () => {
    const boundary = (...statements: readonly Readonly<Record<string, unknown>>[]) =>
      resource("aws:iam/policy:Policy", "boundary", { name: "boundary", policy: document(...statements) });
    const [own, fn] = worker();
    const bound = { ...own!, inputs: { ...own!.inputs, permissionsBoundary: iam("policy", "boundary") } };
    expect(await ways(bound, fn!, may(put), boundary({ Action: "s3:*", Resource: "*" }))).toEqual([]);
    const everything = { Action: "*", Resource: "*" };
    expect(await ways(bound, fn!, may(put), boundary(everything))).toEqual(ADMIN_WORKER);
    expect(await ways(bound, fn!, may(put), boundary(everything, { ...put, Effect: "Deny" }))).toEqual([]);
    expect(await ways(bound, fn!, may(put))).toEqual(["undetermined(iam-path-to-admin) worker"]);
  });
});

describe("what is not known yet", () => {
  const ROLE = "aws:iam/role:Role";

  test("a document that may hold anything is waited for where somebody has it", async () => {
    const later = resource("aws:iam/rolePolicy:RolePolicy", "later", { role: "worker", policy: UNKNOWN });
    expect(await ways(worker(), later)).toEqual(["undetermined(iam-path-to-admin) later"]);
    // Where there is a way for certain, it is told.
    expect(await ways(worker(), later, rights())).toEqual(ADMIN_WORKER);
    const longer = [
      rolePolicy("assume", "worker", { Action: "sts:AssumeRole", Resource: iam("role", "admin") }),
      role("admin", { AWS: iam("role", "worker") }),
      rights("admin"),
    ];
    expect(await ways(worker(), later, longer)).toEqual(ADMIN_WORKER);
  });

  test.each([
    ["its actions", { Effect: "Allow", Action: UNKNOWN, Resource: "*" }, true],
    ["one of them", { Effect: "Allow", Action: ["s3:GetObject", UNKNOWN], Resource: "*" }, true],
    ["its effect", { Effect: UNKNOWN, Action: "iam:*", Resource: "*" }, true],
    ["all of it", UNKNOWN, true],
    ["what it allows them on", { Effect: "Allow", Action: "iam:PutRolePolicy", Resource: UNKNOWN }, true],
    ["what it allows others on", { Effect: "Allow", Action: "s3:GetObject", Resource: UNKNOWN }, false],
    ["what it denies", { Effect: "Deny", Action: UNKNOWN, Resource: "*" }, false],
  ])("a statement of which %s is not known", async (_, statement, waits) => {
    const policy = { Version: "2012-10-17", Statement: [statement] };
    const later = resource("aws:iam/rolePolicy:RolePolicy", "later", { role: "worker", policy });
    expect(await ways(worker(), later)).toEqual(waits ? ["undetermined(iam-path-to-admin) later"] : []);
  });

  test("a reference to a resource that doesn't exist yet is known by its origin", async () => {
    const own = resource(ROLE, "worker", {
      assumeRolePolicy: document({ Action: "sts:AssumeRole", Principal: service("lambda") }),
    });
    const fn = resource("aws:lambda/function:Function", "worker", { role: UNKNOWN }, { role: [urn(ROLE, "worker")] });
    const attachment = resource(
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "admin",
      { role: UNKNOWN, policyArn: ADMINISTRATOR },
      { role: [urn(ROLE, "worker")] },
    );
    expect(await ways(own, fn, attachment)).toEqual(ADMIN_WORKER);
  });

  test("a role that comes from outside of the program may be any that has a way", async () => {
    const fn = resource("aws:lambda/function:Function", "other", { role: UNKNOWN });
    expect(await ways(worker(), fn)).toEqual([]);
    expect(await ways([role("worker", service("lambda"))], rights(), fn)).toEqual([
      "iam-path-dormant worker",
      "undetermined(iam-path-to-admin) other",
    ]);
  });

  test("who a trust policy lets in is waited for, unless its origins say that it is somebody else", async () => {
    const trust = (...origins: string[]) =>
      resource(ROLE, "admin", { name: "admin", assumeRolePolicy: UNKNOWN }, { assumeRolePolicy: origins });
    const assume = rolePolicy("assume", "worker", { Action: "sts:AssumeRole", Resource: "*" });
    expect(await ways(worker(), assume, rights("admin"), trust(urn(ROLE, "worker")))).toEqual([
      "undetermined(iam-path-to-admin) admin",
    ]);
    const key = resource("aws:kms/key:Key", "key", {});
    expect(await ways(worker(), assume, rights("admin"), key, trust(urn("aws:kms/key:Key", "key")))).toEqual([
      "iam-path-dormant admin",
    ]);
  });

  test("what a component states stands for the document: a child of its own is named by type and name", async () => {
    const component = "urn:pulumi:test::harness::acme:jobs:Worker::jobs";
    const child = (type: string, name: string) => `urn:pulumi:test::harness::acme:jobs:Worker$${type}::${name}`;
    const FUNCTION = "aws:lambda/function:Function";
    const none = { trust: [], grants: [] };
    const stack = (granted: unknown): HarnessResource[] => [
      {
        ...resource("acme:jobs:Worker", "jobs", {
          roles: {
            jobs: none,
            "jobs-deploy": {
              trust: [],
              grants: [{ id: "Deploy", actions: ["lambda:UpdateFunctionCode"], resources: [granted] }],
            },
          },
        }),
        urn: component,
      },
      { ...role("jobs-deploy", service("lambda")), urn: child(ROLE, "jobs-deploy"), parent: component },
      {
        ...resource(
          "aws:iam/rolePolicy:RolePolicy",
          "jobs-deploy-code",
          { role: UNKNOWN, policy: UNKNOWN },
          { role: [child(ROLE, "jobs-deploy")], policy: [child(FUNCTION, "target")] },
        ),
        urn: child("aws:iam/rolePolicy:RolePolicy", "jobs-deploy-code"),
        parent: component,
      },
      {
        ...resource(FUNCTION, "jobs", { role: UNKNOWN }, { role: [child(ROLE, "jobs-deploy")] }),
        urn: child(FUNCTION, "jobs"),
        parent: component,
      },
      {
        ...resource(FUNCTION, "target", { role: iam("role", "admin") }),
        urn: child(FUNCTION, "target"),
        parent: component,
      },
      role("admin", service("lambda")),
      rights("admin"),
    ];
    const own = ["iam-path-to-admin admin"];
    expect(await ways(stack({ type: FUNCTION, name: "target" }))).toEqual([...own, "iam-path-to-admin jobs-deploy"]);
    expect(await ways(stack({ type: FUNCTION, name: "other" }))).toEqual(own);
    // The value of an output may be that function, since the document was made with it.
    expect(await ways(stack(UNKNOWN))).toEqual([...own, "undetermined(iam-path-to-admin) jobs-deploy-code"]);
  });
});

describe("pods", () => {
  const ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
  const irsa = (subject: string) =>
    role(
      "worker",
      { Federated: iam("oidc-provider", ISSUER) },
      {
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${ISSUER}:sub`]: subject, [`${ISSUER}:aud`]: "sts.amazonaws.com" } },
      },
    );
  const account = (
    annotations: Readonly<Record<string, unknown>> = { "eks.amazonaws.com/role-arn": iam("role", "worker") },
  ) =>
    resource("kubernetes:core/v1:ServiceAccount", "account", {
      metadata: { name: "orders", namespace: "shop", annotations },
    });
  const pods = (spec: Readonly<Record<string, unknown>> = {}, namespace = "shop") =>
    resource("kubernetes:apps/v1:Deployment", "orders", {
      metadata: { name: "orders", namespace },
      spec: {
        template: {
          metadata: { labels: { app: "orders" } },
          spec: { serviceAccountName: "orders", containers: [{ name: "c" }], ...spec },
        },
      },
    });
  const SUBJECT = "system:serviceaccount:shop:orders";

  test("have the role of their service account, where its trust policy lets them in", async () => {
    expect(await ways(irsa(SUBJECT), rights(), account(), pods())).toEqual(ADMIN_WORKER);
    const dormant = ["iam-path-dormant worker"];
    expect(await ways(irsa("system:serviceaccount:shop:billing"), rights(), account(), pods())).toEqual(dormant);
    expect(await ways(irsa(SUBJECT), rights(), account(), pods({}, "blog"))).toEqual(dormant);
    expect(await ways(irsa(SUBJECT), rights(), account(), pods({ serviceAccountName: "default" }))).toEqual(dormant);
    expect(await ways(irsa(SUBJECT), rights(), account({}), pods())).toEqual(dormant);
    // Another account of that name, in the namespace of the pods, is let in; they have none there.
    expect(await ways(irsa("system:serviceaccount:blog:orders"), rights(), account(), pods({}, "blog"))).toEqual(
      dormant,
    );
  });

  test("have the role that EKS associates with their service account", async () => {
    const associated = (serviceAccount: string) =>
      resource("aws:eks/podIdentityAssociation:PodIdentityAssociation", "one", {
        clusterName: "main",
        namespace: "shop",
        serviceAccount,
        roleArn: iam("role", "worker"),
      });
    const trusting = role("worker", service("pods.eks"), { Action: ["sts:AssumeRole", "sts:TagSession"] });
    expect(await ways(trusting, rights(), associated("orders"), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(trusting, rights(), associated("billing"), pods())).toEqual(["iam-path-dormant worker"]);
    expect(await ways(role("worker", service("ec2")), rights(), associated("orders"), pods())).toEqual([
      "iam-path-dormant worker",
    ]);
  });

  test("may have any role with a way, where theirs comes from outside of the program", async () => {
    const stack = [role("worker", service("ec2")), rights(), pods()];
    const annotated = account({ "eks.amazonaws.com/role-arn": UNKNOWN });
    expect(await ways(stack, annotated)).toEqual([
      "iam-path-dormant worker",
      "undetermined(iam-path-to-admin) account",
    ]);
  });

  const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
  const nodes = (limit: unknown) => [
    role("worker", service("ec2")),
    rights(),
    resource(TEMPLATE, "nodes", { metadataOptions: { httpPutResponseHopLimit: limit } }),
    resource(
      "aws:eks/nodeGroup:NodeGroup",
      "nodes",
      { clusterName: "main", nodeRoleArn: iam("role", "worker"), launchTemplate: { id: "lt-1", version: "1" } },
      { launchTemplate: [urn(TEMPLATE, "nodes")] },
    ),
  ];

  test("have the role of their node by its metadata service, with a hop limit that lets them or by being the node", async () => {
    const dormant = ["iam-path-dormant worker"];
    expect(await ways(nodes(1), pods())).toEqual(dormant);
    expect(await ways(nodes(2), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(UNKNOWN), pods())).toEqual(["undetermined(iam-path-to-admin) nodes"]);
    expect(await ways(nodes(1), pods({ hostNetwork: true }))).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(1), pods({ containers: [{ securityContext: { privileged: true } }] }))).toEqual(
      ADMIN_WORKER,
    );
    expect(await ways(nodes(1), pods({ volumes: [{ hostPath: { path: "/" } }] }))).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(1), pods({ volumes: [{ hostPath: { path: "/mnt/data" } }] }))).toEqual(dormant);
  });

  test("are kept off it by a network policy for all of them, but not where they have the host's network", async () => {
    const held = resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "deny", {
      metadata: { name: "deny", namespace: "shop" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
    expect(await ways(nodes(2), pods(), held)).toEqual(["iam-path-dormant worker"]);
    expect(await ways(nodes(2), pods({ hostNetwork: true }), held)).toEqual(ADMIN_WORKER);
  });
});

describe("what is open to the internet", () => {
  const FUNCTION = "aws:lambda/function:Function";
  const url = (authorizationType: unknown) =>
    resource("aws:lambda/functionUrl:FunctionUrl", "url", { functionName: "worker", authorizationType });

  test("a function by its URL", async () => {
    const stack = [...worker(), rights()];
    expect(await ways(stack, url("NONE"))).toEqual(["iam-path-from-internet url", ...ADMIN_WORKER]);
    expect(await ways(stack, url("AWS_IAM"))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, url(UNKNOWN))).toEqual([...ADMIN_WORKER, "undetermined(iam-path-from-internet) url"]);
    expect(await ways(worker(), url("NONE"))).toEqual([]);
  });

  test.each([
    ["NONE", ["iam-path-from-internet route", ...ADMIN_WORKER]],
    ["JWT", ADMIN_WORKER],
  ])("a function by a route with authorization %s", async (authorizationType, expected) => {
    const INTEGRATION = "aws:apigatewayv2/integration:Integration";
    const stack = [
      ...worker(),
      rights(),
      resource(INTEGRATION, "to", { integrationUri: UNKNOWN }, { integrationUri: [urn(FUNCTION, "worker")] }),
      resource(
        "aws:apigatewayv2/route:Route",
        "route",
        { authorizationType, target: UNKNOWN },
        { target: [urn(INTEGRATION, "to")] },
      ),
    ];
    expect(await ways(stack)).toEqual(expected);
  });

  test.each([
    [{ authorization: "NONE" }, ["iam-path-from-internet post", ...ADMIN_WORKER]],
    [{ authorization: "AWS_IAM" }, ADMIN_WORKER],
    [{ authorization: "NONE", apiKeyRequired: true }, ADMIN_WORKER],
    [{ authorization: "NONE", httpMethod: "GET" }, ADMIN_WORKER],
  ])("a function by a method with %j", async (method, expected) => {
    const [API, PLACE] = ["aws:apigateway/restApi:RestApi", "aws:apigateway/resource:Resource"] as const;
    const stack = (types: string) => [
      ...worker(),
      rights(),
      resource(API, "api", { endpointConfiguration: { types } }),
      resource(PLACE, "orders", {}),
      resource(
        "aws:apigateway/method:Method",
        "post",
        { httpMethod: "POST", resourceId: UNKNOWN, ...method },
        { resourceId: [urn(PLACE, "orders")] },
      ),
      resource(
        "aws:apigateway/integration:Integration",
        "post",
        { httpMethod: "POST", restApi: UNKNOWN, resourceId: UNKNOWN, uri: UNKNOWN },
        { restApi: [urn(API, "api")], resourceId: [urn(PLACE, "orders")], uri: [urn(FUNCTION, "worker")] },
      ),
    ];
    expect(await ways(stack("REGIONAL"))).toEqual(expected);
    expect(await ways(stack("PRIVATE"))).toEqual(ADMIN_WORKER);
  });

  test.each([
    ["internet-facing", { app: "orders" }, ["iam-path-from-internet entry", ...ADMIN_WORKER]],
    ["internal", { app: "orders" }, ADMIN_WORKER],
    ["internet-facing", { app: "shop" }, ADMIN_WORKER],
  ])("pods behind a service that is %s to %j", async (scheme, selector, expected) => {
    const metadata = { name: "orders", namespace: "shop" };
    const stack = [
      role("worker", service("ec2")),
      rights(),
      resource("aws:eks/nodeGroup:NodeGroup", "nodes", { clusterName: "main", nodeRoleArn: iam("role", "worker") }),
      resource("kubernetes:apps/v1:Deployment", "orders", {
        metadata,
        spec: { template: { metadata: { labels: { app: "orders" } }, spec: { containers: [{ name: "c" }] } } },
      }),
      resource("kubernetes:core/v1:Service", "entry", {
        metadata: { ...metadata, annotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": scheme } },
        spec: { type: "LoadBalancer", selector },
      }),
    ];
    expect(await ways(stack)).toEqual(expected);
  });

  test.each([
    ["that faces it", false, "forward", ["iam-path-from-internet entry", ...ADMIN_WORKER]],
    ["that is internal", true, "forward", ADMIN_WORKER],
    ["that has people sign in", false, "authenticate-oidc", ADMIN_WORKER],
  ])("a service behind a load balancer %s", async (_, internal, type, expected) => {
    const [LB, LISTENER, GROUP, TASKS] = [
      "aws:lb/loadBalancer:LoadBalancer",
      "aws:lb/listener:Listener",
      "aws:lb/targetGroup:TargetGroup",
      "aws:ecs/taskDefinition:TaskDefinition",
    ] as const;
    const stack = [
      role("worker", service("ecs-tasks")),
      rights(),
      resource(TASKS, "orders", { taskRoleArn: iam("role", "worker") }),
      resource(LB, "entry", { internal }),
      resource(
        LISTENER,
        "https",
        { loadBalancerArn: UNKNOWN, defaultActions: [{ type, targetGroupArn: UNKNOWN }] },
        { loadBalancerArn: [urn(LB, "entry")], defaultActions: [urn(GROUP, "orders")] },
      ),
      resource(GROUP, "orders", {}),
      resource(
        "aws:ecs/service:Service",
        "orders",
        { taskDefinition: UNKNOWN, loadBalancers: [{ targetGroupArn: UNKNOWN }] },
        { taskDefinition: [urn(TASKS, "orders")], loadBalancers: [urn(GROUP, "orders")] },
      ),
    ];
    expect(await ways(stack)).toEqual(expected);
  });
});

test("the finding is the way, step by step, and where it is cheapest to cut", async () => {
  const steps = [
    rolePolicy("deploys", "worker", {
      Action: "lambda:UpdateFunctionCode",
      Resource: "arn:aws:lambda:eu-west-1:111111111111:function:builder",
    }),
    ...worker("builder"),
    rolePolicy("passes", "builder", { Action: ["iam:PassRole"], Resource: iam("role", "admin") }),
    rolePolicy("builds", "builder", { Action: ["ecs:RegisterTaskDefinition", "ecs:RunTask"], Resource: "*" }),
    role("admin", service("ecs-tasks")),
    rights("admin"),
  ];
  const findings = await judge([...worker(), ...steps]);
  const [found] = findings.filter(({ urn: on }) => on === urn("aws:iam/role:Role", "worker"));
  expect(found!.message.split("\n")[0]).toBe(
    "No workload and nobody from outside has a way to administer the account: " +
      'The function "worker" runs as role "worker", ' +
      'which may lambda:UpdateFunctionCode (pathfinding.cloud lambda-003) on function "builder", which runs as role "builder", ' +
      'which may iam:PassRole + ecs:RunTask (pathfinding.cloud ecs-008) and so runs what it likes as role "admin", ' +
      "which administers the account by AWS's policy AdministratorAccess. " +
      'Cheapest to cut: limit or take out lambda:UpdateFunctionCode in policy of deploys, given to role "worker".',
  );
  expect(found!.severity).toBe("critical");
});
