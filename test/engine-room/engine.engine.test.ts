import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import {
  checkoutRoot,
  type EngineEvent,
  type OpenedStack,
  pendingOperations,
  resolveEngine,
  settlePending,
} from "../../engine/index.ts";
import { runningProcesses, until } from "./support/processes.ts";
import { makeProject, type Project } from "./support/project.ts";

// The first run on a machine may build the engine.
jest.setTimeout(120_000);
beforeAll(() => resolveEngine({ onProgress: (line) => process.stderr.write(`${line}\n`) }), 20 * 60_000);

const projects: Project[] = [];
function project(files: Readonly<Record<string, string>>): Project {
  const made = makeProject(files);
  projects.push(made);
  return made;
}
afterAll(() => {
  for (const made of projects) made.remove();
});

const yaml = (options: string) =>
  `name: shop\nstackConfigDir: environments\nruntime: {name: nodejs, options: ${options}}\n`;
const commonjs = '{"name":"shop","main":"index.js"}';

async function collect(run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  await run((event) => events.push(event));
  return events;
}

describe("programs", () => {
  const plain = () =>
    project({
      "Pulumi.yaml": yaml("{nodeargs: \"--stack-trace-limit=3 --title='a b'\"}"),
      "package.json": commonjs,
      "index.js": `
        const pulumi = require("@pulumi/pulumi");
        const config = new pulumi.Config();
        class Part extends pulumi.ComponentResource {
          constructor(name) { super("shop:parts:Part", name, { size: config.require("size") }); this.registerOutputs({}); }
        }
        new Part("part");
        exports.size = config.require("size");
        exports.token = config.requireSecret("token");
        exports.about = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), process.title, Error.stackTraceLimit];
        exports.node = process.execPath;`,
      // The checkout's own configuration of a stack of the same name must never be touched.
      "environments/Pulumi.local.yaml": "config: {}\n",
    });

  test("a whole life: up, no change, outputs, plain pulumi, destroy; nothing is written into the project", async () => {
    const made = plain();
    const before = made.files();
    const config = { size: "3", token: { value: "s3cret", secret: true } };
    const stack = await made.open({ config });
    expect(await stack.preview()).toMatchObject({ result: "succeeded", changes: { create: 2 } });
    expect(await stack.up()).toMatchObject({ result: "succeeded", changes: { create: 2 }, removedLocks: [] });
    expect(await stack.up()).toMatchObject({ result: "succeeded", changes: { same: 2 } });
    expect(await stack.outputs()).toEqual({
      size: { value: "3", secret: false },
      token: { value: "s3cret", secret: true },
      about: { value: ["organization", "shop", "local", "a b", 3], secret: false },
      node: { value: process.execPath, secret: false },
    });
    const exported = await stack.exportStack();
    expect(JSON.stringify(exported)).not.toContain("s3cret");
    // Read from the file, it is the same as the engine's.
    expect(await stack.readState()).toEqual(exported);
    expect(readFileSync(path.join(made.root, "config", "Pulumi.local.yaml"), "utf8")).not.toContain("s3cret");
    // What `causeway env shell` prints is enough for the plain CLI.
    const plainly = execFileSync("pulumi", ["preview", "-s", "local", "--non-interactive", "--expect-no-changes"], {
      cwd: made.folder,
      env: { ...process.env, ...stack.environment } as NodeJS.ProcessEnv,
      encoding: "utf8",
    });
    expect(plainly).toContain("2 unchanged");
    expect(await stack.refresh()).toMatchObject({ result: "succeeded" });
    expect(await stack.destroy({ remove: true })).toMatchObject({ result: "succeeded", changes: { delete: 2 } });
    expect(made.files()).toEqual(before);
    expect(readFileSync(path.join(made.folder, "environments", "Pulumi.local.yaml"), "utf8")).toBe("config: {}\n");
  });

  test("TypeScript is run by Node itself when it is asked for, and by ts-node otherwise", async () => {
    const native = project({
      "Pulumi.yaml": `${yaml("{typescript: false}")}main: src/index.ts\n`,
      "package.json": '{"name":"shop","type":"module"}',
      "src/index.ts": 'import { a } from "./a.ts";\nexport const out: string = a;',
      "src/a.ts": 'export const a: string = "native";',
    });
    const tsNode = project({
      "Pulumi.yaml": "name: shop\nruntime: nodejs\n",
      "package.json": '{"name":"shop","main":"index.ts"}',
      // Node cannot run an enum; ts-node can.
      "index.ts": 'enum Kind { A = "ts-node" }\nexport const out: string = Kind.A;',
    });
    for (const [made, value] of [
      [native, "native"],
      [tsNode, "ts-node"],
    ] as const) {
      const stack = await made.open();
      expect(await stack.up()).toMatchObject({ result: "succeeded" });
      expect((await stack.outputs()).out?.value).toBe(value);
    }
  });

  test("what a program fails with is told once, and nothing on top of it", async () => {
    const made = project({
      "Pulumi.yaml": yaml("{typescript: false}"),
      "package.json": commonjs,
      "index.js": 'require("@pulumi/pulumi"); throw new Error("the database has no zone");',
    });
    const stack = await made.open();
    const events = await collect(async (onEvent) =>
      expect(await stack.preview({ onEvent })).toMatchObject({ result: "failed", exitCode: 1 }),
    );
    const errors = events.flatMap((e) => (e.diagnosticEvent?.severity === "error" ? [e.diagnosticEvent.message] : []));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("the database has no zone");
    expect(errors[0]).not.toContain("non-zero exit code");
  });

  test("a policy pack is run and its violations arrive as events", async () => {
    const made = plain();
    const pack = project({
      "PulumiPolicy.yaml": "runtime: nodejs\n",
      "package.json": '{"name":"pack","version":"0.0.1","main":"index.js"}',
      "index.js": `
        const { PolicyPack } = require("@pulumi/policy");
        new PolicyPack("pack", { policies: [{
          name: "small", description: "parts are small", enforcementLevel: "mandatory",
          validateResource: (args, report) => { if (args.props.size === "9") report("size is " + args.props.size); },
        }] });`,
    });
    const stack = await made.open({ config: { size: "9", token: "t" } });
    const events = await collect(async (onEvent) =>
      expect(await stack.preview({ onEvent, policyPacks: [pack.folder] })).toMatchObject({ result: "failed" }),
    );
    expect(events.flatMap((e) => (e.policyEvent ? [e.policyEvent] : []))).toMatchObject([
      { policyName: "small", message: expect.stringContaining("size is 9"), enforcementLevel: "mandatory" },
    ]);
    expect(await (await made.open({ config: { size: "1" } })).preview({ policyPacks: [pack.folder] })).toMatchObject({
      result: "succeeded",
    });
  });
});

describe("interrupted", () => {
  /** `quick` is created at once; `slow` takes a minute when the file `slow` lies beside the program. */
  const slowProject = () =>
    project({
      "Pulumi.yaml": yaml("{typescript: false}"),
      "package.json": commonjs,
      slow: "",
      "index.js": `
        const pulumi = require("@pulumi/pulumi");
        const provider = {
          async create(inputs) {
            const end = Date.now() + 60000;
            while (require("fs").existsSync(inputs.slowFile) && Date.now() < end) await new Promise((r) => setTimeout(r, 50));
            return { id: "id-" + inputs.name, outs: inputs };
          },
        };
        class Thing extends pulumi.dynamic.Resource {
          constructor(name, slowFile, opts) { super(provider, name, { name, slowFile }, opts); }
        }
        const quick = new Thing("quick", "/nowhere");
        new Thing("slow", __dirname + "/slow", { dependsOn: quick });`,
    });

  interface Command {
    readonly pid: number;
    readonly mark: string;
    readonly output: () => string;
    readonly ended: Promise<void>;
  }

  /** The command `up` as a process group of its own; everything it starts carries its mark in the environment. */
  function up(made: Project): Command {
    const mark = `CAUSEWAY_TEST_MARK=${randomUUID()}`;
    const [name = "", value = ""] = mark.split("=");
    const child = spawn(process.execPath, [path.join(checkoutRoot(), "test/engine-room/support/up.ts"), made.root], {
      detached: true,
      env: { ...process.env, [name]: value },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const command = { pid: child.pid ?? 0, mark, output: () => output, ended };
    started.push(command);
    return command;
  }

  /** Commands that a failing test left. */
  const started: Command[] = [];
  afterEach(() => {
    for (const command of started.splice(0)) {
      for (const { pid } of ofCommand(command)) process.kill(pid, "SIGKILL");
    }
  });

  const ofCommand = ({ mark }: Command) => runningProcesses().filter((p) => p.environment.includes(mark));
  const engineOf = (command: Command) =>
    ofCommand(command).find((p) => p.parent === command.pid && p.command.includes("pulumi up"));
  const creatingSlow = (command: Command) => () => /create .*::slow$/m.test(command.output());

  /** Moments at which commands die: while the engine starts, while the program runs, in the middle of a create. */
  const moments = {
    "the engine starts": (command: Command) => () => engineOf(command) !== undefined,
    "the program runs": (command: Command) => () => ofCommand(command).some((p) => p.command.includes("cmd/run/")),
    "a resource is being created": creatingSlow,
  };
  const victims = {
    "the command": (command: Command) => process.kill(command.pid, "SIGKILL"),
    "the engine": (command: Command) => process.kill(engineOf(command)?.pid ?? 0, "SIGKILL"),
    "the process group": (command: Command) => process.kill(-command.pid, "SIGKILL"),
  };
  const cases = [
    ...Object.keys(moments).map((moment) => ["the command", moment]),
    ["the engine", "a resource is being created"],
    ["the process group", "a resource is being created"],
  ] as [keyof typeof victims, keyof typeof moments][];

  test.each(cases)(
    "SIGKILL of %s while %s leaves no process and nothing that stops the next up",
    async (victim, moment) => {
      const made = slowProject();
      const command = up(made);
      await until(moments[moment](command), "the moment");
      victims[victim](command);
      await until(() => ofCommand(command).length === 0, "the end of every process", 30);
      const stack = await made.open();
      const state = await stack.exportStack();
      const pending = pendingOperations(state);
      // The cloud says: whatever was being created does exist.
      if (pending.length > 0) {
        await expect(stack.importStack(state)).rejects.toThrow("settle them first");
        await stack.importStack(
          settlePending(state, ({ resource }) => ({ action: "adopt", id: `id-${resource.urn}` })),
        );
      }
      await finish(stack, made, 4);
    },
  );

  test("a pending create that is adopted is not created again", async () => {
    const made = slowProject();
    const command = up(made);
    await until(creatingSlow(command), "the create");
    victims["the process group"](command);
    await until(() => ofCommand(command).length === 0, "the end of every process", 30);
    const stack = await made.open();
    const state = await stack.exportStack();
    expect(pendingOperations(state)).toMatchObject([
      { type: "creating", resource: { urn: expect.stringMatching(/::slow$/) } },
    ]);
    await stack.importStack(settlePending(state, () => ({ action: "adopt", id: "id-slow" })));
    expect(await stack.up()).toMatchObject({ result: "succeeded", changes: { same: 3 } });
  });

  test("of two ups at once one is refused and told who is at work; the other goes on to its end", async () => {
    const made = slowProject();
    await made.open();
    const commands = [up(made), up(made)];
    const refused = await until(() => commands.find((c) => c.output().includes("StackLockedError")), "the refusal");
    const working = commands.find((c) => c !== refused) as Command;
    expect(refused.output()).toMatch(
      new RegExp(
        `environment local is being changed by another command; nothing was changed.*pid ${working.pid} on`,
        "s",
      ),
    );
    await until(creatingSlow(working), "the create");
    makeQuick(made);
    await working.ended;
    expect(working.output()).toContain("result succeeded");
  });

  test("an abort lets the engine save its state and give its lock back", async () => {
    const made = slowProject();
    const stack = await made.open();
    const abort = new AbortController();
    const outcome = await stack.up({
      signal: abort.signal,
      onEvent: ({ resourcePreEvent }) => {
        if (!resourcePreEvent?.metadata.urn.endsWith("::slow")) return;
        abort.abort();
        setTimeout(() => makeQuick(made), 500);
      },
    });
    expect(outcome.result).toBe("cancelled");
    expect(pendingOperations(await stack.exportStack())).toEqual([]);
    expect(await stack.up()).toMatchObject({ result: "succeeded", removedLocks: [] });
  });

  /** Lets the slow resource become quick, brings the stack up, and counts what is in the state then. */
  async function finish(stack: OpenedStack, made: Project, resources: number): Promise<void> {
    makeQuick(made);
    expect(await stack.up()).toMatchObject({ result: "succeeded" });
    expect((await stack.exportStack()).deployment.resources).toHaveLength(resources);
    expect(await stack.up()).toMatchObject({ result: "succeeded", changes: { same: 3 }, removedLocks: [] });
  }

  function makeQuick(made: Project): void {
    rmSync(path.join(made.folder, "slow"), { force: true });
  }
});
