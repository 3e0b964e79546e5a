import { ledgerTableName } from "../../contracts/ledger.ts";
import { ProblemCollector } from "../../contracts/problems.ts";

/** What decides the ledger; see `LedgerTableArgs`. */
export interface LedgerTablePlanArgs {
  readonly environment: string;
  /**
   * Days in which the ledger can be restored to any second, 1 to 35.
   * @default 35, the most that DynamoDB keeps
   */
  readonly recoveryDays?: number;
}

export interface LedgerTablePlan {
  /** What releases, reports and audits know it by. */
  readonly tableName: string;
  readonly hashKey: string;
  readonly rangeKey: string;
  readonly attributes: readonly { readonly name: string; readonly type: "S" | "N" }[];
  readonly recoveryDays: number;
}

/**
 * Decides what the table of ledger records is.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planLedgerTable(name: string, args: LedgerTablePlanArgs): LedgerTablePlan {
  const problems = new ProblemCollector(name);
  const tableName = ledgerTableName(args.environment);
  const recoveryDays = args.recoveryDays ?? 35;
  problems.require(
    /^[A-Za-z0-9_.-]{3,255}$/.test(tableName),
    "environment",
    `"${args.environment}" makes the table name "${tableName}", which DynamoDB does not take.`,
    "Name the environment with letters, digits and dashes.",
  );
  problems.require(
    Number.isInteger(recoveryDays) && recoveryDays >= 1 && recoveryDays <= 35,
    "recoveryDays",
    `${recoveryDays} is not a whole number from 1 to 35.`,
    "DynamoDB keeps what a point in time is restored from for 35 days at most.",
  );
  problems.throwIfAny(`ledger ${name}`);
  return {
    tableName,
    hashKey: "service",
    rangeKey: "seq",
    attributes: [
      { name: "service", type: "S" },
      { name: "seq", type: "N" },
    ],
    recoveryDays,
  };
}
