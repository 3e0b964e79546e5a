/**
 * Releases on the simulated cloud over its AWS endpoint: what a release reads and writes is what a program made there,
 * and what traffic follows.
 */
import { readColours } from "../../delivery/aws/observer.ts";
import { VirtualClock } from "../../simulator/clock/clock.ts";
import { storeTopology } from "../../simulator/dataplane/topology-reader.ts";
import { addApiFault, apiFaults, clearApiFaults } from "../../simulator/endpoint/faults.ts";
import { createTrafficModel, logNormal, publishModel } from "../../simulator/model/index.ts";
import { readMessages } from "../../simulator/monitoring/messages.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { CloudWorld } from "./cloud-world.ts";

jest.setTimeout(300_000);

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

test("in virtual time, at the pace of AWS: a good version is promoted, the next, which fails, is taken back while calls fail too", async () => {
  const world = await CloudWorld.create();
  closing.push(() => world.close());
  const view = new CloudStore(`${world.home}/cloud.db`);
  closing.push(() => view.close());
  const model = createTrafficModel({
    seed: "1",
    clock: new VirtualClock(Date.UTC(2026, 0, 5, 9, 0, 20)),
    topology: storeTopology(view, "000000000000"),
    behaviour: ({ family }) => ({ answerMs: logNormal(20, 200), errorRate: family === "failing" ? 0.2 : 0.002 }),
    propagationDelayMs: { from: 0, to: 120_000 },
    metrics: world.metrics,
  });
  closing.push(await publishModel(world.home, model));
  closing.push(() => model.end());
  model.send({ rps: 20 });
  const clock = {
    now: () => model.clock.now(),
    // Nobody looks so often that it would matter.
    sleepUntil: async (until: number) => model.advance(Math.max(1, until - model.clock.now())),
  };
  model.advance(10 * 60_000);
  const before = model.clients.byStatus["503"] ?? 0;

  // Fewer looks: what is new comes once a minute.
  const looks = { healthCheck: { intervalSeconds: 30 } };
  const settings = { bakeMinutes: 2, soakMinutes: 3, smokeRequests: 0, judgement: { errorFloorPercent: 5 } };
  const first = await world.release("r1", { ...settings, strategy: "canary", steps: [50, 100] }, looks, clock);
  expect(first.world).toMatchObject({
    live: "blue",
    before: { taskDefinition: world.arn("v1"), artifact: expect.stringContaining("@sha256:") },
    after: { taskDefinition: world.arn("v2") },
    rules: [world.target.rules.live],
    scaling: { min: 2, max: 4 },
    deregistrationDelaySeconds: 2,
  });
  expect(first.world.traffic?.requestsPerSecond).toBeGreaterThan(15);
  expect(first.ended).toMatchObject({ result: "promoted", live: "green" });
  expect(await world.weights()).toEqual({ blue: 0, green: 100 });
  expect(first.mirror.live).toMatchObject({ live: "green", confirmed: true, minimum: { blue: 0, green: 2 } });
  expect(await readColours(world.clients, world.target)).toMatchObject({ blue: { desired: 0 }, green: { desired: 2 } });

  await world.bring("failing", "blue");
  // The API has a bad day, too.
  addApiFault(world.store, { kind: "throttle", share: 0.03, seed: "1" });
  addApiFault(world.store, { kind: "lose-response", share: 0.1, seed: "2" });
  addApiFault(world.store, { kind: "stale-reads", target: "elbv2:DescribeRules", share: 0.3, milliseconds: 50 });
  const second = await world.release("r2", { ...settings, strategy: "canary", steps: [10, 50, 100] }, looks, clock);
  const faults = apiFaults(world.store).map(({ kind, hit }) => `${kind}: ${hit > 0}`);
  expect(faults).toEqual(["throttle: true", "lose-response: true", "stale-reads: true"]);
  clearApiFaults(world.store);
  expect(second.world).toMatchObject({ live: "green", after: { taskDefinition: world.arn("failing") } });
  expect(second.ended).toMatchObject({ result: "rolled-back", live: "green", weights: { blue: 0, green: 100 } });
  expect(await world.weights()).toEqual({ blue: 0, green: 100 });
  expect(second.mirror.live).toMatchObject({ live: "green", weights: { blue: 0, green: 100 }, confirmed: true });

  const { sent, answered, failed, inFlight, byStatus } = model.clients;
  expect({ failed, unanswered: sent - answered - inFlight, refused: (byStatus["503"] ?? 0) - before }).toEqual({
    ...{ failed: 0, unanswered: 0, refused: 0 },
  });
  const told = readMessages(world.home).map(({ subject }) => subject);
  expect(told).toContainEqual(expect.stringContaining("r1 ended: promoted"));
  expect(told).toContainEqual(expect.stringContaining("r2 ended: rolled-back"));
  expect(world.failures).toEqual([]);
});
