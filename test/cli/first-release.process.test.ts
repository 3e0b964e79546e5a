/**
 * docs/guides/first-release.md, by its own commands, on a simulated cloud of this test's own. Only the waiting is shorter
 * than for a person: samples of a second in place of five, and bakes as short as the judgement allows.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { EXIT } from "../../cli/exit-codes.ts";
import type { PastRelease } from "../../cli/release/history.ts";
import type { RunReport } from "../../cli/report/report.ts";
import { isChange } from "../../cli/report/steps.ts";
import type { LedgerRecord } from "../../contracts/ledger.ts";
import { startBrowser } from "../support/browser.ts";
import { CheckoutCopy } from "../support/checkout.ts";
import { SimulatedCloud } from "../support/simulated.ts";

jest.setTimeout(900_000);

const cloud = new SimulatedCloud();
const checkout = new CheckoutCopy();
let serving: ChildProcess | undefined;

/** The commands of the guide, in order. */
const COMMANDS = [...readFileSync("docs/guides/first-release.md", "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(
  ([, block = ""]) =>
    block
      .trim()
      .split("\n")
      .map((line) => line.split("#")[0]!.trim()),
);

/** The guide's command that begins like this, as the guide has it. */
function command(start: string, index = 0): string[] {
  const found = COMMANDS.filter((line) => line.startsWith(`npx causeway ${start}`))[index];
  if (found === undefined) throw new Error(`the guide has no command "${start}"`);
  const words = found.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
  return words.slice(2);
}

const run = (args: readonly string[]) => checkout.causeway(args, cloud.commandEnvironment);

beforeAll(async () => {
  const hook = '{ id: "note", phase: "expand", target: "node -p process.env.CAUSEWAY_TOKEN", timeoutSeconds: 60 }';
  checkout.edit("environments/local.ts", "sampleSeconds: 5,", `sampleSeconds: 1, hooks: [${hook}],`);
  checkout.edit("environments/local.ts", "steps: [20, 50, 100],", "steps: [50, 100],");
  checkout.edit("environments/local.ts", "bakeMinutes: 0.25,", "bakeMinutes: 0.05,");
  checkout.edit("environments/local.ts", "soakMinutes: 0.25,", "soakMinutes: 0.05,");
  checkout.edit("environments/local.ts", "errorFloorPercent: 10", "errorFloorPercent: 50");
  // Tests beside this one come and go, and a machine may stop for a second.
  checkout.edit("environments/local.ts", "latencyIncreasePercent: 400", "latencyIncreasePercent: 1000");
  await cloud.start();
});
afterAll(async () => {
  if (serving?.exitCode === null) {
    const ended = new Promise((resolve) => serving?.once("exit", resolve));
    serving.kill("SIGTERM");
    await ended;
  }
  await cloud.stop();
  checkout.remove();
});

/** Starts what serves until the end, and waits for its first healthy target. */
function serve(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    serving = spawn(process.execPath, [join(checkout.root, "cli", "bin", "causeway.js"), ...args], {
      cwd: checkout.root,
      env: { ...process.env, ...cloud.commandEnvironment, NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    serving.stderr!.on("data", (chunk) => {
      said += chunk;
      if (/target .* healthy/.test(said)) resolve();
    });
    serving.once("exit", () => reject(new Error(said)));
  });
}

/** A release as JSON lines, and its exit code. */
async function release(
  args: readonly string[],
): Promise<{ code: number | null; records: LedgerRecord[]; text: string }> {
  const { code, stdout, stderr } = await run([...args, "--json"]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  const records = lines.flatMap((line) => (JSON.parse(line) as { record?: LedgerRecord }).record ?? []);
  return { code, records, text: `${stdout.slice(-3000)}\n${stderr}` };
}

const shares = (records: readonly LedgerRecord[], colour: "blue" | "green"): number[] =>
  records.flatMap((record) =>
    record.type === "intent" && record.action.type === "setWeights" ? [record.action.weights[colour]] : [],
  );

test("up, and traffic comes", async () => {
  const up = await run(command("up"));
  if (up.code !== EXIT.ok) throw new Error(up.stderr);
  // Whoever forgets the second terminal is told of it, before anything is changed.
  const early = await run(command("release start local", 0));
  expect(early.code).toBe(EXIT.cloudUnavailable);
  expect(early.stderr).toContain("npx causeway cloud serve --traffic 100 --metric-seconds 1");
  const args = command("cloud serve");
  expect(args).toContain("--metric-seconds");
  await serve(args.map((arg, index) => (args[index - 1] === "--metric-seconds" ? "1" : arg)));
});

test("the good version goes to all users, step by step", async () => {
  const { code, records, text } = await release(command("release start local", 0));
  if (code !== EXIT.ok) throw new Error(text);
  expect(shares(records, "green")).toEqual([50, 100]);
  expect(records.at(-1)).toMatchObject({ type: "ended", result: "promoted", live: "green" });
  // Its hook, a command, ran before anybody was moved.
  const noted = records.findIndex((record) => record.type === "outcome" && record.detail.endsWith("/note"));
  const moved = records.findIndex((record) => record.type === "intent" && record.action.type === "setWeights");
  expect(noted).toBeGreaterThan(0);
  expect(moved).toBeGreaterThan(noted);
  // Users really came, and it was their requests that were judged.
  const judged = records.filter((record) => record.type === "judged");
  expect(judged.at(-1)!.counts.candidateRequests).toBeGreaterThan(100);
  // The version before is on the idle colour, which the test rule shows after the next `up` only: said before tasks start.
  const early = await run(["release", "start", "local"]);
  expect(early.code).toBe(EXIT.invalidInput);
  expect(early.stderr).toMatch(/shows green, not blue\. Run `up`/);
});

test("the broken version meets some users, and goes back", async () => {
  const { code, records, text } = await release(command("release start local", 1));
  if (code !== EXIT.rolledBack) throw new Error(text);
  expect(shares(records, "blue")).toEqual([50, 0]);
  const ended = records.at(-1);
  expect(ended).toMatchObject({ type: "ended", result: "rolled-back", live: "green" });
  if (ended?.type === "ended") expect(ended.reason).toMatch(/requests failed/);
});

test("history knows both, status what is live; without a release there is nothing to hold", async () => {
  const history = await run([...command("release history"), "--json"]);
  const { releases } = JSON.parse(history.stdout) as { releases: PastRelease[] };
  expect(releases.map(({ result }) => result)).toEqual(["rolled-back", "promoted"]);
  const status = JSON.parse((await run([...command("release status"), "--json"])).stdout);
  expect(status).toMatchObject({ live: "green", weights: { blue: 0, green: 100 }, result: "rolled-back" });
  const { code, stderr } = await run(command("release rollback"));
  expect(code).toBe(EXIT.refused);
  expect(stderr).toContain("No release of hello runs in local");
  for (const verb of ["hold", "resume"]) expect(command(`release ${verb}`)).toContain("--reason");
});

test("what was released to all is promoted to staging; what went back is not", async () => {
  const git = (...args: string[]) => execFileSync("git", ["-C", checkout.root, ...args], { encoding: "utf8" });
  git("init", "-q");
  git("add", "--", "environments");
  git("-c", "user.name=ann", "-c", "user.email=ann@example.com", "commit", "-q", "-m", "Begin");
  const refused = await run(["promote", "local", "staging"]);
  expect(refused.code).toBe(EXIT.refused);
  const good = /--release (\S+) takes that one/.exec(refused.stderr)?.[1];
  if (good === undefined) throw new Error(refused.stderr);
  expect(git("status", "--porcelain", "--", "environments")).toBe("");

  const { code, stdout, stderr } = await run(["promote", "local", "staging", "hello", "--release", good, "--json"]);
  if (code !== EXIT.ok) throw new Error(stderr);
  const image = command("release start local", 0).at(-1)!;
  expect(JSON.parse(stdout)).toMatchObject({ services: [{ service: "hello", after: image, changed: true }] });
  expect(git("diff", "--numstat")).toMatch(/^1\t1\tenvironments\/images\.json\n$/);
  const shown = JSON.parse((await run(["env", "diff", "staging", "production", "--json"])).stdout);
  const of = (path: string) => shown.differences.find((difference: { path: string }) => difference.path === path);
  expect(of("services[hello].image")).toMatchObject({ a: image, reason: expect.stringContaining("promoted") });
});

test("the report shows it in a browser: light and dark, readable by all, loading nothing", async () => {
  const { code, stderr } = await run(command("release report"));
  if (code !== EXIT.ok) throw new Error(stderr);
  const browser = await startBrowser();
  try {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await (await browser.newContext({ colorScheme, viewport: { width: 900, height: 900 } })).newPage();
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`file://${join(checkout.root, "release.html")}`);
      expect(asked).toHaveLength(1);
      expect(await page.locator("svg.chart").count()).toBe(4);
      expect(await page.locator("header .badge").textContent()).toBe("rolled back");
      // Each line of the chart of errors has something in it.
      const drawn = await page
        .locator("figure:nth-of-type(3) svg.chart path.line")
        .evaluateAll((lines) => lines.map((line) => line.getAttribute("d")?.length ?? 0));
      expect(Math.min(...drawn)).toBeGreaterThan(10);
      // A page that forbids scripts is judged by a script of the browser's own.
      const found = await judge(page);
      expect(found).toEqual([]);
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
});

test("by rolling, the broken version replaces the live colour's tasks and goes back; up then leaves them alone", async () => {
  checkout.edit("environments/local.ts", "steps: [50, 100],", 'strategy: "rolling", steps: undefined,');
  // The idle colour still has it, and no task of it runs.
  const { code, records, text } = await release(["release", "start", "local"]);
  if (code !== EXIT.rolledBack) throw new Error(text);
  const plan = records.flatMap((record) => (record.type === "started" ? [record.plan] : []))[0]!;
  expect(plan).toMatchObject({ strategy: "rolling", live: "green", candidate: "green" });
  expect(plan.after.artifact).toBe(command("release start local", 1).at(-1));
  const actions = records.flatMap((record) => (record.type === "intent" ? [record.action] : []));
  const limits = { minimumHealthyPercent: 100, maximumPercent: 200 };
  expect(actions.filter(({ type }) => type !== "runHook")).toEqual(
    [plan.after, plan.before].map(({ taskDefinition }) => ({
      type: "deploy",
      colour: "green",
      taskDefinition,
      ...limits,
    })),
  );
  expect(records.at(-1)).toMatchObject({ type: "ended", result: "rolled-back", live: "green" });

  const preview = JSON.parse((await run(["preview", "local", "--json"])).stdout) as RunReport;
  const touched = preview.resources.filter(isChange).map(({ type, name }) => `${type} ${name}`);
  expect(touched.filter((step) => /green|rule/i.test(step))).toEqual([]);
  expect(touched.join()).toContain("hello-blue");
});

async function judge(page: import("playwright-core").Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setBypassCSP", { enabled: true });
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const page = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await page.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  });
}
