import {
  type AppConfigClient,
  ConflictException,
  CreateHostedConfigurationVersionCommand,
  GetHostedConfigurationVersionCommand,
  paginateListApplications,
  paginateListConfigurationProfiles,
  paginateListDeploymentStrategies,
  paginateListDeployments,
  paginateListEnvironments,
  paginateListHostedConfigurationVersions,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import type { FlagAudience } from "../contracts/flag-audience.ts";
import { type Flag, flagNames, flagStrategyName } from "../contracts/flags.ts";
import type { Clock } from "./ports.ts";

/** A version of feature flags, in the form that AppConfig gives them. */
export interface FlagDocument {
  readonly version: string;
  readonly flags: Readonly<Record<string, object>>;
  readonly values: Readonly<Record<string, object>>;
}

/** What a flag's value is for an audience. Each audience has everybody that the smaller ones have. */
export function audienceValue(key: string, audience: FlagAudience): object {
  if (audience === "off") return { enabled: false };
  if (audience === "all") return { enabled: true };
  const groups = ['(eq $audience "internal")'];
  if (audience !== "internal") groups.push('(eq $audience "beta")');
  // The seed is the flag's: who is in a share stays in it while it grows, and differs from flag to flag.
  if (typeof audience === "object") groups.push(`(split by::$userId pct::${audience.percent} seed::"${key}")`);
  const rule = groups.length === 1 ? groups[0] : `(or ${groups.join(" ")})`;
  return {
    _variants: [
      { name: "on", enabled: true, rule },
      { name: "default", enabled: false },
    ],
  };
}

/** The next version: as it is, but for one flag. */
export function withAudience(document: FlagDocument, flag: Flag, audience: FlagAudience): FlagDocument {
  const { key, description } = flag;
  return {
    version: document.version,
    flags: { ...document.flags, [key]: document.flags[key] ?? { name: key, description } },
    values: { ...document.values, [key]: audienceValue(key, audience) },
  };
}

export interface FlagChange {
  readonly environment: string;
  readonly flag: Flag;
  readonly audience: FlagAudience;
  /** Everywhere at once, over whatever is being rolled out. */
  readonly atOnce: boolean;
  readonly who: string;
}

const UNDER_WAY = ["DEPLOYING", "BAKING", "VALIDATING"];
const PATIENCE_MS = 120_000;

const TRIES = 3;

/**
 * Rolls a flag out to an audience: a new version, and its deployment by the environment's own strategy.
 *
 * @returns number of the deployment
 * @throws Error when something is being rolled out and this is not `atOnce`, or `up` has not made the flags yet
 */
export async function rollOutFlag(client: AppConfigClient, change: FlagChange, clock: Clock): Promise<number> {
  const { environment, atOnce } = change;
  const place = await placeOf(client, environment, atOnce ? "kill-switch" : "gradual");
  for (let tries = 1; ; tries++) {
    try {
      return await rollOutOnce(client, change, place, clock);
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
      if (tries === TRIES) {
        throw new Error(
          `somebody else changes ${environment}'s flags at the same time, and theirs is kept: ${error.message}. Run it again.`,
        );
      }
    }
  }
}

/** @throws ConflictException when somebody else was faster: what they changed has to be read first */
async function rollOutOnce(
  client: AppConfigClient,
  { environment, flag, audience, atOnce, who }: FlagChange,
  { ApplicationId, EnvironmentId, ConfigurationProfileId, DeploymentStrategyId }: Place,
  clock: Clock,
): Promise<number> {
  // Before the deployments: a version that is made after this makes ours fail.
  let LatestVersionNumber = 0;
  const versions = paginateListHostedConfigurationVersions({ client }, { ApplicationId, ConfigurationProfileId });
  for await (const { Items = [] } of versions) {
    LatestVersionNumber = Math.max(LatestVersionNumber, ...Items.map(({ VersionNumber }) => VersionNumber ?? 0));
  }
  const deployments = [];
  for await (const page of paginateListDeployments({ client }, { ApplicationId, EnvironmentId })) {
    deployments.push(...(page.Items ?? []));
  }
  deployments.sort((a, b) => (b.DeploymentNumber ?? 0) - (a.DeploymentNumber ?? 0));
  const running = deployments.find(({ State }) => UNDER_WAY.includes(State ?? ""));
  if (running !== undefined && !atOnce) {
    throw new Error(
      `deployment ${running.DeploymentNumber} of ${environment}'s flags is under way (${running.State}); wait for its end, ` +
        `or switch the flag off at once: \`npx causeway flags set ${environment} ${flag.key} off\``,
    );
  }
  const last = deployments.find(({ State }) => State === "COMPLETE");
  if (last?.ConfigurationVersion === undefined)
    throw new Error(`no version of ${environment}'s flags was ever complete`);
  const { Content } = await client.send(
    new GetHostedConfigurationVersionCommand({
      ...{ ApplicationId, ConfigurationProfileId, VersionNumber: Number(last.ConfigurationVersion) },
    }),
  );
  const before = JSON.parse(Buffer.from(Content ?? []).toString("utf8")) as FlagDocument;
  const what = `${flag.key}: ${typeof audience === "object" ? `${audience.percent} %` : audience}, by ${who}`;
  const { VersionNumber } = await client.send(
    new CreateHostedConfigurationVersionCommand({
      ...{ ApplicationId, ConfigurationProfileId, ContentType: "application/json", Description: what },
      ...{ Content: Buffer.from(JSON.stringify(withAudience(before, flag, audience))), LatestVersionNumber },
    }),
  );
  if (running !== undefined) {
    const DeploymentNumber = running.DeploymentNumber;
    await client.send(new StopDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber }));
  }
  const start = new StartDeploymentCommand({
    ...{ ApplicationId, EnvironmentId, ConfigurationProfileId, DeploymentStrategyId },
    ...{ ConfigurationVersion: String(VersionNumber), Description: what },
  });
  for (const until = clock.now() + PATIENCE_MS; ; ) {
    try {
      return (await client.send(start)).DeploymentNumber ?? 0;
    } catch (error) {
      // What was stopped is still being taken back.
      if (!(error instanceof ConflictException) || running === undefined || clock.now() > until) throw error;
      await clock.sleepUntil(clock.now() + 1000);
    }
  }
}

type Place = Awaited<ReturnType<typeof placeOf>>;

async function placeOf(client: AppConfigClient, environment: string, strategy: "gradual" | "kill-switch") {
  const names = flagNames(environment);
  const find = async (
    what: string,
    name: string,
    pages: AsyncIterable<{ Items?: { Id?: string; Name?: string }[] | undefined }>,
  ) => {
    for await (const { Items = [] } of pages) {
      const found = Items.find(({ Name }) => Name === name)?.Id;
      if (found !== undefined) return found;
    }
    throw new Error(`there is no ${what} "${name}" in AppConfig; \`npx causeway up ${environment}\` makes it`);
  };
  const ApplicationId = await find("application", names.application, paginateListApplications({ client }, {}));
  return {
    ApplicationId,
    EnvironmentId: await find(
      "environment",
      names.environment,
      paginateListEnvironments({ client }, { ApplicationId }),
    ),
    ConfigurationProfileId: await find(
      "profile",
      names.profile,
      paginateListConfigurationProfiles({ client }, { ApplicationId }),
    ),
    DeploymentStrategyId: await find(
      "deployment strategy",
      flagStrategyName(environment, strategy),
      paginateListDeploymentStrategies({ client }, {}),
    ),
  };
}
