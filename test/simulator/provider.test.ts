import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { NO_RULES } from "../../simulator/rules/index.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider, secretOf, UNKNOWN, urnOf } from "./provider-client.ts";

const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const BUCKET = "aws:s3/bucket:Bucket";
const ROLE = "aws:iam/role:Role";
const DATABASE = "aws:rds/instance:Instance";
const LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const PARAMETER = "aws:ssm/parameter:Parameter";
const FUNCTION = "aws:lambda/function:Function";
const LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const SUBNET_GROUP = "aws:elasticache/subnetGroup:SubnetGroup";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
const ASSET = { "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7" };
const TRUST = '{"Version":"2012-10-17","Statement":[]}';

const schemas = openSchema(process.cwd());
const home = mkdtempSync(join(tmpdir(), "cloud-"));
const unexpected: unknown[] = [];
let store: CloudStore;
let server: CloudServer;
let aws: Provider;
const providers: Provider[] = [];

async function connect(config?: JsonObject): Promise<Provider> {
  const provider = new Provider(server.port);
  providers.push(provider);
  return provider.configure(config);
}

beforeAll(async () => {
  store = new CloudStore(join(home, "cloud.db"));
  // The protocol alone; AWS's rules are in rules.test.ts.
  server = await serveCloud({
    schemas,
    store,
    rules: NO_RULES,
    onError: (method, error) => unexpected.push({ method, error }),
  });
  aws = await connect();
});
beforeEach(() => {
  store.reset();
});
afterAll(async () => {
  for (const provider of providers) provider.close();
  await server.close();
  store.close();
  rmSync(home, { recursive: true });
  expect(unexpected).toEqual([]);
});

describe("the reserved account", () => {
  it.each<[string, JsonObject, string]>([
    ["a list of other accounts", { allowedAccountIds: '["123456789012"]' }, "allowedAccountIds"],
    ["the account forbidden", { forbiddenAccountIds: '["000000000000"]' }, "forbiddenAccountIds"],
    ["a profile", { profile: "production" }, "profile"],
    ["a role to assume", { assumeRoles: '[{"roleArn":"arn:aws:iam::123456789012:role/admin"}]' }, "assumeRoles"],
    ["an issued access key", { accessKey: secretOf("ASIAIOSFODNN7EXAMPLE") }, "accessKey"],
    ["no region", { region: null }, "region"],
  ])("refuses %s, at CheckConfig and at Configure", async (_, config, property) => {
    const given = { region: "eu-west-1", ...config };
    const provider = new Provider(server.port);
    providers.push(provider);
    expect((await provider.checkConfig(given)).failures.map((failure) => failure.property)).toEqual([property]);
    await expect(provider.configure(given)).rejects.toThrow();
    await expect(provider.make(VPC, "v", { cidrBlock: "10.0.0.0/16" })).rejects.toThrow(/run the command again/);
    expect(store.counts().total).toBe(0);
  });

  it("takes itself, alone or among others, and names a mistyped setting", async () => {
    const config = { region: "eu-west-1", allowedAccountIds: '["123456789012","000000000000"]', version: "7.48.0" };
    expect((await aws.checkConfig(config)).failures).toEqual([]);
    expect((await aws.checkConfig({ ...config, reigon: "eu-west-1" })).failures).toEqual([
      { property: "reigon", reason: expect.stringContaining('"region"') },
    ]);
  });

  it("never tells what a secret setting is", async () => {
    const { failures } = await aws.checkConfig({ region: "eu-west-1", accessKey: secretOf("ASIAIOSFODNN7EXAMPLE") });
    expect(JSON.stringify(failures)).not.toContain("ASIA");
  });
});

describe("check", () => {
  it("names every problem of the inputs at once, with its path", async () => {
    const { failures } = await aws.check(LOAD_BALANCER, "web", {
      subntes: ["subnet-1"],
      idleTimeout: "soon",
      accessLogs: { buckett: "logs" },
      securityGroups: ["sg-1", { id: "sg-2" }],
    });
    const byPath = Object.fromEntries(failures.map((failure) => [failure.property, failure.reason]));
    expect(Object.keys(byPath).sort()).toEqual([
      "accessLogs.bucket",
      "accessLogs.buckett",
      "idleTimeout",
      "securityGroups[1]",
      "subntes",
    ]);
    expect(byPath.subntes).toContain('did you mean "subnets"');
    expect(byPath["accessLogs.bucket"]).toContain("required");
    expect(byPath.idleTimeout).toContain("a number");
  });

  it("lets unknowns and secrets through and keeps them what they are", async () => {
    const password = secretOf("hunter2");
    const { inputs, failures } = await aws.check(DATABASE, "db", {
      instanceClass: "db.t4g.micro",
      password,
      vpcSecurityGroupIds: UNKNOWN,
      allocatedStorage: secretOf("20"),
    });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ password, vpcSecurityGroupIds: UNKNOWN, allocatedStorage: secretOf(20) });
  });

  it("does not repeat a value in a message about its type", async () => {
    const { failures } = await aws.check(DATABASE, "db", { instanceClass: "x", password: secretOf(["hunter2"]) });
    expect(failures).toHaveLength(1);
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });

  it("gives an unset name seven hex digits, keeps it on update and renews it for a replacement", async () => {
    const first = (await aws.make(ROLE, "app", { assumeRolePolicy: TRUST })).inputs;
    expect(first.name).toMatch(/^app-[0-9a-f]{7}$/);
    const news = { assumeRolePolicy: TRUST, description: "x" };
    expect((await aws.check(ROLE, "app", news, { olds: first, seed: "b" })).inputs.name).toBe(first.name);
    const renewed = (await aws.check(ROLE, "app", news, { seed: "b" })).inputs.name;
    expect(renewed).not.toBe(first.name);
    // The engine's seed is another in every run; a name follows from the cloud's own.
    expect((await aws.check(ROLE, "app", news, { seed: "a" })).inputs.name).toBe(renewed);
    const named = { ...first, name: "chosen", __defaults: [] };
    expect((await aws.check(ROLE, "app", news, { olds: named })).inputs.name).toMatch(/^app-/);
  });

  it("refuses a logical name that leaves no room, and lowers capitals where the service does", async () => {
    const { failures } = await aws.check(LOAD_BALANCER, "a-load-balancer-with-a-long-name", { subnets: ["s"] });
    expect(failures).toEqual([{ property: "name", reason: expect.stringContaining("32") }]);
    expect((await aws.check(BUCKET, "Logs", {})).inputs.bucket).toMatch(/^logs-[0-9a-f]{7}$/);
  });

  it("follows the stack's autonaming configuration", async () => {
    const name = (mode: 0 | 1 | 2) =>
      aws.check(LOAD_BALANCER, "web", {}, { autonaming: { name: "given-".repeat(7), mode } });
    expect(String((await name(0)).inputs.name)).toHaveLength(32);
    expect((await name(1)).inputs.name).toBe("given-".repeat(7));
    expect((await name(2)).inputs.name).toBeUndefined();
  });

  it("merges the provider's default tags under the resource's own and leaves ignored ones out", async () => {
    const tagged = await connect({
      region: "eu-west-1",
      defaultTags: JSON.stringify({ tags: { owner: "core", stage: "dev", "aws:x": "y" } }),
      ignoreTags: JSON.stringify({ keyPrefixes: ["aws:"] }),
    });
    const { inputs } = await tagged.check(VPC, "v", { tags: { owner: "shop" } });
    expect(inputs).toMatchObject({ tags: { owner: "shop" }, tagsAll: { owner: "shop", stage: "dev" } });
    expect(inputs.tagsAll).not.toHaveProperty("aws:x");
    expect((await tagged.check("aws:ec2/route:Route", "r", { routeTableId: "rtb" })).inputs.tagsAll).toBeUndefined();
    expect((await tagged.check(VPC, "v", { tags: UNKNOWN })).inputs.tagsAll).toBe(UNKNOWN);
  });

  it("puts a resource into the provider's region unless it names its own", async () => {
    expect((await aws.check(VPC, "v", {})).inputs.region).toBe("eu-west-1");
    expect((await aws.check(VPC, "v", { region: "us-east-1" })).inputs.region).toBe("us-east-1");
    expect((await aws.check(ROLE, "r", { assumeRolePolicy: TRUST })).inputs.region).toBeUndefined();
  });

  it("names the type that was meant", async () => {
    await expect(aws.check("aws:s3/bukcet:Bukcet", "b", {})).rejects.toThrow(/aws:s3\/bucket:Bucket/);
  });
});

describe("preview", () => {
  it("knows the inputs and nothing that only AWS decides", async () => {
    const { inputs } = await aws.check(SUBNET, "s", { vpcId: UNKNOWN, cidrBlock: "10.0.1.0/24" });
    const { id, state } = await aws.create(SUBNET, "s", inputs, true);
    expect(id).toBe("");
    expect(state).toMatchObject({
      cidrBlock: "10.0.1.0/24",
      vpcId: UNKNOWN,
      arn: UNKNOWN,
      ownerId: UNKNOWN,
      availabilityZone: UNKNOWN,
    });
    expect(store.counts().total).toBe(0);
  });

  it("keeps what is known through an update and changes nothing", async () => {
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16", tags: { Name: "a" } });
    const { inputs } = await aws.check(VPC, "v", { cidrBlock: "10.0.0.0/16", tags: UNKNOWN }, { olds: vpc.inputs });
    const { state } = await aws.update(VPC, "v", vpc, inputs, { preview: true });
    expect(state).toMatchObject({ arn: vpc.state.arn!, tags: UNKNOWN, tagsAll: UNKNOWN });
    expect((await aws.read(VPC, vpc.id))?.state).toEqual(vpc.state);
  });
});

describe("what an update changes by itself", () => {
  it("is not known at the preview and the preview uses nothing up", async () => {
    const template = await aws.make(LAUNCH_TEMPLATE, "lt", { instanceType: "t3.micro" });
    expect(template.state.latestVersion).toBe(1);
    const news = { ...template.inputs, instanceType: "t3.small" };
    for (let times = 0; times < 2; times++) {
      const { state } = await aws.update(LAUNCH_TEMPLATE, "lt", template, news, { preview: true });
      expect(state).toMatchObject({ latestVersion: UNKNOWN, arn: template.state.arn!, instanceType: "t3.small" });
    }
    expect((await aws.update(LAUNCH_TEMPLATE, "lt", template, news)).state.latestVersion).toBe(2);
    const rehearsed = [0, 1].map(() => store.rehearsal(() => store.counters.next("000000000000", "counter")));
    expect(rehearsed).toEqual([1, 1]);
  });
});

describe("diff", () => {
  const vpcAnd = async (inputs: JsonObject): Promise<Made> =>
    aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16", ...inputs });

  it("is none for the same inputs, whatever their order", async () => {
    const lb = await aws.make(LOAD_BALANCER, "web", { subnets: ["a", "b"], tags: { x: "1", y: "2" } });
    const news = { ...lb.inputs, subnets: ["b", "a"], tags: { y: "2", x: "1" } };
    expect(await aws.diff(LOAD_BALANCER, lb, news)).toMatchObject({ changes: "none", details: {} });
  });

  it("says where, and what replaces", async () => {
    const vpc = await vpcAnd({ tags: { "a.b": "1", gone: "1" } });
    const { inputs } = await aws.check(VPC, "v", { cidrBlock: "10.1.0.0/16", tags: { "a.b": "2", more: "3" } });
    const diff = await aws.diff(VPC, vpc, inputs);
    expect(diff.replaces).toEqual(["cidrBlock"]);
    expect(diff.details).toMatchObject({
      cidrBlock: "UPDATE_REPLACE",
      'tags["a.b"]': "UPDATE",
      "tags.gone": "DELETE",
      "tags.more": "ADD",
      "tagsAll.more": "ADD",
    });
    const subnet = await aws.make(SUBNET, "s", { vpcId: "vpc-1" });
    expect((await aws.diff(SUBNET, subnet, { ...subnet.inputs, vpcId: UNKNOWN })).replaces).toEqual(["vpcId"]);
  });

  it("shows a change of the provider's default tags on the resource", async () => {
    const vpc = await vpcAnd({});
    const tagged = await connect({ region: "eu-west-1", defaultTags: '{"tags":{"owner":"core"}}' });
    const { inputs } = await tagged.check(VPC, "v", { cidrBlock: "10.0.0.0/16" }, { olds: vpc.inputs });
    expect(await tagged.diff(VPC, vpc, inputs)).toMatchObject({ replaces: [], details: { "tagsAll.owner": "ADD" } });
    const made = await tagged.update(VPC, "v", vpc, inputs);
    expect(made.state.tagsAll).toEqual({ owner: "core" });
    const back = (await aws.check(VPC, "v", { cidrBlock: "10.0.0.0/16" }, { olds: made.inputs })).inputs;
    expect((await aws.diff(VPC, made, back)).details).toEqual({ tagsAll: "DELETE" });
    expect((await aws.update(VPC, "v", made, back)).state.tagsAll).toEqual({});
  });

  it("deletes first when the new object takes the old one's chosen name", async () => {
    const trust = { assumeRolePolicy: TRUST };
    const chosen = await aws.make(ROLE, "r", { ...trust, name: "chosen", path: "/a/" });
    expect(await aws.diff(ROLE, chosen, { ...chosen.inputs, path: "/b/" })).toMatchObject({
      replaces: ["path"],
      deleteBeforeReplace: true,
    });
    const auto = await aws.make(ROLE, "r", { ...trust, path: "/a/" });
    const { inputs } = await aws.check(ROLE, "r", { ...trust, path: "/b/" }, { olds: auto.inputs });
    expect((await aws.diff(ROLE, auto, inputs)).deleteBeforeReplace).toBe(false);
  });

  it("ignores what it is told to, documents that say the same, and inputs the cloud has filled in itself", async () => {
    const vpc = await vpcAnd({ tags: { Name: "a" } });
    expect((await aws.diff(VPC, vpc, { ...vpc.inputs, tags: {}, tagsAll: {} }, ["tags", "tagsAll"])).changes).toBe(
      "none",
    );
    const role = await aws.make(ROLE, "r", { assumeRolePolicy: '{"Statement":[],"Version":"2012-10-17"}' });
    expect((await aws.diff(ROLE, role, { ...role.inputs, assumeRolePolicy: TRUST })).changes).toBe("none");
    const subnet = await aws.make(SUBNET, "s", { vpcId: "vpc-1" });
    const written = { ...subnet.inputs, availabilityZone: subnet.state.availabilityZone! };
    expect((await aws.diff(SUBNET, subnet, written)).changes).toBe("none");
    expect((await aws.diff(SUBNET, { ...subnet, inputs: written }, subnet.inputs)).changes).toBe("none");
  });

  it("compares archives by their content", async () => {
    const code = (hash: string) => ({ ...ASSET, hash, path: "./app" });
    const made = await aws.make(FUNCTION, "f", { role: "arn", code: code("1"), runtime: "nodejs22.x", handler: "i.h" });
    const same = { ...made.inputs, code: { ...code("1"), path: "/elsewhere/app" } };
    expect((await aws.diff(FUNCTION, made, same)).changes).toBe("none");
    expect((await aws.diff(FUNCTION, made, { ...made.inputs, code: code("2") })).details).toEqual({ code: "UPDATE" });
  });
});

describe("objects", () => {
  it("take properties by Terraform's names too, as the provider does, whose own are made from these", async () => {
    const made = await aws.make(VPC, "v", { cidr_block: "10.0.0.0/16", enableDnsSupport: true });
    expect(made.inputs).toMatchObject({ cidrBlock: "10.0.0.0/16" });
    expect(made.inputs).not.toHaveProperty("cidr_block");
    await expect(aws.make(VPC, "w", { cidr_blok: "10.0.0.0/16" })).rejects.toThrow(/cidr_blok/);
  });

  it("are imported by id with the inputs they were made from", async () => {
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16", tags: { Name: "a" } });
    const imported = await aws.read(VPC, vpc.id);
    expect(imported).toEqual(vpc);
    const { inputs } = await aws.check(VPC, "v", { cidrBlock: "10.0.0.0/16", tags: { Name: "a" } });
    expect((await aws.diff(VPC, imported!, inputs)).changes).toBe("none");
  });

  it("are imported by ARN, by name, with the region behind the id, and whichever name the SDK has for them", async () => {
    const lb = await aws.make(LOAD_BALANCER, "web", { name: "web", subnets: ["a"], region: "us-east-1" });
    expect((await aws.read(LOAD_BALANCER, `${lb.id}@us-east-1`))?.id).toBe(lb.id);
    expect((await aws.read("aws:alb/loadBalancer:LoadBalancer", `web@us-east-1`))?.id).toBe(lb.id);
    expect(await aws.read(LOAD_BALANCER, "web")).toBeUndefined();
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    expect((await aws.read(VPC, String(vpc.state.arn)))?.id).toBe(vpc.id);
  });

  it("are not found by another id, in another region or after deletion, and deleting twice is fine", async () => {
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    expect(await aws.read(VPC, "vpc-0000000000000000f")).toBeUndefined();
    const elsewhere = await connect({ region: "us-east-1" });
    expect(await elsewhere.read(VPC, vpc.id)).toBeUndefined();
    await aws.delete(VPC, vpc);
    await aws.delete(VPC, vpc);
    expect(await aws.read(VPC, vpc.id, vpc)).toBeUndefined();
    await expect(aws.update(VPC, "v", vpc, { ...vpc.inputs, tags: { a: "b" } })).rejects.toThrow(/Refresh/);
  });

  it("stay in the cloud when they are told to outlive the stack", async () => {
    const group = await aws.make("aws:cloudwatch/logGroup:LogGroup", "g", { name: "/app", skipDestroy: true });
    await aws.delete("aws:cloudwatch/logGroup:LogGroup", group);
    expect((await aws.read("aws:cloudwatch/logGroup:LogGroup", group.id))?.id).toBe(group.id);
  });

  it("keep secrets secret: those given as such and those the type declares", async () => {
    const db = await aws.make(DATABASE, "db", {
      instanceClass: "db.t4g.micro",
      password: "hunter2",
      username: secretOf("root"),
      skipFinalSnapshot: true,
    });
    expect(db.state).toMatchObject({ password: secretOf("hunter2"), username: secretOf("root") });
    const news = { ...db.inputs, password: "hunter3", username: "root", dbName: secretOf("shop") };
    expect((await aws.update(DATABASE, "db", db, news)).state.password).toEqual(secretOf("hunter3"));
  });

  it("carry names that exist once, as AWS says it", async () => {
    const trust = { assumeRolePolicy: TRUST };
    await aws.make(ROLE, "one", { ...trust, name: "app" });
    await expect(aws.make(ROLE, "two", { ...trust, name: "app" })).rejects.toThrow(/EntityAlreadyExists.*app.*::one/);
    await aws.make(BUCKET, "one", { bucket: "logs" });
    await expect(aws.make(BUCKET, "two", { bucket: "logs", region: "us-east-1" })).rejects.toThrow(/BucketAlready/);
    await aws.make(LOAD_BALANCER, "one", { name: "web", subnets: ["a"] });
    await expect(aws.make(LOAD_BALANCER, "two", { name: "web", subnets: ["a"] })).rejects.toThrow(/DuplicateLoad/);
    await aws.make(LOAD_BALANCER, "three", { name: "web", subnets: ["a"], region: "us-east-1" });
    const group = { name: "cache", subnetIds: ["a"] };
    await aws.make(SUBNET_GROUP, "one", group);
    await expect(aws.make(SUBNET_GROUP, "two", group)).rejects.toThrow(/AlreadyExists.*cache/);
  });

  it("that are only a setting of another object may be written twice", async () => {
    const versioning = { bucket: "logs", versioningConfiguration: { status: "Enabled" } };
    const [one, two] = [await aws.make(VERSIONING, "one", versioning), await aws.make(VERSIONING, "two", versioning)];
    expect(two.id).toBe(one.id);
  });

  it("keep what something else has changed when another property is updated, and refresh shows it", async () => {
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16", enableDnsSupport: true });
    const key = { account: "000000000000", region: "eu-west-1", type: VPC, id: vpc.id };
    const stored = store.get(key)!;
    store.put({ ...stored, state: { ...stored.state, enableDnsSupport: false } });
    const updated = await aws.update(VPC, "v", vpc, { ...vpc.inputs, enableDnsHostnames: true });
    expect(updated.state).toMatchObject({ enableDnsSupport: false, enableDnsHostnames: true });
    const refreshed = await aws.read(VPC, vpc.id, updated);
    expect(refreshed?.inputs).toMatchObject({ enableDnsSupport: false, enableDnsHostnames: true });
    expect((await aws.diff(VPC, refreshed!, updated.inputs)).details).toEqual({ enableDnsSupport: "UPDATE" });
  });

  it("get the same ids from the same seed and other ids for another object of the same name", async () => {
    const first = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    const second = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    expect(second.id).not.toBe(first.id);
    store.reset();
    expect((await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16" })).id).toBe(first.id);
  });

  it("belong to the stack of their URN, which can be forgotten alone", async () => {
    await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16" });
    expect(urnOf(VPC, "v")).toContain("test::app");
    expect(store.counts()).toEqual({ total: 1, byType: { [VPC]: 1 }, byStack: { "app/test": 1 } });
    expect(store.reset({ stack: "app/other" })).toBe(0);
    expect(store.reset({ stack: "app/test" })).toBe(1);
  });

  it("hold exactly what was answered, through any sequence of creates, updates, restarts and deletes", async () => {
    const tags = fc.dictionary(fc.constantFrom("a", "b", "c.d"), fc.constantFrom("1", "2"), { maxKeys: 3 });
    const inputs = fc.record(
      { tags, enableDnsHostnames: fc.boolean(), instanceTenancy: fc.constantFrom("default", "dedicated") },
      { requiredKeys: [] },
    );
    const step = fc.oneof(
      fc.record({ do: fc.constant("write" as const), name: fc.constantFrom("x", "y"), inputs }),
      fc.record({ do: fc.constant("delete" as const), name: fc.constantFrom("x", "y") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        store.reset();
        const live = new Map<string, Made>();
        for (const one of steps) {
          const made = live.get(one.name);
          if (one.do === "delete") {
            if (made) await aws.delete(VPC, made);
            live.delete(one.name);
          } else if (made === undefined) {
            live.set(
              one.name,
              await aws.make(VPC, one.name, { cidrBlock: "10.0.0.0/16", ...(one.inputs as JsonObject) }),
            );
          } else {
            const news = { cidrBlock: "10.0.0.0/16", ...(one.inputs as JsonObject) };
            const checked = (await aws.check(VPC, one.name, news, { olds: made.inputs })).inputs;
            const updated = await aws.update(VPC, one.name, made, checked);
            expect((await aws.diff(VPC, updated, checked)).changes).toBe("none");
            live.set(one.name, updated);
          }
        }
        expect(store.counts().total).toBe(live.size);
        for (const made of live.values()) {
          expect(await aws.read(VPC, made.id, made)).toEqual(made);
          expect(await aws.read(VPC, made.id)).toEqual(made);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("two provider instances at once", () => {
  it("keep their own settings", async () => {
    const [east, west] = [await connect({ region: "us-east-1" }), await connect({ region: "us-west-2" })];
    const regions = async (provider: Provider) => (await provider.invoke("aws:index/getRegion:getRegion")).region;
    expect(await Promise.all([east, west, aws].map(regions))).toEqual(["us-east-1", "us-west-2", "eu-west-1"]);
  });
});

describe("functions", () => {
  it("say what is missing when the cloud does not answer them", async () => {
    await expect(aws.invoke("aws:pricing/getProduct:getProduct", { serviceCode: "x", filters: [] })).rejects.toThrow(
      /does not answer aws:pricing\/getProduct:getProduct yet/,
    );
    await expect(aws.invoke("aws:iam/getRoel:getRoel")).rejects.toThrow(/did you mean aws:iam\/getRole:getRole/);
    await expect(aws.invoke("aws:ec2/getVpc:getVpc", { cidr: "x" })).rejects.toThrow(/cidrBlock/);
  });

  it("find what was created by argument, tag and filter, and complain when it is none or several", async () => {
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16", tags: { Name: "main" } });
    const subnets = await Promise.all(
      ["a", "b"].map((zone) => aws.make(SUBNET, zone, { vpcId: vpc.id, availabilityZone: `eu-west-1${zone}` })),
    );
    expect(await aws.invoke("aws:ec2/getVpc:getVpc", { tags: { Name: "main" } })).toMatchObject({ id: vpc.id });
    const filters = [{ name: "vpc-id", values: [vpc.id] }];
    const found = await aws.invoke("aws:ec2/getSubnets:getSubnets", { filters });
    expect([...(found.ids as string[])].sort()).toEqual(subnets.map(({ id }) => id).sort());
    await expect(aws.invoke("aws:ec2/getSubnet:getSubnet", { filters })).rejects.toThrow(/2 matching/);
    await expect(aws.invoke("aws:ec2/getVpc:getVpc", { id: "vpc-1" })).rejects.toThrow(/no matching/);
    await aws.make(ROLE, "r", { name: "app", assumeRolePolicy: TRUST });
    expect(await aws.invoke("aws:iam/getRole:getRole", { name: "app" })).toMatchObject({ id: "app" });
  });

  it("know account, partition, regions and zones", async () => {
    const identity = await aws.invoke("aws:index/getCallerIdentity:getCallerIdentity");
    expect(identity.accountId).toBe("000000000000");
    const zones = await aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", { state: "available" });
    expect(zones).toMatchObject({ names: ["eu-west-1a", "eu-west-1b", "eu-west-1c"], zoneIds: expect.any(Array) });
    const zone = await aws
      .invoke("aws:index/getAvailabilityZone:getAvailabilityZone", { name: "ap-northeast-1c" })
      .catch((error: Error) => error.message);
    expect(zone).toContain("eu-west-1 has no zone");
    const list = { name: "com.amazonaws.eu-west-1.s3" };
    expect(await aws.invoke("aws:ec2/getManagedPrefixList:getManagedPrefixList", list)).toMatchObject({
      id: expect.stringMatching(/^pl-[0-9a-f]{8}$/),
    });
  });

  it("answer parameters: public images always, own ones as created, none under an empty path", async () => {
    await aws.make(PARAMETER, "p", { name: "/app/url", type: "String", value: "https://a" });
    const get = (name: string) => aws.invoke("aws:ssm/getParameter:getParameter", { name });
    expect((await get("/app/url")).value).toBe("https://a");
    expect((await get("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id")).value).toMatch(
      /^ami-[0-9a-f]{17}$/,
    );
    await expect(get("/app/none")).rejects.toThrow(/no matching/);
    const byPath = "aws:ssm/getParametersByPath:getParametersByPath";
    expect(await aws.invoke(byPath, { path: "/none" })).toMatchObject({ names: [], values: [] });
    expect(await aws.invoke(byPath, { path: "/app" })).toMatchObject({ names: ["/app/url"] });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ["cloudtrail/getServiceAccount", {}, { id: "859597730677", arn: "arn:aws:iam::859597730677:root" }],
    ["lb/getHostedZoneId", {}, { id: "Z32O12XQLNTSW2" }],
    ["eks/getAddonVersion", { addonName: "vpc-cni", kubernetesVersion: "1.32" }, { id: "vpc-cni" }],
    ["ecr/getAuthorizationToken", {}, { proxyEndpoint: "https://000000000000.dkr.ecr.eu-west-1.amazonaws.com" }],
    ["index/getArn", { arn: "arn:aws:s3:::b/k:1" }, { service: "s3", region: "", account: "", resource: "b/k:1" }],
    ["index/getService", { serviceId: "sqs" }, { dnsName: "sqs.eu-west-1.amazonaws.com" }],
    ["index/getService", { reverseDnsName: "com.amazonaws.us-east-1.ec2" }, { region: "us-east-1", serviceId: "ec2" }],
  ])("know facts that AWS documents: %s %p", async (name, args, expected) => {
    expect(await aws.invoke(`aws:${name}:${name.split("/")[1]}`, args)).toMatchObject(expected);
  });

  it("read one container of the newest revision of a family, and the objects below a prefix", async () => {
    const containers = (image: string) =>
      JSON.stringify([{ name: "web", image, environment: [{ name: "A", value: "1" }] }]);
    for (const [index, image] of ["app:1", "app@sha256:aa"].entries())
      await aws.make("aws:ecs/taskDefinition:TaskDefinition", `t${index}`, {
        family: "app",
        containerDefinitions: containers(image),
      });
    const args = { taskDefinition: "app", containerName: "web" };
    const found = await aws.invoke("aws:ecs/getContainerDefinition:getContainerDefinition", args);
    expect(found).toMatchObject({ image: "app@sha256:aa", environment: { A: "1" } });
    for (const key of ["a/1", "a/2", "a/b/3", "c"])
      await aws.make("aws:s3/bucketObjectv2:BucketObjectv2", key, { bucket: "b", key, content: "" });
    expect(
      await aws.invoke("aws:s3/getObjects:getObjects", { bucket: "b", prefix: "a/", delimiter: "/" }),
    ).toMatchObject({ keys: ["a/1", "a/2"], commonPrefixes: ["a/b/"] });
  });

  it("list resources by tag and type, so that what a crash left behind can be found", async () => {
    const vpc = await aws.make(VPC, "v", { cidrBlock: "10.0.0.0/16", tags: { stack: "dev" } });
    await aws.make(VPC, "other", { cidrBlock: "10.1.0.0/16", tags: { stack: "prod" } });
    await aws.make(BUCKET, "b", { tags: { stack: "dev" } });
    const get = async (args: JsonObject) => {
      const token = "aws:resourcegroupstaggingapi/getResources:getResources";
      const { resourceTagMappingLists } = await aws.invoke(token, args);
      return (resourceTagMappingLists as JsonObject[]).map(({ resourceArn }) => resourceArn);
    };
    const tagFilters = [{ key: "stack", values: ["dev"] }];
    expect(await get({ tagFilters })).toHaveLength(2);
    expect(await get({ tagFilters, resourceTypeFilters: ["ec2:vpc"] })).toEqual([vpc.state.arn]);
    expect(await get({ tagFilters, resourceTypeFilters: ["s3"] })).toHaveLength(1);
  });

  it("find the route table of a subnet with its association, and none for a subnet that has only the main one", async () => {
    const token = "aws:ec2/getRouteTable:getRouteTable";
    const vpcId = "vpc-0123456789abcdef0";
    const table = await aws.create("aws:ec2/routeTable:RouteTable", "table", { vpcId });
    await aws.create("aws:ec2/routeTable:RouteTable", "other", { vpcId });
    const subnetId = "subnet-0123456789abcdef0";
    const association = await aws.create("aws:ec2/routeTableAssociation:RouteTableAssociation", "association", {
      subnetId,
      routeTableId: table.id,
    });
    expect(await aws.invoke(token, { subnetId })).toMatchObject({
      routeTableId: table.id,
      associations: [{ routeTableAssociationId: association.id, subnetId, routeTableId: table.id }],
    });
    await expect(aws.invoke(token, { subnetId: "subnet-0fedcba9876543210" })).rejects.toThrow("no matching");
  });

  it("render policy documents byte for byte as the AWS provider does", async () => {
    const render = async (args: JsonObject) =>
      (await aws.invoke("aws:iam/getPolicyDocument:getPolicyDocument", args)).json;
    // Expected text: the provider's own documentation of getPolicyDocument and its expected test output.
    expect(
      await render({
        statements: [
          { sid: "1", actions: ["s3:ListAllMyBuckets", "s3:GetBucketLocation"], resources: ["arn:aws:s3:::*"] },
          {
            actions: ["s3:ListBucket"],
            resources: ["arn:aws:s3:::foo"],
            conditions: [{ test: "StringLike", variable: "s3:prefix", values: ["", "home/", "home/&{aws:username}/"] }],
            principals: [{ type: "AWS", identifiers: ["arn:blahblah:example", "arn:blahblahblah:example"] }],
          },
        ],
      }),
    ).toBe(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "1",
      "Effect": "Allow",
      "Action": [
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation"
      ],
      "Resource": "arn:aws:s3:::*"
    },
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::foo",
      "Principal": {
        "AWS": [
          "arn:blahblahblah:example",
          "arn:blahblah:example"
        ]
      },
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "",
            "home/",
            "home/\${aws:username}/"
          ]
        }
      }
    }
  ]
}`);
    const source = JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "a", Effect: "Deny", Action: "*" }] });
    const merged = JSON.parse(
      String(await render({ sourceJson: source, statements: [{ sid: "a", actions: ["s3:Get*"], resources: ["*"] }] })),
    ) as JsonObject;
    expect(merged.Statement).toEqual([{ Sid: "a", Effect: "Allow", Action: "s3:Get*", Resource: "*" }]);
    const twice = { sid: "a", actions: ["s3:GetObject"], resources: ["*"] };
    await expect(render({ statements: [twice, twice] })).rejects.toThrow(/duplicate Sid/);
  });
});

describe("a process that ended before it had told of what it made", () => {
  /** As if a process had ended after each of these was stored and before its answer had left. */
  async function untold(...made: readonly [type: string, name: string, news: JsonObject][]): Promise<Made[]> {
    const all: Made[] = [];
    for (const [type, name, news] of made) all.push(await aws.make(type, name, news));
    // This process takes off the list what it has answered, a moment later.
    while (store.unanswered().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const [index, [type, name]] of made.entries()) {
      const { id, state } = all[index]!;
      const region = type === ROLE ? "" : String(state.region ?? "");
      store.addUnanswered(urnOf(type, name), { account: "000000000000", region, type, id }, "a process that ended");
    }
    return all;
  }

  async function nextProcess<T>(use: (provider: Provider) => Promise<T>): Promise<T> {
    const next = await serveCloud({ schemas, store, rules: NO_RULES, onError: (_, error) => unexpected.push(error) });
    const provider = new Provider(next.port);
    try {
      return await use(await provider.configure());
    } finally {
      provider.close();
      await next.close();
    }
  }

  it("leaves nothing behind when it is made again, whether it has a name of its own or not", async () => {
    const role: [string, string, JsonObject] = [ROLE, "role", { name: "app", assumeRolePolicy: TRUST }];
    const vpc: [string, string, JsonObject] = [VPC, "v", { cidrBlock: "10.0.0.0/16" }];
    await untold(role, vpc);
    await nextProcess(async (next) => {
      await next.make(...role);
      await next.make(...vpc);
    });
    expect(store.counts().byType).toEqual({ [ROLE]: 1, [VPC]: 1 });
    expect(store.unanswered()).toEqual([]);
  });

  it("keeps what the engine turns out to know, also beside its replacement", async () => {
    const [known] = await untold([VPC, "diffed", { cidrBlock: "10.0.0.0/16" }]);
    const replacement = await nextProcess(async (next) => {
      await next.diff(VPC, known!, { cidrBlock: "10.1.0.0/16" });
      return next.make(VPC, "diffed", { cidrBlock: "10.1.0.0/16" });
    });
    expect(await aws.read(VPC, known!.id, known)).toBeDefined();
    expect(await aws.read(VPC, replacement.id, replacement)).toBeDefined();
  });
});

it("lets the order of arrival decide nothing where a program orders nothing: a list waits for the setting that allows it", async () => {
  const held = await serveCloud({ schemas, store, onError: (_, error) => unexpected.push(error) });
  const engine = new Provider(held.port);
  await engine.configure();
  const { id: bucket } = await engine.make(BUCKET, "lists", {});
  const list = (name: string) => engine.make("aws:s3/bucketAcl:BucketAcl", name, { bucket, acl: "private" });
  const waiting = list("first");
  await engine.make("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "owner", {
    bucket,
    rule: { objectOwnership: "BucketOwnerPreferred" },
  });
  await expect(waiting).resolves.toMatchObject({ id: expect.stringContaining(bucket) });
  engine.close();
  await held.close();
});
