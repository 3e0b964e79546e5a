import type { LedgerRecord, RecordOf } from "../../../contracts/ledger.ts";
import type { ReleasePlan } from "../../../contracts/release.ts";
import { listed } from "../../../delivery/group/decide.ts";
import { readRelease } from "../../../delivery/group/members.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { remark } from "../../json.ts";
import { HostGaveUp, hostRelease } from "../host.ts";
import { watchFromAfar } from "../machine.ts";
import { type ReleaseSession, waysOn } from "../session.ts";
import { EXIT_OF, placeOf, seeThrough, watchInterrupts } from "../start.ts";
import { jsonView, openBoard, type ReleaseView, textView } from "../terminal.ts";
import { groupOf, sessionsOf } from "./members.ts";

/** Sees a release to its end, of one service or of several that are released together. */
export async function carryOn(
  session: ReleaseSession,
  plan: ReleasePlan,
  flags: { readonly json?: boolean; readonly here?: boolean },
  from = 0,
): Promise<ExitName> {
  if (plan.group === undefined) return seeThrough(session, flags, await placeOf(session, flags, plan), from);
  const sessions = await sessionsOf(session, plan.group.services);
  const group = await groupOf(session);
  const hooks = group?.members.flatMap(({ state }) => state?.plan.hooks ?? []) ?? plan.hooks;
  // One host runs all of them, and the platform knows it by the first.
  const place = await placeOf(sessions[0]!, flags, { release: plan.release, hooks });
  return seeThroughTogether(sessions, plan.release, flags, place, { service: session.key.service, from });
}

/**
 * Shows a release of several services until it has ended in all of them, and runs it here unless the platform does.
 *
 * @param told records of that service up to `from` are not told any more; of the others those that are there already,
 *   unless `from` is 0
 */
async function seeThroughTogether(
  sessions: readonly ReleaseSession[],
  release: string,
  flags: { readonly json?: boolean },
  runBy: "here" | "platform",
  told: { readonly service: string; readonly from: number },
): Promise<ExitName> {
  const interrupts = watchInterrupts();
  const stop = new AbortController();
  const signal = AbortSignal.any([interrupts.signal, stop.signal]);
  const board = flags.json ? undefined : await openBoard();
  const keys = sessions.map(({ key }) => key);
  const views: ReleaseView[] = [];
  const see = async (session: ReleaseSession): Promise<readonly LedgerRecord[]> => {
    const { ports, key } = session;
    const own = await readRelease(ports.ledger, key, release);
    // It ended here, and another release may have begun; or its lease was never taken.
    if (own.length === 0 || (await ports.ledger.readCurrent(key))[0]?.release !== release) return own;
    const from = told.from === 0 ? 0 : key.service === told.service ? told.from : (own.at(-1)?.seq ?? 0);
    const view = board === undefined ? jsonView(from) : textView(from, board, key.service);
    views.push(view);
    return runBy === "here"
      ? hostRelease(ports, key, view, { signal, besides: keys })
      : watchFromAfar(session, view, signal);
  };
  try {
    const all = await Promise.allSettled(
      sessions.map((session) =>
        see(session).catch((error: unknown) => {
          // The others could wait for this one for ever.
          stop.abort();
          throw error;
        }),
      ),
    );
    const failed = all.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    const ends = all.flatMap((one) => (one.status === "fulfilled" ? endOf(one.value) : []));
    for (const view of views) view.end();
    if (failed.length > 0) return gaveUp(sessions, failed, runBy, interrupts.signal.aborted);
    // They end as a whole; what was never taken has no end.
    const last = ends.at(-1);
    return last === undefined ? "failed" : EXIT_OF[last.result];
  } finally {
    interrupts.stop();
  }
}

const endOf = (records: readonly LedgerRecord[]): RecordOf<"ended">[] =>
  records.filter((record): record is RecordOf<"ended"> => record.type === "ended").slice(-1);

function gaveUp(
  sessions: readonly ReleaseSession[],
  errors: readonly unknown[],
  runBy: "here" | "platform",
  interrupted: boolean,
): ExitName {
  const { environment } = sessions[0]!.key;
  const names = listed(sessions.map(({ key }) => key.service));
  const onwards = `  ${waysOn(sessions[0]!)}`;
  if (interrupted) {
    const text =
      runBy === "here"
        ? `Stopped looking after the release of ${names} in ${environment}. Traffic stays as it is now.`
        : `Stopped watching; ${environment} itself goes on with the release of ${names}.`;
    remark(`${text}\n${onwards}`);
    return "cancelled";
  }
  const given = errors.find((error) => error instanceof HostGaveUp);
  if (given instanceof HostGaveUp) throw new CommandError("cloudUnavailable", `${given.message}\n${onwards}`);
  // The first is what went wrong; the others were stopped because of it.
  throw errors.find((error) => !(error instanceof DOMException)) ?? errors[0];
}
