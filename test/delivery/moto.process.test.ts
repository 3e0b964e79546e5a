/** The release controller against moto, which answers AWS's APIs and was written by others. */
import { createAwsPorts, readReleaseWorld, readTarget } from "../../delivery/aws/index.ts";
import { runRelease, startRelease } from "../../delivery/host.ts";
import { planRelease } from "../../delivery/plan.ts";
import type { ReleasePorts } from "../../delivery/ports.ts";
import type { ReleaseSettings } from "../../delivery/settings.ts";
import { type Moto, startMoto } from "../moto/moto.ts";
import { MotoWorld, type Version } from "./moto-world.ts";

jest.setTimeout(600_000);

const V1: Version = { name: "v1", errorRate: 0.01 };
const V2: Version = { name: "v2", errorRate: 0.01 };
const V3: Version = { name: "v3", errorRate: 0.3 };

let moto: Moto;
const worlds: MotoWorld[] = [];

beforeAll(async () => {
  moto = await startMoto({ runningTasks: 3 });
});

afterAll(async () => {
  for (const world of worlds) await world.close();
  await moto?.stop();
});

async function worldOf(environment: string, green: Version): Promise<MotoWorld> {
  const world = await MotoWorld.create(moto.endpoint, environment, {
    requestsPerSecond: 200,
    versions: { blue: V1, green },
  });
  worlds.push(world);
  return world;
}

async function portsOf(world: MotoWorld, host = "host-1"): Promise<ReleasePorts> {
  const { clients, clock, reach, topicArn, key } = world;
  const target = await readTarget(key, clients);
  return createAwsPorts({ ...key, target, host, clients, clock, reach, topicArn });
}

async function release(world: MotoWorld, settings: Partial<ReleaseSettings> = {}) {
  const ports = await portsOf(world);
  const { clients, clock, target, key } = world;
  const seen = await readReleaseWorld({ ...key, target, clients, clock });
  const plan = planRelease({
    ...seen,
    release: "r1",
    settings: { strategy: "canary", steps: [10, 100], bakeMinutes: 1, soakMinutes: 1, ...settings },
    availabilityPercent: 99,
    // Fewer looks: what is new comes once a minute.
    healthCheck: { intervalSeconds: 60 },
  });
  await startRelease(ports, plan, "ann");
  const result = await runRelease(ports, key);
  const records = await ports.ledger.readCurrent(key);
  return { ports, plan, result, records, mirror: await ports.mirror.read(key) };
}

test("a good version is promoted: rule, tasks, ledger and parameters say so", async () => {
  const world = await worldOf("good", V2);
  const { plan, records, mirror } = await release(world);
  expect(records.at(-1)).toMatchObject({ type: expect.stringMatching(/ended|notified/) });
  expect(records.find(({ type }) => type === "ended")).toMatchObject({ result: "promoted", live: "green" });
  expect(plan.traffic).toEqual({ requestsPerSecond: 200, errorPercent: 1 });
  expect((await world.rule()).weights).toEqual({ blue: 0, green: 100 });
  expect(await world.colours()).toMatchObject({ blue: { desired: 0, minimum: 0 }, green: { desired: 3, minimum: 3 } });
  expect(mirror.release).toMatchObject({ running: false });
  expect(mirror.live).toMatchObject({ live: "green", weights: { blue: 0, green: 100 }, confirmed: true });
  expect(world.notices.at(0)).toContain("started");
  expect(world.notices.at(-1)).toContain("promoted");
});

test("a version that fails loses its users: everything is as it was", async () => {
  const world = await worldOf("bad", V3);
  const { records, mirror } = await release(world);
  expect(records.find(({ type }) => type === "ended")).toMatchObject({ result: "rolled-back", live: "blue" });
  expect((await world.rule()).weights).toEqual({ blue: 100, green: 0 });
  expect(await world.colours()).toMatchObject({ blue: { desired: 3, minimum: 3 }, green: { desired: 0, minimum: 0 } });
  expect(mirror.live).toMatchObject({ live: "blue", weights: { blue: 100, green: 0 }, confirmed: true });
  expect(world.notices.at(-1)).toContain("rolled-back");
});
