/**
 * The state machine of releases in moto's interpreter of Step Functions, which was written by others. Its calls of the
 * function run the function's own code here; everything else it calls is moto.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
} from "@aws-sdk/client-sfn";
import { handToMachine, watchFromAfar } from "../../cli/release/machine.ts";
import { EVENTS_PER_TURN, type MachineArgs, releaseMachine } from "../../components/delivery/release-machine.ts";
import { RELEASE_NOT_FOUND, releaseExecution, releaseHostName, type TurnAnswer } from "../../contracts/execution.ts";
import type { LedgerRecord } from "../../contracts/ledger.ts";
import { createAwsPorts, type Reach, readReleaseWorld } from "../../delivery/aws/index.ts";
import { startGroup } from "../../delivery/group/start.ts";
import { startRelease } from "../../delivery/host.ts";
import { planRelease } from "../../delivery/plan.ts";
import type { Clock } from "../../delivery/ports.ts";
import { createTurns } from "../../functions/release/turns.ts";
import { bundleFunction } from "../../stacks/function-code.ts";
import { FunctionsProxy } from "../moto/functions.ts";
import { type Moto, startMoto } from "../moto/moto.ts";
import { MotoWorld, type Version } from "./moto-world.ts";

jest.setTimeout(600_000);

const V1: Version = { name: "v1", errorRate: 0.01 };
const V2: Version = { name: "v2", errorRate: 0.01 };
const V3: Version = { name: "v3", errorRate: 0.3 };

const proxy = new FunctionsProxy();
let moto: Moto;
const worlds: MotoWorld[] = [];

beforeAll(async () => {
  const callsTo = await proxy.listen();
  moto = await startMoto({ runningTasks: 3, callsTo });
  proxy.endpoint = moto.endpoint;
  const config = JSON.stringify({ stepfunctions: { execute_state_machine: true } });
  const set = await fetch(`${moto.endpoint}/moto-api/config`, { method: "POST", body: config });
  expect(set.ok).toBe(true);
});

afterAll(async () => {
  for (const world of worlds) await world.close();
  await moto?.stop();
  proxy.close();
});

interface Host {
  readonly world: MotoWorld;
  /** The service "web" of the same environment, if there is one. */
  readonly beside: MotoWorld | undefined;
  readonly machineArn: string;
  /** Calls of the function, the failed ones too. */
  calls(): number;
}

/** An environment in moto with its release host. Virtual time passes whenever the machine has waited. */
async function hostOf(
  environment: string,
  green: Version,
  options: Partial<MachineArgs<string>> & { failing?: (call: number) => Error | undefined } = {},
  webGreen?: Version,
): Promise<Host> {
  const { failing, ...machine } = options;
  const world = await MotoWorld.create(moto.endpoint, environment, {
    requestsPerSecond: 200,
    versions: { blue: V1, green },
  });
  worlds.push(world);
  const beside =
    webGreen &&
    (await MotoWorld.create(moto.endpoint, environment, {
      ...{ requestsPerSecond: 200, versions: { blue: V1, green: webGreen }, service: "web", beside: world },
    }));
  if (beside !== undefined) worlds.push(beside);
  const { clients, topicArn } = world;
  // Time passes for both.
  const { clock } = beside ?? world;
  const reach: Reach = (url) => (beside?.target.url.endsWith(url.hostname) ? beside : world).reach(url);
  const turns = createTurns({ environment, region: "eu-west-1", clients, clock, reach, topicArn });
  let calls = 0;
  let due = 0;
  proxy.functions.set(releaseHostName(environment), async (event) => {
    calls += 1;
    const error = failing?.(calls);
    if (error !== undefined) throw error;
    await clock.sleepUntil(due);
    const answer: TurnAnswer = await turns(event);
    due = Date.parse(answer.due);
    return answer;
  });
  const functionArn = `arn:aws:lambda:eu-west-1:123456789012:function:${releaseHostName(environment)}`;
  const { stateMachineArn } = await clients.machines.send(
    new CreateStateMachineCommand({
      name: releaseHostName(environment),
      roleArn: "arn:aws:iam::123456789012:role/release-host",
      definition: JSON.stringify(releaseMachine({ functionArn, timeoutSeconds: 960, ...machine })),
    }),
  );
  return { world, beside, machineArn: stateMachineArn!, calls: () => calls };
}

/** Takes the lease and starts the execution, as the command does. */
async function start({ world }: Host, release = "r1"): Promise<string> {
  const { clients, clock, target, key, reach } = world;
  const seen = await readReleaseWorld({ ...key, target, clients, clock });
  const settings = { strategy: "blue-green", steps: [100], bakeMinutes: 1, soakMinutes: 0 } as const;
  const plan = planRelease({ ...seen, release, settings, availabilityPercent: 99 });
  await startRelease(createAwsPorts({ ...key, target, host: "command", clients, clock, reach }), plan, "ann");
  return execute(world, release);
}

async function execute({ clients, key, target }: MotoWorld, release: string): Promise<string> {
  expect(await handToMachine({ clients, key, target }, release)).toBe(true);
  const name = releaseHostName(key.environment);
  return `arn:aws:states:eu-west-1:123456789012:execution:${name}:${releaseExecution(key.service, release).name}`;
}

async function ended({ world }: Host, executionArn: string) {
  for (;;) {
    const found = await world.clients.machines.send(new DescribeExecutionCommand({ executionArn }));
    if (found.status !== "RUNNING") return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function eventsOf({ world }: Host, executionArn: string): Promise<number> {
  let events = 0;
  const pages = paginateGetExecutionHistory({ client: world.clients.machines }, { executionArn });
  for await (const page of pages) events += page.events?.length ?? 0;
  return events;
}

test("a good version is promoted, in as many executions as it takes, and starting it again starts nothing", async () => {
  // Two calls in a row are lost, which with one try again is a turn that failed: it is taken again after a pause.
  const failing = (call: number) => (call === 5 || call === 6 ? new Error("lost") : undefined);
  const host = await hostOf("machine-good", V2, { turnsPerExecution: 5, retries: 1, pauseSeconds: 1, failing });
  let arn = await start(host);
  expect(await execute(host.world, "r1")).toBe(arn);
  const parts: string[] = [];
  for (let answer: TurnAnswer | undefined; answer?.result !== "promoted"; ) {
    const end = await ended(host, arn);
    expect([end.status, end.cause]).toEqual(["SUCCEEDED", undefined]);
    answer = JSON.parse(end.output!) as TurnAnswer;
    parts.push(end.name!);
    expect(parts.length).toBeLessThan(50);
    // What the limit of a history is computed from holds.
    expect(await eventsOf(host, arn)).toBeLessThanOrEqual(2 + 5 * EVENTS_PER_TURN);
    arn = arn.replace(/-(\d+)$/, (_, part) => `-${Number(part) + 1}`);
  }
  expect(parts.length).toBeGreaterThan(2);
  const { executions = [] } = await host.world.clients.machines.send(
    new ListExecutionsCommand({ stateMachineArn: host.machineArn }),
  );
  expect(executions.map(({ name }) => name).sort()).toEqual([...parts].sort());
  expect((await host.world.rule()).weights).toEqual({ blue: 0, green: 100 });
  expect(host.world.notices.at(-1)).toContain("promoted");
});

test("a version that fails is rolled back, though calls of the function fail too", async () => {
  const crash = (call: number) => (call % 9 === 3 ? new Error("the machine under the function was lost") : undefined);
  const host = await hostOf("machine-bad", V3, { failing: crash });
  const arn = await start(host);
  // The command only looks on.
  const { world } = host;
  const shown: LedgerRecord[] = [];
  const view = {
    show: (records: readonly LedgerRecord[]) => void shown.splice(0, shown.length, ...records),
    trouble() {},
  };
  const { key, target, clients } = world;
  const clock: Clock = {
    now: world.clock.now,
    sleepUntil: () => new Promise((resolve) => setTimeout(resolve, 100)),
  };
  const ports = createAwsPorts({ ...key, target, host: "command", clients, clock });
  await watchFromAfar({ key, ports }, view);
  expect(shown.findLast(({ type }) => type === "ended")).toMatchObject({ result: "rolled-back", live: "blue" });
  expect(shown.filter(({ who }) => who === "command")).toEqual([]);

  const end = await ended(host, arn);
  expect([end.status, end.cause]).toEqual(["SUCCEEDED", undefined]);
  expect(JSON.parse(end.output!)).toMatchObject({ done: true, result: "rolled-back" });
  expect((await host.world.rule()).weights).toEqual({ blue: 100, green: 0 });
  expect(await host.world.colours()).toMatchObject({ blue: { desired: 3 }, green: { desired: 0 } });
});

test("one execution runs two services as one release: the second cannot go on, and the first, with all its users, goes back", async () => {
  const host = await hostOf("machine-both", V2, {}, V2);
  const { world: api, beside: web } = host;
  const plans = [];
  for (const world of [api, web!]) {
    const { clients, clock, target, key } = world;
    const seen = await readReleaseWorld({ ...key, target, clients, clock });
    const settings = { strategy: "blue-green", steps: [100], bakeMinutes: 1, soakMinutes: 0 } as const;
    const group = { services: ["hello", "web"] };
    // Somebody brings another version to the second one after the plan was made.
    const before = world === api ? seen.before : { taskDefinition: `${seen.before.taskDefinition}9` };
    // Fewer looks, and a shorter drain: each takes its time in moto.
    const quick = { healthCheck: { intervalSeconds: 30 }, deregistrationDelaySeconds: 30, propagationSeconds: 30 };
    plans.push(planRelease({ ...seen, ...quick, before, release: "r1", settings, availabilityPercent: 99, group }));
  }
  const { clients, clock, target, key, reach } = api;
  const ports = createAwsPorts({ ...key, target, host: "command", clients, clock, reach });
  expect(await startGroup(ports, plans, "ann")).toEqual({ started: true });
  const end = await ended(host, await execute(api, "r1"));
  expect([end.status, end.cause]).toEqual(["SUCCEEDED", undefined]);
  expect(JSON.parse(end.output!)).toMatchObject({ done: true, result: "rolled-back" });
  const stages = async (world: MotoWorld) =>
    (await ports.ledger.readCurrent(world.key)).flatMap((record) =>
      record.type === "entered" ? [{ stage: record.stage, at: Date.parse(record.at) }] : [],
    );
  const [first, second] = [await stages(api), await stages(web!)];
  expect(first.map(({ stage }) => stage)).toEqual([
    ...["validating", "migrating", "scaling", "warming", "smoke-testing", "shifting", "confirming", "baking"],
    ...["soaking", "awaiting", "rolling-back", "draining", "finishing"],
  ]);
  const at = (all: typeof first, stage: string) => all.find((one) => one.stage === stage)!.at;
  expect(at(second, "validating")).toBeGreaterThanOrEqual(at(first, "awaiting"));
  expect(second.map(({ stage }) => stage)).toEqual(["validating", "finishing"]);
  expect(at(first, "rolling-back")).toBeGreaterThanOrEqual(at(second, "finishing"));
  for (const world of [api, web!]) {
    expect((await world.rule()).weights).toEqual({ blue: 100, green: 0 });
    expect(await world.colours()).toMatchObject({ blue: { desired: 3 }, green: { desired: 0 } });
  }
  expect(api.notices.filter((subject) => /goes back|ended/.test(subject))).toEqual([
    expect.stringContaining("goes back because of web"),
    expect.stringContaining("ended: rolled-back"),
  ]);
});

test("a release that the ledger does not have ends the execution, and touches nothing", async () => {
  const host = await hostOf("machine-none", V2);
  const end = await ended(host, await execute(host.world, "never-started"));
  expect([end.status, end.error]).toEqual(["FAILED", RELEASE_NOT_FOUND]);
  expect(end.cause).toContain("there never was one");
  expect(host.calls()).toBe(1);
  expect((await host.world.rule()).weights).toEqual({ blue: 100, green: 0 });
});

test("the bundle that Lambda gets runs under Node, with what infrastructure code gives it", async () => {
  const { world } = await hostOf("machine-bundle", V2);
  const file = await bundleFunction(process.cwd(), "release");
  const event = { service: world.key.service, release: "r1", execution: "x" };
  const call = `import(${JSON.stringify(file)}).then(({ handler }) => handler(${JSON.stringify(event)}))
    .then(() => console.log("answered"), ({ name, message }) => console.log(JSON.stringify({ name, message })))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", call], {
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      CAUSEWAY_ENVIRONMENT: "machine-bundle",
    },
  });
  expect(JSON.parse(stdout)).toEqual({ name: RELEASE_NOT_FOUND, message: expect.stringContaining('no release "r1"') });
});
