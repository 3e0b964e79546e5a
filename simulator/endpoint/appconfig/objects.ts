/** AppConfig's objects as programs make them: applications, environments, profiles, versions, deployments. */
import { createHash } from "node:crypto";
import { BadRequestException$, ResourceNotFoundException$ } from "@aws-sdk/client-appconfig";
import type { JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import { alarmStates } from "../services/alarms.ts";
import type { EndpointCall, Entry } from "../types.ts";
import { number, objects, text } from "../values.ts";
import { type Ending, PREDEFINED, type Progress, progressOf, type Strategy } from "./rollout.ts";

export const APPLICATION = "aws:appconfig/application:Application";
export const ENVIRONMENT = "aws:appconfig/environment:Environment";
export const PROFILE = "aws:appconfig/configurationProfile:ConfigurationProfile";
export const VERSION = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";
export const DEPLOYMENT = "aws:appconfig/deployment:Deployment";
export const STRATEGY = "aws:appconfig/deploymentStrategy:DeploymentStrategy";

export const FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags";

export const invalid = (message: string) => new AwsError(BadRequestException$, message);

const missing = (what: string) =>
  new AwsError(ResourceNotFoundException$, `${what} not found`, { ResourceName: what.split(" ")[0] ?? what });

/** By id; with `named` by name too, as AppConfig Data takes either. @throws AwsError when there is none */
export function applicationOf(reference: string | undefined, call: EndpointCall, named = false): Entry {
  const found = call.list(APPLICATION).find(({ id, state }) => id === reference || (named && state.name === reference));
  if (found === undefined) throw missing(`Application ${reference ?? ""}`);
  return found;
}

const ofApplication = (type: string, property: string, what: string) => ({
  all: (application: Entry, call: EndpointCall): Entry[] =>
    call.list(type).filter(({ state }) => state.applicationId === application.id),
  one: (application: Entry, reference: string | undefined, call: EndpointCall, named = false): Entry => {
    const all = call.list(type).filter(({ state }) => state.applicationId === application.id);
    const found = all.find(({ state }) => state[property] === reference || (named && state.name === reference));
    if (found === undefined) throw missing(`${what} ${reference ?? ""}`);
    return found;
  },
});

export const environments = ofApplication(ENVIRONMENT, "environmentId", "Environment");
export const profiles = ofApplication(PROFILE, "configurationProfileId", "ConfigurationProfile");

/** Those of a profile, the oldest first. */
export function versionsOf({ state }: Entry, call: EndpointCall): Entry[] {
  return call
    .list(VERSION)
    .filter((one) => one.state.configurationProfileId === state.configurationProfileId)
    .sort((a, b) => versionNumber(a) - versionNumber(b));
}

export const versionNumber = ({ state }: Entry): number => number(state.versionNumber) ?? 0;

/** By number or label. @throws AwsError when there is none */
export function versionOf(profile: Entry, reference: string | undefined, call: EndpointCall): Entry {
  const found = versionsOf(profile, call).find(
    (one) => String(versionNumber(one)) === reference || text(one.state.versionLabel) === reference,
  );
  if (found === undefined) throw missing(`HostedConfigurationVersion ${reference ?? ""}`);
  return found;
}

/** Own strategies and those that AppConfig has for everybody. @throws AwsError when there is none */
export function strategyOf(reference: string | undefined, call: EndpointCall): Strategy {
  const own = call.list(STRATEGY).find(({ id }) => id === reference);
  const found = own === undefined ? PREDEFINED.find(({ id }) => id === reference) : toStrategy(own);
  if (found === undefined) throw missing(`DeploymentStrategy ${reference ?? ""}`);
  return found;
}

export function toStrategy({ id, state }: Entry): Strategy {
  return {
    id,
    name: text(state.name) ?? id,
    durationMinutes: number(state.deploymentDurationInMinutes) ?? 0,
    bakeMinutes: number(state.finalBakeTimeInMinutes) ?? 0,
    growthFactor: number(state.growthFactor) ?? 100,
    growthType: text(state.growthType) === "EXPONENTIAL" ? "EXPONENTIAL" : "LINEAR",
  };
}

const ENDING = "ending";

/** Of an environment, the newest first. */
export function deploymentsOf(environment: Entry, call: EndpointCall): Entry[] {
  const { applicationId, environmentId } = environment.state;
  return call
    .list(DEPLOYMENT)
    .filter(({ state }) => state.applicationId === applicationId && state.environmentId === environmentId)
    .sort((a, b) => deploymentNumber(b) - deploymentNumber(a));
}

export const deploymentNumber = ({ state }: Entry): number => number(state.deploymentNumber) ?? 0;

/**
 * How far a deployment is now. One that goes on while an alarm of its environment is in `ALARM` is rolled back by that,
 * from the moment at which somebody looks.
 */
export function lookAt(deployment: Entry, environment: Entry, call: EndpointCall): Progress {
  const strategy = strategyOf(text(deployment.state.deploymentStrategyId), call);
  const now = Date.now();
  const startedAt = deployment.createdAt.getTime();
  const ending = (call.store.content(deployment.stored, ENDING, "") ?? undefined) as Ending | undefined;
  const progress = progressOf(strategy, startedAt, ending, now);
  if (progress.endedAt !== undefined) return progress;
  const alarm = firingMonitor(environment, call);
  if (alarm === undefined) return progress;
  const why = `Rolled back: alarm ${alarm} is in the ALARM state`;
  const ended = end(deployment, { state: "ROLLED_BACK", by: "CLOUDWATCH_ALARM", why }, call);
  return progressOf(strategy, startedAt, ended, ended.at);
}

/** Ends a deployment now, for good. */
export function end(deployment: Entry, how: Omit<Ending, "at">, call: EndpointCall): Ending {
  const ending: Ending = { at: Date.now(), ...how };
  call.store.putContent(deployment.stored, ENDING, "", { ...ending } as unknown as JsonObject);
  return ending;
}

function firingMonitor({ state }: Entry, call: EndpointCall): string | undefined {
  const monitors = objects(state.monitors).flatMap(({ alarmArn }) => text(alarmArn) ?? []);
  if (monitors.length === 0) return undefined;
  const states = alarmStates(call, Date.now());
  const names = monitors.map((arn) => arn.split(":alarm:").at(-1) ?? arn);
  return names.find((name) => states.get(name)?.state === "ALARM");
}

/**
 * The version that a client gets: of the newest deployment that has not been taken back and has reached it.
 *
 * @param client any text that stays the same for a client; it decides by which step it is reached
 */
export function servedVersion(
  environment: Entry,
  profile: Entry,
  client: string,
  call: EndpointCall,
): string | undefined {
  for (const deployment of deploymentsOf(environment, call)) {
    const { state } = deployment;
    if (state.configurationProfileId !== profile.state.configurationProfileId) continue;
    // One that was taken back reaches nobody.
    const { percent } = lookAt(deployment, environment, call);
    if (percentile(`${deployment.arn} ${client}`) < percent) return text(state.configurationVersion);
  }
  return undefined;
}

/** From 0, inclusive, to 100, exclusive. */
function percentile(of: string): number {
  return (createHash("sha256").update(of).digest().readUInt32BE() / 2 ** 32) * 100;
}
