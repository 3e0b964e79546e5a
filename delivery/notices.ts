import type { LedgerRecord } from "../contracts/ledger.ts";
import type { ReleasePlan } from "../contracts/release.ts";
import { groupNotice } from "./group/notices.ts";
import { noticesAbout } from "./notice.ts";
import type { Notice } from "./ports.ts";

/** What people are told about a record of a release of one service; undefined for one that is only for the books. */
export function noticeOf(plan: ReleasePlan, record: LedgerRecord): Notice | undefined {
  const make = noticesAbout(plan, record, plan.service);
  switch (record.type) {
    case "started": {
      const what = [plan.after.artifact, plan.commit && `commit ${plan.commit}`, plan.pullRequest].filter(Boolean);
      return make("started", `started (${plan.strategy})`, `${record.who}. ${what.join(", ")}`);
    }
    case "held":
      return make("held", "waits for a person", record.reason);
    case "entered":
      if (record.stage === "rolling-back" || record.stage === "restoring") {
        return make("rolling-back", "goes back", record.reason);
      }
      if (record.stage === "baking" && record.step !== undefined) {
        return make("step", `is at ${plan.steps[record.step]?.weight} %`, record.reason);
      }
      return undefined;
    case "ended":
      return make("ended", `ended: ${record.result}`, record.reason);
    default:
      return undefined;
  }
}

/** Notices that were not sent yet, and the record up to which they go. */
export function pendingNotices(
  plan: ReleasePlan,
  records: readonly LedgerRecord[],
): { upTo: number; notices: Notice[] } {
  const own = records.filter(({ release }) => release === plan.release);
  const sent = own.reduce((upTo, record) => (record.type === "notified" ? Math.max(upTo, record.upTo) : upTo), 0);
  const open = own
    .filter(({ seq }) => seq > sent)
    .flatMap((record) => {
      const alone = noticeOf(plan, record);
      const notice = plan.group === undefined ? alone : groupNotice(plan, plan.group, record, own, alone);
      return notice === undefined ? [] : [{ seq: record.seq, notice }];
    });
  return { upTo: open.at(-1)?.seq ?? sent, notices: open.map(({ notice }) => notice) };
}
