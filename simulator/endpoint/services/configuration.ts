/** AppConfig: configurations, their versions, and deployments that roll them out over time. */
import type {
  Application,
  Applications,
  ConfigurationProfile,
  ConfigurationProfiles,
  CreateHostedConfigurationVersionRequest,
  Deployment,
  DeploymentStrategies,
  DeploymentStrategy,
  Deployments,
  Environment,
  Environments,
  GetConfigurationProfileRequest,
  GetDeploymentRequest,
  GetDeploymentStrategyRequest,
  GetEnvironmentRequest,
  GetHostedConfigurationVersionRequest,
  HostedConfigurationVersion,
  HostedConfigurationVersions,
  ListApplicationsRequest,
  ListConfigurationProfilesRequest,
  ListDeploymentsRequest,
  ListEnvironmentsRequest,
  ListHostedConfigurationVersionsRequest,
  StartDeploymentRequest,
  StopDeploymentRequest,
} from "@aws-sdk/client-appconfig";
import {
  ConflictException$,
  CreateHostedConfigurationVersion$,
  GetConfigurationProfile$,
  GetDeployment$,
  GetDeploymentStrategy$,
  GetEnvironment$,
  GetHostedConfigurationVersion$,
  ListApplications$,
  ListConfigurationProfiles$,
  ListDeploymentStrategies$,
  ListDeployments$,
  ListEnvironments$,
  ListHostedConfigurationVersions$,
  PayloadTooLargeException$,
  ResourceNotFoundException$,
  StartDeployment$,
  StopDeployment$,
} from "@aws-sdk/client-appconfig";
import type { JsonObject } from "../../provider/values.ts";
import {
  APPLICATION,
  applicationOf,
  DEPLOYMENT,
  deploymentNumber,
  deploymentsOf,
  end,
  environments,
  FEATURE_FLAGS,
  invalid,
  lookAt,
  profiles,
  STRATEGY,
  strategyOf,
  toStrategy,
  VERSION,
  versionNumber,
  versionOf,
  versionsOf,
} from "../appconfig/objects.ts";
import { PREDEFINED, type Strategy } from "../appconfig/rollout.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { number, objects, page, present, text } from "../values.ts";

interface Paged {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

function paged<T>(items: readonly T[], { MaxResults, NextToken }: Paged): { Items: T[]; NextToken?: string } {
  const found = page(items, NextToken, MaxResults ?? 50, invalid("NextToken is invalid"));
  return present({ Items: found.items, NextToken: found.next }) as { Items: T[]; NextToken?: string };
}

const application = ({ id, state }: Entry): Application =>
  present({ Id: id, Name: text(state.name), Description: text(state.description) });

function environment(entry: Entry, call: EndpointCall): Environment {
  const { state } = entry;
  const latest = deploymentsOf(entry, call)[0];
  const progress = latest === undefined ? undefined : lookAt(latest, entry, call).state;
  const going = progress === "DEPLOYING" || progress === "BAKING";
  const back = progress === "ROLLED_BACK" ? "ROLLED_BACK" : progress === "REVERTED" ? "REVERTED" : undefined;
  return present({
    ApplicationId: text(state.applicationId),
    Id: text(state.environmentId),
    Name: text(state.name),
    Description: text(state.description),
    State: going ? "DEPLOYING" : (back ?? "READY_FOR_DEPLOYMENT"),
    Monitors: objects(state.monitors).map((one) =>
      present({ AlarmArn: text(one.alarmArn), AlarmRoleArn: text(one.alarmRoleArn) }),
    ),
  });
}

const summary = ({ state }: Entry) =>
  present({
    ApplicationId: text(state.applicationId),
    Id: text(state.configurationProfileId),
    Name: text(state.name),
    LocationUri: text(state.locationUri),
    ValidatorTypes: objects(state.validators).map(({ type }) => String(type) as "JSON_SCHEMA"),
    Type: text(state.type) ?? "AWS.Freeform",
  });

function profile(entry: Entry): ConfigurationProfile {
  const { ValidatorTypes: _, ...rest } = summary(entry);
  const { state } = entry;
  return present({
    ...rest,
    Description: text(state.description),
    RetrievalRoleArn: text(state.retrievalRoleArn),
    Validators: objects(state.validators).map(({ type, content }) => ({
      Type: String(type) as "JSON_SCHEMA",
      Content: String(content ?? ""),
    })),
  });
}

const strategy = (one: Strategy): DeploymentStrategy => ({
  Id: one.id,
  Name: one.name,
  DeploymentDurationInMinutes: one.durationMinutes,
  GrowthType: one.growthType,
  GrowthFactor: one.growthFactor,
  FinalBakeTimeInMinutes: one.bakeMinutes,
  ReplicateTo: "NONE",
});

const LONGEST_CONTENT = 2 * 1024 * 1024;

function createVersion(input: CreateHostedConfigurationVersionRequest, call: EndpointCall): HostedConfigurationVersion {
  const app = applicationOf(input.ApplicationId, call);
  const own = profiles.one(app, input.ConfigurationProfileId, call);
  if (text(own.state.locationUri) !== "hosted") {
    throw invalid("Hosted configuration versions are of profiles whose location is hosted");
  }
  const { ContentType, Description, VersionLabel, LatestVersionNumber } = input;
  if (!ContentType) throw invalid("Content-Type is required");
  const content = Buffer.from(input.Content ?? []);
  if (content.length > LONGEST_CONTENT) {
    throw new AwsError(PayloadTooLargeException$, "The configuration size is too large.", {
      ...{ Measure: "KILOBYTES", Limit: 2048, Size: Math.ceil(content.length / 1024) },
    });
  }
  const known = versionsOf(own, call);
  if (LatestVersionNumber !== undefined && LatestVersionNumber !== known.map(versionNumber).at(-1)) {
    throw new AwsError(ConflictException$, "The latest version number is another than the one given");
  }
  if (VersionLabel !== undefined && known.some(({ state }) => state.versionLabel === VersionLabel)) {
    throw new AwsError(ConflictException$, `Version label ${VersionLabel} is already in use`);
  }
  if (own.state.type === FEATURE_FLAGS) assertFlags(content.toString("utf8"));
  const made = call.create(VERSION, `${own.id} version ${known.length + 1}`, {
    ...{ applicationId: app.id, configurationProfileId: String(own.state.configurationProfileId) },
    ...(present({
      content: content.toString("utf8"),
      contentType: ContentType,
      description: Description,
      versionLabel: VersionLabel,
    }) as JsonObject),
  });
  return version(made);
}

/** @throws AwsError unless it has the form of feature flags: `{ version, flags, values }` */
function assertFlags(content: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    throw invalid("The feature flag configuration is not valid JSON");
  }
  const { version, flags, values } = (parsed ?? {}) as Record<string, unknown>;
  if (version !== "1" || !isRecord(flags) || !isRecord(values)) {
    throw invalid('A feature flag configuration has version "1", flags and values');
  }
  const unknown = Object.keys(values).filter((name) => !(name in flags));
  if (unknown.length > 0) throw invalid(`There are values of flags that are not defined: ${unknown.join(", ")}`);
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function version({ state }: Entry): HostedConfigurationVersion {
  return present({
    ApplicationId: text(state.applicationId),
    ConfigurationProfileId: text(state.configurationProfileId),
    VersionNumber: number(state.versionNumber),
    Description: text(state.description),
    Content: new Uint8Array(Buffer.from(String(state.content ?? ""))),
    ContentType: text(state.contentType),
    VersionLabel: text(state.versionLabel),
  });
}

function deployment(entry: Entry, own: Entry, call: EndpointCall): Deployment {
  const { state, createdAt } = entry;
  const app = applicationOf(text(state.applicationId), call);
  const profileEntry = profiles.one(app, text(state.configurationProfileId), call);
  const used = strategyOf(text(state.deploymentStrategyId), call);
  const { state: progress, percent, endedAt, events } = lookAt(entry, own, call);
  const labelled = versionsOf(profileEntry, call).find(
    (one) => String(versionNumber(one)) === text(state.configurationVersion),
  );
  return present({
    ApplicationId: app.id,
    EnvironmentId: text(state.environmentId),
    DeploymentStrategyId: used.id,
    ConfigurationProfileId: text(state.configurationProfileId),
    DeploymentNumber: deploymentNumber(entry),
    ConfigurationName: text(profileEntry.state.name),
    ConfigurationLocationUri: text(profileEntry.state.locationUri),
    ConfigurationVersion: text(state.configurationVersion),
    Description: text(state.description),
    DeploymentDurationInMinutes: used.durationMinutes,
    GrowthType: used.growthType,
    GrowthFactor: used.growthFactor,
    FinalBakeTimeInMinutes: used.bakeMinutes,
    State: progress,
    EventLog: events
      .map(({ at, type, by, text: Description }) => ({
        ...{ EventType: type, TriggeredBy: by, Description, OccurredAt: new Date(at) },
      }))
      .reverse(),
    PercentageComplete: percent,
    StartedAt: createdAt,
    CompletedAt: endedAt === undefined ? undefined : new Date(endedAt),
    AppliedExtensions: [],
    VersionLabel: labelled && text(labelled.state.versionLabel),
  });
}

function startDeployment(input: StartDeploymentRequest, call: EndpointCall): Deployment {
  const app = applicationOf(input.ApplicationId, call);
  const own = environments.one(app, input.EnvironmentId, call);
  const used = strategyOf(input.DeploymentStrategyId, call);
  const profileEntry = profiles.one(app, input.ConfigurationProfileId, call);
  if (text(profileEntry.state.locationUri) !== "hosted") {
    throw invalid("the simulated cloud deploys hosted configurations only");
  }
  const wanted = versionOf(profileEntry, input.ConfigurationVersion, call);
  const goingOn = deploymentsOf(own, call).find((one) => lookAt(one, own, call).endedAt === undefined);
  if (goingOn !== undefined) {
    throw new AwsError(ConflictException$, `Deployment ${deploymentNumber(goingOn)} is in progress in the environment`);
  }
  const made = call.create(DEPLOYMENT, `${own.id} deployment of ${profileEntry.id}`, {
    ...{ applicationId: app.id, environmentId: String(own.state.environmentId), deploymentStrategyId: used.id },
    configurationProfileId: String(profileEntry.state.configurationProfileId),
    configurationVersion: String(versionNumber(wanted)),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.Tags === undefined ? {} : { tags: { ...input.Tags } }),
  });
  return deployment(made, own, call);
}

function oneDeployment(
  input: {
    ApplicationId?: string | undefined;
    EnvironmentId?: string | undefined;
    DeploymentNumber?: number | undefined;
  },
  call: EndpointCall,
): { own: Entry; found: Entry } {
  const own = environments.one(applicationOf(input.ApplicationId, call), input.EnvironmentId, call);
  const found = deploymentsOf(own, call).find((one) => deploymentNumber(one) === input.DeploymentNumber);
  if (found === undefined) {
    throw new AwsError(ResourceNotFoundException$, `Deployment ${input.DeploymentNumber} not found`, {
      ResourceName: "Deployment",
    });
  }
  return { own, found };
}

/** How long after its end a deployment can be reverted: "up to 72 hours" (`AllowRevert`). */
const REVERTED_WITHIN_MS = 72 * 3_600_000;

function stopDeployment(input: StopDeploymentRequest, call: EndpointCall): Deployment {
  const { own, found } = oneDeployment(input, call);
  const { state, endedAt } = lookAt(found, own, call);
  if (endedAt === undefined) {
    end(found, { state: "ROLLED_BACK", by: "USER", why: "Deployment stopped" }, call);
  } else if (state === "COMPLETE" && input.AllowRevert === true && Date.now() - endedAt <= REVERTED_WITHIN_MS) {
    end(found, { state: "REVERTED", by: "USER", why: "Deployment reverted" }, call);
  } else {
    throw invalid(`Deployment ${input.DeploymentNumber} is in the state ${state} and cannot be stopped`);
  }
  return deployment(found, own, call);
}

function listDeployments(input: ListDeploymentsRequest, call: EndpointCall): Deployments {
  const own = environments.one(applicationOf(input.ApplicationId, call), input.EnvironmentId, call);
  const { Items, NextToken } = paged(deploymentsOf(own, call), input);
  const summaries = Items.map((one) => {
    const { ApplicationId: _, EventLog, AppliedExtensions, ...rest } = deployment(one, own, call);
    return rest;
  });
  return present({ Items: summaries, NextToken });
}

function listVersions(input: ListHostedConfigurationVersionsRequest, call: EndpointCall): HostedConfigurationVersions {
  const own = profiles.one(applicationOf(input.ApplicationId, call), input.ConfigurationProfileId, call);
  const found = versionsOf(own, call)
    .filter(({ state }) => input.VersionLabel === undefined || state.versionLabel === input.VersionLabel)
    .reverse();
  const { Items, NextToken } = paged(found, input);
  const summaries = Items.map((one) => {
    const { Content: _, ...rest } = version(one);
    return rest;
  });
  return present({ Items: summaries, NextToken });
}

const listApplications = (input: ListApplicationsRequest, call: EndpointCall): Applications =>
  paged(call.list(APPLICATION).map(application), input);

const listEnvironments = (input: ListEnvironmentsRequest, call: EndpointCall): Environments => {
  const all = environments.all(applicationOf(input.ApplicationId, call), call);
  return paged(
    all.map((one) => environment(one, call)),
    input,
  );
};

const getEnvironment = ({ ApplicationId, EnvironmentId }: GetEnvironmentRequest, call: EndpointCall): Environment =>
  environment(environments.one(applicationOf(ApplicationId, call), EnvironmentId, call), call);

const listProfiles = (input: ListConfigurationProfilesRequest, call: EndpointCall): ConfigurationProfiles => {
  const all = profiles.all(applicationOf(input.ApplicationId, call), call).map(summary);
  return paged(
    all.filter(({ Type }) => input.Type === undefined || Type === input.Type),
    input,
  );
};

const getProfile = (input: GetConfigurationProfileRequest, call: EndpointCall): ConfigurationProfile =>
  profile(profiles.one(applicationOf(input.ApplicationId, call), input.ConfigurationProfileId, call));

const getVersion = (input: GetHostedConfigurationVersionRequest, call: EndpointCall): HostedConfigurationVersion => {
  const own = profiles.one(applicationOf(input.ApplicationId, call), input.ConfigurationProfileId, call);
  return version(versionOf(own, String(input.VersionNumber), call));
};

const getDeployment = (input: GetDeploymentRequest, call: EndpointCall): Deployment => {
  const { own, found } = oneDeployment(input, call);
  return deployment(found, own, call);
};

const getStrategy = ({ DeploymentStrategyId }: GetDeploymentStrategyRequest, call: EndpointCall): DeploymentStrategy =>
  strategy(strategyOf(DeploymentStrategyId, call));

const listStrategies = (input: Paged, call: EndpointCall): DeploymentStrategies =>
  paged([...PREDEFINED, ...call.list(STRATEGY).map(toStrategy)].map(strategy), input);

export const CONFIGURATION: Service = {
  name: "appconfig",
  version: "2019-10-09",
  target: "AmazonAppConfig",
  isRest: true,
  throttling: "ThrottlingException",
  operations: [
    reads(ListApplications$, listApplications),
    reads(ListEnvironments$, listEnvironments),
    reads(GetEnvironment$, getEnvironment),
    reads(ListConfigurationProfiles$, listProfiles),
    reads(GetConfigurationProfile$, getProfile),
    reads(ListHostedConfigurationVersions$, listVersions),
    reads(GetHostedConfigurationVersion$, getVersion),
    writes(
      CreateHostedConfigurationVersion$,
      createVersion,
      "the form of feature flags is checked; validators of a profile are not run",
    ),
    reads(ListDeploymentStrategies$, listStrategies),
    reads(GetDeploymentStrategy$, getStrategy),
    reads(ListDeployments$, listDeployments),
    reads(
      GetDeployment$,
      getDeployment,
      "follows from the time since it began; an alarm of the environment rolls it back when somebody looks",
    ),
    writes(StartDeployment$, startDeployment, "hosted configurations; extensions are not run"),
    writes(StopDeployment$, stopDeployment, "done at once, without `ROLLING_BACK`"),
  ],
};
