import { type PolicyFinding, type PolicyReport, type SourceLocation, stops } from "./finding.ts";
import { code, escaped } from "./markdown-text.ts";
import { countsText, waitingGroups } from "./text.ts";

export interface MarkdownOptions {
  /** Address of the sources at the commit that was judged, `https://…/blob/<sha>`, to link lines to. @default no links */
  readonly sourceUrl?: string;
  /** Rows of each table; what is more is counted. @default 25 */
  readonly rows?: number;
}

/** The hidden line by which a workflow finds its own comment again and edits it in place. */
export function policyMarker(subject: string): string {
  return `<!-- causeway-policy:${subject} -->`;
}

/** The findings as a comment on a pull request: what stops the change on top, what has to wait folded away. */
export function markdownReport(report: PolicyReport, options: MarkdownOptions = {}): string {
  const verdict = report.findings.some(stops) ? "❌" : report.complete ? "✅" : "⚠️";
  const incomplete = report.complete
    ? []
    : ["> [!WARNING]", "> The run failed on the way: not everything was judged.", ""];
  return `${[
    policyMarker(report.subject),
    `### ${verdict} Policies on ${escaped(report.subject)}: ${countsText(report)}`,
    "",
    ...incomplete,
    ...policySections(report, options),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

/** The tables of a report, without its heading, for a comment that says more. */
export function policySections({ findings }: Pick<PolicyReport, "findings">, options: MarkdownOptions = {}): string[] {
  const failing = findings.filter(({ verdict, ...rest }) => verdict === "fail" || stops({ verdict, ...rest }));
  const exempted = findings.filter(({ verdict }) => verdict === "exempted");
  const waiting = findings.filter((finding) => finding.verdict === "undetermined" && !stops(finding));
  return [
    ...failingSection(failing, options),
    ...exemptedSection(exempted, options),
    ...waitingSection(waiting, options),
  ];
}

const DEFAULT_ROWS = 25;
const LONGEST_CELL = 300;

function failingSection(findings: readonly PolicyFinding[], options: MarkdownOptions): string[] {
  if (findings.length === 0) return [];
  const rules = [...new Map(findings.map((finding) => [finding.rule, finding])).values()];
  return [
    ...table(["", "rule", "resource", "where", "what is wrong"], findings, options, (finding) => {
      const { rule, url, resource, location, message, severity } = finding;
      const mark = `${stops(finding) ? "❌" : "⚠️"} ${severity}`;
      const name = url === "" ? code(rule) : `[${code(rule)}](${url.replaceAll(")", "%29")})`;
      const ended = finding.exemption ? ` <i>Its exemption ended on ${escaped(finding.exemption.expires)}.</i>` : "";
      const where = location ? place(location, options) : "";
      return [mark, name, resource === "" ? "the stack" : code(resource), where, escaped(short(message)) + ended];
    }),
    "<details><summary>What to do</summary>",
    "",
    ...rules.map(
      ({ rule, title, remedy }) => `- ${code(rule)} ${escaped(title)}.${remedy ? ` **${escaped(remedy)}**` : ""}`,
    ),
    "",
    "</details>",
    "",
  ];
}

function exemptedSection(findings: readonly PolicyFinding[], options: MarkdownOptions): string[] {
  if (findings.length === 0) return [];
  return [
    `**Exempted** (${findings.length})`,
    "",
    ...table(["rule", "resource", "until", "owner", "agreed by", "ticket", "reason"], findings, options, (finding) => {
      const { expires = "", owner = "", approver = "", ticket = "", reason = "" } = finding.exemption ?? {};
      const texts = [expires, owner, approver, ticket, short(reason)].map(escaped);
      return [code(finding.rule), code(finding.resource), ...texts];
    }),
  ];
}

function waitingSection(findings: readonly PolicyFinding[], options: MarkdownOptions): string[] {
  if (findings.length === 0) return [];
  return [
    `<details><summary>${findings.length} not decided before the deployment</summary>`,
    "",
    "These wait for values that only the deployment makes, and are judged in it.",
    "",
    ...table(["value", "of", "rules"], waitingGroups(findings), options, ({ value, type, resources, rules }) => [
      code(value),
      `${resources.map(code).join(", ")} (${escaped(type)})`,
      rules.map(code).join(", "),
    ]),
    "</details>",
    "",
  ];
}

function table<Row>(
  head: readonly string[],
  rows: readonly Row[],
  { rows: most = DEFAULT_ROWS }: MarkdownOptions,
  cells: (row: Row) => readonly string[],
): string[] {
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.slice(0, most).map((row) => line(cells(row))),
    "",
    ...(rows.length > most ? [`… and ${rows.length - most} more.`, ""] : []),
  ];
}

function place({ file, line }: SourceLocation, { sourceUrl }: MarkdownOptions): string {
  const text = code(`${file}:${line}`);
  return sourceUrl === undefined ? text : `[${text}](${sourceUrl}/${encodeURI(file)}#L${line})`;
}

const short = (text: string): string => (text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text);
