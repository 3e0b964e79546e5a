/** AppConfig: the versions of hosted configurations. */
import type {
  CreateHostedConfigurationVersionRequest,
  GetHostedConfigurationVersionRequest,
  HostedConfigurationVersion,
  HostedConfigurationVersions,
  ListHostedConfigurationVersionsRequest,
} from "@aws-sdk/client-appconfig";
import {
  ConflictException$,
  CreateHostedConfigurationVersion$,
  GetHostedConfigurationVersion$,
  ListHostedConfigurationVersions$,
  PayloadTooLargeException$,
} from "@aws-sdk/client-appconfig";
import type { JsonObject } from "../../provider/values.ts";
import {
  applicationOf,
  FEATURE_FLAGS,
  invalid,
  profiles,
  VERSION,
  versionNumber,
  versionOf,
  versionsOf,
} from "../appconfig/objects.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { number, present, text } from "../values.ts";
import { paged } from "./configuration-pages.ts";

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

const getVersion = (input: GetHostedConfigurationVersionRequest, call: EndpointCall): HostedConfigurationVersion => {
  const own = profiles.one(applicationOf(input.ApplicationId, call), input.ConfigurationProfileId, call);
  return version(versionOf(own, String(input.VersionNumber), call));
};

export const VERSION_OPERATIONS: Service["operations"] = [
  reads(ListHostedConfigurationVersions$, listVersions),
  reads(GetHostedConfigurationVersion$, getVersion),
  writes(
    CreateHostedConfigurationVersion$,
    createVersion,
    "the form of feature flags is checked; validators of a profile are not run",
  ),
];
