/** Releases that meet people, other hosts and a world that answers badly: what must not become of their users. */
import type { LedgerRecord } from "../../contracts/ledger.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import { commandRelease, runRelease, startRelease, turn } from "../../delivery/host.ts";
import type { ReleasePorts } from "../../delivery/ports.ts";
import { type Behaviour, Crash, FakeWorld, NEW, OLD, type WorldOptions } from "./fake-world.ts";
import { KEY, plan } from "./plans.ts";
import { seeded } from "./random.ts";

const GOOD: Behaviour = { errorRate: 0.01, medianMs: 50 };
const BROKEN: Behaviour = { errorRate: 0.1, medianMs: 50 };

function world(candidate: Behaviour = GOOD, options: Partial<WorldOptions> = {}): FakeWorld {
  return new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: candidate }, ...options }, seeded(7));
}

/** Takes turns until something is so, and says when it never is. */
async function until(at: FakeWorld, so: (stage: string) => boolean, ports: ReleasePorts = at.ports("host-1")) {
  for (let turns = 0; turns < 2_000; turns++) {
    const { stage, due, done } = await turn(ports, KEY);
    if (so(stage)) return;
    if (done) break;
    at.advance(Math.max(0, due - at.time));
  }
  throw new Error(`it never was; last: ${JSON.stringify(at.records.at(-1))}`);
}

async function begin(at: FakeWorld, made: ReleasePlan, stage: string) {
  await startRelease(at.ports("host-1"), made, "ann");
  await until(at, (now) => now === stage);
}

const tell = (at: FakeWorld, command: "hold" | "resume" | "approve" | "rollback", step?: number) =>
  commandRelease(at.ports("cli"), KEY, { command, reason: "because", ...(step === undefined ? {} : { step }) }, "ann");

const during = async (at: FakeWorld, minutes: number) => {
  const end = at.time + minutes * 60_000;
  await until(at, () => at.time >= end);
};

const end = (at: FakeWorld) => at.records.findLast((record) => record.type === "ended");
const of = <T extends LedgerRecord["type"]>(at: FakeWorld, type: T) => at.records.filter((one) => one.type === type);

describe("who holds a release for long and lets it go on", () => {
  const HOURS = { limits: { hold: 600 }, maxBakeMinutes: 60 };
  test.each(["scaling", "warming", "smoke-testing", "confirming", "soaking"])(
    "at %s: it goes on where it was, and asks nothing twice",
    async (stage) => {
      const at = world();
      // Users who keep their cookie show no shares, so that the release has to find out by requests of its own.
      await begin(at, plan({ ...HOURS, stickinessSeconds: 60 }), stage);
      await tell(at, "hold");
      await during(at, 45);
      await tell(at, "resume");
      await runRelease(at.ports("host-1"), KEY);
      expect(end(at)).toMatchObject({ result: "promoted" });
      expect(of(at, "held")).toEqual([]);
      expect(at.harm).toEqual([]);
    },
  );
});

test.each(["confirming", "draining"])(
  "a release with users on both versions that nobody looks after for an hour at %s goes on where it was",
  async (stage) => {
    const at = world();
    await begin(at, plan({ stickinessSeconds: 60 }), stage);
    at.advance(3_600_000);
    await runRelease(at.ports("host-2"), KEY);
    expect(end(at)).toMatchObject({ result: "promoted" });
    expect(at.harm).toEqual([]);
  },
);

const moveByHand = (at: FakeWorld, green: number) => {
  at.weights = { blue: 100 - green, green };
  at.history.push({ at: at.time, weights: at.weights });
};

test("a verdict counts though the host dies, or somebody writes, right after it", async () => {
  const at = world(BROKEN);
  await begin(at, plan(), "confirming");
  at.before = (call) => {
    if (call === "append entered" && of(at, "judged").length > 0) throw new Crash("killed");
  };
  await expect(until(at, () => false)).rejects.toThrow(Crash);
  expect(of(at, "judged").at(-1)).toMatchObject({ verdict: "fail" });
  at.before = () => {};
  await tell(at, "hold");
  const since = at.time;
  await until(at, () => at.weights.green === 0);
  expect(at.time - since).toBeLessThan(5_000);
});

test("who lets a release write its weights again is asked again when they are moved another time", async () => {
  const at = world();
  await begin(at, plan({ bakeMinutes: 50 }), "baking");
  await during(at, 1);
  for (const moves of [1, 2]) {
    moveByHand(at, 0);
    await until(at, () => of(at, "held").length === moves);
    expect(at.weights.green).toBe(0);
    await tell(at, "resume");
    await until(at, () => at.weights.green === 10);
    await during(at, 5);
  }
  // Whoever moved them moved them back before the release was let go on: nothing was left to be written again.
  moveByHand(at, 0);
  await until(at, () => of(at, "held").length === 3);
  moveByHand(at, 10);
  await tell(at, "resume");
  await during(at, 10);
  moveByHand(at, 0);
  await during(at, 2);
  expect(at.weights.green).toBe(0);
  expect(of(at, "held")).toHaveLength(4);
});

test("requests at the old colour that never end hold its tasks, until a person lets them end", async () => {
  const at = world();
  await begin(at, plan(), "draining");
  // A test of somebody's own, by another listener: the rule has nothing to do with it.
  let noisy = true;
  const { observer, ...ports } = at.ports("host-1");
  const seen: ReleasePorts["observer"] = {
    observe: async (request) => {
      const found = await observer.observe(request);
      const minutes = found.minutes.map((minute) => ({
        ...minute,
        colours: { ...minute.colours, blue: { ...minute.colours.blue, requests: minute.colours.blue.requests + 1 } },
      }));
      return noisy ? { ...found, minutes } : found;
    },
  };
  await until(at, () => of(at, "held").length > 0, { ...ports, observer: seen });
  expect(at.sides.blue.desired).toBe(3);
  await tell(at, "resume");
  await runRelease({ ...ports, observer: seen }, KEY);
  expect(end(at)).toMatchObject({ result: "promoted" });
  expect(at.sides.blue.desired).toBe(0);
  noisy = false;
});

test.each(["probe", "setWeights"])(
  "a host that dies at a %s keeps nobody from going back by another one's hands",
  async (action) => {
    const at = world();
    await begin(at, plan({ stickinessSeconds: 60 }), "confirming");
    if (action === "setWeights") await tell(at, "rollback");
    at.before = (call) => {
      if (call === `perform ${action}`) throw new Crash("killed");
    };
    const open = () => at.records.findLast(({ type }) => type === "intent");
    await until(at, () => at.records.at(-1) === open() && open() !== undefined);
    at.before = () => {};
    if (action === "probe") await tell(at, "rollback");
    const since = at.time;
    await until(at, () => at.weights.green === 0, at.ports("host-2"));
    expect(at.time - since).toBeLessThan(10_000);
    await runRelease(at.ports("host-2"), KEY);
    expect(end(at)).toMatchObject({ result: "rolled-back" });
    expect(at.harm).toEqual([]);
  },
);

test("users go back while the parameters for infrastructure code give no answer", async () => {
  const at = world();
  await begin(at, plan(), "confirming");
  await tell(at, "rollback");
  const ports = at.ports("host-1");
  let patience = 1_000;
  const read: ReleasePorts["mirror"]["read"] = async (key) => {
    while (at.weights.green > 0 && patience-- > 0) await undefined;
    return ports.mirror.read(key);
  };
  await until(at, () => at.weights.green === 0, { ...ports, mirror: { ...ports.mirror, read } });
  expect(patience).toBeGreaterThan(0);
});

describe("load that grows while a release runs", () => {
  /** As autoscaling does it: as many tasks as the load needs, and no fewer than the minimum. */
  const grow = (at: FakeWorld, colour: "blue" | "green", tasks: number) => {
    at.sides[colour].desired = at.sides[colour].running = tasks;
  };
  const tasksAt = (at: FakeWorld) => {
    const seen: Record<string, number> = {};
    at.witness = (action) => {
      if (action.type !== "setWeights") return;
      const to = action.weights.green === 0 ? "blue" : "green";
      seen[`${to} ${action.weights[to]}`] = at.observation().colours[to].healthy;
    };
    return seen;
  };

  test("while an approval is waited for: nobody is sent to too few tasks", async () => {
    const at = world();
    const healthy = tasksAt(at);
    await begin(at, plan({ approvals: [100], steps: [10, 100] }), "baking");
    await until(at, () => of(at, "held").length === 1);
    grow(at, "blue", 9);
    await during(at, 1);
    await tell(at, "approve", 1);
    await runRelease(at.ports("host-1"), KEY);
    expect(end(at)).toMatchObject({ result: "promoted" });
    expect(healthy["green 100"]).toBeGreaterThanOrEqual(9);
    // Afterwards autoscaling has its own limits again.
    expect(at.sides.green.minimum).toBe(3);
  });

  test("with all users on the new version: the old one can have them back at once", async () => {
    const at = world();
    const healthy = tasksAt(at);
    await begin(at, plan({ steps: [100], soakMinutes: 30 }), "soaking");
    grow(at, "green", 9);
    await during(at, 3);
    expect(at.mirrored.live?.minimum).toEqual({ blue: 9, green: 9 });
    await tell(at, "rollback");
    const since = at.time;
    await until(at, () => at.weights.green === 0);
    expect(at.time - since).toBeLessThan(5_000);
    expect(healthy["blue 100"]).toBe(9);
    await runRelease(at.ports("host-1"), KEY);
    expect(at.sides).toMatchObject({ blue: { minimum: 3 }, green: { minimum: 0, desired: 0 } });
  });

  test("half of the users on each version: each can have all, as far as the service may grow", async () => {
    const at = world();
    await begin(at, plan({ steps: [50, 100], bakeMinutes: 10 }), "baking");
    grow(at, "blue", 5);
    await during(at, 2);
    expect([at.sides.blue.minimum, at.sides.green.minimum]).toEqual([10, 10]);
    grow(at, "green", 11);
    await during(at, 2);
    expect([at.sides.blue.minimum, at.sides.green.minimum]).toEqual([12, 12]);
    await runRelease(at.ports("host-1"), KEY);
    expect(end(at)).toMatchObject({ result: "promoted" });
  });

  test("a limit that cannot be raised keeps nobody from being taken off a bad version", async () => {
    const at = world(BROKEN);
    await begin(at, plan({ steps: [10, 100] }), "confirming");
    grow(at, "blue", 9);
    at.before = (call) => {
      if (call === "perform setScalableMinimum") throw new Error("ThrottlingException");
    };
    const since = at.time;
    await until(at, () => at.weights.green === 0);
    expect(at.time - since).toBeLessThan(4 * 60_000);
  });
});

describe("a replacement that ECS itself takes back", () => {
  test.each([
    ["failed", "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."],
    ["completed", "ECS deployment ecs-svc/1 completed."],
  ] as const)(
    "is over when its tasks are there again, though it is said to have %s",
    async (rollout, rolloutReason) => {
      const at = world();
      const ports = at.ports("host-1");
      // The controller finds it done, whatever it came by while nobody looked.
      const observe: ReleasePorts["observer"]["observe"] = async (request) => {
        const seen = await ports.observer.observe(request);
        const deployed = at.performed.some(({ type }) => type === "deploy");
        const blue = { ...seen.colours.blue, taskDefinition: OLD, rollout, rolloutReason };
        return deployed ? { ...seen, colours: { ...seen.colours, blue } } : seen;
      };
      await startRelease(ports, plan({ strategy: "rolling", steps: undefined }), "ann");
      await until(at, (stage) => stage === "ended", { ...ports, observer: { observe } });
      expect(end(at)).toMatchObject({ result: "rolled-back" });
      expect(at.performed.filter(({ type }) => type === "deploy")).toHaveLength(1);
    },
  );
});

test("a rule that may not be written is said, and asks nobody twice; when it may be again, users go back", async () => {
  const at = world();
  await begin(at, plan({ steps: [50, 100] }), "baking");
  await tell(at, "rollback");
  const ports = at.ports("host-1");
  let allowed = false;
  const perform: ReleasePorts["actor"]["perform"] = async (action, context) =>
    allowed ? ports.actor.perform(action, context) : { ok: false, detail: "AccessDenied: not by you" };
  const refused = { ...ports, actor: { perform } };
  await until(at, () => of(at, "held").length > 0, refused);
  expect(of(at, "held").at(-1)).toMatchObject({ reason: expect.stringContaining("AccessDenied: not by you") });
  const since = at.time;
  await until(at, () => at.time > since + 30 * 60_000, refused);
  expect(of(at, "held")).toHaveLength(1);
  allowed = true;
  await until(at, () => at.weights.green === 0, refused);
  await runRelease(ports, KEY);
  expect(end(at)).toMatchObject({ result: "rolled-back" });
});

test("a release that never was allowed to write the rule ends: nobody was moved", async () => {
  const at = world();
  const ports = at.ports("host-1");
  const perform: ReleasePorts["actor"]["perform"] = async (action, context) =>
    action.type === "setWeights"
      ? { ok: false, detail: "AccessDenied: not by you" }
      : ports.actor.perform(action, context);
  await startRelease(ports, plan(), "ann");
  await until(at, (stage) => stage === "ended", { ...ports, actor: { perform } });
  expect(end(at)).toMatchObject({ result: "rolled-back" });
  expect(at.history).toHaveLength(1);
  expect(at.sides.green.desired).toBe(0);
});

test("an old version that gets no tasks is said; a person may send its users back to those it has", async () => {
  const at = world();
  await startRelease(at.ports("host-1"), plan(), "ann");
  await until(at, () => at.sides.blue.desired === 0);
  await tell(at, "rollback");
  const ports = at.ports("host-1");
  const observe: ReleasePorts["observer"]["observe"] = async (request) => {
    const seen = await ports.observer.observe(request);
    const blue = { ...seen.colours.blue, healthy: Math.min(1, seen.colours.blue.healthy) };
    return { ...seen, colours: { ...seen.colours, blue } };
  };
  await until(at, () => of(at, "held").length > 0, { ...ports, observer: { observe } });
  expect(at.weights.green).toBe(100);
  await tell(at, "resume");
  await until(at, () => at.weights.green === 0, { ...ports, observer: { observe } });
});

test("once what the old version needs is being taken away, nobody is sent back to it; the end says so", async () => {
  const at = world();
  const hooks = [{ id: "drop-column", phase: "contract", target: "arn:aws:lambda:x", timeoutSeconds: 600 }] as const;
  await startRelease(at.ports("host-1"), plan({ hooks }), "ann");
  at.before = (call) => {
    if (call === "perform runHook") throw new Error("no answer");
  };
  await until(at, () => at.records.some((one) => one.type === "intent" && one.action.type === "runHook"));
  await tell(at, "rollback");
  at.before = () => {};
  await runRelease(at.ports("host-1"), KEY);
  expect(at.weights.green).toBe(100);
  expect(end(at)).toMatchObject({
    result: "promoted",
    reason: expect.stringMatching(/ann asked for a rollback after "drop-column" had begun/),
  });
});
