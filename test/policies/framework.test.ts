/** How rules run: as one policy, on properties that may not be known, in a harness that does as the SDK does. */
import { type ResourceValidationPolicy, unknownCheckingProxy } from "@pulumi/policy";
import fc from "fast-check";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { Property } from "../../policies/framework/property.ts";
import type { Rule, RuleSet } from "../../policies/framework/rule.ts";
import { analyze, notApplicable, secret, UNKNOWN } from "../../policies/harness/index.ts";

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
