import { LedgerTable } from "../components/delivery/ledger-table.ts";
import type { DataClass } from "../contracts/tags.ts";
import type { Environment } from "../environments/index.ts";
import type { EnvironmentContext } from "./context.ts";

/** Class of the history of releases: no personal data, and in a disposable environment it goes with the rest. */
export function ledgerDataClass({ protect }: Environment): DataClass {
  return protect ? "internal" : "transient";
}

/** The ledger of an environment's releases; undefined where there is no service to release. */
export function buildLedger({ environment, accountId, options }: EnvironmentContext): LedgerTable | undefined {
  if (environment.services.length === 0) return undefined;
  return new LedgerTable(
    "ledger",
    {
      environment: environment.name,
      region: environment.region,
      accountId,
      protect: environment.protect,
      dataClass: ledgerDataClass(environment),
    },
    options,
  );
}
