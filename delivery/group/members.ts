import type { LedgerRecord, RecordOf } from "../../contracts/ledger.ts";
import type { Ledger, ServiceKey } from "../ports.ts";
import type { Member } from "./decide.ts";

/**
 * What a service's ledger has of one release, though another may have begun there since.
 *
 * @returns nothing when that release never had the service's lease
 */
export async function readRelease(ledger: Ledger, key: ServiceKey, release: string): Promise<readonly LedgerRecord[]> {
  const current = await ledger.readCurrent(key);
  const all = current.length === 0 || current[0]?.release === release ? current : await ledger.readHistory(key);
  return all.filter((record) => record.release === release);
}

/**
 * The members of the release that a service's records are of, in order.
 *
 * @param records the service's history from the release's `started` on
 * @returns nothing when it is a release of one service
 */
export async function readMembers(
  ledger: Ledger,
  { environment, service }: ServiceKey,
  records: readonly LedgerRecord[],
): Promise<readonly Member[]> {
  const started = records.findLast((record): record is RecordOf<"started"> => record.type === "started");
  const { group } = started?.plan ?? {};
  if (started === undefined || group === undefined) return [];
  return Promise.all(
    group.services.map(async (name) => ({
      service: name,
      records: name === service ? records : await readRelease(ledger, { environment, service: name }, started.release),
    })),
  );
}
