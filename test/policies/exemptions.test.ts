import { ProblemCollector } from "../../contracts/problems.ts";
import { parseExemptions, withExemption } from "../../environments/exemptions.ts";
import { exemptionProblems, LONGEST_EXEMPTION_DAYS } from "../../policies/framework/exemptions.ts";
import { EXEMPTION_UNUSED, UNDETERMINED } from "../../policies/framework/findings.ts";
import {
  analyze,
  analyzeStack,
  type HarnessFinding,
  type HarnessResource,
  UNKNOWN,
} from "../../policies/harness/index.ts";
import { type Exemption, packConfig } from "../../policies/index.ts";
import { platformPack } from "../../policies/packs.ts";

const { policies } = platformPack();
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

const BUCKET = "aws:s3/bucket:Bucket";
const QUEUE = "aws:sqs/queue:Queue";
const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
const plainQueue = (name: string, encrypted: unknown = false): HarnessResource => ({
  type: QUEUE,
  name,
  urn: urn(QUEUE, name),
  inputs: { sqsManagedSseEnabled: encrypted, redrivePolicy: "{}" },
  provider: {
    inputs: {
      defaultTags: { tags: { owner: "a", environment: "dev", service: "b", "cost-centre": "c", "data-class": "none" } },
    },
  },
});
const exemption = (more: Partial<Exemption> = {}): Exemption => ({
  rule: "sqs-encrypted",
  urn: urn(QUEUE, "legacy"),
  reason: "The reader of the old mainframe knows no encryption.",
  owner: "orders",
  approver: "security",
  ticket: "SHOP-1234",
  expires: day(30),
  ...more,
});
const judged = (resources: readonly HarnessResource[], ...exemptions: Exemption[]) =>
  analyze(policies, resources, packConfig({ exemptions }));
const judgedStack = (resources: readonly HarnessResource[], ...exemptions: Exemption[]) =>
  analyzeStack(policies, resources, packConfig({ exemptions }));
const lines = (findings: readonly HarnessFinding[]) =>
  findings.map(({ policy, level, urn: where }) => `${level} ${policy} ${where.split("::").at(-1)}`);

test("an exempted violation is still told of, with who answers for it, and stops nothing; another one does", async () => {
  const findings = await judged([plainQueue("legacy"), plainQueue("new")], exemption());
  expect(lines(findings)).toEqual(["advisory sqs-encrypted legacy", "mandatory sqs-encrypted new"]);
  expect(findings[0]!.message).toContain(`Exempted until ${day(30)}: The reader of the old mainframe`);
  expect(findings[0]!.message).toContain("(orders, agreed by security, SHOP-1234)");
});

test("it holds to the end of its last day, and not a day longer", async () => {
  expect(lines(await judged([plainQueue("legacy")], exemption({ expires: day(0) })))).toEqual([
    "advisory sqs-encrypted legacy",
  ]);
  const [ended] = await judged([plainQueue("legacy")], exemption({ expires: day(-1) }));
  expect(ended).toMatchObject({ policy: "sqs-encrypted", level: "mandatory" });
  expect(ended!.message).toContain(`No longer exempted: that ended. It was until ${day(-1)}`);
});

test("of one rule only, and by pattern of many resources", async () => {
  const bucket: HarnessResource = { type: BUCKET, name: "legacy", urn: urn(BUCKET, "legacy"), inputs: { tags: {} } };
  const both = await judged(
    [bucket, plainQueue("legacy-1"), plainQueue("legacy-2")],
    exemption({ urn: "*::legacy-*" }),
  );
  expect(lines(both)).toEqual([
    "mandatory tags-required legacy",
    "advisory sqs-encrypted legacy-1",
    "advisory sqs-encrypted legacy-2",
  ]);
  // What stands for itself in a pattern is no pattern.
  expect(lines(await judged([plainQueue("legacyX")], exemption({ urn: urn(QUEUE, "legacy.") })))).toEqual([
    "mandatory sqs-encrypted legacyX",
  ]);
});

test("rules over stacks can be exempted too", async () => {
  const bucket: HarnessResource = { type: BUCKET, name: "old", urn: urn(BUCKET, "old"), inputs: {} };
  const given = exemption({ rule: "s3-versioned", urn: urn(BUCKET, "old") });
  const about = (findings: readonly HarnessFinding[]) =>
    lines(findings).filter((line) => line.includes("s3-versioned"));
  expect(about(await judgedStack([bucket]))).toEqual(["mandatory s3-versioned old"]);
  expect(about(await judgedStack([bucket], given))).toEqual(["advisory s3-versioned old"]);
});

test("one that excuses nothing is reported: the resource is gone, or is put right; one that may still be needed is not", async () => {
  const unused = async (resource: HarnessResource) =>
    (await judgedStack([resource], exemption())).filter(({ policy }) => policy === EXEMPTION_UNUSED);
  const [gone] = await unused(plainQueue("new", true));
  expect(gone).toMatchObject({ level: "mandatory" });
  expect(gone!.message).toContain("the stack has no such resource");
  const [right] = await unused(plainQueue("legacy", true));
  expect(right!.message).toContain("the rule holds there");
  expect(await unused(plainQueue("legacy"))).toEqual([]);
  expect(await unused(plainQueue("legacy", UNKNOWN))).toEqual([]);
  expect(lines(await judged([plainQueue("legacy", UNKNOWN)], exemption()))).toEqual([
    `advisory ${UNDETERMINED} legacy`,
  ]);
});

test("what cannot be given is refused, with all that is wrong at once", () => {
  const wrong = exemption({ reason: " ", approver: "orders", expires: day(LONGEST_EXEMPTION_DAYS + 2) });
  const unknown = exemption({ rule: "sqs-encryptet", urn: "*", expires: "soon" });
  expect(() => packConfig({ exemptions: [wrong, unknown] })).toThrow(
    new RegExp(
      [
        "exemptions\\[0\\] \\(sqs-encrypted\\): reason is missing",
        "exemptions\\[0\\] \\(sqs-encrypted\\): expires is more than 365 days away",
        "exemptions\\[0\\] \\(sqs-encrypted\\): approver is the owner too",
        "exemptions\\[1\\] \\(sqs-encryptet\\): expires is no day",
        "exemptions\\[1\\] \\(sqs-encryptet\\): urn is every resource",
        'exemptions\\[1\\] \\(sqs-encryptet\\): there is no rule "sqs-encryptet"',
      ].join("[^]*"),
    ),
  );
});

test.each([
  ["a day that the calendar lacks", { expires: "2027-02-30" }, ["expires"]],
  ["a day of another form", { expires: "31.1.2027" }, ["expires"]],
  ["the last day that can be given", { expires: day(LONGEST_EXEMPTION_DAYS) }, []],
  ["an approver who is the owner in other letters", { owner: "Orders", approver: " orders" }, ["approver"]],
  ["an exemption that has ended: it blocks by itself", { expires: day(-100) }, []],
  ["a name instead of a URN", { urn: "legacy" }, ["urn"]],
  ...["*", "**", "urn:*", "urn:pulumi:dev::shop::*", "urn:pulumi:dev::shop::*::**", "urn:pulumi:*::*::*::*"].map(
    (all): [string, Partial<Exemption>, string[]] => [`${all} is every resource`, { urn: all }, ["urn"]],
  ),
  ...["*legacy*", "urn:pulumi:*legacy", "urn:pulumi:dev::shop::*::l*", "urn:pulumi:dev::shop::aws:sqs/*"].map(
    (some): [string, Partial<Exemption>, string[]] => [`${some} is some`, { urn: some }, []],
  ),
])("%s", (_name, more, properties) => {
  expect(exemptionProblems({ ...exemption(more) }, day(0)).map(({ property }) => property)).toEqual(properties);
});

describe("the file of exemptions", () => {
  const parsed = (text: string) => {
    const problems = new ProblemCollector("exemptions.json");
    const listed = parseExemptions(text, ["local", "production"], problems);
    return { listed, problems: problems.problems.map(({ property, message }) => `${property}: ${message}`) };
  };

  test("what the command adds stands behind what was there, and is found again with its line", () => {
    const one = withExemption("{}\n", "production", exemption());
    const two = withExemption(one, "local", exemption({ rule: "s3-versioned" }));
    const three = withExemption(two, "production", exemption({ rule: "tags-required" }));
    const { listed, problems } = parsed(three);
    expect(problems).toEqual([]);
    expect(listed.map((entry) => [entry.property, entry.exemption.rule])).toEqual([
      ["production[0]", "sqs-encrypted"],
      ["production[1]", "tags-required"],
      ["local[0]", "s3-versioned"],
    ]);
    expect(listed[0]!.exemption).toEqual(exemption());
    const lines = three.split("\n");
    for (const { line, exemption: entry } of listed) {
      expect(lines[line - 1]!.trim()).toBe("{");
      expect(lines[line]).toContain(`"${entry.rule}"`);
    }
  });

  test("what is wrong in it is told with its place, all at once; what is right is read", () => {
    const { listed, problems } = parsed(
      JSON.stringify({ local: [{ ...exemption(), expire: "2027-01-01" }, 7], prodution: {}, "pr-7": [exemption()] }),
    );
    expect(listed.map(({ property }) => property)).toEqual(["local[0]", "pr-7[0]"]);
    expect(problems).toEqual([
      'local[0].expire: "expire" is not a known key.',
      "local[1]: 7 is not an object.",
      'prodution: there is no environment "prodution".',
      "prodution: {} is not a list.",
    ]);
    expect(parsed('{"local": [').problems[0]).toContain("it is no JSON");
    expect(parsed("[]").problems).toEqual([": [] is not an object."]);
  });
});
