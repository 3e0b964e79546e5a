import { type LedgerRecord, leftBehind, type RecordOf } from "../../contracts/ledger.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import { otherColour } from "../../contracts/release.ts";
import { COLOURS } from "../../contracts/vocabulary.ts";
import { readReleaseWorld, shownBy } from "../../delivery/aws/index.ts";
import { type BakeForecast, planBakes } from "../../delivery/bakes.ts";
import { planRelease } from "../../delivery/plan.ts";
import type { Observer } from "../../delivery/ports.ts";
import type { ReleaseRequest, ReleaseSettings, Traffic } from "../../delivery/settings.ts";
import type { Release } from "../../environments/index.ts";
import { moment } from "./events.ts";
import { checkHooks } from "./hooks/check.ts";
import { releaseId } from "./identity.ts";
import { type ReleaseSession, serveCommand } from "./session.ts";

export interface PlanFlags {
  readonly here?: boolean;
  readonly release?: string;
  readonly commit?: string;
  readonly pullRequest?: string;
  /** All services that are released together, in their order. */
  readonly services?: readonly string[];
}

/** A release that is about to start, and what people should know of it before. */
export interface PreparedRelease {
  readonly plan: ReleasePlan;
  /** How long each step bakes; undefined without traffic. */
  readonly bakes: readonly BakeForecast[] | undefined;
  /** What is worth a thought, though it stops nothing. */
  readonly remarks: readonly string[];
}

/** How a service is released, as its environment says it. */
export function settingsOf(release: Release): ReleaseSettings {
  const { rollback, sampleSeconds: _, propagationSeconds: __, after: ___, ...settings } = release;
  return { ...settings, rollback };
}

/**
 * Reads what a release would begin with, and decides everything about it. Nothing is changed.
 *
 * @throws ProblemsError with all that is in the way
 */
export async function prepareRelease(session: ReleaseSession, flags: PlanFlags): Promise<PreparedRelease> {
  const { key, service, target, clients, ports, identity } = session;
  const { clock } = ports;
  const world = await readReleaseWorld({ ...key, target, clients, clock });
  const { sampleSeconds, propagationSeconds } = service.release;
  const request: ReleaseRequest = {
    ...world,
    release: flags.release ?? releaseId(clock.now()),
    settings: settingsOf(service.release),
    availabilityPercent: service.slo.availabilityPercent,
    scaling: { min: service.scaling.min, max: service.scaling.max },
    commit: flags.commit ?? identity.commit,
    pullRequest: flags.pullRequest,
    group: flags.services === undefined ? undefined : { services: [...flags.services] },
    sampleSeconds,
    propagationSeconds,
  };
  const draft = planRelease(request);
  const traffic = (await recentTraffic(draft, ports.observer, clock.now())) ?? world.traffic;
  const plan = planRelease({ ...request, traffic });
  checkHooks(plan, session.cloud === "aws" && !flags.here ? "platform" : "here");
  await requireTestRule(session, plan);
  const serve = session.cloud === "simulated" ? serveCommand(service, session.environment) : undefined;
  const { bakes, remarks } = prepared(plan, traffic, serve);
  return { plan, bakes, remarks: [...knownVersion(plan, await ports.ledger.readCurrent(key)), ...remarks] };
}

/**
 * Without it no smoke test can pass: better said now than when tasks have started. After a promotion it shows the colour
 * that is live now, until `up` has run.
 */
async function requireTestRule(
  { clients: { balancing }, target }: Pick<ReleaseSession, "clients" | "target">,
  plan: ReleasePlan,
): Promise<void> {
  if (plan.strategy === "rolling" || plan.smokeRequests === 0) return;
  const shown = await shownBy({ balancing, target }, plan.candidate);
  if (!("message" in shown)) return;
  throw new ProblemsError(`The release of ${plan.service} cannot start`, [
    { where: `release of ${plan.service} in ${plan.environment}`, property: "", ...shown },
  ]);
}

/** What the last release knows of the version that this one would bring, when it is the one that it left behind. */
export function knownVersion(
  { after }: Pick<ReleasePlan, "after">,
  records: readonly LedgerRecord[],
): readonly string[] {
  const ended = records.findLast((record): record is RecordOf<"ended"> => record.type === "ended");
  if (ended === undefined || leftBehind(records)?.taskDefinition !== after.taskDefinition) return [];
  const when = `release ${ended.release} at ${moment(ended.at)}`;
  return ended.result === "promoted"
    ? [`This goes back to the version that users had before ${when}; nothing newer is on the idle colour.`]
    : [
        `This version was taken back by ${when}: ${ended.reason.replace(/\.?$/, ".")} \`up\` brings another one to the idle colour.`,
      ];
}

/**
 * What is worth saying about a plan at a traffic.
 *
 * @param serve what would bring traffic, where a command can
 */
export function prepared(plan: ReleasePlan, traffic: Traffic | undefined, serve?: string): PreparedRelease {
  const quiet = traffic === undefined || traffic.requestsPerSecond === 0;
  const remarks = [];
  if (plan.before.artifact !== undefined && plan.before.artifact === plan.after.artifact) {
    remarks.push(`Both colours have the same image, ${plan.after.artifact}: only settings can differ.`);
  }
  if (quiet) {
    remarks.push(
      "There is no traffic, so nothing can be judged: the release would wait at its first step and then ask a person." +
        (serve === undefined ? "" : ` Traffic comes by \`${serve}\`.`),
    );
  }
  return { plan, bakes: quiet ? undefined : planBakes(plan, traffic), remarks };
}

/** Samples that say how much traffic there is, where samples are shorter than the minutes of a load balancer. */
const RECENT_SECONDS = 120;

/** Where metrics are finer than a minute, traffic that began a moment ago counts too. */
async function recentTraffic(draft: ReleasePlan, observer: Observer, now: number): Promise<Traffic | undefined> {
  if (draft.sampleSeconds >= 60) return undefined;
  const since = now - RECENT_SECONDS * 1000;
  const { minutes } = await observer.observe({ plan: draft, since, latencyWindowSeconds: [], metrics: [] });
  const first = minutes.findIndex(({ colours }) => COLOURS.some((colour) => colours[colour].requests > 0));
  if (first < 0) return undefined;
  const busy = minutes.slice(first);
  // In the first of them traffic began somewhere.
  const whole = busy.length > 1 ? busy.slice(1) : busy;
  const live = whole.map(({ colours }) => colours[otherColour(draft.candidate)]);
  const requests = live.reduce((sum, side) => sum + side.requests, 0);
  if (requests === 0) return undefined;
  const errors = live.reduce((sum, side) => sum + side.errors, 0);
  return {
    requestsPerSecond: Number((requests / (whole.length * draft.sampleSeconds)).toPrecision(3)),
    errorPercent: Number(((errors / requests) * 100).toPrecision(3)),
  };
}
