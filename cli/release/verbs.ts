import { type LedgerRecord, type RecordOf, type ReleaseCommand, runningRelease } from "../../contracts/ledger.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import type { Cloud } from "../../contracts/vocabulary.ts";
import { contracting, replay } from "../../delivery/controller/state.ts";
import { listed } from "../../delivery/group/decide.ts";
import { commandRelease, observationRequest } from "../../delivery/host.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { backByHand } from "./by-hand.ts";
import { moment, RESULT_WORDS } from "./events.ts";
import { groupOf, type ReleaseGroupView } from "./group/members.ts";
import { targetOf } from "./group/tell.ts";
import { carryOn } from "./group/through.ts";
import { bringImage } from "./image.ts";
import { type PlanFlags, prepareRelease } from "./plan.ts";
import { planText } from "./plan-text.ts";
import { cloudFlag, type ReleaseSession, releaseCommand, requireServed, sentence } from "./session.ts";
import { type ReleaseSnapshot, snapshotOf } from "./snapshot.ts";
import { readRunning, refuseKnownId, refuseSecond, takeLease, unreachable } from "./start.ts";
import { groupLines, releaseLines } from "./view.ts";

export interface CommonFlags {
  readonly cloud?: Cloud;
  readonly json?: boolean;
}

export interface HereFlag {
  readonly here?: boolean;
}

export interface StartFlags extends CommonFlags, HereFlag, PlanFlags {
  readonly plan?: boolean;
  readonly image?: string;
  /** All services whose idle colour has another image. */
  readonly all?: boolean;
}

export interface TellFlags extends CommonFlags, HereFlag {
  readonly reason: string;
  readonly step?: number;
}

/** Plans a release, takes the lease, and sees it through. */
export async function start(session: ReleaseSession, flags: StartFlags, checkout: string): Promise<ExitName> {
  if (!flags.plan) {
    await refuseSecond(session);
    await requireServed(session, checkout);
  }
  await refuseKnownId(session, flags.release);
  if (flags.image !== undefined) {
    const failed = await bringImage(session, flags.image, { planOnly: flags.plan ?? false }, checkout);
    if (failed !== undefined) return failed;
  }
  const prepared = await prepareRelease(session, flags).catch((error: unknown) => {
    throw error instanceof ProblemsError ? error : unreachable(error);
  });
  if (flags.plan) {
    if (flags.json) printJson({ plan: prepared.plan, bakes: prepared.bakes ?? [], remarks: prepared.remarks });
    else printText(planText(prepared));
    return "ok";
  }
  if (!flags.json) remark(planText(prepared));
  await takeLease(session, prepared);
  return carryOn(session, prepared.plan, flags);
}

/** Goes on with the release that runs, or watches it where the environment runs its own. */
export async function watch(session: ReleaseSession, flags: CommonFlags & HereFlag): Promise<ExitName> {
  const running = await readRunning(session);
  const group = running === undefined ? await groupOf(session) : undefined;
  const plan = running?.plan ?? (group?.running ? group.plan : undefined);
  if (plan === undefined) throw nothingRuns(session);
  return carryOn(session, plan, flags);
}

/** Says what is live, and where the release is that runs or ran last. */
export async function status(session: ReleaseSession, flags: CommonFlags): Promise<void> {
  const { ports, key, target } = session;
  const records = await ports.ledger.readCurrent(key).catch((error: unknown) => {
    throw unreachable(error);
  });
  if (records.length === 0) {
    if (flags.json) printJson({ ...key, release: null });
    else printText(`No release of ${key.service} in ${key.environment} yet; ${target.url} is as \`up\` made it.`);
    return;
  }
  const observation = await ports.observer.observe(observationRequest(records)).catch((error: unknown) => {
    remark(`What is seen now is missing: ${sentence(error)}`);
    return undefined;
  });
  const snapshot = snapshotOf(records, observation);
  const group = await groupOf(session).catch((error: unknown) => {
    throw unreachable(error);
  });
  if (flags.json) printJson(group === undefined ? snapshot : { ...snapshot, together: togetherOf(group) });
  else {
    const lines = [...releaseLines(snapshot), ...nextLine(session, snapshot)];
    printText([...lines, ...(group === undefined ? [] : groupLines(group))].join("\n"));
  }
}

/** What a person who is waited for can say. */
function nextLine(session: ReleaseSession, { held }: ReleaseSnapshot): string[] {
  if (held === undefined) return [];
  const onwards = releaseCommand(session, held.cause === "approval" ? "approve" : "resume", " --reason …");
  return [`  next     ${onwards}, or ${releaseCommand(session, "rollback", " --reason …")}`];
}

/** A release of several services as a whole. Its field names are part of the command's contract. */
function togetherOf({ members, decision, running }: ReleaseGroupView) {
  const { phase, next, reason, failed } = decision;
  return { running, phase, next, reason, failed, services: members.map(({ service, place }) => ({ service, place })) };
}

/** After a promotion the version before is a version like any other: it is declared, brought, released and judged. */
function wayBack(session: ReleaseSession, records: readonly LedgerRecord[]): string {
  const started = records.findLast((record): record is RecordOf<"started"> => record.type === "started");
  const { before, group } = started?.plan ?? {};
  const { environment, service } = session.key;
  const others = group?.services.filter((name) => name !== service) ?? [];
  return [
    `  To go back, release the version before it. Declare ${before?.artifact ?? before?.taskDefinition} again in environments/ or by ` +
      `\`npx causeway promote --release\`, then \`npx causeway up ${environment}${cloudFlag(session)}\` and ${releaseCommand(session, "start")}.`,
    ...(others.length === 0
      ? []
      : [`  It was released together with ${listed(others)}: one alone may not fit the others.`]),
  ].join("\n");
}

/** What became of the last release, for who came too late; and how else users get back. */
function nothingRuns(
  session: ReleaseSession,
  records: readonly LedgerRecord[] = [],
  command?: ReleaseCommand,
): CommandError {
  const { service, environment } = session.key;
  const lines = [`No release of ${service} runs in ${environment}; nothing was changed.`];
  const ended = records.findLast((record): record is RecordOf<"ended"> => record.type === "ended");
  if (ended !== undefined) {
    lines.push(`  The last one, ${ended.release}, ended at ${moment(ended.at)}: ${RESULT_WORDS[ended.result]}.`);
  }
  if (ended !== undefined && command === "rollback") {
    lines.push(
      ended.result === "promoted" ? wayBack(session, records) : `  All users are on the old version, ${ended.live}.`,
    );
  } else lines.push(`  All of them: ${releaseCommand(session, "history")}.`);
  return new CommandError("refused", lines.join("\n"));
}

/** Nothing can be told without the ledger. Who wants users back has another way. @throws CommandError always */
async function lost(session: ReleaseSession, command: ReleaseCommand, error: unknown): Promise<never> {
  if (error instanceof CommandError) throw error;
  const known = unreachable(error);
  const byHand = command === "rollback" ? await backByHand(session) : undefined;
  throw byHand === undefined ? known : new CommandError(known.exit, `${known.message}\n${byHand}`);
}

/** Tells the release that runs something. A rollback is also carried out here, whoever else looks after the release. */
export async function tell(asked: ReleaseSession, command: ReleaseCommand, flags: TellFlags): Promise<ExitName> {
  const session = await targetOf(asked, command, flags).catch((error: unknown) => lost(asked, command, error));
  const { ports, key, identity } = session;
  const records = await ports.ledger.readCurrent(key).catch((error: unknown) => lost(session, command, error));
  if (runningRelease(records) === undefined) throw nothingRuns(session, records, command);
  const state = replay(records);
  const { plan } = state;
  if (command === "resume" && state.held === undefined) {
    throw new CommandError("refused", `Release ${plan.release} is not held; there is nothing to resume.`);
  }
  const hook = contracting(state);
  if (command === "rollback" && hook !== undefined) {
    throw new CommandError(
      "refused",
      `The hook "${hook}" of release ${plan.release} has begun to take away what only the old version needs. Nothing was changed.\n` +
        `  To go back, bring a version that can live without it to the idle colour by \`up\`, and release that.`,
    );
  }
  let step: number | undefined;
  if (command === "approve") {
    step = flags.step === undefined ? state.step : plan.steps.findIndex(({ weight }) => weight === flags.step);
    const wanted = plan.steps.flatMap(({ weight, approval }, index) =>
      approval && !state.approved.has(index) ? [`${weight} %`] : [],
    );
    if (plan.steps[step]?.approval !== true) {
      const open = wanted.length === 0 ? "No step waits for one." : `Steps that do: ${wanted.join(", ")}.`;
      throw new CommandError(
        "refused",
        `${flags.step === undefined ? "The release" : `The ${flags.step} % step`} waits for no approval. ${open}`,
      );
    }
  }
  const told = { command, reason: flags.reason, ...(step === undefined ? {} : { step }) };
  const record = await commandRelease(ports, key, told, identity.who).catch((error: unknown) =>
    lost(session, command, error),
  );
  // Whoever else looks after the release may be gone, and users wait.
  if (command === "rollback") return carryOn(session, plan, flags, record.seq - 1);
  if (flags.json) printJson(record);
  else {
    const all = plan.group === undefined ? "" : ` of ${listed(plan.group.services)}`;
    printText(`Release ${plan.release}${all} was told: ${command}.`);
    remark(`If nobody looks after it: ${releaseCommand(session, "watch")}.`);
  }
  return "ok";
}
