/** 100,000 requests over sockets, from clients in a process of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import binomial from "@stdlib/stats-base-dists-binomial-cdf";
import { DataPlane } from "../../simulator/dataplane/index.ts";
import { findNode } from "../../simulator/process/node.ts";
import type { Outcome, Traffic } from "./dataplane-clients.ts";
import { until, World } from "./dataplane-world.ts";

jest.setTimeout(240_000);

let world: World;
let plane: DataPlane;
let clients: ChildProcess;

beforeEach(() => {
  world = new World();
  const root = process.cwd();
  plane = new DataPlane({ home: world.home, root, images: world.images });
  clients = spawn(findNode(root), [join(root, "test/simulator/dataplane-clients.ts")], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
});
afterEach(async () => {
  clients.kill("SIGKILL");
  await plane.close(500);
  world.dispose();
});

function send(traffic: Omit<Traffic, "port" | "path">): Promise<Outcome> {
  const port = Number(new URL(plane.status().listeners[0]!.url).port);
  return new Promise((resolve) => {
    clients.once("message", (outcome) => resolve(outcome as Outcome));
    clients.send({ port, path: "/build", ...traffic });
  });
}

const greenShare = () => {
  const [, green] = plane.status().listeners[0]!.rules.find(({ weights }) => weights.length === 2)?.weights ?? [];
  return green?.weight;
};

it("splits 100,000 requests within exact binomial bounds at 1, 5, 25, 50 and 100 %, and fails none", async () => {
  for (const [name, build] of [
    ["blue", "v1"],
    ["green", "v2"],
  ] as const) {
    world.group(name);
    world.service(name, build, 2);
  }
  world.weights({ blue: 100, green: 0 });
  await plane.start();
  await until(() => plane.status().services.every(({ steady }) => steady));
  const began = performance.now();
  let answered = 0;
  const rows: string[] = [];
  for (const weight of [1, 5, 25, 50, 100]) {
    world.weights({ blue: 100 - weight, green: weight });
    await until(() => greenShare() === weight);
    const requests = 20_000;
    const outcome = await send({ requests, connections: 32 });
    expect(outcome).toMatchObject({ sent: requests, answered: requests, failures: [], byStatus: { 200: requests } });
    // Every client keeps its one connection over all its requests.
    expect(outcome.connections).toBe(32);
    answered += outcome.answered;
    const green = outcome.byBuild.v2 ?? 0;
    rows.push(`${weight} %: ${green}`);
    // A fair split falls outside on either side once in a million runs; draws are seeded, so this one never does.
    expect(binomial(green, requests, weight / 100)).toBeGreaterThan(1e-6);
    expect(1 - binomial(green - 1, requests, weight / 100)).toBeGreaterThan(1e-6);
  }
  expect(answered).toBe(100_000);
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`100,000 requests in ${seconds.toFixed(1)} s; of 20,000 went to green at ${rows.join(", ")}\n`);
});
