/** The data plane in virtual time: hours of traffic, accounted for to the last request, the same for a seed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataPlaneStatus } from "../../simulator/dataplane/control.ts";
import type { MetricDatum } from "../../simulator/dataplane/metrics.ts";
import {
  type Behaviour,
  constant,
  createTrafficModel,
  logNormal,
  publishModel,
  type TrafficModel,
  type TrafficModelOptions,
  type WebTopology,
  webTopology,
} from "../../simulator/model/index.ts";

const MINUTE = 60_000;
const FAMILIES: Readonly<Record<string, Behaviour>> = {
  blue: { answerMs: logNormal(20, 200) },
  green: { answerMs: logNormal(20, 200) },
  slow: { answerMs: constant(2_000) },
  broken: { answerMs: constant(5), errorRate: 0.2 },
  sick: { answerMs: constant(5), healthy: false },
};

function world(web: Partial<WebTopology> = {}, options: Partial<TrafficModelOptions> = {}) {
  const metrics: MetricDatum[] = [];
  const topology = webTopology({
    services: { blue: { desiredCount: 2 }, green: { desiredCount: 2 } },
    weights: { blue: 1 },
    ...web,
  });
  const model = createTrafficModel({
    ...{ topology, metrics: { put: (datum) => void metrics.push(datum) } },
    behaviour: ({ family }) => FAMILIES[family]!,
    ...options,
  });
  model.until(() => model.status().services.every(({ steady }) => steady));
  return { topology, model, metrics };
}

/** Nothing is in flight any more, and every request that was sent has come to something. */
function settle(model: TrafficModel) {
  model.until(() => model.clients.inFlight === 0);
  const { sent, answered, failed, byStatus } = model.clients;
  expect(sent).toBe(answered + failed);
  expect(Object.values(byStatus).reduce((sum, count) => sum + count, 0)).toBe(answered);
  return model.clients;
}

const sumOf = (metrics: readonly MetricDatum[], name: string, dimension = "LoadBalancer") => {
  const whole = metrics.filter((datum) => datum.name === name && Object.keys(datum.dimensions).join() === dimension);
  return whole.reduce((total, { values }) => total + ("sum" in values ? values.sum : values.length), 0);
};

it("gives the same requests, answers and metrics for a seed, others for another, and counts what CloudWatch would", () => {
  const run = (seed: string) => {
    const { model, metrics } = world({ weights: { blue: 75, green: 25 } }, { seed });
    const stop = model.send({ rps: 20, clients: 10 });
    model.advance(10 * MINUTE);
    stop();
    const clients = settle(model);
    model.end();
    return { clients, metrics };
  };
  const first = run("a");
  expect(run("a")).toEqual(first);
  expect(run("b").clients.byTarget).not.toEqual(first.clients.byTarget);
  expect(first.clients.errors).toBe(0);
  expect(sumOf(first.metrics, "RequestCount")).toBe(first.clients.sent);
  expect(sumOf(first.metrics, "HTTPCode_Target_2XX_Count")).toBe(first.clients.answered);
  expect(sumOf(first.metrics, "TargetResponseTime")).toBe(first.clients.answered);
});

/** Lets blue give way to green while requests come, some of them slow, and tells how many went wrong. */
function handOver(
  model: TrafficModel,
  topology: ReturnType<typeof world>["topology"],
  waitMs: number,
  stickySeconds?: number,
): number {
  const stop = model.send({ rps: 20, slow: { share: 0.1, ms: 20_000 } });
  model.advance(MINUTE);
  topology.modifyRule({ green: 1 }, stickySeconds);
  model.advance(waitMs);
  topology.setDesiredCount("blue", 0);
  model.advance(10 * MINUTE);
  stop();
  return settle(model).errors;
}

it("loses nothing when the old tasks stay until traffic has moved, whatever the propagation delay", () => {
  for (const seed of ["a", "b"]) {
    const { model, topology } = world({}, { seed, propagationDelayMs: { from: 0, to: 120_000 } });
    expect(handOver(model, topology, 120_001)).toBe(0);
  }
});

it("shows what goes wrong otherwise: confirmed by the API alone, not drained, sticky to an empty group", () => {
  const early = world({}, { propagationDelayMs: 60_000 });
  expect(handOver(early.model, early.topology, 0)).toBeGreaterThan(500);
  // Some requests last 20 seconds, and the program does not wait for them itself.
  const drained = world();
  expect(handOver(drained.model, drained.topology, 0)).toBe(0);
  const undrained = world(
    { targetGroup: { deregistrationDelaySeconds: 1 } },
    { behaviour: () => ({ answerMs: constant(5), abrupt: true }) },
  );
  expect(handOver(undrained.model, undrained.topology, 0)).toBeGreaterThan(10);
  const sticky = world({ stickySeconds: 3_600 });
  expect(handOver(sticky.model, sticky.topology, MINUTE, 3_600)).toBeGreaterThan(500);
});

it("answers for the load balancer as on sockets when a task is killed, and replaces it", () => {
  const { model, metrics } = world({ services: { blue: { desiredCount: 2, family: "slow" } } });
  const stop = model.send({ rps: 20 });
  model.advance(MINUTE);
  const [victim] = model.status().tasks;
  const busy = model.status().targetGroups[0]!.targets.find(({ task }) => task === victim!.id)!.inFlight;
  model.killTask(victim!.id);
  model.advance(MINUTE);
  stop();
  const { byStatus } = settle(model);
  // What it had in hand is lost with it, and what came before it was missed; then nothing.
  expect(byStatus[502]).toBeGreaterThanOrEqual(busy);
  expect(byStatus[502]).toBeLessThanOrEqual(busy + 3);
  expect(byStatus[503]).toBeUndefined();
  model.end();
  expect(sumOf(metrics, "HTTPCode_ELB_502_Count")).toBe(byStatus[502]);
  expect(model.status().services[0]).toMatchObject({ running: 2, steady: true });
});

it("costs a lost zone what its health checks need, and no more", () => {
  const healthCheck = { intervalSeconds: 10, timeoutSeconds: 5, unhealthyThreshold: 2, healthyThreshold: 2 };
  const all = { ...{ enabled: true, path: "/", port: undefined, matcher: "200" }, ...healthCheck };
  const { model } = world({ targetGroup: { healthCheck: all } });
  const stop = model.send({ rps: 20, slow: { share: 0.1, ms: 4_000 } });
  model.advance(5 * MINUTE);
  model.loseZone("zone-a");
  model.advance(10 * MINUTE);
  const lost = model.clients.errors;
  model.advance(10 * MINUTE);
  stop();
  const { errors, byStatus } = settle(model);
  expect(errors).toBe(lost);
  expect(byStatus[504]).toBe(errors);
  // Half of the requests go to the lost zone for at most an interval and two checks; and those in flight.
  expect(errors).toBeGreaterThan(0.5 * 20 * 10);
  expect(errors).toBeLessThan(0.5 * 20 * (10 + 10 + 5) * 1.2);
  expect(model.status().tasks.map(({ zone }) => zone)).toEqual(model.status().tasks.map(() => "zone-b"));
});

it("measures services as ECS does, and leaves them out where nothing runs", () => {
  const { model, metrics } = world({ services: { blue: { desiredCount: 2 }, green: { desiredCount: 0 } } });
  const stop = model.send({ rps: 100 });
  model.advance(5 * MINUTE);
  stop();
  settle(model);
  const of = (name: string, service: string) =>
    metrics.filter((datum) => datum.name === name && datum.dimensions.ServiceName === service);
  const cpu = of("CPUUtilization", "blue").at(-2)!;
  expect(cpu).toMatchObject({
    namespace: "AWS/ECS",
    dimensions: { ClusterName: "web", ServiceName: "blue" },
    unit: "Percent",
  });
  // 50 requests a second of 1 ms each are 5 % of a core, and the task reserves a quarter of one.
  for (const value of cpu.values as number[]) expect(value).toBeCloseTo(20, -1);
  expect(of("MemoryUtilization", "blue").at(-1)!.values).toEqual([12.5, 12.5]);
  expect(of("RunningTaskCount", "blue").at(-1)).toMatchObject({ namespace: "ECS/ContainerInsights", values: [2] });
  expect(of("CPUUtilization", "green")).toEqual([]);
  expect(of("RunningTaskCount", "green").at(-1)!.values).toEqual([0]);
});

it("is reached by whoever asks for the data plane of a cloud", async () => {
  const home = mkdtempSync(join(tmpdir(), "cloud-model-"));
  const { model } = world({ weights: { blue: 9, green: 1 } });
  const end = await publishModel(home, model);
  try {
    const status = await dataPlaneStatus(home);
    expect(status?.services.map(({ name, running }) => [name, running])).toEqual([
      ["blue", 2],
      ["green", 2],
    ]);
    expect(status?.listeners[0]?.rules[0]?.weights.map(({ weight }) => weight)).toEqual([9, 1]);
    expect(status?.targetGroups[0]?.targets.map(({ state }) => state)).toEqual(["healthy", "healthy"]);
  } finally {
    end();
    rmSync(home, { recursive: true, force: true });
  }
});
