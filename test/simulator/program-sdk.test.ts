/** Programs with another `@pulumi/aws` than this checkout's: types, defaults and regions are those of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ProgramSdks } from "../../simulator/process/program-sdks.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { Provider, secretOf } from "./provider-client.ts";

/** An SDK in the form the generator gave releases 4 to 6. */
const FORMER_SDK: Readonly<Record<string, string>> = {
  "package.json": '{"name":"@pulumi/aws","version":"v6.1.0"}',
  "provider.d.ts": `import { Partition, Region } from "./index";
export interface ProviderArgs {
    /**
     * A role.
     */
    assumeRole?: pulumi.Input<inputs.ProviderAssumeRole>;
    profile?: pulumi.Input<string>;
    accessKey?: pulumi.Input<string>;
    region?: pulumi.Input<Region>;
    partition?: pulumi.Input<Partition>;
}
`,
  "provider.js": "",
  "types/enums/index.d.ts": `export declare const Region: {
    readonly EUWest1: "eu-west-1";
    readonly USEast1: "us-east-1";
};
`,
  "types/input.d.ts": `export interface ProviderAssumeRole {
    roleArn?: pulumi.Input<string>;
}
`,
  "types/output.d.ts": "",
  "sqs/queue.d.ts": `import * as pulumi from "@pulumi/pulumi";
import { PolicyDocument } from "../iam";
import { ARN } from "..";
export declare class Queue extends pulumi.CustomResource {
    readonly arn: pulumi.Output<ARN>;
    readonly name: pulumi.Output<string>;
    readonly description: pulumi.Output<string>;
    readonly policy: pulumi.Output<string>;
    readonly url: pulumi.Output<string>;
    readonly bygone: pulumi.Output<boolean | undefined>;
}
export interface QueueArgs {
    name?: pulumi.Input<string>;
    description?: pulumi.Input<string>;
    policy?: pulumi.Input<string | PolicyDocument>;
    bygone?: pulumi.Input<boolean>;
}
`,
  "sqs/queue.js": `class Queue extends pulumi.CustomResource {
    static isInstance(obj) {
        return obj['__pulumiType'] === Queue.__pulumiType;
    }
    constructor(name, argsOrState, opts) {
        resourceInputs["description"] = (_a = (args ? args.description : undefined)) !== null && _a !== void 0 ? _a : "Managed by Pulumi";
    }
}
/** @internal */
Queue.__pulumiType = 'aws:sqs/queue:Queue';
`,
};

const QUEUE = "aws:sqs/queue:Queue";
const home = mkdtempSync(join(tmpdir(), "program-sdk-"));
const program = join(home, "program", "infra");
const own = openSchema(process.cwd());
const sdks = new ProgramSdks(own);
const unexpected: unknown[] = [];
const providers: Provider[] = [];
let store: CloudStore;
let server: CloudServer;

async function connect(region: string, folder = program): Promise<Provider> {
  const provider = new Provider(await server.portFor(region, sdks.of(folder)));
  providers.push(provider);
  return provider;
}

beforeAll(async () => {
  for (const [name, text] of Object.entries(FORMER_SDK)) {
    const file = join(home, "program", "node_modules", "@pulumi", "aws", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  mkdirSync(program);
  store = new CloudStore(join(home, "cloud.db"));
  server = await serveCloud({ schemas: own, store, onError: (method, error) => unexpected.push({ method, error }) });
});
afterAll(async () => {
  for (const provider of providers) provider.close();
  await server.close();
  store.close();
  rmSync(home, { recursive: true });
  expect(unexpected).toEqual([]);
});

it("takes the SDK a program has installed, above its folder too, and its own where there is none", () => {
  expect(sdks.of(program).version).toBe("6.1.0");
  expect(sdks.of(program)).toBe(sdks.of(join(home, "program")));
  expect(sdks.of(process.cwd())).toBe(own);
  expect(sdks.of("/nowhere")).toBe(own);
});

it("knows the properties and defaults of that SDK, and hands documents on as text", async () => {
  const aws = await (await connect("eu-west-1")).configure({ region: "eu-west-1" });
  const document = { Version: "2012-10-17", Statement: [] };
  const { inputs, failures } = await aws.check(QUEUE, "q", { bygone: true, policy: document });
  expect(failures).toEqual([]);
  expect(JSON.parse(String(inputs.policy))).toEqual(document);
  expect(sdks.of(program).resource(QUEUE)?.inputs.get("description")?.default).toBe("Managed by Pulumi");
  expect(inputs).not.toHaveProperty("region");
  const unknown = await aws.check(QUEUE, "q", { kmsMasterKeyId: "k" });
  expect(unknown.failures.map(({ property }) => property)).toEqual(["kmsMasterKeyId"]);
});

it("keeps regions apart where only the provider names one", async () => {
  const [west, east] = await Promise.all([
    (await connect("eu-west-1")).configure({ region: "eu-west-1" }),
    (await connect("us-east-1")).configure({ region: "us-east-1" }),
  ]);
  const inputs = { name: "orders" };
  const made = await west.make(QUEUE, "west", inputs);
  expect(made.state.arn).toBe("arn:aws:sqs:eu-west-1:000000000000:orders");
  expect((await east.make(QUEUE, "east", inputs)).state.arn).toBe("arn:aws:sqs:us-east-1:000000000000:orders");
});

it("lets a program's own credentials pass unused, since its state never meets AWS", async () => {
  const aws = await connect("eu-west-1");
  const config = {
    region: "eu-west-1",
    profile: "production",
    accessKey: secretOf("AKIAIOSFODNN7EXAMPLE"),
    assumeRole: '{"roleArn":"arn:aws:iam::123456789012:role/admin"}',
  };
  expect((await aws.checkConfig(config)).failures).toEqual([]);
  await aws.configure(config);
  const elsewhere = await connect("eu-west-1", process.cwd());
  expect((await elsewhere.checkConfig({ profile: "production" })).failures).toEqual([]);
});
