/** Hooks that are commands, as real processes: what they are told, what is told of them, and that none outlives its time. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandHooks } from "../../cli/release/hooks/run.ts";
import type { HookEvent } from "../../delivery/aws/index.ts";
import type { ActionContext } from "../../delivery/ports.ts";
import { isAlive } from "../../engine/process/identity.ts";
import { plan } from "../delivery/plans.ts";

jest.setTimeout(120_000);

const checkout = mkdtempSync(join(tmpdir(), "causeway-hooks-"));
const SECRET = "a-value-nobody-may-read";
const environment = async () => ({ ...process.env, DEPLOY_TOKEN: SECRET, AWS_PROFILE: undefined });
const event: HookEvent = {
  ...{ hook: "migrate", phase: "expand", token: "r1/migrate", environment: "production", service: "hello" },
  ...{ release: "r1", live: "blue", candidate: "green" },
  before: { taskDefinition: "hello:1" },
  after: { taskDefinition: "hello:2", artifact: "ghcr.io/example/hello@sha256:2" },
};
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** A program of the checkout. */
function program(name: string, code: string): string {
  writeFileSync(join(checkout, name), code);
  return `"${process.execPath}" ${name}`;
}

function run(command: string, seconds = 60) {
  const context: ActionContext = { plan: plan(), token: event.token, deadline: Date.now() + seconds * 1000 };
  return commandHooks({ checkout, environment })(command, event, context);
}

test("a command is told of the release by variables, gets its words as they are, and runs in the checkout", async () => {
  const command = program(
    "told.mjs",
    `import { writeFileSync } from "node:fs";
     const told = Object.entries(process.env).filter(([name]) => name.startsWith("CAUSEWAY_"));
     writeFileSync("told.json", JSON.stringify({ told: Object.fromEntries(told), words: process.argv.slice(2) }));
     console.log("first line\\n\\u001b[32m12 tables changed\\u001b[0m");`,
  );
  expect(await run(`${command} $HOME 'two words' ; touch injected`)).toEqual({
    ok: true,
    detail: "The command ended with 0: first line 12 tables changed",
  });
  const { told, words } = JSON.parse(readFileSync(join(checkout, "told.json"), "utf8"));
  expect(words).toEqual(["$HOME", "two words", ";", "touch", "injected"]);
  expect(existsSync(join(checkout, "injected"))).toBe(false);
  expect(told).toMatchObject({
    ...{ CAUSEWAY_HOOK: "migrate", CAUSEWAY_PHASE: "expand", CAUSEWAY_TOKEN: "r1/migrate" },
    ...{ CAUSEWAY_ENVIRONMENT: "production", CAUSEWAY_SERVICE: "hello", CAUSEWAY_RELEASE: "r1" },
    ...{ CAUSEWAY_AFTER_IMAGE: "ghcr.io/example/hello@sha256:2", CAUSEWAY_BEFORE_TASK_DEFINITION: "hello:1" },
  });
  expect(Object.keys(told)).not.toContain("CAUSEWAY_BEFORE_IMAGE");
});

test("one that fails says why, short and without its secrets; one that does not exist has failed too", async () => {
  const command = program(
    "fails.mjs",
    `console.error("x".repeat(1e6), "refused for", process.env.DEPLOY_TOKEN, "by the database"); process.exitCode = 3;`,
  );
  const { ok, detail } = await run(command);
  expect(ok).toBe(false);
  expect(detail).toMatch(/^The command ended with 3: ….*refused for \[secret\] by the database$/);
  expect(detail).not.toContain(SECRET);
  expect(detail.length).toBeLessThan(500);
  expect(await run("no-such-program --now")).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/ended with 127: .*not found/),
  });
});

test("at its deadline it is killed with all that it started, and has failed", async () => {
  const command = program(
    "lasting.mjs",
    `import { spawn } from "node:child_process";
     import { renameSync, writeFileSync } from "node:fs";
     process.on("SIGTERM", () => {});
     const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e3)"]);
     writeFileSync("pids", JSON.stringify([process.pid, child.pid]));
     setInterval(() => {}, 1000);`,
  );
  const answer = run(command, 10);
  expect(await answer).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/had not ended at its deadline and was killed after \d+ s/),
  });
  const pids = JSON.parse(readFileSync(join(checkout, "pids"), "utf8")) as number[];
  expect(pids).toHaveLength(2);
  for (const pid of pids) {
    for (let tries = 0; tries < 200 && isAlive(pid); tries++) await sleep(50);
    expect(isAlive(pid)).toBe(false);
  }
});
