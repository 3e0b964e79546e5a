import type { LedgerRecord } from "../../contracts/ledger.ts";
import type { ReleaseGroup, ReleasePlan } from "../../contracts/release.ts";
import { noticesAbout } from "../notice.ts";
import type { Notice } from "../ports.ts";
import { failureOf, listed } from "./decide.ts";

/**
 * What people are told of a record of a release of several services: of the whole once, by the service whose record it
 * follows from, and of each service what is its own.
 *
 * The first tells that it started, and that all are back, since it is the last to go back. The last tells that all are
 * promoted, since it decides that. Whoever failed tells that all go back.
 *
 * @param own what the service's record would tell if it were released alone
 * @param records the service's records of this release
 */
export function groupNotice(
  plan: ReleasePlan,
  group: ReleaseGroup,
  record: LedgerRecord,
  records: readonly LedgerRecord[],
  own: Notice | undefined,
): Notice | undefined {
  const { services } = group;
  const make = noticesAbout(plan, record, listed(services));
  const first = services[0] === plan.service;
  const last = services.at(-1) === plan.service;
  switch (record.type) {
    case "started":
      return first ? make("started", "started, one service after the other", own?.text ?? "") : undefined;
    case "entered": {
      if (record.stage === "awaiting" && record.asks === undefined) {
        return make("step", `has all users of ${plan.service} and goes on`, record.reason);
      }
      if (failureOf(records)?.seq === record.seq) {
        const failed = record.because === undefined || record.because === plan.service;
        return failed ? make("rolling-back", `goes back because of ${plan.service}`, record.reason) : undefined;
      }
      return own?.kind === "rolling-back" ? undefined : own;
    }
    case "ended": {
      const tells = record.result === "promoted" ? last : first;
      return tells ? make("ended", `ended: ${record.result}`, record.reason) : undefined;
    }
    default:
      return own;
  }
}
