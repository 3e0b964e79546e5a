import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Traffic, type TrafficTransforms } from "../../../components/traffic/index.ts";
import { type ReleaseTarget, targetPath } from "../../../contracts/target.ts";
import { guardReleases } from "../../../stacks/release-guard.ts";
import { readReleases } from "../../../stacks/releases.ts";
import { liveWeights } from "../../../stacks/services.ts";
import type { Scenario } from "./scenario.ts";

const scenario: Scenario = JSON.parse(process.env.SCENARIO ?? "{}");
const provider = new aws.Provider("aws", { region: "eu-west-1", allowedAccountIds: ["000000000000"] });
const opts = { provider };
const releases = await readReleases("test", provider);
const guards = guardReleases("test", ["hello"], releases, provider);
// An update, in which something happens between reading and writing.
if (scenario.waitFor !== undefined && !pulumi.runtime.isDryRun()) {
  writeFileSync(`${scenario.waitFor}.read`, "");
  while (!existsSync(scenario.waitFor)) await sleep(50);
}

const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" }, opts);
const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id }, opts);
const subnets = ["a", "b"].map(
  (zone, index) =>
    new aws.ec2.Subnet(
      `subnet-${zone}`,
      { vpcId: vpc.id, cidrBlock: `10.0.${index}.0/24`, availabilityZone: `eu-west-1${zone}` },
      opts,
    ),
);
const third = new aws.lb.TargetGroup(
  "third",
  { vpcId: vpc.id, port: 8080, protocol: "HTTP", targetType: "ip", tags: { note: scenario.note ?? "" } },
  opts,
);
const rule: TrafficTransforms["rule"] = (args) => {
  if (!scenario.thirdGroup) return undefined;
  const [{ forward }] = args.actions as unknown as [{ forward: aws.types.input.lb.ListenerRuleActionForward }];
  const groups = forward.targetGroups as aws.types.input.lb.ListenerRuleActionForwardTargetGroup[];
  const targetGroups = [...groups, { arn: third.arn, weight: 0 }];
  return { args: { ...args, actions: [{ type: "forward", forward: { ...forward, targetGroups } }] } };
};
const services = scenario.neighbour ? ["hello", "shop"] : ["hello"];
const traffic = new Traffic(
  "entry",
  {
    vpcId: vpc.id,
    vpcCidr: "10.0.0.0/16",
    subnetIds: subnets.map(({ id }) => id),
    accountId: "000000000000",
    protect: false,
    services: Object.fromEntries(
      services.map((name, index) => [
        name,
        {
          port: 8080,
          healthCheck: { path: "/healthz" },
          route: { priority: 100 + index, hosts: [`${name}.example.com`], paths: scenario.paths ?? ["/*"] },
          ...(scenario.stickinessSeconds === undefined ? {} : { stickinessSeconds: scenario.stickinessSeconds }),
        },
      ]),
    ),
    weights: liveWeights(["hello"], releases),
    guards: { hello: guards.hello!.rules },
    transform: { rule },
  },
  { ...opts, dependsOn: [gateway] },
);
const groups = traffic.targetGroups.hello!;
const target = pulumi.output({
  format: 1 as const,
  region: "eu-west-1",
  loadBalancer: traffic.loadBalancerArnSuffix,
  url: traffic.url,
  testUrl: traffic.testUrl,
  rules: traffic.ruleArns.hello!,
  healthPath: "/healthz",
  targetGroups: { blue: groups.blue.arn, green: groups.green.arn },
  cluster: "none",
  services: { blue: "blue", green: "green" },
});
new aws.ssm.Parameter(
  "target",
  {
    name: targetPath("test", "hello"),
    type: "String",
    value: target.apply((value: ReleaseTarget) => JSON.stringify(value)),
  },
  opts,
);

export const liveRule = traffic.ruleArns.hello!.live;
