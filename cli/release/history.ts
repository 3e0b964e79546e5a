import Table from "cli-table3";
import pc from "picocolors";
import type { LedgerRecord, RecordOf, ReleaseResult } from "../../contracts/ledger.ts";
import { duration } from "../../delivery/bakes.ts";
import { TABLE_STYLE } from "../table.ts";
import { dayAndTime, RESULT_WORDS } from "./events.ts";

/** One release in a service's history. Its field names are part of the command's contract. */
export interface PastRelease {
  readonly release: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly who: string;
  readonly strategy: string;
  readonly commit?: string;
  readonly pullRequest?: string;
  readonly artifact?: string;
  /** All services that were released together, in their order. */
  readonly services?: readonly string[];
  /** Absent while it runs. */
  readonly result?: ReleaseResult;
  readonly reason: string;
  /** The most that the new version got, in per cent. */
  readonly highestShare: number;
}

/** The records of a release from its `started` to the next one's; only one runs at a time. */
export function recordsOf(records: readonly LedgerRecord[], { seq, release }: RecordOf<"started">): LedgerRecord[] {
  const next = records.find((record) => record.type === "started" && record.seq > seq)?.seq ?? Number.POSITIVE_INFINITY;
  return records.filter((record) => record.release === release && record.seq >= seq && record.seq < next);
}

/** The releases in a history, the newest first. */
export function pastReleases(records: readonly LedgerRecord[]): PastRelease[] {
  const started = records.filter((record): record is RecordOf<"started"> => record.type === "started");
  return started.toReversed().map((first) => {
    const { release, at, who, plan } = first;
    const own = recordsOf(records, first);
    const ended = own.find((record) => record.type === "ended");
    const shares = own.flatMap((record) =>
      record.type === "intent" && record.action.type === "setWeights" ? [record.action.weights[plan.candidate]] : [],
    );
    const last = own.findLast((record) => record.type === "entered" || record.type === "ended");
    return {
      release,
      startedAt: at,
      ...(ended === undefined ? {} : { endedAt: ended.at }),
      who,
      strategy: plan.strategy,
      ...(plan.commit === undefined ? {} : { commit: plan.commit }),
      ...(plan.pullRequest === undefined ? {} : { pullRequest: plan.pullRequest }),
      ...(plan.after.artifact === undefined ? {} : { artifact: plan.after.artifact }),
      ...(plan.group === undefined ? {} : { services: plan.group.services }),
      ...(ended?.type === "ended" ? { result: ended.result } : {}),
      reason: last?.type === "entered" || last?.type === "ended" ? last.reason : "",
      highestShare: plan.strategy === "rolling" ? 100 : Math.max(0, ...shares),
    };
  });
}

export function historyText(releases: readonly PastRelease[]): string {
  if (releases.length === 0) return "No release yet.";
  const table = new Table({
    ...TABLE_STYLE,
    head: ["release", "started", "took", "who", "artifact", "result", "reached", "why"],
    colWidths: [24, 22, 9, 16, 18, 16, 9, 60],
    wordWrap: true,
  });
  for (const one of releases) {
    const { startedAt, endedAt, result } = one;
    const took = endedAt === undefined ? "–" : duration((Date.parse(endedAt) - Date.parse(startedAt)) / 60_000);
    const word = result === undefined ? pc.yellow("running") : RESULT_WORDS[result];
    table.push([
      one.services === undefined ? one.release : `${one.release} of ${one.services.join(", ")}`,
      dayAndTime(startedAt),
      took,
      one.who,
      one.artifact?.split("@sha256:")[1]?.slice(0, 12) ?? one.commit?.slice(0, 12) ?? "–",
      result === "promoted" ? pc.green(word) : result === undefined ? word : pc.red(word),
      `${one.highestShare} %`,
      one.reason,
    ]);
  }
  return table.toString();
}
