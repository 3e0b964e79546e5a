/**
 * Growing replaces nothing, on the real engine. First that what must replace does: a test that finds no replacement
 * proves something only where the engine would show one.
 */
import type { ZoneLetter } from "../../contracts/vocabulary.ts";
import { getEnvironment } from "../../environments/index.ts";
import { type EngineRun, SimulatedCloud, succeed } from "../support/simulated.ts";
import type { GrowthScenario } from "./growth/scenario.ts";

jest.setTimeout(600_000);

const cloud = new SimulatedCloud();
beforeAll(() => cloud.start());
afterAll(() => cloud.stop());

async function run(operation: "up" | "preview", stack: string, scenario: GrowthScenario): Promise<EngineRun> {
  const opened = await cloud.open("test/engine/growth", stack, { SCENARIO: JSON.stringify(scenario) });
  return succeed(opened, operation);
}

const zones = (letters: string) => [...letters] as ZoneLetter[];
const of = (run: EngineRun, ...kinds: string[]) =>
  run.changes.filter((change) => kinds.includes(change.split(" ")[0]!));

describe("the network alone", () => {
  test("a new CIDR, another zone's letter and another VPC replace: the engine does show replacements", async () => {
    await run("up", "replace", { network: { zones: zones("a") } });
    const moved = await run("preview", "replace", { network: { zones: zones("a"), cidr: "10.10.0.0/16" } });
    // The VPC by its CIDR, and everything in it by its vpcId.
    expect(of(moved, "replace")).toEqual(
      expect.arrayContaining(["replace Vpc network-vpc", "replace Subnet network-public-a"]),
    );
    const elsewhere = await run("preview", "replace", { network: { zones: zones("a"), region: "eu-central-1" } });
    expect(of(elsewhere, "replace")).toContain("replace Subnet network-public-a");
  });

  test("from 1 zone to 6 and back to 2: no replacement, no change of an existing subnet", async () => {
    await run("up", "network", { network: { zones: zones("a") } });
    const grown = await run("up", "network", { network: { zones: zones("abcdef") } });
    expect(of(grown, "replace", "delete", "update")).toEqual([]);
    expect(of(grown, "create").filter((c) => c.startsWith("create Subnet"))).toHaveLength(15);
    const shrunk = await run("up", "network", { network: { zones: zones("ab") } });
    expect(of(shrunk, "replace", "create", "update")).toEqual([]);
    expect(of(shrunk, "delete").filter((c) => c.startsWith("delete Subnet"))).toHaveLength(12);
  });

  test("a tier, then endpoints and flow logs: only additions", async () => {
    await run("up", "tiers", { network: { zones: zones("ab"), tiers: ["public", "private"] } });
    const tier = await run("up", "tiers", { network: { zones: zones("ab") } });
    expect(of(tier, "replace", "delete", "update")).toEqual([]);
    expect(of(tier, "create").length).toBeGreaterThan(0);
    const endpoints = await run("up", "tiers", {
      network: { zones: zones("ab"), endpoints: { interface: ["logs", "ecr.api"] }, flowLogs: { retentionDays: 30 } },
    });
    expect(of(endpoints, "replace", "delete", "update")).toEqual([]);
    expect(of(endpoints, "create").length).toBeGreaterThan(0);
  });
});

describe("a whole environment", () => {
  test("from 2 zones to 6 and back to 2, then a second service: no replacement, no change of an existing subnet", async () => {
    await run("up", "whole", { whole: { zones: zones("ab") } });
    const grown = await run("up", "whole", { whole: { zones: zones("abcdef") } });
    expect(of(grown, "replace", "delete")).toEqual([]);
    expect(
      of(grown, "update").filter((c) => /Subnet |RouteTable|NatGateway|Eip /.test(c) && !c.includes("SubnetGroup")),
    ).toEqual([]);
    const shrunk = await run("up", "whole", { whole: { zones: zones("ab") } });
    expect(of(shrunk, "replace")).toEqual([]);
    expect(of(shrunk, "update").filter((c) => /Subnet /.test(c))).toEqual([]);

    const [hello] = getEnvironment("local").services;
    const second = { ...hello!, name: "second", route: { ...hello!.route, priority: 500, paths: ["/second/*"] } };
    const served = await run("preview", "whole", { whole: { zones: zones("ab"), services: [hello!, second] } });
    expect(of(served, "replace", "delete", "update")).toEqual([]);
    expect(of(served, "create")).toContain("create ListenerRule entry-second-live");
  });
});
