/** The main job with traffic: `up local`, `cloud serve`, and requests are answered by the environment's service. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DataPlaneStatus } from "../../simulator/dataplane/status.ts";
import { stopCloud } from "../../simulator/index.ts";
import { findNode } from "../../simulator/process/node.ts";
import { spawnCommand } from "../support/command.ts";
import { ask, isRunning, until } from "./dataplane-world.ts";

jest.setTimeout(240_000);

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "causeway-serve-"));
const environment = { CAUSEWAY_STATE_DIR: join(folder, "state"), CAUSEWAY_CLOUD_HOME: join(folder, "cloud") };
const command = join(root, "cli", "bin", "causeway.js");
const causeway = (...args: string[]) => spawnCommand(findNode(root), [command, ...args], { cwd: root, environment });

let serving: ChildProcess | undefined;
afterAll(async () => {
  serving?.kill("SIGKILL");
  await stopCloud({ home: environment.CAUSEWAY_CLOUD_HOME });
  rmSync(folder, { recursive: true, force: true });
});

async function traffic(): Promise<DataPlaneStatus | undefined> {
  const { stdout } = await causeway("cloud", "status", "--json");
  return (JSON.parse(stdout) as { traffic?: DataPlaneStatus }).traffic;
}

it("answers at the load balancer of an environment, from where it was started to where it ends", async () => {
  serving = spawn(findNode(root), [command, "cloud", "serve"], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: "ignore",
  });
  // Served before there is anything to serve: it follows the store.
  const up = await causeway("up", "local", "--yes");
  expect(up.code).toBe(0);
  let status: DataPlaneStatus | undefined;
  await until(async () => {
    status = await traffic();
    return status?.targetGroups.some(({ targets }) => targets.some(({ state }) => state === "healthy")) ?? false;
  });
  const url = status!.listeners.find(({ port }) => port === 80)!.url;
  expect(await ask(url)).toMatchObject({ status: 200, build: "v1", headers: { "x-version": "v1" } });
  const ended = new Promise((resolve) => serving!.once("exit", resolve));
  const answer = ask(url, "/wait?ms=4000");
  await until(async () => (await traffic())!.targetGroups.some(({ targets }) => targets.some((t) => t.inFlight > 0)));
  serving.kill("SIGINT");
  expect(await answer).toMatchObject({ status: 200, build: "v1" });
  expect(await ended).toBe(0);
  expect(status!.tasks.flatMap(({ pid }) => (pid !== undefined && isRunning(pid) ? [pid] : []))).toEqual([]);
});
