/**
 * Two services released together on the data plane in virtual time, the second of which needs the first one's new
 * version: no request fails, whichever way they go; and each way of being careless between them is seen.
 */
import fc from "fast-check";
import type { LedgerRecord, Stage } from "../../contracts/ledger.ts";
import type { ReleaseStrategy } from "../../contracts/vocabulary.ts";
import { commandRelease } from "../../delivery/host.ts";
import { logNormal } from "../../simulator/model/index.ts";
import { type GroupMutation, ModelGroup, type ModelGroupOptions } from "./model-group.ts";
import { NEW, OLD, RULE } from "./model-world.ts";
import { plan } from "./plans.ts";

jest.setTimeout(240_000);

const RPS = 12;
const FAST = { answerMs: logNormal(20, 200), abrupt: true, startMs: 2_000 };
const SLOW = { ...FAST, answerMs: logNormal(80, 800) };
const LATE = 119_000;

interface Case {
  readonly seed: string;
  readonly strategies: readonly [ReleaseStrategy, ReleaseStrategy];
  /** Of the last one's new version. */
  readonly slow?: boolean;
  /** Somebody takes the last one back when it has come so far. */
  readonly backAt?: Stage | undefined;
  readonly delays: readonly [Delay, Delay];
}
type Delay = ModelGroupOptions["services"][string]["propagationDelayMs"];

async function run({ seed, strategies, slow, backAt, delays }: Case, mutate?: GroupMutation): Promise<ModelGroup> {
  const services = ["api", "web"] as const;
  const group = new ModelGroup({
    ...{ seed, metricsLagMs: 60_000, versions: { v1: FAST, v2: FAST } },
    services: {
      api: { propagationDelayMs: delays[0] },
      web: { propagationDelayMs: delays[1], ...(slow ? { versions: { v1: FAST, v2: SLOW } } : {}) },
    },
    // Tasks end at once when asked to: nothing but the release protects a request.
    deregistrationDelaySeconds: strategies.includes("rolling") ? 120 : 1,
    load: { rps: RPS, clients: 40, cookies: 0, slow: { share: 0.02, ms: 115_000 } },
  });
  const settings = { bakeMinutes: 2, soakMinutes: 3, limits: { prepare: 60, confirm: 30, hold: 60 } };
  const plans = services.map((service, index) => {
    const strategy = strategies[index]!;
    const steps = { "blue-green": [100], canary: [10, 50, 100], linear: [50, 100], rolling: undefined }[strategy];
    return plan(
      { ...settings, strategy, steps },
      {
        ...{
          service,
          group: { services: [...services] },
          availabilityPercent: 90,
          traffic: { requestsPerSecond: RPS, errorPercent: 0 },
        },
        ...{ before: { taskDefinition: OLD }, after: { taskDefinition: NEW }, rules: [RULE] },
      },
    );
  });
  let told = backAt === undefined;
  await group.release(plans, mutate, async () => {
    const { records } = group.worlds.web!;
    if (told || !records.some((record) => record.type === "entered" && record.stage === backAt)) return;
    told = true;
    const ports = group.ports(plans[1]!);
    await commandRelease(ports, group.key("web"), { command: "rollback", reason: "by hand" }, "ann");
  });
  return group;
}

let total = 0;
afterAll(() => process.stdout.write(`${total.toLocaleString("en")} requests of services released together\n`));

/** Everything that must be so, as one value. */
function verdict(group: ModelGroup) {
  const results = group.results();
  let requests = 0;
  const found = group.services.map((service) => {
    const world = group.worlds[service]!;
    const { sent, answered, errors, late } = world.settle();
    requests += sent;
    return { unanswered: sent - answered, errors, late, harm: world.harm };
  });
  return { results, found, requests };
}

/** As `verdict`, of a release in which nothing was broken on purpose. */
async function released(given: Case) {
  const { requests, ...all } = verdict(await run(given));
  total += requests;
  return all;
}
const CLEAN = { unanswered: 0, errors: 0, late: 0, harm: [] };
const ANY: Delay = { from: 0, to: 120_000 };

const promoted: Case = { seed: "both", strategies: ["blue-green", "blue-green"], delays: [LATE, 0] };
const back: Case = { ...promoted, backAt: "soaking", delays: [0, LATE] };

test.each<[string, Case, string]>([
  ["promoted", promoted, "promoted"],
  ["taken back by hand", back, "rolled-back"],
  ["too slow", { seed: "slow", strategies: ["canary", "blue-green"], slow: true, delays: [LATE, ANY] }, "rolled-back"],
])("no request fails when the last of them is %s", async (_name, given, result) => {
  expect(await released(given)).toEqual({ results: [result, result], found: [CLEAN, CLEAN] });
});

test("nor in whatever way each is released, and wherever the last is when somebody takes it back", async () => {
  const cases: fc.Arbitrary<Case> = fc.record({
    seed: fc.nat(1e6).map(String),
    strategies: fc.tuple(
      fc.constantFrom("blue-green", "canary"),
      fc.constantFrom("blue-green", "canary", "linear", "rolling"),
    ),
    backAt: fc.constantFrom("warming", "shifting", "rolling-out", "confirming", "baking", "soaking", undefined),
    delays: fc.tuple(fc.constantFrom(0, LATE, ANY), fc.constantFrom(0, LATE, ANY)),
  });
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const { results, found } = await released(given);
      expect(found).toEqual([CLEAN, CLEAN]);
      expect(["promoted", "rolled-back"]).toContain(results[0]);
      expect(results[1]).toBe(results[0]);
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 2), seed: 20_261_121, endOnFailure: true },
  );
});

/** Shows the turns of one service another one's ledger as it would be in a moment. */
const ahead =
  (of: string, seenBy: string, add: (records: readonly LedgerRecord[]) => LedgerRecord | undefined): GroupMutation =>
  (ports, service) => {
    if (service !== seenBy) return ports;
    const { ledger } = ports;
    return {
      ...ports,
      ledger: {
        ...ledger,
        readCurrent: async (key) => {
          const records = await ledger.readCurrent(key);
          const more = key.service === of ? add(records) : undefined;
          return more === undefined ? records : [...records, more];
        },
      },
    };
  };

const added = (records: readonly LedgerRecord[], more: object): LedgerRecord =>
  ({ ...records.at(-1)!, seq: records.length + 1, reason: "", ...more }) as LedgerRecord;

describe("each way of being careless between them is seen:", () => {
  test("the second begins when the first one's rule says so", async () => {
    const early = ahead("api", "web", (records) => {
      const moved = records.some((one) => one.type === "entered" && one.stage === "confirming");
      const through = records.some((one) => one.type === "entered" && one.stage === "awaiting");
      return moved && !through ? added(records, { type: "entered", stage: "awaiting" }) : undefined;
    });
    const { found } = verdict(await run(promoted, early));
    expect(found[1]!.errors).toBeGreaterThan(0);
  });

  test("the first goes back when the second one's rule says so", async () => {
    const early = ahead("web", "api", (records) => {
      const away = records.some(
        (one) => one.type === "entered" && one.stage === "draining" && one.result !== "promoted",
      );
      return away ? added(records, { type: "ended", result: "rolled-back" }) : undefined;
    });
    const { found } = verdict(await run(back, early));
    expect(found[1]!.errors).toBeGreaterThan(100);
  });

  test("the first one's old tasks end while the second may still fail, and nobody looks", async () => {
    const ended: GroupMutation = (ports, service, group) => {
      if (service !== "api") return ports;
      const { ledger, observer } = ports;
      let over = false;
      return {
        ...ports,
        ledger: {
          ...ledger,
          append: (record) => {
            if (record.type === "entered" && record.stage === "awaiting") {
              over = true;
              group.worlds.api!.perform({ type: "setScalableMinimum", colour: "blue", minimum: 0 });
              group.worlds.api!.perform({ type: "setDesiredCount", colour: "blue", count: 0 });
            }
            return ledger.append(record);
          },
        },
        observer: {
          observe: async (request) => {
            const seen = await observer.observe(request);
            const blue = { ...seen.colours.blue, minimum: 3, desired: 3, running: 3, healthy: 3 };
            return over ? { ...seen, colours: { ...seen.colours, blue } } : seen;
          },
        },
      };
    };
    const { found } = verdict(await run(back, ended));
    expect(found[0]!.errors).toBeGreaterThan(100);
  });
});
