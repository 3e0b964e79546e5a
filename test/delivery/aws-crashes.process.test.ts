/** Releases through the AWS adapter and the SDK's own clients, with trouble at every call. */
import fc from "fast-check";
import { commandRelease, runRelease, startRelease, turn } from "../../delivery/host.ts";
import { projectMirror } from "../../delivery/projection.ts";
import { createTurns } from "../../functions/release/turns.ts";
import { FakeAws } from "./fake-aws.ts";
import { type Behaviour, Crash, FakeWorld, NEW, OLD } from "./fake-world.ts";
import { KEY, plan } from "./plans.ts";
import { seeded } from "./random.ts";
import { lost, refused, throttled } from "./stubbed-aws.ts";

jest.setTimeout(600_000);

const GOOD: Behaviour = { errorRate: 0.01, medianMs: 50 };
const BROKEN: Behaviour = { errorRate: 0.2, medianMs: 50 };

interface Trouble {
  readonly seed: number;
  readonly bad: boolean;
  readonly throttled: number;
  readonly lost: number;
  readonly killed: number;
  readonly late: number;
  readonly strategy: "canary" | "blue-green" | "rolling";
}

async function run(trouble: Trouble): Promise<{ world: FakeWorld; aws: FakeAws }> {
  const { seed, strategy, bad } = trouble;
  const versions = { [OLD]: GOOD, [NEW]: bad ? BROKEN : GOOD };
  const world = new FakeWorld({ requestsPerSecond: 200, versions, propagationSeconds: 30 }, seeded(seed));
  const aws = new FakeAws(world);
  const random = seeded(seed + 1);
  const steps = { canary: [10, 100], "blue-green": [100], rolling: undefined }[strategy];
  await startRelease(aws.ports("cli"), plan({ strategy, steps, soakMinutes: 2, smokeRequests: 0 }), "ann");
  let dead = false;
  const draw = (share: number) => random() < share;
  const die = (when: string) => {
    // A host that died says nothing more; its SDK must not try again on its behalf.
    dead ||= draw(trouble.killed / 2);
    if (dead) throw Object.assign(new Crash(`killed ${when} the call`), { $metadata: {} });
  };
  aws.before = () => {
    die("before");
    if (draw(trouble.throttled)) throw throttled();
  };
  aws.after = () => {
    die("after");
    if (draw(trouble.lost)) throw lost();
  };
  world.late = () => (draw(trouble.late) ? Math.floor(random() * 20_000) : undefined);
  let host = 0;
  for (let turns = 0; turns < 3000; turns++) {
    let due = world.time + 1000;
    try {
      const result = await turn(aws.ports(`host-${host}`), KEY);
      if (result.done && !dead) {
        aws.before = () => {};
        aws.after = () => {};
        return { world, aws };
      }
      due = result.due;
    } catch {
      // The next host looks.
    }
    if (dead) host++;
    dead = false;
    world.advance(Math.max(0, due - world.time));
  }
  throw new Error(`it did not end; last: ${JSON.stringify(world.records.at(-1))}`);
}

const trouble: fc.Arbitrary<Trouble> = fc.record({
  seed: fc.nat(1e6),
  bad: fc.boolean(),
  throttled: fc.constantFrom(0, 0.05, 0.3),
  lost: fc.constantFrom(0, 0.05, 0.2),
  killed: fc.constantFrom(0, 0.005, 0.03),
  late: fc.constantFrom(0, 0, 0.3),
  strategy: fc.constantFrom("canary", "canary", "blue-green", "rolling"),
});

test("throttled, unheard or killed at any call of AWS, a release ends, and table, parameters and rule agree", async () => {
  const ends = { promoted: 0, "rolled-back": 0, inconclusive: 0 };
  await fc.assert(
    fc.asyncProperty(trouble, async (given) => {
      const { world, aws } = await run(given);
      const ended = world.records.findLast((record) => record.type === "ended");
      if (ended?.type !== "ended") throw new Error("no end");
      ends[ended.result] += 1;
      expect(world.harm).toEqual([]);
      expect(world.records.map(({ seq }) => seq)).toEqual(world.records.map((_, index) => index + 1));
      expect(world.weights).toEqual(ended.weights);
      const { ledger, mirror } = aws.ports("later");
      expect(await ledger.readCurrent(KEY)).toEqual(world.records);
      expect(await mirror.read(KEY)).toEqual(projectMirror(world.records));
      if (given.bad && given.strategy !== "rolling") expect(ended.result).toBe("rolled-back");
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 6), seed: 20_261_123 },
  );
  expect(ends.promoted).toBeGreaterThan(0);
  expect(ends["rolled-back"]).toBeGreaterThan(0);
});

test.each(["GetMetricData", "DescribeServices", "DescribeScalableTargets"])(
  "while AWS refuses %s, users go back by a person's word, and no task ends before they are seen to have left",
  async (out) => {
    const at = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(7));
    const aws = new FakeAws(at);
    const ports = aws.ports("host-1");
    await startRelease(ports, plan({ steps: [50, 100], smokeRequests: 0 }), "ann");
    while (at.weights.green < 50) at.advance(Math.max(0, (await turn(ports, KEY)).due - at.time));
    await commandRelease(ports, KEY, { command: "rollback", reason: "by hand" }, "ann");
    aws.before = (call) => {
      if (call === out) throw refused("AccessDeniedException", "no");
    };
    const since = at.time;
    while (at.weights.green > 0 && at.time < since + 5_000) await turn(ports, KEY).catch(() => at.advance(1_000));
    expect(at.weights).toEqual({ blue: 100, green: 0 });
    while (at.time < since + 900_000) await turn(ports, KEY).catch(() => at.advance(60_000));
    expect(at.sides.green.desired).toBe(3);
    aws.before = () => {};
    await runRelease(ports, KEY);
    expect(at.sides.green.desired).toBe(0);
    expect(at.harm).toEqual([]);
  },
);

test.each(["PutParameter", "Publish"])(
  "the function that is cut off at %s, when the end is written down, says it in its next call",
  async (call) => {
    const at = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(7));
    const aws = new FakeAws(at);
    const { clock } = at.ports("lambda");
    const topicArn = "arn:aws:sns:eu-west-1:000000000000:releases";
    const made = plan({ steps: [100], bakeMinutes: 1, soakMinutes: 1, smokeRequests: 0 });
    await startRelease(aws.ports("command"), made, "ann");
    let cut = false;
    aws.before = (now) => {
      if (cut || now !== call || at.records.at(-1)?.type !== "ended") return;
      cut = true;
      throw Object.assign(new Crash("the function's time was over"), { $metadata: {} });
    };
    const turns = createTurns({
      environment: KEY.environment,
      region: "eu-west-1",
      clients: aws.clients,
      clock,
      topicArn,
    });
    const request = { service: KEY.service, release: "r1", execution: "x-1" };
    for (let done = false; !done; ) {
      const answer = await turns(request).catch(() => undefined);
      done = answer?.done === true;
      at.advance(Math.max(1_000, Date.parse(answer?.due ?? "1970-01-01T00:00:00Z") - at.time));
    }
    expect(cut).toBe(true);
    expect(at.mirrored).toEqual(projectMirror(at.records));
    expect(aws.published.at(-1)).toContain("ended: promoted");
  },
);

test("a service that cannot be found any more keeps those released with it from nothing", async () => {
  const at = new FakeWorld({ requestsPerSecond: 200, versions: { [OLD]: GOOD, [NEW]: GOOD } }, seeded(7));
  const aws = new FakeAws(at);
  const { clock } = at.ports("lambda");
  // Whoever started them took the first lease only, and the second service is gone.
  await startRelease(aws.ports("command"), plan({}, { group: { services: [KEY.service, "web"] } }), "ann");
  const turns = createTurns({
    ...{ environment: KEY.environment, region: "eu-west-1", clients: aws.clients, clock, topicArn: undefined },
  });
  const request = { service: KEY.service, release: "r1", execution: "x-1" };
  for (const end = at.time + 600_000; at.time < end; at.advance(5_000)) {
    const answer = await turns(request).catch(() => undefined);
    if (answer?.done) break;
  }
  expect(await turns(request)).toMatchObject({ done: true, result: "rolled-back" });
  expect(at.mirrored.release).toMatchObject({ running: false });
});
