import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ResourceValidationPolicy, unknownCheckingProxy } from "@pulumi/policy";
import fc from "fast-check";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { companionRule } from "../../policies/framework/companion-rule.ts";
import {
  allOf,
  anyOf,
  atLeast,
  atLeastItems,
  between,
  type Check,
  each,
  given,
  isTrue,
  noneOf,
  notGiven,
  oneOf,
  onlyIf,
  parsed,
  setting,
} from "../../policies/framework/condition.ts";
import { rulesOf } from "../../policies/framework/config.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { mergeSets } from "../../policies/framework/merge.ts";
import { Property } from "../../policies/framework/property.ts";
import { Report, type Rule, type RuleSet } from "../../policies/framework/rule.ts";
import {
  analyze,
  analyzeStack,
  type HarnessResource,
  notApplicable,
  secret,
  UNKNOWN,
} from "../../policies/harness/index.ts";
import { analyzePackPath, PACKS, type PolicySettings, packConfig, RULES } from "../../policies/index.ts";
import { platformPack } from "../../policies/packs.ts";
import { ALL_RULES, RULE_SETS, ruleSetOf } from "../../policies/rules/index.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { tagging } from "../../policies/rules/tagging/index.ts";

const BUCKET = "aws:s3/bucket:Bucket";

function rule(id: string, evaluate: Rule<unknown>["evaluate"], more: Partial<Rule<unknown>> = {}): Rule<unknown> {
  const words = { title: `${id} title`, why: "why", remedy: "remedy", url: "https://example.com", controls: {} };
  return { id, ...words, severity: "high", appliesTo: (type) => type === BUCKET, evaluate, ...more };
}
function policyOf(...rules: Rule<unknown>[]): ResourceValidationPolicy {
  const set: RuleSet<unknown> = {
    name: "set",
    title: "Set",
    description: "A set.",
    rules,
    configProperties: {},
    readConfig: (values) => values,
  };
  return toPolicy(set);
}

describe("rules as one policy", () => {
  const failing = rule("fails", (_, report) => report.fail("is wrong"), { severity: "critical" });
  const waiting = rule("waits", (resource, report) => report.wait(resource.inputs.get("acl")));

  test("are reported under their own names, severities and levels", async () => {
    const other = rule("other", (_, report) => report.fail("too"), { severity: "low" });
    const findings = await analyze([policyOf(failing, other)], [{ type: BUCKET, inputs: {} }], {
      set: { rules: { other: "advisory" } },
    });
    expect(findings).toMatchObject([
      { policy: "fails", severity: "critical", level: "mandatory" },
      { policy: "other", severity: "low", level: "advisory" },
    ]);
    expect(findings[0]!.message).toBe("fails title: is wrong\nWhy: why\nRemedy: remedy\nSee https://example.com");
  });

  test("take the level of the set, and one that is switched off is silent in all ways", async () => {
    const resource = { type: BUCKET, inputs: { acl: UNKNOWN } };
    const policies = [policyOf(failing, waiting)];
    expect((await analyze(policies, [resource], { set: "advisory" })).map((f) => f.level)).toEqual([
      "advisory",
      "advisory",
    ]);
    const off = { failClosed: true, rules: { fails: "disabled", waits: "disabled" } };
    expect(await analyze(policies, [resource], { set: off })).toEqual([]);
    expect(await analyze(policies, [resource], { set: "disabled" })).toEqual([]);
  });

  test("that is only advisory does not block while it waits, even where failing closed", async () => {
    const config = { set: { failClosed: true, rules: { waits: "advisory" } } };
    const [finding] = await analyze([policyOf(waiting)], [{ type: BUCKET, inputs: { acl: UNKNOWN } }], config);
    expect(finding).toMatchObject({ policy: UNDETERMINED, level: "advisory" });
  });

  test("that wait are one finding for a resource, by the value they wait for", async () => {
    const second = rule("waits-too", (resource, report) => report.wait(resource.inputs.get("acl")), {
      severity: "critical",
    });
    const findings = await analyze([policyOf(waiting, second)], [{ type: BUCKET, inputs: { acl: UNKNOWN } }]);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.severity).toBe("critical");
    expect(findings[0]!.message).toBe(
      "undetermined: acl is not known until what it refers to exists, so not decided: waits, waits-too.",
    );
  });

  test("that break take nothing with them and give nothing away", async () => {
    const broken = rule("broken", (resource) => {
      throw new TypeError(`cannot read ${resource.inputs.get("acl").string}`);
    });
    const findings = await analyze([policyOf(broken, failing)], [{ type: BUCKET, inputs: { acl: secret("hunter2") } }]);
    expect(findings.map((finding) => [finding.policy, finding.level])).toEqual([
      ["broken", "mandatory"],
      ["fails", "mandatory"],
    ]);
    expect(findings[0]!.message).toContain("the rule itself broke (TypeError)");
    expect(JSON.stringify(findings)).not.toContain("hunter2");
  });

  test("that read past the properties into the SDK's guard wait for what they met", async () => {
    const careless = rule(
      "careless",
      () => void unknownCheckingProxy({ a: { b: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } }).a.b,
    );
    const [finding] = await analyze([policyOf(careless)], [{ type: BUCKET, inputs: {} }]);
    expect(finding).toMatchObject({ policy: UNDETERMINED, level: "advisory" });
    expect(finding!.message).toContain("a.b is not known");
  });

  test("say when they have nothing to say about a type", async () => {
    expect(await notApplicable([policyOf(failing)], { type: "aws:sqs/queue:Queue", inputs: {} })).toEqual(["set"]);
    expect(await notApplicable([policyOf(failing)], { type: BUCKET, inputs: {} })).toEqual([]);
  });

  test("judge one resource whatever another one hides", async () => {
    const acl = rule("acl", (resource, report) => {
      const property = resource.inputs.get("acl");
      if (property.unknown) report.wait(property);
      else if (property.string === "public-read") report.fail("is public");
    });
    const findings = await analyze(
      [policyOf(acl)],
      [
        { type: BUCKET, name: "a", inputs: { acl: UNKNOWN } },
        { type: BUCKET, name: "b", inputs: { acl: "public-read" } },
      ],
    );
    expect(findings.map((finding) => finding.policy)).toEqual([UNDETERMINED, "acl"]);
  });
});

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

describe("properties", () => {
  const leaf = fc.oneof(fc.constant(UNKNOWN), fc.string(), fc.boolean(), fc.integer());
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie("node"), { maxKeys: 3 }),
    ),
  })).node;

  /** Paths of the unknown leaves, as a plain walk over the original finds them. */
  function expected(value: unknown, path: string): string[] {
    if (value === UNKNOWN) return [path];
    if (Array.isArray(value)) return value.flatMap((item, index) => expected(item, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, item]) => expected(item, path ? `${path}.${key}` : key));
  }
  function found(property: Property): string[] {
    if (property.unknown) return [property.path];
    if (property.isList) return property.items().flatMap(found);
    return property.entries().flatMap(([, child]) => found(child));
  }

  test("find every unknown below the SDK's guard, by its path, and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tree, { maxKeys: 4 }), async (inputs) => {
        let paths: string[] = [];
        const walk = rule("walk", (resource) => {
          paths = found(resource.inputs);
        });
        await analyze([policyOf(walk)], [{ type: BUCKET, inputs }]);
        expect(paths.sort()).toEqual(expected(inputs, "").sort());
      }),
    );
  });

  test("below an unknown value are unknown, with the path of what blocks", () => {
    const inputs = new Property("", {
      tags: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      id: "04da6b54-80e4-46f7-96ec-000000000000",
    });
    expect(inputs.get("tags").get("owner")).toMatchObject({ state: "unknown", path: "tags" });
    expect(inputs.get("id").state).toBe("known");
    expect(inputs.get("name").get("x").state).toBe("absent");
  });
});

describe("conditions", () => {
  const LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const said = (check: Check, inputs: Readonly<Record<string, unknown>>): string[] => {
    const report = new Report();
    check(new Property("", inputs), report);
    return [...report.failures, ...report.blocking.map((path) => `waits for ${path}`)];
  };

  test("say what a setting is not, where it is, and what it has to be where it is not set", () => {
    const sizes = setting("disks[].size", between(1, 8));
    expect(said(sizes, { disks: [{ size: 1 }, { size: 8 }, { size: "4" }] })).toEqual([]);
    expect(said(sizes, { disks: [{ size: 0 }, { size: 9 }, { size: "many" }, {}, { size: LATER }] })).toEqual([
      ...["disks[0].size is not 1 to 8", "disks[1].size is not 1 to 8", "disks[2].size is not 1 to 8"],
      ...["disks[3].size is not set; it has to be 1 to 8", "waits for disks[4].size"],
    ]);
    expect(said(setting("size", atLeast(2)), { size: 1 })).toEqual(["size is not at least 2"]);
    expect(said(setting("mode", oneOf(["on"])), { mode: "off" })).toEqual(["mode is not on"]);
    expect(said(setting("mode", oneOf(["on", "auto"])), { mode: "off" })).toEqual(["mode is not one of on, auto"]);
    expect(said(setting("ids[]", noneOf(["*"])), { ids: ["a", "*"] })).toEqual(["ids[1] is *"]);
  });

  test("something is given when there is anything in it", () => {
    const name = setting("name", given);
    for (const value of ["a", 0, false, ["a"], { a: 1 }])
      expect({ value, said: said(name, { name: value }) }).toEqual({ value, said: [] });
    for (const value of ["", [], {}]) expect(said(name, { name: value })).toEqual(["name is not set"]);
    for (const value of ["", []]) expect(said(setting("name", notGiven), { name: value })).toEqual([]);
    for (const value of ["a", ["a"], 0]) expect(said(setting("name", notGiven), { name: value })).toHaveLength(1);
  });

  test("of which one has to hold fail together, and wait only for what may still make one hold", () => {
    const either = anyOf(setting("a", isTrue()), setting("b", isTrue()), setting("c", isTrue()));
    expect(said(either, { a: false, b: true, c: LATER })).toEqual([]);
    expect(said(either, { a: false, b: LATER, c: false })).toEqual(["waits for b"]);
    expect(said(either, { a: false, b: false })).toEqual([
      "a is not true, and b is not true, and c is not set; it has to be true",
    ]);
    // What fails whatever the unknown half of it will be is no hope.
    const both = anyOf(allOf(setting("a", isTrue()), setting("b", isTrue())), setting("c", isTrue()));
    expect(said(both, { a: false, b: LATER, c: LATER })).toEqual(["waits for c"]);
  });

  test("that matter only where another holds are not asked elsewhere", () => {
    const when = onlyIf(setting("public", isTrue()), setting("tls", isTrue()));
    expect(said(when, { public: false, tls: false })).toEqual([]);
    expect(said(when, { public: false, tls: LATER })).toEqual([]);
    expect(said(when, { public: true, tls: false })).toEqual(["tls is not true"]);
    expect(said(when, { public: true, tls: LATER })).toEqual(["waits for tls"]);
    expect(said(when, { public: LATER, tls: true })).toEqual([]);
    expect(said(when, { public: LATER, tls: false })).toEqual(["waits for public"]);
  });

  test("on what a text holds as JSON leave alone what is none, and wait for the text", () => {
    const inner = parsed("documents[].text", setting("mode", oneOf(["on"])));
    const text = (value: unknown) => ({ documents: [{ text: value }] });
    expect(said(inner, text('{"mode":"on"}'))).toEqual([]);
    expect(said(inner, text('{"mode":"off"}'))).toEqual(["documents[0].text.mode is not on"]);
    expect(said(inner, text(LATER))).toEqual(["waits for documents[0].text"]);
    for (const none of ["{", undefined]) expect(said(inner, text(none))).toEqual([]);
    expect(said(parsed("outer.text", setting("mode", oneOf(["on"]))), { outer: { text: "{}" } })).toEqual([
      "outer.text.mode is not set; it has to be on",
    ]);
  });

  test("on each element of a list are asked of what is known, and wait for the rest", () => {
    const each1 = each("outer.list", setting("on", isTrue()));
    expect(said(each1, { outer: { list: [{ on: true }, { on: false }, LATER] } })).toEqual([
      ...["outer.list[1].on is not true", "waits for outer.list[2]"],
    ]);
    expect(said(each1, { outer: { list: LATER } })).toEqual(["waits for outer.list"]);
    for (const none of [{}, { outer: {} }, { outer: { list: [] } }]) expect(said(each1, none)).toEqual([]);
    // The whole is an element too, as what a text holds may be.
    expect(said(each("", setting("on", isTrue())), { on: false })).toEqual(["on is not true"]);
  });

  test("on the length of a list count what is not known yet", () => {
    const two = atLeastItems("outer.list", 2);
    expect(said(two, { outer: { list: ["a", LATER] } })).toEqual([]);
    expect(said(two, { outer: { list: ["a"] } })).toEqual(["outer.list names fewer than 2"]);
    expect(said(two, { outer: { list: LATER } })).toEqual(["waits for outer.list"]);
    expect(said(two, {})).toEqual(["outer.list names fewer than 2"]);
  });

  test("on a second resource say what is wrong with the one that is there", async () => {
    const companion = companionRule({
      ...{
        id: "has-log",
        title: "Has a log",
        why: "why",
        severity: "low",
        remedy: "remedy",
        url: "https://example.com",
      },
      ...{ controls: {}, of: BUCKET, missing: "has no log" },
      companions: [{ type: "aws:test:Log", by: "bucket", check: setting("on", isTrue()) }],
    });
    const policy = toPolicy({
      ...{ name: "set", title: "Set", description: "A set.", rules: [], stackRules: [companion] },
      ...{ configProperties: {}, readConfig: () => undefined },
    });
    const judged = async (...logs: readonly Readonly<Record<string, unknown>>[]) => {
      const resources = logs.map((inputs, index) => ({ type: "aws:test:Log", name: `log-${index}`, inputs }));
      const bucket = { type: BUCKET, name: "main", inputs: { bucket: "main" } };
      const [finding] = await analyzeStack([policy], [bucket, ...resources]);
      return finding?.message.split("\n")[0];
    };
    expect(await judged({ bucket: "main", on: true })).toBeUndefined();
    expect(await judged({ bucket: "main", on: false }, { bucket: "main", on: true })).toBeUndefined();
    expect(await judged()).toBe("Has a log: has no log");
    expect(await judged({ bucket: "other", on: true })).toBe("Has a log: has no log");
    expect(await judged({ bucket: "main", on: false })).toBe("Has a log: has no log; in log-0, on is not true");
    expect(await judged({ bucket: "main", on: UNKNOWN })).toMatch(/^undetermined: on is not known/);
    expect(await judged({ bucket: UNKNOWN, on: true })).toMatch(/^undetermined: bucket is not known/);
  });
});

describe("the harness behaves as the SDK does at run time", () => {
  const plain = (validate: NonNullable<ResourceValidationPolicy["validateResource"]>): ResourceValidationPolicy => ({
    name: "plain",
    description: "A policy.",
    enforcementLevel: "mandatory",
    severity: "critical",
    configSchema: { properties: { limit: { type: "integer", default: 14 } } },
    validateResource: validate,
  });

  test("a policy that reads an unknown value is cut short and becomes advisory", async () => {
    const greedy = plain((args, report) => {
      report("before");
      JSON.stringify(args.props);
      report("after");
    });
    const findings = await analyze([greedy], [{ type: BUCKET, inputs: { tags: { a: UNKNOWN } } }]);
    expect(findings.map((finding) => finding.level)).toEqual(["mandatory", "advisory"]);
    expect(findings[1]!.message).toContain("tags.a");
  });

  test("secrets arrive in plain text", async () => {
    const nosy = plain((args, report) => report(`password ${args.props.password}`));
    const [finding] = await analyze([nosy], [{ type: BUCKET, inputs: { password: secret("hunter2") } }]);
    expect(finding!.message).toContain("hunter2");
  });

  test("a policy that throws fails the call", async () => {
    const broken = plain(() => {
      throw new Error("broken");
    });
    await expect(analyze([broken], [{ type: BUCKET, inputs: {} }])).rejects.toThrow("broken");
  });

  test("settings are what was given over what the schema says, and nothing it doesn't know", async () => {
    const seen: unknown[] = [];
    const reader = plain((args) => void seen.push(args.getConfig()));
    await analyze([reader], [{ type: BUCKET, inputs: {} }]);
    await analyze([reader], [{ type: BUCKET, inputs: {} }], { plain: { limit: 3 } });
    expect(seen).toEqual([{ limit: 14 }, { limit: 3 }]);
    await expect(analyze([reader], [], { plain: { limt: 3 } })).rejects.toThrow('no setting "limt"');
    await expect(analyze([reader], [], { plane: {} })).rejects.toThrow('"plane"');
  });

  test("the provider of a recorded resource is found by its reference", async () => {
    const seen: unknown[] = [];
    const reader = plain((args) => void seen.push(args.provider?.props.region));
    const urn = "urn:pulumi:test::harness::pulumi:providers:aws::p";
    await analyze(
      [reader],
      [
        { type: BUCKET, inputs: {}, provider: `${urn}::04da6b54` },
        { type: "pulumi:providers:aws", urn, inputs: { region: "eu-west-1" } },
      ],
    );
    expect(seen[0]).toBe("eu-west-1");
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
      'no setting "failclosed"; there are enforcement, ',
      'no set of rules "costs"; there are least-privilege, ',
      'no policy rule "tags-requird"',
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
    }
    expect(PACKS.filter((pack) => pack !== "platform")).toEqual(RULE_SETS.map(({ name }) => name));
  });
});
