import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import {
  type ProgramRun,
  pluginInvocation,
  programDependencies,
  programInvocation,
  programOutcome,
  readOptions,
  splitArguments,
} from "../../engine/language-host/invocation.ts";

const run: ProgramRun = {
  monitor: "127.0.0.1:1",
  engine: "127.0.0.1:2",
  organization: "organization",
  project: "shop",
  stack: "dev",
  rootDirectory: process.cwd(),
  programDirectory: process.cwd(),
  entryPoint: "stacks/index.ts",
  pwd: process.cwd(),
  dryRun: true,
  parallel: 16,
  arguments: ["--flag-of-the-program"],
  config: { "shop:config:size": "3" },
  configSecretKeys: ["shop:config:token"],
  options: readOptions({ typescript: false, nodeargs: "--stack-trace-limit=0" }),
};

test("a program is run as the official host runs it", () => {
  const invocation = programInvocation(run);
  expect(invocation.script).toMatch(/@pulumi\/pulumi\/cmd\/run\/index\.js$/);
  expect(invocation.nodeArguments).toEqual(["--stack-trace-limit=0"]);
  expect(invocation.arguments).toEqual([
    ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization"],
    ...["--project", "shop", "--root-directory", process.cwd(), "--stack", "dev", "--pwd", process.cwd()],
    ...["--dry-run", "--parallel", "16", "stacks/index.ts", "--flag-of-the-program"],
  ]);
  expect(invocation.environment).toEqual({
    PULUMI_CONFIG: '{"shop:config:size":"3"}',
    PULUMI_CONFIG_SECRET_KEYS: '["shop:config:token"]',
    PULUMI_NODEJS_TYPESCRIPT: "false",
  });
});

test("an update is not a dry run", () => {
  expect(programInvocation({ ...run, dryRun: false }).arguments).not.toContain("--dry-run");
});

test("ts-node is used unless it is switched off", () => {
  expect(readOptions({}).typescript).toBe(true);
  expect(readOptions({ typescript: true }).typescript).toBe(true);
  expect(readOptions({ typescript: false }).typescript).toBe(false);
  expect(readOptions({ typescript: "false" }).typescript).toBe(false);
});

test("a policy pack gets the engine's address and its own folder, whatever logging flags come before", () => {
  const invocation = pluginInvocation({
    kind: "analyzer",
    programDirectory: process.cwd(),
    pwd: "/",
    arguments: ["--logtostderr", "-v=9", "127.0.0.1:5"],
    options: readOptions({}),
  });
  expect(invocation.script).toMatch(/run-policy-pack\/index\.js$/);
  expect(invocation).toMatchObject({ arguments: ["127.0.0.1:5", process.cwd()], cwd: process.cwd() });
});

test("a program whose SDK is not installed is told where and what to do", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "causeway-host-"));
  expect(() => programInvocation({ ...run, programDirectory: folder })).toThrow(
    new RegExp(`Cannot find module '@pulumi/pulumi/cmd/run' from ${folder}.*npm install`),
  );
  rmSync(folder, { recursive: true });
});

test("exit code 32 means that the user has seen the message already", () => {
  expect(programOutcome(0, null)).toEqual({ error: "", bail: false });
  expect(programOutcome(32, null)).toEqual({ error: "", bail: true });
  expect(programOutcome(1, null)).toEqual({ error: "Program exited with non-zero exit code: 1", bail: false });
  expect(programOutcome(null, "SIGKILL").error).toContain("SIGKILL");
});

test("node arguments are split as a shell splits them", () => {
  expect(splitArguments(`--a="x y" --b='it''s' c\\ d "q\\"r" '\\n'`)).toEqual([
    "--a=x y",
    "--b=its",
    "c d",
    'q"r',
    "\\n",
  ]);
  expect(splitArguments("  ")).toEqual([]);
  const quoted = fc.string({ minLength: 1 }).filter((word) => !/[\r\n]/.test(word));
  fc.assert(
    fc.property(fc.array(quoted), (words) => {
      const line = words.map((word) => `"${word.replace(/["\\]/g, "\\$&")}"`).join(" ");
      expect(splitArguments(line)).toEqual(words);
    }),
  );
});

test("dependencies are told in the version that is installed, or as wanted where none is", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "causeway-host-"));
  mkdirSync(path.join(folder, "node_modules", "a"), { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{"dependencies":{"a":"^1.0.0"},"devDependencies":{"b":"^2.0.0"}}');
  writeFileSync(path.join(folder, "node_modules", "a", "package.json"), '{"version":"1.4.2"}');
  expect(programDependencies(folder)).toEqual([
    { name: "b", version: "^2.0.0" },
    { name: "a", version: "1.4.2" },
  ]);
  rmSync(folder, { recursive: true });
});
