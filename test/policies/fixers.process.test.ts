/**
 * Fixes, through the SDK's own handler of the engine's call: each on many random resources. `FIXER_RUNS=200` has 200 for
 * each rule and type; the suite has a tenth of that.
 */
import type { Policies, ResourceValidationPolicy } from "@pulumi/policy";
import fc from "fast-check";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import type { Change } from "../../policies/framework/fix.ts";
import { fixPolicies } from "../../policies/framework/fix-policy.ts";
import type { Rule, RuleSet } from "../../policies/framework/rule.ts";
import {
  analyze,
  archive,
  asset,
  type HarnessResource,
  remediate,
  secret,
  UNKNOWN,
} from "../../policies/harness/index.ts";
import { ALL_RULES } from "../../policies/rules/index.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { checkInputs } from "../support/harness/schema-check.ts";
import { BROKEN, type Broken, LEFT } from "./support/broken.ts";
import { type Disturbance, disturbances, disturbed } from "./support/disturb.ts";
import { harm } from "./support/harm.ts";

const RUNS = Number(process.env.FIXER_RUNS ?? 20);
const TAGS = { owner: "team", environment: "dev", service: "api", "cost-centre": "4711", "data-class": "none" };
const PROVIDER = { inputs: { defaultTags: JSON.stringify({ tags: { environment: "production" } }) } };
const FUNCTION = "aws:lambda/function:Function";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const KEY = "aws:kms/key:Key";

/** A rule by itself, judging and putting right. */
function alone(rule: Rule<object>): { readonly judging: Policies; readonly fixing: Policies } {
  const set: RuleSet<object> = { ...ALL_RULES, name: "alone", rules: [rule], stackRules: [], parts: [] };
  return { judging: [toPolicy(set)], fixing: fixPolicies(set) };
}
const RULES = new Map(
  ALL_RULES.rules.filter(({ fix }) => fix).map((rule) => [rule.id, { rule, ...alone(rule) }] as const),
);

interface Fixer {
  readonly id: string;
  readonly type: string;
  readonly change: Change<object>;
  readonly broken: readonly Broken[];
}
const FIXERS: readonly Fixer[] = [...RULES].flatMap(([id, { rule }]) => {
  const ours = BROKEN.filter((one) => one.rule === id);
  return [...Map.groupBy(ours, ({ type }) => type)].flatMap(([type, broken]) => {
    const change = rule.fix?.changeFor(type);
    return change ? [{ id, type, change, broken }] : [];
  });
});

async function verdictOf(id: string, resource: HarnessResource): Promise<"passes" | "fails" | "undetermined"> {
  const found = (await analyze(RULES.get(id)?.judging ?? [], [resource])).map(({ policy }) => policy);
  return found.includes(id) ? "fails" : found.includes(UNDETERMINED) ? "undetermined" : "passes";
}

/** The inputs after a rule's fix; undefined where it left them. */
async function fixed(id: string, resource: HarnessResource, how = { keepAssets: true }) {
  const config = { [id]: { enforcementLevel: "remediate" as const, tags: TAGS } };
  const done = await remediate(RULES.get(id)?.fixing ?? [], resource, config, how);
  expect(done.length).toBeLessThanOrEqual(1);
  return done[0]?.inputs;
}

/** What the rule says of a resource that its fix left. */
async function left(id: string, resource: HarnessResource, how = { keepAssets: true }): Promise<string | undefined> {
  expect(await fixed(id, resource, how)).toBeUndefined();
  const [finding] = await analyze(RULES.get(id)?.judging ?? [], [resource]);
  return /Not put right by itself: (.*)\.$/m.exec(finding?.message ?? "")?.[1];
}

/** Fixes of types of which no table says what replaces them, but AWS's reference that this does not. */
const CHANGED_IN_PLACE = [
  "apigateway-cache-encrypted of aws:apigateway/methodSettings:MethodSettings",
  "kinesis-encrypted of aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
  ...["rds-logs-exported", "database-backup-retention", "database-deletion-protection", "database-final-snapshot"].map(
    (id) => `${id} of aws:docdb/cluster:Cluster`,
  ),
  "tags-on-snapshots of aws:docdb/clusterInstance:ClusterInstance",
];

const of = ({ type, inputs }: Broken): HarnessResource => ({ type, inputs, provider: PROVIDER });

describe("every fix", () => {
  test("puts cases right of each rule and type that it is for, within what the SDK takes, and nothing is replaced", async () => {
    const schema = openSchema(process.cwd());
    const wrong: string[] = [];
    for (const { id, type, change, broken } of FIXERS) {
      let done = 0;
      for (const one of broken) {
        const inputs = await fixed(id, of(one));
        if (!inputs) continue;
        done += 1;
        const verdict = await verdictOf(id, { ...of(one), inputs });
        if (verdict !== "passes") wrong.push(`${id} of ${type}: ${verdict} afterwards`);
        const before = type.startsWith("aws:") ? checkInputs(schema, type, id, one.inputs) : [];
        const after = type.startsWith("aws:") ? checkInputs(schema, type, id, inputs) : [];
        wrong.push(...after.filter((problem) => !before.includes(problem)));
      }
      if (done === 0) wrong.push(`${id} of ${type}: puts nothing right`);
      const replacement = schema.resource(type)?.replacement;
      if (type.startsWith("aws:") && !replacement?.known && !CHANGED_IN_PLACE.includes(`${id} of ${type}`)) {
        wrong.push(`${id} of ${type}: nobody knows whether that replaces the resource`);
      }
      for (const path of replacement?.known ? replacement.paths : []) {
        const forces = path.replaceAll("[*]", "[]").replaceAll(".*", "");
        const hit = change.sets.find(
          (own) => own === forces || own.startsWith(`${forces}.`) || own.startsWith(`${forces}[`),
        );
        if (hit) wrong.push(`${id} of ${type}: a change of ${hit} replaces the resource`);
      }
    }
    expect(wrong).toEqual([]);
    // Of each rule, so of 40 and more.
    expect(new Set(FIXERS.map(({ id }) => id))).toEqual(new Set(RULES.keys()));
    expect(RULES.size).toBeGreaterThan(60);
  });

  const named = FIXERS.map((fixer) => [fixer.id, fixer.type, fixer] as const);
  test.each(named)("%s of %s: enough, once, and nothing else changes", async (id, type, { change, broken }) => {
    const nearby = fc.tuple(fc.constantFrom(...broken), disturbances);
    await fc.assert(
      fc.asyncProperty(nearby, async ([one, what]: [Broken, Disturbance[]]) => {
        const resource = { type, inputs: disturbed(one.inputs, what), provider: PROVIDER };
        const inputs = await fixed(id, resource);
        if (!inputs) return;
        const now = { ...resource, inputs };
        expect({
          before: await verdictOf(id, resource),
          stillFails: (await verdictOf(id, now)) === "fails",
          again: await fixed(id, now),
          harm: harm(resource.inputs, inputs, change.sets),
        }).toEqual({ before: "fails", stillFails: false, again: undefined, harm: [] });
      }),
      { numRuns: RUNS },
    );
  });

  test("goes together with all others: afterwards none of them finds anything to do", async () => {
    const policies = fixPolicies(ALL_RULES);
    const config = Object.fromEntries(
      [...RULES.keys()].map((id) => [id, { enforcementLevel: "remediate", tags: TAGS }]),
    );
    const run = (resource: HarnessResource) => remediate(policies, resource, config, { keepAssets: true });
    for (const one of BROKEN.filter((_, index) => index % 7 === 0)) {
      const inputs = (await run(of(one))).at(-1)?.inputs;
      if (inputs) expect({ ...one, again: await run({ ...of(one), inputs }) }).toEqual({ ...one, again: [] });
    }
  });
});

describe("what is not safe stays as it is, and the rule says why", () => {
  test.each(LEFT.map((one) => [one.rule, one.type, one] as const))(
    "%s of %s",
    async (id, type, { inputs, because }) => {
      expect(await left(id, { type, inputs })).toContain(because);
    },
  );

  test.each(["kubernetes:core/v1:Pod", "kubernetes:batch/v1:Job"])(
    "%s, which would be deleted and run again",
    (kind) => {
      expect([...RULES.values()].filter(({ rule }) => rule.fix?.changeFor(kind))).toEqual([]);
    },
  );

  test("what is as wanted, beside what is not", async () => {
    const rules = [3, 35, secret(14)].map((deleteAfter) => ({ ruleName: "daily", lifecycle: { deleteAfter } }));
    const plan = await fixed("backup-plan-retention", { type: "aws:backup/plan:Plan", inputs: { rules } });
    expect(plan?.rules).toEqual([{ ruleName: "daily", lifecycle: { deleteAfter: 7 } }, rules[1], rules[2]]);
    const tags = { owner: "other", "data-class": "unheard-of" };
    const bucket = { type: "aws:s3/bucket:Bucket", inputs: { tags } };
    expect(await left("tags-required", bucket)).toMatch(/has to be decided/);
    const some = { ...bucket, inputs: { tags: { owner: "other" } } };
    expect(await fixed("tags-required", some)).toEqual({ tags: { ...TAGS, owner: "other" } });
    // Nobody's name is made up.
    const { owner: _, ...others } = TAGS;
    const none = { "tags-required": { enforcementLevel: "remediate" as const, tags: others } };
    expect(await remediate(RULES.get("tags-required")?.fixing ?? [], { ...bucket, inputs: {} }, none)).toEqual([]);
  });

  test("what the provider filled in was nobody's choice", async () => {
    const inputs = { blockPublicAcls: false, __defaults: ["blockPublicAcls"] };
    const id = "s3-public-access-blocked";
    const after = await fixed(id, { type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", inputs });
    expect(after).toMatchObject({ blockPublicAcls: true, restrictPublicBuckets: true });
  });

  test("what half of a fix wrote is taken back where it is not enough", async () => {
    const type = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock";
    const inputs = { ignorePublicAcls: secret(true), restrictPublicBuckets: false };
    const peeking = [...(RULES.get("s3-public-access-blocked")?.fixing ?? []), policy("peek", (props) => props)];
    const done = await remediate(peeking, { type, inputs }, { all: "remediate" });
    expect(done).toEqual([{ policy: "peek", inputs, message: undefined }]);
  });

  test("what the program ignores changes of, and what is exempted", async () => {
    const resource = { type: KEY, inputs: {}, ignoreChanges: ["enableKeyRotation"] };
    expect(await left("kms-rotation", resource)).toBe("ignoreChanges keeps enableKeyRotation as it is");
    const words = { reason: "r", owner: "a", approver: "b", ticket: "T-1", expires: "2999-01-01" };
    const exemptions = [{ rule: "kms-rotation", urn: "*::resource", ...words }];
    const config = { "kms-rotation": { enforcementLevel: "remediate" as const, exemptions } };
    expect(await remediate(RULES.get("kms-rotation")?.fixing ?? [], { type: KEY, inputs: {} }, config)).toEqual([]);
  });

  test("a tag that may be secret at the provider is not copied from it", async () => {
    const resource = (tags: unknown) => ({ type: TEMPLATE, inputs: {}, provider: { inputs: { defaultTags: tags } } });
    const id = "tags-at-launch";
    expect(await left(id, resource({ tags: { owner: secret("hunter2") } }))).toMatch(/owner may be secret/);
    const launched = (tags: object) => ["instance", "volume"].map((resourceType) => ({ resourceType, tags }));
    const after = await fixed(id, resource({ tags: { owner: "payments" } }));
    expect(after).toEqual({ tagSpecifications: launched({ ...TAGS, owner: "payments" }) });
    const own = { tags: { owner: secret("hunter2"), service: UNKNOWN } };
    const copied = { tagSpecifications: launched({ ...TAGS, ...own.tags }) };
    expect(await fixed(id, { type: TEMPLATE, inputs: own })).toEqual({ ...own, ...copied });
  });
});

describe("assets", () => {
  const id = "tags-required";
  const code = archive({
    assets: { "index.js": asset({ text: "…", hash: "1" }), lib: archive({ path: "./lib", hash: "2" }) },
    hash: "3",
  });
  const resource = { type: FUNCTION, inputs: { code: secret(code), layer: archive({ path: "./layer", hash: "4" }) } };

  test("come back exactly as they were, hash and all", async () => {
    expect(await fixed(id, resource)).toEqual({ ...resource.inputs, tags: TAGS });
  });

  test("are not put at risk where the SDK alone serves the pack", async () => {
    expect(await left(id, resource, { keepAssets: false })).toMatch(/it carries files/);
    expect(await fixed(id, { ...resource, inputs: {} }, { keepAssets: false })).toEqual({ tags: TAGS });
  });
});

function policy(name: string, remediateResource: (props: Record<string, unknown>) => object): ResourceValidationPolicy {
  return { name, description: name, remediateResource: ({ props }) => remediateResource(props) };
}

const without = (name: string) => (props: Record<string, unknown>) => Object.assign(props, { [name]: undefined });

describe("the measure finds what harms", () => {
  const inputs = {
    password: secret("hunter2"),
    size: 3,
    code: archive({ assets: { "index.js": asset({ text: "…", hash: "1" }) }, hash: "2" }),
  };
  const harmOf = async (change: (props: Record<string, unknown>) => object, more: object = {}, keepAssets = true) => {
    const before = { ...inputs, ...more };
    const [done] = await remediate(
      [policy("bad", change)],
      { type: KEY, inputs: before },
      { all: "remediate" },
      { keepAssets },
    );
    return done?.inputs ? harm(before, done.inputs, ["on"]) : done?.message;
  };

  test.each([
    [
      "nothing in a value that is set in place",
      (props: Record<string, unknown>) => Object.assign(props, { on: true }),
      [],
    ],
    [
      "a secret that a spread opens",
      (props: Record<string, unknown>) => ({ ...props, on: true }),
      ["password is no secret any more"],
    ],
    [
      "a copy by way of JSON",
      (props: Record<string, unknown>) => ({ ...(JSON.parse(JSON.stringify(props)) as object), on: true }),
      expect.arrayContaining(["password is no secret any more"]),
    ],
    [
      "something else that is set",
      (props: Record<string, unknown>) => Object.assign(props, { size: 4 }),
      ["size differs"],
    ],
    ["something that is gone", without("size"), ["size differs"]],
  ])("%s", async (_, change, found) => {
    expect(await harmOf(change)).toEqual(found);
  });

  test("assets that the SDK damages, and a spread that an unknown value stops", async () => {
    expect(await harmOf((props) => Object.assign(props, { on: true }), {}, false)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^code\.assets/), "code.hash differs"]),
    );
    expect(await harmOf((props) => ({ ...props, on: true }), { later: UNKNOWN })).toContain(
      "can't be known during preview",
    );
  });
});
