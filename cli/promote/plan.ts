import { type LedgerRecord, runningRelease } from "../../contracts/ledger.ts";
import { replay } from "../../delivery/controller/state.ts";
import { CommandError } from "../exit-codes.ts";
import { RESULT_WORDS } from "../release/events.ts";
import { type PastRelease, pastReleases } from "../release/history.ts";

/** What is to be promoted, and all that is known of it. */
export interface PromotionRequest {
  readonly from: string;
  readonly to: string;
  /** The ledger of each service in `from`, the oldest record first. */
  readonly histories: ReadonlyMap<string, readonly LedgerRecord[]>;
  /** What `to` declares of each of them. */
  readonly declared: ReadonlyMap<string, string>;
  /** The release whose artifact is meant. @default the last one */
  readonly release?: string | undefined;
}

/** One service's way from environment to environment. Its field names are part of the command's contract. */
export interface PromotedService {
  readonly service: string;
  /** What `to` declared, and what it declares then: the same where nothing is to do. */
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
  /** The release that promoted it to all users of `from`. */
  readonly release: string;
  readonly endedAt: string;
  readonly who: string;
  readonly commit?: string;
  readonly pullRequest?: string;
}

/**
 * Decides which image each service gets: what all users of `from` have since a release that was promoted.
 *
 * @throws CommandError `refused` with every service whose artifact nobody can vouch for
 */
export function planPromotion({ from, to, histories, declared, release }: PromotionRequest): PromotedService[] {
  const refusals: string[] = [];
  const services = [...histories].flatMap(([service, records]): PromotedService[] => {
    const found = artifactOf(from, service, records, release);
    if (typeof found === "string") {
      refusals.push(found);
      return [];
    }
    const before = declared.get(service) ?? "";
    const { artifact, past } = found;
    return [
      {
        service,
        before,
        after: artifact,
        changed: before !== artifact,
        release: past.release,
        endedAt: past.endedAt ?? past.startedAt,
        who: past.who,
        ...(past.commit === undefined ? {} : { commit: past.commit }),
        ...(past.pullRequest === undefined ? {} : { pullRequest: past.pullRequest }),
      },
    ];
  });
  if (refusals.length > 0) {
    throw new CommandError(
      "refused",
      [`Nothing was promoted from ${from} to ${to}.`, ...refusals.map((text) => `  ${text}`)].join("\n"),
    );
  }
  return services;
}

/** The artifact to promote and its release, or why there is none. */
function artifactOf(
  from: string,
  service: string,
  records: readonly LedgerRecord[],
  wanted: string | undefined,
): { readonly artifact: string; readonly past: PastRelease } | string {
  const command = (verb: string) => `\`npx causeway release ${verb} ${from} ${service}\``;
  const running = runningRelease(records);
  if (running !== undefined) {
    const { held } = replay(records);
    const state = held === undefined ? "runs" : `is held (${held.reason})`;
    return `Release ${running.release} of ${service} ${state}, so what its users will have is open. Wait for its end: ${command("watch")}.`;
  }
  const all = pastReleases(records);
  const past = wanted === undefined ? all[0] : all.find((one) => one.release === wanted);
  if (past === undefined) {
    return wanted === undefined
      ? `${service} had no release in ${from}, so nothing vouches for what it runs. Release it there first: ${command("start")}.`
      : `${service} had no release "${wanted}" in ${from}. See ${command("history")}.`;
  }
  if (past.result !== "promoted") {
    const good = all.find(({ result }) => result === "promoted");
    const way =
      good === undefined
        ? "No release of it was promoted yet."
        : `The last one that was promoted is ${good.release}: --release ${good.release} takes that one.`;
    return `Release ${past.release} of ${service} was ${RESULT_WORDS[past.result ?? "inconclusive"]}: ${past.reason} ${way}`;
  }
  if (past.artifact === undefined || !/@sha256:[0-9a-f]{64}$/.test(past.artifact)) {
    return `Release ${past.release} of ${service} names no image by digest, so nobody knows which bits it was. Release an image by digest.`;
  }
  return { artifact: past.artifact, past };
}
