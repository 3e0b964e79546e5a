/** Unmodified SDK clients, and the AWS CLI, against the endpoint; objects made by the provider protocol beside it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as dynamo from "@aws-sdk/client-dynamodb";
import { DynamoDBClient, type DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as ssm from "@aws-sdk/client-ssm";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { endpointPage } from "./endpoint-page.ts";
import { type Made, Provider } from "./provider-client.ts";

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), "causeway-endpoint-"));
const file = join(home, "cloud.db");
const failures: string[] = [];
let store: CloudStore;
let server: CloudServer;
let provider: Provider;
let balancing: elb.ElasticLoadBalancingV2Client;
let parameters: ssm.SSMClient;
let tables: DynamoDBClient;
const made = new Map<string, Made>();
const RULE = "aws:lb/listenerRule:ListenerRule";

async function start(): Promise<void> {
  store = new CloudStore(file);
  const schemas = openSchema(process.cwd());
  server = await serveCloud({ schemas, store, home, onError: (what, error) => failures.push(`${what}: ${error}`) });
  provider = await new Provider(server.port).configure();
  const settings = clientSettings("simulated");
  balancing = new elb.ElasticLoadBalancingV2Client(settings);
  parameters = new ssm.SSMClient(settings);
  tables = new DynamoDBClient(settings);
}

const clientSettings = (accessKeyId: string) => ({
  region: "eu-west-1",
  endpoint: `http://127.0.0.1:${server.endpointPort}`,
  credentials: { accessKeyId, secretAccessKey: "any" },
  maxAttempts: 1,
});

async function stop(): Promise<void> {
  for (const client of [balancing, parameters, tables]) client.destroy();
  provider.close();
  await server.close();
  store.close();
}

const make = async (name: string, type: string, inputs: Parameters<Provider["make"]>[2]) => {
  const object = await provider.make(type, name, inputs);
  made.set(name, object);
  return object;
};
const arn = (name: string): string => String(made.get(name)!.state.arn);

beforeAll(async () => {
  await start();
  const vpc = await make("vpc", "aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" });
  for (const [zone, at] of [
    ["a", 0],
    ["b", 1],
  ] as const) {
    const cidrBlock = `10.0.${at}.0/24`;
    await make(`subnet-${zone}`, "aws:ec2/subnet:Subnet", {
      ...{ vpcId: vpc.id, cidrBlock, availabilityZone: `eu-west-1${zone}` },
    });
  }
  const subnets = ["a", "b"].map((zone) => made.get(`subnet-${zone}`)!.id);
  await make("lb", "aws:lb/loadBalancer:LoadBalancer", { name: "lb", subnets, tags: { owner: "web" } });
  for (const name of ["blue", "green"]) {
    await make(name, "aws:lb/targetGroup:TargetGroup", { name, port: 80, protocol: "HTTP", vpcId: vpc.id });
  }
  await make("listener", "aws:lb/listener:Listener", {
    ...{ loadBalancerArn: arn("lb"), port: 80, protocol: "HTTP" },
    defaultActions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } }],
  });
  await make("rule", RULE, {
    ...{ listenerArn: arn("listener"), priority: 10, conditions: [{ pathPattern: { values: ["/*"] } }] },
    actions: [{ type: "forward", forward: { targetGroups: weighted(100, 0) } }],
  });
  await make("ledger", "aws:dynamodb/table:Table", {
    ...{ name: "ledger", billingMode: "PAY_PER_REQUEST", hashKey: "pk", rangeKey: "sk" },
    attributes: [
      { name: "pk", type: "S" },
      { name: "sk", type: "N" },
    ],
  });
});

afterAll(async () => {
  await stop();
  rmSync(home, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

const weighted = (blue: number, green: number) => [
  { arn: arn("blue"), weight: blue },
  { arn: arn("green"), weight: green },
];
const forward = (...weights: number[]): elb.Action[] => {
  const names = ["blue", "green", "blue", "green", "blue", "green"];
  const TargetGroups = weights.map((Weight, at) => ({ TargetGroupArn: arn(names[at]!), Weight }));
  return [{ Type: "forward", ForwardConfig: { TargetGroups } }];
};
const liveWeights = async () => {
  const { Rules } = await balancing.send(new elb.DescribeRulesCommand({ RuleArns: [arn("rule")] }));
  return Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight);
};
const modify = (Actions: elb.Action[], RuleArn = arn("rule")) =>
  balancing.send(new elb.ModifyRuleCommand({ RuleArn, Actions }));

describe("load balancing", () => {
  it("moves the weights that a refresh finds, and changes nothing else of the rule", async () => {
    const before = made.get("rule")!;
    await modify(forward(95, 5));
    expect(await liveWeights()).toEqual([95, 5]);
    const read = await provider.read(RULE, before.id, before);
    expect(read?.state).toEqual({
      ...before.state,
      actions: [{ type: "forward", forward: { targetGroups: weighted(95, 5) } }],
    });
    // What DescribeRules says can be sent back as it is.
    const { Rules } = await balancing.send(new elb.DescribeRulesCommand({ RuleArns: [arn("rule")] }));
    await modify(Rules![0]!.Actions!);
    expect((await provider.read(RULE, before.id, before))?.state).toEqual(read?.state);
  });

  it("refuses what AWS refuses, by its error classes, and leaves the weights", async () => {
    const live = await liveWeights();
    await expect(modify(forward(1000, 0))).rejects.toMatchObject({ name: "ValidationError" });
    await expect(modify(forward(1, 1, 1, 1, 1, 1))).rejects.toMatchObject({ name: "ValidationError" });
    await expect(modify(forward(1, 1), `${arn("rule")}0`)).rejects.toBeInstanceOf(elb.RuleNotFoundException);
    const unknown = `${arn("blue")}0`;
    await expect(modify([{ Type: "forward", TargetGroupArn: unknown }])).rejects.toBeInstanceOf(
      elb.TargetGroupNotFoundException,
    );
    expect(await liveWeights()).toEqual(live);
  });

  it("lists rules by priority with the default last, in pages", async () => {
    const ListenerArn = arn("listener");
    const first = await balancing.send(new elb.DescribeRulesCommand({ ListenerArn, PageSize: 1 }));
    expect(first.Rules?.map(({ Priority }) => Priority)).toEqual(["10"]);
    const Marker = first.NextMarker!;
    const second = await balancing.send(new elb.DescribeRulesCommand({ ListenerArn, PageSize: 1, Marker }));
    expect(second.Rules).toMatchObject([{ Priority: "default", IsDefault: true }]);
    expect(second.NextMarker).toBeUndefined();
    await expect(modify(forward(1, 1), second.Rules![0]!.RuleArn)).rejects.toBeInstanceOf(
      elb.OperationNotPermittedException,
    );
  });

  it("describes the rest of a load balancer", async () => {
    const { LoadBalancers } = await balancing.send(new elb.DescribeLoadBalancersCommand({ Names: ["lb"] }));
    expect(LoadBalancers).toMatchObject([
      { LoadBalancerArn: arn("lb"), Type: "application", State: { Code: "active" } },
    ]);
    expect(LoadBalancers![0]!.AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual(["eu-west-1a", "eu-west-1b"]);
    expect(LoadBalancers![0]!.CreatedTime).toBeInstanceOf(Date);
    const LoadBalancerArn = arn("lb");
    const { Listeners } = await balancing.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
    expect(Listeners).toMatchObject([{ ListenerArn: arn("listener"), Port: 80, Protocol: "HTTP" }]);
    const { TargetGroups } = await balancing.send(new elb.DescribeTargetGroupsCommand({ LoadBalancerArn }));
    expect(TargetGroups?.map(({ TargetGroupName }) => TargetGroupName)).toEqual(["blue", "green"]);
    const TargetGroupArn = arn("blue");
    const attributes = await balancing.send(new elb.DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
    expect(attributes.Attributes).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "300" });
    const health = await balancing.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn }));
    expect(health.TargetHealthDescriptions).toEqual([]);
    const { TagDescriptions } = await balancing.send(new elb.DescribeTagsCommand({ ResourceArns: [arn("lb")] }));
    expect(TagDescriptions).toEqual([{ ResourceArn: arn("lb"), Tags: [{ Key: "owner", Value: "web" }] }]);
    const gone = new elb.DescribeLoadBalancersCommand({ Names: ["gone"] });
    await expect(balancing.send(gone)).rejects.toBeInstanceOf(elb.LoadBalancerNotFoundException);
  });
});

describe("parameters", () => {
  const put = (Name: string, Value: string, more: Partial<ssm.PutParameterRequest> = {}) =>
    parameters.send(new ssm.PutParameterCommand({ Name, Value, ...more }));
  const get = (Name: string) => parameters.send(new ssm.GetParameterCommand({ Name }));

  it("counts versions, and overwrites only when it is told to", async () => {
    expect(await put("/lease/web", "1", { Type: "String" })).toMatchObject({ Version: 1 });
    await expect(put("/lease/web", "2", { Type: "String" })).rejects.toBeInstanceOf(ssm.ParameterAlreadyExists);
    expect((await get("/lease/web")).Parameter).toMatchObject({ Value: "1", Version: 1 });
    expect(await put("/lease/web", "2", { Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await put("/lease/web", "2", { Overwrite: true })).toMatchObject({ Version: 3 });
    expect((await get("/lease/web")).Parameter).toMatchObject({ Value: "2", Version: 3, Type: "String" });
    await parameters.send(new ssm.DeleteParameterCommand({ Name: "/lease/web" }));
    await expect(get("/lease/web")).rejects.toBeInstanceOf(ssm.ParameterNotFound);
  });

  it("shows programs what it wrote, and reads what programs wrote", async () => {
    const path = { path: "/shared", recursive: true };
    const look = () => provider.invoke("aws:ssm/getParametersByPath:getParametersByPath", path);
    expect((await look()).names).toEqual([]);
    await put("/shared/api", "from the API", { Type: "String" });
    const own = { name: "/shared/program", type: "String", value: "from a program" };
    await provider.make("aws:ssm/parameter:Parameter", "own", own);
    expect((await look()).names).toEqual(["/shared/api", "/shared/program"]);
    expect((await get("/shared/program")).Parameter?.Value).toBe("from a program");
    const one = await provider.invoke("aws:ssm/getParameter:getParameter", { name: "/shared/api" });
    expect(one.value).toBe("from the API");
  });

  it("gives a path in pages, and nothing of a path without parameters", async () => {
    for (const name of ["a", "b", "c"]) await put(`/pages/${name}`, name, { Type: "String" });
    const names: (string | undefined)[] = [];
    const pages = ssm.paginateGetParametersByPath({ client: parameters, pageSize: 2 }, { Path: "/pages" });
    for await (const { Parameters } of pages) names.push(...(Parameters ?? []).map(({ Name }) => Name));
    expect(names).toEqual(["/pages/a", "/pages/b", "/pages/c"]);
    const empty = await parameters.send(new ssm.GetParametersByPathCommand({ Path: "/none" }));
    expect(empty.Parameters).toEqual([]);
    const some = await parameters.send(new ssm.GetParametersCommand({ Names: ["/pages/a", "/none"] }));
    expect(some).toMatchObject({ Parameters: [{ Value: "a" }], InvalidParameters: ["/none"] });
  });

  it("keeps a secret one sealed unless it is asked to open it", async () => {
    await put("/secret", "hunter2", { Type: "SecureString" });
    expect(JSON.stringify(await get("/secret"))).not.toContain("hunter2");
    const open = new ssm.GetParameterCommand({ Name: "/secret", WithDecryption: true });
    expect((await parameters.send(open)).Parameter?.Value).toBe("hunter2");
  });
});

describe("tables", () => {
  const TableName = "ledger";
  const key = (pk: string, sk: number) => ({ pk: { S: pk }, sk: { N: String(sk) } });
  const put = (item: Record<string, dynamo.AttributeValue>, more: Partial<dynamo.PutItemInput> = {}) =>
    tables.send(new dynamo.PutItemCommand({ TableName, Item: item, ...more }));
  const get = async (pk: string, sk: number) =>
    (await tables.send(new dynamo.GetItemCommand({ TableName, Key: key(pk, sk) }))).Item;

  it("writes once where a condition says so, whoever comes first", async () => {
    const once = (who: string) =>
      put({ ...key("lease", 1), who: { S: who } }, { ConditionExpression: "attribute_not_exists(pk)" }).then(
        () => "won",
        (error: DynamoDBServiceException) => error.name,
      );
    const results = await Promise.all(["a", "b", "c", "d"].map(once));
    expect(results.sort()).toEqual([...Array<string>(3).fill("ConditionalCheckFailedException"), "won"]);
    const again = put(key("lease", 1), {
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    const error = await again.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(dynamo.ConditionalCheckFailedException);
    expect((error as dynamo.ConditionalCheckFailedException).Item?.who).toEqual((await get("lease", 1))?.who);
  });

  it("orders numbers as numbers, in pages, either way", async () => {
    const order = [-100, -20, -3, 0, 0.5, 2, 10, 100];
    for (const sk of [...order].sort()) await put(key("numbers", sk));
    const input = {
      TableName,
      KeyConditionExpression: "pk = :p",
      ExpressionAttributeValues: { ":p": { S: "numbers" } },
    };
    const all = async (ScanIndexForward: boolean) => {
      const found: number[] = [];
      for await (const { Items } of dynamo.paginateQuery(
        { client: tables, pageSize: 3 },
        { ...input, ScanIndexForward },
      )) {
        found.push(...(Items ?? []).map(({ sk }) => Number(sk?.N)));
      }
      return found;
    };
    expect(await all(true)).toEqual(order);
    expect(await all(false)).toEqual([...order].reverse());
  });

  it("evaluates conditions and updates", async () => {
    await put({ ...key("state", 1), version: { N: "1" }, steps: { L: [] }, note: { S: "release" } });
    const update = (UpdateExpression: string, more: Partial<dynamo.UpdateItemInput> = {}) =>
      tables.send(new dynamo.UpdateItemCommand({ TableName, Key: key("state", 1), UpdateExpression, ...more }));
    await update(
      "SET steps = list_append(steps, :e), version = version + :one, seen = if_not_exists(seen, :one) REMOVE note",
      {
        ConditionExpression:
          "version = :one AND (begins_with(note, :r) OR NOT attribute_exists(pk)) AND version BETWEEN :one AND :two",
        ExpressionAttributeValues: {
          ...{ ":one": { N: "1" }, ":two": { N: "2" }, ":r": { S: "rel" } },
          ":e": { L: [{ S: "shift" }] },
        },
      },
    );
    expect(await get("state", 1)).toEqual({
      ...key("state", 1),
      ...{ version: { N: "2" }, steps: { L: [{ S: "shift" }] }, seen: { N: "1" } },
    });
    const stale = update("SET version = version + :one", {
      ConditionExpression: "version = :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    });
    await expect(stale).rejects.toBeInstanceOf(dynamo.ConditionalCheckFailedException);
    const reserved = update("SET status = :s", { ExpressionAttributeValues: { ":s": { S: "x" } } });
    await expect(reserved).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/reserved keyword: status/),
    });
    const ofKey = update("SET pk = :s", { ExpressionAttributeValues: { ":s": { S: "x" } } });
    await expect(ofKey).rejects.toThrow(/part of the key/);
    await tables.send(new dynamo.DeleteItemCommand({ TableName, Key: key("state", 1) }));
    expect(await get("state", 1)).toBeUndefined();
  });

  it("makes all changes of a transaction or none, and a retried one once", async () => {
    const cancelled = tables.send(
      new dynamo.TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key("together", 1) } },
          { ConditionCheck: { TableName, Key: key("none", 1), ConditionExpression: "attribute_exists(pk)" } },
        ],
      }),
    );
    const error = await cancelled.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(dynamo.TransactionCanceledException);
    expect((error as dynamo.TransactionCanceledException).CancellationReasons?.map(({ Code }) => Code)).toEqual([
      "None",
      "ConditionalCheckFailed",
    ]);
    expect(await get("together", 1)).toBeUndefined();
    const Update = {
      ...{ TableName, Key: key("counter", 1), UpdateExpression: "ADD n :one" },
      ExpressionAttributeValues: { ":one": { N: "1" } },
    };
    const counted = { TransactItems: [{ Update }], ClientRequestToken: "same" };
    for (const _ of [1, 2]) await tables.send(new dynamo.TransactWriteItemsCommand(counted));
    expect((await get("counter", 1))?.n).toEqual({ N: "1" });
  });

  it("keeps binary values as they are, and describes its table", async () => {
    await put({ ...key("bytes", 1), b: { B: new Uint8Array([0, 255]) } });
    expect(Buffer.from((await get("bytes", 1))!.b!.B!)).toEqual(Buffer.from([0, 255]));
    const { Table } = await tables.send(new dynamo.DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      ...{ TableName, TableStatus: "ACTIVE" },
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
    const missing = new dynamo.GetItemCommand({ TableName: "none", Key: key("a", 1) });
    await expect(tables.send(missing)).rejects.toBeInstanceOf(dynamo.ResourceNotFoundException);
  });
});

it("keeps what it answered when the cloud starts again", async () => {
  await modify(forward(40, 60));
  await parameters.send(new ssm.PutParameterCommand({ Name: "/kept", Value: "yes", Type: "String" }));
  const Item = { pk: { S: "kept" }, sk: { N: "1" } };
  await tables.send(new dynamo.PutItemCommand({ TableName: "ledger", Item }));
  await stop();
  await start();
  expect(await liveWeights()).toEqual([40, 60]);
  expect((await parameters.send(new ssm.GetParameterCommand({ Name: "/kept" }))).Parameter?.Value).toBe("yes");
  expect((await tables.send(new dynamo.GetItemCommand({ TableName: "ledger", Key: Item }))).Item).toEqual(Item);
});

it("refuses keys that AWS issued, requests without a signature, and other names of its address", async () => {
  const real = new ssm.SSMClient(clientSettings("AKIAIOSFODNN7EXAMPLE"));
  const write = new ssm.PutParameterCommand({ Name: "/real", Value: "x", Type: "String" });
  await expect(real.send(write)).rejects.toMatchObject({
    name: "InvalidClientTokenId",
    message: expect.stringMatching(/simulated cloud/),
  });
  real.destroy();
  await expect(parameters.send(new ssm.GetParameterCommand({ Name: "/real" }))).rejects.toBeInstanceOf(
    ssm.ParameterNotFound,
  );
  const url = `http://127.0.0.1:${server.endpointPort}/`;
  const unsigned = await fetch(url, { method: "POST", body: "Action=DescribeLoadBalancers&Version=2015-12-01" });
  expect(await unsigned.text()).toContain("MissingAuthenticationToken");
});

it("names what it does not answer, and where to look", async () => {
  const policies = balancing.send(new elb.DescribeSSLPoliciesCommand({}));
  await expect(policies).rejects.toThrow(/elbv2 DescribeSSLPolicies; .*ModifyRule.*simulated-aws-endpoint\.md/);
});

it("answers the AWS CLI", async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number | string; output: string }>((resolve) => {
      const child = spawn("aws", args, {
        env: {
          ...{ PATH: process.env.PATH, HOME: home, AWS_DEFAULT_REGION: "eu-west-1", AWS_PAGER: "" },
          ...{ AWS_ACCESS_KEY_ID: "simulated", AWS_SECRET_ACCESS_KEY: "simulated" },
          AWS_ENDPOINT_URL: `http://127.0.0.1:${server.endpointPort}`,
        },
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (output += String(chunk)));
      child.on("error", (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? "failed", output }));
      child.on("close", (code) => resolve({ code: code ?? "killed", output }));
    });
  if ((await run("--version")).code !== 0) {
    process.stderr.write("skipped: there is no AWS CLI on this machine\n");
    return;
  }
  const rules = await run("elbv2", "describe-rules", "--listener-arn", arn("listener"));
  expect(JSON.parse(rules.output)).toMatchObject({ Rules: [{ Priority: "10" }, { Priority: "default" }] });
  const missing = await run("ssm", "get-parameter", "--name", "/not/there");
  expect(missing.output).toContain("(ParameterNotFound)");
  const put = ["--namespace", "Cli", "--metric-name", "m", "--value", "2.5"];
  expect(await run("cloudwatch", "put-metric-data", ...put)).toEqual({ code: 0, output: "" });
  const refused = await run(
    "cloudwatch",
    "put-metric-data",
    "--namespace",
    "AWS/x",
    "--metric-name",
    "m",
    "--value",
    "1",
  );
  expect(refused.output).toContain("(InvalidParameterValue)");
  const caller = await run("sts", "get-caller-identity");
  expect(JSON.parse(caller.output)).toMatchObject({ Account: "000000000000" });
  const table = await run("dynamodb", "describe-table", "--table-name", "ledger");
  expect(JSON.parse(table.output)).toMatchObject({ Table: { TableStatus: "ACTIVE" } });
});

it("is described by the page in the guides", () => {
  const page = join(process.cwd(), "docs", "guides", "simulated-aws-endpoint.md");
  if (process.env.UPDATE_DOCS) writeFileSync(page, endpointPage());
  expect(readFileSync(page, "utf8")).toBe(endpointPage());
});
