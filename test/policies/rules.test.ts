/**
 * Every rule by its fixtures, through the SDK's own handlers: what passes, the same with one property changed, which
 * fails, and the same with that property not known yet.
 */
import type { Policies } from "@pulumi/policy";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { analyze, analyzeStack, type HarnessFinding, UNKNOWN } from "../../policies/harness/index.ts";
import { RULE_SETS, RULES, ruleSetOf } from "../../policies/rules/index.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { checkInputs } from "../support/harness/schema-check.ts";
import { RESOURCES, STACKS } from "./fixtures/all.ts";
import { EDGES, STACK_EDGES } from "./fixtures/edges.ts";
import { type ResourceFixture, type StackFixture, withValue } from "./fixtures/fixtures.ts";

/** One rule by itself. */
function policiesFor(rule: string): Policies {
  const only = <T extends { readonly id: string }>(rules: readonly T[] = []) => rules.filter(({ id }) => id === rule);
  return RULE_SETS.filter(({ name }) => name === ruleSetOf(rule)).map((set) =>
    toPolicy({ ...set, rules: only(set.rules), stackRules: only(set.stackRules) }),
  );
}

/** What one rule says: failures by their messages, or that it waits. */
function verdictOf(rule: string, findings: readonly HarnessFinding[]): "passes" | "fails" | "undetermined" | "breaks" {
  if (findings.some(({ message }) => message.includes("the rule itself broke"))) return "breaks";
  if (findings.some(({ policy }) => policy === rule)) return "fails";
  const open = findings.filter(({ policy }) => policy === UNDETERMINED);
  return open.some(({ message }) => new RegExp(`[ :]${rule}[,.]`).test(message)) ? "undetermined" : "passes";
}

const asked = async (
  { rule, type }: Pick<ResourceFixture, "rule" | "type">,
  inputs: Readonly<Record<string, unknown>>,
) => verdictOf(rule, await analyze(policiesFor(rule), [{ type, inputs }]));

const byRule = <T extends { readonly rule: string }>(fixtures: readonly T[]): [string, T[]][] => [
  ...Map.groupBy(fixtures, ({ rule }) => rule),
];

describe("rules on single resources", () => {
  test.each(byRule(RESOURCES))("%s", async (_, fixtures) => {
    for (const fixture of fixtures) {
      const { good, at, bad, fine = [], absent, type } = fixture;
      const said: Record<string, string> = { good: await asked(fixture, good) };
      for (const value of bad) said[`bad ${JSON.stringify(value)}`] = await asked(fixture, withValue(good, at, value));
      for (const value of fine)
        said[`fine ${JSON.stringify(value)}`] = await asked(fixture, withValue(good, at, value));
      said.unknown = await asked(fixture, withValue(good, at, UNKNOWN));
      said.absent = absent === "invalid" ? absent : await asked(fixture, withValue(good, at, undefined));
      expect({ type, at, ...said }).toEqual({
        ...{ type, at, good: "passes", unknown: "undetermined", absent },
        ...Object.fromEntries(bad.map((value) => [`bad ${JSON.stringify(value)}`, "fails"])),
        ...Object.fromEntries(fine.map((value) => [`fine ${JSON.stringify(value)}`, "passes"])),
      });
    }
  });

  describe("at the edge of what they let pass", () => {
    test.each(byRule(EDGES))("%s", async (_, edges) => {
      for (const { rule, type, inputs, says } of edges) {
        expect({ type, inputs, said: await asked({ rule, type }, inputs) }).toEqual({ type, inputs, said: says });
      }
    });
  });

  describe("in words", () => {
    const opened = async (rule: string, fromPort: unknown, toPort: unknown) => {
      const inputs = { securityGroupId: "sg-1", cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort, toPort };
      const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
      const [finding] = await analyze(policiesFor(rule), [{ type, inputs }]);
      return finding?.message.split("\n")[0]?.replace(/^.*lets the whole internet reach /, "");
    };

    test("sg-sensitive-ports-closed", async () => {
      const said = (from: unknown, to: unknown) => opened("sg-sensitive-ports-closed", from, to);
      expect(await said(22, 22)).toBe("port 22");
      expect(await said(20, 22)).toBe("port 20, 21, 22");
      expect(await said(20, 23)).toBe("all ports from 20 to 23");
      expect(await said(undefined, undefined)).toBe("all ports from 0 to 65535");
      expect(await said(UNKNOWN, 22)).toMatch(/^undetermined: fromPort is not known until .*\.$/);
    });

    test("sg-only-web-ports-open", async () => {
      const said = (from: unknown, to: unknown) => opened("sg-only-web-ports-open", from, to);
      expect(await said(8080, 8080)).toBe("port 8080");
      expect(await said(80, 443)).toBe("ports 80 to 443");
    });
  });

  test("are asked of inputs that the installed SDK has", () => {
    const schema = openSchema(process.cwd());
    const problems = [
      ...RESOURCES.flatMap(({ rule, type, good, at, bad }) =>
        [good, ...bad.map((value) => withValue(good, at, value))].map((inputs) => ({ rule, type, inputs })),
      ),
      ...EDGES,
    ]
      .filter(({ type }) => type.startsWith("aws:"))
      .flatMap(({ rule, type, inputs }) => checkInputs(schema, type, rule, inputs));
    expect(problems).toEqual([]);
  });
});

describe("rules on whole stacks", () => {
  test.each(byRule(STACKS))("%s", async (rule, fixtures) => {
    for (const fixture of fixtures) {
      const said = async (resources: StackFixture["good"]) =>
        verdictOf(rule, await analyzeStack(policiesFor(rule), resources));
      expect({
        good: await said(fixture.good),
        bad: await said(fixture.bad),
        unknown: await said(fixture.unknown),
      }).toEqual({ good: "passes", bad: "fails", unknown: "undetermined" });
    }
  });

  describe("at the edge of what they let pass", () => {
    test.each(byRule(STACK_EDGES))("%s", async (rule, edges) => {
      for (const { resources, says } of edges) {
        const said = verdictOf(rule, await analyzeStack(policiesFor(rule), resources));
        expect({ resources, said }).toEqual({ resources, said: says });
      }
    });
  });

  // As those of a cluster that the same change makes: the engine has their inputs, and of the whole stack nothing of them.
  test("say the same of resources whose provider waits for a value", async () => {
    for (const { rule, good, bad, unknown } of STACKS) {
      const said = async (resources: StackFixture["good"]) => {
        const [policies, unseen] = [policiesFor(rule), resources.map((one) => ({ ...one, outputs: {} }))];
        await analyze(policies, unseen);
        return verdictOf(rule, await analyzeStack(policies, unseen));
      };
      expect({ rule, good: await said(good), bad: await said(bad), unknown: await said(unknown) }).toEqual({
        ...{ rule, good: "passes", bad: "fails", unknown: "undetermined" },
      });
    }
  });

  test("one resource that is not known yet hides no other", async () => {
    const [fixture] = STACKS;
    const findings = await analyzeStack(policiesFor(fixture!.rule), [
      ...fixture!.bad,
      { type: fixture!.good[0]!.type, name: "second", inputs: { bucket: UNKNOWN } },
    ]);
    expect(findings.filter(({ policy }) => policy === fixture!.rule).map(({ urn }) => urn)).toHaveLength(2);
  });
});

/** Sets with fixtures in suites of their own. */
const ELSEWHERE = ["least-privilege", "tagging"];

test("every rule and each of its types has a fixture", () => {
  const covered = new Set([...RESOURCES, ...STACKS].map(({ rule }) => rule));
  const missing = RULES.filter(({ id, set }) => !ELSEWHERE.includes(set) && !covered.has(id)).map(({ id }) => id);
  expect(missing).toEqual([]);
  const types = new Set(RESOURCES.map(({ rule, type }) => `${rule} ${type}`));
  const rules = RULE_SETS.flatMap((set) => set.rules).flatMap((rule) =>
    "checks" in rule ? Object.keys(rule.checks as object).map((type) => `${rule.id} ${type}`) : [],
  );
  expect(rules.filter((one) => !types.has(one))).toEqual([]);
});

test("ids are unique, and every rule says what, why, what to do and which controls it answers to", () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  for (const { id, title, why, remedy, url, controls } of RULES) {
    expect({ id, words: [title, why, remedy].every((text) => text.length > 10) }).toEqual({ id, words: true });
    expect({ id, url }).toEqual({ id, url: expect.stringMatching(/^https:\/\//) });
    expect({ id, controls: Object.values(controls).flat().length > 0 }).toEqual({ id, controls: true });
  }
});
