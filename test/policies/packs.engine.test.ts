import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, engineEnvironment, resolveEngine, type StackExport } from "../../engine/index.ts";
import { analyzePackPath, type Exemption, type PackName, packConfig, RULES } from "../../policies/index.ts";
import { type ResourceState, readRights, rightsOfPreview, stackOf } from "../../policies/privileges/index.ts";
import { type CloudHandle, SIMULATED_ACCOUNT_ID, startCloud, stopCloud } from "../../simulator/index.ts";

const ROOT = process.cwd();
const MINUTES = 60_000;

const SECRET = "4dabf18193072939515e22adb298388d";
const HASH = expect.stringMatching(/^[0-9a-f]{64}$/);
const CODE = "export const handler = async () => 'hello';";

/** A program with one resource for each answer, and one component whose grants are judged before its document is. */
const PROGRAM = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const tags = { owner: "team", environment: "dev", service: "platform", "cost-centre": "4711", "data-class": "none" };
const provider = new aws.Provider("aws", {
  region: "eu-west-1",
  allowedAccountIds: ["${SIMULATED_ACCOUNT_ID}"],
  defaultTags: { tags },
});
const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const trust = (Principal: object) => JSON.stringify(document({
  Effect: "Allow", Principal, Action: "sts:AssumeRole",
  Condition: { StringEquals: { "aws:SourceAccount": "${SIMULATED_ACCOUNT_ID}" } },
}));
class Service extends pulumi.ComponentResource {
  constructor(name: string, args: object) {
    super("causeway:service:Service", name, args, { provider });
    this.registerOutputs({});
  }
}
/** States what its role may do, and makes a document of it that is not known before the bucket exists. */
class Worker extends pulumi.ComponentResource {
  constructor(name: string, grant: { id: string; actions: string[]; resources: pulumi.Input<string>[] }) {
    const trust = [{
      Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": "${SIMULATED_ACCOUNT_ID}" } },
    }];
    super("acme:jobs:Worker", name, { roles: { [name]: { trust, grants: [grant] } } }, { provider });
    const assumeRolePolicy = JSON.stringify(document(...trust));
    const role = new aws.iam.Role(name, { assumeRolePolicy }, { parent: this });
    const policy = pulumi.jsonStringify(document({ Effect: "Allow", Action: grant.actions, Resource: grant.resources }));
    new aws.iam.RolePolicy(name, { role: role.name, policy }, { parent: this });
    this.registerOutputs({});
  }
}

if (process.env.PROGRAM_TO_FIX) {
  const { owner, environment } = tags;
  const some = new aws.Provider("some", { region: "eu-west-1", defaultTags: { tags: { owner, environment } } });
  const code = new pulumi.asset.AssetArchive({
    "index.js": new pulumi.asset.StringAsset("${CODE}"),
    lib: new pulumi.asset.FileArchive("./lib"),
  });
  const runner = new aws.iam.Role("runner", { assumeRolePolicy: trust({ Service: "lambda.amazonaws.com" }) }, { provider });
  new aws.lambda.Function("function", {
    runtime: "nodejs22.x", handler: "index.handler", role: runner.arn, code, environment: { variables: { MODE: pulumi.secret("hunter2") } },
  }, { provider: some });
  const key = new aws.kms.Key("key", {}, { provider: some });
  new aws.cloudwatch.LogGroup("logs", { tags: { key: key.keyId }, retentionInDays: pulumi.secret(0) }, { provider: some });
  new aws.sqs.Queue("queue", { sqsManagedSseEnabled: false, messageRetentionSeconds: pulumi.secret(3600) }, { provider: some });
  new aws.ec2.LaunchTemplate("machines", { tags: { service: "api" } }, { provider: some });
}
const tagged = new aws.s3.Bucket("tagged", {}, { provider });
const role = new aws.iam.Role("role", { assumeRolePolicy: trust({ Service: "ecs-tasks.amazonaws.com" }) }, { provider });
new aws.iam.RolePolicy("later", {
  role: role.name,
  policy: pulumi.jsonStringify(document({ Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate\`\${tagged.arn}/*\` })),
}, { provider });
new Service("fine", { grants: [{ id: "Read", actions: ["s3:GetObject"], resources: [pulumi.interpolate\`\${tagged.arn}/*\`] }] });
new Worker("jobs", { id: "Read", actions: ["s3:GetObject"], resources: [pulumi.interpolate\`\${tagged.arn}/*\`] });
if (process.env.PROGRAM_GROWS) {
  const started = new aws.iam.Role("started", { assumeRolePolicy: trust({ Service: "ecs-tasks.amazonaws.com" }) }, { provider });
  new Worker("starter", { id: "Start", actions: ["iam:PassRole"], resources: [started.arn] });
  const queue = new aws.sqs.Queue("queue", { sqsManagedSseEnabled: true }, { provider });
  new Worker("sender", { id: "Send", actions: ["sqs:SendMessage"], resources: [queue.arn] });
}
if (process.env.PROGRAM_IS_BAD) {
  // Neither the role of the task nor the task of the role is known by name yet.
  const builder = new aws.iam.Role("builder", { assumeRolePolicy: trust({ Service: "ecs-tasks.amazonaws.com" }) }, { provider });
  new aws.ecs.TaskDefinition("builder", {
    family: "builder", taskRoleArn: builder.arn, containerDefinitions: JSON.stringify([{ name: "builder", image: "builder" }]),
  }, { provider });
  new aws.iam.RolePolicyAttachment("builder", { role: builder.name, policyArn: "arn:aws:iam::aws:policy/IAMFullAccess" }, { provider });
  new Worker("sweeper", { id: "All", actions: ["s3:*"], resources: [tagged.arn] });
  new aws.s3.Bucket("wrong-tag", { tags: { "data-class": "unheard-of" } }, { provider });
  new aws.iam.Role("anyone", { assumeRolePolicy: JSON.stringify(document({ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" })) }, { provider });
  new Service("wide", { grants: [{ id: "Write", actions: ["dynamodb:PutItem"], resources: ["*"] }] });
}
`;

interface Run {
  readonly code: number;
  readonly output: string;
}

let home: string;
let engine: Engine;
let cloud: CloudHandle;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "policy-packs-"));
  const project = join(home, "project");
  mkdirSync(project);
  mkdirSync(join(home, "state"));
  writeFileSync(
    join(project, "Pulumi.yaml"),
    "name: project\nmain: index.ts\nruntime: {name: nodejs, options: {typescript: false}}\n",
  );
  writeFileSync(join(project, "package.json"), '{"name": "project", "type": "module"}');
  writeFileSync(join(project, "index.ts"), PROGRAM);
  mkdirSync(join(project, "lib"));
  writeFileSync(join(project, "lib", "words.js"), "export const words = [];\n");
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  engine = await resolveEngine();
  cloud = await startCloud({ home: join(home, "cloud"), root: ROOT });
  await pulumi(["stack", "init", "dev"]);
}, 15 * MINUTES);

afterAll(async () => {
  await stopCloud({ home: join(home, "cloud") });
  rmSync(home, { recursive: true, force: true });
}, MINUTES);

function pulumi(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const own = engineEnvironment(engine);
  const settings = {
    PULUMI_HOME: join(home, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
  };
  return new Promise((resolve) => {
    execFile(
      engine.binary,
      [...args, "--non-interactive"],
      { cwd: join(home, "project"), env: { ...process.env, ...own, ...cloud?.environment, ...settings, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

/** The program is about documents and tags; what else is wrong with it is another suite's matter. */
const ELSEWHERE = Object.fromEntries(
  RULES.filter(({ set }) => !["least-privilege", "tagging"].includes(set)).map(({ id }) => [id, "disabled"] as const),
);

function policyArguments(pack: PackName, settings: Parameters<typeof packConfig>[0]): string[] {
  const config = join(home, "config.json");
  writeFileSync(config, JSON.stringify(packConfig({ rules: ELSEWHERE, ...settings })));
  return ["--policy-pack", analyzePackPath(ROOT, pack), "--policy-pack-config", config];
}

function preview(
  pack: PackName,
  settings: Parameters<typeof packConfig>[0],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  return pulumi(["preview", "-s", "dev", ...policyArguments(pack, settings)], env);
}

/** Lines such as `[mandatory] [severity: high]  iam-wildcard-resource  (causeway:service:Service: wide)`. */
function violations(run: Run): string[] {
  return [...run.output.matchAll(/- \[(\w+)\] \[severity: (\w+)\] +(\S+) +\(([^)]+)\)/g)]
    .map(([, level, severity, name, resource]) => `${level} ${severity} ${name} ${resource}`)
    .sort();
}

const LATER = "critical undetermined aws:iam:RolePolicy: later";
/** Once more over the whole stack: whether its role, which nobody uses yet, has a way to more rights. */
const LATER_IN_STACK = "low undetermined aws:iam:RolePolicy: later";
const WRONG_TAG = "medium tags-required aws:s3:Bucket: wrong-tag";
const BAD = [
  "critical iam-any-principal aws:iam:Role: anyone",
  "critical iam-path-to-admin aws:iam:Role: builder",
  "high iam-managed-admin-policy aws:iam:RolePolicyAttachment: builder",
  "high iam-wildcard-action acme:jobs:Worker: sweeper",
  // The document itself is not known: it is judged by what its component states.
  "high iam-wildcard-action aws:iam:RolePolicy: sweeper",
  "high iam-wildcard-resource causeway:service:Service: wide",
  WRONG_TAG,
];

test(
  "a first preview of a sound program goes through, and says what it could not judge",
  async () => {
    const run = await preview("platform", {});
    expect({ violations: violations(run), output: run.output }).toMatchObject({
      violations: [`advisory ${LATER}`, `advisory ${LATER_IN_STACK}`],
    });
    expect(run.code).toBe(0);
  },
  2 * MINUTES,
);

/** An exemption of one rule on one resource of the bad program, whose last day is so many days from now. */
function exemption(rule: string, name: string, days: number): Exemption {
  return {
    ...{ rule, urn: `urn:pulumi:dev::project::*::${name}`, reason: "It goes with the move.", ticket: "SHOP-7" },
    ...{ owner: "team", approver: "security" },
    expires: new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
  };
}

test(
  "violations stop the preview, all of them at once, and say what to do; an exemption excuses to the end of its last day",
  async () => {
    const exemptions = [exemption("tags-required", "wrong-tag", 0), exemption("iam-any-principal", "anyone", -1)];
    const run = await preview("platform", { exemptions }, { PROGRAM_IS_BAD: "1" });
    const rest = BAD.filter((line) => line !== WRONG_TAG).map((line) => `mandatory ${line}`);
    expect({ violations: violations(run), output: run.output }).toMatchObject({
      violations: [`advisory ${LATER}`, `advisory ${LATER_IN_STACK}`, ...rest, `advisory ${WRONG_TAG}`].sort(),
    });
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('grants, statement Write: "*" is wider than needed for dynamodb:PutItem');
    expect(run.output).toContain("Remedy: Name the ARNs");
    expect(run.output).toContain(`Exempted until ${exemptions[0]!.expires}: It goes with the move.`);
    expect(run.output).toContain(`No longer exempted: that ended. It was until ${exemptions[1]!.expires}`);
    expect(run.output).not.toContain("unheard-of");
  },
  2 * MINUTES,
);

test(
  "settings reach the rules: advisory lets a bad program through, failing closed stops a sound one",
  async () => {
    const lenient = await preview("platform", { enforcement: "advisory" }, { PROGRAM_IS_BAD: "1" });
    expect(violations(lenient)).toEqual(
      [`advisory ${LATER}`, `advisory ${LATER_IN_STACK}`, ...BAD.map((line) => `advisory ${line}`)].sort(),
    );
    expect(lenient.code).toBe(0);
    const strict = await preview("platform", { failClosed: true, allowedTagValues: { owner: ["another-team"] } });
    expect(violations(strict)).toContain(`mandatory ${LATER}`);
    expect(violations(strict)).toContain("mandatory medium tags-required aws:s3:Bucket: tagged");
    expect(strict.code).not.toBe(0);
  },
  4 * MINUTES,
);

test(
  "each pack runs on its own with the same settings, and only with its rules",
  async () => {
    const narrow = await preview("least-privilege", {}, { PROGRAM_IS_BAD: "1" });
    expect(violations(narrow)).toEqual(
      [
        `advisory ${LATER}`,
        `advisory ${LATER_IN_STACK}`,
        ...BAD.filter((line) => line !== WRONG_TAG).map((line) => `mandatory ${line}`),
      ].sort(),
    );
    const tags = await preview("tagging", {}, { PROGRAM_IS_BAD: "1" });
    expect(violations(tags)).toEqual([`mandatory ${WRONG_TAG}`]);
  },
  4 * MINUTES,
);

test(
  "what a preview could not judge is judged in the deployment",
  async () => {
    const up = await pulumi(["up", "-s", "dev", "--yes", ...policyArguments("platform", {})]);
    expect({ code: up.code, output: up.output }).toMatchObject({ code: 0 });
    expect(violations(await preview("platform", {}))).toEqual([]);
  },
  4 * MINUTES,
);

test(
  "that rights grow is told at the first preview of a role, before anything of it is there",
  async () => {
    const rightsBefore = readRights(stackOf(await resourcesInState("dev")));
    const GROWTH = "high iam-privilege-growth aws:iam:Role: starter";
    const run = await preview("platform", { rightsBefore }, { PROGRAM_GROWS: "1" });
    const found = violations(run).filter((line) => line.includes("privilege-growth"));
    expect({ found, output: run.output }).toMatchObject({ found: [`mandatory ${GROWTH}`] });
    expect(run.output).toContain(
      "may do more that gives rights: iam:PassRole (Permissions management) on what is known",
    );
    expect(violations(run).filter((line) => line.includes("low undetermined"))).toEqual([]);

    const document = await pulumi(["preview", "-s", "dev", "--json", "--show-sames"], { PROGRAM_GROWS: "1" });
    const { changes } = rightsOfPreview(JSON.parse(document.output.slice(document.output.indexOf("{"))));
    expect(
      changes.flatMap(({ urn, added, undecided }) => [
        ...added.map(({ action }) => `${urn.split("::").at(-1)} ${action}`),
        ...undecided,
      ]),
    ).toEqual([
      ...["sender sqs:SendMessage", "sender sts:AssumeRole", "starter iam:PassRole", "starter sts:AssumeRole"],
      "started sts:AssumeRole",
    ]);
  },
  4 * MINUTES,
);

/** Only what these are about is wrong on purpose; the rest of the program is other suites' matter. */
const FIXED = ["ec2-imdsv2", "kms-rotation", "logs-retention", "sqs-encrypted", "tags-at-launch", "tags-required"];
const FIXING = {
  rules: { ...ELSEWHERE, ...Object.fromEntries(FIXED.map((id) => [id, "remediate" as const])) },
  tags: { service: "platform", "cost-centre": "4711", "data-class": "none" },
};

async function resourcesInState(stack: string): Promise<readonly ResourceState[]> {
  const { output } = await pulumi(["stack", "export", "-s", stack]);
  const exported: StackExport = JSON.parse(output.slice(output.indexOf("{")));
  return exported.deployment.resources ?? [];
}

/** The inputs of the resources of a stack, by name, with what is encrypted as it lies there. */
async function inputsInState(stack: string): Promise<Record<string, Readonly<Record<string, unknown>>>> {
  const resources = await resourcesInState(stack);
  return Object.fromEntries(resources.map(({ urn, inputs }) => [urn.split("::").at(-1), inputs ?? {}]));
}

/** Lines such as `[remediate]  sqs-encrypted  (aws:sqs:Queue: queue) [diff: ~sqsManagedSseEnabled]`. */
function remediations(run: Run): string[] {
  return [
    ...new Set([...run.output.matchAll(/\[remediate\] +(\S+) +\(([^)]+)\)/g)].map(([, by, on]) => `${by} ${on}`)),
  ].sort();
}

test(
  "rules that are told to put right what breaks them keep secrets, unknown values and archives, and what they set stays",
  async () => {
    const env = { PROGRAM_TO_FIX: "1" };
    const settings = policyArguments("platform", FIXING);
    await pulumi(["stack", "init", "fix"]);
    const up = await pulumi(["up", "-s", "fix", "--yes", "--show-policy-remediations", ...settings], env);
    expect({ code: up.code, remediations: remediations(up), output: up.output }).toMatchObject({
      code: 0,
      remediations: [
        "ec2-imdsv2 aws:ec2:LaunchTemplate: machines",
        "kms-rotation aws:kms:Key: key",
        "logs-retention aws:cloudwatch:LogGroup: logs",
        "sqs-encrypted aws:sqs:Queue: queue",
        "tags-at-launch aws:ec2:LaunchTemplate: machines",
        ...["cloudwatch:LogGroup: logs", "ec2:LaunchTemplate: machines", "kms:Key: key"].map(
          (on) => `tags-required aws:${on}`,
        ),
        ...["lambda:Function: function", "sqs:Queue: queue"].map((on) => `tags-required aws:${on}`),
      ],
    });
    expect(up.output).not.toContain("hunter2");

    const { function: runs, logs, queue, key, machines } = await inputsInState("fix");
    const encrypted = { [SECRET]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: expect.any(String) };
    expect(runs).toMatchObject({
      code: { assets: { "index.js": { text: CODE, hash: HASH }, lib: { path: "./lib", hash: HASH } }, hash: HASH },
      environment: { variables: { MODE: encrypted } },
      tags: FIXING.tags,
    });
    expect(logs).toMatchObject({
      retentionInDays: encrypted,
      tags: { ...FIXING.tags, key: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(queue).toMatchObject({ sqsManagedSseEnabled: true, messageRetentionSeconds: encrypted });
    expect(key).toMatchObject({ enableKeyRotation: true });
    const launched = { owner: "team", environment: "dev", ...FIXING.tags, service: "api" };
    expect(machines).toMatchObject({
      metadataOptions: { httpTokens: "required" },
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags: launched })),
    });

    const again = await pulumi(["preview", "-s", "fix", "--expect-no-changes", ...settings], env);
    expect({ code: again.code, output: again.output }).toMatchObject({ code: 0 });
  },
  4 * MINUTES,
);
