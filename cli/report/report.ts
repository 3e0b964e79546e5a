import type { Cloud } from "../../contracts/vocabulary.ts";
import type { Settled } from "../settle/index.ts";
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
  };
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
  about: Pick<RunReport, "environment" | "cloud" | "operation" | "result" | "outputs" | "seconds"> & {
    readonly policyPacks: readonly string[];
  },
): RunReport {
  const { policyPacks, ...rest } = about;
  return {
    ...rest,
    changes: run.changes,
    resources: run.steps,
    policy: { packs: policyPacks, violations: run.violations },
    diagnostics: run.diagnostics,
  };
}

/** Whether anything in the cloud becomes other than it was. */
export function hasChanges(report: RunReport): boolean {
  return report.resources.some(isChange);
}
