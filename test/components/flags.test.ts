import { FeatureFlags, type FeatureFlagsArgs } from "../../components/flags/feature-flags.ts";
import { planFeatureFlags } from "../../components/flags/feature-flags-plan.ts";
import { staleness } from "../../contracts/flag-life.ts";
import type { Flag } from "../../contracts/flags.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { baseline } from "../../environments/baseline.ts";
import { getEnvironment, loadDefinitions } from "../../environments/index.ts";
import { analyze } from "../../policies/harness/index.ts";
import { leastPrivilegePack } from "../../policies/packs.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { record } from "../support/harness.ts";

const CHECKOUT: Flag = {
  key: "new-checkout",
  description: "The checkout on one page",
  owner: "web",
  kind: "release",
  expires: "2999-12-31",
};
const READ_ONLY: Flag = { key: "read-only", description: "No orders", owner: "platform", kind: "ops" };
const ALARM = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:production-hello-error-ratio-p0";
const ARGS: FeatureFlagsArgs = { environment: "production", flags: [CHECKOUT, READ_ONLY], alarmArns: [ALARM] };
const VERSION = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";

describe("feature flags", () => {
  it("start switched off, and are never written again: who rolls them out owns them", async () => {
    const run = await record(() => new FeatureFlags("flags", ARGS));
    const first = run.one(VERSION);
    expect(JSON.parse(String(first.inputs.content))).toMatchObject({
      version: "1",
      values: { "new-checkout": { enabled: false }, "read-only": { enabled: false } },
    });
    expect(first.ignoreChanges).toEqual(expect.arrayContaining(["content"]));
    const deployment = run.one("aws:appconfig/deployment:Deployment");
    expect(deployment.ignoreChanges).toEqual(expect.arrayContaining(["configurationVersion"]));
    const later = await record(() => new FeatureFlags("flags", { ...ARGS, flags: [CHECKOUT] }));
    expect(later.all(VERSION)).toHaveLength(1);
  });

  it("are found by programs under fixed names, and only those that are declared can be set", async () => {
    const run = await record(() => new FeatureFlags("flags", ARGS));
    expect(run.one("aws:appconfig/application:Application").inputs.name).toBe("causeway-production");
    const profile = run.one("aws:appconfig/configurationProfile:ConfigurationProfile").inputs;
    expect(profile).toMatchObject({ name: "flags", type: "AWS.AppConfig.FeatureFlags" });
    const [validator] = profile.validators as [{ content: string }];
    expect(JSON.parse(validator.content).properties.values.propertyNames.enum).toEqual(["new-checkout", "read-only"]);
  });

  it("reach everybody in steps that alarms take back, and go off everywhere at once", async () => {
    const run = await record(() => new FeatureFlags("flags", ARGS));
    const strategies = run.all("aws:appconfig/deploymentStrategy:DeploymentStrategy");
    expect(
      strategies.map(({ name, inputs }) => [
        name,
        inputs.growthFactor,
        inputs.deploymentDurationInMinutes,
        inputs.finalBakeTimeInMinutes,
      ]),
    ).toEqual([
      ["flags-gradual", 20, 50, 30],
      ["flags-kill-switch", 100, 0, 0],
    ]);
    const { monitors } = run.one("aws:appconfig/environment:Environment").inputs as {
      monitors: { alarmArn: string }[];
    };
    expect(monitors.map(({ alarmArn }) => alarmArn)).toEqual([ALARM]);
    const judged = run.resources.map(({ type, name, urn, inputs }) => ({ type, name, urn, inputs }));
    expect(await analyze(leastPrivilegePack().policies, judged)).toEqual([]);
  });

  it("tell all that is wrong at once", () => {
    const { expires: _, ...endless } = CHECKOUT;
    const wrong = () =>
      planFeatureFlags("flags", {
        ...ARGS,
        flags: [endless, { ...READ_ONLY, key: "Read Only" }, endless],
        bakeMinutes: 0.5,
      });
    expect(wrong).toThrow(ProblemsError);
    expect(wrong).toThrow(/has no end[\s\S]*new-checkout" stands twice[\s\S]*0\.5 is not a whole number/);
  });

  it("stand in an environment that declares them, watched by the errors of its services", async () => {
    const environment = { ...getEnvironment("production"), flags: [CHECKOUT] };
    const run = await record(
      () =>
        buildEnvironment(environment, {
          accountId: "000000000000",
          provider: createProvider(environment, "000000000000"),
        }),
      { stack: "production" },
    );
    const { monitors } = run.one("aws:appconfig/environment:Environment").inputs as {
      monitors: { alarmArn: string }[];
    };
    const alarms = run.all("aws:cloudwatch/metricAlarm:MetricAlarm").filter(({ name }) => name.includes("error-ratio"));
    expect(monitors).toHaveLength(alarms.length);
    expect(monitors.length).toBeGreaterThan(0);
  });

  it("are refused in an environment without an owner that exists or an end", () => {
    const { expires: _, ...endless } = CHECKOUT;
    const definition = baseline("production", {
      kind: "production",
      data: { database: { seedStrategy: "full" } },
      budget: { monthlyUsd: 1 },
      flags: [{ ...endless, owner: "nobody" }, CHECKOUT],
    });
    expect(() => loadDefinitions([definition])).toThrow(/nobody[\s\S]*has no end/);
  });
});

describe("a flag is stale", () => {
  const life = { kind: "release", expires: "2026-06-30", fullSince: "2026-03-01" };

  it.each([
    ["on the last of the two weeks after everybody had it", "2026-03-15", undefined],
    ["the day after", "2026-03-16", "everybody has had it since 2026-03-01, for 15 days"],
  ])("%s", (_, today, said) => expect(staleness(life, today)).toBe(said));

  it("when it expired, whatever its kind; a permission that everybody has may stay", () => {
    expect(staleness({ ...life, kind: "ops" }, "2026-07-01")).toBe("it expired on 2026-06-30");
    expect(staleness({ ...life, kind: "ops" }, "2026-06-30")).toBeUndefined();
    expect(staleness({ kind: "permission", fullSince: "2020-01-01" }, "2026-07-01")).toBeUndefined();
  });
});
