import { ledgerKey, type RecordOf, type ReleaseResult, runningRelease } from "../../contracts/ledger.ts";
import { startRelease } from "../../delivery/host.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { remark } from "../json.ts";
import { clockTime } from "./events.ts";
import { HostGaveUp, hostRelease } from "./host.ts";
import type { PreparedRelease } from "./plan.ts";
import { type ReleaseSession, sentence } from "./session.ts";
import { jsonView, type ReleaseView, textView } from "./terminal.ts";

export const EXIT_OF: Readonly<Record<ReleaseResult, ExitName>> = {
  promoted: "ok",
  "rolled-back": "rolledBack",
  inconclusive: "inconclusive",
};

/**
 * The release that runs.
 *
 * @throws CommandError `cloudUnavailable` when the ledger cannot be read
 */
export async function readRunning({ ports, key }: ReleaseSession): Promise<RecordOf<"started"> | undefined> {
  try {
    return runningRelease(await ports.ledger.readCurrent(key));
  } catch (error) {
    throw unreachable(error);
  }
}

/** Without its ledger no release begins and none goes on. */
export function unreachable(error: unknown): CommandError {
  return new CommandError("cloudUnavailable", `${sentence(error)}\n  Nothing was changed, traffic is as it was.`);
}

/** @throws CommandError `refused` when a release of the service runs */
export async function refuseSecond(session: ReleaseSession): Promise<void> {
  const running = await readRunning(session);
  if (running !== undefined) throw new CommandError("refused", runsAlready(session, running));
}

function runsAlready(
  { key }: ReleaseSession,
  { release, who, at }: { release: string; who: string; at: string },
): string {
  const { environment, service } = key;
  const command = (verb: string) => `npx causeway release ${verb} ${environment} ${service}`;
  return [
    `Release ${release} of ${service} in ${environment} runs already: ${who} started it at ${clockTime(at)} (${at}).`,
    `  Nothing was started. Watch it: \`${command("watch")}\`. Take it back: \`${command("rollback")} --reason …\`.`,
  ].join("\n");
}

/** Takes the lease. @throws CommandError `refused` when somebody was faster */
export async function takeLease(session: ReleaseSession, { plan }: PreparedRelease): Promise<void> {
  const { ports, identity } = session;
  let answer: Awaited<ReturnType<typeof startRelease>>;
  try {
    answer = await startRelease(ports, plan, identity.who);
  } catch (error) {
    const text = sentence(error);
    if (/there was a release/.test(text)) throw new CommandError("refused", `${text}. Nothing was started.`);
    throw unreachable(error);
  }
  if (!answer.started) throw new CommandError("refused", runsAlready(session, { ...answer, at: answer.since }));
}

/** Runs the service's release here until it has ended, and shows it. */
export async function hostHere(
  session: ReleaseSession,
  flags: { readonly json?: boolean },
  from = 0,
): Promise<ExitName> {
  const { ports, key } = session;
  const view: ReleaseView = flags.json ? jsonView(from) : textView(from);
  const interrupts = watchInterrupts();
  try {
    const records = await hostRelease(ports, key, view, { signal: interrupts.signal });
    view.end();
    const ended = records.findLast((record) => record.type === "ended");
    return ended?.type === "ended" ? EXIT_OF[ended.result] : "failed";
  } catch (error) {
    view.end();
    const { environment, service } = key;
    const onwards =
      `  It goes on from where it is by \`npx causeway release watch ${environment} ${service}\`, ` +
      `and back by \`npx causeway release rollback ${environment} ${service} --reason …\`.`;
    if (interrupts.signal.aborted) {
      remark(`Stopped looking after ${ledgerKey(environment, service)}. Its traffic stays as it is now.\n${onwards}`);
      return "cancelled";
    }
    if (error instanceof HostGaveUp) throw new CommandError("cloudUnavailable", `${error.message}\n${onwards}`);
    throw error;
  } finally {
    interrupts.stop();
  }
}

/** The first Ctrl-C ends between two turns, so that nothing is left half done; the second at once. */
export function watchInterrupts(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(9);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    stop() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
