/** How documents are read, and when a condition limits them, below the rules that ask. */

import type { DocumentKind } from "../../policies/data/documents.ts";
import { iamAction } from "../../policies/data/iam.ts";
import { Property } from "../../policies/framework/property.ts";
import { Report, type RuleResource } from "../../policies/framework/rule.ts";
import {
  type DocumentReading,
  documentSize,
  firstUnknown,
  readDocument,
  readStatement,
} from "../../policies/iam/document.ts";
import { eachAllow, eachStatement, readDocuments } from "../../policies/iam/documents.ts";
import { isLimitedByCondition } from "../../policies/iam/scope.ts";

const LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const NONE = new Property("", undefined);
const statement = (inputs: object) => readStatement(new Property("", inputs), 0);

describe("documents", () => {
  const read = (document: unknown) => readDocument(new Property("policy", document));

  test.each([
    ["nothing", undefined, { state: "absent" }],
    ["an empty text", "", { state: "absent" }],
    ["what is not known", LATER, { state: "unknown" }],
    ["half a text", "{", { state: "malformed", problem: "is no JSON" }],
    ["a list", "[]", { state: "malformed", problem: "is no JSON object" }],
    ["no statements", "{}", { state: "malformed", problem: "has no Statement" }],
    [
      "statements that are not known",
      { Statement: LATER },
      { state: "unknown", property: { path: "policy.Statement" } },
    ],
    [
      "a word among statements",
      { Statement: [{ Effect: "Allow" }, "x"] },
      { state: "malformed", problem: "has something at policy.Statement[1] that is no statement" },
    ],
    ["a single statement", { Statement: { Effect: "Allow" } }, { state: "read", statements: [{ effect: "Allow" }] }],
    ["hidden statements", { Statement: [LATER] }, { state: "read", statements: [], hidden: [{ state: "unknown" }] }],
  ])("with %s", (_, document, expected) => {
    expect(read(document)).toMatchObject(expected);
  });

  test("say who they are about, and what of them is not known", () => {
    expect(statement({ Principal: "*" }).principals).toEqual([{ kind: "*", value: "*" }]);
    expect(statement({ Principal: "111111111111" }).principals).toEqual([{ kind: "AWS", value: "111111111111" }]);
    expect(statement({ Principal: { AWS: ["a", LATER], Service: "b" } })).toMatchObject({
      principals: [
        { kind: "AWS", value: "a" },
        { kind: "Service", value: "b" },
      ],
      unknown: [{ path: "Principal.AWS[1]" }],
    });
    const paths = (inputs: object) => statement(inputs).unknown.map(({ path }) => path);
    expect(paths({ Principal: LATER })).toEqual(["Principal"]);
    expect(paths({ Condition: LATER })).toEqual(["Condition"]);
    expect(paths({ Condition: { StringEquals: LATER } })).toEqual(["Condition.StringEquals"]);
    expect(paths({ Effect: LATER, Action: ["a", LATER], Resource: LATER })).toEqual([
      "Effect",
      "Action[1]",
      "Resource",
    ]);
    expect(statement({ NotPrincipal: { AWS: "a" } }).hasNotPrincipal).toBe(true);
    expect(statement({}).hasNotPrincipal).toBe(false);
    expect(statement({ Condition: { StringEquals: { "AWS:SourceArn": "a" } } }).conditions).toMatchObject([
      { operator: "StringEquals", key: "aws:sourcearn", values: { known: ["a"] } },
    ]);
  });

  test("call a statement by its Sid where that is one", () => {
    expect(statement({ Sid: "Read1" }).label).toBe("statement Read1");
    for (const Sid of ["", "a b", "a-b", "b\n", undefined]) expect(statement({ Sid }).label).toBe("statement 1");
  });

  test("are measured with white space or without, and searched for what is not known", () => {
    const document = new Property("", { a: "x y", b: ["\t"] });
    expect(documentSize(document, false)).toBe('{"a":"x y","b":["\\t"]}'.length);
    expect(documentSize(document, true)).toBe('{"a":"xy","b":["\\t"]}'.length);
    expect(firstUnknown(document)).toBeUndefined();
    expect(firstUnknown(new Property("", { a: { b: ["x", { c: LATER }] } }))).toMatchObject({ path: "a.b[1].c" });
    expect(firstUnknown(new Property("p", LATER))).toMatchObject({ path: "p" });
    expect(firstUnknown(new Property("p", "text"))).toBeUndefined();
  });
});

describe("the documents of a resource", () => {
  const of = (type: string, inputs: object) =>
    readDocuments({
      type,
      name: "x",
      urn: "urn:pulumi:a::b::x:y:Z::x",
      inputs: new Property("", inputs),
      provider: NONE,
    });
  const read = (type: string, inputs: object) =>
    of(type, inputs).map(({ path, kind, reading }) => ({
      ...{ path, kind },
      actions: reading.state === "read" ? reading.statements.map(({ actions }) => actions.known) : reading.state,
    }));
  const policy = { Statement: { Effect: "Allow", Action: "a:B" } };
  const grant = { id: "Read", actions: ["a:B"], resources: ["*"] };

  test("are those of its type, and no other of its inputs", () => {
    const inputs = { policy, principal: "*", action: "a:C", args: { grants: [grant] } };
    expect(read("aws:iam/rolePolicy:RolePolicy", inputs)).toEqual([
      { path: "policy", kind: "identity", actions: [["a:B"]] },
    ]);
    expect(read("aws:iam/role:Role", { assumeRolePolicy: policy, inlinePolicies: [{ policy }, {}] })).toEqual([
      { path: "inlinePolicies[0].policy", kind: "identity", actions: [["a:B"]] },
      { path: "inlinePolicies[1].policy", kind: "identity", actions: "absent" },
      { path: "assumeRolePolicy", kind: "trust", actions: [["a:B"]] },
    ]);
    expect(read("aws:s3/object:Object", inputs)).toEqual([]);
  });

  test("are all grants of a component, wherever in its inputs they are", () => {
    const found = (inputs: object) => read("acme:jobs:Worker", inputs).map(({ path }) => path);
    expect(found({ policy, grants: [grant] })).toEqual(["grants"]);
    expect(found({ args: { services: [{ name: "a" }, { tasks: { one: { grants: [grant] } } }] } })).toEqual([
      "args.services[1].tasks.one.grants",
    ]);
    expect(found({ a: { b: { c: { d: { e: { f: { g: { h: { grants: [grant] } } } } } } } } })).toHaveLength(1);
    // Of another name, or with something else among them, they are no grants.
    expect(found({ rules: [grant] })).toEqual([]);
    expect(found({ grants: [grant, { id: "x" }] })).toEqual([]);
    expect(found({ grants: grant })).toEqual([]);
    expect(found({ grants: LATER, args: LATER })).toEqual([]);
  });

  test.each([
    ["a service", { principal: "s3.amazonaws.com" }, { kind: "Service", value: "s3.amazonaws.com" }, []],
    ["an account", { principal: "222222222222" }, { kind: "AWS", value: "222222222222" }, []],
    [
      "a role",
      { principal: "arn:aws:iam::1:role/amazonaws.com-x" },
      { kind: "AWS", value: "arn:aws:iam::1:role/amazonaws.com-x" },
      [],
    ],
    ["anybody", { principal: "*" }, { kind: "*", value: "*" }, []],
    [
      "anybody of an organization",
      { principal: "*", principalOrgId: "o-1" },
      { kind: "*", value: "*" },
      [["StringEquals", "aws:principalorgid", ["o-1"]]],
    ],
    [
      "a service for an account and a source",
      { principal: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::a", sourceAccount: "1" },
      { kind: "Service", value: "s3.amazonaws.com" },
      [
        ["ArnLike", "aws:sourcearn", ["arn:aws:s3:::a"]],
        ["StringEquals", "aws:sourceaccount", ["1"]],
      ],
    ],
    [
      "a service for an account of an organization",
      { principal: "s3.amazonaws.com", sourceAccount: "1", principalOrgId: "o-1" },
      { kind: "Service", value: "s3.amazonaws.com" },
      [
        ["StringEquals", "aws:sourceaccount", ["1"]],
        ["StringEquals", "aws:principalorgid", ["o-1"]],
      ],
    ],
  ])("are for a permission of a function the statement that it is, for %s", (_, inputs, principal, conditions) => {
    const [document, ...more] = of("aws:lambda/permission:Permission", { action: "lambda:InvokeFunction", ...inputs });
    expect(more).toEqual([]);
    expect(document).toMatchObject({ path: "principal", kind: "resource", reading: { state: "read", hidden: [] } });
    const [statement] = (document!.reading as Extract<DocumentReading, { state: "read" }>).statements;
    expect(statement).toMatchObject({ label: "statement 1", effect: "Allow", principals: [principal], unknown: [] });
    expect([statement!.actions.known, statement!.resources.known]).toEqual([["lambda:InvokeFunction"], ["*"]]);
    expect(statement!.conditions.map(({ operator, key, values }) => [operator, key, values.known])).toEqual(conditions);
  });

  test("are judged as far as they are known: all statements, and those that may allow", () => {
    const known = { Effect: "Allow", Action: "a:B" };
    const document = { Statement: [LATER, known, { ...known, Effect: LATER }, { ...known, Effect: "Deny" }] };
    const resource = (inputs: object): RuleResource => ({
      ...{ type: "aws:iam/role:Role", name: "x", urn: "urn", provider: NONE },
      inputs: new Property("", inputs),
    });
    const asked = (each: typeof eachAllow, inputs: object, ...kinds: DocumentKind[]) => {
      const report = new Report();
      const found: string[] = [];
      each(resource(inputs), report, kinds, (_, where) => void found.push(where));
      return [...found, ...report.blocking.map((path) => `waits for ${path}`)];
    };
    const both = { assumeRolePolicy: document, inlinePolicies: [{ policy: LATER }, { policy: "{" }] };
    const allowing = ["assumeRolePolicy, statement 2", "assumeRolePolicy, statement 3"];
    const hidden = "waits for assumeRolePolicy.Statement[0]";
    expect(asked(eachAllow, both, "trust")).toEqual([...allowing, hidden]);
    expect(asked(eachStatement, both, "trust")).toEqual([...allowing, "assumeRolePolicy, statement 4", hidden]);
    expect(asked(eachStatement, both, "identity")).toEqual(["waits for inlinePolicies[0].policy"]);
    expect(asked(eachStatement, both, "key", "resource")).toEqual([]);
  });
});

describe("how far an action can be limited", () => {
  const CLUSTER = "arn:aws:ecs:eu-west-1:1:cluster/a";
  const BOUNDARY = { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } };
  const POLICY = { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::1:policy/b" } };
  const INSTANCE = { ArnEquals: { "iam:AssociatedResourceArn": "arn:aws:ec2:a:1:instance/b" } };
  test.each([
    ["a tag", "ec2:StopInstances", { StringEquals: { "ec2:ResourceTag/team": "a" } }, true],
    ["a tag of another service's", "ec2:StopInstances", { StringEquals: { "aws:ResourceTag/team": "a" } }, true],
    ["any tag", "ec2:StopInstances", { StringLike: { "aws:ResourceTag/team": "*" } }, false],
    [
      "a tag that begins alike",
      "ec2:StopInstances",
      { StringLike: { "aws:ResourceTag/team": ["a-*"] }, Bool: { "aws:SecureTransport": "true" } },
      true,
    ],
    ["one tag or any", "ec2:StopInstances", { StringLike: { "aws:ResourceTag/team": ["a", "*"] } }, false],
    ["no tag", "ec2:StopInstances", { StringEquals: { "aws:ResourceTag/team": [] } }, false],
    ["a tag that need not be", "ec2:StopInstances", { stringequalsifexists: { "aws:ResourceTag/team": "a" } }, false],
    ["whether there is a tag", "ec2:StopInstances", { null: { "aws:ResourceTag/team": "false" } }, false],
    [
      "a tag of the request that looks like one",
      "ec2:StopInstances",
      { StringEquals: { "aws:RequestTag/my:ResourceTag/team": "a" } },
      false,
    ],
    ["a tag that is not", "ec2:StopInstances", { StringNotEquals: { "aws:ResourceTag/team": "a" } }, false],
    ["a tag of the request", "ec2:StopInstances", { StringEquals: { "aws:RequestTag/team": "a" } }, false],
    ["a value that is not known", "ec2:StopInstances", { StringEquals: { "aws:ResourceTag/team": LATER } }, true],
    ["a boundary", "iam:CreateRole", BOUNDARY, true],
    ["a boundary", "iam:CreateUser", BOUNDARY, true],
    ["a boundary", "iam:PutRolePolicy", BOUNDARY, true],
    ["a boundary", "iam:DeleteUserPolicy", BOUNDARY, true],
    ["a boundary", "iam:AttachRolePolicy", BOUNDARY, true],
    ["a boundary", "iam:DetachUserPolicy", BOUNDARY, true],
    ["a boundary", "iam:PutUserPermissionsBoundary", BOUNDARY, true],
    ["a boundary that it does not know", "iam:CreateGroup", BOUNDARY, false],
    ["a policy", "iam:AttachGroupPolicy", POLICY, true],
    ["a policy", "iam:DetachUserPolicy", POLICY, true],
    ["a policy", "iam:AttachRolePolicy", POLICY, true],
    ["a policy that it does not know", "iam:PutRolePolicy", POLICY, false],
    ["what a role is passed for", "iam:PassRole", INSTANCE, true],
    ["what another is passed for", "iam:CreateRole", INSTANCE, false],
    [
      "the service that decrypts",
      "kms:Decrypt",
      { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
      true,
    ],
    ["a cluster", "ecs:RunTask", { ArnEquals: { "ecs:cluster": CLUSTER } }, true],
    [
      "a cluster in one region",
      "ecs:RunTask",
      { ArnEquals: { "ecs:cluster": CLUSTER }, StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
      true,
    ],
    ["clusters that begin alike", "ecs:RunTask", { ArnLike: { "ecs:cluster": `${CLUSTER}-*` } }, true],
    // It is another resource's, and so a name.
    ["a cluster that is not there yet", "ecs:RunTask", { ArnEquals: { "ecs:cluster": LATER } }, true],
    ["a cluster or any", "ecs:RunTask", { ArnLike: { "ecs:cluster": [CLUSTER, "arn:aws:ecs:*:1:*"] } }, false],
    [
      "one that is not there yet or any",
      "ecs:RunTask",
      { ArnLike: { "ecs:cluster": [LATER, "arn:aws:ecs:*:1:*"] } },
      false,
    ],
    ["what ends like a cluster", "ecs:RunTask", { StringLike: { "ecs:cluster": `*${CLUSTER}` } }, false],
    [
      "a key of a service that begins alike",
      "s3:GetObject",
      { ArnEquals: { "s3-outposts:DataAccessPointArn": "arn:aws:s3-outposts:eu-west-1:1:outpost/a" } },
      false,
    ],
    ["any cluster", "ecs:RunTask", { ArnLike: { "ecs:cluster": "arn:aws:ecs:eu-west-1:1:*" } }, false],
    ["a cluster by its name", "ecs:RunTask", { StringEquals: { "ecs:cluster": "a" } }, false],
    ["a cluster that is not", "ecs:RunTask", { ArnNotEquals: { "ecs:cluster": CLUSTER } }, false],
    ["another service's cluster", "ec2:RunInstances", { ArnEquals: { "ecs:cluster": CLUSTER } }, false],
    // A service has but one role of its own that it may be made.
    ...(
      [
        ["elasticloadbalancing.amazonaws.com", true],
        ["*", false],
      ] as const
    ).map(([of, expected]): [string, string, unknown, boolean] => {
      const condition = { StringEquals: { "iam:AWSServiceName": of } };
      return [`the service ${of}`, "iam:CreateServiceLinkedRole", condition, expected];
    }),
    ["the service of something else", "iam:CreateRole", { StringEquals: { "iam:AWSServiceName": "a" } }, false],
    ["nothing", "ecs:RunTask", undefined, false],
  ])("by %s: %s", (_, name, Condition, expected) => {
    expect(isLimitedByCondition(statement({ Condition }), iamAction(name)!)).toBe(expected);
  });
});
