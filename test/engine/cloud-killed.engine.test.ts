/** The simulated cloud dies while it is used: one error, nothing lost that was answered, and the next `up` completes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../cli/exit-codes.ts";
import type { RunReport } from "../../cli/report/report.ts";
import { workspaceOf } from "../../cli/session.ts";
import { cloudStatus, configureCloud } from "../../simulator/index.ts";
import { until } from "../engine-room/support/processes.ts";
import { spawnCommand } from "../support/command.ts";
import { SimulatedCloud } from "../support/simulated.ts";

jest.setTimeout(600_000);

const checkout = process.cwd();
const cloud = new SimulatedCloud();
const STACK = "cloud";
/** Shares of what one generation creates at which the cloud dies: while it has the object and the engine does not know. */
const MOMENTS = [0.2, 0.8];
const CREATED = 20;

beforeAll(async () => {
  Object.assign(process.env, cloud.commandEnvironment);
  await cloud.start();
  await configureCloud({ createLatency: { beforeStoreMs: 20, afterStoreMs: 150 } }, { home: cloud.home });
});
afterAll(() => cloud.stop());

/** `type id` of everything the stack has in the cloud. */
function inCloud(): string[] {
  const database = new DatabaseSync(join(cloud.home, "cloud.db"), { readOnly: true });
  const rows = database.prepare("SELECT type, id FROM resources WHERE stack = ?").all(`crash/${STACK}`);
  database.close();
  return rows.map(({ type, id }) => `${type} ${id}`).sort();
}

function inState(): string[] {
  const folder = new URL(workspaceOf(checkout).backendUrl).pathname;
  const file = join(folder, ".pulumi", "stacks", "crash", `${STACK}.json`);
  if (!existsSync(file)) return [];
  const { resources = [] } = JSON.parse(readFileSync(file, "utf8")).checkpoint.latest as {
    resources?: { type: string; id?: string; custom: boolean }[];
  };
  return resources
    .flatMap((one) => (one.custom && one.type.startsWith("aws:") ? [`${one.type} ${one.id}`] : []))
    .sort();
}

const up = (generation: string) =>
  spawnCommand(process.execPath, [join(checkout, "test/engine/crash/command.ts"), checkout, STACK, "up"], {
    cwd: checkout,
    environment: { ...cloud.commandEnvironment, CRASH_GENERATION: generation },
  });

test("SIGKILL of the cloud in the middle of an `up`", async () => {
  for (const [round, share] of MOMENTS.entries()) {
    const before = new Set(inCloud());
    const created = () => inCloud().filter((one) => !before.has(one)).length;
    let over = false;
    const running = up(`cloud-${round}`).then((result) => {
      over = true;
      return result;
    });
    await until(() => over || created() >= share * CREATED, "the moment", 180);
    expect(over).toBe(false);
    const [process_] = (await cloudStatus({ home: cloud.home, root: checkout })).processes;
    process.kill(process_!.pid, "SIGKILL");
    const killed = await running;
    expect({ code: killed.code, said: killed.stderr }).toMatchObject({ code: EXIT.cloudUnavailable });
    const { diagnostics } = JSON.parse(killed.stdout) as RunReport;
    expect(diagnostics.filter((d) => d.severity === "error")).toEqual([
      expect.objectContaining({ message: expect.stringContaining("The simulated cloud's process ended") }),
    ]);
    // Whatever was acknowledged is in the engine's state; all of it is on disk.
    expect(inCloud()).toEqual(expect.arrayContaining(inState()));
    const next = await up(`cloud-${round}`);
    if (next.code !== EXIT.ok) throw new Error(`${round}: exit ${next.code}\n${next.stdout}\n${next.stderr}`);
    expect(inState()).toHaveLength(22);
    expect(inCloud()).toEqual(inState());
  }
});
