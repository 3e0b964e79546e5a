/** The main job, as a person types it: environments through the real engine on a simulated cloud of this test's own. */
import "@microsoft/jest-sarif";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../cli/exit-codes.ts";
import type { RunReport } from "../../cli/report/report.ts";
import { isChange } from "../../cli/report/steps.ts";
import type { PolicyReport } from "../../policies/report/index.ts";
import { CheckoutCopy } from "../support/checkout.ts";
import { type CommandResult, spawnCommand } from "../support/command.ts";
import { follow, SimulatedCloud } from "../support/simulated.ts";

jest.setTimeout(600_000);

const cloud = new SimulatedCloud();
const checkout = new CheckoutCopy();
const env = () => cloud.commandEnvironment;
const causeway = (...args: string[]) => checkout.causeway(args, env());

beforeAll(() => cloud.start());
afterAll(async () => {
  await cloud.stop();
  checkout.remove();
});

function report(result: CommandResult): RunReport {
  if (!result.stdout.startsWith("{")) throw new Error(`no report: ${result.stderr}`);
  return JSON.parse(result.stdout) as RunReport;
}

test("local comes up and is unchanged at once again; its report has the documented fields", async () => {
  const first = await causeway("up", "local", "--yes", "--json");
  expect(first.code).toBe(EXIT.ok);
  const created = report(first);
  expect(created).toMatchObject({ environment: "local", cloud: "simulated", operation: "up", result: "succeeded" });
  expect(created.changes).toMatchObject({ update: 0, replace: 0, delete: 0, same: 0 });
  expect(created.changes.create).toBeGreaterThan(90);
  expect(created.policy.packs).toEqual(["causeway"]);
  expect(created.policy.violations.filter((v) => v.enforcement === "mandatory")).toEqual([]);
  expect(created.outputs.url).toMatch(/^http:\/\/.*\.elb\.amazonaws\.com$/);

  const again = report(await causeway("up", "local", "--yes", "--json"));
  expect(again.resources.filter(isChange)).toEqual([]);
  expect(again.changes.same).toBe(created.changes.create);
});

test("what is there is what the state says: refresh finds nothing to change", async () => {
  const refreshed = report(await causeway("refresh", "local", "--yes", "--json"));
  expect(refreshed.result).toBe("succeeded");
  expect(refreshed.resources.filter(isChange)).toEqual([]);
});

test("production on the simulated cloud: three zones, a NAT gateway in each, all policies run, no error", async () => {
  const result = await causeway("preview", "production", "--cloud", "simulated", "--json");
  expect(result.code).toBe(EXIT.ok);
  const { resources, policy, diagnostics } = report(result);
  const named = (type: string) => resources.filter((r) => r.type === type).map((r) => r.name);
  expect(resources.length).toBeGreaterThanOrEqual(90);
  expect(named("aws:ec2/subnet:Subnet")).toHaveLength(9);
  expect(named("aws:ec2/natGateway:NatGateway")).toHaveLength(3);
  expect(policy.packs).toEqual(["causeway"]);
  expect(policy.violations.filter((v) => v.policy !== "undetermined")).toEqual([]);
  expect(diagnostics.filter((d) => d.severity !== "info")).toEqual([]);
});

describe("a role that may do everything, and a queue with a secret in its tags", () => {
  const copy = new CheckoutCopy();
  const file = (name: string) => join(cloud.folder, name);
  const URN = "urn:pulumi:local::causeway::aws:iam/rolePolicy:RolePolicy::everything";
  afterAll(() => copy.remove());

  test("are refused before anything is made, with the documented code", async () => {
    copy.edit(
      "stacks/environment.ts",
      "  buildBudget(context, topics);\n",
      `  buildBudget(context, topics);
  new aws.iam.RolePolicy("everything", {
    role: "someone",
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] }),
  }, context.options);
  new aws.sqs.Queue("plain", {
    sqsManagedSseEnabled: false, tags: { "data-class": pulumi.secret("canary-5d1c") },
  }, context.options);
`,
    );
    copy.edit(
      "stacks/environment.ts",
      "import type * as pulumi",
      'import * as aws from "@pulumi/aws";\nimport * as pulumi',
    );
    const refused = await copy.causeway(["preview", "local", "--json"], env());
    expect(refused.code).toBe(EXIT.policyViolation);
    const { result, policy } = report(refused);
    expect(result).toBe("policy-violation");
    const stopping = policy.violations.filter((v) => v.enforcement === "mandatory");
    expect(stopping.map((v) => v.policy)).toContain("iam-wildcard-action");
    expect(stopping.find((v) => v.urn === URN)?.location?.file).toBe("stacks/environment.ts");
  });

  test("an exemption is refused with all that is wrong with it, and else is written for the one resource that is meant", async () => {
    const exempt = (...args: string[]) => copy.causeway(["policy", "exempt", ...args, "--json"], env());
    const written = () => readFileSync(join(copy.root, "environments/exemptions.json"), "utf8");
    copy.write("environments/exemptions.json", "{}\n");
    const today = new Date().toISOString().slice(0, 10);
    const who = ["--reason", "It goes with the move.", "--owner", "web", "--approver", "security", "--ticket", "WEB-7"];
    const local = ["--environment", "local", ...who, "--expires", today];
    const what = ["iam-wildcard-action", "everything", ...local];
    const [wrong, dry] = await Promise.all([
      exempt("iam-wildcard-acton", "*", "--owner", "nobody", "--approver", "Nobody", "--expires", "2020-01-01"),
      exempt(...what, "--dry-run"),
    ]);
    expect(wrong.code).toBe(EXIT.invalidInput);
    const flags = ["environment", "reason", "owner", "approver", "ticket", "expires"].map((flag) => `--${flag}`);
    for (const property of ["rule", "urn", ...flags]) expect(wrong.stderr).toContain(`policy exempt: ${property}: `);
    expect(dry.code).toBe(EXIT.ok);
    expect(written()).toBe("{}\n");
    const given = await exempt(...what);
    expect(JSON.parse(given.stdout)).toMatchObject({ exemption: { urn: URN }, warnings: [] });
    const [again, gone] = await Promise.all([exempt(...what), exempt("s3-versioned", "gone", ...local)]);
    expect(again.stderr).toContain("environments/exemptions.json:3 exempts it already");
    expect(JSON.parse(gone.stdout).warnings[0]).toContain("Nothing in local has that URN");
    expect(JSON.parse(written()).local).toHaveLength(2);
  });

  test("one check writes every report, with the lines of the program and without the secret; what is exempted stops nothing", async () => {
    const reports = ["sarif=p.sarif", "markdown=p.md", "console=p.txt"].flatMap((one) => {
      const [format, name] = one.split("=");
      return ["--report", `${format}=${file(name!)}`];
    });
    const checked = await copy.causeway(["policy", "check", "local", ...reports, "--json"], env());
    expect(checked.code).toBe(EXIT.policyViolation);
    const { findings, complete } = JSON.parse(checked.stdout) as PolicyReport;
    expect(complete).toBe(true);
    const located = findings.filter(({ location }) => location !== undefined);
    expect(located.length / findings.length).toBeGreaterThanOrEqual(0.95);
    const lines = readFileSync(join(copy.root, "stacks/environment.ts"), "utf8").split("\n");
    const line = lines.findIndex((text) => text.includes('RolePolicy("everything"')) + 1;
    const of = (rule: string) => findings.find((finding) => finding.rule === rule && finding.urn === URN);
    expect(of("iam-wildcard-action")).toMatchObject({ verdict: "exempted", exemption: { ticket: "WEB-7" } });
    expect(of("iam-wildcard-resource")).toMatchObject({
      level: "mandatory",
      location: { file: "stacks/environment.ts", line },
    });
    expect(findings.find(({ rule }) => rule === "exemption-unused")).toMatchObject({
      location: { file: "environments/exemptions.json", line: 12 },
    });
    const sarif = readFileSync(file("p.sarif"), "utf8");
    (expect(JSON.parse(sarif)) as unknown as { toBeValidSarifLog(): void }).toBeValidSarifLog();
    const texts = [
      checked.stdout,
      checked.stderr,
      sarif,
      readFileSync(file("p.md"), "utf8"),
      readFileSync(file("p.txt"), "utf8"),
    ];
    for (const text of texts.slice(2)) expect(text).toContain("iam-wildcard-resource");
    for (const text of texts) {
      expect(text).not.toContain("canary-5d1c");
      expect(text).not.toContain(copy.root);
    }
    const listed = await copy.causeway(["policy", "exemptions", "--json"], env());
    expect(JSON.parse(listed.stdout).map((one: { state: string }) => one.state)).toEqual(["ends soon", "unused"]);
  });

  test("what the last deployment left is judged by its state: it breaks no rule, and both exemptions excuse nothing there", async () => {
    const checked = await copy.causeway(["policy", "check", "local", "--deployed", "--json"], env());
    expect(checked.code).toBe(EXIT.policyViolation);
    const { findings } = JSON.parse(checked.stdout) as PolicyReport;
    expect(findings.map(({ rule, location }) => [rule, location?.line])).toEqual([
      ["exemption-unused", 3],
      ["exemption-unused", 12],
    ]);
  });
});

test("two commands at once on one environment: one is refused or waits, and the state is intact", async () => {
  const copy = new CheckoutCopy();
  copy.edit("environments/services/hello.ts", 'LOG_LEVEL: "info"', 'LOG_LEVEL: "debug"');
  const results = await Promise.all([1, 2].map(() => copy.causeway(["up", "local", "--yes", "--json"], env())));
  const codes = results.map((result) => result.code).sort();
  expect([EXIT.ok, EXIT.locked]).toEqual(expect.arrayContaining(codes));
  expect(codes).toContain(EXIT.ok);
  for (const result of results.filter((r) => r.code === EXIT.locked)) expect(result.stderr).toMatch(/pid \d+/);
  const after = report(await copy.causeway(["preview", "local", "--json"], env()));
  copy.remove();
  expect(after.resources.filter(isChange)).toEqual([]);
});

test("a stack configured for an AWS account is refused by the simulated cloud, and its state stays as it is", async () => {
  const stack = await cloud.open(".", "dev", {}, { "causeway:accountId": "111122223333" });
  const before = await stack.exportStack();
  const run = await follow(stack, "up");
  expect(run.outcome.result).toBe("failed");
  expect(JSON.stringify(run.recorder.diagnostics) + run.outcome.stderr).toMatch(/111122223333/);
  const resources = (await stack.exportStack()).deployment.resources ?? [];
  expect(resources.filter((r) => r.type.startsWith("aws:"))).toEqual([]);
  expect(before.deployment.resources ?? []).toEqual([]);
});

test("plain pulumi works in the shell that `env shell` makes", async () => {
  const shell = await causeway("env", "shell", "local");
  expect(shell.code).toBe(EXIT.ok);
  const preview = await spawnCommand(
    "bash",
    ["-c", `${shell.stdout}\npulumi preview -s local --non-interactive --color=never`],
    {
      cwd: checkout.root,
      environment: env(),
    },
  );
  expect(preview.stderr).toBe("");
  expect(preview.code).toBe(0);
  expect(preview.stdout).toMatch(/unchanged/);
  expect(existsSync(join(checkout.root, "environments", "Pulumi.local.yaml"))).toBe(false);
});

describe("a pull request", () => {
  const git = (cwd: string, ...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd,
      encoding: "utf8",
    }).trim();

  /** A repository with a base commit, and a clone of it whose head changes something. */
  function pullRequest(change: (head: CheckoutCopy) => void) {
    const base = new CheckoutCopy();
    const head = new CheckoutCopy();
    git(head.root, "init", "-q");
    git(head.root, "add", "-A", "--", ".", ":!node_modules");
    git(head.root, "commit", "-qm", "base");
    const sha = git(head.root, "rev-parse", "HEAD");
    change(head);
    git(head.root, "add", "-A", "--", ".", ":!node_modules");
    git(head.root, "commit", "-qm", "head", "--allow-empty");
    return { base, head, sha };
  }

  async function comments(name: string, change: (head: CheckoutCopy) => void) {
    const { base, head, sha } = pullRequest(change);
    const folder = join(cloud.folder, name);
    mkdirSync(folder, { recursive: true });
    // Base and head share one state, and with it one simulated account. Previews leave it as it is, so the next pull request
    // finds its base up already.
    const state = { CAUSEWAY_STATE_DIR: join(cloud.folder, "base") };
    const result = await spawnCommand(
      "bash",
      [join(process.cwd(), ".github", "preview-environments.sh"), base.root, head.root, join(folder, "comments")],
      {
        cwd: folder,
        environment: { ...state, BASE_SHA: sha },
      },
    );
    await head.causeway(["cloud", "stop"], state);
    base.remove();
    head.remove();
    const read = (name: string) => {
      const file = join(folder, "comments", name);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    };
    return { result, read };
  }

  test("that changes nothing a resource sees shows no change in the environment it touches, and comments on no other", async () => {
    const { result, read } = await comments("noop", (head) =>
      head.edit("environments/staging.ts", "/** The rehearsal:", "/** The dress rehearsal:"),
    );
    expect(result.code).toBe(0);
    expect(read("staging.md")).toContain("no changes");
    expect(read("production.md")).toBeUndefined();
    const sarif = JSON.parse(read("sarif/staging.sarif")!);
    expect(sarif.runs[0]).toMatchObject({ automationDetails: { id: "causeway-policies/staging/" }, results: [] });
  });

  test("that widens the scaling of one environment shows that and nothing else", async () => {
    const { result, read } = await comments("scaling", (head) =>
      head.edit("environments/staging.ts", "scaling: { max: 6 }", "scaling: { max: 8 }"),
    );
    expect(result.code).toBe(0);
    expect(read("staging.md")).toMatch(/### staging: 2 ✏️ update\n/);
    expect(read("staging.md")).toContain("maxCapacity: 6 → 8");
  });
});

test("destroy leaves nothing behind but the task definitions, which a rollback of another stack may still name", async () => {
  const destroyed = await causeway("destroy", "local", "--yes", "--json");
  expect(destroyed.code).toBe(EXIT.ok);
  const database = new DatabaseSync(join(cloud.home, "cloud.db"), { readOnly: true });
  const left = database.prepare("select distinct type from resources where urn like '%:local::causeway::%'").all();
  database.close();
  expect(left.map((row) => row.type)).toEqual(["aws:ecs/taskDefinition:TaskDefinition"]);
});
