import {
  AppConfigClient,
  ConflictException,
  CreateHostedConfigurationVersionCommand,
  GetHostedConfigurationVersionCommand,
  ListApplicationsCommand,
  ListConfigurationProfilesCommand,
  ListDeploymentStrategiesCommand,
  ListDeploymentsCommand,
  ListEnvironmentsCommand,
  ListHostedConfigurationVersionsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { parseAudience } from "../../contracts/flag-audience.ts";
import type { Flag } from "../../contracts/flags.ts";
import { audienceValue, type FlagDocument, rollOutFlag, withAudience } from "../../delivery/flags.ts";

const FLAG: Flag = {
  key: "new-checkout",
  description: "One page",
  owner: "web",
  kind: "release",
  expires: "2999-12-31",
};
const OFF: FlagDocument = {
  version: "1",
  flags: { "new-checkout": { name: "new-checkout" }, other: { name: "other" } },
  values: { "new-checkout": { enabled: false }, other: { enabled: true } },
};

describe("the audience of a flag", () => {
  it.each([
    ["off", "off"],
    ["all", "all"],
    ["25%", { percent: 25 }],
    ["5 %", { percent: 5 }],
    ["0%", undefined],
    ["100%", undefined],
    ["everybody", undefined],
  ])("%s", (text, audience) => expect(parseAudience(text)).toEqual(audience));

  it("grows from internal over beta and a share to all, and never loses who had it", () => {
    const rules = (["internal", "beta", { percent: 25 }] as const).map((audience) => {
      const { _variants } = audienceValue("new-checkout", audience) as {
        _variants: { rule?: string; enabled: boolean }[];
      };
      expect(_variants.at(-1)).toEqual({ name: "default", enabled: false });
      return _variants[0]!.rule;
    });
    expect(rules).toEqual([
      '(eq $audience "internal")',
      '(or (eq $audience "internal") (eq $audience "beta"))',
      '(or (eq $audience "internal") (eq $audience "beta") (split by::$userId pct::25 seed::"new-checkout"))',
    ]);
  });

  it("changes one flag and leaves the others as they are", () => {
    const next = withAudience(OFF, FLAG, "all");
    expect(next.values).toEqual({ "new-checkout": { enabled: true }, other: { enabled: true } });
    expect(withAudience({ ...OFF, flags: {}, values: {} }, FLAG, "all").flags["new-checkout"]).toEqual({
      name: "new-checkout",
      description: "One page",
    });
  });
});

/** AppConfig with two complete versions, as far as a rollout asks. */
class FakeAppConfig {
  readonly sent: object[] = [];
  /** State of the newest deployment. */
  state = "COMPLETE";
  /** Called between what a rollout reads and what it writes. */
  meanwhile: () => void = () => {};
  /** Versions that there are; the newest is deployed. */
  latest = 2;
  #conflicts: number;

  constructor(conflicts = 0) {
    this.#conflicts = conflicts;
  }

  readonly send = async (command: object): Promise<object> => {
    this.sent.push(command);
    if (command instanceof ListApplicationsCommand) return { Items: [{ Id: "app", Name: "causeway-production" }] };
    if (command instanceof ListEnvironmentsCommand) return { Items: [{ Id: "env", Name: "production" }] };
    if (command instanceof ListConfigurationProfilesCommand) return { Items: [{ Id: "prof", Name: "flags" }] };
    if (command instanceof ListDeploymentStrategiesCommand) {
      return { Items: ["gradual", "kill-switch"].map((Id) => ({ Id, Name: `causeway-production-flags-${Id}` })) };
    }
    if (command instanceof ListDeploymentsCommand) {
      const before = { DeploymentNumber: 1, ConfigurationVersion: "1", State: "COMPLETE" };
      const newest = { DeploymentNumber: this.latest, ConfigurationVersion: String(this.latest), State: this.state };
      return { Items: [before, newest] };
    }
    if (command instanceof ListHostedConfigurationVersionsCommand) {
      return { Items: [{ VersionNumber: this.latest - 1 }, { VersionNumber: this.latest }] };
    }
    if (command instanceof GetHostedConfigurationVersionCommand) return { Content: Buffer.from(JSON.stringify(OFF)) };
    if (command instanceof CreateHostedConfigurationVersionCommand) {
      this.meanwhile();
      if (command.input.LatestVersionNumber === this.latest) return { VersionNumber: ++this.latest };
      throw new ConflictException({ message: "another version", $metadata: {} });
    }
    if (command instanceof StopDeploymentCommand) return {};
    if (command instanceof StartDeploymentCommand) {
      if (this.#conflicts-- > 0) throw new ConflictException({ message: "rolling back", $metadata: {} });
      return { DeploymentNumber: 3 };
    }
    throw new Error(`nobody expected ${command.constructor.name}`);
  };

  find<T extends { input: unknown }>(type: abstract new (...args: never[]) => T): T["input"] | undefined {
    return (this.sent.find((command) => command instanceof type) as T | undefined)?.input;
  }
}

const clock = { now: () => 0, sleepUntil: async () => {} };
const change = { environment: "production", flag: FLAG, who: "ann" };
/** A client of the SDK, since its paginators take no other, whose calls go to the fake. */
function over(fake: FakeAppConfig): AppConfigClient {
  const client = new AppConfigClient({ region: "eu-west-1" });
  return Object.assign(client, { send: fake.send });
}

describe("a rollout of a flag", () => {
  it("starts from the last complete version and goes by the strategy that alarms take back", async () => {
    const fake = new FakeAppConfig();
    expect(await rollOutFlag(over(fake), { ...change, audience: "beta", atOnce: false }, clock)).toBe(3);
    expect(fake.find(GetHostedConfigurationVersionCommand)).toMatchObject({ VersionNumber: 2 });
    expect(fake.find(StartDeploymentCommand)).toMatchObject({
      DeploymentStrategyId: "gradual",
      ConfigurationVersion: "3",
    });
    expect(fake.find(StopDeploymentCommand)).toBeUndefined();
  });

  it("does not begin over another one", async () => {
    const fake = new FakeAppConfig();
    fake.state = "BAKING";
    const second = rollOutFlag(over(fake), { ...change, audience: "all", atOnce: false }, clock);
    await expect(second).rejects.toThrow(/deployment 2 .* under way[\s\S]*flags set production new-checkout off/);
    expect(fake.find(CreateHostedConfigurationVersionCommand)).toBeUndefined();
  });

  it("off is at once: it ends what is under way, from the version before it, and waits until that is taken back", async () => {
    const fake = new FakeAppConfig(1);
    fake.state = "DEPLOYING";
    expect(await rollOutFlag(over(fake), { ...change, audience: "off", atOnce: true }, clock)).toBe(3);
    expect(fake.find(StopDeploymentCommand)).toMatchObject({ DeploymentNumber: 2 });
    expect(fake.find(GetHostedConfigurationVersionCommand)).toMatchObject({ VersionNumber: 1 });
    expect(fake.find(StartDeploymentCommand)).toMatchObject({ DeploymentStrategyId: "kill-switch" });
  });

  it("keeps what somebody else changes at the same moment: it reads that first", async () => {
    const fake = new FakeAppConfig();
    fake.meanwhile = () => {
      fake.latest = 3;
      fake.meanwhile = () => {};
    };
    expect(await rollOutFlag(over(fake), { ...change, audience: "beta", atOnce: false }, clock)).toBe(3);
    const read = fake.sent.filter((command) => command instanceof GetHostedConfigurationVersionCommand);
    expect(read.map(({ input }) => input.VersionNumber)).toEqual([2, 3]);
    expect(fake.find(StartDeploymentCommand)).toMatchObject({ ConfigurationVersion: "4" });
  });

  it("switches off at once what began to be rolled out at the same moment", async () => {
    const fake = new FakeAppConfig(1);
    fake.meanwhile = () => {
      fake.state = "DEPLOYING";
    };
    expect(await rollOutFlag(over(fake), { ...change, audience: "off", atOnce: true }, clock)).toBe(3);
    expect(fake.find(StopDeploymentCommand)).toBeDefined();
  });

  it("gives up when others do not cease to change the flags", async () => {
    const fake = new FakeAppConfig();
    fake.meanwhile = () => {
      fake.latest += 1;
    };
    const rollout = rollOutFlag(over(fake), { ...change, audience: "beta", atOnce: false }, clock);
    await expect(rollout).rejects.toThrow(/at the same time[\s\S]*again/);
    expect(fake.find(StartDeploymentCommand)).toBeUndefined();
  });
});
