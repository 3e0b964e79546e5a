/** How rules are bundled and set: sets merged into one policy, packs, their settings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { rulesOf } from "../../policies/framework/config.ts";
import { mergeSets } from "../../policies/framework/merge.ts";
import { analyze, type HarnessResource, notApplicable } from "../../policies/harness/index.ts";
import { analyzePackPath, PACKS, type PolicySettings, packConfig, RULES } from "../../policies/index.ts";
import { platformPack } from "../../policies/packs.ts";
import { ALL_RULES, RULE_SETS, ruleSetOf } from "../../policies/rules/index.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { tagging } from "../../policies/rules/tagging/index.ts";

describe("sets merged into one policy", () => {
  const WIDE = { ...leastPrivilege, name: "wide", parts: undefined };
  const policies = [toPolicy(mergeSets({ name: "both", title: "Both", description: "Two sets." }, [WIDE, tagging]))];
  const account = (id: string) => `arn:aws:iam::${id}:root`;
  const trusting: HarnessResource = {
    type: "aws:iam/role:Role",
    inputs: {
      tags: { team: "a" },
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: account("111111111111") }, Action: "sts:AssumeRole" },
      }),
    },
  };
  const said = async (config: Readonly<Record<string, unknown>>) =>
    (await analyze(policies, [trusting], { both: config })).map(({ policy, level }) => `${level} ${policy}`);

  test("each read their own settings, and have the level that rule, set or policy gives them", async () => {
    expect(await said({})).toEqual(["mandatory iam-trust-cross-account", "mandatory tags-required"]);
    expect(await said({ accounts: ["111111111111"], requiredTags: ["team"] })).toEqual([]);
    expect(await said({ sets: { wide: "advisory" } })).toEqual([
      "advisory iam-trust-cross-account",
      "mandatory tags-required",
    ]);
    expect(
      await said({ sets: { wide: "disabled", tagging: "disabled" }, rules: { "tags-required": "advisory" } }),
    ).toEqual(["advisory tags-required"]);
  });

  test("name a setting that there is not, where the engine would have let it pass", async () => {
    const { validateResource } = policies[0]!;
    const args = { type: "aws:iam/role:Role", props: {}, getConfig: () => ({ requiredTag: [] }) };
    expect(() => (validateResource as (...all: unknown[]) => void)(args, () => {})).toThrow(
      '"both" has no setting "requiredTag"; it has',
    );
  });

  test("that share the name of a rule or a setting are none", () => {
    const words = { name: "both", title: "Both", description: "Two sets." };
    expect(() => mergeSets(words, [tagging, tagging])).toThrow('a rule "tags-required"');
    expect(() => mergeSets(words, [tagging, { ...WIDE, configProperties: tagging.configProperties }])).toThrow(
      'a setting "requiredTags"',
    );
  });

  test("say when none of them has anything to say about a type", async () => {
    expect(await notApplicable(policies, { type: "aws:iam/role:Role", inputs: {} })).toEqual([]);
    expect(await notApplicable(policies, { type: "aws:ec2/route:Route", inputs: {} })).toEqual(["both"]);
  });
});

describe("packs", () => {
  test("hold every rule, each under a name of its own that says all a reader needs", () => {
    expect(new Set(RULES.map((entry) => entry.id)).size).toBe(RULES.length);
    for (const entry of RULES) {
      expect(entry.id).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(entry.url).toMatch(/^https:\/\/(docs\.aws\.amazon\.com|kubernetes\.io|www\.pulumi\.com)\//);
      for (const text of [entry.title, entry.why, entry.remedy]) expect(text.length).toBeGreaterThan(10);
    }
    // One policy that judges, and so one decoding of each resource; the others put things right where they are told to.
    const [judging, ...fixing] = platformPack().policies;
    expect(judging!.name).toBe("causeway");
    expect(fixing.map(({ name }) => name)).toEqual(ALL_RULES.rules.filter(({ fix }) => fix).map(({ id }) => id));
    expect(new Set(fixing.map(({ enforcementLevel }) => enforcementLevel))).toEqual(new Set(["disabled"]));
    expect(
      rulesOf(ALL_RULES)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(RULES.map(({ id }) => id).sort());
  });

  test("one file of settings fits them all: every section names its level, and holds what is its own", () => {
    const given: PolicySettings = {
      enforcement: "advisory",
      sets: { cost: "disabled" },
      rules: { "tags-required": "mandatory", "iam-any-principal": "disabled" },
      allowedTagValues: { environment: ["dev"] },
    };
    const config = packConfig(given);
    const section = { enforcementLevel: "advisory", failClosed: false };
    expect(config).toEqual({
      causeway: { ...section, sets: given.sets, rules: given.rules, allowedTagValues: given.allowedTagValues },
      "least-privilege": { ...section, rules: { "iam-any-principal": "disabled" } },
      ...{ security: section, resilience: section, kubernetes: section },
      cost: { ...section, enforcementLevel: "disabled" },
      tagging: { ...section, rules: { "tags-required": "mandatory" }, allowedTagValues: given.allowedTagValues },
    });
    expect(packConfig({})).toMatchObject({ causeway: { enforcementLevel: "mandatory" } });
  });

  test("settings that name what there is not are refused, with all that is wrong", () => {
    const wrong = { failclosed: true, sets: { costs: "advisory" }, rules: { "tags-requird": "advisory" } };
    for (const message of [
      'no setting "failclosed", but "failClosed"; there are enforcement, ',
      'no set of rules "costs", but "cost"; there are least-privilege, ',
      'no policy rule "tags-requird", but "tags-required"; docs/guides/policy-rules.md lists them.',
    ]) {
      expect(() => packConfig(wrong as PolicySettings)).toThrow(message);
    }
  });

  test("put right what they are told to: nothing, one rule, or all but what is disabled", () => {
    const fixes = (settings: PolicySettings) => Object.entries(packConfig(settings)).filter(([id]) => ruleSetOf(id));
    expect(fixes({ rules: { "kms-rotation": "mandatory" } })).toEqual([]);
    const one = packConfig({
      rules: { "tags-required": "remediate" },
      tags: { owner: "team" },
      sets: { cost: "disabled" },
    });
    expect(one["tags-required"]).toEqual({ enforcementLevel: "remediate", tags: { owner: "team" } });
    // What is left of it stops the change.
    expect(one.causeway).toMatchObject({ rules: { "tags-required": "mandatory" } });
    const off: PolicySettings = {
      sets: { cost: "disabled" },
      rules: { "kms-rotation": "disabled", "ec2-imdsv2": "advisory" },
    };
    const all = fixes({ ...off, fix: true }).map(([id]) => id);
    const expected = RULES.filter(({ id, set, fix }) => fix && set !== "cost" && id !== "kms-rotation");
    expect(all.sort()).toEqual(expected.map(({ id }) => id).sort());
    expect(() => packConfig({ rules: { "s3-acls-off": "remediate" } })).toThrow(
      '"s3-acls-off" puts nothing right by itself',
    );
  });

  test("lie where they are said to, and each holds the rules of its name", () => {
    for (const pack of PACKS) {
      const folder = analyzePackPath(process.cwd(), pack);
      const program = readFileSync(join(folder, "index.js"), "utf8");
      expect(program).toContain(`servePack("${pack === "platform" ? "causeway" : pack}", `);
      const { runtime, description } = parse(readFileSync(join(folder, "PulumiPolicy.yaml"), "utf8")) ?? {};
      expect({ pack, runtime }).toEqual({ pack, runtime: { name: "nodejs", options: { typescript: false } } });
      expect(description).toMatch(/\.$/);
    }
    expect(PACKS.filter((pack) => pack !== "platform")).toEqual(RULE_SETS.map(({ name }) => name));
  });
});
