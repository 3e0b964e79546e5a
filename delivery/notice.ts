import type { LedgerRecord } from "../contracts/ledger.ts";
import type { ReleasePlan } from "../contracts/release.ts";
import type { Notice } from "./ports.ts";

/** Makes a notice about a record: what becomes of the release, as the rest of a sentence, and why. */
type NoticeMaker = (kind: Notice["kind"], whatBecomes: string, text: string) => Notice;

/**
 * Notices about one record of a release.
 *
 * @param whose services that the notice is about, for people
 */
export function noticesAbout(plan: ReleasePlan, { at }: LedgerRecord, whose: string): NoticeMaker {
  const { environment, service, release } = plan;
  return (kind, whatBecomes, text) => ({
    ...{ kind, environment, service, release, at, text },
    title: `${whose} in ${environment}: release ${release} ${whatBecomes}`,
  });
}
