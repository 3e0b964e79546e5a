/** How identities come by their rights, and what runs as them. */
import { type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import { ADMINISTRATOR, iam, resource, role, rolePolicy, service, worker } from "./fixtures/paths.ts";
import { documentText } from "./support/documents.ts";
import { ADMIN_WORKER, rights, ways } from "./support/paths.ts";

describe("rights are given", () => {
  const USER = "aws:iam/user:User";
  const GROUP = "aws:iam/group:Group";
  const of = { role: worker(), user: [resource(USER, "worker", { name: "worker" })] };
  const group = (name = "worker") => [
    resource(GROUP, "admins", { name: "admins" }),
    resource(USER, "worker", { name: "worker" }),
    resource("aws:iam/groupMembership:GroupMembership", "all", { group: "admins", users: [name] }),
  ];
  const latent = ["iam-path-latent worker"];

  test.each<[string, readonly HarnessResource[], Readonly<Record<string, unknown>>]>([
    ["rolePolicyAttachment:RolePolicyAttachment", of.role, { role: "worker", policyArn: ADMINISTRATOR }],
    [
      "rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
      of.role,
      { roleName: "worker", policyArns: [ADMINISTRATOR] },
    ],
    ["policyAttachment:PolicyAttachment", of.role, { roles: ["worker"], policyArn: ADMINISTRATOR }],
    ["userPolicyAttachment:UserPolicyAttachment", of.user, { user: "worker", policyArn: ADMINISTRATOR }],
    [
      "userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
      of.user,
      { userName: "worker", policyArns: [ADMINISTRATOR] },
    ],
    ["policyAttachment:PolicyAttachment", of.user, { users: ["worker"], policyArn: ADMINISTRATOR }],
    ["groupPolicyAttachment:GroupPolicyAttachment", group(), { group: "admins", policyArn: ADMINISTRATOR }],
    [
      "groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
      group(),
      { groupName: "admins", policyArns: [ADMINISTRATOR] },
    ],
    ["policyAttachment:PolicyAttachment", group(), { groups: ["admins"], policyArn: ADMINISTRATOR }],
  ])("by aws:iam/%s", async (type, who, inputs) => {
    const expected = who === of.role ? ADMIN_WORKER : latent;
    const given = (more: object) => resource(`aws:iam/${type}`, "given", { ...inputs, ...more });
    expect(await ways(who, given({}))).toEqual(expected);
    const policies = Object.keys(inputs).find((key) => key.startsWith("policyArn"))!;
    expect(await ways(who, given({ [policies]: "arn:aws:iam::aws:policy/ReadOnlyAccess" }))).toEqual([]);
  });

  test("by a role's own inputs", async () => {
    const [own, fn] = worker();
    const having = (more: object) => [{ ...own!, inputs: { ...own!.inputs, ...more } }, fn!];
    const policy = documentText({ Action: "*", Resource: "*" });
    expect(await ways(having({ inlinePolicies: [{ policy }] }))).toEqual(ADMIN_WORKER);
    expect(await ways(having({ managedPolicyArns: [ADMINISTRATOR] }))).toEqual(ADMIN_WORKER);
    expect(await ways(having({ managedPolicyArns: [] }))).toEqual([]);
  });

  test("to the members of a group, and nobody else", async () => {
    const may = resource("aws:iam/groupPolicy:GroupPolicy", "all", {
      group: "admins",
      policy: documentText({ Action: "*", Resource: "*" }),
    });
    expect(await ways(group(), may)).toEqual(latent);
    expect(await ways(group("somebody"), may)).toEqual([]);
    const login = resource("aws:iam/userLoginProfile:UserLoginProfile", "login", { user: "worker" });
    expect(await ways(group(), may, login)).toEqual(ADMIN_WORKER);
  });
});

describe("what runs as a role", () => {
  test("may do so where who is let into it is not known yet", async () => {
    const own = resource(
      "aws:iam/role:Role",
      "worker",
      { name: "worker", assumeRolePolicy: UNKNOWN },
      {
        assumeRolePolicy: ["urn:of:nothing"],
      },
    );
    expect(await ways(own, worker()[1]!, rights())).toEqual(["undetermined(iam-path-to-admin) worker"]);
  });

  test("is let in by the actions that are known", async () => {
    const trust = (Action: unknown) => ({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action }],
    });
    const own = (Action: unknown) =>
      resource("aws:iam/role:Role", "worker", { name: "worker", assumeRolePolicy: trust(Action) });
    expect(await ways(own(["sts:AssumeRole", UNKNOWN]), worker()[1]!, rights())).toEqual([]);
  });

  test("is entered only where that is switched on, or may be", async () => {
    const TASKS = "aws:ecs/taskDefinition:TaskDefinition";
    const stack = (enableExecuteCommand: unknown) => [
      ...worker(),
      rolePolicy("may", "worker", { Action: ["ecs:ExecuteCommand", "ecs:DescribeTasks"], Resource: "*" }),
      role("admin", service("ecs-tasks")),
      rights("admin"),
      resource(TASKS, "orders", { taskRoleArn: iam("role", "admin") }),
      resource(
        "aws:ecs/service:Service",
        "orders",
        { taskDefinition: UNKNOWN, enableExecuteCommand },
        { taskDefinition: [urn(TASKS, "orders")] },
      ),
    ];
    const own = ["iam-path-to-admin admin"];
    expect(await ways(stack(true))).toEqual([...own, ...ADMIN_WORKER]);
    expect(await ways(stack(false))).toEqual(own);
    expect(await ways(stack(UNKNOWN))).toEqual([...own, expect.stringContaining("undetermined(iam-path-to-admin)")]);
  });

  test("is deployed to by the tags of a set too", async () => {
    const stack = (filter: object) => [
      ...worker(),
      rolePolicy(
        "may",
        "worker",
        { Action: ["codedeploy:CreateDeployment", "codedeploy:*"], Resource: "*" },
        { Action: "s3:GetObject", Resource: "*" },
      ),
      role("admin", service("ec2")),
      rights("admin"),
      resource("aws:iam/instanceProfile:InstanceProfile", "profile", { name: "profile", role: "admin" }),
      resource("aws:ec2/instance:Instance", "web", { iamInstanceProfile: "profile", tags: { app: "orders" } }),
      resource("aws:codedeploy/deploymentGroup:DeploymentGroup", "web", {
        appName: "shop",
        ec2TagSets: [{ ec2TagFilters: [filter] }],
      }),
    ];
    const own = ["iam-path-to-admin admin"];
    expect(await ways(stack({ key: "app", value: "orders" }))).toEqual([...own, ...ADMIN_WORKER]);
    expect(await ways(stack({ key: "app" }))).toEqual([...own, ...ADMIN_WORKER]);
    expect(await ways(stack({ key: "app", value: "shop" }))).toEqual(own);
    expect(await ways(stack({ key: "team" }))).toEqual(own);
  });
});
