import { ProblemCollector } from "../contracts/problems.ts";
import {
  type Judgement,
  otherColour,
  type ReleaseMetric,
  type ReleasePlan,
  type ReleaseStep,
  releasePlanSchema,
} from "../contracts/release.ts";
import { COLOURS } from "../contracts/vocabulary.ts";
import { latencyWindows } from "./judge/latency-windows.ts";
import type { MetricSettings, ReleaseRequest } from "./settings.ts";
import { neededBaselineErrors } from "./statistics/power.ts";
import { gateAlpha, lookAlpha } from "./statistics/spending.ts";
import { stepsOf } from "./strategies.ts";

/** A load balancer may go on by its old weights for this long; users measured up to 120 s. AWS documents no limit. */
const PROPAGATION_SECONDS = 120;

const MOST_STICKINESS_SECONDS = 3600;

/**
 * Decides everything about a release before it starts.
 *
 * @throws ProblemsError with all that is wrong; nothing has been changed then
 */
export function planRelease(request: ReleaseRequest): ReleasePlan {
  const { settings, scaling } = request;
  const problems = new ProblemCollector(`release of ${request.service} in ${request.environment}`);
  const rolling = settings.strategy === "rolling";
  const candidate = request.candidate ?? (rolling ? request.live : otherColour(request.live));
  checkVersions(request, candidate, problems);

  const shares = stepsOf(settings, problems);
  const bakeMinutes = settings.bakeMinutes ?? 5;
  const maxBakeMinutes = settings.maxBakeMinutes ?? Math.max(60, 4 * bakeMinutes);
  const soakMinutes = settings.soakMinutes ?? 15;
  atLeast(problems, "bakeMinutes", bakeMinutes, 0);
  atLeast(problems, "soakMinutes", soakMinutes, 0);
  problems.require(
    maxBakeMinutes >= bakeMinutes,
    "maxBakeMinutes",
    `${maxBakeMinutes} is less than bakeMinutes, ${bakeMinutes}.`,
    "Raise it, or lower bakeMinutes.",
  );
  for (const share of settings.approvals ?? []) {
    problems.require(shares.includes(share), "approvals", `${share} is no step.`, `Steps: ${shares.join(", ")}.`);
  }
  const sticky = settings.stickinessSeconds;
  problems.require(
    sticky === undefined || (Number.isInteger(sticky) && sticky >= 1 && sticky <= MOST_STICKINESS_SECONDS),
    "stickinessSeconds",
    `${sticky} seconds are out of range.`,
    `Write 1 to ${MOST_STICKINESS_SECONDS}: the old version must run on until the last cookie is over.`,
  );
  problems.require(
    scaling.min >= 1 && scaling.max >= scaling.min,
    "scaling",
    `${scaling.min} to ${scaling.max} tasks make no sense.`,
    "Give a minimum of 1 or more and a maximum not below it.",
  );
  const judgement = judgementOf(request, shares, problems);
  checkHooks(request, problems);
  problems.throwIfAny(`The release of ${request.service} cannot start`);

  const after = request.stickiness ?? { enabled: false };
  const cookieSeconds = Math.max(sticky ?? 0, after.enabled ? after.durationSeconds : 0);
  const propagationSeconds = request.propagationSeconds ?? PROPAGATION_SECONDS;
  const drainSeconds = Math.max(propagationSeconds, request.deregistrationDelaySeconds, cookieSeconds);
  const sampleSeconds = request.sampleSeconds ?? 60;
  const steps = shares.map(
    (weight, index): ReleaseStep => ({
      weight,
      bakeMinutes,
      maxBakeMinutes,
      approval: settings.approvals?.includes(weight) ?? false,
      neededBaselineErrors: neededFor(judgement, weight, shares.length, index),
    }),
  );
  return releasePlanSchema.parse({
    format: 1,
    environment: request.environment,
    service: request.service,
    release: request.release,
    strategy: settings.strategy,
    live: request.live,
    candidate,
    before: request.before,
    after: request.after,
    commit: request.commit,
    pullRequest: request.pullRequest,
    group: request.group,
    rules: [...request.rules],
    stickiness: {
      during: sticky === undefined ? { enabled: false } : { enabled: true, durationSeconds: sticky },
      after,
    },
    steps: steps.map((step, index) => ({
      ...step,
      ...latencyWindows(step, request.traffic, index === steps.length - 1, soakMinutes, sampleSeconds),
    })),
    soakMinutes,
    drainSeconds,
    propagationSeconds,
    judgement,
    hooks: [...(settings.hooks ?? [])],
    smokeRequests: settings.smokeRequests ?? 20,
    healthyChecks: 3,
    healthCheckSeconds: request.healthCheck?.intervalSeconds ?? 10,
    sampleSeconds,
    scaling,
    rolling: {
      minimumHealthyPercent: 100 - (settings.maxUnavailablePercent ?? 0),
      maximumPercent: 100 + (settings.maxSurgePercent ?? 100),
    },
    limits: {
      prepare: settings.limits?.prepare ?? 30,
      confirm: settings.limits?.confirm ?? 10,
      drain: settings.limits?.drain ?? Math.ceil(drainSeconds / 60) + 60,
      hold: settings.limits?.hold ?? 1440,
    },
    traffic: request.traffic,
  } satisfies Record<keyof ReleasePlan, unknown>) as ReleasePlan;
}

/** Requests of the live colour for each of the candidate. With all users on the candidate, the time before is taken. */
export function baselineSize(weight: number): number {
  return weight === 100 ? 1 : (100 - weight) / weight;
}

function neededFor(judgement: Judgement, weight: number, steps: number, step: number): number {
  return neededBaselineErrors(baselineSize(weight), judgement.detectRatio, judgement.powerPercent / 100, {
    ratio: judgement.errorRateRatio,
    alpha: lookAlpha(gateAlpha(judgement, steps, step, "errors"), "final"),
  });
}

function atLeast(problems: ProblemCollector, property: string, value: number, least: number): void {
  problems.require(value >= least, property, `${value} is less than ${least}.`, `Write ${least} or more.`);
}

function checkVersions(request: ReleaseRequest, candidate: string, problems: ProblemCollector): void {
  for (const [property, colour] of Object.entries({ live: request.live as string, candidate })) {
    problems.require(
      (COLOURS as readonly string[]).includes(colour),
      property,
      `"${colour}" is no colour.`,
      `Write ${COLOURS.join(" or ")}.`,
    );
  }
  const rolling = request.settings.strategy === "rolling";
  problems.require(
    rolling === (candidate === request.live),
    "candidate",
    `"${candidate}" cannot take over from "${request.live}" by a ${request.settings.strategy} release.`,
    rolling ? "A rolling release stays in the live colour." : "Name the idle colour.",
  );
  problems.require(
    request.before.taskDefinition !== request.after.taskDefinition,
    "after.taskDefinition",
    `${request.after.taskDefinition} runs already.`,
    "Run `up` first, so that the idle colour has the new version.",
  );
  const artifact = request.after.artifact;
  problems.require(
    artifact === undefined || /@sha256:[0-9a-f]{64}$/.test(artifact),
    "after.artifact",
    `"${artifact}" is not an image by digest.`,
    "Write repository@sha256:<64 hex digits>.",
  );
  problems.require(request.rules.length > 0, "rules", "there is none.", "Name the live rule: weights stand in it.");
  problems.require(
    request.release.length >= 1 && request.release.length <= 128,
    "release",
    `an id of ${request.release.length} characters.`,
    "Use 1 to 128 characters.",
  );
}

function judgementOf(
  { settings, availabilityPercent, group }: ReleaseRequest,
  shares: readonly number[],
  problems: ProblemCollector,
): Judgement {
  const { rollback, judgement: given } = settings;
  const judgement: Judgement = {
    errorRateRatio: rollback?.errorRateRatio ?? 2,
    latencyIncreasePercent: rollback?.latencyIncreasePercent ?? 50,
    failedHealthChecks: rollback?.failedHealthChecks ?? 3,
    minimumRequests: rollback?.minimumRequests ?? 100,
    healthyPercent: given?.healthyPercent ?? 66,
    // It belongs to a whole release, of however many services: one of them takes all of them back.
    falseRollbackPercent: (given?.falseRollbackPercent ?? 1) / (group?.services.length ?? 1),
    detectRatio: given?.detectRatio ?? 2.5,
    powerPercent: given?.powerPercent ?? 90,
    errorFloorPercent: given?.errorFloorPercent ?? Math.max(1e-3, Number((100 - availabilityPercent).toFixed(6))),
    availabilityPercent,
    burnRate: given?.burnRate ?? 14.4,
    metrics: (given?.metrics ?? []).map((metric, index) => metricOf(metric, index, shares.length > 1, problems)),
  };
  problems.require(
    judgement.detectRatio > judgement.errorRateRatio,
    "judgement.detectRatio",
    `${judgement.detectRatio} is not more than rollback.errorRateRatio, ${judgement.errorRateRatio}.`,
    "A version that is no worse than the limit is never found; raise it, or lower errorRateRatio.",
  );
  problems.require(
    availabilityPercent > 0 && availabilityPercent < 100,
    "slo.availabilityPercent",
    `${availabilityPercent} % leaves no error budget to release with.`,
    "Write less than 100.",
  );
  const range = (property: keyof Judgement, above: number, most: number) => {
    const value = judgement[property] as number;
    problems.require(
      value > above && value <= most,
      `judgement.${property}`,
      `${value} is out of range.`,
      `Write more than ${above}, at most ${most}.`,
    );
  };
  range("falseRollbackPercent", 0, 50);
  range("powerPercent", 49.99, 99.9);
  range("errorFloorPercent", 0, 50);
  range("healthyPercent", 0, 100);
  range("burnRate", 0, 1e6);
  range("errorRateRatio", 1, 100);
  range("latencyIncreasePercent", 0, 1000);
  const ids = judgement.metrics.map(({ id }) => id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    problems.add("judgement.metrics", `"${id}" is the id of two metrics.`, "Rename one.");
  }
  return judgement;
}

function metricOf(metric: MetricSettings, index: number, both: boolean, problems: ProblemCollector): ReleaseMetric {
  const at = `judgement.metrics[${index}]`;
  const values = Object.values(metric.dimensions);
  problems.require(
    values.length > 0,
    `${at}.dimensions`,
    `the metric "${metric.id}" has no dimension.`,
    "Name what it is measured of; without dimensions CloudWatch has no such metric.",
  );
  if (metric.compare === "live") {
    problems.require(
      values.length === 0 || values.some((value) => /\{(colour|targetGroup)\}/.test(value)),
      `${at}.dimensions`,
      `"${metric.id}" has the same dimensions for both colours, so they cannot be compared.`,
      'Use {colour} or {targetGroup} in one of them, or compare with a limit: compare: "limit".',
    );
    problems.require(
      both,
      `${at}.compare`,
      `"${metric.id}" cannot be compared with the live colour: both never have users in the same minutes.`,
      'Choose canary or linear, or write compare: "limit".',
    );
    problems.require(metric.limit === undefined, `${at}.limit`, "it is not used.", 'It needs compare: "limit".');
  } else {
    problems.require(metric.limit !== undefined, `${at}.limit`, "it is missing.", "Say what must not be passed.");
  }
  problems.require(
    (metric.tolerancePercent ?? 10) >= 0,
    `${at}.tolerancePercent`,
    `${metric.tolerancePercent} is negative.`,
    "Write 0 or more.",
  );
  return { ...metric, tolerancePercent: metric.tolerancePercent ?? 10 };
}

function checkHooks({ settings }: ReleaseRequest, problems: ProblemCollector): void {
  const ids = (settings.hooks ?? []).map(({ id }) => id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    problems.add("hooks", `"${id}" is the id of two hooks.`, "Rename one.");
  }
}
