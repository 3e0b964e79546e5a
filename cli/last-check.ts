import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FindingVerdict, PolicyFinding } from "../policies/report/index.ts";
import { findingsIn, type RunReport, wentThrough } from "./report/report.ts";
import { workspaceOf } from "./session.ts";

/** What the last check of an environment saw, for commands that run none. */
export interface LastCheck {
  /** Day of the check, in UTC. */
  readonly day: string;
  /** URNs of all resources that the program makes. */
  readonly resources: readonly string[];
  readonly findings: readonly { readonly rule: string; readonly urn: string; readonly verdict: FindingVerdict }[];
}

function fileOf(checkout: string, environment: string): string {
  return join(workspaceOf(checkout).root, "policy-checks", `${environment}.json`);
}

/** Remembers what a preview saw, if it saw everything. */
export function rememberCheck(checkout: string, report: RunReport, day: string): void {
  if (!wentThrough(report)) return;
  const file = fileOf(checkout, report.environment);
  const seen: LastCheck = {
    day,
    resources: report.resources.filter(({ change }) => change !== "delete").map(({ urn }) => urn),
    findings: findingsIn(report).map(({ rule, urn, verdict }: PolicyFinding) => ({ rule, urn, verdict })),
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(seen));
  renameSync(`${file}.${process.pid}`, file);
}

/** What the last check of an environment saw; undefined when there was none, or none that can be read. */
export function lastCheck(checkout: string, environment: string): LastCheck | undefined {
  const file = fileOf(checkout, environment);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LastCheck;
  } catch {
    // Of an older version, or cut off: as good as none.
    return undefined;
  }
}
