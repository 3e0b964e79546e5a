import { rightsSection } from "../../policies/privileges/index.ts";
import { code, countsText, type MarkdownOptions, policySections } from "../../policies/report/index.ts";
import { fixText, WRITE_IT_DOWN } from "./fixes.ts";
import { groupByComponent } from "./groups.ts";
import { findingsIn, hasChanges, isClosing, type RunReport } from "./report.ts";
import type { ChangeKind, ResourceStep } from "./steps.ts";
import { describeProperty } from "./text.ts";

/** GitHub refuses a comment above 65,536 characters; the rest is room for the marker and the closing line. */
const LONGEST_COMMENT = 60_000;
const WORDS: Readonly<Record<ChangeKind, string>> = {
  replace: "🔁 replace",
  delete: "🗑️ delete",
  create: "➕ create",
  update: "✏️ update",
  same: "same",
};

/** The hidden line by which the workflow finds its own comment again and edits it in place. */
export function commentMarker(environment: string): string {
  return `<!-- causeway-preview:${environment} -->`;
}

function row(step: ResourceStep): string {
  const details = step.change === "update" || step.change === "replace" ? step.properties.map(describeProperty) : [];
  return `| ${WORDS[step.change]} | ${code(step.name)} | ${code(step.type)} | ${details.map(code).join("<br>")} |`;
}

/**
 * One environment's preview as a pull-request comment: what is replaced and deleted on top, each component folded away.
 * Cut at whole lines when it grows beyond what GitHub takes, and says so.
 */
export function markdownComment(report: RunReport, options: MarkdownOptions = {}): string {
  const lines: string[] = [commentMarker(report.environment)];
  const counts = (["replace", "delete", "create", "update"] as const)
    .filter((kind) => report.changes[kind] > 0)
    .map((kind) => `${report.changes[kind]} ${WORDS[kind]}`)
    .join(", ");
  const verdict = report.result === "succeeded" ? "" : ` — **${report.result.replace("-", " ")}**`;
  lines.push(`### ${report.environment}: ${hasChanges(report) ? counts : "no changes"}${verdict}`, "");
  const dangerous = report.resources.filter((step) => step.change === "replace" || step.change === "delete");
  if (dangerous.length > 0) {
    lines.push(
      "> [!WARNING]",
      `> ${dangerous.length} existing ${dangerous.length === 1 ? "resource is" : "resources are"} replaced or deleted.`,
      "",
    );
  }
  lines.push(...rightsSection(report.permissions ?? []));
  const { fixes = [] } = report.policy;
  if (fixes.length > 0) {
    lines.push(
      "**Put right by policies:**",
      "",
      ...fixes.map((fix) => `- ${code(fixText(fix))}`),
      "",
      WRITE_IT_DOWN,
      "",
    );
  }
  const findings = findingsIn(report);
  if (findings.length > 0) {
    lines.push(`**Policies:** ${countsText({ findings })}.`, "", ...policySections({ findings }, options));
  } else if (report.policy.packs.length > 0) {
    lines.push(`Policies passed: ${report.policy.packs.map(code).join(", ")}`, "");
  }
  const stopped = report.result === "policy-violation";
  for (const error of report.diagnostics.filter((d) => d.severity === "error" && !(stopped && isClosing(d))))
    lines.push(`**Error** ${code(error.message)}`, "");
  for (const group of groupByComponent(report.resources)) {
    const open = group.steps.some((step) => step.change === "replace" || step.change === "delete") ? " open" : "";
    lines.push(`<details${open}><summary><b>${group.title}</b> (${group.steps.length})</summary>`, "");
    lines.push(
      "| | resource | type | what differs |",
      "|---|---|---|---|",
      ...group.steps.map(row),
      "",
      "</details>",
      "",
    );
  }
  return cut(lines);
}

/** In a workflow of GitHub lines can be linked to the commit that is judged. */
export function sourceUrl(env: NodeJS.ProcessEnv = process.env): MarkdownOptions {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, HEAD_SHA, GITHUB_SHA } = env;
  const commit = HEAD_SHA || GITHUB_SHA;
  return server && repository && commit ? { sourceUrl: `${server}/${repository}/blob/${commit}` } : {};
}

function cut(lines: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  let open = false;
  for (const line of lines) {
    length += line.length + 1;
    if (length > LONGEST_COMMENT) {
      if (open) kept.push("", "</details>");
      kept.push("", `… ${lines.length - kept.length} lines more: run \`npx causeway preview\` for all of it.`);
      break;
    }
    if (line.startsWith("<details")) open = true;
    if (line === "</details>") open = false;
    kept.push(line);
  }
  return `${kept.join("\n").trimEnd()}\n`;
}
