/** The controller on real sockets and a real clock: no request fails, in both directions, and how long a rollback takes. */
import { otherColour, type ReleasePlan } from "../../contracts/release.ts";
import type { Colour, ReleaseStrategy } from "../../contracts/vocabulary.ts";
import { commandRelease, runRelease, startRelease, turn } from "../../delivery/host.ts";
import { FakeWorld, NEW, OLD } from "./fake-world.ts";
import { KEY, plan } from "./plans.ts";
import { seeded } from "./random.ts";
import { revision, SocketWorld } from "./socket-world.ts";

jest.setTimeout(3_600_000);

/** All strategies in both directions with so many requests together, in place of the two that the suite has time for. */
const REQUESTS = Number(process.env.SOCKET_REQUESTS ?? 20_000);
const ALL = process.env.SOCKET_REQUESTS !== undefined;

interface Leg {
  readonly strategy: ReleaseStrategy;
  readonly steps?: readonly number[];
  readonly end: "promoted" | "slow" | "by hand";
  /** Real milliseconds until a change of weights is felt, at most. */
  readonly delayMs: number;
}

/** Without a delay, and so how long a rollback takes by itself, is measured where a person asks for one. */
const LEGS: readonly Leg[] = ALL
  ? (["blue-green", "canary", "linear", "rolling"] as const).flatMap((strategy) => [
      { strategy, end: "by hand", delayMs: 0 },
      { strategy, end: "promoted", delayMs: 2_000 },
      { strategy, end: "slow", delayMs: 2_000 },
    ])
  : [
      { strategy: "blue-green", end: "by hand", delayMs: 0 },
      { strategy: "canary", steps: [25, 100], end: "promoted", delayMs: 2_000 },
    ];

function planOf({ strategy, steps }: Leg, live: Colour, world: SocketWorld, release: string): ReleasePlan {
  const rolling = strategy === "rolling";
  const candidate = rolling ? live : otherColour(live);
  const [old, next] = world.build(live) === "v1" ? (["v1", "v2"] as const) : (["v2", "v1"] as const);
  if (!rolling) world.bring(candidate, next);
  const own =
    steps ?? { "blue-green": [100], canary: [1, 10, 50, 100], linear: [50, 100], rolling: undefined }[strategy];
  return plan(
    {
      ...{ strategy, steps: own, bakeMinutes: 1, soakMinutes: 2 },
      ...(rolling ? {} : { stickinessSeconds: 120 }),
      limits: { prepare: 600, confirm: 600 },
    },
    {
      ...{ release, live, candidate, rules: [world.rule], scaling: { min: 2, max: 4 } },
      ...{ before: { taskDefinition: revision(live, old) }, after: { taskDefinition: revision(candidate, next) } },
      ...{ availabilityPercent: 90, traffic: { requestsPerSecond: 20, errorPercent: 0 } },
    },
  );
}

/** One release to its end. @returns the colour with users on it then */
async function go(world: SocketWorld, leg: Leg, live: Colour, release: string): Promise<Colour> {
  const made = planOf(leg, live, world, release);
  const ports = world.ports();
  world.propagationMs = leg.delayMs;
  world.slow = leg.end === "slow" ? (/-(v\d):/.exec(made.after.taskDefinition)![1] as "v1" | "v2") : undefined;
  await startRelease(ports, made, "ann");
  if (leg.end === "by hand") {
    for (let baking = false; !baking; ) {
      const { stage, due } = await turn(ports, KEY);
      baking = stage === "baking" || stage === "soaking";
      await ports.clock.sleepUntil(due);
    }
    await commandRelease(ports, KEY, { command: "rollback", reason: "by hand" }, "ann");
  }
  await runRelease(ports, KEY);
  const ended = world.records.at(-1)?.type === "notified" ? world.records.at(-2) : world.records.at(-1);
  const result = leg.end === "promoted" ? "promoted" : "rolled-back";
  expect(ended).toMatchObject({ type: "ended", result });
  return ended?.type === "ended" ? ended.live : live;
}

test(`no request of ${REQUESTS.toLocaleString("en")} and more fails on real sockets`, async () => {
  const world = new SocketWorld(seeded(7));
  try {
    await world.start({ connections: 24, sticky: 2, slowEvery: 100 });
    let live: Colour = "blue";
    for (const [index, leg] of LEGS.entries()) {
      live = await go(world, leg, live, `r${index}`);
      const back = world.rollbacks.splice(0).map((ms) => `, from decision to 0 % in ${ms.toFixed(0)} ms`);
      process.stdout.write(`${leg.strategy}, ${leg.end}, delay up to ${leg.delayMs / 1000} s${back.join()}\n`);
    }
    const tally = await world.finish(REQUESTS);
    // Whoever is not answered has a failure, so sent is answered.
    expect(tally).toMatchObject({ sent: tally.answered, failures: [], byStatus: { 200: tally.sent } });
    // One connection for each user, from the first release to the last.
    expect(tally.connections).toBe(24);
    process.stdout.write(`${tally.sent.toLocaleString("en")} requests in ${LEGS.length} releases\n`);
  } finally {
    await world.close();
  }
});

test("between the decision to go back and the call stands nothing but what must be written first", async () => {
  const world = new FakeWorld(
    {
      requestsPerSecond: 200,
      versions: { [OLD]: { errorRate: 0, medianMs: 50 }, [NEW]: { errorRate: 0.3, medianMs: 50 } },
    },
    seeded(1),
  );
  await startRelease(world.ports("cli"), plan(), "ann");
  const calls: string[] = [];
  world.before = (call) => void calls.push(call);
  await runRelease(world.ports("host-1"), KEY);
  const decided = calls.lastIndexOf("append judged", calls.lastIndexOf("append judged"));
  const after = calls.slice(decided + 1);
  // The mirror is told beside it, and waited for by nobody.
  expect(after.slice(0, after.indexOf("perform setWeights") + 1).filter((call) => !/mirror/.test(call))).toEqual([
    ...["append entered", "read ledger", "observe", "append intent", "perform setWeights"],
  ]);
});
