/** How documents are read, and what they leave open, below the rules that ask. */
import { iamAction } from "../../policies/data/iam.ts";
import { Property } from "../../policies/framework/property.ts";
import { Report, type RuleResource } from "../../policies/framework/rule.ts";
import { openActions } from "../../policies/iam/allowed.ts";
import { documentSize, firstUnknown, readDocument, readStatement } from "../../policies/iam/document.ts";
import { isLimitedByCondition } from "../../policies/iam/scope.ts";

const LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
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

describe("how far an action can be limited", () => {
  test.each([
    ["a tag", "ec2:StopInstances", { StringEquals: { "ec2:ResourceTag/team": "a" } }, true],
    ["a tag of another service's", "ec2:StopInstances", { StringEquals: { "aws:ResourceTag/team": "a" } }, true],
    ["any tag", "ec2:StopInstances", { StringLike: { "aws:ResourceTag/team": "*" } }, false],
    ["a tag that is not", "ec2:StopInstances", { StringNotEquals: { "aws:ResourceTag/team": "a" } }, false],
    ["a tag of the request", "ec2:StopInstances", { StringEquals: { "aws:RequestTag/team": "a" } }, false],
    ["a value that is not known", "ec2:StopInstances", { StringEquals: { "aws:ResourceTag/team": LATER } }, true],
    ["a boundary", "iam:CreateRole", { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } }, true],
    ["a boundary", "iam:CreateUser", { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } }, true],
    ["a boundary", "iam:PutRolePolicy", { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } }, true],
    [
      "a boundary",
      "iam:DeleteUserPolicy",
      { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } },
      true,
    ],
    [
      "a boundary",
      "iam:AttachRolePolicy",
      { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } },
      true,
    ],
    [
      "a boundary",
      "iam:DetachUserPolicy",
      { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } },
      true,
    ],
    [
      "a boundary",
      "iam:PutUserPermissionsBoundary",
      { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } },
      true,
    ],
    [
      "a boundary that it does not know",
      "iam:CreateGroup",
      { ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } },
      false,
    ],
    ["a policy", "iam:AttachGroupPolicy", { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::1:policy/b" } }, true],
    ["a policy", "iam:DetachUserPolicy", { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::1:policy/b" } }, true],
    ["a policy", "iam:AttachRolePolicy", { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::1:policy/b" } }, true],
    [
      "a policy that it does not know",
      "iam:PutRolePolicy",
      { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::1:policy/b" } },
      false,
    ],
    [
      "what a role is passed for",
      "iam:PassRole",
      { ArnEquals: { "iam:AssociatedResourceArn": "arn:aws:ec2:a:1:instance/b" } },
      true,
    ],
    [
      "what another is passed for",
      "iam:CreateRole",
      { ArnEquals: { "iam:AssociatedResourceArn": "arn:aws:ec2:a:1:instance/b" } },
      false,
    ],
    [
      "the service that decrypts",
      "kms:Decrypt",
      { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
      true,
    ],
    ["a cluster", "ecs:RunTask", { ArnEquals: { "ecs:cluster": "arn:aws:ecs:eu-west-1:1:cluster/a" } }, true],
    ["any cluster", "ecs:RunTask", { ArnLike: { "ecs:cluster": "arn:aws:ecs:eu-west-1:1:*" } }, false],
    ["a cluster by its name", "ecs:RunTask", { StringEquals: { "ecs:cluster": "a" } }, false],
    [
      "a cluster that is not",
      "ecs:RunTask",
      { ArnNotEquals: { "ecs:cluster": "arn:aws:ecs:eu-west-1:1:cluster/a" } },
      false,
    ],
    [
      "another service's cluster",
      "ec2:RunInstances",
      { ArnEquals: { "ecs:cluster": "arn:aws:ecs:eu-west-1:1:cluster/a" } },
      false,
    ],
    ["nothing", "ecs:RunTask", undefined, false],
  ])("by %s: %s", (_, name, Condition, expected) => {
    expect(isLimitedByCondition(statement({ Condition }), iamAction(name)!)).toBe(expected);
  });
});

describe("what documents leave open", () => {
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
  const document = (...statements: readonly object[]) => ({
    Version: "2012-10-17",
    Statement: statements.map((one) => ({ Effect: "Allow", ...one })),
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
  const names = (...statements: readonly object[]) => read(document(...statements)).names;

  test.each([
    ["anything", [ANY], true],
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
    expect(names(...statements)).toEqual(open ? ["s3:getobject"] : []);
  });

  test("all but what is named is all other actions there are, each once", () => {
    const others = names({ NotAction: ["s3:*", "s3:GetObject"], Resource: "*" });
    expect(others.some((name) => name.startsWith("s3:"))).toBe(false);
    expect(others.length).toBeGreaterThan(10_000);
    expect(names({ Action: ["s3:GetObject", "s3:GetObjec?", "S3:getobject"], Resource: "*" })).toEqual([
      "s3:getobject",
    ]);
    expect(names({ Action: ["s3:GetObject", "unheard:Of"], Resource: "*" })).toEqual(["s3:getobject"]);
  });

  test("inline policies of a role count as one, so that one denies what another allows", () => {
    expect(read(document(ANY), document({ ...ANY, Effect: "Deny" })).names).toEqual([]);
    expect(read(document(ANY), document({ ...ANY, Action: "sqs:SendMessage" })).names).toEqual([
      "s3:getobject",
      "sqs:sendmessage",
    ]);
  });

  test("roles may be passed to services that are named, or to any", () => {
    const pass = (Condition?: object) => ({ Action: "iam:PassRole", Resource: "*", Condition });
    const to = (...services: string[]) => ({ StringEquals: { "iam:PassedToService": services } });
    const passed = (...statements: readonly object[]) => read(document(...statements)).passedTo;
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
    expect(read(document({ ...ANY, Action: LATER })).waits).toEqual([`${at}.Action`]);
    expect(read(document({ NotAction: LATER, Resource: "*" })).waits).toEqual([`${at}.NotAction`]);
    expect(read(document({ ...ANY, Resource: LATER })).waits).toEqual([`${at}.Resource`]);
    expect(read(document({ ...ANY, Effect: LATER })).waits).toEqual([`${at}.Effect`]);
    expect(read(document({ ...ANY, Effect: "Deny", Action: LATER })).waits).toEqual([]);
  });
});
