/** Configurations: versions and deployments through the SDK, on profiles that a program made, and what clients poll. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as appconfig from "@aws-sdk/client-appconfig";
import * as data from "@aws-sdk/client-appconfigdata";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { PREDEFINED, progressOf, type Strategy, stepsOf } from "../../simulator/endpoint/appconfig/rollout.ts";
import { endApiFaults, injectApiFault } from "../../simulator/endpoint/inject.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { type Made, Provider, secretOf } from "./provider-client.ts";

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), "causeway-endpoint-appconfig-"));
const failures: string[] = [];
const made = new Map<string, Made>();
let store: CloudStore;
let server: CloudServer;
let provider: Provider;
let control: appconfig.AppConfigClient;
let polling: data.AppConfigDataClient;
let metrics: cloudwatch.CloudWatchClient;

const make = async (name: string, type: string, inputs: Parameters<Provider["make"]>[2]) => {
  const object = await provider.make(type, name, inputs);
  made.set(name, object);
  return object;
};
const output = (name: string, property: string): string => String(made.get(name)!.state[property]);

beforeAll(async () => {
  store = new CloudStore(join(home, "cloud.db"));
  const schemas = openSchema(process.cwd());
  server = await serveCloud({ schemas, store, home, onError: (what, error) => failures.push(`${what}: ${error}`) });
  provider = await new Provider(server.port).configure();
  const settings = {
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${server.endpointPort}`,
    credentials: { accessKeyId: "simulated", secretAccessKey: "any" },
    maxAttempts: 1,
  };
  control = new appconfig.AppConfigClient(settings);
  polling = new data.AppConfigDataClient(settings);
  metrics = new cloudwatch.CloudWatchClient(settings);
  const { id: applicationId } = await make("app", "aws:appconfig/application:Application", { name: "shop" });
  const alarm = await make("alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", {
    ...{ name: "broken", namespace: "Shop", metricName: "Broken", statistic: "Sum", period: 60, threshold: 0 },
    ...{ evaluationPeriods: 1, comparisonOperator: "GreaterThanThreshold", treatMissingData: "notBreaching" },
  });
  const watching = [{ alarmArn: String(alarm.state.arn) }];
  for (const [name, monitors] of Object.entries({ live: [], watched: watching })) {
    await make(name, "aws:appconfig/environment:Environment", { applicationId, name, monitors });
  }
  for (const [name, type] of Object.entries({ text: "AWS.Freeform", flags: "AWS.AppConfig.FeatureFlags" })) {
    const basics = { applicationId, name, type, locationUri: "hosted" };
    await make(name, "aws:appconfig/configurationProfile:ConfigurationProfile", basics);
  }
  const common = { growthType: "LINEAR", replicateTo: "NONE" };
  await make("at once", "aws:appconfig/deploymentStrategy:DeploymentStrategy", {
    ...{ ...common, name: "at-once", deploymentDurationInMinutes: 0, growthFactor: 100, finalBakeTimeInMinutes: 0 },
  });
  await make("halves", "aws:appconfig/deploymentStrategy:DeploymentStrategy", {
    ...{ ...common, name: "halves", deploymentDurationInMinutes: 1440, growthFactor: 50, finalBakeTimeInMinutes: 0 },
  });
});

afterAll(async () => {
  for (const client of [control, polling, metrics]) client?.destroy();
  provider?.close();
  await server?.close();
  store?.close();
  rmSync(home, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

const publish = (
  content: string,
  profile = "text",
  more: Partial<appconfig.CreateHostedConfigurationVersionRequest> = {},
) =>
  control.send(
    new appconfig.CreateHostedConfigurationVersionCommand({
      ...{ ApplicationId: output("app", "id"), ConfigurationProfileId: output(profile, "configurationProfileId") },
      ...{ Content: Buffer.from(content), ContentType: "application/json", ...more },
    }),
  );
const place = (environment: string) => ({
  ApplicationId: output("app", "id"),
  EnvironmentId: output(environment, "environmentId"),
});
const deploy = (version: number | string, strategy: string, environment = "live", profile = "text") =>
  control.send(
    new appconfig.StartDeploymentCommand({
      ...{ ...place(environment), ConfigurationProfileId: output(profile, "configurationProfileId") },
      ...{ ConfigurationVersion: String(version), DeploymentStrategyId: output(strategy, "id") },
    }),
  );
const begin = async (profile = "text", environment = "live") => {
  const names = { ApplicationIdentifier: "shop", EnvironmentIdentifier: environment };
  const { InitialConfigurationToken } = await polling.send(
    new data.StartConfigurationSessionCommand({ ...names, ConfigurationProfileIdentifier: profile }),
  );
  return InitialConfigurationToken!;
};
const poll = async (ConfigurationToken: string) => {
  const answer = await polling.send(new data.GetLatestConfigurationCommand({ ConfigurationToken }));
  return {
    text: Buffer.from(answer.Configuration ?? []).toString("utf8"),
    next: answer.NextPollConfigurationToken!,
    answer,
  };
};

it("gives a client what is deployed, once, and what is deployed next", async () => {
  const first = await publish('{"a":1}', "text", { VersionLabel: "one", Description: "the first" });
  expect(first).toMatchObject({ VersionNumber: 1, VersionLabel: "one", Description: "the first" });
  expect(Buffer.from(first.Content!).toString()).toBe('{"a":1}');
  const token = await begin();
  await expect(poll(token)).rejects.toBeInstanceOf(data.ResourceNotFoundException);
  expect(await deploy("one", "at once")).toMatchObject({ DeploymentNumber: 1, State: "COMPLETE", VersionLabel: "one" });
  const { text, next, answer } = await poll(token);
  expect(text).toBe('{"a":1}');
  expect(answer).toMatchObject({ ContentType: "application/json", NextPollIntervalInSeconds: 60, VersionLabel: "one" });
  const again = await poll(next);
  expect(again.text).toBe("");
  await publish('{"a":2}');
  expect((await poll(again.next)).text).toBe("");
  await deploy(2, "at once");
  expect((await poll(again.next)).text).toBe('{"a":2}');
});

it("rolls out by steps, one deployment at a time, and goes back when it is stopped", async () => {
  await publish('{"a":3}');
  const started = await deploy(3, "halves");
  expect(started).toMatchObject({ State: "DEPLOYING", PercentageComplete: 50, GrowthFactor: 50 });
  await expect(deploy(1, "at once")).rejects.toBeInstanceOf(appconfig.ConflictException);
  const texts: string[] = [];
  for (let client = 0; client < 60; client++) texts.push((await poll(await begin())).text);
  const reached = texts.filter((text) => text === '{"a":3}').length;
  // 30 expected; five standard deviations of the binomial distribution.
  expect(Math.abs(reached - 30)).toBeLessThan(5 * Math.sqrt(60 * 0.25));
  expect(texts.filter((text) => text === '{"a":2}').length).toBe(60 - reached);
  const { DeploymentNumber } = started;
  const input = { ...place("live"), DeploymentNumber };
  const stopped = await control.send(new appconfig.StopDeploymentCommand(input));
  expect(stopped).toMatchObject({ State: "ROLLED_BACK", PercentageComplete: 0 });
  expect(stopped.EventLog?.map(({ EventType }) => EventType)).toEqual([
    ...["ROLLBACK_COMPLETED", "PERCENTAGE_UPDATED", "DEPLOYMENT_STARTED"],
  ]);
  const { Items } = await control.send(new appconfig.ListDeploymentsCommand(place("live")));
  expect(Items?.map(({ DeploymentNumber: number, State }) => [number, State])).toEqual([
    ...[
      [3, "ROLLED_BACK"],
      [2, "COMPLETE"],
      [1, "COMPLETE"],
    ],
  ]);
  expect((await poll(await begin())).text).toBe('{"a":2}');
  const revert = new appconfig.StopDeploymentCommand({ ...place("live"), DeploymentNumber: 2, AllowRevert: true });
  expect(await control.send(revert)).toMatchObject({ State: "REVERTED" });
  expect((await poll(await begin())).text).toBe('{"a":1}');
});

it("rolls back when an alarm of the environment fires", async () => {
  await deploy(1, "at once", "watched");
  const { DeploymentNumber } = await deploy(2, "halves", "watched");
  const input = { ...place("watched"), DeploymentNumber };
  expect(await control.send(new appconfig.GetDeploymentCommand(input))).toMatchObject({ State: "DEPLOYING" });
  // The alarm is as old as its evaluation allows, which is by full minutes.
  const past = new Date(Date.now() - 10 * 60_000).toISOString();
  const key = {
    account: "000000000000",
    region: "eu-west-1",
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    id: "broken",
  };
  store.put({ ...store.get(key)!, createdAt: past });
  const MetricData = [1, 2, 3].map((minutes) => {
    return { MetricName: "Broken", Value: 1, Timestamp: new Date(Date.now() - (minutes - 1) * 60_000) };
  });
  await metrics.send(new cloudwatch.PutMetricDataCommand({ Namespace: "Shop", MetricData }));
  const seen = await metrics.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["broken"] }));
  expect(seen.MetricAlarms).toMatchObject([{ StateValue: "ALARM" }]);
  const after = await control.send(new appconfig.GetDeploymentCommand(input));
  expect(after).toMatchObject({ State: "ROLLED_BACK", EventLog: [{ TriggeredBy: "CLOUDWATCH_ALARM" }, {}, {}] });
  expect((await poll(await begin("text", "watched"))).text).toBe('{"a":1}');
});

it("gives feature flags as their values, and holds them to their form", async () => {
  const flags = { search: { name: "search" }, basket: { name: "basket" } };
  const values = { search: { enabled: true, limit: 5 }, basket: { enabled: false, limit: 9 } };
  const { VersionNumber } = await publish(JSON.stringify({ version: "1", flags, values }), "flags");
  await deploy(VersionNumber!, "at once", "live", "flags");
  const { text } = await poll(await begin("flags"));
  expect(JSON.parse(text)).toEqual({ search: { enabled: true, limit: 5 }, basket: { enabled: false } });
  const wrong = publish(JSON.stringify({ version: "1", flags, values: { other: { enabled: true } } }), "flags");
  await expect(wrong).rejects.toBeInstanceOf(appconfig.BadRequestException);
  await expect(publish("{", "flags")).rejects.toThrow(/not valid JSON/);
  await expect(publish("{}", "text", { LatestVersionNumber: 1 })).rejects.toBeInstanceOf(appconfig.ConflictException);
});

it("shows programs what was made through the API, and what it lists", async () => {
  const { Items } = await control.send(new appconfig.ListApplicationsCommand({}));
  expect(Items).toEqual([{ Id: output("app", "id"), Name: "shop" }]);
  const { Items: profiles } = await control.send(
    new appconfig.ListConfigurationProfilesCommand({ ApplicationId: output("app", "id"), Type: "AWS.Freeform" }),
  );
  expect(profiles).toMatchObject([{ Name: "text", LocationUri: "hosted" }]);
  const { Items: environments } = await control.send(
    new appconfig.ListEnvironmentsCommand({ ApplicationId: output("app", "id") }),
  );
  expect(environments?.map(({ Name, State }) => [Name, State])).toEqual([
    ...[
      ["live", "READY_FOR_DEPLOYMENT"],
      ["watched", "ROLLED_BACK"],
    ],
  ]);
  const [app, profile] = [output("app", "id"), output("text", "configurationProfileId")];
  const read = await provider.read(
    "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion",
    `${app}/${profile}/2`,
  );
  expect(read?.state).toMatchObject({ content: secretOf('{"a":2}'), versionNumber: 2 });
  const versions = await control.send(
    new appconfig.ListHostedConfigurationVersionsCommand({ ApplicationId: app, ConfigurationProfileId: profile }),
  );
  expect(versions.Items?.map(({ VersionNumber }) => VersionNumber)).toEqual([3, 2, 1]);
  const none = new appconfig.GetEnvironmentCommand({ ApplicationId: app, EnvironmentId: "gone" });
  await expect(control.send(none)).rejects.toBeInstanceOf(appconfig.ResourceNotFoundException);
  await expect(control.send(new appconfig.DeleteApplicationCommand({ ApplicationId: app }))).rejects.toThrow(
    /DELETE \/applications\/.*StartDeployment/,
  );
  await injectApiFault(home, { kind: "throttle", target: "appconfigdata", calls: 1 });
  await expect(begin()).rejects.toBeInstanceOf(data.ThrottlingException);
  endApiFaults(home);
});

describe("how far a deployment is", () => {
  const MINUTE = 60_000;
  const strategy = (more: Partial<Strategy>): Strategy => ({
    ...{ id: "s", name: "s", durationMinutes: 10, bakeMinutes: 5, growthFactor: 20, growthType: "LINEAR", ...more },
  });

  it("adds its growth factor, or doubles", () => {
    expect(stepsOf(strategy({})).map(({ percent, after }) => [percent, after / MINUTE])).toEqual([
      ...[
        [20, 0],
        [40, 2],
        [60, 4],
        [80, 6],
        [100, 8],
      ],
    ]);
    expect(stepsOf(strategy({ growthType: "EXPONENTIAL", growthFactor: 10 })).map(({ percent }) => percent)).toEqual([
      ...[10, 20, 40, 80, 100],
    ]);
    for (const one of PREDEFINED) expect(stepsOf(one).at(-1)?.percent).toBe(100);
  });

  it("deploys, bakes and is complete, and is back where it was when it is stopped", () => {
    const at = (minutes: number) => {
      const { state, percent, endedAt } = progressOf(strategy({}), 0, undefined, minutes * MINUTE);
      return [state, percent, endedAt === undefined ? undefined : endedAt / MINUTE];
    };
    expect(at(0)).toEqual(["DEPLOYING", 20, undefined]);
    expect(at(9.9)).toEqual(["DEPLOYING", 100, undefined]);
    expect(at(10)).toEqual(["BAKING", 100, undefined]);
    expect(at(15)).toEqual(["COMPLETE", 100, 15]);
    const ending = { at: 4 * MINUTE, state: "ROLLED_BACK", by: "USER", why: "stopped" } as const;
    const stopped = progressOf(strategy({}), 0, ending, 60 * MINUTE);
    expect(stopped).toMatchObject({ state: "ROLLED_BACK", percent: 0, endedAt: 4 * MINUTE });
    expect(stopped.events.map(({ type }) => type)).not.toContain("DEPLOYMENT_COMPLETED");
  });
});
