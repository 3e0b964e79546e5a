import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DATA_CLASSES, REQUIRED_TAG_KEYS } from "../../contracts/tags.ts";
import { taggableTypes } from "../../policies/data/taggable.ts";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import {
  analyze,
  type HarnessConfig,
  type HarnessFinding,
  type HarnessResource,
  secret,
  UNKNOWN,
} from "../../policies/harness/index.ts";
import { tagging } from "../../policies/rules/tagging/index.ts";

const POLICY = toPolicy(tagging);
const TAGS = { owner: "team", environment: "dev", service: "platform", "cost-centre": "4711", "data-class": "none" };
const BUCKET = "aws:s3/bucket:Bucket";
const GROUP = "aws:autoscaling/group:Group";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const defaults = (tags: unknown): HarnessResource["provider"] => ({ inputs: { defaultTags: { tags } } });
const bucket = (
  inputs: Readonly<Record<string, unknown>>,
  provider?: HarnessResource["provider"],
): HarnessResource => ({
  type: BUCKET,
  inputs,
  ...(provider ? { provider } : {}),
});
const judge = (resource: HarnessResource, config: HarnessConfig = {}): Promise<HarnessFinding[]> =>
  analyze([POLICY], [resource], config);
const rules = (findings: readonly HarnessFinding[]): string[] => findings.map((finding) => finding.policy).sort();
const without = (key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(TAGS).filter(([k]) => k !== key));

const launched = (tags: Readonly<Record<string, unknown>>, propagateAtLaunch: unknown = true): unknown[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch }));
const group = (tags: unknown): HarnessResource => ({ type: GROUP, inputs: { tags }, provider: defaults(TAGS) });
const template = (volumeTags: unknown): HarnessResource => ({
  type: TEMPLATE,
  provider: defaults(TAGS),
  inputs: {
    tagSpecifications: [
      { resourceType: "instance", tags: TAGS },
      { resourceType: "volume", tags: volumeTags },
    ],
  },
});
const ecsService = (propagateTags: unknown): HarnessResource => ({
  type: "aws:ecs/service:Service",
  provider: defaults(TAGS),
  inputs: propagateTags === undefined ? {} : { propagateTags },
});
const database = (copyTagsToSnapshot: unknown): HarnessResource => ({
  type: "aws:rds/cluster:Cluster",
  provider: defaults(TAGS),
  inputs: { copyTagsToSnapshot },
});

const FIXTURES: readonly (readonly [string, HarnessResource, HarnessResource, HarnessResource])[] = [
  ["tags-required", bucket({ tags: TAGS }), bucket({ tags: without("owner") }), bucket({ tags: UNKNOWN })],
  ["tags-at-launch", group(launched(TAGS)), group(launched(TAGS, false)), group(UNKNOWN)],
  ["tags-at-launch", template(TAGS), template(without("owner")), template(UNKNOWN)],
  ["tags-propagated", ecsService("SERVICE"), ecsService(undefined), ecsService(UNKNOWN)],
  ["tags-propagated", ecsService("TASK_DEFINITION"), ecsService("NONE"), ecsService(UNKNOWN)],
  ["tags-on-snapshots", database(true), database(false), database(UNKNOWN)],
];

describe("every rule answers yes, no and not known yet", () => {
  test("there are fixtures for every rule", () => {
    expect([...new Set(FIXTURES.map(([id]) => id))].sort()).toEqual(tagging.rules.map((rule) => rule.id).sort());
  });

  test.each(FIXTURES)("%s", async (id, good, bad, later) => {
    expect(await judge(good)).toEqual([]);
    expect(rules(await judge(bad))).toEqual([id]);
    const open = await judge(later);
    expect(rules(open)).toEqual([UNDETERMINED]);
    expect(open[0]!.message).toContain(id);
  });
});

describe("settings by which tags are handed on", () => {
  const handsOn = (type: string, inputs: Readonly<Record<string, unknown>>): Promise<HarnessFinding[]> =>
    judge({ type, inputs: { ...inputs, tags: TAGS } });

  test.each([
    ["aws:docdb/clusterInstance:ClusterInstance", "copyTagsToSnapshot"],
    ["aws:fsx/lustreFileSystem:LustreFileSystem", "copyTagsToBackups"],
    ["aws:fsx/ontapVolume:OntapVolume", "copyTagsToBackups"],
    ["aws:fsx/openZfsFileSystem:OpenZfsFileSystem", "copyTagsToBackups"],
    ["aws:fsx/openZfsVolume:OpenZfsVolume", "copyTagsToSnapshots"],
    ["aws:fsx/windowsFileSystem:WindowsFileSystem", "copyTagsToBackups"],
    ["aws:neptune/cluster:Cluster", "copyTagsToSnapshot"],
    ["aws:rds/cluster:Cluster", "copyTagsToSnapshot"],
    ["aws:rds/instance:Instance", "copyTagsToSnapshot"],
  ])("%s has to have %s on", async (type, setting) => {
    expect(await handsOn(type, { [setting]: true })).toEqual([]);
    expect(rules(await handsOn(type, { [setting]: false }))).toEqual(["tags-on-snapshots"]);
    expect(rules(await handsOn(type, {}))).toEqual(["tags-on-snapshots"]);
    expect(rules(await handsOn(type, { [setting]: UNKNOWN }))).toEqual([UNDETERMINED]);
  });

  test.each([
    ["aws:batch/jobDefinition:JobDefinition", [true, "true"], [false, undefined]],
    ["aws:ecs/daemon:Daemon", ["DAEMON", "TASK_DEFINITION"], ["NONE", "SERVICE", undefined]],
    ["aws:ecs/service:Service", ["SERVICE", "TASK_DEFINITION"], ["NONE", "DAEMON", undefined]],
  ])("%s has to have propagateTags on", async (type, good, bad) => {
    for (const propagateTags of good) expect(await handsOn(type, { propagateTags })).toEqual([]);
    for (const propagateTags of bad) expect(rules(await handsOn(type, { propagateTags }))).toEqual(["tags-propagated"]);
  });

  test("a tag is handed on when that it is is known, and a kind that is not known may be any", async () => {
    const [open] = await judge(group(launched(TAGS, UNKNOWN)));
    expect(open).toMatchObject({ policy: UNDETERMINED });
    expect(open!.message).toContain("tags.owner is not known");
    const [key] = await judge(group([...launched(TAGS), { key: UNKNOWN, value: "a", propagateAtLaunch: true }]));
    expect(key).toMatchObject({ policy: UNDETERMINED });
    expect(key!.message).toContain("tags[5].key is not known");
    expect(rules(await judge(group([...launched(TAGS), { value: "a", propagateAtLaunch: true }])))).toEqual([]);
    const hidden = {
      tagSpecifications: [
        { resourceType: "instance", tags: TAGS },
        { resourceType: UNKNOWN, tags: TAGS },
      ],
    };
    const [kind] = await judge({ type: TEMPLATE, inputs: hidden, provider: defaults(TAGS) });
    expect(kind).toMatchObject({ policy: UNDETERMINED });
    expect(kind!.message).toContain("tagSpecifications[1].resourceType is not known");
    const [all] = await judge({ type: TEMPLATE, inputs: { tagSpecifications: UNKNOWN }, provider: defaults(TAGS) });
    expect(all).toMatchObject({ policy: UNDETERMINED });
  });
});

describe("where tags come from", () => {
  test("the provider's default tags count, the resource's own win", async () => {
    expect(await judge(bucket({}, defaults(TAGS)))).toEqual([]);
    expect(await judge(bucket({ tags: { "data-class": "personal" } }, defaults(without("data-class"))))).toEqual([]);
    const [finding] = await judge(bucket({ tags: { "data-class": "secret" } }, defaults(TAGS)));
    expect(finding!.message).toContain(
      `data-class has a value that is not allowed (allowed: ${DATA_CLASSES.join(", ")})`,
    );
  });

  test("the provider's default tags are read from the JSON text the engine keeps them in", async () => {
    const provider = { inputs: { defaultTags: JSON.stringify({ tags: TAGS }) } };
    expect(await judge(bucket({}, provider))).toEqual([]);
  });

  test("tags the provider has merged count", async () => {
    expect(await judge(bucket({ tagsAll: TAGS }))).toEqual([]);
  });

  test("unknown default tags leave open only what the resource does not say itself", async () => {
    expect(await judge(bucket({ tags: TAGS }, { inputs: { defaultTags: UNKNOWN } }))).toEqual([]);
    const open = await judge(bucket({ tags: without("owner") }, { inputs: { defaultTags: UNKNOWN } }));
    expect(rules(open)).toEqual([UNDETERMINED]);
    expect(open[0]!.message).toContain("provider.defaultTags");
  });

  test("one unknown tag hides neither a missing one nor itself", async () => {
    const findings = await judge(bucket({ tags: { ...without("service"), owner: UNKNOWN } }));
    expect(rules(findings)).toEqual(["tags-required", UNDETERMINED]);
    expect(findings[0]!.message).toContain("service is missing");
    expect(findings[0]!.message).not.toContain("owner");
    expect(findings[1]!.message).toContain("tags.owner");
  });

  test("default tags do not reach what is launched later", async () => {
    const volumeOnly = { tagSpecifications: [{ resourceType: "volume", tags: TAGS }] };
    const [missing] = await judge({ type: TEMPLATE, inputs: volumeOnly, provider: defaults(TAGS) });
    expect(missing!.message).toContain("tagSpecifications for instance: owner is missing");
    expect(rules(await judge(group([])))).toEqual(["tags-at-launch"]);
    expect(rules(await judge({ type: TEMPLATE, inputs: {}, provider: defaults(TAGS) }))).toEqual(["tags-at-launch"]);
  });
});

describe("findings", () => {
  test("one for a resource, with all that is wrong", async () => {
    const findings = await judge(
      bucket({ tags: { Owner: "team", environment: " ", service: "x", "data-class": "?" } }),
    );
    expect(findings).toHaveLength(1);
    for (const part of [
      'owner is missing (there is "Owner"',
      "environment is empty",
      "cost-centre is missing",
      "data-class has a value",
    ]) {
      expect(findings[0]!.message).toContain(part);
    }
    expect(findings[0]!.message).not.toContain("service");
  });

  test("say of each key what is wrong with it, and no more", async () => {
    const [missing] = await judge(bucket({ tags: without("owner") }));
    expect(missing!.message.split("\n")[0]).toBe("Taggable resources carry the required tags: owner is missing");
    const [number] = await judge(bucket({ tags: { ...TAGS, owner: 7 } }));
    expect(number!.message).toContain("owner is empty");
  });

  test("do not quote a value", async () => {
    const [finding] = await judge(bucket({ tags: { ...TAGS, "data-class": secret("hunter2-hunter2") } }));
    expect(finding!.message).toContain("data-class");
    expect(finding!.message).not.toContain("hunter2");
  });

  test("follow the settings", async () => {
    const config = { tagging: { requiredTags: ["owner"], allowedTagValues: { owner: ["payments"] } } };
    expect(await judge(bucket({ tags: { owner: "payments" } }), config)).toEqual([]);
    const [finding] = await judge(bucket({ tags: { owner: "team" } }), config);
    expect(finding!.message).toContain("(allowed: payments)");
  });
});

test("every taggable type of the SDK is judged, and nothing else", async () => {
  const types = taggableTypes();
  const bare = await analyze(
    [POLICY],
    types.map((type) => ({ type, inputs: {} })),
  );
  expect(new Set(bare.map((finding) => finding.urn)).size).toBe(types.length);
  const tagged = await analyze(
    [POLICY],
    types.map((type) => ({ type, inputs: { tags: type === GROUP ? launched(TAGS) : TAGS } })),
  );
  expect(tagged.filter((finding) => finding.policy === "tags-required")).toEqual([]);
  for (const type of [
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:inspector/resourceGroup:ResourceGroup",
    "causeway:network:Network",
  ]) {
    expect(await judge({ type, inputs: {} })).toEqual([]);
  }
});

test("a program's provider hands its tags over in a form the rule reads", async () => {
  const seen: { type: string; inputs: Record<string, unknown> }[] = [];
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      seen.push({ type: args.type, inputs: args.inputs as Record<string, unknown> });
      return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
    },
    call: () => ({}),
  });
  const provider = new aws.Provider("p", { region: "eu-west-1", defaultTags: { tags: TAGS } });
  await new Promise((resolve) => provider.urn.apply(resolve));
  const inputs = seen.find((resource) => resource.type === "pulumi:providers:aws")!.inputs;
  expect(REQUIRED_TAG_KEYS.every((key) => JSON.stringify(inputs.defaultTags).includes(key))).toBe(true);
  expect(await judge(bucket({}, { inputs }))).toEqual([]);
});
