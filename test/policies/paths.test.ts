/** Ways to more rights over several resources of a stack: each is found, and none is where one step is cut. */
import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { ESCALATION_TARGETS } from "../../policies/data/escalation-targets.ts";
import { type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import {
  ADMINISTRATOR,
  attached,
  iam,
  resource,
  role,
  rolePolicy,
  service,
  wayFixture,
  worker,
} from "./fixtures/paths.ts";
import { documentText } from "./support/documents.ts";
import { ADMIN_WORKER, judge, rights, ways } from "./support/paths.ts";

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
      resource("aws:iam/policy:Policy", "boundary", { name: "boundary", policy: documentText(...statements) });
    const [own, fn] = worker();
    const bound = { ...own!, inputs: { ...own!.inputs, permissionsBoundary: iam("policy", "boundary") } };
    expect(await ways(bound, fn!, may(put), boundary({ Action: "s3:*", Resource: "*" }))).toEqual([]);
    const everything = { Action: "*", Resource: "*" };
    expect(await ways(bound, fn!, may(put), boundary(everything))).toEqual(ADMIN_WORKER);
    expect(await ways(bound, fn!, may(put), boundary(everything, { ...put, Effect: "Deny" }))).toEqual([]);
    expect(await ways(bound, fn!, may(put))).toEqual(["undetermined(iam-path-to-admin) worker"]);
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
