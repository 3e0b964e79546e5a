/**
 * The controller on the data plane in virtual time: no request fails, whatever the strategy, the direction and the time
 * until a change of weights is felt; and each way of being careless is seen.
 */
import fc from "fast-check";
import type { ReleasePlan, Stickiness } from "../../contracts/release.ts";
import { COLOURS, type ReleaseStrategy } from "../../contracts/vocabulary.ts";
import { commandRelease, startRelease, turn } from "../../delivery/host.ts";
import { logNormal } from "../../simulator/model/index.ts";
import { ModelWorld, type ModelWorldOptions, type Mutation, NEW, OLD, RULE } from "./model-world.ts";
import { KEY, plan } from "./plans.ts";

jest.setTimeout(240_000);

const STEPS: Readonly<Record<ReleaseStrategy, readonly number[] | undefined>> = {
  "blue-green": [100],
  canary: [1, 5, 25, 50, 100],
  linear: [20, 40, 60, 80, 100],
  rolling: undefined,
};

interface Case {
  readonly seed: string;
  readonly strategy: ReleaseStrategy;
  /** A version that is promoted, one that is too slow, or one that somebody takes back at a turn. */
  readonly end: "promoted" | "slow" | number;
  readonly propagationDelayMs: ModelWorldOptions["propagationDelayMs"];
  readonly metricsLagMs: number;
  readonly sticky: boolean;
}

function planOf({ strategy, sticky }: Case): ReleasePlan {
  return plan(
    {
      ...{
        strategy,
        steps: STEPS[strategy],
        bakeMinutes: 2,
        soakMinutes: 3,
        limits: { prepare: 60, confirm: 30, hold: 60 },
      },
      ...(sticky && strategy !== "rolling" ? { stickinessSeconds: 300 } : {}),
    },
    {
      ...{ before: { taskDefinition: OLD }, after: { taskDefinition: NEW }, rules: [RULE] },
      // What is proved here is what becomes of requests; the less has to be counted before a step may pass, the more releases.
      ...{ availabilityPercent: 90, traffic: { requestsPerSecond: RPS, errorPercent: 0 } },
    },
  );
}

const RPS = 12;

function worldOf({ seed, strategy, end, propagationDelayMs, metricsLagMs, sticky }: Case): ModelWorld {
  // Tasks end at once when asked to, whatever they have in hand, and are asked a second after they leave their target
  // group: nothing but the release itself protects a request. In a rolling release it is the target group's delay.
  const rolling = strategy === "rolling";
  const startMs = 2_000;
  return new ModelWorld({
    ...{ seed, propagationDelayMs, metricsLagMs },
    versions: {
      v1: { answerMs: logNormal(20, 200), abrupt: true, startMs },
      v2: { answerMs: end === "slow" ? logNormal(80, 800) : logNormal(20, 200), abrupt: true, startMs },
    },
    deregistrationDelaySeconds: rolling ? 120 : 1,
    load: { rps: RPS, clients: 40, cookies: sticky ? 0.5 : 0, slow: { share: 0.02, ms: 115_000 } },
  });
}

async function run(given: Case, mutate: Mutation = (ports) => ports, made = planOf(given)): Promise<ModelWorld> {
  const world = worldOf(given);
  const ports = mutate(world.ports(made), world);
  await startRelease(ports, made, "ann");
  if (typeof given.end === "number") {
    for (let turns = 0; turns < given.end; turns++) {
      const { due, done } = await turn(ports, KEY);
      if (done) return world;
      await ports.clock.sleepUntil(due);
    }
    await commandRelease(ports, KEY, { command: "rollback", reason: "by hand" }, "ann").catch(() => {});
  }
  // A release whose bad version keeps its users would drain for ever.
  const end = world.now + 90 * 60_000 + (typeof given.end === "string" ? 90 * 60_000 : 0);
  while (world.now < end && world.harm.length === 0) {
    const { due, done } = await turn(ports, KEY);
    if (done) break;
    await ports.clock.sleepUntil(due);
  }
  return world;
}

let total = 0;
afterAll(() => process.stdout.write(`${total.toLocaleString("en")} requests in virtual time\n`));

/** Everything that must be so, as one value. */
function verdict(world: ModelWorld) {
  const ended = world.records.findLast((record) => record.type === "ended");
  const { sent, answered, errors, late } = world.settle();
  total += sent;
  const result = ended?.type === "ended" ? ended.result : undefined;
  return { result, unanswered: sent - answered, errors, late, harm: world.harm };
}
const CLEAN = { unanswered: 0, errors: 0, late: 0, harm: [] };

const DELAYS = { from: 0, to: 120_000 };

describe.each(["blue-green", "canary", "linear", "rolling"] as const)("a %s release fails no request", (strategy) => {
  test.each([
    ["promoted", false],
    ["slow", true],
  ] as const)("of a version that is %s, cookies: %s", async (end, sticky) => {
    const world = await run({
      seed: strategy,
      strategy,
      end,
      sticky,
      propagationDelayMs: DELAYS,
      metricsLagMs: 60_000,
    });
    const { result, ...found } = verdict(world);
    expect(found).toEqual(CLEAN);
    // With so little traffic the slow one may also have stayed undecided, and gone back.
    expect(end === "promoted" ? ["promoted"] : ["rolled-back", "inconclusive"]).toContain(result);
  });
});

test("nor does one that somebody takes back at any moment", async () => {
  const cases: fc.Arbitrary<Case> = fc.record({
    seed: fc.nat(1e6).map(String),
    strategy: fc.constantFrom("blue-green", "canary", "linear", "rolling"),
    end: fc.integer({ min: 1, max: 150 }),
    propagationDelayMs: fc.constantFrom(0, 120_000, DELAYS),
    metricsLagMs: fc.constantFrom(0, 60_000, 120_000),
    sticky: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const { result, ...found } = verdict(await run(given));
      expect(found).toEqual(CLEAN);
      expect(["promoted", "rolled-back"]).toContain(result);
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 5), seed: 20_261_121, endOnFailure: true },
  );
});

/** Says that users went where the rule sends them, as if nobody had looked. */
const controlPlaneOnly: Mutation = (ports, world) => {
  let movedAt = Number.POSITIVE_INFINITY;
  const { observer, actor } = ports;
  return {
    ...ports,
    actor: {
      perform: (action, context) => {
        if (action.type === "setWeights") movedAt = world.now;
        return actor.perform(action, context);
      },
    },
    observer: {
      observe: async (request) => {
        const seen = await observer.observe(request);
        const { weights } = seen.rules[0]!;
        const minutes = seen.minutes.map((minute) => {
          if (minute.start < movedAt) return minute;
          const { blue, green } = minute.colours;
          const all = blue.requests + green.requests;
          const share = (colour: "blue" | "green") => ({
            ...blue,
            requests: Math.round((all * weights[colour]) / 100),
          });
          return { ...minute, colours: { blue: share("blue"), green: share("green") } };
        });
        return { ...seen, minutes };
      },
    },
  };
};

/** Ends the tasks of a colour as soon as the API has taken its weight. */
const scaleDownOnConfirm: Mutation = (ports, world) => ({
  ...ports,
  actor: {
    perform: async (action, context) => {
      const result = await ports.actor.perform(action, context);
      if (action.type === "setWeights") {
        for (const colour of COLOURS.filter((one) => action.weights[one] === 0)) {
          world.perform({ type: "setScalableMinimum", colour, minimum: 0 });
          world.perform({ type: "setDesiredCount", colour, count: 0 });
        }
      }
      return result;
    },
  },
});

/** Leaves stickiness on when it sends everybody back, and does not look. */
const stickinessKept: Mutation = (ports) => {
  let asked: Stickiness = { enabled: false };
  return {
    ...ports,
    actor: {
      perform: (action, context) => {
        if (action.type !== "setWeights") return ports.actor.perform(action, context);
        asked = action.stickiness;
        const { during } = context.plan.stickiness;
        return ports.actor.perform({ ...action, stickiness: during }, context);
      },
    },
    observer: {
      observe: async (request) => {
        const seen = await ports.observer.observe(request);
        return { ...seen, rules: seen.rules.map((rule) => ({ ...rule, stickiness: asked })) };
      },
    },
  };
};

describe("each way of being careless is seen:", () => {
  const promoted: Case = {
    ...{ seed: "mutant", strategy: "blue-green", end: "promoted", sticky: false },
    ...{ propagationDelayMs: 119_000, metricsLagMs: 0 },
  };
  const late: Case = { ...promoted, strategy: "linear", end: 70 };
  // 40 turns are well within the steps that share users.
  const back: Case = { ...promoted, strategy: "linear", sticky: true, end: 40, propagationDelayMs: 0 };

  test("none, in the same worlds", async () => {
    expect(verdict(await run(late))).toEqual({ ...CLEAN, result: "rolled-back" });
    expect(verdict(await run(promoted))).toEqual({ ...CLEAN, result: "promoted" });
    expect(verdict(await run(back))).toEqual({ ...CLEAN, result: "rolled-back" });
  });
  test("no drain", async () => {
    const world = await run(late, undefined, { ...planOf(late), drainSeconds: 0 });
    expect(verdict(world).errors).toBeGreaterThan(0);
  });
  test("scaled down when the API confirms", async () => {
    // The release gives a colour that may get users back its tasks, but not in time.
    expect(verdict(await run(promoted, scaleDownOnConfirm)).errors).toBeGreaterThan(20);
  });
  test("stickiness kept on rollback", async () => {
    expect(verdict(await run(back, stickinessKept)).late).toBeGreaterThan(100);
  });
  test("confirmed by the control plane only", async () => {
    expect(verdict(await run(promoted, controlPlaneOnly)).harm).not.toEqual([]);
  });
});
