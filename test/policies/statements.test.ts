/** Rules that compare a statement's actions with its resources and conditions. */
import { READS_DATA_ACTIONS, RETURNS_CREDENTIALS_ACTIONS } from "../../policies/data/exposure.ts";
import { expandAction, iamAction } from "../../policies/data/iam.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { UNKNOWN } from "../../policies/harness/index.ts";
import { mayMatch } from "../../policies/iam/match.ts";
import { arnFormats } from "../../policies/iam/scope.ts";
import { CREDENTIALS } from "./fixtures/cloudsplaining.ts";
import { messages, rolePolicy, type Statement } from "./support/documents.ts";

const NAMED = {
  "s3:GetObject": "arn:aws:s3:::data/*",
  "sts:AssumeRole": "arn:aws:iam::111111111111:role/reader",
  "s3:PutBucketPolicy": "arn:aws:s3:::data",
} as const;

describe.each([
  ["iam-data-exfiltration", "s3:GetObject", READS_DATA_ACTIONS],
  ["iam-credential-exposure", "sts:AssumeRole", RETURNS_CREDENTIALS_ACTIONS],
  [
    "iam-permissions-management",
    "s3:PutBucketPolicy",
    new Set(
      expandAction("*")
        .filter(({ level, resourceTypes }) => level === "Permissions management" && resourceTypes.length > 0)
        .map(({ name }) => name),
    ),
  ],
] as const)("%s", (rule, Action, all) => {
  const said = (...statements: readonly Statement[]) => messages(rule, rolePolicy(...statements));

  test("answers yes, no and not known yet", async () => {
    expect(await said({ Action, Resource: NAMED[Action] })).toEqual([]);
    expect(await said({ Action, Resource: "*" })).toEqual([expect.stringContaining(Action)]);
    expect(await said({ Action, Resource: UNKNOWN })).toEqual([UNDETERMINED]);
    // A Deny that is not known yet may take it away again.
    const deny = { Effect: "Deny", Action: UNKNOWN, Resource: "*" };
    expect(await said({ Action, Resource: "*" }, deny)).toEqual([UNDETERMINED]);
  });

  test("finds each of its actions on everything, and none on what is named, tagged or denied", async () => {
    const names = [...all];
    const found = new Set<string>();
    for (const name of names) for (const text of await said({ Action: name, Resource: "*" })) found.add(text);
    expect(found.size).toBe(names.length);
    const resource = (name: string) =>
      arnFormats(iamAction(name)!)[0]!
        .replace(/\$\{Partition\}/g, "aws")
        .replace(/\$\{\w+\}/g, "one");
    expect(await said(...names.map((name) => ({ Action: name, Resource: resource(name) })))).toEqual([]);
    const tag = { StringEquals: { "aws:ResourceTag/owner": "team" } };
    expect(await said({ Action: names, Resource: "*", Condition: tag })).toEqual([]);
    expect(await said({ Action: names, Resource: "*" }, { Effect: "Deny", Action: names, Resource: "*" })).toEqual([]);
  });
});

test("of what is too wide on everything, what changes most is named first", async () => {
  const Action = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:PutBucketPolicy"];
  const [text] = await messages("iam-wildcard-resource", rolePolicy({ Action, Resource: "*" }));
  expect(text).toContain("for s3:PutBucketPolicy, s3:PutObject, s3:GetObject, s3:ListBucket.");
});

test("what reads data or returns credentials exists and can be limited", () => {
  const wrong = [...READS_DATA_ACTIONS, ...RETURNS_CREDENTIALS_ACTIONS].filter((name) => {
    const action = iamAction(name);
    return action?.name !== name || action.resourceTypes.length === 0;
  });
  expect(wrong).toEqual([]);
});

test("every action whose answer cloudsplaining takes for a credential is one, or can't be limited or doesn't exist", () => {
  expect(CREDENTIALS).toHaveLength(45);
  const not = CREDENTIALS.filter((name) => !RETURNS_CREDENTIALS_ACTIONS.has(name));
  const why = Object.groupBy(not, (name) => (iamAction(name) ? "accepts only *" : "does not exist"));
  expect(why["does not exist"]).toHaveLength(4);
  expect(why["accepts only *"]?.every((name) => iamAction(name)?.resourceTypes.length === 0)).toBe(true);
});

describe("documents that AWS refuses", () => {
  const good = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" };
  const asked = (type: string, policy: unknown, property = "policy") =>
    messages("iam-document-malformed", { type, inputs: { [property]: policy } });
  const identity = (...statements: readonly Statement[]) =>
    asked("aws:iam/rolePolicy:RolePolicy", { Version: "2012-10-17", Statement: statements });

  test.each<[string, Statement]>([
    ["an element", { Actions: [] }],
    ["no Effect", { Effect: undefined }],
    ["neither Allow nor Deny", { Effect: "allow" }],
    ["no Action", { Action: undefined }],
    ["both Action and NotAction", { NotAction: "s3:PutObject" }],
    ["both Resource and NotResource", { NotResource: "arn:aws:s3:::other" }],
    ["an empty Action", { Action: [] }],
    ["an empty Resource", { Resource: [] }],
    ["no Resource", { Resource: undefined }],
    ["names a principal", { Principal: "*" }],
    ["not of the form service:Action", { Action: "GetObject" }],
    ["Sid of more than letters", { Sid: "read objects" }],
    ["an ARN at Resource", { Resource: "data/*" }],
    ["partition that doesn't exist at Resource[1]", { Resource: ["*", "arn:aws_cn:s3:::data/*"] }],
    ["an empty NotAction", { Action: undefined, NotAction: [] }],
    ["an empty NotResource", { Resource: undefined, NotResource: [] }],
    ["not of the form service:Action", { Action: ["s3:PutObject", "s3:GetObject,s3:PutObject"] }],
    ["not of the form service:Action", { Action: undefined, NotAction: " s3:GetObject" }],
    ["an ARN at NotResource[1]", { Resource: undefined, NotResource: ["*", "data/*"] }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variables look like it
    ["an ARN at Resource", { Resource: "home/${aws:username}" }],
    ["an ARN at Resource", { Resource: "xarn*" }],
    ["partition that doesn't exist", { Resource: "arn:myaws:s3:::data" }],
    ["an Action that is no text", { Action: { AWS: "s3:GetObject" } }],
    ["a NotAction that is no text", { Action: undefined, NotAction: ["s3:GetObject", { AWS: "111111111111" }] }],
    ["a Resource that is no text", { Resource: ["arn:aws:s3:::data/*", 7] }],
    ["a NotResource that is no text", { Resource: undefined, NotResource: { AWS: ["111111111111"] } }],
    ["fewer than six parts", { Resource: "arn:aws:s3" }],
    ["fewer than six parts", { Resource: "arn:aws:s3::data" }],
    ["fewer than six parts", { Resource: "arn:aws:s?:data" }],
    ["fewer than six parts", { Resource: "arn" }],
  ])("%s", async (problem, change) => {
    expect(await identity(good)).toEqual([]);
    expect(await identity({ ...good, ...change })).toEqual([expect.stringContaining(problem)]);
  });

  test("two statements of one Sid, a version of its own and elements beside the statements", async () => {
    expect(await identity(good, { ...good, Sid: "More" })).toEqual([]);
    expect(await identity(good, good)).toEqual([expect.stringContaining("statement 2 has the Sid of statement 1")]);
    const type = "aws:iam/rolePolicy:RolePolicy";
    expect(await asked(type, { Version: "2008-10-17", Statement: good })).toEqual([]);
    expect(await asked(type, { Version: "2012-10-18", Statement: good })).toHaveLength(1);
    expect(await asked(type, { Statement: good, Statements: [] })).toHaveLength(1);
  });

  test("what is a pattern or not known yet is not refused", async () => {
    expect(await identity({ ...good, Resource: undefined, NotResource: "arn:aws:s3:::data/*" })).toEqual([]);
    for (const Resource of [
      "*",
      "arn:*",
      "arn*",
      "arn:aws:s3*",
      "arn:aws*:s3:::data",
      "arn:aws-us-gov:s3:::data",
      UNKNOWN,
    ])
      expect(await identity({ ...good, Resource })).toEqual([]);
    for (const change of [{ Effect: UNKNOWN }, { Action: UNKNOWN }, { Action: "*" }, { Action: "s3:Get?bject" }])
      expect(await identity({ ...good, ...change })).toEqual([]);
  });

  test("resource and trust policies say who, and a trust policy not of what", async () => {
    const statement = { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "sqs:SendMessage", Resource: "*" };
    const queue = "aws:sqs/queuePolicy:QueuePolicy";
    expect(await asked(queue, { Statement: { ...statement, Sid: "for the shop" } })).toEqual([]);
    expect(await asked(queue, { Statement: { ...statement, Principal: undefined } })).toHaveLength(1);
    expect(await asked(queue, { Statement: { ...statement, NotPrincipal: { AWS: "1" } } })).toEqual([
      expect.stringContaining("both Principal and NotPrincipal"),
    ]);
    const trust = { ...statement, Action: "sts:AssumeRole", Resource: undefined };
    const role = (one: Statement) => asked("aws:iam/role:Role", { Statement: one }, "assumeRolePolicy");
    expect(await role(trust)).toEqual([]);
    expect(await role({ ...trust, Resource: "*" })).toEqual([expect.stringContaining("the role itself")]);
    expect(await role({ ...trust, NotResource: "*" })).toEqual([expect.stringContaining("the role itself")]);
    expect(await role({ ...trust, Principal: undefined })).toEqual([expect.stringContaining("names no principal")]);
    expect(await role({ ...trust, Principal: undefined, NotPrincipal: { AWS: "1" } })).toEqual([]);
    const key = { ...statement, Action: "kms:Decrypt", Principal: undefined };
    expect(await asked("aws:kms/key:Key", { Statement: key })).toEqual([expect.stringContaining("no principal")]);
  });

  test("an organization's tag policy is no IAM document, its service control policy is one", async () => {
    const organization = (type: string) =>
      messages("iam-document-malformed", {
        type: "aws:organizations/policy:Policy",
        inputs: { type, content: { tags: { owner: {} } } },
      });
    expect(await organization("TAG_POLICY")).toEqual([]);
    expect(await organization("SERVICE_CONTROL_POLICY")).toEqual([expect.stringContaining("no Statement")]);
  });
});

test.each([
  ["aws:sqs/queuePolicy:QueuePolicy", 8_192],
  ["aws:sns/topicPolicy:TopicPolicy", 30_720],
  ["aws:ecr/repositoryPolicy:RepositoryPolicy", 10_240],
  ["aws:iam/userPolicy:UserPolicy", 2_048],
])("%s takes %d characters, however it is indented", async (type, most) => {
  const padded = (length: number) => {
    const empty = JSON.stringify({ Id: "", Statement: [] }).length;
    return JSON.stringify({ Id: "x".repeat(length - empty), Statement: [] }, null, 4);
  };
  const asked = (policy: unknown) => messages("iam-document-size", { type, inputs: { policy } });
  expect(await asked(padded(most))).toEqual([]);
  expect(await asked(padded(most + 1))).toEqual([expect.stringContaining(`AWS takes ${most}`)]);
  expect(await asked({ Id: "x".repeat(most), Statement: UNKNOWN })).toEqual([UNDETERMINED]);
});

describe("iam-resource-mismatch", () => {
  const rule = "iam-resource-mismatch";
  const said = (Action: unknown, Resource: unknown, more: Statement = {}) =>
    messages(rule, rolePolicy({ Action, Resource, ...more }));
  const DATA = "arn:aws:s3:::data";

  test("answers yes, no and not known yet", async () => {
    expect(await said("s3:GetObject", `${DATA}/*`)).toEqual([]);
    expect(await said("s3:GetObject", DATA)).toEqual([
      expect.stringContaining("s3:GetObject work on"),
      expect.stringContaining("no action of the statement works on Resource[0]"),
    ]);
    expect(await said("s3:GetObject", [`${DATA}/*`, DATA])).toEqual([expect.stringContaining("Resource[1]")]);
    expect(await said(["s3:GetObject", "s3:ListBucket"], [UNKNOWN, `${DATA}/*`])).toEqual([UNDETERMINED]);
    expect(await said([UNKNOWN, "s3:GetObject"], [`${DATA}/*`, DATA])).toEqual([UNDETERMINED]);
    expect(await said(UNKNOWN, UNKNOWN)).toEqual([]);
  });

  test.each<[string | string[], string | string[], number]>([
    ["s3:ListBucket", `${DATA}/*`, 2],
    ["s3:ListBucket", "arn:aws:s3:::*", 0],
    ["s3:ListAllMyBuckets", "arn:aws:s3:::*", 0],
    ["s3:ListAllMyBuckets", DATA, 2],
    ["ecr:GetAuthorizationToken", "arn:aws:ecr:eu-west-1:111111111111:repository/app", 2],
    ["ecr:GetAuthorizationToken", "*", 0],
    ["s3:*", DATA, 0],
    ["s3:*", "arn:aws:sns:eu-west-1:111111111111:alarms", 1],
    ["sns:Publish", "arn:aws:sqs:eu-west-1:111111111111:alarms", 2],
    ["lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111111111111:function:app:live", 0],
    ["dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/index/by-day", 2],
    ["dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/index/by-day", 0],
    ["logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/app:*", 0],
    ["iam:PassRole", "arn:aws:iam::111111111111:role/service/app", 0],
    ["iam:PassRole", "arn:aws:iam::111111111111:user/app", 2],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variables look like it
    ["s3:GetObject", "arn:aws:s3:::home-${aws:username}", 0],
    ["s3:FetchObject", DATA, 0],
    ["*", "arn:aws:nowhere:::x", 0],
  ])("%s on %s: %d", async (action, resource, count) => {
    expect(await said(action, resource)).toHaveLength(count);
  });

  test("a Deny that forbids nothing is found, one by exclusion is left alone", async () => {
    expect(await said("s3:GetObject", DATA, { Effect: "Deny" })).toHaveLength(2);
    const except = { Effect: "Deny", Action: undefined, NotAction: "s3:GetObject" };
    expect(await said(undefined, DATA, except)).toEqual([]);
  });

  test("every type's ARNs are matched by their format, with any name and as a pattern", () => {
    const formats = [...new Set(expandAction("*").flatMap(arnFormats))];
    expect(formats.length).toBeGreaterThan(1_000);
    const wrong = formats.flatMap((format) => {
      const arn = format.replace(/\$\{Partition\}/, "aws").replace(/\$\{[^}]+\}/g, "mine");
      const patterns = [arn, `${arn.slice(0, -1)}*`, arn.replace(/mine/g, "*"), arn.replace(/mine(?!.*mine)/, "m?n*")];
      return patterns.filter((pattern) => !mayMatch(format, pattern)).map((pattern) => `${format} ${pattern}`);
    });
    expect(wrong).toEqual([]);
  });
});

test("a misspelt action is told from the nearest that exists, wherever it stands", async () => {
  const said = (statement: Statement) => messages("iam-unknown-action", rolePolicy({ Resource: "*", ...statement }));
  expect(await said({ Action: "s3:GetObejct" })).toEqual([expect.stringContaining("s3:GetObject is.")]);
  expect(await said({ Action: "dynamdb:GetItem" })).toEqual([expect.stringContaining("a service dynamodb.")]);
  expect(await said({ Action: "s3:Frobnicate" })).toEqual([expect.stringMatching(/known \(data \S+\)\.$/)]);
  expect(await said({ Action: "s3:Fetch*" })).toHaveLength(1);
  expect(await said({ Effect: "Deny", Action: "s3:DeletObject" })).toEqual([
    expect.stringContaining("s3:DeleteObject is."),
  ]);
  expect(await said({ Effect: "Deny", NotAction: "s3:DeletObject" })).toHaveLength(1);
  expect(await said({ Action: ["s3:getobject", "s3:Get*", "*"] })).toEqual([]);
});

test("a wildcard is told with what works on the statement's resources, by what it does", async () => {
  const said = (Action: string, Resource: string) => messages("iam-wildcard-action", rolePolicy({ Action, Resource }));
  const [onObjects] = await said("s3:*Object", "arn:aws:s3:::data/*");
  expect(onObjects).toMatch(/of what works on the resources: .*Read GetObject/);
  expect(onObjects).toContain("Write DeleteObject, PutObject");
  const [onQueue] = await said("sqs:*", "arn:aws:sqs:eu-west-1:111111111111:jobs");
  expect(onQueue).not.toContain("ListQueues");
  const [anywhere] = await said("sqs:*", "*");
  expect(anywhere).toContain("List");
  expect((await said("*", "*"))[0]).not.toContain("Name what is used");
});
