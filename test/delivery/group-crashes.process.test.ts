/**
 * Releases of several services whose hosts die, whose calls are lost or late, and which two hosts run at once: promoted
 * as a whole or back as a whole, in the reverse order, and no old task ends before that is decided.
 */
import fc from "fast-check";
import { commandRelease, turn } from "../../delivery/host.ts";
import { projectMirror } from "../../delivery/projection.ts";
import { BROKEN, FakeGroup, GOOD, type GroupOptions } from "./fake-group.ts";
import { Crash } from "./fake-world.ts";
import { seeded } from "./random.ts";
import { befall, type CallTrouble } from "./trouble.ts";

jest.setTimeout(600_000);

/** One round: the turn of each service, each by whoever is the host then. What is thrown is that turn's alone. */
async function round(group: FakeGroup, done: Set<string>, host: () => string, failed: (error: unknown) => void) {
  let due = Number.POSITIVE_INFINITY;
  for (const service of group.services) {
    if (done.has(service) || group.records(service).length === 0) continue;
    try {
      const result = await turn(group.ports(service, host()), group.key(service));
      if (result.done) done.add(service);
      due = Math.min(due, result.due);
    } catch (error) {
      failed(error);
      due = Math.min(due, group.time + 1000);
    }
  }
  if (done.size < group.services.length) group.advance(Math.max(0, due - group.time));
}

function check(group: FakeGroup, more: { readonly old?: boolean } = {}): string | undefined {
  expect(group.hurt().filter((harm) => !more.old || harm !== "moved before the mirror said so")).toEqual([]);
  const [result] = group.results();
  expect(group.results()).toEqual(group.services.map(() => result));
  const promoted = result === "promoted";
  for (const service of group.services) {
    const world = group.worlds[service]!;
    expect(world.weights).toEqual(promoted ? { blue: 0, green: 100 } : { blue: 100, green: 0 });
    expect(world.records.filter(({ type }) => type === "ended")).toHaveLength(1);
    expect(world.sides[promoted ? "green" : "blue"].desired).toBeGreaterThanOrEqual(3);
    expect(world.sides[promoted ? "blue" : "green"].desired).toBe(0);
    expect(world.mirrored).toEqual(projectMirror(world.records));
  }
  return result;
}

interface Trouble extends CallTrouble {
  readonly seed: number;
  /** The service whose version is broken, if one is. */
  readonly bad: number;
  readonly count: number;
  readonly propagationSeconds: number;
  /** The round at which somebody takes a service back by hand, if ever. */
  readonly rollbackAt: number | undefined;
  readonly rollbackOf: number;
}

async function run(trouble: Trouble): Promise<FakeGroup> {
  const services: GroupOptions["services"] = Object.fromEntries(
    ["api", "bff", "web"].slice(0, trouble.count).map((name, index) => [name, index === trouble.bad ? BROKEN : GOOD]),
  );
  const { propagationSeconds } = trouble;
  const group = new FakeGroup({ services, seed: trouble.seed, propagationSeconds });
  expect(await group.start()).toEqual({ started: true });
  const random = seeded(trouble.seed + 100);
  for (const world of Object.values(group.worlds)) {
    befall(world, trouble, random);
  }
  const done = new Set<string>();
  let host = 0;
  for (let rounds = 0; rounds < 10_000; rounds++) {
    if (rounds === trouble.rollbackAt) {
      const service = group.services[trouble.rollbackOf % group.services.length]!;
      const told = { command: "rollback", reason: "by hand" } as const;
      await commandRelease(group.ports(service, "cli"), group.key(service), told, "ann").catch(() => {});
    }
    await round(
      group,
      done,
      () => `host-${host}`,
      (error) => {
        if (error instanceof Crash) host++;
      },
    );
    if (done.size === group.services.length) return group;
  }
  throw new Error(`it did not end: ${group.services.map((name) => JSON.stringify(group.records(name).at(-1)))}`);
}

const trouble: fc.Arbitrary<Trouble> = fc.record({
  seed: fc.nat(1e6),
  bad: fc.constantFrom(-1, -1, 0, 1, 2),
  count: fc.constantFrom(2, 3),
  throttled: fc.constantFrom(0, 0.05, 0.2),
  lost: fc.constantFrom(0, 0.05, 0.1),
  killed: fc.constantFrom(0, 0.02, 0.05),
  late: fc.constantFrom(0, 0, 0.3),
  propagationSeconds: fc.constantFrom(0, 30, 110),
  rollbackAt: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined, freq: 1 }),
  rollbackOf: fc.nat(2),
});

test("killed, throttled or unheard at any call, all are promoted or all are back, in order", async () => {
  const results: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(trouble, async (given) => {
      const result = check(await run(given))!;
      results[result] = (results[result] ?? 0) + 1;
      if (given.bad >= 0 && given.bad < given.count) expect(result).toBe("rolled-back");
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 12), seed: 20_261_121 },
  );
  // Both ends were met.
  expect(Object.keys(results).sort()).toEqual(expect.arrayContaining(["promoted", "rolled-back"]));
});

test.each([
  ["promoted", GOOD],
  ["rolled-back", BROKEN],
])("killed before and after each single call, they are %s as they would have been", async (result, web) => {
  let calls = 1;
  for (let target = 0; target < calls; target += Number(process.env.CRASH_STRIDE ?? 29)) {
    const group = new FakeGroup({ services: { api: GOOD, web } });
    await group.start();
    let count = 0;
    for (const world of Object.values(group.worlds)) {
      world.before = world.after = () => {
        if (count++ === target) throw new Crash("killed");
      };
    }
    const done = new Set<string>();
    let host = 0;
    while (done.size < group.services.length) {
      await round(
        group,
        done,
        () => `host-${host}`,
        (error) => {
          if (!(error instanceof Crash)) throw error;
          host++;
        },
      );
    }
    calls = Math.max(calls, count);
    expect(check(group)).toBe(result);
  }
  expect(calls).toBeGreaterThan(300);
});

test("whoever starts them dies between any two calls: none begins, and all are free again", async () => {
  for (let target = 0; target < 20; target++) {
    const group = new FakeGroup({ services: { api: GOOD, bff: GOOD, web: GOOD } });
    let count = 0;
    const die = () => {
      if (count++ === target) throw new Crash("killed");
    };
    for (const world of Object.values(group.worlds)) world.before = world.after = die;
    const alive = await group.start().catch(() => undefined);
    for (const world of Object.values(group.worlds)) world.before = world.after = () => {};
    if (alive !== undefined) return expect(count).toBeGreaterThan(12);
    const done = new Set(group.services.filter((service) => group.records(service).length === 0));
    const taken = group.services.length - done.size;
    while (done.size < group.services.length) {
      await round(
        group,
        done,
        () => "host-1",
        (error) => {
          throw error;
        },
      );
    }
    expect(group.hurt()).toEqual([]);
    // All leases had been taken when the answer to the last was lost: they are released as they were meant to be.
    expect(new Set(group.results().slice(0, taken))).toEqual(
      new Set(taken === 3 ? ["promoted"] : taken === 0 ? [] : ["rolled-back"]),
    );
    if (taken < 3) expect(group.services.flatMap((service) => group.worlds[service]!.performed)).toEqual([]);
  }
});

test("two hosts that both believe to be the only one decide the same, in whatever order their calls fall", async () => {
  const cases = fc.record({
    seed: fc.nat(1e6),
    bad: fc.integer({ min: -1, max: 1 }),
    late: fc.constantFrom(0, 0.2),
    rollbackAt: fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, bad, late, rollbackAt }) => {
      const group = new FakeGroup({
        services: { api: bad === 0 ? BROKEN : GOOD, web: bad === 1 ? BROKEN : GOOD },
        ...{ seed, propagationSeconds: 40 },
      });
      const random = seeded(seed + 1);
      await group.start();
      for (const world of Object.values(group.worlds)) {
        world.pause = async () => {
          for (let times = Math.floor(random() * 8); times > 0; times--) await undefined;
        };
        world.late = () => (random() < late ? Math.floor(random() * 20_000) : undefined);
      }
      const pause = group.worlds.api!.pause;
      let rounds = 0;
      await Promise.all(
        // Each service by two hosts, all at once.
        ["host-1", "host-2"].flatMap((host) =>
          group.services.map(async (service) => {
            for (let done = false; !done; rounds++) {
              if (rounds === rollbackAt) {
                const told = { command: "rollback", reason: "by hand" } as const;
                await commandRelease(group.ports(service, "cli"), group.key(service), told, "ann").catch(() => {});
              }
              const result = await turn(group.ports(service, host), group.key(service));
              done = result.done;
              if (random() < 0.5) await pause();
              group.advance(Math.max(0, Math.min(result.due - group.time, 5_000)));
            }
          }),
        ),
      );
      const result = check(group, { old: true });
      if (bad >= 0) expect(result).toBe("rolled-back");
      if (bad < 0 && rollbackAt === undefined) expect(result).toBe("promoted");
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 15), seed: 20_261_122 },
  );
});
