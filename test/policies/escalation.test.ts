/** Every documented way to more rights is found, and none is where one of its actions is missing, limited or denied. */
import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { iamAction } from "../../policies/data/iam.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { Property } from "../../policies/framework/property.ts";
import { Report, type RuleResource } from "../../policies/framework/rule.ts";
import { analyze, UNKNOWN } from "../../policies/harness/index.ts";
import { openActions } from "../../policies/iam/allowed.ts";
import { arnFormats } from "../../policies/iam/scope.ts";
import { METHODS } from "./fixtures/cloudsplaining.ts";
import { documentOf, policyOf, type Statement } from "./support/documents.ts";

const POLICIES = [policyOf("iam-privilege-escalation")];
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

const analyzed = (inputs: Readonly<Record<string, unknown>>, type = ROLE_POLICY) =>
  analyze(POLICIES, [{ type, inputs }]);

async function said(...statements: readonly Statement[]): Promise<string> {
  const findings = await analyzed({ policy: JSON.stringify(documentOf(...statements)) });
  return findings.map(({ message }) => message).join("\n");
}
const everywhere = (actions: readonly string[]): Statement => ({ Action: actions, Resource: "*" });
const denied = (action: string, more: Statement = { Resource: "*" }): Statement => ({
  Effect: "Deny",
  Action: action,
  ...more,
});

/** A resource of an action, by name. */
const named = (action: string): string => {
  const [format] = arnFormats(iamAction(action)!);
  return (format ?? "*").replace(/\$\{Partition\}/g, "aws").replace(/\$\{\w+\}/g, "one");
};

test("what is not known yet is waited for", async () => {
  const document = documentOf({ Action: "iam:PutRolePolicy", Resource: UNKNOWN });
  const findings = await analyze(
    POLICIES,
    [UNKNOWN, document].map((policy) => ({ type: ROLE_POLICY, inputs: { policy } })),
  );
  expect(findings.map(({ policy }) => policy)).toEqual([UNDETERMINED, UNDETERMINED]);
});

test("a Deny that is not known yet may take the way away", async () => {
  const policy = documentOf(everywhere(["iam:PutRolePolicy"]), { Effect: "Deny", Action: UNKNOWN, Resource: "*" });
  expect((await analyzed({ policy })).map((finding) => finding.policy)).toEqual([UNDETERMINED]);
});

test("there are 92 of pathfinding.cloud, and every action of all of them exists", () => {
  expect(ESCALATION_PATHS.filter(({ source }) => source === "pathfinding.cloud")).toHaveLength(92);
  expect(new Set(ESCALATION_PATHS.map(({ id }) => id)).size).toBe(ESCALATION_PATHS.length);
  const unknown = ESCALATION_PATHS.flatMap(({ actions }) => actions).filter((action) => !iamAction(action));
  expect([...new Set(unknown)]).toEqual([]);
});

test.each(ESCALATION_PATHS)("$source $id", async ({ source, id, actions }) => {
  const found = async (...statements: readonly Statement[]) =>
    (await said(...statements)).includes(`(${source} ${id})`);
  expect(await found(everywhere(actions))).toBe(true);
  // In two statements it is the same way.
  expect(await found(...actions.map((action) => everywhere([action])))).toBe(true);
  const limited = actions.filter((action) => (iamAction(action)?.resourceTypes.length ?? 0) > 0);
  expect(limited.length).toBeGreaterThan(0);
  const near: Record<string, readonly Statement[]> = {
    "all that can be are limited": actions.map((action) => ({
      Action: action,
      Resource: limited.includes(action) ? named(action) : "*",
    })),
  };
  for (const one of actions) {
    if (actions.length > 1) near[`no ${one}`] = [everywhere(actions.filter((action) => action !== one))];
    near[`${one} denied`] = [everywhere(actions), denied(one)];
  }
  for (const one of limited) {
    const rest = actions.filter((action) => action !== one);
    near[`${one} denied but on one`] = [everywhere(actions), denied(one, { NotResource: named(one) })];
    near[`${one} limited`] = [{ Action: one, Resource: named(one) }, everywhere(rest)].slice(0, rest.length + 1);
  }
  const wrong = [];
  for (const [miss, statements] of Object.entries(near)) if (await found(...statements)) wrong.push(miss);
  expect(wrong).toEqual([]);
});

describe("methods of cloudsplaining", () => {
  test("are 59", () => expect(Object.keys(METHODS)).toHaveLength(59));

  test.each(Object.entries(METHODS))("%s", async (_, joined) => {
    const actions = joined.split(" ");
    const ways = ESCALATION_PATHS.filter((way) => way.actions.every((action) => actions.includes(action)));
    // The widest is the method itself; where the method asks for more than is needed it is what is needed.
    const most = Math.max(...ways.map((way) => way.actions.length));
    const its = ways.filter((way) => way.actions.length === most);
    const finds = (text: string) => its.some(({ source, id }) => text.includes(`(${source} ${id})`));
    expect(finds(await said(everywhere(actions)))).toBe(true);
    const needed = its.length === 1 ? its[0]!.actions : its.flatMap((way) => way.actions);
    const wrong = [];
    for (const one of its.length === 1 ? needed : []) {
      if (finds(await said(everywhere(actions), denied(one)))) wrong.push(`${one} denied`);
      const rest = actions.filter((action) => action !== one);
      if (rest.length > 0 && finds(await said(everywhere(rest)))) wrong.push(`no ${one}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("what counts as allowed", () => {
  test("a wildcard of actions, and everything but what NotAction names", async () => {
    expect(await said({ Action: "iam:Put*", Resource: "*" })).toContain("its holder gives itself any right");
    expect(await said({ NotAction: ["s3:*"], Resource: "*" })).toContain("pathfinding.cloud iam-001");
    expect(await said({ NotAction: ["iam:*", "sts:*"], Resource: "*" })).not.toContain("itself any right");
    expect(await said({ Action: "iam:PutRolePolicy", NotResource: named("iam:PutRolePolicy") })).toContain("iam-005");
  });

  test("what a Deny leaves: on other resources, under a condition, of other actions", async () => {
    const put = everywhere(["iam:PutRolePolicy"]);
    const other = { Resource: "arn:aws:iam::111111111111:role/other" };
    expect(await said(put, denied("iam:PutRolePolicy", other))).toContain("iam-005");
    const condition = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } };
    expect(await said(put, denied("iam:PutRolePolicy", { Resource: "*", ...condition }))).toContain("iam-005");
    expect(await said(put, denied("iam:PutUserPolicy"))).toContain("iam-005");
    expect(await said(put, denied("iam:*"))).toBe("");
    expect(await said(put, { Effect: "Deny", NotAction: "s3:*", Resource: "*" })).toBe("");
    const roles = { Action: "iam:PutRolePolicy", Resource: "arn:aws:iam::*:role/*" };
    expect(await said(roles, denied("iam:PutRolePolicy", { Resource: "arn:aws:iam::*:*" }))).toBe("");
    expect(await said(roles, denied("iam:PutRolePolicy", { Resource: "arn:aws:iam::*:role/?" }))).toContain("iam-005");
  });

  test("a condition on the boundary or the policy holds it, one that anybody can meet does not", async () => {
    const boundary = { "iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/boundary" };
    const put = everywhere(["iam:PutRolePolicy"]);
    expect(await said({ ...put, Condition: { ArnEquals: boundary } })).toBe("");
    expect(await said({ ...put, Condition: { ArnEqualsIfExists: boundary } })).toContain("iam-005");
    expect(await said({ ...put, Condition: { ArnNotEquals: boundary } })).toContain("iam-005");
    const policy = { ArnLike: { "iam:PolicyARN": "arn:aws:iam::111111111111:policy/app/*" } };
    expect(await said({ ...everywhere(["iam:AttachRolePolicy"]), Condition: policy })).toBe("");
    expect(await said({ ...everywhere(["iam:PutGroupPolicy"]), Condition: policy })).toContain("iam-011");
    const cluster = { ArnEquals: { "ecs:cluster": "arn:aws:ecs:eu-west-1:111111111111:cluster/one" } };
    const start = { Action: ["ecs:ExecuteCommand", "ecs:DescribeTasks"], Resource: "*" };
    expect(await said({ ...start, Condition: cluster })).toBe("");
    expect(await said({ ...start, Condition: { StringLike: { "aws:SourceArn": "arn:aws:ecs:*" } } })).toContain(
      "ecs-006",
    );
  });

  test("a role's inline policies count as one; grants of a component each by themselves", async () => {
    const [pass, run] = [everywhere(["iam:PassRole"]), everywhere(["ec2:RunInstances"])];
    const policy = (statement: Statement) => ({ policy: JSON.stringify(documentOf(statement)) });
    const [finding] = await analyzed({ inlinePolicies: [policy(pass), policy(run)] }, "aws:iam/role:Role");
    expect(finding?.message).toContain("inlinePolicies: its holder starts something");
    const grant = (action: string) => ({ grants: [{ id: "x", actions: [action], resources: ["*"] }] });
    const component = { one: grant("iam:PassRole"), two: grant("ec2:RunInstances") };
    expect(await analyzed(component, "causeway:service:Service")).toEqual([]);
    const listed = { services: Object.values(component) };
    expect(await analyzed(listed, "causeway:service:Service")).toEqual([]);
  });
});

test("a role that may be passed to one service is no way by another", async () => {
  const pass = (service: string, operator = "StringEquals") => ({
    Action: "iam:PassRole",
    Resource: "*",
    Condition: { [operator]: { "iam:PassedToService": service } },
  });
  const run = everywhere(["ecs:RegisterTaskDefinition", "ecs:RunTask"]);
  expect(await said(pass("ecs-tasks.amazonaws.com"), run)).toContain("cloud ecs-004)");
  expect(await said(pass("lambda.amazonaws.com"), run)).not.toContain("cloud ecs-004)");
  expect(await said(pass("lambda.amazonaws.com", "StringNotEquals"), run)).toContain("cloud ecs-004)");
  expect(await said(pass("lambda.amazonaws.com"), everywhere(["iam:PassRole"]), run)).toContain("cloud ecs-004)");
  const batch = everywhere(["batch:RegisterJobDefinition", "batch:SubmitJob"]);
  expect(await said(pass("ecs-tasks.amazonaws.com"), batch)).toContain("cloud batch-001)");
  expect(await said(pass("tasks.apprunner.amazonaws.com"), everywhere(["apprunner:CreateService"]))).toContain(
    "apprunner-001",
  );
});

describe("what documents leave open", () => {
  const LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const ANY = { Action: "s3:GetObject", Resource: "*" };
  const inline = (...documents: readonly unknown[]): RuleResource => ({
    ...{
      type: "aws:iam/role:Role",
      name: "app",
      urn: "urn",
      provider: new Property("", undefined),
      component: undefined,
    },
    inputs: new Property("", { inlinePolicies: documents.map((policy) => ({ policy })) }),
  });
  const read = (...documents: readonly unknown[]) => {
    const report = new Report();
    const open = openActions(inline(...documents), report);
    return {
      names: open.flatMap(({ actions }) => [...actions.keys()]).sort(),
      passedTo: open[0]?.passedTo,
      waits: report.blocking,
    };
  };
  const names = (...statements: readonly Statement[]) => read(documentOf(...statements)).names;

  test.each([
    ["anything", [ANY], true],
    ["all of an account, of what has one type", [{ Action: "sqs:SendMessage", Resource: "arn:aws:sqs:*:1:*" }], true],
    ["what is named", [{ ...ANY, Resource: "arn:aws:s3:::data/*" }], false],
    ["all but what is named", [{ Action: "s3:GetObject", NotResource: "arn:aws:s3:::data/*" }], true],
    ["nothing after a Deny", [ANY, { ...ANY, Effect: "Deny" }], false],
    ["nothing after a Deny of more", [ANY, { Effect: "Deny", Action: "s3:*", Resource: "*" }], false],
    ["something after a Deny elsewhere", [ANY, { ...ANY, Effect: "Deny", Resource: "arn:aws:s3:::secret/*" }], true],
    ["something after a Deny of something else", [ANY, { ...ANY, Effect: "Deny", Action: "s3:PutObject" }], true],
    [
      "something after a Deny that need not hold",
      [ANY, { ...ANY, Effect: "Deny", Condition: { Bool: { a: "true" } } }],
      true,
    ],
    [
      "what a Deny leaves out by name",
      [ANY, { Effect: "Deny", Action: "s3:*", NotResource: "arn:aws:s3:::data/*" }],
      false,
    ],
    [
      "what a Deny leaves out widely",
      [ANY, { Effect: "Deny", Action: "s3:*", NotResource: ["arn:aws:s3:::data/*", "arn:aws:s3:::*"] }],
      true,
    ],
    ["nothing of what two Denies cover", [ANY, { ...ANY, Effect: "Deny", Resource: ["arn:aws:s3:::a/*", "*"] }], false],
  ])("%s", (_, statements, open) => {
    expect(names(...statements).length).toBe(open ? 1 : 0);
  });

  test("all but what is named is all other actions there are, each once", () => {
    const others = names({ NotAction: ["s3:*", "s3:GetObject"], Resource: "*" });
    expect(others.some((name) => name.startsWith("s3:"))).toBe(false);
    expect(others.length).toBeGreaterThan(10_000);
    const all = names({ Action: "*", Resource: "*" });
    expect(names({ NotAction: "s3:GetObject", Resource: "*" })).toEqual(all.filter((name) => name !== "s3:getobject"));
    expect(names({ NotAction: "unheard:Of", Resource: "*" })).toEqual(all);
    expect(names({ Action: ["s3:GetObject", "s3:GetObjec?", "S3:getobject"], Resource: "*" })).toEqual([
      "s3:getobject",
    ]);
    expect(names({ Action: ["s3:GetObject", "unheard:Of"], Resource: "*" })).toEqual(["s3:getobject"]);
  });

  test("inline policies of a role count as one, so that one denies what another allows", () => {
    expect(read(documentOf(ANY), documentOf({ ...ANY, Effect: "Deny" })).names).toEqual([]);
    expect(read(documentOf(ANY), documentOf({ ...ANY, Action: "sqs:SendMessage" })).names).toEqual([
      "s3:getobject",
      "sqs:sendmessage",
    ]);
  });

  test("roles may be passed to services that are named, or to any", () => {
    const pass = (Condition?: object) => ({ Action: "iam:PassRole", Resource: "*", Condition });
    const to = (...services: string[]) => ({ StringEquals: { "iam:PassedToService": services } });
    const passed = (...statements: readonly Statement[]) => read(documentOf(...statements)).passedTo;
    expect([...(passed(pass(to("a.amazonaws.com")), pass(to("b.amazonaws.com"))) ?? [])]).toEqual([
      ...["a.amazonaws.com", "b.amazonaws.com"],
    ]);
    expect(passed(pass())).toBeUndefined();
    expect(passed(pass(), pass(to("a.amazonaws.com")))).toBeUndefined();
    for (const operator of ["StringNotEquals", "stringnotlike", "Null", "null"]) {
      expect(passed(pass({ [operator]: { "iam:PassedToService": "a.amazonaws.com" } }))).toBeUndefined();
    }
    expect(passed(pass({ StringEquals: { "aws:RequestTag/a": "a.amazonaws.com" } }))).toBeUndefined();
  });

  test("what is not known is waited for, of an Allow and of what may be one", () => {
    const at = "inlinePolicies[0].policy.Statement[0]";
    expect(read(LATER).waits).toEqual(["inlinePolicies[0].policy"]);
    expect(read({ Statement: [LATER] }).waits).toEqual([at]);
    expect(read(documentOf({ ...ANY, Action: LATER })).waits).toEqual([`${at}.Action`]);
    expect(read(documentOf({ NotAction: LATER, Resource: "*" })).waits).toEqual([`${at}.NotAction`]);
    expect(read(documentOf({ ...ANY, Resource: LATER })).waits).toEqual([`${at}.Resource`]);
    expect(read(documentOf({ ...ANY, Effect: LATER })).waits).toEqual([`${at}.Effect`]);
    expect(read(documentOf({ ...ANY, Effect: "Deny", Action: LATER })).waits).toEqual([]);
  });
});
