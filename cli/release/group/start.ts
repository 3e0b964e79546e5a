import { leftBehind } from "../../../contracts/ledger.ts";
import { type Problem, ProblemsError } from "../../../contracts/problems.ts";
import { readReleaseWorld } from "../../../delivery/aws/index.ts";
import { listed } from "../../../delivery/group/decide.ts";
import { startGroup } from "../../../delivery/group/start.ts";
import { type Environment, inReleaseOrder } from "../../../environments/index.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { printJson, printText, remark } from "../../json.ts";
import { hostRelease } from "../host.ts";
import { releaseId } from "../identity.ts";
import { type PreparedRelease, prepareRelease } from "../plan.ts";
import { cloudFlag, type ReleaseSession, releaseCommand, requireServed } from "../session.ts";
import { refuseKnownId, refuseSecond, runsAlready, unreachable } from "../start.ts";
import type { StartFlags } from "../verbs.ts";
import { groupPlanText } from "./plan-text.ts";
import { carryOn } from "./through.ts";

/** The named services of an environment in the order in which they are released. @throws ProblemsError, CommandError */
export function orderOf(environment: Environment, names: readonly string[]): string[] {
  const { services } = environment;
  const unknown = [...new Set(names)].filter((name) => !services.some((one) => one.name === name));
  if (unknown.length > 0) {
    throw new ProblemsError(
      `environment ${environment.name}`,
      unknown.map((name) => ({
        where: "services",
        property: "",
        message: `there is no service "${name}".`,
        remedy: `Its services: ${services.map((one) => one.name).join(", ")}.`,
      })),
    );
  }
  const order = new Map(services.map(({ name, release }) => [name, release.after ?? []]));
  return inReleaseOrder(order, names);
}

/**
 * The services to whose idle colour `up` has brought another image than the live one has. What the last release left there,
 * the version before or one that was sent back, is nothing new.
 *
 * @throws CommandError `refused` when there is none
 */
export async function changedServices(sessions: readonly ReleaseSession[]): Promise<string[]> {
  const found = await all(
    sessions.map(async ({ key, target, clients, ports: { clock, ledger } }) => {
      const { before, after } = await readReleaseWorld({ ...key, target, clients, clock });
      const old = leftBehind(await ledger.readCurrent(key));
      const isNew = before.artifact !== after.artifact && after.taskDefinition !== old?.taskDefinition;
      return isNew ? [key.service] : [];
    }),
  );
  const changed = found.flat();
  if (changed.length > 0) return changed;
  const { environment } = sessions[0]!.key;
  throw new CommandError(
    "refused",
    `No service of ${environment} has a new image in its idle colour. Bring one there by \`npx causeway up ${environment}${cloudFlag(sessions[0]!)}\`, ` +
      "or name the services: those whose settings have changed, or a version that was sent back and shall be tried again.",
  );
}

/** Plans a release of several services, takes all their leases, and sees it through. */
export async function startTogether(
  sessions: readonly ReleaseSession[],
  flags: StartFlags,
  checkout: string,
): Promise<ExitName> {
  const [first] = sessions as [ReleaseSession];
  const services = sessions.map(({ key }) => key.service);
  if (!flags.plan) {
    for (const session of sessions) await refuseSecond(session);
    await requireServed(first, checkout);
  }
  for (const session of sessions) await refuseKnownId(session, flags.release);
  const release = flags.release ?? releaseId(first.ports.clock.now());
  const prepared = await all(sessions.map((session) => prepareRelease(session, { ...flags, release, services })));
  if (flags.plan) {
    const plans = prepared.map(({ plan, bakes, remarks }) => ({ plan, bakes: bakes ?? [], remarks }));
    if (flags.json) printJson({ release, services, plans });
    else printText(groupPlanText(prepared));
    return "ok";
  }
  if (!flags.json) remark(groupPlanText(prepared));
  await takeLeases(sessions, prepared);
  return carryOn(first, prepared[0]!.plan, flags);
}

/** What all of them give, or all that is wrong with any of them. @throws ProblemsError, CommandError `cloudUnavailable` */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  const other = failures.find((error) => !(error instanceof ProblemsError));
  if (other !== undefined) throw unreachable(other);
  const problems = failures.flatMap((error): readonly Problem[] => (error as ProblemsError).problems);
  if (problems.length > 0) throw new ProblemsError("The release cannot start", problems);
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/** Takes all leases or none. @throws CommandError `refused` when somebody was faster with one of them */
async function takeLeases(sessions: readonly ReleaseSession[], prepared: readonly PreparedRelease[]): Promise<void> {
  const { ports, identity } = sessions[0]!;
  const plans = prepared.map(({ plan }) => plan);
  const start = await startGroup(ports, plans, identity.who).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    if (/there was a release/.test(text)) throw new CommandError("refused", `${text}. No user was moved.`);
    throw new CommandError(
      "cloudUnavailable",
      `${text}\n  No user was moved. If some services are taken already, this frees them: ${releaseCommand(sessions[0]!, "watch")}.`,
    );
  });
  if (start.started) return;
  // What was taken has not begun, and ends at its first turns.
  const view = { show() {}, trouble() {} };
  for (const session of sessions.filter(({ key }) => start.taken.includes(key.service))) {
    await hostRelease(session.ports, session.key, view);
  }
  const owner = sessions.find(({ key }) => key.service === start.service)!;
  const others = listed(sessions.filter((session) => session !== owner).map(({ key }) => key.service));
  throw new CommandError(
    "refused",
    `${runsAlready(owner, { ...start, at: start.since })}\n  ${others} did not begin either.`,
  );
}
