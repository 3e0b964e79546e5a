import { type RecordOf, type ReleaseResult, runningRelease } from "../../contracts/ledger.ts";
import { isCommand, type ReleasePlan } from "../../contracts/release.ts";
import { startRelease } from "../../delivery/host.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { remark } from "../json.ts";
import { moment } from "./events.ts";
import { groupOf } from "./group/members.ts";
import { HostGaveUp, hostRelease } from "./host.ts";
import { handToMachine, watchFromAfar } from "./machine.ts";
import type { PreparedRelease } from "./plan.ts";
import { type ReleaseSession, releaseCommand, sentence, waysOn } from "./session.ts";
import { jsonView, openBoard, type ReleaseView, textView } from "./terminal.ts";

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

/** @throws CommandError `refused` when a release of the service runs, or goes on in services it was released with */
export async function refuseSecond(session: ReleaseSession): Promise<void> {
  const running = await readRunning(session);
  if (running !== undefined) throw new CommandError("refused", runsAlready(session, running));
  const group = await groupOf(session).catch((error: unknown) => {
    throw unreachable(error);
  });
  const open = group?.members.find(({ state }) => state !== undefined && state.ended === undefined);
  if (open?.state === undefined) return;
  const key = { ...session.key, service: open.service };
  throw new CommandError("refused", runsAlready({ ...session, key }, open.state.started));
}

/**
 * Reports, hooks and AWS know a release by its id, so one that was used means that other release.
 *
 * @throws CommandError `refused` when there was a release of that id
 */
export async function refuseKnownId({ ports, key }: ReleaseSession, release: string | undefined): Promise<void> {
  if (release === undefined) return;
  const records = await ports.ledger.readHistory(key).catch((error: unknown) => {
    throw unreachable(error);
  });
  const first = records.find((record) => record.type === "started" && record.release === release);
  if (first === undefined) return;
  throw new CommandError(
    "refused",
    `There was a release "${release}" of ${key.service} in ${key.environment} already: ${first.who} started it at ${moment(first.at)}. ` +
      "Nothing was started. Choose another id, or leave --release out.",
  );
}

/** Who runs which release, and what can be done. */
export function runsAlready(
  session: Pick<ReleaseSession, "cloud" | "environment" | "key">,
  { release, who, at }: { release: string; who: string; at: string },
): string {
  const { environment, service } = session.key;
  return [
    `Release ${release} of ${service} in ${environment} runs already: ${who} started it at ${moment(at)} (${at}).`,
    `  Nothing was started. Watch it: ${releaseCommand(session, "watch")}. ` +
      `Take it back: ${releaseCommand(session, "rollback", " --reason …")}.`,
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

/**
 * Shows the service's release until it has ended, and runs it here unless the platform does.
 *
 * @param from records up to this one are not told any more
 */
export async function seeThrough(
  session: ReleaseSession,
  flags: { readonly json?: boolean },
  runBy: "here" | "platform",
  from = 0,
): Promise<ExitName> {
  const { ports, key } = session;
  const view: ReleaseView = flags.json ? jsonView(from) : await textView(from, await openBoard());
  const interrupts = watchInterrupts();
  try {
    const { signal } = interrupts;
    const records =
      runBy === "here" ? await hostRelease(ports, key, view, { signal }) : await watchFromAfar(session, view, signal);
    view.end();
    const ended = records.findLast((record) => record.type === "ended");
    if (ended?.type !== "ended") return "failed";
    if (!flags.json)
      remark(`Its charts and numbers on one page: ${releaseCommand(session, "report", " -o release.html")}`);
    return EXIT_OF[ended.result];
  } catch (error) {
    view.end();
    const { environment, service } = key;
    const onwards = `  ${waysOn(session)}`;
    if (interrupts.signal.aborted) {
      const text =
        runBy === "here"
          ? `Stopped looking after the release of ${service} in ${environment}. Its traffic stays as it is now.`
          : `Stopped watching; ${environment} itself goes on with the release of ${service}.`;
      remark(`${text}\n${onwards}`);
      return "cancelled";
    }
    if (error instanceof HostGaveUp) throw new CommandError("cloudUnavailable", `${error.message}\n${onwards}`);
    throw error;
  } finally {
    interrupts.stop();
  }
}

/**
 * Where a release runs: on AWS the platform takes it, which it may be told again; here where it has nothing for that, and
 * where the release began here because of commands that only a terminal runs.
 *
 * @throws CommandError when nobody can say; the release has begun then, and no traffic was touched by saying so
 */
export async function placeOf(
  session: ReleaseSession,
  { here }: { readonly here?: boolean },
  { release, hooks }: Pick<ReleasePlan, "release" | "hooks">,
): Promise<"here" | "platform"> {
  if (session.cloud !== "aws" || here || hooks.some(isCommand)) return "here";
  const { environment } = session.key;
  try {
    if (await handToMachine(session, release)) return "platform";
  } catch (error) {
    throw new CommandError(
      "cloudUnavailable",
      [
        `Release ${release} has begun, and nobody can say whether ${environment} runs it: ${sentence(error)}`,
        `  ${waysOn(session, " --here")}`,
      ].join("\n"),
    );
  }
  remark(
    `${environment} has no state machine for releases yet, which \`up\` makes; this command runs the release. ` +
      "The test listener lets in the environment's own network only.",
  );
  return "here";
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
