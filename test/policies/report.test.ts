/** Reports: nothing that the rules say is lost or mixed up on the way, and nothing secret gets in. */
import "@microsoft/jest-sarif";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyze, analyzeStack, type HarnessResource, secret, UNKNOWN } from "../../policies/harness/index.ts";
import { type Exemption, packConfig, RULES } from "../../policies/index.ts";
import { platformPack } from "../../policies/packs.ts";
import {
  countsOf,
  decided,
  findingsOf,
  jsonDocument,
  locationsIn,
  markdownReport,
  type PolicyFinding,
  type PolicyReport,
  sarifReport,
  stops,
  textReport,
  violationOf,
  violationsInLog,
  violationsOfHarness,
} from "../../policies/report/index.ts";

const { policies } = platformPack();
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const CANARY = "canary-5d1c";
const QUEUE = "aws:sqs/queue:Queue";
const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
const tags = { owner: "a", environment: "dev", service: "b", "cost-centre": "c", "data-class": "none" };
const provider = { inputs: { defaultTags: { tags } } };
const queue = (name: string, inputs: object): HarnessResource => ({
  ...{ type: QUEUE, name, urn: urn(QUEUE, name), provider },
  inputs: { redrivePolicy: "{}", ...inputs },
});
const RESOURCES: readonly HarnessResource[] = [
  queue("plain", { sqsManagedSseEnabled: false, kmsMasterKeyId: secret(""), tags: { "data-class": secret(CANARY) } }),
  queue("legacy", { sqsManagedSseEnabled: false }),
  queue("ended", { sqsManagedSseEnabled: false }),
  queue("later", { sqsManagedSseEnabled: UNKNOWN }),
  {
    ...{ type: "aws:iam/role:Role", name: "anyone", urn: urn("aws:iam/role:Role", "anyone"), provider },
    inputs: {
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Sid: CANARY, Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
      }),
    },
  },
];
const exemption = (name: string, expires: string): Exemption => ({
  ...{ rule: "sqs-encrypted", urn: urn(QUEUE, name), expires },
  reason: "The reader of the old mainframe (of 1997) knows | no\nencryption <b>, @all.",
  ...{ owner: "orders", approver: "security", ticket: "SHOP-1234" },
});
const EXEMPTIONS = [exemption("legacy", day(0)), exemption("ended", day(-1)), exemption("gone", day(30))];

let findings: PolicyFinding[];
let report: PolicyReport;
beforeAll(async () => {
  const config = packConfig({ exemptions: EXEMPTIONS });
  const found = [
    ...(await analyze(policies, RESOURCES, config)),
    ...(await analyzeStack(policies, RESOURCES, config)).map((one) => ({ ...one, urn: one.urn || STACK })),
  ];
  findings = findingsOf(violationsOfHarness(found), {
    locations: { get: (of) => PLACES[of.split("::").at(-1) ?? ""] },
    exemptionAt: ({ urn: of }) => (of === urn(QUEUE, "gone") ? { file: "exemptions.json", line: 7 } : undefined),
  });
  report = { subject: "dev", complete: true, findings };
});
const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const PLACES: Readonly<Record<string, readonly { file: string; line: number; column?: number }[]>> = {
  plain: [{ file: "src/a b/queue.ts", line: 12, column: 3 }],
  anyone: [
    { file: "src/roles.ts", line: 5 },
    { file: "index.ts", line: 9, column: 1 },
  ],
};
const about = (rule: string, resource: string) =>
  findings.find((one) => one.rule === rule && one.resource === resource)!;

test("what the packs say is read back: every rule's words, verdict, exemption and what it waits for", () => {
  const line = (one: PolicyFinding) => `${one.verdict} ${one.level} ${one.rule} ${one.resource}`;
  expect(findings.filter(({ rule }) => rule === "sqs-encrypted").map(line)).toEqual([
    "fail mandatory sqs-encrypted ended",
    "fail mandatory sqs-encrypted plain",
    "exempted advisory sqs-encrypted legacy",
    "undetermined advisory sqs-encrypted later",
  ]);
  expect(about("sqs-encrypted", "later").waitsFor).toEqual(["sqsManagedSseEnabled"]);
  const { rule: _rule, urn: _urn, ...told } = EXEMPTIONS[0]!;
  expect(about("sqs-encrypted", "legacy").exemption).toEqual(told);
  expect(about("sqs-encrypted", "ended").exemption?.expires).toBe(day(-1));
  const words = RULES.find(({ id }) => id === "iam-any-principal")!;
  const { title, why, remedy, url, controls, severity, set } = words;
  expect(about("iam-any-principal", "anyone")).toMatchObject({ title, why, remedy, url, controls, severity, set });
  // What the rule says of itself stands beside what was found, not in it.
  for (const { message, why: reason, remedy: cure } of findings) {
    expect(message).not.toContain("\nWhy: ");
    for (const text of [reason, cure]) if (text !== "") expect(message).not.toContain(text);
  }
  expect(about("exemption-unused", "")).toMatchObject({ location: { file: "exemptions.json", line: 7 }, type: "" });
});

test("what stops comes first, then by severity; an exempted violation and an open answer stop nothing", () => {
  expect(findings[0]).toMatchObject({ rule: "iam-any-principal", severity: "critical" });
  expect(findings.map(stops).lastIndexOf(true)).toBe(findings.filter(stops).length - 1);
  expect(about("sqs-encrypted", "legacy")).toMatchObject({ verdict: "exempted" });
  const { stop, advice, exempted, undetermined } = countsOf(report);
  expect(stop + advice + exempted + undetermined).toBe(findings.length);
  expect({ advice, exempted }).toEqual({ advice: 0, exempted: 1 });
  expect(countsOf(decided(report))).toEqual({ stop, advice, exempted, undetermined: 0 });
});

test("failing closed, an open answer is an error", async () => {
  const open = await analyze(policies, RESOURCES.slice(3, 4), packConfig({ failClosed: true }));
  const closed = { ...report, findings: findingsOf(violationsOfHarness(open)) };
  expect(closed.findings.map((one) => [one.rule, one.verdict, stops(one)])).toEqual([
    ["sqs-encrypted", "undetermined", true],
  ]);
  expect(JSON.parse(sarifReport(closed)).runs[0].results[0]).toMatchObject({ kind: "fail", level: "error" });
  expect(markdownReport(closed)).toContain("❌ Policies on dev: 1 violation stops the change");
});

test("SARIF is valid, and says of each result where, how bad, which rule, and who answers for it", () => {
  const log = JSON.parse(sarifReport(report, { version: "1.2.3" }));
  (expect(log) as unknown as { toBeValidSarifLog(): void }).toBeValidSarifLog();
  const [{ results, tool }] = log.runs;
  expect(results).toHaveLength(findings.length);
  for (const result of results) expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
  const of = (rule: string, name: string) =>
    results.find(
      (result: { ruleId: string; locations: { logicalLocations?: { name: string }[] }[] }) =>
        result.ruleId === rule && result.locations[0]?.logicalLocations?.[0]?.name === name,
    );
  expect(of("sqs-encrypted", "plain").locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: "src/a%20b/queue.ts", uriBaseId: "%SRCROOT%" },
    region: { startLine: 12, startColumn: 3 },
  });
  expect(of("sqs-encrypted", "plain")).toMatchObject({ kind: "fail", level: "error", suppressions: [] });
  expect(of("sqs-encrypted", "ended")).toMatchObject({ kind: "fail", level: "error", suppressions: [] });
  expect(of("sqs-encrypted", "later")).toMatchObject({ kind: "open", level: "none" });
  expect(of("sqs-encrypted", "legacy")).toMatchObject({
    level: "warning",
    suppressions: [{ kind: "external", status: "accepted", properties: { approver: "security", expires: day(0) } }],
  });
  const anyone = of("iam-any-principal", "anyone");
  expect(anyone.relatedLocations[0]).toMatchObject({ id: 1, physicalLocation: { region: { startLine: 9 } } });
  expect(anyone.message.text).toContain("Made by way of [index.ts:9](1).");
  const rule = tool.driver.rules[anyone.ruleIndex];
  expect(rule.helpUri).toBe(about("iam-any-principal", "anyone").url);
  expect(rule.help.text).toContain("Remedy: ");
  expect(rule.properties).toMatchObject({ "security-severity": "9.5" });
  expect(rule.properties.tags).toEqual(expect.arrayContaining(["security", "least-privilege"]));
});

test("SARIF keeps within what code scanning takes of a rule, and still names all its controls", () => {
  const violations = RULES.map(({ id }) => ({ policy: id, enforcement: "mandatory" as const, urn: "u", message: id }));
  const text = sarifReport({ subject: "dev", complete: true, findings: findingsOf(violations) });
  for (const { id, properties, shortDescription, fullDescription } of JSON.parse(text).runs[0].tool.driver.rules) {
    const named = Object.values(RULES.find((rule) => rule.id === id)!.controls).flat().length;
    expect({ id, controls: properties.controls.length }).toEqual({ id, controls: named });
    expect(properties.tags.length).toBeLessThanOrEqual(20);
    expect(Math.max(shortDescription.text.length, fullDescription.text.length)).toBeLessThanOrEqual(1024);
  }
});

test("a finding is known again when lines move and others come, and told from all others", async () => {
  const prints = findings.map(({ fingerprint }) => fingerprint);
  expect(new Set(prints).size).toBe(prints.length);
  const alone = await analyze(policies, RESOURCES.slice(0, 1));
  const moved = findingsOf(violationsOfHarness(alone), { locations: { get: () => [{ file: "x.ts", line: 99 }] } });
  for (const one of moved) expect(about(one.rule, "plain").fingerprint).toBe(one.fingerprint);
  const said = (message: string, of = "u") =>
    findingsOf([{ policy: "theirs", enforcement: "mandatory", urn: of, message }])[0]!.fingerprint;
  expect(said("statement 1 is wide")).toBe(said("statement 2 is wide"));
  expect(said("wide", "v")).not.toBe(said("wide"));
});

test("no report holds a secret, and Markdown nothing that could break out of its table", () => {
  const markdown = markdownReport(report, { sourceUrl: "https://git.example/blob/abc" });
  const texts = [sarifReport(report), JSON.stringify(jsonDocument(report)), markdown, textReport(report)];
  for (const text of texts) expect(text).not.toContain(CANARY);
  const row = markdown.split("\n").find((line) => line.includes("| security |"))!;
  expect(row).toContain("knows &#124; no encryption &lt;b&gt;, &#64;all.");
  expect(row.match(/ \| /g)).toHaveLength(6);
  expect(markdown).toContain("[<code>src/a b/queue.ts:12</code>](https://git.example/blob/abc/src/a%20b/queue.ts#L12)");
  expect(markdown.match(/<details>/g)).toHaveLength(2);
});

test("of hundreds of findings a comment shows the worst and counts the others", () => {
  const many = Array.from({ length: 300 }, (_, n) => ({ ...findings[0]!, resource: `r${n}` }));
  const text = markdownReport({ ...report, findings: many });
  expect(text).toContain("… and 275 more.");
  expect(text.length).toBeLessThan(60_000);
});

test("a run that failed on the way never looks like one that passed", () => {
  const failed: PolicyReport = { subject: "dev", complete: false, findings: [] };
  expect(markdownReport(failed)).toContain("not everything was judged");
  expect(markdownReport(failed)).not.toContain("✅");
  expect(JSON.parse(sarifReport(failed)).runs[0].invocations).toEqual([{ executionSuccessful: false }]);
});

test("a pack of somebody else is reported as it is", () => {
  const log = `{"sequence":1}\n${JSON.stringify({
    policyEvent: {
      policyName: "theirs",
      enforcementLevel: "mandatory",
      severity: "low",
      message: "<{%fg 1%}>No.<{%reset%}>\n",
    },
  })}\n{"diagnosticEvent":{"message":"\\"policyEvent`;
  const [one] = findingsOf(violationsInLog(log));
  expect(one).toMatchObject({
    rule: "theirs",
    message: "No.",
    severity: "low",
    level: "mandatory",
    verdict: "fail",
    urn: "",
  });
  expect(violationOf({})).toBeUndefined();
});

describe("places", () => {
  const root = mkdtempSync(join(tmpdir(), "policy report "));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "src"));
  writeFileSync(
    join(root, "src/top.mts"),
    'import x;\n\nnew aws.s3.Bucket(\n  "top",\n);\nnew sqs.Queue("twice"); new Queue(`twice`)\n',
  );
  const file = `file:${encodeURI(root)}`.replaceAll("%", "%25");
  const bucket = (name: string) => `urn:pulumi:dev::shop::aws:s3/bucket:Bucket::${name}`;
  const trace = (...positions: string[]) =>
    positions.map((sourcePosition) => (sourcePosition === "" ? {} : { sourcePosition }));
  const resources = [
    {
      urn: bucket("esm"),
      stackTrace: trace(`project:///src/${file}/lib/store.ts#4,7`, "", `project:///src/${file}/src/index.ts#9`),
    },
    { urn: bucket("cjs"), sourcePosition: "project:///src/index.ts#2,1" },
    { urn: bucket("packaged"), stackTrace: trace("project:///node_modules/x/y.js#1", "project:///src/index.ts#3,1") },
    { urn: bucket("outside"), stackTrace: trace("project:///../../elsewhere/x.ts#1", "project:///file:/etc/x.ts#2") },
    { urn: bucket("top"), stackTrace: [{}] },
    { urn: `urn:pulumi:dev::shop::aws:sqs/queue:Queue::twice`, stackTrace: [{}] },
  ];
  const expected = {
    esm: [
      { file: "lib/store.ts", line: 4, column: 7 },
      { file: "src/index.ts", line: 9 },
    ],
    cjs: [{ file: "src/index.ts", line: 2, column: 1 }],
    packaged: [{ file: "src/index.ts", line: 3, column: 1 }],
    outside: undefined,
    top: [{ file: "src/top.mts", line: 3 }],
  };

  test.each([
    ["a preview", { steps: resources.map((newState) => ({ urn: newState.urn, newState })) }],
    ["a state", { version: 3, deployment: { resources } }],
  ])("in the document of %s are told from the root of the checkout; none leads out of it", (_name, document) => {
    const places = locationsIn(document, { root });
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, places.get(bucket(name))]))).toEqual(expected);
    expect(places.get("urn:pulumi:dev::shop::aws:sqs/queue:Queue::twice")).toBeUndefined();
  });

  test("of what another checkout deployed the same file of this one is told, unless any file could be meant", () => {
    const frames = trace("project:///file:/home/ci/repo/src/top.mts#3", "project:///file:/home/ci/top.mts#1");
    const document = { deployment: { resources: [{ urn: bucket("deployed"), stackTrace: frames }] } };
    expect(locationsIn(document, { root }).get(bucket("deployed"))).toBeUndefined();
    expect(locationsIn(document, { root, elsewhere: true }).get(bucket("deployed"))).toEqual([
      { file: "src/top.mts", line: 3 },
    ]);
  });

  test("where there is no document there are none", () => {
    expect(locationsIn(undefined, { root }).get(bucket("top"))).toBeUndefined();
  });
});
