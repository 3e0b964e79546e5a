import type { Cloud } from "../../contracts/vocabulary.ts";
import type { RightsChange } from "../../policies/privileges/index.ts";
import { type FindingOptions, findingsOf, type PolicyFinding, type PolicyReport } from "../../policies/report/index.ts";
import type { Settled } from "../settle/index.ts";
import type { PolicyFix } from "./fixes.ts";
import {
  type ChangeKind,
  type Diagnostic,
  isChange,
  type PolicyViolation,
  type ResourceStep,
  type RunRecorder,
} from "./steps.ts";

/** How a run ended. */
export type RunResult = "succeeded" | "failed" | "policy-violation" | "cancelled";

/** The one document a run prints with `--json`. Its field names are part of the command's contract. */
export interface RunReport {
  readonly environment: string;
  readonly cloud: Cloud;
  readonly operation: string;
  readonly result: RunResult;
  readonly changes: Readonly<Record<ChangeKind, number>>;
  readonly resources: readonly ResourceStep[];
  readonly policy: {
    /** The packs that ran, by name. */
    readonly packs: readonly string[];
    readonly violations: readonly PolicyViolation[];
    /** What rules put right by themselves; absent where none did. */
    readonly fixes?: readonly PolicyFix[];
  };
  /** What a preview makes of effective permissions; absent where there was nothing before, or the program failed. */
  readonly permissions?: readonly RightsChange[];
  /** Stack outputs; a secret output's value is `[secret]`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly diagnostics: readonly Diagnostic[];
  /** What a command that was cut off had left undecided, and what became of it; absent when there was nothing. */
  readonly settled?: readonly Settled[];
  /** Wall-clock seconds from the start of the command's engine run. */
  readonly seconds: number;
}

/** Draws up the report of a run that has ended. */
export function reportOf(
  run: RunRecorder,
  about: Pick<RunReport, "environment" | "cloud" | "operation" | "result" | "permissions" | "outputs" | "seconds"> & {
    readonly policyPacks: readonly string[];
    readonly places?: Pick<FindingOptions, "locations" | "exemptionAt">;
  },
): RunReport {
  const { policyPacks, places, ...rest } = about;
  return {
    ...rest,
    changes: run.changes,
    resources: run.steps,
    policy: {
      packs: policyPacks,
      violations: run.violations.map((violation) => placed(violation, places)),
      ...(run.fixes.length === 0 ? {} : { fixes: run.fixes }),
    },
    diagnostics: run.diagnostics,
  };
}

function placed(violation: PolicyViolation, places: FindingOptions | undefined): PolicyViolation {
  const [finding] = findingsOf([violation], places);
  if (!finding?.location) return violation;
  return { ...violation, location: finding.location, calledFrom: finding.calledFrom };
}

/** What the policies found, rule by rule and resource by resource. */
export function findingsIn(report: RunReport): PolicyFinding[] {
  return findingsOf(report.policy.violations);
}

/** The part of a run that is about policies, as reports take it. */
export function policyReportOf(report: RunReport): PolicyReport {
  return { subject: report.environment, complete: wentThrough(report), findings: findingsIn(report) };
}

/** Whether the program and the engine went through to the end, whatever policies said of it. */
export function wentThrough(report: RunReport): boolean {
  if (report.result === "succeeded") return true;
  return (
    report.result === "policy-violation" && !report.diagnostics.some((d) => d.severity === "error" && !isClosing(d))
  );
}

/** What the engine says at its end, when it has said before what is wrong. */
export function isClosing({ message }: Diagnostic): boolean {
  return /^(?:error: )?(?:update|preview|destroy|refresh) failed$/.test(message);
}

/** Whether anything in the cloud becomes other than it was. */
export function hasChanges(report: RunReport): boolean {
  return report.resources.some(isChange);
}
