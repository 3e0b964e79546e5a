import { type LedgerRecord, ledgerRecordSchema } from "../../contracts/ledger.ts";
import { parseLease, parseLiveState, readMirror, serialiseMirror } from "../../contracts/mirror.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import { decide } from "../../delivery/controller/decide.ts";
import { commandRelease, runRelease, startRelease, type TurnResult, turn } from "../../delivery/host.ts";
import { type Behaviour, FakeWorld, NEW, OLD, type WorldOptions } from "./fake-world.ts";
import { KEY, plan } from "./plans.ts";
import { seeded } from "./random.ts";

const GOOD: Behaviour = { errorRate: 0.01, medianMs: 50 };
const BROKEN: Behaviour = { errorRate: 0.1, medianMs: 50 };

function world(candidate: Behaviour = GOOD, options: Partial<WorldOptions> = {}, seed = 7): FakeWorld {
  return new FakeWorld(
    { requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: candidate }, ...options },
    seeded(seed),
  );
}

async function release(at: FakeWorld, made: ReleasePlan, onTurn?: (result: TurnResult) => void) {
  const ports = at.ports("host-1");
  await startRelease(ports, made, "ann");
  await runRelease(ports, KEY, onTurn === undefined ? {} : { onTurn });
  const ended = at.records.findLast((record) => record.type === "ended");
  if (ended?.type !== "ended") throw new Error("it did not end");
  return ended;
}

const stages = (records: readonly LedgerRecord[]) =>
  records.flatMap((record) =>
    record.type === "entered" ? [`${record.stage}${record.step ? ` ${record.step}` : ""}`] : [],
  );

describe("a release of a healthy version", () => {
  test("goes through every step, and ends with the old colour scaled in", async () => {
    const at = world();
    const ended = await release(at, plan());
    expect(ended).toMatchObject({ result: "promoted", live: "green", weights: { blue: 0, green: 100 } });
    expect(stages(at.records)).toEqual([
      ...["validating", "migrating", "scaling", "warming", "smoke-testing", "shifting", "confirming", "baking"],
      ...["shifting 1", "confirming 1", "baking 1", "shifting 2", "confirming 2", "baking 2", "soaking 2"],
      ...["draining 2", "finishing 2"],
    ]);
    expect(at.sides.blue).toMatchObject({ desired: 0, minimum: 0 });
    expect(at.sides.green).toMatchObject({ desired: 3, minimum: 3 });
    expect(at.harm).toEqual([]);
    expect(at.mirrored.release?.running).toBe(false);
    expect(at.mirrored.live).toMatchObject({ live: "green", weights: { blue: 0, green: 100 }, confirmed: true });
    expect(at.mirrored.live?.taskDefinitions).toEqual({ green: NEW });
    expect(at.notices.map(({ kind }) => kind)).toEqual(["started", "step", "step", "step", "ended"]);
    const { environment, service, release: name } = at.notices.at(-1)!;
    expect(at.notices.at(-1)?.title).toBe(`${service} in ${environment}: release ${name} ended: promoted`);
    for (const record of at.records) ledgerRecordSchema.parse(record);
    expect(at.records.map(({ seq }) => seq)).toEqual(at.records.map((_, index) => index + 1));
  });

  test("does not believe the API: with 100 s of propagation no step bakes before users are seen, and nobody is cut off", async () => {
    const at = world(GOOD, { propagationSeconds: 100 });
    expect((await release(at, plan())).result).toBe("promoted");
    expect(at.harm).toEqual([]);
    for (const entry of at.records.filter((record) => record.type === "entered" && record.stage === "baking")) {
      const step = plan().steps[(entry as { step: number }).step]!;
      expect(at.dataPlane(Date.parse(entry.at)).green).toBe(step.weight);
    }
  });

  test("keeps stickiness to the steps that share users", async () => {
    const at = world();
    await release(at, plan({ stickinessSeconds: 300 }));
    const calls = at.performed.flatMap((action) => (action.type === "setWeights" ? [action] : []));
    expect(calls.map(({ weights, stickiness }) => [weights.green, stickiness.enabled])).toEqual([
      [10, true],
      [50, true],
      [100, false],
    ]);
  });

  test("blue-green and linear are the same machine; rolling stays in its colour", async () => {
    for (const settings of [
      { strategy: "blue-green", steps: [100] },
      { strategy: "linear", steps: undefined, stepPercent: 50 },
    ] as const) {
      const at = world();
      expect((await release(at, plan(settings))).live).toBe("green");
      expect(at.harm).toEqual([]);
    }
    const at = world();
    const ended = await release(at, plan({ strategy: "rolling", steps: undefined }));
    expect(ended).toMatchObject({ result: "promoted", live: "blue" });
    expect(at.sides.blue.taskDefinition).toBe(NEW);
    expect(at.performed.map(({ type }) => type)).toEqual(["deploy"]);
  });
});

describe("a release of a bad version", () => {
  test("with ten times the errors is off at the first step, and says how it knows", async () => {
    const at = world(BROKEN);
    const ended = await release(at, plan());
    expect(ended).toMatchObject({ result: "rolled-back", live: "blue", weights: { blue: 100, green: 0 } });
    const judged = at.records.findLast((record) => record.type === "judged");
    expect(judged).toMatchObject({ verdict: "fail", step: 0 });
    expect(ended.reason).toMatch(/more than 2 times, and chance gives that with p = /);
    expect(ended.trafficOffAt).toBeDefined();
    expect(at.sides.green).toMatchObject({ desired: 0, minimum: 0 });
    expect(at.harm).toEqual([]);
    expect(at.mirrored.live?.taskDefinitions).toEqual({ blue: OLD });
  });

  test("that is slow is off", async () => {
    const at = world({ ...GOOD, medianMs: 150 });
    expect((await release(at, plan())).reason).toMatch(/p95 is \d+ ms, 200 % above/);
  });

  test("that never becomes healthy moves no user", async () => {
    const at = world({ ...GOOD, healthy: false });
    const ended = await release(at, plan());
    expect(ended.reason).toMatch(/0 of 3 targets of green are healthy. They did not become healthy in 30 min/);
    expect(at.history).toHaveLength(1);
    expect(at.harm).toEqual([]);
  });

  test.each([
    [
      "a failed migration",
      (at: FakeWorld) => (at.hooks.migrate = { ok: false, detail: "column exists" }),
      /hook "migrate" failed: column exists/,
    ],
    [
      "a failed smoke test",
      (at: FakeWorld) => (at.smoke = { ok: false, detail: "3 of 20 got 500" }),
      /smoke test failed: 3 of 20/,
    ],
    ["another version on the idle colour", (at: FakeWorld) => (at.sides.green.taskDefinition = OLD), /Run `up`/],
    ["another version on the live colour", (at: FakeWorld) => (at.sides.blue.taskDefinition = NEW), /blue runs/],
  ])("%s moves no user", async (_name, spoil, reason) => {
    const at = world();
    spoil(at);
    const hooks = [{ id: "migrate", phase: "expand", target: "lambda", timeoutSeconds: 60 }] as const;
    const ended = await release(at, plan({ hooks }));
    expect(ended).toMatchObject({ result: "rolled-back", reason: expect.stringMatching(reason) });
    expect(at.history).toHaveLength(1);
  });

  test("rolled out task by task is replaced by the old one", async () => {
    const at = world(BROKEN);
    expect((await release(at, plan({ strategy: "rolling", steps: undefined }))).result).toBe("rolled-back");
    expect(at.sides.blue.taskDefinition).toBe(OLD);
  });
});

describe("people", () => {
  async function until(at: FakeWorld, stage: string): Promise<void> {
    await startRelease(at.ports("host-1"), plan({ approvals: [50], limits: { hold: 120 } }), "ann");
    for (let turns = 0; turns < 500; turns++) {
      const { stage: now, due } = await turn(at.ports("host-1"), KEY);
      if (now === stage) return;
      at.advance(Math.max(0, due - at.time));
    }
    throw new Error(`never came to ${stage}`);
  }
  const command = (at: FakeWorld, what: "hold" | "resume" | "approve" | "rollback", step?: number) =>
    commandRelease(
      at.ports("cli"),
      KEY,
      { command: what, reason: "because", ...(step === undefined ? {} : { step }) },
      "ann",
    );

  test("approve a step; until then it waits, is told about once, and is still judged", async () => {
    const at = world();
    await until(at, "baking");
    for (let turns = 0; turns < 120; turns++)
      at.advance(Math.max(0, (await turn(at.ports("host-1"), KEY)).due - at.time));
    expect(at.weights.green).toBe(10);
    expect(at.records.filter(({ type }) => type === "held")).toHaveLength(1);
    await command(at, "approve", 1);
    await runRelease(at.ports("host-1"), KEY);
    expect(at.weights.green).toBe(100);
  });

  test("roll back from anywhere, also when the old colour was scaled in already: it gets its tasks first", async () => {
    const at = world();
    await startRelease(at.ports("host-1"), plan(), "ann");
    while (at.sides.blue.desired > 0) at.advance(Math.max(0, (await turn(at.ports("host-1"), KEY)).due - at.time));
    await command(at, "rollback");
    await runRelease(at.ports("host-1"), KEY);
    expect(stages(at.records).slice(-4)).toEqual(["restoring 2", "rolling-back 2", "draining 2", "finishing 2"]);
    expect(at.weights).toEqual({ blue: 100, green: 0 });
    expect(at.harm).toEqual([]);
  });

  test("hold: nothing goes forward; after its time without an answer the traffic goes back", async () => {
    const at = world();
    await until(at, "baking");
    await command(at, "hold");
    await runRelease(at.ports("host-1"), KEY);
    expect(at.records.findLast(({ type }) => type === "ended")).toMatchObject({ result: "inconclusive" });
    expect(at.weights.green).toBe(0);
  });

  test("who moves weights by hand is not overwritten; the release asks", async () => {
    const at = world();
    await until(at, "baking");
    at.advance(60_000);
    at.weights = { blue: 100, green: 0 };
    at.history.push({ at: at.time, weights: at.weights });
    for (let turns = 0; turns < 20; turns++)
      at.advance(Math.max(0, (await turn(at.ports("host-1"), KEY)).due - at.time));
    expect(at.weights).toEqual({ blue: 100, green: 0 });
    expect(at.records.findLast(({ type }) => type === "held")).toMatchObject({ cause: "weights-moved" });
  });

  test("a second release is refused while one runs, with whose it is", async () => {
    const at = world();
    await startRelease(at.ports("host-1"), plan(), "ann");
    const other = plan({}, { release: "r2" });
    expect(await startRelease(at.ports("host-2"), other, "bob")).toMatchObject({
      started: false,
      release: "r1",
      who: "ann",
    });
    expect(at.records).toHaveLength(1);
  });
});

test("without traffic nothing passes silently: probes see the version, and then a person is asked", async () => {
  const at = world(GOOD, { requestsPerSecond: 0 });
  await startRelease(at.ports("host-1"), plan({}, { traffic: undefined }), "ann");
  while (!at.records.some(({ type }) => type === "held")) {
    at.advance(Math.max(0, (await turn(at.ports("host-1"), KEY)).due - at.time));
  }
  expect(at.performed.some(({ type }) => type === "probe")).toBe(true);
  expect(at.records.findLast(({ type }) => type === "held")).toMatchObject({
    cause: "inconclusive",
    reason: expect.stringMatching(/No verdict after 60 min. There are no requests to compare with/),
  });
  expect(at.weights.green).toBe(10);
});

test("the same records and observation give the same decision, and change nothing", async () => {
  const at = world();
  await startRelease(at.ports("host-1"), plan(), "ann");
  for (let turns = 0; turns < 60; turns++) {
    const seen = at.observation();
    const before = JSON.stringify([at.records, seen]);
    expect(decide(at.records, seen, "host-1")).toEqual(decide(JSON.parse(JSON.stringify(at.records)), seen, "host-1"));
    expect(JSON.stringify([at.records, seen])).toBe(before);
    at.advance(Math.max(0, (await turn(at.ports("host-1"), KEY)).due - at.time));
  }
});

test("the mirror reads back what was written, is empty before anything is, and refuses to guess", async () => {
  const at = world();
  await release(at, plan());
  const { release: lease, live } = at.mirrored;
  expect(parseLease(serialiseMirror(lease!))).toEqual(lease);
  expect(parseLiveState(serialiseMirror(live!))).toEqual(live);
  const name = "/causeway/production/hello/live";
  expect(readMirror("production", [])).toEqual({});
  expect(readMirror("production", [{ name, value: serialiseMirror(live!) }])).toEqual({ hello: { live } });
  expect(() => readMirror("production", [{ name, value: "{}" }])).toThrow(/what is live is not known/);
});
