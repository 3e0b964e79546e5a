/** What counts as a right on a way: conditions, statements and denials, rights on all there is, trust policies. */
import { UNKNOWN } from "../../policies/harness/index.ts";
import { iam, resource, role, service, worker } from "./fixtures/paths.ts";
import { documentOf, type Statement } from "./support/documents.ts";
import { ADMIN_WORKER, judge, rights, ways } from "./support/paths.ts";

const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
/** A document of the worker's, as an object, so that parts of it may not be known. */
const may = (...statements: Statement[]) =>
  resource(ROLE_POLICY, `may-${JSON.stringify(statements).length}`, {
    role: "worker",
    policy: documentOf(...statements),
  });
const put = { Action: "iam:PutRolePolicy", Resource: iam("role", "worker") };
const later = (rule: string, of: string) => `undetermined(iam-path-${rule}) ${of}`;

describe("a condition", () => {
  test.each([
    ...["aws:CurrentTime", "aws:EpochTime", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"],
    ...["aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths"],
    ...["aws:SecureTransport", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"],
  ])("on %s is one that a workload of the account meets", async (key) => {
    expect(await ways(worker(), may({ ...put, Condition: { StringEquals: { [key]: "x" } } }))).toEqual(ADMIN_WORKER);
  });

  const assumed = (Condition: unknown) => [
    ...worker(),
    may({ Action: "sts:AssumeRole", Resource: iam("role", "admin"), Condition }),
    role(
      "admin",
      { AWS: "arn:aws:iam::111111111111:root" },
      { Condition: { Bool: { "aws:SecureTransport": "true" } } },
    ),
    rights("admin"),
  ];
  const passes = (value: unknown) => [
    ...worker(),
    may(
      {
        Action: "iam:PassRole",
        Resource: iam("role", "admin"),
        Condition: { StringEquals: { "iam:PassedToService": value } },
      },
      { Action: ["ecs:RegisterTaskDefinition", "ecs:RunTask"], Resource: "*" },
    ),
    role("admin", service("ecs-tasks")),
    rights("admin"),
  ];
  const dormant = ["iam-path-latent admin"];

  test("on who asks is met by the one it names", async () => {
    const arn = (value: unknown) => assumed({ ArnLike: { "aws:PrincipalArn": value } });
    expect(await ways(arn(iam("role", "worker")))).toEqual(ADMIN_WORKER);
    expect(await ways(arn(iam("role", "work*")))).toEqual(ADMIN_WORKER);
    expect(await ways(arn(iam("role", "other")))).toEqual(dormant);
    expect((await ways(arn(UNKNOWN))).filter((one) => one.startsWith("undetermined"))).toHaveLength(1);
  });

  test("on the service that a role is passed to is met by those that run it", async () => {
    const own = ["iam-path-dormant admin"];
    expect(await ways(passes("ecs-tasks.amazonaws.com"))).toEqual(ADMIN_WORKER);
    expect(await ways(passes(["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]))).toEqual(ADMIN_WORKER);
    expect(await ways(passes("lambda.amazonaws.com"))).toEqual(own);
    expect((await ways(passes(UNKNOWN))).filter((one) => one.startsWith("undetermined"))).toHaveLength(1);
  });

  test("on the service that a role is passed to holds for no other", async () => {
    const more = may({ Action: ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource: "*" });
    const [own, fn, pass] = passes("ecs-tasks.amazonaws.com");
    const stack = [own!, fn!, pass!, more, role("admin", service("lambda")), rights("admin")];
    expect(await ways(stack)).toEqual(["iam-path-dormant admin"]);
  });

  test("on the policy that is attached lets an administrator's through, or none", async () => {
    const attach = (value: string) =>
      may({
        Action: "iam:AttachRolePolicy",
        Resource: iam("role", "worker"),
        Condition: { ArnLike: { "iam:PolicyARN": value } },
      });
    expect(await ways(worker(), attach("arn:aws:iam::aws:policy/*"))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), attach(iam("policy", "app-*")))).toEqual([]);
  });

  test("on a tag of the request is none on the resource's, whatever it is called", async () => {
    const Condition = { StringEquals: { "aws:RequestTag/a:ResourceTag/team": "web" } };
    const update = may({ Action: "lambda:UpdateFunctionCode", Resource: "*", Condition });
    const target = resource("aws:lambda/function:Function", "target", {
      ...{ name: "target", role: iam("role", "admin"), tags: { team: "web" } },
    });
    expect(await ways(worker(), update, target, role("admin", service("lambda")), rights("admin"))).toEqual([
      "iam-path-to-admin admin",
    ]);
  });
});

describe("a statement", () => {
  const deny = (more: Statement) => may({ Effect: "Deny", Action: "iam:*", ...more });

  test.each<[string, readonly Statement[], readonly string[]]>([
    ["that leaves out something else", [{ Action: "iam:PutRolePolicy", NotResource: iam("role", "x") }], ADMIN_WORKER],
    ["that leaves out what it would need", [{ Action: "iam:PutRolePolicy", NotResource: iam("role", "worker") }], []],
    [
      "of several resources, of which one is any",
      [{ Action: "iam:*", Resource: ["arn:aws:iam::1:role/x", "*"] }],
      ADMIN_WORKER,
    ],
    [
      "of all actions but one that is not known",
      [{ NotAction: ["s3:*", UNKNOWN], Resource: "*" }],
      [later("to-admin", "may-84")],
    ],
    [
      "whose effect is not known, and would be none",
      [put, { Effect: UNKNOWN, Action: "s3:*", Resource: "*" }],
      ADMIN_WORKER,
    ],
  ])("%s", async (_, statements, expected) => {
    const found = await ways(worker(), may(...statements));
    expect(found.map((one) => one.replace(/may-\d+/, "may"))).toEqual(
      expected.map((one) => one.replace(/may-\d+/, "may")),
    );
  });

  test("that leaves out what is not known yet may leave out this", async () => {
    const [waits] = await ways(worker(), may({ Action: "iam:PutRolePolicy", NotResource: UNKNOWN }));
    expect(waits).toMatch(/^undetermined\(iam-path-to-admin\)/);
    expect(await ways(worker(), may(put), deny({ NotResource: UNKNOWN }))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), may(put), deny({ NotResource: iam("role", "x") }))).toEqual([]);
    expect(await ways(worker(), may(put), deny({ NotResource: iam("role", "worker") }))).toEqual(ADMIN_WORKER);
  });

  test("that denies what may be done to anything cuts it, one that denies it on something does not", async () => {
    const run = may(
      { Action: "iam:PassRole", Resource: iam("role", "admin") },
      { Action: ["ecs:RegisterTaskDefinition", "ecs:RunTask"], Resource: "*" },
    );
    const stack = [...worker(), run, role("admin", service("ecs-tasks")), rights("admin")];
    const no = (Resource: string) => may({ Effect: "Deny", Action: "ecs:RunTask", Resource });
    expect(await ways(stack, no("arn:aws:ecs:*:*:task-definition/web:*"))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, no("*"))).toEqual(["iam-path-dormant admin"]);
  });

  test("that names the user by a variable is about whoever asks", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variables look like it
    const own = { Action: "iam:PutUserPolicy", Resource: iam("user", "${aws:username}") };
    const user = (name: string | undefined) => [
      resource("aws:iam/user:User", "robot", name === undefined ? {} : { name }),
      resource(
        "aws:iam/userPolicy:UserPolicy",
        "own",
        { user: UNKNOWN, policy: documentOf(own) },
        {
          user: ["urn:pulumi:test::harness::aws:iam/user:User::robot"],
        },
      ),
    ];
    expect(await ways(user("robot"))).toEqual(["iam-path-latent robot"]);
    expect(await ways(user(undefined))).toEqual(["iam-path-latent robot"]);
    // A role has no user's name.
    expect(await ways(worker(), may({ ...own, Action: "iam:PutRolePolicy" }))).toEqual([]);
  });
});

describe("rights on all there is", () => {
  test.each(["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:UpdateAssumeRolePolicy"])(
    "by %s lead to administrators that are not in the stack",
    async (Action) => {
      const assume = { Action: "sts:AssumeRole", Resource: "*" };
      expect(await ways(worker(), may({ Action, Resource: "*" }, assume))).toEqual(ADMIN_WORKER);
      expect(await ways(worker(), may({ Action, Resource: "arn:aws:iam::111111111111:*/a" }, assume))).toEqual([]);
    },
  );

  test.each(["iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"])(
    "by %s are of no use to a role",
    async (Action) => {
      expect(await ways(worker(), may({ Action, Resource: "*" }))).toEqual([]);
    },
  );

  test("on one kind of compute take over nothing of another", async () => {
    const update = may({ Action: "lambda:UpdateFunctionCode", Resource: "*" });
    const project = resource("aws:codebuild/project:Project", "builder", {
      name: "b",
      serviceRole: iam("role", "admin"),
    });
    const stack = [role("admin", service("codebuild")), rights("admin"), project];
    expect(await ways(worker(), update, stack)).toEqual(["iam-path-to-admin admin"]);
    expect(await ways(worker(), may({ Action: "codebuild:StartBuild", Resource: "*" }), stack)).toEqual([
      "iam-path-to-admin admin",
      ...ADMIN_WORKER,
    ]);
  });

  test("of a workload on itself give it nothing that it has not", async () => {
    const update = (name: string) =>
      may({ Action: "lambda:UpdateFunctionCode", Resource: `arn:aws:lambda:eu-*:111111111111:function:${name}` });
    expect(await ways(worker(), update("worker"))).toEqual([]);
    const admin = [...worker("admin"), rights("admin")];
    expect(await ways(worker(), update("worker"), admin)).toEqual(["iam-path-to-admin admin"]);
    expect(await ways(worker(), update("admin"), admin)).toEqual(["iam-path-to-admin admin", ...ADMIN_WORKER]);
  });
});

describe("who may become a role", () => {
  const admin = (principal: unknown, more: Statement = {}) => [role("admin", principal, more), rights("admin")];
  const assume = may({ Action: "sts:AssumeRole", Resource: iam("role", "admin") });

  test("is whom its trust policy names, with the permission or without", async () => {
    expect(await ways(worker(), admin({ AWS: iam("role", "worker") }))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), admin({ AWS: [iam("role", "x"), iam("role", "worker")] }))).toEqual(
      expect.arrayContaining(ADMIN_WORKER),
    );
    expect(await ways(worker(), admin({ AWS: iam("role", "other") }))).toEqual(["iam-path-latent admin"]);
    expect(await ways(worker(), assume, admin({ AWS: iam("role", "other") }))).toEqual(["iam-path-latent admin"]);
    expect(await ways(worker(), assume, admin({ AWS: "222222222222" }))).toEqual(["iam-path-to-admin admin"]);
    expect(await ways(worker(), assume, admin({ AWS: "111111111111" }))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), assume, admin({ AWS: "111111111111" }, { Effect: "Deny" }))).toEqual([
      "iam-path-dormant admin",
    ]);
    expect(await ways(worker(), assume, admin({ AWS: "111111111111" }, { Action: "sts:TagSession" }))).toEqual([
      "iam-path-dormant admin",
    ]);
  });

  test("is whoever meets its conditions on who they are", async () => {
    const under = (Condition: Statement) => admin({ AWS: "111111111111" }, { Condition });
    const arn = (value: string) => ({ ArnLike: { "aws:PrincipalArn": value } });
    expect(await ways(worker(), assume, under(arn(iam("role", "worker"))))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), assume, under(arn(iam("role", "x"))))).toEqual(["iam-path-latent admin"]);
    const organization = { StringEquals: { "aws:PrincipalOrgID": "o-1" } };
    expect(await ways(worker(), assume, under(organization))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), assume, under({ ...arn(iam("role", "x")), ...organization }))).toEqual([
      "iam-path-latent admin",
    ]);
  });

  test("is told to be cut in the trust policy where only that lets in", async () => {
    const stack = [...worker(), ...admin({ AWS: iam("role", "worker") })];
    const [found] = (await judge(stack)).filter(({ policy }) => policy === "iam-path-to-admin");
    expect(found!.message).toContain("Cheapest to cut: take it out of the trust policy.");
  });

  test("is one of several, of whom another has the rights", async () => {
    const reader = (name: string) => role(name, { AWS: iam("role", "worker") });
    expect(await ways(worker(), reader("a"), reader("b"), admin({ AWS: iam("role", "worker") }))).toEqual(ADMIN_WORKER);
    expect(await ways(worker(), admin({ AWS: iam("role", "worker") }), reader("a"), reader("b"))).toEqual(ADMIN_WORKER);
  });

  test("is anybody with the permission where anybody is let in", async () => {
    expect(await ways(worker(), assume, admin("*"))).toEqual(["iam-path-to-admin admin", ...ADMIN_WORKER]);
    expect(await ways(worker(), assume, admin({ AWS: "*" }))).toEqual(["iam-path-to-admin admin", ...ADMIN_WORKER]);
    const organization = { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } };
    expect(await ways(worker(), admin("*", organization))).toEqual(["iam-path-latent admin"]);
  });

  test("may be whom a trust policy names that is not known yet, with the permission or without", async () => {
    const from = (urn: string) =>
      resource("aws:iam/role:Role", "admin", { name: "admin", assumeRolePolicy: UNKNOWN }, { assumeRolePolicy: [urn] });
    const made = from("urn:pulumi:test::harness::aws:iam/role:Role::worker");
    expect(await ways(worker(), rights("admin"), made)).toEqual(["undetermined(iam-path-to-admin) admin"]);
    const another = from("urn:pulumi:test::harness::aws:iam/role:Role::other");
    const other = role("other", service("ec2"));
    expect(await ways(worker(), assume, rights("admin"), other, another)).toEqual([
      "iam-path-dormant admin",
      "undetermined(iam-path-dormant) admin",
    ]);
  });
});
