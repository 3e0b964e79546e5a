/** What is read of documents and of the engine's accounts of a stack, before rights are compared. */
import { diffRights, type Rights, rightsOfPreview, rightsReport } from "../../policies/privileges/index.ts";
import { LATER, readRights } from "../../policies/privileges/rights.ts";
import { stackOf, stacksOf } from "../../policies/privileges/state.ts";

const URN = "urn:pulumi:test::shop::aws:iam/role:Role::task";
/** As `pulumi preview --json` has a text that is not known yet. */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const told = (before: Rights[], after: Rights[]) =>
  diffRights(before, after).flatMap(({ added, removed }) => [
    ...added.map(({ action, on }) => `+ ${action} ${on}`),
    ...removed.map(({ action, on }) => `- ${action} ${on}`),
  ]);

describe("a document says", () => {
  type Inputs = Readonly<Record<string, unknown>>;
  const read = (type: string, inputs: Inputs, name = "task") =>
    readRights(stackOf([{ urn: `urn:pulumi:test::shop::${type}::${name}`, type, inputs }]));
  const trust = (...Statement: Inputs[]) => read("aws:iam/role:Role", { assumeRolePolicy: { Statement } })[1];
  const ALLOW = { Effect: "Allow", Action: ["b:B", "a:A"], Resource: ["y", "x"] };
  const topic = (statement: Inputs) =>
    read("aws:sns/topicPolicy:TopicPolicy", { policy: { Statement: [{ ...ALLOW, ...statement }] } })[0];

  test("who may do what with a resource, or become a role, and what a role may do", () => {
    const assume = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } };
    const inline = [{ policy: { Statement: [ALLOW] } }];
    expect(read("aws:iam/role:Role", { assumeRolePolicy: { Statement: [assume] }, inlinePolicies: inline })).toEqual([
      {
        ...{ urn: URN, kind: "identity", unread: [] },
        statements: [
          {
            ...{ effect: "Allow", actions: ["a:A", "b:B"], notActions: [], resources: ["x", "y"], notResources: [] },
            ...{ principals: [], conditions: [] },
          },
        ],
      },
      {
        ...{ urn: URN, kind: "trust", unread: [] },
        statements: [
          {
            ...{ effect: "Allow", actions: ["sts:AssumeRole"], notActions: [], resources: [], notResources: [] },
            ...{ principals: ["Service ecs-tasks.amazonaws.com"], conditions: [] },
          },
        ],
      },
    ]);
    for (const [type, kind] of [
      ["aws:sns/topicPolicy:TopicPolicy", "resource"],
      ["aws:kms/key:Key", "resource"],
    ] as const) {
      expect(read(type, { policy: { Statement: [ALLOW] } })).toMatchObject([
        { kind, statements: [{ effect: "Allow" }] },
      ]);
    }
    for (const type of ["aws:ec2/vpcEndpoint:VpcEndpoint", "aws:iam/policy:Policy"]) {
      expect(read(type, { policy: { Statement: [ALLOW] } })).toEqual([]);
    }
    expect(read("aws:sns/topicPolicy:TopicPolicy", { policy: { Statement: [] } })).toEqual([]);
  });

  test("who it is about, with anybody and everybody but somebody", () => {
    expect(topic({ Principal: "*" })?.statements[0]?.principals).toEqual(["*"]);
    expect(topic({ Principal: { AWS: ["b", "a"], Service: "c" } })?.statements[0]?.principals).toEqual([
      ...["AWS a", "AWS b", "Service c"],
    ]);
    expect(topic({ NotPrincipal: { AWS: "a" } })?.statements[0]?.principals).toEqual(["everybody else"]);
  });

  test("under which conditions, in one order", () => {
    const Condition = { StringEquals: { "b:B": ["y", "x"] }, Bool: { "A:A": "true" } };
    expect(topic({ Condition })?.statements[0]).toMatchObject({
      conditions: ["Bool a:a true", "StringEquals b:b x, y"],
    });
    expect(topic({ Condition })?.statements[0]).not.toHaveProperty("later");
  });

  test.each<[string, Inputs, Inputs]>([
    ["its resource", { Resource: ["x", UNKNOWN_TEXT] }, { resources: [LATER, "x"].sort() }],
    ["who it is about", { Principal: { AWS: ["a", UNKNOWN_TEXT] } }, { principals: ["AWS a", `AWS ${LATER}`] }],
    [
      "its condition",
      { Condition: { StringEquals: { a: ["x", UNKNOWN_TEXT] } } },
      { conditions: [`StringEquals a x, ${LATER}`] },
    ],
  ])("what it allows although %s is not known yet, and what it denies not", (_, statement, expected) => {
    const where = "policy of task";
    expect(topic(statement)).toMatchObject({ statements: [{ ...expected, later: where }], unread: [] });
    expect(topic({ ...statement, Effect: "Deny" })?.unread).toEqual([where]);
  });

  test.each<[string, unknown, number]>([
    ["all of it", UNKNOWN_TEXT, 0],
    ["a statement", { Statement: [UNKNOWN_TEXT, ALLOW] }, 1],
    ["its effect", { Statement: [{ ...ALLOW, Effect: UNKNOWN_TEXT }] }, 0],
    ["its actions", { Statement: [{ ...ALLOW, Action: UNKNOWN_TEXT }] }, 1],
    ["its conditions", { Statement: [{ ...ALLOW, Condition: UNKNOWN_TEXT }] }, 1],
    ["what it is not about", { Statement: [{ Effect: "Allow", Action: "a:A", NotResource: UNKNOWN_TEXT }] }, 1],
  ])("what may be anything while %s is not known", (_, policy, count) => {
    const [of] = read("aws:sns/topicPolicy:TopicPolicy", { policy });
    expect(of).toMatchObject({ kind: "resource", unread: ["policy of task"] });
    expect(of!.statements).toHaveLength(count);
  });

  test("nothing of a statement that is neither Allow nor Deny, and who is let in later", () => {
    expect(topic({ Effect: "Perhaps" })).toBeUndefined();
    const later = trust({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: UNKNOWN_TEXT } });
    expect(later).toMatchObject({ statements: [{ principals: [`AWS ${LATER}`], later: "assumeRolePolicy of task" }] });
  });

  test("what a boundary leaves, which is known or not", () => {
    const bounded = (policy: unknown) =>
      readRights(
        stackOf([
          { urn: URN, type: "aws:iam/role:Role", inputs: { permissionsBoundary: "arn:aws:iam::1:policy/limit" } },
          {
            urn: "urn:pulumi:test::shop::aws:iam/policy:Policy::limit",
            type: "aws:iam/policy:Policy",
            inputs: { policy, name: "limit" },
          },
        ]),
      )[0];
    expect(bounded({ Statement: [ALLOW] })).toMatchObject({ boundary: [{ actions: ["a:A", "b:B"] }], unread: [] });
    expect(bounded(UNKNOWN_TEXT)).toMatchObject({ boundary: [], unread: ["policy of limit"] });
    expect(read("aws:iam/role:Role", {})[0]).not.toHaveProperty("boundary");
  });

  test("a resource of a component's own by its name and type", () => {
    const at = "urn:pulumi:test::shop::acme:jobs:Worker";
    const grants = [
      { id: "Put", actions: ["sqs:SendMessage"], resources: [{ type: "aws:sqs/queue:Queue", name: "jobs" }] },
    ];
    const rights = readRights(
      stackOf([
        { urn: `${at}::jobs`, type: "acme:jobs:Worker", inputs: { roles: { task: { trust: [], grants } } } },
        { urn: URN, type: "aws:iam/role:Role", inputs: { name: "task-1" } },
        {
          urn: `${at}$aws:iam/rolePolicy:RolePolicy::task`,
          type: "aws:iam/rolePolicy:RolePolicy",
          parent: `${at}::jobs`,
          inputs: { role: "task-1", policy: UNKNOWN_TEXT },
        },
      ]),
    );
    expect(rights[0]).toMatchObject({
      statements: [{ resources: [`${LATER}: jobs (aws:sqs/queue:Queue)`], later: expect.stringContaining("task") }],
    });
  });
});

describe("from the engine's documents", () => {
  const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" };
  const policy = (...actions: string[]) =>
    JSON.stringify({ Statement: [{ Effect: "Allow", Action: actions, Resource: "arn:aws:s3:::a/*" }] });
  const role = { urn: URN, type: "aws:iam/role:Role", outputs: { name: "task-1", arn: "arn:aws:iam::1:role/task-1" } };
  const attached = (text: unknown) => ({
    urn: `${URN}-policy`,
    type: "aws:iam/rolePolicy:RolePolicy",
    inputs: { role: "task-1", policy: text },
  });

  test("a preview has the stack before and after", () => {
    const { before, after } = stacksOf({
      steps: [
        { op: "same", oldState: role, newState: role },
        {
          op: "update",
          oldState: attached(policy("s3:GetObject")),
          newState: attached(policy("s3:GetObject", "s3:PutObject")),
        },
      ],
    });
    expect(told(readRights(before), readRights(after))).toEqual(["+ s3:PutObject arn:aws:s3:::a/*"]);
  });

  test("a document that is not known yet is what its component states", () => {
    const at = "urn:pulumi:test::shop::acme:jobs:Worker::jobs";
    const grants = [{ id: "Start", actions: ["iam:PassRole"], resources: [UNKNOWN_TEXT] }];
    const worker = { urn: at, type: "acme:jobs:Worker", inputs: { roles: { task: { trust: [], grants } } } };
    const policyOf = (parent: object) => ({ ...attached(UNKNOWN_TEXT), ...parent });
    const change = (parent: object) =>
      rightsOfPreview({
        steps: [
          { op: "same", oldState: role, newState: role },
          // A preview may have a child before the component that it is of.
          { op: "create", newState: policyOf(parent) },
          { op: "create", newState: worker },
        ],
      }).changes;
    expect(change({ parent: at })).toMatchObject([
      { urn: URN, added: [{ action: "iam:PassRole", on: LATER }], possible: [], undecided: [] },
    ]);
    expect(rightsReport(change({ parent: at }))).toContain(
      "+ iam:PassRole (Permissions management) on what is known when deployed",
    );
    expect(change({})).toMatchObject([{ added: [], undecided: ["policy of task-policy"] }]);
  });

  test("a secret document is not known, and nothing of it is told", () => {
    const [of] = readRights(stackOf([role, attached(SECRET)]));
    expect(of).toMatchObject({ statements: [], unread: ["policy of task-policy"] });
  });

  test("what is no preview is refused", () => expect(() => stacksOf({ stack: 1 })).toThrow("no document of"));

  test("what is left to be deleted says nothing, whichever step comes last", () => {
    const old = { ...attached(policy("s3:GetObject")), delete: true };
    const now = attached(policy("s3:PutObject"));
    const steps = [
      { op: "same", oldState: role, newState: role },
      { op: "create-replacement", oldState: now, newState: now },
      { op: "delete-replaced", oldState: old },
      { op: "discard", newState: old },
    ];
    const { before, after } = stacksOf({ steps });
    expect(told(readRights(before), readRights(after))).toEqual([]);
    expect(after.resources).toHaveLength(2);
    expect(stackOf([role, old, now]).resources).toHaveLength(2);
  });

  test("an environment is fresh where there was nothing but the stack itself", () => {
    const stack = { urn: "urn:pulumi:test::shop::pulumi:pulumi:Stack::s", type: "pulumi:pulumi:Stack" };
    const fresh = (...steps: object[]) => rightsOfPreview({ steps }).fresh;
    expect(fresh({ op: "create", newState: role })).toBe(true);
    expect(fresh({ op: "same", oldState: stack, newState: stack }, { op: "create", newState: role })).toBe(true);
    expect(
      fresh({ op: "same", oldState: stack, newState: stack }, { op: "same", oldState: role, newState: role }),
    ).toBe(false);
  });

  test("a resource is called by the name, ARN and id that it got, and by no other output", () => {
    const outputs = { name: "n", arn: "a", id: "i", tags: { a: "b" } };
    const [one] = stackOf([{ urn: URN, type: "aws:iam/role:Role", outputs, inputs: { name: "mine" } }]).resources;
    expect(one!.inputs.raw).toEqual({ name: "mine", arn: "a", id: "i" });
    expect(one!.propertyDependencies).toEqual({});
    const [made] = stackOf([{ urn: URN, type: "x", propertyDependencies: { a: null, b: ["urn:c"] } }]).resources;
    expect(made!.propertyDependencies).toEqual({ a: [], b: ["urn:c"] });
  });
});
