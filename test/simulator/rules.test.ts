import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import type { Json, JsonObject } from "../../simulator/provider/values.ts";
import { tokenOf } from "../../simulator/rules/rules.ts";
import { SERVICES } from "../../simulator/rules/services/index.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider, UNKNOWN } from "./provider-client.ts";
import { CORRECTIONS } from "./wrong-programs/corrections.ts";
import { FIXTURES } from "./wrong-programs/fixtures.ts";
import { WRONG_PROGRAMS } from "./wrong-programs/index.ts";
import { type Answer, agrees, page } from "./wrong-programs/page.ts";
import type { Step, WrongProgram } from "./wrong-programs/types.ts";

jest.setTimeout(300_000);

const PAGE = join(process.cwd(), "docs/guides/simulated-cloud-rules.md");
const schemas = openSchema(process.cwd());
const home = mkdtempSync(join(tmpdir(), "rules-"));
const unexpected: unknown[] = [];
let store: CloudStore;
let server: CloudServer;
let aws: Provider;

beforeAll(async () => {
  store = new CloudStore(join(home, "cloud.db"));
  server = await serveCloud({
    schemas,
    store,
    settlingMs: 0,
    onError: (method, error) => unexpected.push({ method, error }),
  });
  aws = await new Provider(server.port).configure({ region: "eu-west-1" });
});
beforeEach(() => {
  store.reset();
});
afterAll(async () => {
  aws.close();
  await server.close();
  store.close();
  rmSync(home, { recursive: true });
  expect(unexpected).toEqual([]);
});

/** Makes fixtures with all they refer to, each once. */
class World {
  readonly #made = new Map<string, Made>();

  async need(name: string): Promise<Made> {
    const there = this.#made.get(name);
    if (there !== undefined) return there;
    const [type, inputs, also = []] = FIXTURES[name]!;
    for (const other of also) await this.need(other);
    const made = await aws.make(tokenOf(type), name, (await this.filled(inputs)) as JsonObject);
    this.#made.set(name, made);
    return made;
  }

  async filled(value: Json): Promise<Json> {
    if (Array.isArray(value)) {
      const filled: Json[] = [];
      for (const one of value) filled.push(await this.filled(one));
      return filled;
    }
    if (typeof value === "object" && value !== null) {
      const entries: [string, Json][] = [];
      for (const [key, one] of Object.entries(value)) entries.push([key, await this.filled(one)]);
      return Object.fromEntries(entries);
    }
    const [, name, property = "id"] = /^<(\w+)(?:\.(\w+))?>$/.exec(String(value)) ?? [];
    if (name === undefined) return value;
    const made = await this.need(name);
    return property === "id" ? made.id : String(made.state[property]);
  }
}

type Program = Pick<WrongProgram, "type" | "step" | "inputs">;

/** What the simulated cloud answers to a program, and at which step; nothing is asked beyond `last`. */
async function run(world: World, program: Program, last: Step): Promise<Answer & { readonly made?: Made }> {
  const none: Answer = { step: "none", message: "" };
  const token = tokenOf(program.type);
  const { inputs, failures } = await aws.check(token, "new", (await world.filled(program.inputs)) as JsonObject);
  if (failures.length > 0) return { step: "check", message: failures.map(({ reason }) => reason).join("; ") };
  for (const step of ["preview", "create"] as const) {
    if (last === "check" || (last === "preview" && step === "create")) return none;
    const answer = await aws.create(token, "new", inputs, step === "preview").catch((error: Error) => error);
    if (answer instanceof Error) return { step, message: answer.message };
    if (step === "create") return { ...none, made: answer };
  }
  return none;
}

async function remove(world: World, name: string): Promise<Answer> {
  const made = await world.need(name);
  const answer = await aws.delete(tokenOf(FIXTURES[name]![0]), made).catch((error: Error) => error);
  return answer instanceof Error ? { step: "delete", message: answer.message } : { step: "none", message: "" };
}

interface Result {
  readonly program: WrongProgram;
  readonly answer: Answer;
  /** The answer when the mistake is set right; absent where the table does not say how. */
  readonly right?: Answer;
}

/** A program, and the same without the mistake, which is deleted again; whether nothing is left of them. */
async function create(world: World, program: WrongProgram): Promise<Omit<Result, "program"> & { clean: boolean }> {
  const { inputs, given, right } = program;
  for (const name of given) {
    if (name.startsWith("-")) await remove(world, name.slice(1));
    else await world.need(name);
  }
  const { made: wrong, ...answer } = await run(world, program, "create");
  const { made, ...corrected } = right
    ? await run(world, { ...program, inputs: { ...inputs, ...right } }, "create")
    : {};
  const left = made && (await aws.delete(tokenOf(program.type), made).catch((error: Error) => error));
  const clean = wrong === undefined && left === undefined && !given.some((name) => name.startsWith("-"));
  return { answer, ...("step" in corrected && { right: corrected }), clean };
}

async function runAll(): Promise<Result[]> {
  const results: Result[] = [];
  const shared = new World();
  store.reset();
  for (const program of WRONG_PROGRAMS.filter(({ step }) => step === "check" || step === "preview")) {
    const { step, inputs, right } = program;
    const answer = await run(shared, program, "create");
    const corrected = right && (await run(shared, { ...program, inputs: { ...inputs, ...right } }, step));
    results.push({ program, answer, ...(corrected && { right: corrected }) });
  }
  let world: World | undefined;
  for (const program of WRONG_PROGRAMS.filter(({ step }) => step === "create")) {
    // Programs share a world, since nothing is left of what is refused; one that finds too much in it gets its own.
    let tried = world && (await create(world, program));
    if (tried === undefined || !agrees(program, tried.answer) || (tried.right ?? { step: "none" }).step !== "none") {
      store.reset();
      world = new World();
      tried = await create(world, program);
    }
    const { answer, right } = tried;
    results.push({ program, answer, ...(right && { right }) });
    if (!tried.clean) world = undefined;
  }
  for (const program of WRONG_PROGRAMS.filter(({ step }) => step === "delete")) {
    store.reset();
    const world = new World();
    await world.need(program.type);
    for (const name of program.given) await world.need(name);
    const answer = await remove(world, program.type);
    if (program.given.length === 0) {
      results.push({ program, answer });
      continue;
    }
    // Without what uses it the object goes.
    store.reset();
    results.push({ program, answer, right: await remove(new World(), program.type) });
  }
  return WRONG_PROGRAMS.map((program) => results.find((result) => result.program === program)!);
}

test("programs with a mistake are refused at the step and with the code of AWS, and made without it", async () => {
  const results = await runAll();
  const differing = results.filter(({ program, answer }) => !agrees(program, answer));
  const text = page(results.map(({ program, answer }) => [program, answer]));
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, text);
  expect(differing.map(({ program, answer }) => ({ ...program, answer }))).toEqual([]);
  const stillRefused = results.filter(({ right }) => right !== undefined && right.step !== "none");
  expect(stillRefused.map(({ program: { mistake }, right }) => ({ mistake, right }))).toEqual([]);
  expect(readFileSync(PAGE, "utf8")).toBe(text);
});

test("the table is as large as it says, without a row twice, each with its source", () => {
  expect(WRONG_PROGRAMS.length).toBeGreaterThanOrEqual(120);
  expect(new Set(WRONG_PROGRAMS.map(({ mistake, type }) => `${type} ${mistake}`)).size).toBe(WRONG_PROGRAMS.length);
  const issues = WRONG_PROGRAMS.filter(({ source }) =>
    /^https:\/\/github\.com\/[^/]+\/[^/]+\/issues\/\d+$/.test(source),
  );
  expect(issues.length).toBeGreaterThanOrEqual(40);
  const mistakes = new Set(WRONG_PROGRAMS.map(({ mistake }) => mistake));
  expect(Object.keys(CORRECTIONS).filter((mistake) => !mistakes.has(mistake))).toEqual([]);
  for (const { source } of WRONG_PROGRAMS) expect(source).toMatch(/^https:\/\/(github\.com|docs\.aws\.amazon\.com)\/./);
});

test("right objects are made together, changed and deleted in the engine's order", async () => {
  const world = new World();
  const names = Object.keys(FIXTURES).filter((name) => !/^protected|^unnamed|^dynamo$/.test(name));
  const made: [string, Made][] = [];
  const need = world.need.bind(world);
  for (const name of names) made.push([name, await need(name)]);
  expect(store.counts().total).toBe(made.length);
  // Each round deletes what nothing refers to any more.
  let left = made;
  while (left.length > 0) {
    const kept: [string, Made][] = [];
    for (const [name, object] of left) {
      const gone = await aws.delete(tokenOf(FIXTURES[name]![0]), object).then(
        () => true,
        () => false,
      );
      if (!gone) kept.push([name, object]);
    }
    expect(kept.length).toBeLessThan(left.length);
    left = kept;
  }
  expect(store.counts().total).toBe(0);
});

test("every rule speaks of a type and a property the SDK has", () => {
  const wrong: string[] = [];
  for (const service of SERVICES) {
    for (const { type, property } of [...service.references, ...service.limits]) {
      const first = property.split(/[.[]/)[0]!;
      if (!schemas.resource(tokenOf(type))?.inputs.has(first)) wrong.push(`${type}.${property}`);
    }
    for (const rule of [...(service.plans ?? []), ...service.requests, ...(service.deletions ?? [])]) {
      for (const type of rule.types) if (schemas.resource(tokenOf(type)) === undefined) wrong.push(type);
    }
    for (const { target } of service.references) {
      for (const type of target.types) if (schemas.resource(tokenOf(type)) === undefined) wrong.push(type);
    }
  }
  expect(wrong).toEqual([]);
});

describe("what is not refused", () => {
  it("is what is not known yet, at a preview", async () => {
    const subnet = { vpcId: UNKNOWN, cidrBlock: UNKNOWN, availabilityZone: UNKNOWN };
    const { inputs, failures } = await aws.check(tokenOf("ec2/Subnet"), "s", subnet);
    expect(failures).toEqual([]);
    await aws.create(tokenOf("ec2/Subnet"), "s", inputs, true);
    const alarm = {
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: UNKNOWN,
      metricName: "m",
      statistic: UNKNOWN,
      name: "a",
    };
    const checked = await aws.check(tokenOf("cloudwatch/MetricAlarm"), "a", alarm);
    expect(checked.failures).toEqual([]);
    await aws.create(tokenOf("cloudwatch/MetricAlarm"), "a", checked.inputs, true);
  });

  it("is what came along with another object: a VPC's default security group", async () => {
    const vpc = await new World().need("vpc");
    await aws.make(tokenOf("vpc/SecurityGroupIngressRule"), "r", {
      securityGroupId: vpc.state.defaultSecurityGroupId!,
      ipProtocol: "-1",
      cidrIpv4: "10.0.0.0/8",
    });
  });

  it("is what other accounts and AWS itself own", async () => {
    const { id } = await new World().need("role");
    const attach = (policyArn: string) => aws.make(tokenOf("iam/RolePolicyAttachment"), "a", { role: id, policyArn });
    await attach("arn:aws:iam::aws:policy/ReadOnlyAccess");
    await attach("arn:aws:iam::123456789012:policy/theirs");
  });

  it("is one name in two zones of one domain, as networks with their own view of it have", async () => {
    const world = new World();
    const outside = await world.need("zone");
    const vpc = await world.need("vpc");
    const inside = await aws.make(tokenOf("route53/Zone"), "inside", {
      name: "example.com",
      vpcs: [{ vpcId: vpc.id }],
    });
    for (const [type, records] of [
      ["CNAME", "example.org"],
      ["A", "192.0.2.1"],
    ] as const) {
      const zoneId = type === "A" ? inside.id : outside.id;
      const record = { zoneId, name: "www", type, ttl: 60, records: [records] };
      await aws.make(tokenOf("route53/Record"), type, record);
    }
  });

  it("is a function by its alias, wherever a function is named", async () => {
    const world = new World();
    const worker = await world.need("worker");
    const queue = await world.need("slowQueue");
    const live = { name: "live", functionName: worker.id, functionVersion: "$LATEST" };
    const alias = await aws.make(tokenOf("lambda/Alias"), "live", live);
    const arn = String(alias.state.arn);
    await aws.make(tokenOf("lambda/EventSourceMapping"), "jobs", {
      functionName: arn,
      eventSourceArn: queue.state.arn!,
    });
    for (const named of [arn, "worker:live", "000000000000:function:worker", String(worker.state.qualifiedArn)]) {
      await aws.make(tokenOf("lambda/Permission"), named, {
        ...{ function: named, action: "lambda:InvokeFunction", principal: "sns.amazonaws.com" },
        statementId: named.replace(/\W/g, "-"),
      });
    }
  });

  it("is a log group under a key whose policy stands apart", async () => {
    const world = new World();
    const key = await world.need("plainKey");
    const policy = FIXTURES.logKey![1].policy!;
    await aws.make(tokenOf("kms/KeyPolicy"), "p", { keyId: key.id, policy });
    await aws.make(tokenOf("cloudwatch/LogGroup"), "l", { name: "/new", kmsKeyId: String(key.state.arn) });
  });

  it("is a database in the default network, with a security group of that", async () => {
    const { id } = (await aws.invoke("aws:ec2/getVpc:getVpc", { default: true })) as { id: string };
    const group = await aws.make(tokenOf("ec2/SecurityGroup"), "g", { vpcId: id, name: "db" });
    const database = FIXTURES.database![1];
    await aws.make(tokenOf("rds/Instance"), "db", {
      ...database,
      ...{ dbSubnetGroupName: null, parameterGroupName: null, vpcSecurityGroupIds: [group.id] },
    });
  });

  it("is a table that is switched to payment by request and still says its capacity", async () => {
    const token = tokenOf("dynamodb/Table");
    const table = { name: "switched", hashKey: "id", attributes: [{ name: "id", type: "S" }] };
    const capacity = { readCapacity: 5, writeCapacity: 5 };
    const made = await aws.make(token, "t", { ...table, ...capacity });
    const switched = { ...made.inputs, billingMode: "PAY_PER_REQUEST" };
    await aws.update(token, "t", made, switched, { preview: true });
    await aws.update(token, "t", made, switched);
    await expect(
      aws.make(token, "u", { ...table, ...capacity, name: "new", billingMode: "PAY_PER_REQUEST" }),
    ).rejects.toThrow(/read_capacity can not be set/);
  });

  it("is a parameter group of an engine whose families have names of their own", async () => {
    const group = await aws.make(tokenOf("rds/ParameterGroup"), "p", { name: "oracle", family: "oracle-se2-19" });
    await aws.make(tokenOf("rds/Instance"), "db", {
      ...FIXTURES.database![1],
      ...{ engine: "oracle-se2", engineVersion: "19.0.0.0.ru-2025-07.rur-2025-07.r1", instanceClass: "db.t3.small" },
      ...{ parameterGroupName: group.id, dbSubnetGroupName: null, licenseModel: "bring-your-own-license" },
    });
  });

  it("is a rotation that is switched off, of a secret that a database manages", async () => {
    const managed = {
      password: null,
      manageMasterUserPassword: true,
      dbSubnetGroupName: null,
      parameterGroupName: null,
    };
    const database = await aws.make(tokenOf("rds/Instance"), "db", { ...FIXTURES.database![1], ...managed });
    const [secret] = database.state.masterUserSecrets as { secretArn: string }[];
    const off = { secretId: secret!.secretArn, rotationEnabled: false };
    await aws.make(tokenOf("secretsmanager/SecretRotation"), "off", off);
  });

  it("is the name of a deleted secret once its days are over, or when it was to have none", async () => {
    const token = tokenOf("secretsmanager/Secret");
    const again = () => aws.make(token, "s", { name: "password" });
    const forget = await aws.make(token, "s", { name: "password", recoveryWindowInDays: 0 });
    await aws.delete(token, forget);
    const made = await again();
    store.set("time", "2026-11-01T00:00:00.000Z");
    await aws.delete(token, made);
    store.set("time", "2026-11-30T00:00:00.000Z");
    await expect(again()).rejects.toThrow(/InvalidRequestException.*already scheduled for deletion/);
    store.set("time", "2026-12-02T00:00:00.000Z");
    await again();
    store.set("time", "");
  });

  it("is a change that leaves a reference alone whose object is gone", async () => {
    const world = new World();
    const rule = await world.need("rule");
    const group = store.find("000000000000", "eu-west-1", String(rule.inputs.securityGroupId))!;
    store.remove(group);
    const news = { ...rule.inputs, description: "all" };
    await aws.update(tokenOf("vpc/SecurityGroupIngressRule"), "rule", rule, news);
  });

  it("is an update that makes right what was wrong, and refused one that makes wrong what was right", async () => {
    const world = new World();
    const listener = await world.need("listener");
    const token = tokenOf("lb/Listener");
    const gone = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/gone/0";
    const news = { ...listener.inputs, defaultActions: [{ type: "forward", targetGroupArn: gone }] };
    await expect(aws.update(token, "listener", listener, news)).rejects.toThrow(/updating .*TargetGroupNotFound/);
    expect((await aws.read(token, listener.id, listener))?.state).toEqual(listener.state);
  });
});
