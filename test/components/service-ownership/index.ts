import * as aws from "@pulumi/aws";
import { Network } from "../../../components/network/network.ts";
import { Cluster, Service } from "../../../components/service/index.ts";
import { Traffic } from "../../../components/traffic/index.ts";
import type { Scenario } from "./scenario.ts";

const scenario: Scenario = JSON.parse(process.env.SCENARIO ?? "{}");
const accountId = "000000000000";
const provider = new aws.Provider("aws", { region: "eu-west-1", allowedAccountIds: [accountId] });
const names = Object.keys(scenario.services);
// All zones are there from the start: what a scenario adds is a zone to the services.
const network = new Network(
  "network",
  {
    region: "eu-west-1",
    accountId,
    environment: "test",
    cidr: "10.0.0.0/16",
    zones: ["a", "b", "c"],
    tiers: ["public"],
    nat: "none",
  },
  { provider },
);
const subnets = scenario.zones.map((zone) => network.subnetIds.public[zone]!);

const traffic = new Traffic(
  "entry",
  {
    vpcId: network.vpcId,
    vpcCidr: "10.0.0.0/16",
    subnetIds: subnets,
    accountId,
    protect: false,
    services: Object.fromEntries(
      names.map((name) => [
        name,
        { port: 8080, healthCheck: { path: "/healthz" }, route: { priority: 100 + name.length } },
      ]),
    ),
    ...(scenario.weights ? { weights: scenario.weights } : {}),
  },
  { provider, dependsOn: network },
);
const cluster = new Cluster("cluster", {}, { provider });
const services = Object.entries(scenario.services).map(([name, given]) => {
  const service = new Service(
    name,
    {
      environment: "test",
      region: "eu-west-1",
      accountId,
      cluster: cluster.attachment,
      vpcId: network.vpcId,
      subnetIds: subnets,
      traffic: traffic.attachment(name),
      port: 8080,
      size: { cpu: 256, memoryMiB: 512 },
      scaling: { min: 2, max: 6 },
      ...given,
    },
    { provider },
  );
  return [name, service.taskDefinitionArns] as const;
});

/** ARNs of the revisions by service and colour. */
export const revisions = Object.fromEntries(services);
