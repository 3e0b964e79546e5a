import type { LedgerRecord } from "../../contracts/ledger.ts";
import { runningRelease } from "../../contracts/ledger.ts";
import { type TurnResult, turn } from "../../delivery/host.ts";
import type { Observation, ReleasePorts, ServiceKey } from "../../delivery/ports.ts";

/** Milliseconds between looks for what somebody told the release in another terminal. */
const NEWS_MS = 2_000;

/** Milliseconds for which a world that cannot be reached is tried again before the command gives up. */
const PATIENCE_MS = 10 * 60_000;

const MOST_PAUSE_MS = 30_000;

/** What a host shows of its work. */
export interface HostView {
  /** After each turn: all records of the release, and what was seen last. */
  show(records: readonly LedgerRecord[], observation: Observation | undefined): void;
  /** The world cannot be reached now; nothing was done, and it is tried again. */
  trouble(error: Error): void;
}

/** The release goes on without this host. */
export class HostGaveUp extends Error {}

/**
 * Runs a release from wherever it is, in this process, until it has ended or `until` says so.
 *
 * Wakes early for what people write into the ledger from elsewhere. What cannot be reached is tried again: only this
 * host may be in the way of users, so it does not stop at the first failure.
 *
 * @throws HostGaveUp when ledger or world were out of reach for too long; traffic is as it was left
 * @throws the signal's reason when it is aborted, between two turns
 */
export async function hostRelease(
  ports: ReleasePorts,
  key: ServiceKey,
  view: HostView,
  options: {
    readonly signal?: AbortSignal;
    readonly until?: (records: readonly LedgerRecord[]) => boolean;
    /** Services that are released together with it: what happens there is news as well. */
    readonly besides?: readonly ServiceKey[];
  } = {},
): Promise<readonly LedgerRecord[]> {
  const { signal, until = () => false, besides = [] } = options;
  const others = besides.filter(({ service }) => service !== key.service);
  const { clock, ledger } = ports;
  let seen: Observation | undefined;
  const watched: ReleasePorts = {
    ...ports,
    observer: {
      observe: async (request) => {
        seen = await ports.observer.observe(request);
        return seen;
      },
    },
  };
  let failingSince: number | undefined;
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    let result: TurnResult;
    let records: readonly LedgerRecord[];
    try {
      result = await turn(watched, key);
      records = await ledger.readCurrent(key);
      failingSince = undefined;
      failures = 0;
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(String(error));
      failingSince ??= clock.now();
      if (clock.now() - failingSince > PATIENCE_MS) {
        throw new HostGaveUp(`${problem.message} It was tried for ${PATIENCE_MS / 60_000} minutes.`);
      }
      view.trouble(problem);
      await clock.sleepUntil(clock.now() + Math.min(MOST_PAUSE_MS, 1000 * 2 ** failures++), signal);
      continue;
    }
    view.show(records, seen);
    if (result.done || runningRelease(records) === undefined || until(records)) return records;
    const known = [records.at(-1)?.seq ?? 0, ...(await newestOf(ports, others))];
    await untilDueOrNews(ports, [key, ...others], result.due, known, signal);
  }
}

/** Waits for the next turn, or for something that was told meanwhile. */
async function untilDueOrNews(
  ports: Pick<ReleasePorts, "clock" | "ledger">,
  keys: readonly ServiceKey[],
  due: number,
  known: readonly number[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clock } = ports;
  while (clock.now() < due) {
    await clock.sleepUntil(Math.min(due, clock.now() + NEWS_MS), signal);
    if (clock.now() >= due) return;
    const newest = await newestOf(ports, keys);
    if (newest.some((seq, index) => seq > (known[index] ?? 0))) return;
  }
}

/** Number of the newest record of each service; 0 when it cannot be read: whatever is wrong, the next turn says it. */
function newestOf({ ledger }: Pick<ReleasePorts, "ledger">, keys: readonly ServiceKey[]): Promise<number[]> {
  return Promise.all(keys.map(async (key) => (await ledger.readHistory(key, 1).catch(() => [])).at(-1)?.seq ?? 0));
}
