/** AppConfig Data: what programs poll for their configuration. */
import { randomUUID } from "node:crypto";
import type {
  GetLatestConfigurationRequest,
  GetLatestConfigurationResponse,
  StartConfigurationSessionRequest,
  StartConfigurationSessionResponse,
} from "@aws-sdk/client-appconfigdata";
import {
  BadRequestException$,
  GetLatestConfiguration$,
  ResourceNotFoundException$,
  StartConfigurationSession$,
  ThrottlingException$,
} from "@aws-sdk/client-appconfigdata";
import {
  applicationOf,
  environments,
  FEATURE_FLAGS,
  profiles,
  servedVersion,
  versionNumber,
  versionOf,
} from "../appconfig/objects.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, reads, type Service } from "../types.ts";
import { present, text } from "../values.ts";

/** What a token stands for; it is the token, so that nothing has to be kept. */
interface Session {
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly profile: string;
  /** The version that the client has; 0 before the first. */
  readonly has: number;
  /** Seconds, where the client asked for a shortest interval. */
  readonly interval: number | undefined;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly expires: number;
}

/** How long a token may be used. */
const VALID_MS = 24 * 3_600_000;
const POLL_SECONDS = 60;

const invalid = (message: string) => new AwsError(BadRequestException$, message);

const toToken = (session: Session): string => Buffer.from(JSON.stringify(session)).toString("base64url");

function fromToken(token: string | undefined): Session {
  try {
    const session = JSON.parse(Buffer.from(token ?? "", "base64url").toString("utf8")) as Session;
    if (typeof session.id === "string" && typeof session.expires === "number") return session;
  } catch {
    // Said below.
  }
  throw invalid("Invalid token: it is none of this cloud's");
}

function startSession(input: StartConfigurationSessionRequest, call: EndpointCall): StartConfigurationSessionResponse {
  const interval = input.RequiredMinimumPollIntervalInSeconds;
  if (interval !== undefined && !(interval >= 15 && interval <= 86_400)) {
    throw invalid("RequiredMinimumPollIntervalInSeconds must be between 15 and 86400");
  }
  const { application, environment, profile } = found(
    { ...input, ApplicationIdentifier: input.ApplicationIdentifier ?? "" },
    call,
  );
  const now = Date.now();
  return {
    InitialConfigurationToken: toToken({
      id: randomUUID(),
      application: application.id,
      environment: text(environment.state.environmentId) ?? "",
      profile: text(profile.state.configurationProfileId) ?? "",
      ...{ has: 0, interval, notBefore: now, expires: now + VALID_MS },
    }),
  };
}

/** By id or name. @throws AwsError when one is not there */
function found(
  names: Pick<
    StartConfigurationSessionRequest,
    "ApplicationIdentifier" | "EnvironmentIdentifier" | "ConfigurationProfileIdentifier"
  >,
  call: EndpointCall,
) {
  try {
    const application = applicationOf(names.ApplicationIdentifier, call, true);
    return {
      application,
      environment: environments.one(application, names.EnvironmentIdentifier, call, true),
      profile: profiles.one(application, names.ConfigurationProfileIdentifier, call, true),
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(ResourceNotFoundException$, error.message);
  }
}

function getLatest(
  { ConfigurationToken }: GetLatestConfigurationRequest,
  call: EndpointCall,
): GetLatestConfigurationResponse {
  const session = fromToken(ConfigurationToken);
  const now = Date.now();
  if (now > session.expires) throw invalid("The configuration token has expired");
  if (now < session.notBefore) throw invalid("Request too early");
  const { environment, profile } = found(
    {
      ApplicationIdentifier: session.application,
      EnvironmentIdentifier: session.environment,
      ConfigurationProfileIdentifier: session.profile,
    },
    call,
  );
  const reference = servedVersion(environment, profile, session.id, call);
  if (reference === undefined) {
    throw new AwsError(ResourceNotFoundException$, "Configuration not found: nothing is deployed to the environment");
  }
  const version = versionOf(profile, reference, call);
  const wait = session.interval ?? POLL_SECONDS;
  const next: Session = {
    ...{ ...session, has: versionNumber(version), expires: now + VALID_MS },
    notBefore: session.interval === undefined ? now : now + wait * 1000,
  };
  const content = String(version.state.content ?? "");
  const isNew = session.has !== versionNumber(version);
  return present({
    NextPollConfigurationToken: toToken(next),
    NextPollIntervalInSeconds: wait,
    ContentType: isNew ? text(version.state.contentType) : undefined,
    // Empty for a client that has it already.
    Configuration: new Uint8Array(
      Buffer.from(isNew ? (profile.state.type === FEATURE_FLAGS ? flagValues(content) : content) : ""),
    ),
    VersionLabel: isNew ? text(version.state.versionLabel) : undefined,
  });
}

/** Of feature flags their values only; a flag that is off has no attributes. */
function flagValues(content: string): string {
  let values: Record<string, Record<string, unknown>>;
  try {
    values = (JSON.parse(content) as { values?: typeof values }).values ?? {};
  } catch {
    // A program's version is not parsed when it is made.
    return content;
  }
  const shown = Object.entries(values).map(([flag, value]) => {
    const attributes = Object.entries(value).filter(([name]) => name !== "_createdAt" && name !== "_updatedAt");
    return [flag, value.enabled === false ? { enabled: false } : Object.fromEntries(attributes)];
  });
  return JSON.stringify(Object.fromEntries(shown));
}

export const CONFIGURATION_DATA: Service = {
  name: "appconfigdata",
  version: "2021-11-11",
  target: "AppConfigData",
  isRest: true,
  throttling: ThrottlingException$,
  operations: [
    reads(StartConfigurationSession$, startSession),
    reads(
      GetLatestConfiguration$,
      getLatest,
      "tokens can be used again; variants of flags are given as they are written, for the agent to choose",
    ),
  ],
};
