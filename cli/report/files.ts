import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import pc from "picocolors";
import {
  countsText,
  jsonReport,
  markdownReport,
  type PolicyReport,
  sarifReport,
  stops,
  textReport,
} from "../../policies/report/index.ts";
import { CommandError } from "../exit-codes.ts";
import { remark } from "../json.ts";
import { sourceUrl } from "./markdown.ts";

/** The forms in which `policy check` and `preview` tell what the policies found. */
export const REPORT_FORMATS = ["console", "json", "sarif", "markdown"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** One report that was asked for. */
export interface WantedReport {
  readonly format: ReportFormat;
  /** File to write; standard output when there is none. */
  readonly file?: string;
}

/** Adds one more value to those of an option that may be given several times. */
export const collected = (value: string, before: readonly string[]): string[] => [...before, value];

/**
 * Reads `--report <format>[=<file>]`, as often as it is given.
 *
 * @param how `files`: standard output is taken, so that each has to go to a file
 * @throws CommandError `usage` with all that is wrong: formats there are none of, and two reports on standard output
 */
export function wantedReports(texts: readonly string[], how: { readonly files?: boolean } = {}): WantedReport[] {
  const wrong: string[] = [];
  const wanted = texts.flatMap((text): WantedReport[] => {
    const [, name = "", file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const format = REPORT_FORMATS.find((known) => known === name);
    if (format === undefined) {
      wrong.push(`There is no report "${name}"; there are ${REPORT_FORMATS.join(", ")}.`);
      return [];
    }
    if (file === "") wrong.push(`--report ${text} names no file: write --report ${name}=<file>, or --report ${name}.`);
    return [{ format, ...(file === undefined ? {} : { file }) }];
  });
  const printed = wanted.filter(({ file }) => file === undefined).map(({ format }) => format);
  if (how.files && printed.length > 0) {
    wrong.push(`--report ${printed[0]} names no file: write --report ${printed[0]}=<file>.`);
  } else if (printed.length > 1) {
    wrong.push(
      `Only one report can go to standard output, not ${printed.join(" and ")}: give a file, as in --report sarif=policies.sarif.`,
    );
  }
  if (wrong.length > 0) throw new CommandError("usage", wrong.join("\n"));
  return wanted;
}

/** Writes the reports that go to files, and says so. */
export function writeReports(report: PolicyReport, wanted: readonly WantedReport[]): void {
  for (const { format, file } of wanted) {
    if (file === undefined) continue;
    const path = resolve(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, reportText(report, format));
    remark(`${format} report: ${file}`);
  }
}

/** A report in one form; only that for the terminal carries colour, and only where somebody looks at it. */
export function reportText(report: PolicyReport, format: ReportFormat, printed = false): string {
  switch (format) {
    case "json":
      return jsonReport(report);
    case "sarif":
      return sarifReport(report);
    case "markdown":
      return markdownReport(report, sourceUrl());
    case "console":
      return consoleReport(report, printed);
  }
}

function consoleReport(report: PolicyReport, printed: boolean): string {
  const text = printed ? textReport(report, pc) : textReport(report);
  const mark = report.findings.some(stops) ? "✗" : report.complete ? "✓" : "!";
  const incomplete = report.complete ? "" : ", as far as it was judged";
  return `${text}${text === "" ? "" : "\n\n"}${mark} ${report.subject}: ${countsText(report)}${incomplete}\n`;
}
