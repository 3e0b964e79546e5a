/** Changes by hand under the real engine: a refresh finds them, and `up --refresh` undoes them. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { resolveEngine } from "../../engine/index.ts";
import { startCloud, stopCloud } from "../../simulator/index.ts";
import { findNode } from "../../simulator/process/node.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { spawnCommand } from "../support/command.ts";

jest.setTimeout(240_000);

const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), "cloud-drift-"));
const home = join(scratch, "cloud");
const app = join(scratch, "app");
let env: NodeJS.ProcessEnv;

const PROGRAM = `
import * as aws from "@pulumi/aws";
const provider = new aws.Provider("aws", { region: "eu-west-1", defaultTags: { tags: { owner: "core" } } });
new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 30, tags: { team: "web" } }, { provider });
new aws.cloudwatch.LogGroup("log", { name: "/app/log", retentionInDays: 30 }, { provider });
`;

function pulumi(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      "pulumi",
      [...args, "--stack=dev", "--non-interactive", "--color=never"],
      { cwd: app, env },
      (error, out, said) => {
        if (error === null) resolve(out);
        else reject(new Error(`${out}${said}`));
      },
    );
  });
}

const edit = (...args: string[]) =>
  spawnCommand(findNode(root), [join(root, "cli", "bin", "causeway.js"), "cloud", "edit", ...args], {
    cwd: root,
    environment: { CAUSEWAY_CLOUD_HOME: home, CAUSEWAY_STATE_DIR: join(scratch, "state") },
  });

beforeAll(async () => {
  const engine = await resolveEngine();
  const cloud = await startCloud({ home, root });
  for (const folder of ["app", "backend", "pulumi"]) mkdirSync(join(scratch, folder));
  symlinkSync(join(root, "node_modules"), join(app, "node_modules"));
  writeFileSync(join(app, "package.json"), '{"type":"module"}');
  writeFileSync(
    join(app, "Pulumi.yaml"),
    "name: app\nruntime: {name: nodejs, options: {typescript: false}}\nmain: index.ts\n",
  );
  writeFileSync(join(app, "index.ts"), PROGRAM);
  env = {
    PATH: [engine.binDir, join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    HOME: process.env.HOME,
    PULUMI_HOME: join(scratch, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(scratch, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...cloud.environment,
  };
  await pulumi("stack", "init");
  await pulumi("up", "--yes", "--skip-preview");
});
afterAll(async () => {
  await stopCloud({ home });
  rmSync(scratch, { recursive: true, force: true });
});

it("finds what was edited and what was deleted by hand, and makes both as the program says", async () => {
  const edited = await edit("sqs/Queue", "visibilityTimeoutSeconds=60", "tags.team=ops", "--json");
  expect(JSON.parse(edited.stdout)).toMatchObject({
    changes: [
      { path: "tags.team", before: "web", after: "ops" },
      { path: "visibilityTimeoutSeconds", before: 30, after: 60 },
    ],
  });
  expect((await edit("/app/log", "--delete")).code).toBe(0);
  expect(await edit("sqs/Queue", "visibilityTimeoutSeconds=much")).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/expected a number[\s\S]*Nothing was changed/),
  });

  const preview = await pulumi("preview", "--refresh", "--diff");
  expect(preview).toMatch(/visibilityTimeoutSeconds: 60 => 30/);
  expect(preview).toMatch(/1 to create[\s\S]*1 to update|1 to update[\s\S]*1 to create/);
  const repaired = await pulumi("up", "--yes", "--skip-preview", "--refresh");
  expect(repaired).toMatch(/1 created[\s\S]*1 updated/);

  const store = new CloudStore(join(home, "cloud.db"));
  const [queue] = store.list("000000000000", "aws:sqs/queue:Queue");
  expect(queue!.state).toMatchObject({
    visibilityTimeoutSeconds: 30,
    tags: { team: "web" },
    tagsAll: { owner: "core", team: "web" },
  });
  expect(store.list("000000000000", "aws:cloudwatch/logGroup:LogGroup")).toHaveLength(1);
  store.close();
});
