/** `causeway flags set` as docs/guides/feature-flags.md has it, on flags that stand in a simulated cloud as `up` makes them. */
import { readFileSync } from "node:fs";
import * as appconfig from "@aws-sdk/client-appconfig";
import { EXIT } from "../../cli/exit-codes.ts";
import { main } from "../../cli/main.ts";
import { planFeatureFlags } from "../../components/flags/feature-flags-plan.ts";
import { type Flag, flagStrategyName } from "../../contracts/flags.ts";
import type { Environment } from "../../environments/index.ts";
import { type CloudHandle, startCloud } from "../../simulator/index.ts";
import { type Made, Provider } from "../simulator/provider-client.ts";
import { SimulatedCloud } from "../support/simulated.ts";

jest.setTimeout(240_000);

const FLAG: Flag = {
  key: "new-checkout",
  description: "One page",
  owner: "web",
  kind: "release",
  expires: "2999-12-31",
};

// An environment that declares a flag, as the guide's does.
jest.mock("../../environments/index.ts", () => {
  const actual = jest.requireActual<typeof import("../../environments/index.ts")>("../../environments/index.ts");
  const flags = [
    { key: "new-checkout", description: "One page", owner: "web", kind: "release", expires: "2999-12-31" },
  ];
  return {
    ...actual,
    getEnvironment: (name: string): Environment => ({ ...actual.getEnvironment(name), flags }) as never,
  };
});

const GUIDE = readFileSync("docs/guides/feature-flags.md", "utf8");
const cloud = new SimulatedCloud();
let handle: CloudHandle;
let provider: Provider;
let control: appconfig.AppConfigClient;
let place: { readonly ApplicationId: string; readonly EnvironmentId: string };
let ConfigurationProfileId: string;

/** The guide's command for an audience, in an environment that runs here. */
function command(audience: string): string[] {
  const line = GUIDE.split("\n").find((one) =>
    one.startsWith(`npx causeway flags set production new-checkout ${audience}`),
  );
  if (line === undefined) throw new Error(`the guide has no command for ${audience}`);
  return line.split("#")[0]!.trim().replace("production", "local").split(" ").slice(2);
}

async function causeway(args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    jest.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  try {
    await main(["node", "causeway", ...args], process.cwd());
    return { code: process.exitCode ?? EXIT.ok, ...said };
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}

/** What is being rolled out now, or was last: the flag's value, how, and how far it is. */
async function rolledOut() {
  const { Items = [] } = await control.send(new appconfig.ListDeploymentsCommand(place));
  const newest = Items.reduce((a, b) => ((a.DeploymentNumber ?? 0) > (b.DeploymentNumber ?? 0) ? a : b));
  const version = await control.send(
    new appconfig.GetHostedConfigurationVersionCommand({
      ...{ ApplicationId: place.ApplicationId, ConfigurationProfileId },
      VersionNumber: Number(newest.ConfigurationVersion),
    }),
  );
  const { values } = JSON.parse(Buffer.from(version.Content!).toString("utf8")) as {
    values: Record<string, { enabled?: boolean; _variants?: { enabled: boolean; rule?: string }[] }>;
  };
  return { value: values[FLAG.key]!, state: newest.State, minutes: newest.DeploymentDurationInMinutes };
}

beforeAll(async () => {
  await cloud.start();
  process.env.CAUSEWAY_CLOUD_HOME = cloud.home;
  handle = await startCloud({ home: cloud.home, root: process.cwd() });
  control = new appconfig.AppConfigClient({
    region: "eu-west-1",
    endpoint: handle.environment.AWS_ENDPOINT_URL!,
    credentials: { accessKeyId: "simulated", secretAccessKey: "any" },
  });
  provider = await new Provider(handle.port).configure();
  const plan = planFeatureFlags("flags", { environment: "local", flags: [FLAG], alarmArns: [] });
  const make = (type: string, name: string, inputs: Parameters<Provider["make"]>[2]): Promise<Made> =>
    provider.make(`aws:appconfig/${type[0]!.toLowerCase()}${type.slice(1)}:${type}`, name, inputs);
  const application = await make("Application", "flags", { name: plan.names.application });
  const applicationId = application.id;
  const environment = await make("Environment", "flags", { applicationId, name: plan.names.environment });
  const profile = await make("ConfigurationProfile", "flags", {
    ...{ applicationId, name: plan.names.profile, locationUri: "hosted", type: "AWS.AppConfig.FeatureFlags" },
    validators: [{ type: "JSON_SCHEMA", content: plan.validator }],
  });
  place = { ApplicationId: applicationId, EnvironmentId: String(environment.state.environmentId) };
  ConfigurationProfileId = String(profile.state.configurationProfileId);
  const strategies = new Map<string, string>();
  for (const { key, durationMinutes, bakeMinutes, growthFactor } of plan.strategies) {
    const { id } = await make("DeploymentStrategy", key, {
      ...{ name: flagStrategyName("local", key), deploymentDurationInMinutes: durationMinutes, growthFactor },
      ...{ finalBakeTimeInMinutes: bakeMinutes, growthType: "LINEAR", replicateTo: "NONE" },
    });
    strategies.set(key, id);
  }
  const first = await make("HostedConfigurationVersion", "flags", {
    ...{ applicationId, configurationProfileId: ConfigurationProfileId, content: plan.document },
    contentType: "application/json",
  });
  await make("Deployment", "flags", {
    ...{ applicationId, environmentId: place.EnvironmentId, configurationProfileId: ConfigurationProfileId },
    ...{
      configurationVersion: String(first.state.versionNumber),
      deploymentStrategyId: strategies.get("kill-switch")!,
    },
  });
});
afterAll(async () => {
  delete process.env.CAUSEWAY_CLOUD_HOME;
  provider?.close();
  control?.destroy();
  await cloud.stop();
});

test("goes out in steps to each audience by the rule in the guide; a second one waits, and off does not", async () => {
  expect(await rolledOut()).toMatchObject({ value: { enabled: false }, state: "COMPLETE" });
  for (const audience of ["internal", "beta", "25%"]) {
    const set = await causeway(command(audience));
    if (set.code !== EXIT.ok) throw new Error(set.stderr);
    expect(set.stdout).toContain("a fifth of the programs at a time, taken back by alarms");
    const { value, state, minutes } = await rolledOut();
    expect({ state, minutes }).toEqual({ state: "DEPLOYING", minutes: 50 });
    const rule = new RegExp(`^\\| \`${audience}\` +\\| \`(.*?)\` +\\|$`, "m").exec(GUIDE)?.[1];
    expect(value._variants).toEqual([
      expect.objectContaining({ enabled: true, rule }),
      expect.objectContaining({ enabled: false }),
    ]);

    const second = await causeway(command("all"));
    expect(second.code).toBe(EXIT.refused);
    expect(second.stderr).toMatch(
      /under way[\s\S]*npx causeway flags set local new-checkout off[\s\S]*Nothing was switched/,
    );
    expect((await rolledOut()).value).toEqual(value);

    const off = await causeway([...command("off"), "--json"]);
    expect(JSON.parse(off.stdout)).toMatchObject({ environment: "local", flag: FLAG.key, audience: "off" });
    expect(await rolledOut()).toMatchObject({ value: { enabled: false }, state: "COMPLETE", minutes: 0 });
  }
  const all = await causeway(command("all"));
  expect([all.code, (await rolledOut()).value]).toEqual([EXIT.ok, { enabled: true }]);
  expect(all.stderr).toContain("fullSince");
});

test("says what is wrong with a flag, an audience, or an environment that has none yet, and switches nothing", async () => {
  const before = await rolledOut();
  for (const [args, code, text] of [
    [["local", "new-chekout", "beta"], EXIT.invalidInput, 'no flag "new-chekout"; it declares: new-checkout'],
    [["local", "new-checkout", "everybody"], EXIT.usage, "Write off, internal, beta, a share such as 25%, or all"],
    [["pr-7", "new-checkout", "beta"], EXIT.refused, "`npx causeway up pr-7` makes it. Nothing was switched."],
  ] as const) {
    const refused = await causeway(["flags", "set", ...args]);
    expect([refused.code, refused.stdout]).toEqual([code, ""]);
    expect(refused.stderr).toContain(text);
  }
  expect(await rolledOut()).toEqual(before);
});
