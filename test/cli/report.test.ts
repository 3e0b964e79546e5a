import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";
import { wantedReports } from "../../cli/report/files.ts";
import { groupByComponent } from "../../cli/report/groups.ts";
import { lostItsCloud, withOneErrorForALostCloud } from "../../cli/report/lost-cloud.ts";
import { commentMarker, markdownComment } from "../../cli/report/markdown.ts";
import { reportOf } from "../../cli/report/report.ts";
import { RunRecorder } from "../../cli/report/steps.ts";
import { textSummary } from "../../cli/report/text.ts";
import { shownValues } from "../../cli/report/values.ts";
import { touchedEnvironments } from "../../cli/touched.ts";

const STACK = "urn:pulumi:local::causeway::pulumi:pulumi:Stack::causeway-local";
const NETWORK = "urn:pulumi:local::causeway::causeway:network:Network::network";
const child = (type: string, name: string) => `urn:pulumi:local::causeway::causeway:network:Network$${type}::${name}`;

interface StepOptions {
  readonly parent?: string;
  readonly before?: Record<string, unknown>;
  readonly after?: Record<string, unknown>;
  readonly diff?: Record<string, string>;
}

let sequence = 0;
function step(op: OpType, urn: string, options: StepOptions = {}): EngineEvent {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const state = (inputs: Record<string, unknown>) =>
    ({
      type,
      urn,
      parent: options.parent ?? NETWORK,
      inputs,
      outputs: {},
      id: "",
      provider: "",
      delete: false,
    }) as never;
  sequence += 1;
  return {
    sequence,
    timestamp: 0,
    resourcePreEvent: {
      planning: true,
      metadata: {
        op,
        urn,
        type,
        provider: type.startsWith("causeway:") ? "" : "urn:pulumi:local::causeway::pulumi:providers:aws::aws::id",
        old: options.before ? state(options.before) : undefined,
        new: options.after || op === "create" ? state(options.after ?? {}) : undefined,
        detailedDiff: options.diff
          ? (Object.fromEntries(
              Object.entries(options.diff).map(([k, kind]) => [k, { diffKind: kind, inputDiff: false }]),
            ) as never)
          : undefined,
      },
    },
  } as EngineEvent;
}

function recorded(...events: EngineEvent[]): RunRecorder {
  const run = new RunRecorder();
  for (const event of events) run.take(event);
  return run;
}

const about = {
  environment: "local",
  cloud: "simulated",
  operation: "preview",
  result: "succeeded",
  outputs: {},
  policyPacks: [],
  seconds: 1,
} as const;

describe("what rules put right", () => {
  const table = child("aws:dynamodb/table:Table", "orders");
  const secretSum = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "[secret]" };
  const remediation = (policyName: string, before: object, after: object) =>
    ({ sequence: 1, timestamp: 0, policyRemediationEvent: { resourceUrn: table, policyName, before, after } }) as never;

  const run = recorded(
    remediation(
      "dynamodb-point-in-time-recovery",
      { name: "orders", tags: { owner: "team" } },
      { name: "orders", tags: { owner: "team" }, pointInTimeRecovery: { enabled: true } },
    ),
    remediation("tags-required", { tags: { owner: "team" } }, { tags: { owner: "team", "cost-centre": "4711" } }),
    remediation("tags-required", { tags: { owner: "team" } }, { tags: { owner: "team", "cost-centre": "4711" } }),
    // The engine blinds both.
    remediation("logs-retention", { days: secretSum }, { days: secretSum }),
  );
  const report = reportOf(run, about);

  test("is told once for each rule and resource, with what was set but no secret, and what to do about it", () => {
    expect(report.policy.fixes).toEqual([
      {
        policy: "dynamodb-point-in-time-recovery",
        urn: table,
        set: [{ path: "pointInTimeRecovery", value: '{"enabled":true}' }],
      },
      { policy: "tags-required", urn: table, set: [{ path: "tags.cost-centre", value: "4711" }] },
      { policy: "logs-retention", urn: table, set: [] },
    ]);
    for (const text of [textSummary(report), markdownComment(report)]) {
      expect(text).toContain("tags-required on orders: tags.cost-centre: 4711");
      expect(text).toContain("logs-retention on orders: a secret value");
      expect(text).toContain("Write this into the program too");
    }
    expect(textSummary(reportOf(recorded(), about))).not.toContain("put right");
  });
});

describe("what a run did", () => {
  const vpc = child("aws:ec2/vpc:Vpc", "network-vpc");

  test("the steps of one replacement count once, as a replacement", () => {
    const run = recorded(
      step("create-replacement", vpc, { before: { cidrBlock: "10.1.0.0/16" }, after: { cidrBlock: "10.2.0.0/16" } }),
      step("replace", vpc, {
        before: { cidrBlock: "10.1.0.0/16" },
        after: { cidrBlock: "10.2.0.0/16" },
        diff: { cidrBlock: "update-replace" },
      }),
      step("delete-replaced", vpc, { before: { cidrBlock: "10.1.0.0/16" } }),
    );
    expect(run.changes).toEqual({ create: 0, update: 0, replace: 1, delete: 0, same: 0 });
    expect(run.steps[0]?.properties).toEqual([
      { path: "cidrBlock", kind: "update", forcesReplacement: true, before: "10.1.0.0/16", after: "10.2.0.0/16" },
    ]);
  });

  test("the stack itself and its providers are not counted as resources", () => {
    const run = recorded(
      step("create", STACK),
      step("create", "urn:pulumi:local::causeway::pulumi:providers:aws::aws"),
      step("create", vpc),
    );
    expect(run.changes.create).toBe(1);
  });

  test("a group with a replacement stands before groups that only grow, and inside it the replacement stands first", () => {
    const traffic = "urn:pulumi:local::causeway::causeway:traffic:Traffic::entry";
    const run = recorded(
      step("create", traffic, { parent: STACK }),
      step(
        "create",
        `${traffic}`.replace(
          "causeway:traffic:Traffic::entry",
          "causeway:traffic:Traffic$aws:lb/listener:Listener::live",
        ),
        { parent: traffic },
      ),
      step("same", NETWORK, { parent: STACK, before: {}, after: {} }),
      step("create", child("aws:ec2/subnet:Subnet", "a-new")),
      step("replace", vpc, { before: {}, after: {}, diff: { cidrBlock: "update-replace" } }),
    );
    const groups = groupByComponent(run.steps);
    expect(groups.map((g) => g.title)).toEqual(["network", "entry"]);
    expect(groups[0]?.steps.map((s) => s.name)).toEqual(["network-vpc", "a-new"]);
  });

  test("the summary names what forces a replacement and from what to what", () => {
    const run = recorded(
      step("replace", vpc, {
        before: { cidrBlock: "10.1.0.0/16" },
        after: { cidrBlock: "10.2.0.0/16" },
        diff: { cidrBlock: "update-replace" },
      }),
    );
    expect(textSummary(reportOf(run, about))).toContain("cidrBlock: 10.1.0.0/16 → 10.2.0.0/16 (forces replacement)");
  });
});

describe("secrets", () => {
  test.each([
    ["a plain value that becomes a secret", { password: "was-plain" }, { password: "[secret]" }],
    ["a secret that becomes plain", { password: "[secret]" }, { password: "now-plain" }],
    [
      "a value beside a secret in the same object",
      { env: { a: "x", b: "[secret]" } },
      { env: { a: "y", b: "[secret]" } },
    ],
  ])("%s is not shown on either side", (_name, before, after) => {
    const path = "password" in before ? "password" : "env.a";
    expect(shownValues(before, after, path)).toEqual({});
  });

  test("an unknown value is named as such, not printed as the engine's marker", () => {
    expect(shownValues({}, { arn: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }, "arn")).toEqual({
      after: "known after the update",
    });
  });
});

describe("the pull-request comment", () => {
  test("starts with the marker by which it is found again, also when nothing changes", () => {
    const run = recorded(step("same", child("aws:ec2/vpc:Vpc", "v"), { before: {}, after: {} }));
    const comment = markdownComment(reportOf(run, about));
    expect(comment.startsWith(commentMarker("local"))).toBe(true);
    expect(comment).toContain("no changes");
    expect(comment).not.toContain("<details");
  });

  test("text from the program cannot break out of its cell or mention a person", () => {
    const run = recorded(step("create", child("aws:s3/bucket:Bucket", "x|</details>@everyone`")));
    const comment = markdownComment(reportOf(run, about));
    expect(comment).not.toContain("@everyone");
    expect(comment.match(/<\/details>/g)).toHaveLength(1);
    expect(comment).toContain("x&#124;&lt;/details&gt;");
  });

  test("stays below what GitHub takes, closes what it opened and says what is missing", () => {
    const many = Array.from({ length: 2_000 }, (_, i) =>
      step("create", child("aws:ec2/subnet:Subnet", `network-subnet-number-${i}`)),
    );
    const comment = markdownComment(reportOf(recorded(...many), about));
    expect(comment.length).toBeLessThan(65_536);
    expect(comment.match(/<details/g)?.length).toBe(comment.match(/<\/details>/g)?.length);
    expect(comment).toMatch(/lines more/);
  });
});

describe("the environments a change touches", () => {
  const all = ["local", "dev", "staging", "production"];
  test.each([
    [["environments/staging.ts"], ["staging"]],
    [["environments/Pulumi.production.yaml"], ["production"]],
    [["environments/preview.ts"], ["pr-1"]],
    [["components/network/network.ts"], [...all, "pr-1"]],
    [["environments/baseline.ts"], [...all, "pr-1"]],
    [["docs/adr/0001-engine.md", "README.md", "environments/README.md"], []],
    [["test/cli/report.test.ts"], []],
  ])("%j touches %j", (files, expected) => {
    expect(touchedEnvironments(files, all)).toEqual(expected);
  });

  test.each(["environments/images.json", "environments/exemptions.json"])(
    "%s touches the environment whose part differs, and all of them when that cannot be told",
    (name) => {
      const file = [name];
      const before = JSON.stringify({ staging: { hello: "1" }, production: { hello: "1" } });
      const after = JSON.stringify({ staging: { hello: "1" }, production: { hello: "2" } });
      expect(touchedEnvironments(file, all, () => [before, after])).toEqual(["production"]);
      expect(touchedEnvironments(file, all, () => [before, JSON.stringify({ production: { hello: "1" } })])).toEqual([
        "staging",
      ]);
      for (const texts of [
        [undefined, after],
        [before, "{"],
      ] as const) {
        expect(touchedEnvironments(file, all, () => texts)).toEqual([...all, "pr-1"]);
      }
      expect(touchedEnvironments(file, all)).toEqual([...all, "pr-1"]);
    },
  );
});

test("a cloud that is gone is one error that names what it cut off, beside the errors that say something else", () => {
  const error = (message: string, name = "") =>
    ({ severity: "error", urn: name === "" ? "" : child("aws:ec2/vpc:Vpc", name), message }) as const;
  const gone = 'connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: connect: refused"';
  const report = reportOf(new RunRecorder(), {
    ...{ environment: "local", cloud: "simulated", operation: "up", result: "failed" },
    ...{ outputs: {}, seconds: 1, policyPacks: [] },
  } as const);
  const names = Array.from({ length: 40 }, (_, at) => `r${at}`);
  const lost = withOneErrorForALostCloud({
    ...report,
    diagnostics: [
      error("AccessDenied", "other"),
      ...names.map((name) => error(gone, name)),
      ...[gone, "failed to run remediation: context canceled", "update failed"].map((message) => error(message)),
    ],
  });
  expect(lost.diagnostics.map(({ message }) => message)).toEqual([
    "AccessDenied",
    expect.stringMatching(/ended .* cut off r0, r1, r2, r3, r4 and 35 more\..*npx causeway up local/),
  ]);
  expect(lostItsCloud(lost)).toBe(true);
  const early = error("aws (resource) plugin [aws] did not begin responding to RPC connections");
  expect(lostItsCloud(withOneErrorForALostCloud({ ...report, diagnostics: [early] }))).toBe(true);
  const onAws = { ...report, cloud: "aws", diagnostics: [error(gone, "r0")] } as const;
  expect(withOneErrorForALostCloud(onAws)).toBe(onAws);
});

describe("what policies found", () => {
  const BUCKET = child("aws:s3/bucket:Bucket", "open");
  const policy = (policyName: string, enforcementLevel: string, message: string, resourceUrn = BUCKET): EngineEvent =>
    ({ sequence: 0, timestamp: 0, policyEvent: { policyName, enforcementLevel, message, resourceUrn } }) as EngineEvent;
  const failed = { diagnosticEvent: { severity: "error", message: "error: preview failed\n" } } as EngineEvent;
  const waits = "undetermined: acl is not known until what it refers to exists, so not decided: s3-acl-not-public.";
  const run = () =>
    recorded(
      step("create", BUCKET),
      policy("theirs", "mandatory", "It is open."),
      policy("undetermined", "advisory", waits, child("aws:s3/bucket:Bucket", "later")),
      failed,
    );
  const stopped = reportOf(run(), {
    ...about,
    result: "policy-violation",
    policyPacks: ["causeway"],
    places: { locations: { get: (urn) => (urn === BUCKET ? [{ file: "stacks/x.ts", line: 7 }] : undefined) } },
  });

  test("a stopped run says so, where the resource is made and what to do, and not that it failed", () => {
    const text = textSummary(stopped);
    expect(text).toContain("stacks/x.ts:7  open");
    expect(text).toContain("1 violation stops the change, 1 answer has to wait for the deployment");
    expect(text).toContain("stopped by policies; 1 to create");
    expect(text).toContain("Nothing was changed.");
    expect(text).toContain("npx causeway policy exempt <rule> <resource> --environment local");
    expect(text).not.toContain("preview failed");
    expect(text).not.toContain("later");
    expect(markdownComment(stopped)).not.toContain("preview failed");
    expect(markdownComment(stopped)).toContain("<code>stacks/x.ts:7</code>");
  });

  test("what a deployment made before it was stopped is not hidden", () => {
    const made = step("create", child("aws:sqs/queue:Queue", "made"));
    const { metadata } = made.resourcePreEvent!;
    const done = { sequence: 0, timestamp: 0, resOutputsEvent: { metadata, planning: false } } as EngineEvent;
    const report = reportOf(recorded(made, done, policy("theirs", "mandatory", "It is open.")), {
      ...about,
      operation: "up",
      result: "policy-violation",
    });
    expect(textSummary(report)).toContain("What is listed above was changed before a policy stopped the rest.");
    expect(textSummary(report)).toContain("npx causeway policy check local");
  });

  test("reports are asked for by form and file; what cannot be written is said before anything starts", () => {
    expect(wantedReports(["sarif=out/a=b.sarif", "console"])).toEqual([
      { format: "sarif", file: "out/a=b.sarif" },
      { format: "console" },
    ]);
    expect(() => wantedReports(["xml", "json=", "sarif", "markdown"])).toThrow(
      /no report "xml"[\s\S]*--report json= names no file[\s\S]*Only one report[\s\S]*sarif and markdown/,
    );
    expect(() => wantedReports(["json"], { files: true })).toThrow("--report json=<file>");
  });
});
