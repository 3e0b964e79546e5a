/** Programs as people write them, with the default provider, through `causeway cloud run` and nothing else. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopCloud } from "../../simulator/index.ts";
import { type CommandResult, spawnCommand } from "../support/command.ts";

jest.setTimeout(240_000);

const ROOT = process.cwd();
const PROGRAMS = join(ROOT, "test", "simulator", "outside-programs");
const scratch = mkdtempSync(join(tmpdir(), "outside-programs-"));
const state = join(scratch, "state");
const ENVIRONMENT = { CAUSEWAY_STATE_DIR: state, CAUSEWAY_CLOUD_HOME: join(scratch, "cloud"), AWS_REGION: "eu-west-1" };

function run(folder: string, ...args: string[]): Promise<CommandResult> {
  return spawnCommand(process.execPath, [join(ROOT, "cli", "bin", "causeway.js"), "cloud", "run", ...args], {
    cwd: join(scratch, folder),
    environment: ENVIRONMENT,
  });
}

const pulumi = (folder: string, ...args: string[]) => run(folder, "--", "pulumi", ...args, "--non-interactive");

async function succeed(result: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await result;
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
  return stdout;
}

async function lifecycle(program: string): Promise<Record<string, unknown>> {
  mkdirSync(join(scratch, program), { recursive: true });
  cpSync(join(PROGRAMS, program), join(scratch, program), { recursive: true });
  await succeed(pulumi(program, "up", "--yes", "--skip-preview"));
  await succeed(pulumi(program, "up", "--refresh", "--yes", "--skip-preview", "--expect-no-changes"));
  const outputs = JSON.parse(await succeed(pulumi(program, "stack", "output", "--json"))) as Record<string, unknown>;
  await succeed(pulumi(program, "destroy", "--yes", "--skip-preview"));
  return outputs;
}

beforeAll(() => {
  symlinkSync(join(ROOT, "node_modules"), join(scratch, "node_modules"));
  writeFileSync(join(scratch, "package.json"), '{"type":"module"}');
});

afterAll(async () => {
  await stopCloud({ home: ENVIRONMENT.CAUSEWAY_CLOUD_HOME });
  rmSync(scratch, { recursive: true, force: true });
});

it("come up unchanged, show no change again, refresh clean and go", async () => {
  const programs = readdirSync(PROGRAMS).sort();
  const outputs = Object.fromEntries(
    await Promise.all(programs.map(async (program) => [program, await lifecycle(program)] as const)),
  );
  expect(outputs).toEqual({
    function: {
      endpoint: expect.stringMatching(/^https:\/\/\w+\.execute-api\.eu-west-1\.amazonaws\.com/),
      petName: expect.stringMatching(/^[a-z]+-[a-z]+$/),
      secret: "[secret]",
    },
    server: {
      ami: expect.stringMatching(/^ami-[0-9a-f]{17}$/),
      ownZones: ["eu-west-1a", "eu-west-1b"],
      region: "eu-west-1",
    },
    website: { url: expect.stringMatching(/^site-[0-9a-f]{7}\.s3-website-eu-west-1\.amazonaws\.com$/) },
  });
});

it("gives the command's own exit code, and leaves nothing of the stack in the program's folder but its configuration", async () => {
  expect(await run("website", "--", "sh", "-c", "exit 7")).toMatchObject({ code: 7 });
  expect(await run("website", "--", "no-such-command")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there is no command no-such-command"),
  });
  expect(readdirSync(join(scratch, "website")).sort()).toEqual(["Pulumi.dev.yaml", "Pulumi.yaml", "index.ts"]);
  expect(existsSync(join(state, "run"))).toBe(true);
});

it("takes the stack that was asked for, and makes it", async () => {
  await succeed(run("website", "--stack", "blue", "--", "pulumi", "preview", "--non-interactive"));
  expect(await succeed(pulumi("website", "stack", "--show-name"))).toBe("blue\n");
});
