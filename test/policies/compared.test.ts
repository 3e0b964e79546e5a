/**
 * Our rules beside those of other tools: what they ask and ours do not has a reason, and so has what they find in our own
 * environments. UPDATE_DOCS=1 writes the page of it anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { RULES } from "../../policies/rules/index.ts";
import { ANSWERS as NAG_ANSWERS } from "../cdk-nag/answers.ts";
import { readFound, unanswered } from "../cdk-nag/found.ts";
import { ANSWERS as CHECKOV_ANSWERS } from "../checkov/answers.ts";
import { markdownTable } from "../support/markdown.ts";
import { CDK_NAG } from "./compared/cdk-nag.ts";
import { AWSGUARD, COMPLIANCE_POLICIES } from "./compared/pulumi.ts";
import { NOT_ASKED } from "./compared/scanners.ts";
import { CHECKS, type Relation } from "./corpus/checks.ts";

const PAGE = "docs/guides/policy-compared.md";
const IDS = new Set(RULES.map(({ id }) => id));
const FOUND = readFound();

type Rows = readonly (readonly [theirs: string, ours: readonly string[] | string])[];

const code = (ids: readonly string[]) => ids.map((id) => `\`${id}\``).join(", ");
const MEANING: Readonly<Record<Relation, string>> = { same: "the same", part: "part of it", more: "more" };

/** The same reason once, with all it is for. */
function reasons(rows: Rows): string[] {
  const without = rows.flatMap(([theirs, ours]) => (typeof ours === "string" ? [[theirs, ours] as const] : []));
  return [...Map.groupBy(without, ([, why]) => why)].map(
    ([why, same]) => `- ${same.map(([theirs]) => theirs).join(", ")}: ${why}`,
  );
}

function rows(head: string, table: Rows): string[] {
  const asked = table.flatMap(([theirs, ours]) => (typeof ours === "string" ? [] : [[theirs, code(ours)]]));
  return [...markdownTable([head, "ours"], asked), "", "Not asked:", "", ...reasons(table)];
}

const isOurs = ([, ours]: Rows[number]) => typeof ours !== "string";
const summary = (tool: string, what: string, table: Rows) => [
  ...[tool, what, table.length, table.filter(isOurs).length, table.filter((row) => !isOurs(row)).length],
];

function page(): string {
  const notAsked = NOT_ASKED.flatMap(({ checks, why }) => checks.map((check) => [check, why] as const));
  const scanners: Rows = [...CHECKS.map(([check, , ...ours]) => [check, ours] as const), ...notAsked];
  const only = (form: RegExp) => scanners.filter(([check]) => form.test(check));
  const lines = [
    "# The policy rules beside those of other tools",
    "",
    "Other tools judge the same resources. Each of their checks that finds something, and each rule of theirs, is listed here",
    "with the rule of ours that asks it, or with why none does; a test fails for one that is missing. How often the rules are",
    "right where both ask is in [policy-quality.md](policy-quality.md).",
    "",
    "The page is written by `UPDATE_DOCS=1 npx jest test/policies/compared.test.ts`.",
    "",
    ...markdownTable(
      ["tool", "what of it", "checks", "asked by ours", "not asked, with why"],
      [
        summary("checkov 3.3.30", "AWS checks that fail in the outside corpus", only(/^CKV2?_AWS/)),
        summary("checkov 3.3.30", "Kubernetes checks with an example", only(/^CKV_K8S/)),
        summary("kyverno/policies b9c4317", "Pod Security policies", only(/^[a-z]/)),
        summary("trivy-checks 80e5382", "AWS checks with an example that fails", only(/^AWS-/)),
        summary("cdk-nag 3.0.2", "AwsSolutions, NIST 800-53 r5, HIPAA, PCI DSS", CDK_NAG),
        summary("@pulumi/awsguard 0.3.1", "all", AWSGUARD),
        summary("compliance-policies 712a901", "on @pulumi/aws", COMPLIANCE_POLICIES),
      ],
    ),
    "",
    "## What they find in our own environments",
    "",
    "Our own rules find nothing there, and no exemption is needed (`npx jest test/stacks/policies.test.ts`).",
    "",
    "checkov judges production, staging, dev, local, a pull request's environment and production with other choices, as",
    "Terraform (`npx jest test/checkov`). What it finds and stays:",
    "",
    ...[...Map.groupBy(CHECKOV_ANSWERS, ({ reason }) => reason)].map(
      ([reason, same]) => `- ${[...new Set(same.map(({ check }) => check))].join(", ")}: ${reason}`,
    ),
    "",
    `cdk-nag judges ${FOUND.resources} resources of production, staging, dev and local, as CloudFormation (\`CDK_NAG=1 npx jest`,
    `test/cdk-nag\`, with aws-cdk-lib ${FOUND.versions["aws-cdk-lib"]}). What it finds and stays:`,
    "",
    ...markdownTable(
      ["rules", "resources", "why it stays"],
      NAG_ANSWERS.map(({ rules, reason }) => {
        const its = FOUND.findings.filter(({ rule }) => rules.some((id) => rule.endsWith(`-${id}`)));
        return [rules.join(", "), [...new Set(its.flatMap(({ resources }) => resources))].join(", "), reason];
      }),
    ),
    "",
    "## checkov, trivy and Kyverno",
    "",
    "The checks that find something among what others published (the corpus of policy-quality.md). A check asks the same as",
    "the rule, part of what the rule asks, or more.",
    "",
    ...markdownTable(
      ["check", "asks", "ours"],
      CHECKS.map(([check, relation, ...ours]) => [check, MEANING[relation], code(ours)]),
    ),
    "",
    "Not asked:",
    "",
    ...NOT_ASKED.map(({ checks, why }) => `- ${checks.join(", ")}: ${why}`),
    "",
    "## cdk-nag",
    "",
    ...rows("rule", CDK_NAG),
    "",
    "## AWSGuard",
    "",
    ...rows("policy", AWSGUARD),
    "",
    "## compliance-policies",
    "",
    ...rows("policy", COMPLIANCE_POLICIES),
  ];
  return `${lines.join("\n")}\n`;
}

test("everything that others ask has a rule that exists, or a reason", () => {
  const tables: Rows = [...CDK_NAG, ...AWSGUARD, ...COMPLIANCE_POLICIES];
  expect(tables.flatMap(([, ours]) => (typeof ours === "string" ? [] : ours.filter((id) => !IDS.has(id))))).toEqual([]);
  expect(tables.filter(([, ours]) => ours.length === 0)).toEqual([]);
  const asked = new Set(CHECKS.map(([check]) => check));
  const refused = NOT_ASKED.flatMap(({ checks }) => checks);
  expect(refused.filter((check) => asked.has(check))).toEqual([]);
  expect(new Set(refused).size).toBe(refused.length);
});

test("reasons that point to a rule point to one that there is", () => {
  const texts = [
    ...[...CDK_NAG, ...AWSGUARD, ...COMPLIANCE_POLICIES].flatMap(([, ours]) =>
      typeof ours === "string" ? [ours] : [],
    ),
    ...NOT_ASKED.map(({ why }) => why),
    ...NAG_ANSWERS.map(({ reason }) => reason),
  ];
  const named = texts.flatMap((text) => text.match(/\b(?:[a-z][a-z0-9]+-){2,}[a-z0-9]+\b/g) ?? []);
  expect(named.filter((id) => !IDS.has(id) && !/^(point-in|cross-site|release-)/.test(id))).toEqual([]);
});

test("what cdk-nag found in our own environments is answered, and every answer is to something", () => {
  expect(unanswered(FOUND).map(({ rule }) => rule)).toEqual([]);
  const found = FOUND.findings.map(({ rule }) => rule);
  expect(NAG_ANSWERS.filter(({ rules }) => !rules.some((id) => found.some((rule) => rule.endsWith(`-${id}`))))).toEqual(
    [],
  );
});

test("the page says what the tables say", () => {
  const text = page();
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, text);
  expect(readFileSync(PAGE, "utf8")).toBe(text);
});
