/**
 * How many Pulumi programs of others run on the simulated cloud as they stand.
 *
 * Takes a folder with one program in each subfolder. Each is copied, its packages are installed, settings it requires
 * get placeholders of the right kind, and then it has to come up, show no change, refresh clean and go, through
 * `causeway cloud run` and nothing else. `NAME.config.json` beside a program's folder gives settings it needs in
 * particular: `{ "key": value }`, or a list of `pulumi config set` arguments.
 *
 * Usage: node bench/outside-programs.ts FOLDER [--jobs N] [--only TEXT] [--modules FOLDER] [--out FILE]
 *
 * `--modules` holds installed packages by major version of `@pulumi/aws` (`7/node_modules`, …), taken instead of
 * installing for each program.
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stopCloud } from "../simulator/index.ts";

const STEPS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["up", ["up", "--yes", "--skip-preview", "--non-interactive"]],
  ["again", ["up", "--yes", "--skip-preview", "--expect-no-changes", "--non-interactive", "--diff"]],
  ["refresh", ["refresh", "--yes", "--expect-no-changes", "--skip-preview", "--non-interactive", "--diff"]],
  ["destroy", ["destroy", "--yes", "--skip-preview", "--non-interactive"]],
];
/** How long one step of one program may take, in milliseconds. */
const STEP_LIMIT_MS = 300_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: "string", default: "2" },
    only: { type: "string" },
    modules: { type: "string" },
    out: { type: "string" },
  },
});
const [given] = positionals;
if (given === undefined || !existsSync(given)) {
  process.stderr.write(
    "usage: node bench/outside-programs.ts FOLDER [--jobs N] [--only TEXT] [--modules FOLDER] [--out FILE]\n",
  );
  process.exit(2);
}
const folder = resolve(given);
const checkout = join(dirname(fileURLToPath(import.meta.url)), "..");
const scratch = mkdtempSync(join(tmpdir(), "causeway-outside-"));

interface Result {
  readonly program: string;
  /** The step that failed; undefined when all passed. */
  readonly failed?: string;
  readonly output: string;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const programs = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && projectFile(join(folder, entry.name)) !== undefined)
    .map((entry) => entry.name)
    .filter((name) => values.only === undefined || new RegExp(values.only).test(name))
    .sort();
  const queue = [...programs];
  const results: Result[] = [];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const result = await measure(name).catch((error: Error) => ({
        program: name as string,
        failed: "prepare",
        output: error.message,
        seconds: 0,
      }));
      results.push(result);
      process.stdout.write(
        `${result.failed === undefined ? "passed" : `FAILED ${result.failed}`}  ${name}  ${result.seconds} s\n`,
      );
      if (values.out) appendFileSync(values.out, `${JSON.stringify(result)}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  const passed = results.filter((result) => result.failed === undefined).length;
  process.stdout.write(`\n${passed} of ${results.length} passed\n`);
  for (const result of results.filter((one) => one.failed !== undefined)) {
    process.stdout.write(`\n== ${result.program}: ${result.failed}\n${essence(result.output)}\n`);
  }
  process.exitCode = passed === results.length ? 0 : 1;
}

async function measure(program: string): Promise<Result> {
  const started = Date.now();
  const root = mkdtempSync(join(scratch, "run-"));
  const work = join(root, program);
  cpSync(join(folder, program), work, { recursive: true });
  // Every program has an account of its own: names in it are its own too.
  const environment = { CAUSEWAY_STATE_DIR: join(root, "state"), CAUSEWAY_CLOUD_HOME: join(root, "cloud") };
  const cloud = (args: readonly string[]) =>
    command(
      process.execPath,
      [join(checkout, "cli", "bin", "causeway.js"), "cloud", "run", "--stack", "measure", "--", ...args],
      work,
      environment,
    );
  const result = (failed: string | undefined, output: string): Result => ({
    program,
    ...(failed !== undefined && { failed }),
    output,
    seconds: Math.round((Date.now() - started) / 1_000),
  });
  try {
    const installed = await install(work);
    if (installed.code !== 0) return result("install", installed.output);
    nameTemplate(work);
    takeOverSettings(work);
    const settings = settingsOf(program, work);
    if (settings.length > 0) {
      const set = await cloud(["pulumi", "config", "set-all", "--path", ...settings]);
      if (set.code !== 0) return result("config", set.output);
    }
    for (const [name, args] of STEPS) {
      const step = await cloud(["pulumi", ...args]);
      if (step.code !== 0) return result(name, step.output);
    }
    return result(undefined, "");
  } finally {
    await stopCloud({ home: environment.CAUSEWAY_CLOUD_HOME });
    rmSync(root, { recursive: true, force: true });
  }
}

function projectFile(program: string): string | undefined {
  return ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(program, name)).find((file) => existsSync(file));
}

function install(work: string): Promise<{ code: number; output: string }> {
  const manifest = join(work, "package.json");
  if (values.modules === undefined || !existsSync(manifest)) {
    return command("npm", ["install", "--no-fund", "--no-audit"], work, {});
  }
  const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, "utf8")) as Record<
    string,
    Record<string, string>
  >;
  const range = { ...devDependencies, ...dependencies }["@pulumi/aws"] ?? "";
  const major = /\d+/.exec(range)?.[0] ?? "7";
  symlinkSync(join(resolve(values.modules), major, "node_modules"), join(work, "node_modules"));
  return Promise.resolve({ code: 0, output: "" });
}

/** A template becomes a project as by `pulumi new`. */
function nameTemplate(work: string): void {
  const file = projectFile(work) ?? "";
  const text = readFileSync(file, "utf8");
  const named = text.replace(/\$\{(PROJECT|DESCRIPTION)\}/g, "measured");
  if (named !== text) writeFileSync(file, named);
}

/** The values of one of the program's own stacks, `dev` first, with placeholders for what only its backend can read. */
function takeOverSettings(work: string): void {
  const files = readdirSync(work).filter((name) => /^Pulumi\..+\.ya?ml$/.test(name));
  const chosen = files.find((name) => /dev/.test(name)) ?? files.sort()[0];
  if (chosen === undefined) return;
  const text = readFileSync(join(work, chosen), "utf8")
    .replace(/^(encryptionsalt|secretsprovider|encryptedkey|environment):.*\n((?: .*|- .*)\n)*/gm, "")
    .replace(/\n +secure: *\S+/g, " Placeholder-4711")
    .replace(/\{ *secure: *\S+ *\}/g, "Placeholder-4711");
  writeFileSync(join(work, "Pulumi.measure.yaml"), text);
}

/** What the project or its source says is required, as `config set-all` takes it. */
function settingsOf(program: string, work: string): string[] {
  const particular = join(folder, `${program}.config.json`);
  if (existsSync(particular)) {
    const chosen = JSON.parse(readFileSync(particular, "utf8")) as string[] | Record<string, unknown>;
    if (Array.isArray(chosen)) return chosen;
    return Object.entries(chosen).flatMap(([key, value]) => [
      "--plaintext",
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
  }
  const found = new Map<string, string[]>();
  const project = readFileSync(projectFile(work) ?? "", "utf8");
  for (const file of sources(work)) {
    const text = readFileSync(file, "utf8")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/^\s*\/\/.*$/gm, "");
    const namespaces = new Map<string, string>();
    for (const match of text.matchAll(
      /(\w+)(?:\s*:\s*[\w.]+)?\s*=\s*new (?:pulumi\.)?Config\(\s*(?:["'`]([\w-]+)["'`])?\s*\)/g,
    )) {
      namespaces.set(match[1] ?? "", match[2] === undefined ? "" : `${match[2]}:`);
    }
    for (const match of text.matchAll(
      /(\w+|\))\.require(Secret)?(Number|Boolean|Object)?(?:<[^(]*>)?\(\s*["'`]([\w.:-]+)["'`]/g,
    )) {
      const [, variable = "", secret, kind, key = ""] = match;
      const name = `${namespaces.get(variable) ?? ""}${key}`;
      const value = kind === "Number" ? "1" : kind === "Boolean" ? "true" : kind === "Object" ? "{}" : placeholder(key);
      found.set(name, [secret === undefined ? "--plaintext" : "--secret", `${name}=${value}`]);
    }
  }
  for (const [, name = "", value = ""] of templateDefaults(project))
    found.set(name, ["--plaintext", `${name}=${value}`]);
  if (!found.has("aws:region")) found.set("aws:region", ["--plaintext", "aws:region=us-east-1"]);
  const own = join(work, "Pulumi.measure.yaml");
  const given = existsSync(own) ? readFileSync(own, "utf8") : "";
  // A setting with a default in the project, or with a value in a stack file of the program's own, is left to it.
  for (const name of found.keys()) {
    const declared = new RegExp(
      `^ {2}["']?(?:[\\w-]+:)?${name}["']?:\\s*\\n(?: {4,}.*\\n)*? {4,}(?:default|value):`,
      "m",
    );
    const set = new RegExp(`^ {2}["']?(?:[\\w.-]+:)?${name}["']?:`, "m");
    if (declared.test(project) || set.test(given)) found.delete(name);
  }
  return [...found.values()].flat();
}

/** What `pulumi new` would offer for the settings of a template. */
function templateDefaults(project: string): RegExpMatchArray[] {
  const template = /^template:.*\n((?: .*\n|\n)*)/m.exec(`${project}\n`)?.[1] ?? "";
  return [...template.matchAll(/^ {4}["']?([\w:.-]+)["']?:\s*\n(?: {6,}.*\n)*? {6,}default: *["']?([^\n"']+)/gm)];
}

/** A value that fits what the name of a setting says. */
function placeholder(key: string): string {
  const name = key.toLowerCase();
  if (/cidr/.test(name)) return "10.0.0.0/16";
  if (/email/.test(name)) return "somebody@example.com";
  if (/zone$|zoneid|hostedzone/.test(name) && /id/.test(name)) return "Z0123456789ABCDEFGHIJ";
  if (/domain|host|fqdn/.test(name)) return "www.example.com";
  if (/url|uri|endpoint/.test(name)) return "https://www.example.com/";
  if (/region/.test(name)) return "us-east-1";
  if (/publickey|public_key|public-key|sshkey/.test(name)) return PUBLIC_KEY;
  if (/account/.test(name)) return "123456789012";
  if (/instancetype|instance_type/.test(name)) return "t3.micro";
  if (/password|secret|token/.test(name)) return "Placeholder-4711";
  return "placeholder";
}

const PUBLIC_KEY = `ssh-ed25519 ${Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0 ", "latin1"), Buffer.alloc(32, 7)]).toString("base64")} placeholder`;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sources(path);
    return entry.isFile() && /\.[cm]?[tj]s$/.test(path) && !path.endsWith(".d.ts") ? [path] : [];
  });
}

function command(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Record<string, string>,
): Promise<{ code: number; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, NO_COLOR: "1", PULUMI_NODEJS_TRANSPILE_ONLY: "true", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STEP_LIMIT_MS,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.once("error", fail);
    child.once("close", (code) => done({ code: code ?? 1, output }));
  });
}

/** What of an engine's output says why. */
function essence(output: string): string {
  const at = output.indexOf("Diagnostics:");
  const lines = (at < 0 ? output : output.slice(at)).split("\n").filter((line) => line.trim() !== "");
  return lines.slice(0, 25).join("\n");
}

await main();
rmSync(scratch, { recursive: true, force: true });
