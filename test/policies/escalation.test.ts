/** Every documented way to more rights is found, and none is where one of its actions is missing or limited. */
import { ESCALATION_PATHS } from "../../policies/data/escalation-paths.ts";
import { iamAction } from "../../policies/data/iam.ts";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { analyze, UNKNOWN } from "../../policies/harness/index.ts";
import { arnFormats } from "../../policies/iam/scope.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";

const POLICIES = [
  toPolicy({ ...leastPrivilege, rules: leastPrivilege.rules.filter(({ id }) => id === "iam-privilege-escalation") }),
];
type Statement = Readonly<Record<string, unknown>>;

async function said(...statements: readonly Statement[]): Promise<string> {
  const document = { Version: "2012-10-17", Statement: statements.map((one) => ({ Effect: "Allow", ...one })) };
  const findings = await analyze(POLICIES, [
    { type: "aws:iam/rolePolicy:RolePolicy", inputs: { policy: JSON.stringify(document) } },
  ]);
  return findings.map(({ message }) => message).join("\n");
}
const finds = (text: string, id: string) => text.includes(`pathfinding.cloud ${id})`);

/** A resource of an action, by name. */
const named = (action: string): string => {
  const [format] = arnFormats(iamAction(action)!);
  return (format ?? "*").replace(/\$\{Partition\}/g, "aws").replace(/\$\{\w+\}/g, "one");
};

test("what is not known yet is waited for", async () => {
  const document = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "iam:PutRolePolicy", Resource: UNKNOWN },
  };
  const later = [UNKNOWN, document].map((policy) => ({ type: "aws:iam/rolePolicy:RolePolicy", inputs: { policy } }));
  const findings = await analyze(POLICIES, later);
  expect(findings.map(({ policy }) => policy)).toEqual([UNDETERMINED, UNDETERMINED]);
});

test("there are 65, and every action of them exists", () => {
  expect(ESCALATION_PATHS).toHaveLength(65);
  const unknown = ESCALATION_PATHS.flatMap(({ actions }) => actions).filter((action) => !iamAction(action));
  expect([...new Set(unknown)]).toEqual([]);
});

test.each(ESCALATION_PATHS)("$id", async ({ id, actions }) => {
  expect(finds(await said({ Action: actions, Resource: "*" }), id)).toBe(true);
  // In two statements it is the same way.
  expect(finds(await said(...actions.map((action) => ({ Action: action, Resource: "*" }))), id)).toBe(true);
  for (const missing of actions) {
    const rest = actions.filter((action) => action !== missing);
    const without = rest.length > 0 ? await said({ Action: rest, Resource: "*" }) : "";
    expect({ id, missing, found: without.includes(`cloud ${id})`) }).toEqual({ id, missing, found: false });
  }
  const limited = actions.filter((action) => (iamAction(action)?.resourceTypes.length ?? 0) > 0);
  expect(limited.length).toBeGreaterThan(0);
  const text = await said(
    ...actions.map((action) => ({ Action: action, Resource: limited.includes(action) ? named(action) : "*" })),
  );
  expect({ id, found: text.includes(`cloud ${id})`) }).toEqual({ id, found: false });
});

test("a wildcard of actions counts for what it grants", async () => {
  expect(await said({ Action: "iam:Put*", Resource: "*" })).toContain("its holder gives itself any right");
});

test("a role that may be passed to one service is no way by another", async () => {
  const pass = (service: string) => ({
    Action: "iam:PassRole",
    Resource: "*",
    Condition: { StringEquals: { "iam:PassedToService": service } },
  });
  const run = { Action: ["ecs:RegisterTaskDefinition", "ecs:RunTask"], Resource: "*" };
  expect(await said(pass("ecs-tasks.amazonaws.com"), run)).toContain("cloud ecs-004)");
  expect(await said(pass("lambda.amazonaws.com"), run)).not.toContain("cloud ecs-004)");
  expect(await said(pass("lambda.amazonaws.com"), { Action: "iam:PassRole", Resource: "*" }, run)).toContain(
    "cloud ecs-004)",
  );
});
