/** Rules that compare a statement's actions with its resources and conditions. */
import { READS_DATA_ACTIONS, RETURNS_CREDENTIALS_ACTIONS } from "../../policies/data/exposure.ts";
import { expandAction, iamAction } from "../../policies/data/iam.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { UNKNOWN } from "../../policies/harness/index.ts";
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
