/** AppConfig: applications, their environments and their configurations. */
import type {
  Application,
  Applications,
  ConfigurationProfile,
  ConfigurationProfiles,
  Environment,
  Environments,
  GetConfigurationProfileRequest,
  GetEnvironmentRequest,
  ListApplicationsRequest,
  ListConfigurationProfilesRequest,
  ListEnvironmentsRequest,
} from "@aws-sdk/client-appconfig";
import {
  GetConfigurationProfile$,
  GetEnvironment$,
  ListApplications$,
  ListConfigurationProfiles$,
  ListEnvironments$,
} from "@aws-sdk/client-appconfig";
import { APPLICATION, applicationOf, deploymentsOf, environments, lookAt, profiles } from "../appconfig/objects.ts";
import { type EndpointCall, type Entry, reads, type Service } from "../types.ts";
import { objects, present, text } from "../values.ts";
import { DEPLOYMENT_OPERATIONS } from "./configuration-deployments.ts";
import { paged } from "./configuration-pages.ts";
import { VERSION_OPERATIONS } from "./configuration-versions.ts";

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
    ...VERSION_OPERATIONS,
    ...DEPLOYMENT_OPERATIONS,
  ],
};
