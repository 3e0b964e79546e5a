/** Who a way to more rights begins with, and what is said where that or a step is not known yet. */
import { type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import { ADMINISTRATOR, attached, iam, resource, role, rolePolicy, service, worker } from "./fixtures/paths.ts";
import { documentText } from "./support/documents.ts";
import { ADMIN_WORKER, judge, rights, ways } from "./support/paths.ts";

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
        assumeRolePolicy: documentText({ Action: "sts:AssumeRole", Principal: { AWS: "333333333333" } }),
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
      assumeRolePolicy: documentText({ Action: "sts:AssumeRole", Principal: service("lambda") }),
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

describe("who comes from outside", () => {
  const said = async (...resources: readonly HarnessResource[]) =>
    (await judge([...resources, rights()])).map(({ message }) => message).join("\n");
  const web = { Action: "sts:AssumeRoleWithWebIdentity" };

  test("is told by whom the provider serves", async () => {
    const token = (issuer: string) => said(role("worker", { Federated: iam("oidc-provider", issuer) }, web));
    expect(await token("token.actions.githubusercontent.com")).toContain("Whoever comes with a token of GitHub,");
    expect(await token("login.example.com")).toContain("a token of its identity provider,");
    const pool = (more: object) =>
      said(role("worker", { Federated: "cognito-identity.amazonaws.com" }, { ...web, ...more }));
    const amr = (...values: string[]) => ({
      Condition: { "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": values } },
    });
    expect(await pool({})).toContain("Anybody on the internet");
    expect(await pool(amr("authenticated"))).toContain("Whoever signs up");
    expect(await pool(amr("authenticated", "unauthenticated"))).toContain("Anybody on the internet");
    expect(await said(role("worker", { Federated: "accounts.google.com" }, web))).toContain("Whoever signs in");
  });

  test("is nobody for tokens of a cluster, whose pods are in the stack", async () => {
    for (const issuer of [
      "oidc.eks.eu-west-1.amazonaws.com/id/A",
      "x.example.com/id/0123456789ABCDEF0123456789ABCDEF",
    ]) {
      expect(await ways(role("worker", { Federated: iam("oidc-provider", issuer) }, web), rights())).toEqual([
        "iam-path-dormant worker",
      ]);
    }
  });

  test("may be let in by a provider that is made with the role", async () => {
    const PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
    const stack = (type: string, url: unknown) => [
      resource(type, "issuer", { url }),
      resource(
        "aws:iam/role:Role",
        "worker",
        { name: "worker", assumeRolePolicy: UNKNOWN },
        { assumeRolePolicy: [urn(type, "issuer")] },
      ),
      rights(),
    ];
    const dormant = ["iam-path-dormant worker"];
    expect(await ways(stack(PROVIDER, "https://token.actions.githubusercontent.com"))).toEqual([
      "undetermined(iam-path-to-admin) worker",
    ]);
    expect(await ways(stack(PROVIDER, "https://oidc.eks.eu-west-1.amazonaws.com/id/A"))).toEqual(dormant);
    expect(await ways(stack(PROVIDER, UNKNOWN))).toEqual(dormant);
    expect(await ways(stack("aws:test:Test", "https://token.actions.githubusercontent.com"))).toEqual(dormant);
  });

  test("is another account only where the provider's are known", async () => {
    const trusting = (allowedAccountIds: unknown) => ({
      ...role("worker", { AWS: "arn:aws:iam::222222222222:root" }),
      provider: { inputs: { allowedAccountIds } },
    });
    expect(await ways(trusting(["111111111111", "333333333333"]), rights())).toEqual(ADMIN_WORKER);
    expect(await ways(trusting(["111111111111", "222222222222"]), rights())).toEqual(["iam-path-latent worker"]);
    for (const open of [UNKNOWN, ["111111111111", UNKNOWN], [], undefined]) {
      expect(await ways(trusting(open), rights())).toEqual(["iam-path-latent worker"]);
    }
  });
});
