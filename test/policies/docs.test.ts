/** The page of all rules and the matrix of controls, written from the rules themselves: UPDATE_DOCS=1 writes them anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { CATALOGUES, type Catalogue, RULES, type RuleDescription } from "../../policies/index.ts";
import { RULE_SETS } from "../../policies/rules/index.ts";

const PAGE = "docs/guides/policy-rules.md";
const cell = (text: string) => text.replaceAll("|", "\\|");

/** Control ids in the order a person looks for them: by family, then by number. */
function inOrder(ids: Iterable<string>): string[] {
  return [...new Set(ids)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** What a rule sets by itself, and where not for all of its types for which. */
function fixCell(fix: RuleDescription["fix"]): string {
  if (!fix) return "";
  const types = fix.types?.map((type) => `\`${type.split(":").at(-1)}\``);
  return `${fix.says.join("; ")}${types ? ` (${[...new Set(types)].join(", ")})` : ""}`;
}

function page(): string {
  const lines = [
    "# Policy rules",
    "",
    `${RULES.length} rules in ${RULE_SETS.length} sets; how they are run and configured says [policies/README.md](../../policies/README.md).`,
    "`npx causeway policy explain <rule>` shows one with why and what to do.",
    `${RULES.filter(({ fix }) => fix).length} rules can put right by themselves what breaks them, where the settings want that; the last column says what they set.`,
    "The page is written by `UPDATE_DOCS=1 npx jest test/policies/docs.test.ts`.",
  ];
  for (const { name, title, description } of RULE_SETS) {
    const rules = RULES.filter(({ set }) => set === name);
    lines.push("", `## ${title}`, "", `${description} ${rules.length} rules.`, "");
    lines.push("| rule | severity | what holds | why | fixed by itself |", "| --- | --- | --- | --- | --- |");
    for (const { id, severity, title: holds, why, url, fix } of rules) {
      lines.push(`| \`${id}\` | ${severity} | [${cell(holds)}](${url}) | ${cell(why)} | ${cell(fixCell(fix))} |`);
    }
  }
  lines.push("", "## Controls", "", "Which rules answer to which control. Ids only: the catalogues are their owners'.");
  lines.push("What AWS Security Hub calls a control's related requirements is taken over from its reference.");
  for (const [catalogue, { title, url }] of Object.entries(CATALOGUES) as [
    Catalogue,
    { title: string; url: string },
  ][]) {
    const ids = inOrder(RULES.flatMap(({ controls }) => controls[catalogue] ?? []));
    lines.push("", `### [${title}](${url})`, "", "| control | rules |", "| --- | --- |");
    for (const id of ids) {
      const rules = RULES.filter(({ controls }) => controls[catalogue]?.includes(id)).map((rule) => `\`${rule.id}\``);
      lines.push(`| ${id} | ${rules.join(", ")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

test("the page says what the rules say", () => {
  const text = page();
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, text);
  expect(readFileSync(PAGE, "utf8")).toBe(text);
});

test("control ids have the form of their catalogue", () => {
  const forms: Record<Catalogue, RegExp> = {
    "cis-aws": /^\d+(\.\d+)+$/,
    "cis-eks": /^\d+(\.\d+)+$/,
    "nist-800-53": /^[A-Z]{2}-\d+(\(\d+\))?$/,
    pss: /^(baseline|restricted): /,
    "security-hub": /^[A-Z]\w*\.\d+$/i,
  };
  const wrong = RULES.flatMap(({ id, controls }) =>
    (Object.entries(controls) as [Catalogue, readonly string[]][]).flatMap(([catalogue, ids]) =>
      ids.filter((control) => !forms[catalogue].test(control)).map((control) => `${id}: ${catalogue} ${control}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test("every control of the Pod Security Standards has a rule", () => {
  // The list of https://kubernetes.io/docs/concepts/security/pod-security-standards/
  const baseline = [
    ...["HostProcess", "Host Namespaces", "Privileged Containers", "Capabilities", "HostPath Volumes", "Host Ports"],
    ...["Host Probes / Lifecycle Hooks", "AppArmor", "SELinux", "/proc Mount Type", "Seccomp", "Sysctls"],
  ];
  const restricted = [
    ...["Volume Types", "Privilege Escalation", "Running as Non-root", "Running as Non-root user", "Seccomp"],
    "Capabilities",
  ];
  const claimed = new Set(RULES.flatMap(({ controls }) => controls.pss ?? []));
  expect([...claimed].sort()).toEqual(
    [...baseline.map((name) => `baseline: ${name}`), ...restricted.map((name) => `restricted: ${name}`)].sort(),
  );
});
