/**
 * Commands that are killed: whatever dies at whatever moment, no process of ours outlives it, and the next `up` ends with
 * exactly what the program says, in the state and in the cloud.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../cli/exit-codes.ts";
import { workspaceOf } from "../../cli/session.ts";
import { settleStack } from "../../cli/settle/settle.ts";
import { resolveEngine, type StackExport, type StateResource } from "../../engine/index.ts";
import { configureCloud, startCloud } from "../../simulator/index.ts";
import { runningProcesses, until } from "../engine-room/support/processes.ts";
import { SimulatedCloud } from "../support/simulated.ts";

jest.setTimeout(900_000);

const checkout = process.cwd();
const cloud = new SimulatedCloud();
/** Deaths of each victim; CRASH_MOMENTS=10 takes two minutes more. */
const MOMENTS = Number(process.env.CRASH_MOMENTS ?? 6);
/** How many resources the program in crash/ has; two of them stay over the generations. */
const PROGRAM = 22;
/** Of a run that makes one generation and deletes the one before: 20 are begun and done twice. */
const STEPS = 76;

/** Fixed by CRASH_SEED, to see a failure again. */
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 1e9));
let random = seed;
/** Park and Miller's minimal standard generator: the same moments for the same seed. */
function draw(): number {
  random = (random * 48_271 + 1) % 2_147_483_647;
  return random / 2_147_483_647;
}
const moments = Array.from({ length: 3 }, () => Array.from({ length: MOMENTS }, (_, i) => (i + draw()) / MOMENTS));

beforeAll(async () => {
  process.stderr.write(`moments of death: CRASH_SEED=${seed}\n`);
  Object.assign(process.env, cloud.commandEnvironment);
  await cloud.start();
});
afterAll(() => cloud.stop());

interface Command {
  readonly pid: number;
  readonly mark: string;
  said(): string;
  printed(): string;
  readonly ended: Promise<number | null>;
}

/** A command as a process group of its own; everything it starts carries its mark in the environment. */
function start(script: readonly string[], environment: Readonly<Record<string, string>> = {}): Command {
  const value = randomUUID();
  const child = spawn(process.execPath, [...script], {
    detached: true,
    cwd: checkout,
    env: { ...process.env, ...cloud.commandEnvironment, ...environment, CAUSEWAY_TEST_MARK: value },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  child.stderr.on("data", (text) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const mark = `CAUSEWAY_TEST_MARK=${value}`;
  return { pid: child.pid ?? 0, mark, said: () => said, printed: () => printed, ended };
}

const ofCommand = ({ mark }: Command) => runningProcesses().filter((p) => p.environment.includes(mark));
const engineOf = (command: Command) =>
  ofCommand(command).find((p) => p.parent === command.pid && /\bpulumi up\b/.test(p.command));

const victims = {
  command: (command: Command) => process.kill(command.pid, "SIGKILL"),
  engine: (command: Command) => process.kill(engineOf(command)?.pid ?? 0, "SIGKILL"),
  group: (command: Command) => process.kill(-command.pid, "SIGKILL"),
} as const;
type Victim = keyof typeof victims;

/** Steps, begun or done, that the command has told of. */
const steps = (command: Command) => command.said().match(/^ {2}\d+\/\d+ .* (running|done)$/gm)?.length ?? 0;

/** Kills when so many steps have been told of. Whether it was in time. */
async function killAt(command: Command, victim: Victim, moment: number): Promise<boolean> {
  let over = false;
  void command.ended.then(() => {
    over = true;
  });
  // Before the first step there is only the engine to wait for; looking for it takes long, so it is not done each time.
  const reached = moment < 1 ? () => engineOf(command) !== undefined : () => steps(command) >= Math.floor(moment);
  await until(() => over || reached(), "the moment", 180);
  const engine = engineOf(command);
  if (over || engine === undefined) return false;
  victims[victim](command);
  await until(() => ofCommand(command).length === 0, `the end of what outlived the ${victim}`, 30);
  return true;
}

/** Ids by type, in the cloud and in the state. */
function inCloud(stack: string): string[] {
  const database = new DatabaseSync(join(cloud.home, "cloud.db"), { readOnly: true });
  const rows = database.prepare("SELECT type, id FROM resources WHERE stack = ?").all(stack);
  database.close();
  return rows.map(({ type, id }) => `${type} ${id}`).sort();
}

interface StateFile {
  readonly checkpoint: {
    readonly latest: {
      readonly resources: readonly { type: string; id?: string; custom: boolean }[];
      readonly pending_operations?: readonly unknown[] | null;
    };
  };
}

function inState(project: string, stack: string): { resources: string[]; pending: number } {
  const file = join(backend(), ".pulumi", "stacks", project, `${stack}.json`);
  const { latest } = (JSON.parse(readFileSync(file, "utf8")) as StateFile).checkpoint;
  const aws = latest.resources.filter(({ type, custom }) => custom && type.startsWith("aws:"));
  return {
    resources: aws.map(({ type, id }) => `${type} ${id}`).sort(),
    pending: latest.pending_operations?.length ?? 0,
  };
}

const backend = () => new URL(workspaceOf(checkout).backendUrl).pathname;
const lockFolder = (project: string, stack: string) =>
  join(backend(), ".pulumi", "locks", "organization", project, stack);
const locks = (project: string, stack: string) => {
  const folder = lockFolder(project, stack);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(folder, name))
    : [];
};

/** A lock as the engine writes it. */
function plantLock(project: string, stack: string, pid: number): string {
  const file = join(lockFolder(project, stack), `${randomUUID()}.json`);
  mkdirSync(lockFolder(project, stack), { recursive: true });
  const lock = { pid, username: "test", hostname: hostname(), timestamp: new Date().toISOString() };
  writeFileSync(file, JSON.stringify(lock));
  return file;
}

describe("a small program, killed again and again", () => {
  const up = (stack: string, generation: string) =>
    start([join(checkout, "test/engine/crash/command.ts"), checkout, stack, "up"], { CRASH_GENERATION: generation });

  beforeAll(() =>
    // While `afterStore` lasts the object exists and the engine has not heard of it.
    configureCloud({ createLatency: { beforeStoreMs: 60, afterStoreMs: 600 } }, { home: cloud.home, root: checkout }),
  );

  /** So many deaths, each followed by an `up` that has to make everything right. Gives what was settled how often. */
  async function dieAgain(victim: Victim, shares: readonly number[]): Promise<Record<string, number>> {
    const settled: Record<string, number> = {};
    const others = plantLock("crash", `${victim}-other`, 999_999_999);
    for (const [round, share] of shares.entries()) {
      const generation = `${victim}-${round}`;
      const killed = up(victim, generation);
      const inTime = await killAt(killed, victim, share * STEPS);
      expect({ generation, inTime, code: inTime ? 0 : await killed.ended }).toMatchObject({ inTime: true });
      const left = locks("crash", victim);
      const next = up(victim, generation);
      const code = await next.ended;
      const context = `${generation} at ${share.toFixed(3)}\n${killed.said()}\n--- next up\n${next.said()}`;
      if (code !== EXIT.ok) throw new Error(`exit ${code}: ${context}`);
      const state = inState("crash", victim);
      const truth = inCloud(`crash/${victim}`);
      try {
        expect(state.pending).toBe(0);
        expect(state.resources).toHaveLength(PROGRAM);
        // No orphan, no duplicate, nothing that only the state knows.
        expect(truth).toEqual(state.resources);
        expect(locks("crash", victim)).toEqual([]);
        // Ours and the engine's, of the same dead command.
        if (left.length > 0) expect(next.said()).toContain("Removed the lock of process");
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${context}`);
      }
      for (const one of (JSON.parse(next.printed()) as { settled?: { action: string }[] }).settled ?? []) {
        settled[one.action] = (settled[one.action] ?? 0) + 1;
      }
    }
    expect(existsSync(others)).toBe(true);
    return settled;
  }

  test("SIGKILL of the command, the engine and the group, at many moments each", async () => {
    const all = await Promise.all(
      (["command", "engine", "group"] as const).map((victim, index) => dieAgain(victim, moments[index] ?? [])),
    );
    process.stderr.write(`settled: ${JSON.stringify(all)}\n`);
    // Were nothing ever adopted, the moments would miss what this test is about.
    expect(all.reduce((sum, one) => sum + (one.adopted ?? 0), 0)).toBeGreaterThan(0);
  });

  test("a living owner's lock stays, and the command ends with 7", async () => {
    const file = plantLock("crash", "command", process.pid);
    const before = inState("crash", "command");
    const refused = up("command", "command-99");
    expect(await refused.ended).toBe(EXIT.locked);
    expect(refused.said()).toContain(`pid ${process.pid}`);
    expect(existsSync(file)).toBe(true);
    expect(inState("crash", "command")).toEqual(before);
  });
});

describe("the whole environment", () => {
  const causeway = (...args: string[]) => start([join(checkout, "cli/bin/causeway.js"), ...args]);
  const up = (...more: string[]) => causeway("up", "local", "--yes", "--json", ...more);

  /** What a person does who is told to look: looks, and says what is there. */
  async function finish(): Promise<Command> {
    const first = up();
    const code = await first.ended;
    if (code !== EXIT.unsettled) return first;
    // The table has one type of which AWS says nothing.
    expect(first.said()).toContain("aws:backup/selection:Selection");
    const urns = [...first.said().matchAll(/urn: +(\S+)/g)].map(([, urn = ""]) => urn);
    const adoptions = urns.flatMap((urn) => idOf(urn).map((id) => `${urn.split("::").at(-1)}=${id}`));
    const second = up("--forget-pending", ...adoptions.flatMap((adoption) => ["--adopt", adoption]));
    await second.ended;
    return second;
  }

  function idOf(urn: string): string[] {
    const database = new DatabaseSync(join(cloud.home, "cloud.db"), { readOnly: true });
    const rows = database.prepare("SELECT id FROM resources WHERE urn = ?").all(urn);
    database.close();
    return rows.map(({ id }) => String(id));
  }

  test("`up local`, in which command, engine and group are killed in turn, ends whole", async () => {
    for (const [victim, step] of [
      ["command", 20 + draw() * 100],
      ["engine", 10 + draw() * 60],
      ["group", 10 + draw() * 60],
    ] as const) {
      const killed = up();
      const inTime = await killAt(killed, victim, step);
      expect({ victim, step, said: killed.said(), inTime }).toMatchObject({ inTime: true });
    }
    const last = await finish();
    expect({ code: await last.ended, said: last.said() }).toMatchObject({ code: EXIT.ok });
    const state = inState("causeway", "local");
    expect(state.pending).toBe(0);
    // A revision that was registered and forgotten costs nothing; nothing else may be left over.
    const strays = inCloud("causeway/local").filter((one) => !state.resources.includes(one));
    expect(strays.filter((one) => !one.startsWith("aws:ecs/taskDefinition:"))).toEqual([]);
    expect(inCloud("causeway/local")).toEqual(expect.arrayContaining(state.resources));
    const again = up();
    expect(await again.ended).toBe(EXIT.ok);
    expect(JSON.parse(again.printed())).toMatchObject({
      changes: { create: 0, update: 0, replace: 0, delete: 0 },
    });
  });

  test("each of its resources, were its create cut off, is found again under its own id", async () => {
    const file = join(backend(), ".pulumi", "stacks", "causeway", "local.json");
    const { latest } = (JSON.parse(readFileSync(file, "utf8")) as StateFile).checkpoint;
    const everything = latest.resources as readonly StateResource[];
    const isOurs = ({ custom, type }: StateResource) => custom && type.startsWith("aws:");
    const cutOff: StackExport = {
      version: 3,
      deployment: {
        ...latest,
        resources: everything.filter((resource) => !isOurs(resource)),
        pending_operations: everything
          .filter(isOurs)
          .map(({ id: _, outputs: __, ...resource }) => ({ type: "creating", resource })),
      },
    };
    const workspace = workspaceOf(checkout);
    const result = await settleStack({
      engine: await resolveEngine(),
      checkout,
      environment: {
        ...(await startCloud({ home: cloud.home, root: checkout })).environment,
        PULUMI_HOME: workspace.pulumiHome,
        PULUMI_CONFIG_PASSPHRASE_FILE: workspace.passphraseFile,
      },
      stack: {
        address: { backendUrl: workspace.backendUrl, project: "causeway", stack: "local" },
        exclusively: (action) => action([]),
        readState: async () => cutOff,
        exportStack: async () => cutOff,
        importStack: async () => {},
      },
      forget: true,
      quietSeconds: 0,
    });
    expect(result.unsettled).toEqual([]);
    const ids = new Map(everything.map(({ urn, id }) => [urn, id]));
    const adopted = result.settled.filter(({ action }) => action === "adopted");
    expect(adopted.filter(({ urn, id }) => ids.get(urn) !== id)).toEqual([]);
    expect(adopted.length).toBeGreaterThan(80);
    // What has been created and is said to be absent would be created twice.
    expect(result.settled.filter(({ action }) => action === "absent")).toEqual([]);
    const forgotten = new Set(result.settled.flatMap(({ action, type }) => (action === "forgotten" ? [type] : [])));
    expect([...forgotten]).toEqual(["aws:backup/selection:Selection"]);
  });
});
