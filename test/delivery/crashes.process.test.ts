import fc from "fast-check";
import { commandRelease, startRelease, turn } from "../../delivery/host.ts";
import { projectMirror } from "../../delivery/projection.ts";
import { type Behaviour, Crash, FakeWorld, NEW, OLD } from "./fake-world.ts";
import { KEY, plan } from "./plans.ts";
import { seeded } from "./random.ts";
import { befall, type CallTrouble } from "./trouble.ts";

const GOOD: Behaviour = { errorRate: 0.01, medianMs: 50 };
const BROKEN: Behaviour = { errorRate: 0.2, medianMs: 50 };

interface Trouble extends CallTrouble {
  readonly seed: number;
  readonly bad: boolean;
  readonly propagationSeconds: number;
  readonly strategy: "canary" | "blue-green" | "rolling";
  /** The turn at which somebody rolls back by hand, if ever. */
  readonly rollbackAt: number | undefined;
}

/** Runs a release through trouble with a new host after each death, and gives the world it leaves. */
async function run(trouble: Trouble): Promise<FakeWorld> {
  const { seed, strategy } = trouble;
  const world = new FakeWorld(
    {
      requestsPerSecond: 200,
      versions: { [OLD]: GOOD, [NEW]: trouble.bad ? BROKEN : GOOD },
      propagationSeconds: trouble.propagationSeconds,
    },
    seeded(seed),
  );
  const random = seeded(seed + 1);
  const steps = { canary: [10, 100], "blue-green": [100], rolling: undefined }[strategy];
  // Started in peace: the lease itself is tried below.
  await startRelease(world.ports("cli"), plan({ strategy, steps }), "ann");
  befall(world, trouble, random);
  let host = 0;
  for (let turns = 0; turns < 3000; turns++) {
    try {
      if (turns === trouble.rollbackAt) {
        await commandRelease(world.ports("cli"), KEY, { command: "rollback", reason: "by hand" }, "ann").catch(
          () => {},
        );
      }
      const { done, due } = await turn(world.ports(`host-${host}`), KEY);
      if (done) return world;
      world.advance(Math.max(0, due - world.time));
    } catch (error) {
      if (error instanceof Crash) host++;
      world.advance(1000);
    }
  }
  throw new Error(`it did not end; last: ${JSON.stringify(world.records.at(-1))}`);
}

const trouble: fc.Arbitrary<Trouble> = fc.record({
  seed: fc.nat(1e6),
  bad: fc.boolean(),
  throttled: fc.constantFrom(0, 0.05, 0.3),
  lost: fc.constantFrom(0, 0.05, 0.2),
  killed: fc.constantFrom(0, 0.02, 0.1),
  late: fc.constantFrom(0, 0, 0.3),
  propagationSeconds: fc.constantFrom(0, 30, 110),
  strategy: fc.constantFrom("canary", "canary", "blue-green", "rolling"),
  rollbackAt: fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }),
});

test("killed, throttled or unheard at any call, a release ends, hurts nobody, and ledger, mirror and weights agree", async () => {
  await fc.assert(
    fc.asyncProperty(trouble, async (given) => {
      const world = await run(given);
      const ended = world.records.findLast((record) => record.type === "ended");
      if (ended?.type !== "ended") throw new Error("no end");
      expect(world.harm).toEqual([]);
      expect(world.records.map(({ seq }) => seq)).toEqual(world.records.map((_, index) => index + 1));
      expect(world.records.filter(({ type }) => type === "ended")).toHaveLength(1);
      expect(world.weights).toEqual(ended.weights);
      expect(world.stickiness).toEqual({ enabled: false });
      // The mirror is written in the turn after the end at the latest.
      expect(world.mirrored).toEqual(projectMirror(world.records));
      if (given.bad && given.strategy !== "rolling") expect(ended.result).toBe("rolled-back");
      if (given.strategy === "rolling") {
        expect(world.sides.blue.taskDefinition).toBe(ended.result === "promoted" ? NEW : OLD);
      } else {
        expect(world.sides[ended.live].desired).toBeGreaterThanOrEqual(3);
        expect(world.sides[ended.live === "blue" ? "green" : "blue"].desired).toBe(0);
      }
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 60), seed: 20_261_121 },
  );
});

test("killed before and after each single call of a release, one after the other, it ends as it would have", async () => {
  for (const bad of [false, true]) {
    let calls = 1;
    for (let target = 0; target < calls; target += Number(process.env.CRASH_STRIDE ?? 1)) {
      const world = new FakeWorld(
        { requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: bad ? BROKEN : GOOD } },
        seeded(3),
      );
      const steps = bad ? [10, 100] : [100];
      await startRelease(world.ports("cli"), plan({ steps, soakMinutes: 1 }), "ann");
      let count = 0;
      const die = () => {
        if (count++ === target) throw new Crash("killed");
      };
      world.before = die;
      world.after = die;
      let host = 0;
      for (let done = false; !done; ) {
        try {
          const result = await turn(world.ports(`host-${host}`), KEY);
          done = result.done;
          world.advance(Math.max(0, result.due - world.time));
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          host++;
        }
      }
      calls = Math.max(calls, count);
      const expected = bad ? { result: "rolled-back", live: "blue" } : { result: "promoted", live: "green" };
      expect(world.records.findLast(({ type }) => type === "ended")).toMatchObject(expected);
      expect(world.harm).toEqual([]);
      expect(world.mirrored).toEqual(projectMirror(world.records));
    }
    expect(calls).toBeGreaterThan(100);
  }
});

test("two hosts that both believe to be the only one hurt nobody, in whatever order their calls fall", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1e6), fc.boolean(), fc.constantFrom(0, 0.2), async (seed, bad, late) => {
      const world = new FakeWorld(
        { requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: bad ? BROKEN : GOOD }, propagationSeconds: 40 },
        seeded(seed),
      );
      const random = seeded(seed + 1);
      await startRelease(world.ports("cli"), plan({ steps: [10, 100] }), "ann");
      world.pause = async () => {
        for (let times = Math.floor(random() * 8); times > 0; times--) await undefined;
      };
      world.late = () => (random() < late ? Math.floor(random() * 20_000) : undefined);
      await Promise.all(
        ["host-1", "host-2"].map(async (host) => {
          for (let done = false; !done; ) {
            const result = await turn(world.ports(host), KEY);
            done = result.done;
            if (random() < 0.5) await world.pause();
            world.advance(Math.max(0, Math.min(result.due - world.time, 10_000)));
          }
        }),
      );
      // A rival that stood still between reading and writing may put an older mirror in the place of a newer one, until
      // the next turn writes it again. Both say that a release runs, and updates read weights from the rule itself.
      expect(world.harm.filter((harm) => harm !== "moved before the mirror said so")).toEqual([]);
      const ended = world.records.filter((record) => record.type === "ended");
      expect(ended).toMatchObject([{ result: bad ? "rolled-back" : "promoted", weights: world.weights }]);
      expect(world.mirrored).toEqual(projectMirror(world.records));
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 25), seed: 20_261_122 },
  );
});

test("users who are sent to a version on its way out, by hand, keep its tasks; somebody is asked", async () => {
  const world = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: BROKEN } }, seeded(1));
  await startRelease(world.ports("cli"), plan(), "ann");
  const step = async () => world.advance(Math.max(0, (await turn(world.ports("host-1"), KEY)).due - world.time));
  while (!world.records.some((record) => record.type === "entered" && record.stage === "draining")) await step();
  world.advance(60_000);
  world.weights = { blue: 50, green: 50 };
  world.history.push({ at: world.time, weights: world.weights });
  for (let turns = 0; turns < 100; turns++) await step();
  expect(world.harm).toEqual([]);
  expect(world.sides.green.desired).toBe(3);
  expect(world.records.filter(({ type }) => type === "held")).toMatchObject([{ cause: "weights-moved" }]);
  await commandRelease(world.ports("cli"), KEY, { command: "resume", reason: "a mistake" }, "ann");
  while (!world.records.some(({ type }) => type === "ended")) await step();
  expect(world.weights).toEqual({ blue: 100, green: 0 });
  expect(world.sides.green.desired).toBe(0);
  expect(world.harm).toEqual([]);
});

test("a rollback that comes while a shift has no answer yet is written, and what arrives late is written over", async () => {
  const world = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(1));
  await startRelease(world.ports("cli"), plan(), "ann");
  const step = async () => world.advance(Math.max(0, (await turn(world.ports("host-1"), KEY)).due - world.time));
  while (!world.records.some((record) => record.type === "entered" && record.stage === "shifting")) await step();
  world.late = () => 20_000;
  while (world.records.at(-1)?.type !== "intent") await step();
  world.late = () => undefined;
  await commandRelease(world.ports("cli"), KEY, { command: "rollback", reason: "by hand" }, "ann");
  while (!world.records.some(({ type }) => type === "ended")) await step();
  const back = world.records.findIndex((record) => record.type === "entered" && record.stage === "rolling-back");
  expect(world.records[back + 1]).toMatchObject({ type: "intent", action: { weights: { green: 0 } } });
  expect(world.history.map(({ weights }) => weights.green)).toEqual([0, 0, 10, 0]);
  expect(world.records.filter(({ type }) => type === "held")).toEqual([]);
  expect(world.harm).toEqual([]);
});

test("the host that was to write over what arrived late dies before it does: the next one writes it", async () => {
  const world = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(1));
  await startRelease(world.ports("cli"), plan(), "ann");
  let host = 1;
  const step = async () => world.advance(Math.max(0, (await turn(world.ports(`host-${host}`), KEY)).due - world.time));
  while (!world.records.some((record) => record.type === "entered" && record.stage === "shifting")) await step();
  world.late = () => 20_000;
  while (world.records.at(-1)?.type !== "intent") await step();
  world.late = () => undefined;
  await commandRelease(world.ports("cli"), KEY, { command: "rollback", reason: "by hand" }, "ann");
  world.after = () => {
    const last = world.records.at(-1);
    if (last?.type === "intent" && last.reason === "Write the weights again.") throw new Crash("killed");
  };
  while (host === 1) {
    await step().catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
      host = 2;
      world.after = () => {};
    });
  }
  expect(world.weights.green).toBe(10);
  for (let turns = 0; turns < 200 && world.records.at(-1)?.type !== "ended"; turns++) await step();
  expect(world.history.map(({ weights }) => weights.green)).toEqual([0, 0, 10, 0]);
  expect(world.records.filter(({ type }) => type === "held")).toEqual([]);
  expect(world.harm).toEqual([]);
});

test("a release does not end while tasks that nobody needs may still be asked for", async () => {
  const world = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(1));
  await startRelease(world.ports("cli"), plan(), "ann");
  const step = async () => world.advance(Math.max(0, (await turn(world.ports("host-1"), KEY)).due - world.time));
  world.late = () => 20_000;
  while (!world.records.some((record) => record.type === "intent")) await step();
  world.late = () => undefined;
  await commandRelease(world.ports("cli"), KEY, { command: "rollback", reason: "by hand" }, "ann");
  while (!world.records.some(({ type }) => type === "ended")) await step();
  world.advance(600_000);
  expect(world.sides.green).toMatchObject({ desired: 0, minimum: 0 });
});

test("of many that start at once exactly one has the lease, and the others hear who", async () => {
  const world = new FakeWorld({ requestsPerSecond: 10, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(1));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      startRelease(world.ports(`cli-${index}`), plan({}, { release: `r${index}` }), `person-${index}`),
    ),
  );
  const winners = answers.filter(({ started }) => started);
  expect(winners).toHaveLength(1);
  expect(new Set(answers.map(({ release }) => release)).size).toBe(1);
  expect(world.records).toHaveLength(1);
});

test("a host that slept through its deadline does nothing, because another may have gone on", async () => {
  const world = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(1));
  await startRelease(world.ports("cli"), plan(), "ann");
  let asleep = false;
  world.after = (call) => {
    if (call === "append intent" && !asleep) {
      asleep = true;
      world.time += 120_000;
    }
  };
  while (!asleep) await turn(world.ports("host-1"), KEY);
  expect(world.performed).toEqual([]);
});
