import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, engineEnvironment, resolveEngine } from "../../engine/index.ts";
import { packConfig } from "../../policies/index.ts";
import { RULE_SETS } from "../../policies/rules/index.ts";
import { buildPackage } from "../../policies/tools/package.ts";

const ROOT = process.cwd();
const MINUTES = 60_000;

/** Needs no provider: a component whose grants are too wide. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
class Service extends pulumi.ComponentResource {
  constructor(name, args) {
    super("example:app:Service", name, args);
    this.registerOutputs({});
  }
}
new Service("wide", { grants: [{ id: "Write", actions: ["dynamodb:PutItem"], resources: ["*"] }] });
`;

const LINE_OF_WIDE = PROGRAM.slice(0, PROGRAM.indexOf("new Service")).split("\n").length;

/** A rule of the user's own, tested with the package's harness: the one that the README shows. */
const README = readFileSync(join(ROOT, "policies/README.md"), "utf8");
const OWN_RULE = `${/## Write a rule.*?```ts\n(.*?)```/s.exec(README)?.[1]}
const findings = [await judge(true), await judge(false), await judge(UNKNOWN)];
console.log(JSON.stringify(findings.map((list) => list.map((finding) => finding.policy))));
`;

/** A report made of what plain Pulumi leaves behind, by somebody who has nothing else of ours. */
const OWN_REPORT = `
import { readFileSync } from "node:fs";
import { findingsOf, locationsIn, type PolicyReport, sarifReport, violationsInLog } from "causeway-policies/report";

const locations = locationsIn(JSON.parse(readFileSync("preview.json", "utf8")), { root: process.cwd() });
const findings = findingsOf(violationsInLog(readFileSync("events.jsonl", "utf8")), { locations });
const report: PolicyReport = { subject: "dev", complete: true, findings };
const [result] = JSON.parse(sarifReport(report)).runs[0].results;
console.log(result.ruleId, JSON.stringify(result.locations[0].physicalLocation));
`;

let home: string;
let project: string;
let engine: Engine;

beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "policy-package-")));
  project = join(home, "project");
  mkdirSync(project);
  mkdirSync(join(home, "state"));
  engine = await resolveEngine();
  await buildPackage(ROOT, join(home, "package"));
  const npm = (...args: string[]): string =>
    execFileSync("npm", args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  writeFileSync(
    join(project, "package.json"),
    '{"name": "project", "version": "1.0.0", "type": "module", "main": "index.js"}',
  );
  const tarball = npm("pack", join(home, "package"), "--pack-destination", home, "--silent").trim().split("\n").at(-1)!;
  npm("install", join(home, tarball), "--offline", "--legacy-peer-deps", "--no-audit", "--no-fund");
  // The peers a Pulumi project has anyway; linked rather than downloaded.
  for (const peer of ["@pulumi", "@types", "google-protobuf"]) {
    symlinkSync(join(ROOT, "node_modules", peer), join(project, "node_modules", peer));
  }
  writeFileSync(join(project, "index.js"), PROGRAM);
  writeFileSync(join(project, "own-rule.ts"), OWN_RULE);
  writeFileSync(join(project, "own-report.ts"), OWN_REPORT);
  writeFileSync(join(project, "Pulumi.yaml"), "name: project\nruntime: {name: nodejs, options: {typescript: false}}\n");
}, 15 * MINUTES);

afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly output: string;
}

function run(file: string, args: readonly string[]): Promise<Ran> {
  const env = {
    ...process.env,
    ...engineEnvironment(engine),
    PULUMI_HOME: join(home, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DEBUG_COMMANDS: "true",
  };
  return new Promise((resolve) => {
    execFile(file, [...args], { cwd: project, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, output: stdout + stderr }),
    );
  });
}

test(
  "the installed package stops a project that has nothing else of ours",
  async () => {
    await run(engine.binary, ["stack", "init", "dev", "--non-interactive"]);
    const pack = join("node_modules", "causeway-policies", "pack", "platform");
    const preview = await run(engine.binary, ["preview", "-s", "dev", "--non-interactive", "--policy-pack", pack]);
    expect(preview.output).toContain("iam-wildcard-resource");
    expect(preview.output).toContain('grants, statement Write: "*" is wider than needed for dynamodb:PutItem');
    expect(preview.code).not.toBe(0);
  },
  2 * MINUTES,
);

test(
  "its packs of one set each run side by side, with one file of settings",
  async () => {
    const settings = join(project, "settings.json");
    writeFileSync(settings, JSON.stringify(packConfig({ enforcement: "advisory" })));
    const packs = RULE_SETS.map(({ name }) => join("node_modules", "causeway-policies", "pack", name));
    const args = packs.flatMap((pack) => ["--policy-pack", pack, "--policy-pack-config", settings]);
    const preview = await run(engine.binary, ["preview", "-s", "dev", "--non-interactive", ...args]);
    for (const { name } of RULE_SETS) expect(preview.output).toMatch(new RegExp(`${name}@v\\d`));
    expect(preview.output).toContain("[advisory] [severity: high]  iam-wildcard-resource");
    expect(preview.code).toBe(0);
  },
  2 * MINUTES,
);

test(
  "its reports make SARIF with the program's lines of the log and the document of plain pulumi",
  async () => {
    const pack = join("node_modules", "causeway-policies", "pack", "platform");
    const args = ["preview", "-s", "dev", "--non-interactive", "--policy-pack", pack, "--json"];
    const preview = await run(engine.binary, [...args, "--event-log", join(project, "events.jsonl")]);
    writeFileSync(join(project, "preview.json"), preview.stdout);
    const report = await run(process.execPath, ["own-report.ts"]);
    const place = {
      artifactLocation: { uri: "index.js", uriBaseId: "%SRCROOT%" },
      region: { startLine: LINE_OF_WIDE },
    };
    expect(report).toMatchObject({ code: 0, stdout: `iam-wildcard-resource ${JSON.stringify(place)}\n` });
  },
  2 * MINUTES,
);

test(
  "its harness and its types serve rules of one's own",
  async () => {
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const flags =
      "--noEmit --strict --target es2022 --lib es2022 --module nodenext --types node --skipLibCheck false".split(" ");
    const types = await run(process.execPath, [tsc, ...flags, "own-rule.ts", "own-report.ts"]);
    // Other packages' declarations are theirs to answer for.
    expect(types.output.split("\n").filter((line) => /causeway-policies|own-(rule|report)/.test(line))).toEqual([]);
    const judged = await run(process.execPath, ["own-rule.ts"]);
    expect(judged).toMatchObject({ code: 0, output: '[[],["queue-in-order"],["undetermined"]]\n' });
  },
  2 * MINUTES,
);

test("its pages lead to each other and nowhere that it has not", () => {
  const folder = join(project, "node_modules", "causeway-policies");
  const guides = readdirSync(join(folder, "docs/guides")).map((name) => `docs/guides/${name}`);
  expect(guides).toContain("docs/guides/policy-rules.md");
  const broken = ["README.md", ...guides].flatMap((page) =>
    [...readFileSync(join(folder, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .filter(([, link = ""]) => !existsSync(join(folder, page, "..", link)))
      .map(([, link]) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test("nothing of the checkout it was built in is left in it", () => {
  const folder = join(project, "node_modules", "causeway-policies");
  for (const file of ["index.js", "harness.js", "report.js", "package.json", "types/policies/library.d.ts"]) {
    const text = readFileSync(join(folder, file), "utf8");
    expect(text).not.toContain(ROOT);
    expect(text).not.toMatch(/from "[^"]+\.ts"/);
  }
});
