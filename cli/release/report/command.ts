import { writeFileSync } from "node:fs";
import type { RecordOf } from "../../../contracts/ledger.ts";
import { CommandError } from "../../exit-codes.ts";
import { printText, remark } from "../../json.ts";
import { recordsOf } from "../history.ts";
import { type ReleaseSession, releaseCommand, sentence } from "../session.ts";
import { unreachable } from "../start.ts";
import { type ReleaseReport, reportOf, reportSince } from "./data.ts";
import { reportPage } from "./page.ts";

/** "Data points with a period of 60 seconds (1-minute) are available for 15 days" (CloudWatch user guide). */
const KEPT_MS = 15 * 24 * 60 * 60_000;

/**
 * What there is to report of a release: the last one, unless its id is given.
 *
 * @throws CommandError `refused` when there is no such release
 */
export async function readReport(session: ReleaseSession, release: string | undefined): Promise<ReleaseReport> {
  const { ports, key } = session;
  const { ledger, clock, observer } = ports;
  const all = await (release === undefined ? ledger.readCurrent(key) : ledger.readHistory(key)).catch(
    (error: unknown) => {
      throw unreachable(error);
    },
  );
  const started = all.findLast(
    (record): record is RecordOf<"started"> =>
      record.type === "started" && (release === undefined || record.release === release),
  );
  if (started === undefined) {
    const which = release === undefined ? "no release" : `no release "${release}"`;
    throw new CommandError(
      "refused",
      `There was ${which} of ${key.service} in ${key.environment}. All of them: ${releaseCommand(session, "history")}.`,
    );
  }
  const records = recordsOf(all, started);
  const since = reportSince(started);
  const { plan } = started;
  const measured =
    clock.now() - since > KEPT_MS
      ? undefined
      : await observer
          .observe({ plan, since, latencyWindowSeconds: [], metrics: [] })
          .catch((error: unknown) => remark(`The charts are missing: ${sentence(error)}`));
  return reportOf(records, measured?.minutes ?? [], clock.now());
}

/** Writes the page of a release. */
export async function writeReport(
  session: ReleaseSession,
  flags: { readonly release?: string; readonly output: string; readonly json?: boolean },
): Promise<void> {
  const report = await readReport(session, flags.release);
  try {
    writeFileSync(flags.output, reportPage(report));
  } catch (error) {
    throw new CommandError("usage", `The report cannot be written: ${sentence(error)}`);
  }
  const { release } = report.plan;
  if (flags.json) printText(JSON.stringify({ release, file: flags.output }));
  else printText(`Release ${release}: ${flags.output}`);
}
