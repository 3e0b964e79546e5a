import { countsOf, type PolicyFinding, type PolicyReport, type SourceLocation, stops } from "./finding.ts";

/** How text is made to stand out. @default it is not */
export type Paint = Readonly<Record<"bold" | "dim" | "red" | "yellow" | "green", (text: string) => string>>;

const same = (text: string) => text;
export const PLAIN: Paint = { bold: same, dim: same, red: same, yellow: same, green: same };

const plural = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

/** What a run came to, in one sentence: "2 violations stop the change, 1 is advice". */
export function countsText(report: Pick<PolicyReport, "findings">): string {
  const { stop, advice, exempted, undetermined } = countsOf(report);
  const parts = [
    stop > 0 ? plural(stop, "violation stops the change", "violations stop the change") : "nothing stops the change",
    ...(advice > 0 ? [plural(advice, "is advice", "are advice")] : []),
    ...(exempted > 0 ? [plural(exempted, "is exempted", "are exempted")] : []),
    ...(undetermined > 0 ? [`${plural(undetermined, "answer has", "answers have")} to wait for the deployment`] : []),
  ];
  return parts.join(", ");
}

/** A place as editors and terminals make it a link. */
export function placeText({ file, line, column }: SourceLocation): string {
  return `${file}:${line}${column === undefined ? "" : `:${column}`}`;
}

/**
 * The findings for a person at a terminal: what is wrong with each rule once, and below it each resource with the line that
 * makes it. What has to wait for the deployment is gathered by the value that is waited for.
 */
export function textReport(report: Pick<PolicyReport, "findings">, paint: Paint = PLAIN): string {
  const by = (test: (finding: PolicyFinding) => boolean) => report.findings.filter(test);
  const stopping = by(stops);
  const advice = by((finding) => finding.verdict === "fail" && !stops(finding));
  const exempted = by((finding) => finding.verdict === "exempted");
  const waiting = by((finding) => finding.verdict === "undetermined" && !stops(finding));
  return [
    ...byRule(stopping).flatMap((group) => ruleLines(group, paint, paint.red("✗"), "stops the change")),
    ...byRule(advice).flatMap((group) => ruleLines(group, paint, paint.yellow("!"), "advice")),
    ...exemptedLines(exempted, paint),
    ...waitingLines(waiting, paint),
  ]
    .join("\n")
    .trimEnd();
}

function byRule(findings: readonly PolicyFinding[]): PolicyFinding[][] {
  const groups = new Map<string, PolicyFinding[]>();
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.verdict}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

function ruleLines(group: readonly PolicyFinding[], paint: Paint, mark: string, effect: string): string[] {
  const { rule, severity, title, why, remedy, url } = group[0]!;
  const about = [
    ["Why", why],
    ["Remedy", remedy],
    ["See", url],
  ].flatMap(([word, text]) => (text ? [`    ${paint.dim(`${word}:`.padEnd(8))}${text}`] : []));
  return [
    `${mark} ${paint.bold(rule)} ${paint.dim(`${severity}, ${effect}`)}`,
    `    ${title}`,
    ...group.flatMap((finding) => findingLines(finding, paint)),
    ...about,
    "",
  ];
}

function findingLines(finding: PolicyFinding, paint: Paint): string[] {
  const { location, calledFrom, resource, type, message, exemption } = finding;
  const from = calledFrom.map(placeText).join(", ");
  const name = resource === "" ? "the stack" : `${resource} ${paint.dim(type)}`;
  return [
    `  ${paint.bold("→")} ${location ? `${placeText(location)}  ` : ""}${name}`,
    ...message.split("\n").map((line) => `      ${line.trimStart()}`),
    ...(from === "" ? [] : [paint.dim(`      by way of ${from}`)]),
    ...(exemption
      ? [`      The exemption for it ended on ${exemption.expires} (${exemption.owner}, ${exemption.ticket}).`]
      : []),
  ];
}

function exemptedLines(findings: readonly PolicyFinding[], paint: Paint): string[] {
  if (findings.length === 0) return [];
  return [
    paint.bold(`Exempted, each for a while (${findings.length})`),
    ...findings.map(({ rule, resource, exemption }) => {
      const who = exemption ? `${exemption.owner}, agreed by ${exemption.approver}, ${exemption.ticket}` : "";
      return `    ${rule} on ${resource} until ${exemption?.expires ?? "?"} ${paint.dim(`(${who}): ${exemption?.reason ?? ""}`)}`;
    }),
    "",
  ];
}

/** More of the same adds length and no knowledge; the JSON report has them all. */
const MOST_WAITING = 10;
const MOST_NAMES = 4;

function waitingLines(findings: readonly PolicyFinding[], paint: Paint): string[] {
  if (findings.length === 0) return [];
  const groups = waitingGroups(findings);
  const more = groups.length - MOST_WAITING;
  return [
    paint.bold(`Judged in the deployment, when the values are known (${findings.length})`),
    ...groups.slice(0, MOST_WAITING).map(({ value, type, resources, rules }) => {
      const names = resources.length > MOST_NAMES ? [...resources.slice(0, MOST_NAMES - 1), "…"] : resources;
      return `    ${value} of ${names.join(", ")} ${paint.dim(`${type}: ${rules.join(", ")}`)}`;
    }),
    ...(more > 0 ? [paint.dim(`    … and ${more} more; the JSON report has all`)] : []),
    "",
  ];
}

/** Resources of one type that wait for one value, and the rules that do. */
export interface WaitingGroup {
  readonly value: string;
  readonly type: string;
  readonly resources: readonly string[];
  readonly rules: readonly string[];
}

/** What cannot be judged yet, by what it waits for: ten alike resources are one line. */
export function waitingGroups(findings: readonly PolicyFinding[]): WaitingGroup[] {
  const byUrn = new Map<string, { value: string; type: string; resource: string; rules: string[] }>();
  for (const { urn, type, resource, rule, waitsFor = [] } of findings) {
    const value = waitsFor.join(", ");
    const key = `${urn}\n${value}`;
    const known = byUrn.get(key);
    if (known) known.rules.push(rule);
    else byUrn.set(key, { value, type, resource, rules: [rule] });
  }
  const groups = new Map<string, { value: string; type: string; resources: string[]; rules: string[] }>();
  for (const { value, type, resource, rules } of byUrn.values()) {
    const key = `${type}\n${value}\n${rules.join()}`;
    const known = groups.get(key);
    if (known) known.resources.push(resource);
    else groups.set(key, { value, type, resources: [resource], rules });
  }
  return [...groups.values()];
}
