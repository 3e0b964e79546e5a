/** AppConfig: deployments, which roll a version out over time, and the strategies that say how fast. */
import type {
  Deployment,
  DeploymentStrategies,
  DeploymentStrategy,
  Deployments,
  GetDeploymentRequest,
  GetDeploymentStrategyRequest,
  ListDeploymentsRequest,
  StartDeploymentRequest,
  StopDeploymentRequest,
} from "@aws-sdk/client-appconfig";
import {
  ConflictException$,
  GetDeployment$,
  GetDeploymentStrategy$,
  ListDeploymentStrategies$,
  ListDeployments$,
  ResourceNotFoundException$,
  StartDeployment$,
  StopDeployment$,
} from "@aws-sdk/client-appconfig";
import {
  applicationOf,
  DEPLOYMENT,
  deploymentNumber,
  deploymentsOf,
  end,
  environments,
  invalid,
  lookAt,
  profiles,
  STRATEGY,
  strategyOf,
  toStrategy,
  versionNumber,
  versionOf,
  versionsOf,
} from "../appconfig/objects.ts";
import { PREDEFINED, type Strategy } from "../appconfig/rollout.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { present, text } from "../values.ts";
import { type Paged, paged } from "./configuration-pages.ts";

const strategy = (one: Strategy): DeploymentStrategy => ({
  Id: one.id,
  Name: one.name,
  DeploymentDurationInMinutes: one.durationMinutes,
  GrowthType: one.growthType,
  GrowthFactor: one.growthFactor,
  FinalBakeTimeInMinutes: one.bakeMinutes,
  ReplicateTo: "NONE",
});

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

const getDeployment = (input: GetDeploymentRequest, call: EndpointCall): Deployment => {
  const { own, found } = oneDeployment(input, call);
  return deployment(found, own, call);
};

const getStrategy = ({ DeploymentStrategyId }: GetDeploymentStrategyRequest, call: EndpointCall): DeploymentStrategy =>
  strategy(strategyOf(DeploymentStrategyId, call));

const listStrategies = (input: Paged, call: EndpointCall): DeploymentStrategies =>
  paged([...PREDEFINED, ...call.list(STRATEGY).map(toStrategy)].map(strategy), input);

export const DEPLOYMENT_OPERATIONS: Service["operations"] = [
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
];
