/** The simulated cloud under the real engine: a plain Pulumi program that knows nothing of this platform. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { resolveEngine } from "../../engine/index.ts";
import { type CloudHandle, cloudStatus, startCloud, stopCloud } from "../../simulator/index.ts";

jest.setTimeout(240_000);

const scratch = mkdtempSync(join(tmpdir(), "cloud-engine-"));
const options = { home: join(scratch, "cloud"), root: process.cwd() };
const app = join(scratch, "app");
let env: NodeJS.ProcessEnv;

const PROGRAM = `
import * as aws from "@pulumi/aws";
const { ACCOUNT = "000000000000", BARE, CIDR = "10.0.0.0/16", IMPORT, TEXT = "hello", TYPO } = process.env;
const provider = new aws.Provider("aws", {
  region: "eu-west-1", allowedAccountIds: [ACCOUNT], defaultTags: { tags: { owner: "core" } },
});
const opts = { provider };
const vpc = new aws.ec2.Vpc("main", { cidrBlock: CIDR }, { ...opts, import: IMPORT });
const cidrBlock = CIDR.replace("0.0/16", "1.0/24");
if (!BARE) new aws.ec2.Subnet("a", { vpcId: vpc.id, cidrBlock }, opts);
const bucket = new aws.s3.Bucket("logs", {}, opts);
const trust = aws.iam.getPolicyDocumentOutput({ statements: [{
  actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: ["ecs.amazonaws.com"] }],
}] }, opts);
const role = new aws.iam.Role("task", {
  assumeRolePolicy: trust.json,
  inlinePolicies: TYPO ? [{ name: "x", [TYPO]: trust.json }] : undefined,
}, opts);
const parameter = new aws.ssm.Parameter("text", { type: "SecureString", value: TEXT }, opts);
export const vpcId = vpc.id;
export const roleArn = role.arn;
`;

interface Run {
  readonly code: number;
  readonly output: string;
}

function pulumi(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Run> {
  return new Promise((resolve) => {
    const all = [...args, "--non-interactive", "--color=never"];
    execFile("pulumi", all, { cwd: app, env: { ...env, ...more } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

const up = (more: NodeJS.ProcessEnv = {}, ...args: string[]) =>
  pulumi(["up", "--stack=dev", "--yes", "--skip-preview", ...args], more);

interface Exported {
  readonly deployment: {
    readonly resources: { type: string; id: string; urn: string; outputs: Record<string, unknown> }[];
  };
}

async function resources(): Promise<Exported["deployment"]["resources"]> {
  const { output } = await pulumi(["stack", "export", "--stack=dev", "--show-secrets"]);
  return (JSON.parse(output) as Exported).deployment.resources;
}

/** What the one process holds; its code may have been edited since it started. */
async function held() {
  return (await cloudStatus(options)).processes[0]?.resources;
}

beforeAll(async () => {
  const engine = await resolveEngine();
  const cloud: CloudHandle = await startCloud(options);
  for (const folder of ["app", "state", "pulumi"]) mkdirSync(join(scratch, folder));
  symlinkSync(join(options.root, "node_modules"), join(app, "node_modules"));
  writeFileSync(join(app, "package.json"), '{"type":"module"}');
  writeFileSync(
    join(app, "Pulumi.yaml"),
    "name: app\nruntime: {name: nodejs, options: {typescript: false}}\nmain: index.ts\n",
  );
  writeFileSync(join(app, "index.ts"), PROGRAM);
  env = {
    PATH: [engine.binDir, join(options.root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    HOME: process.env.HOME,
    PULUMI_HOME: join(scratch, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(scratch, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...cloud.environment,
  };
  expect(await pulumi(["stack", "init", "dev"])).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await stopCloud(options);
  rmSync(scratch, { recursive: true, force: true });
});

it("previews, creates, changes nothing, shows replacements, refreshes, imports and destroys", async () => {
  const preview = await pulumi(["preview", "--stack=dev", "--diff"]);
  expect(preview).toMatchObject({ code: 0, output: expect.stringMatching(/vpcId\s*: \[unknown\]/) });
  expect((await held())?.total).toBe(0);

  expect(await up()).toMatchObject({ code: 0, output: expect.stringContaining("7 created") });
  const made = await resources();
  const idOf = (type: string) => made.find((resource) => resource.type === type)!.id;
  expect(idOf("aws:ec2/vpc:Vpc")).toMatch(/^vpc-[0-9a-f]{17}$/);
  expect(idOf("aws:ec2/subnet:Subnet")).toMatch(/^subnet-[0-9a-f]{17}$/);
  expect(idOf("aws:s3/bucket:Bucket")).toMatch(/^logs-[0-9a-f]{7}$/);
  const role = made.find(({ type }) => type === "aws:iam/role:Role")!;
  expect(role.outputs).toMatchObject({ arn: `arn:aws:iam::000000000000:role/${role.id}`, tagsAll: { owner: "core" } });
  const secret = made.find(({ type }) => type === "aws:ssm/parameter:Parameter")!.outputs.value;
  expect(JSON.stringify(secret)).toContain("plaintext");
  expect((await held())?.byStack).toEqual({ "app/dev": 5 });

  expect(await up({}, "--expect-no-changes")).toMatchObject({ code: 0 });
  expect((await up({ TEXT: "changed" })).output).toContain("1 updated");
  const replacement = await pulumi(["preview", "--stack=dev"], { TEXT: "changed", CIDR: "10.2.0.0/16" });
  expect(replacement.output).toContain("2 to replace");
  expect((await pulumi(["refresh", "--stack=dev", "--yes", "--expect-no-changes"])).code).toBe(0);

  const vpc = made.find(({ type }) => type === "aws:ec2/vpc:Vpc")!;
  expect((await up({ TEXT: "changed", BARE: "yes" })).output).toContain("1 deleted");
  await pulumi(["state", "delete", vpc.urn, "--stack=dev", "--yes"]);
  const wrong = await up({ TEXT: "changed", IMPORT: "vpc-0123456789abcdef0" });
  expect(wrong).toMatchObject({
    code: expect.not.stringMatching("0"),
    output: expect.stringContaining("does not exist"),
  });
  const imported = await up({ TEXT: "changed", IMPORT: vpc.id });
  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining("1 imported") });

  expect((await pulumi(["destroy", "--stack=dev", "--yes"])).code).toBe(0);
  expect((await held())?.byType).toEqual({});
});

it("refuses a stack that is meant for AWS and leaves its state as it is", async () => {
  expect((await up()).code).toBe(0);
  const before = await resources();
  const refused = await up({ ACCOUNT: "123456789012" });
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("this is the simulated cloud");
  expect(await resources()).toEqual(before);
});

it("names a mistyped property before anything is changed", async () => {
  const { code, output } = await pulumi(["preview", "--stack=dev"], { TYPO: "polcy" });
  expect(code).not.toBe(0);
  expect(output).toContain('did you mean "policy"');
});
