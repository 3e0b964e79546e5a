import type * as pulumi from "@pulumi/pulumi";
import { ProblemCollector } from "../../contracts/problems.ts";
import {
  NAT_STRATEGIES,
  type NatStrategy,
  TIERS,
  type Tier,
  ZONE_LETTERS,
  type ZoneLetter,
} from "../../contracts/vocabulary.ts";
import { type SubnetAddresses, subnetAddresses, VPC_PREFIX_LENGTHS, vpcNetworkProblem } from "./address-plan.ts";

/** Services that AWS offers gateway endpoints for. */
export const GATEWAY_ENDPOINTS = ["s3", "dynamodb"] as const;
export type GatewayEndpoint = (typeof GATEWAY_ENDPOINTS)[number];

/** Ways to AWS services that pass neither NAT nor internet gateway. */
export interface EndpointArgs {
  /** Free, in the route tables of the public and private tiers. @default ["s3", "dynamodb"] */
  readonly gateway?: readonly GatewayEndpoint[];
  /**
   * Interface endpoints by what follows `com.amazonaws.<region>.`, such as `ecr.api`, `ecr.dkr`, `logs`; each is billed
   * by the hour and zone (eu-west-1: USD 0.011) and by the GB (USD 0.01).
   * @default []
   */
  readonly interface?: readonly string[];
  /** The tier whose subnets hold the interface endpoints. @default "private" */
  readonly interfaceTier?: Tier;
}

/** Where records of the VPC's traffic go: a CloudWatch log group, or an S3 bucket that exists. */
export type FlowLogArgs =
  | {
      /** Days CloudWatch keeps the records; a value CloudWatch offers. @default 30 */
      readonly retentionDays?: number;
      /** KMS key for the log group, which has to allow CloudWatch Logs. @default CloudWatch's own encryption */
      readonly kmsKeyArn?: pulumi.Input<string>;
    }
  | {
      /** ARN of the bucket, with an optional prefix; its policy has to allow log delivery. */
      readonly bucketArn: pulumi.Input<string>;
    };

/** What decides the shape of a network: plain values only. */
export interface NetworkPlanArgs {
  /** AWS region, such as `eu-west-1`. */
  readonly region: string;
  /** Environment, part of the flow log group's name. */
  readonly environment: string;
  /** IPv4 network of the VPC, /16 to /20; see {@link subnetAddresses} for how it is divided. */
  readonly cidr: string;
  /** Zones by letter, in any order. */
  readonly zones: readonly ZoneLetter[];
  /** @default ["public", "private", "isolated"] */
  readonly tiers?: readonly Tier[];
  /** @default "per-zone" */
  readonly nat?: NatStrategy;
  /**
   * The zone of the one NAT gateway with `nat: "one"`, which needs it: a default would move the gateway, and with it
   * the address that others may have on their lists, when a zone is added.
   */
  readonly natZone?: ZoneLetter;
  /** Adds an Amazon-provided IPv6 /56, a /64 of it for each subnet. @default false */
  readonly ipv6?: boolean;
  readonly endpoints?: EndpointArgs;
  /** @default none */
  readonly flowLogs?: FlowLogArgs;
}

export interface SubnetPlan extends SubnetAddresses {
  /** `<tier>-<zone>`: part of the logical name, never to be changed. */
  readonly key: string;
  readonly availabilityZone: string;
  /** Key of the subnet's route table. */
  readonly routeTable: string;
}

export interface RouteTablePlan {
  /** `public`, `isolated` or `private-<zone>`: part of the logical name, never to be changed. */
  readonly key: string;
  readonly tier: Tier;
  /** Key of the NAT gateway that traffic to the internet goes through. */
  readonly nat?: string;
  readonly toInternetGateway: boolean;
  readonly toEgressOnlyGateway: boolean;
}

/** A NAT gateway: in a zone, or `regional`. The key is part of the logical name, never to be changed. */
export type NatPlan = { readonly key: ZoneLetter; readonly subnet: string } | { readonly key: "regional" };

export interface NetworkPlan {
  readonly cidr: string;
  readonly ipv6: boolean;
  readonly zones: readonly ZoneLetter[];
  readonly tiers: readonly Tier[];
  readonly subnets: readonly SubnetPlan[];
  readonly routeTables: readonly RouteTablePlan[];
  readonly nats: readonly NatPlan[];
  readonly internetGateway: boolean;
  readonly egressOnlyGateway: boolean;
  readonly gatewayEndpoints: readonly { readonly service: GatewayEndpoint; readonly serviceName: string }[];
  readonly interfaceEndpoints: readonly { readonly key: string; readonly serviceName: string }[];
  readonly interfaceSubnets: readonly SubnetPlan[];
  readonly flowLogGroupName: string;
}

/**
 * Works out a network.
 *
 * @throws ProblemsError naming everything that is wrong with the arguments
 */
export function planNetwork(name: string, args: NetworkPlanArgs): NetworkPlan {
  const problems = new ProblemCollector(name);
  const { region, cidr, nat = "per-zone", ipv6 = false, endpoints = {} } = args;
  const zones = ZONE_LETTERS.filter((zone) => args.zones.includes(zone));
  const tiers = TIERS.filter((tier) => (args.tiers ?? TIERS).includes(tier));
  checkShape(problems, args);
  checkNat(problems, nat, args.natZone, zones, tiers);
  checkEndpoints(problems, endpoints, tiers);
  problems.throwIfAny("network");

  const subnets = tiers.flatMap((tier) =>
    zones.map((zone) => ({
      ...subnetAddresses(cidr, tier, zone),
      key: `${tier}-${zone}`,
      availabilityZone: `${region}${zone}`,
      routeTable: tier === "private" ? `${tier}-${zone}` : tier,
    })),
  );
  const nats = planNats(nat, args.natZone, zones);
  // `none` means that private subnets do not leave the VPC, in neither address family.
  const privateLeaves = tiers.includes("private") && nat !== "none";
  const routeTables = tiers.flatMap((tier): RouteTablePlan[] => {
    if (tier !== "private") {
      return [{ key: tier, tier, toInternetGateway: tier === "public", toEgressOnlyGateway: false }];
    }
    return zones.map((zone) => ({
      key: `private-${zone}`,
      tier,
      nat: nats.length === 1 ? nats[0]!.key : nats.find((gateway) => gateway.key === zone)?.key,
      toInternetGateway: false,
      toEgressOnlyGateway: ipv6 && privateLeaves,
    }));
  });
  const interfaces = endpoints.interface ?? [];
  const interfaceTier = endpoints.interfaceTier ?? "private";
  return {
    cidr,
    ipv6,
    zones,
    tiers,
    subnets,
    routeTables,
    nats,
    internetGateway: tiers.includes("public") || nats.length > 0,
    egressOnlyGateway: ipv6 && privateLeaves,
    gatewayEndpoints: (endpoints.gateway ?? GATEWAY_ENDPOINTS).map((service) => ({
      service,
      serviceName: `com.amazonaws.${region}.${service}`,
    })),
    interfaceEndpoints: interfaces.map((service) => ({
      key: service.replaceAll(".", "-"),
      serviceName: `com.amazonaws.${region}.${service}`,
    })),
    interfaceSubnets: interfaces.length > 0 ? subnets.filter((subnet) => subnet.tier === interfaceTier) : [],
    flowLogGroupName: `/causeway/${args.environment}/vpc-flow-logs`,
  };
}

function planNats(nat: NatStrategy, natZone: ZoneLetter | undefined, zones: readonly ZoneLetter[]): NatPlan[] {
  switch (nat) {
    case "none":
      return [];
    case "one":
      return [{ key: natZone!, subnet: `public-${natZone}` }];
    case "per-zone":
      return zones.map((zone) => ({ key: zone, subnet: `public-${zone}` }));
    case "regional":
      return [{ key: "regional" }];
  }
}

function checkShape(problems: ProblemCollector, args: NetworkPlanArgs): void {
  problems.require(
    /^[a-z]{2}(-[a-z]+)+-\d$/.test(args.region),
    "region",
    `"${args.region}" is no AWS region.`,
    "Write it like eu-west-1.",
  );
  problems.require(
    /^[a-z][a-z0-9-]*$/.test(args.environment),
    "environment",
    `"${args.environment}" is no environment's name.`,
    "Use lower-case letters, digits and hyphens.",
  );
  const { largest, smallest } = VPC_PREFIX_LENGTHS;
  const network = vpcNetworkProblem(args.cidr);
  if (network !== undefined) {
    problems.add("cidr", network, `Give the VPC a network of /${largest} to /${smallest}, such as 10.20.0.0/16.`);
  }
  checkList(problems, "zones", args.zones, ZONE_LETTERS);
  checkList(problems, "tiers", args.tiers ?? TIERS, TIERS);
  const retention = args.flowLogs && "retentionDays" in args.flowLogs ? args.flowLogs.retentionDays : undefined;
  problems.require(
    retention === undefined || (Number.isInteger(retention) && retention > 0),
    "flowLogs.retentionDays",
    `${retention} is no number of days.`,
    "Give a value CloudWatch offers, such as 30, 90 or 365.",
  );
}

function checkList(
  problems: ProblemCollector,
  property: string,
  values: readonly string[],
  allowed: readonly string[],
): void {
  if (values.length === 0) problems.add(property, "is empty.", `Name at least one of ${allowed.join(", ")}.`);
  values.forEach((value, index) => {
    if (!allowed.includes(value)) {
      problems.add(`${property}[${index}]`, `"${value}" is unknown.`, `Use one of ${allowed.join(", ")}.`);
    } else if (values.indexOf(value) !== index) {
      problems.add(`${property}[${index}]`, `"${value}" stands twice.`, "Name it once.");
    }
  });
}

function checkNat(
  problems: ProblemCollector,
  nat: NatStrategy,
  natZone: ZoneLetter | undefined,
  zones: readonly ZoneLetter[],
  tiers: readonly Tier[],
): void {
  if (!NAT_STRATEGIES.includes(nat)) {
    problems.add("nat", `"${nat}" is unknown.`, `Use one of ${NAT_STRATEGIES.join(", ")}.`);
    return;
  }
  if (nat === "one" && (natZone === undefined || !zones.includes(natZone))) {
    const found = natZone === undefined ? "is missing" : `"${natZone}" is none of the zones`;
    problems.add("natZone", `${found}.`, `With nat "one", name the gateway's zone: ${zones.join(", ")}.`);
  }
  if (nat !== "one" && natZone !== undefined) {
    problems.add("natZone", `means nothing with nat "${nat}".`, 'Remove it, or set nat to "one".');
  }
  if (nat !== "none" && !tiers.includes("private")) {
    problems.add("nat", `"${nat}" without the private tier serves nobody.`, 'Add the tier, or set nat to "none".');
  }
  if ((nat === "one" || nat === "per-zone") && !tiers.includes("public")) {
    problems.add("nat", `"${nat}" needs the public tier.`, 'Add the tier, or set nat to "regional" or "none".');
  }
}

function checkEndpoints(problems: ProblemCollector, endpoints: EndpointArgs, tiers: readonly Tier[]): void {
  const { gateway = [], interface: interfaces = [], interfaceTier = "private" } = endpoints;
  gateway.forEach((service, index) => {
    if (!GATEWAY_ENDPOINTS.includes(service)) {
      problems.add(
        `endpoints.gateway[${index}]`,
        `AWS has no gateway endpoint for "${service}".`,
        `Use ${GATEWAY_ENDPOINTS.join(" or ")}, or name it under endpoints.interface.`,
      );
    }
  });
  interfaces.forEach((service, index) => {
    const at = `endpoints.interface[${index}]`;
    if (!/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/.test(service)) {
      problems.add(at, `"${service}" is no service's short name.`, "Write it like ecr.api or logs.");
    } else if (interfaces.indexOf(service) !== index) {
      problems.add(at, `"${service}" stands twice.`, "Name it once.");
    }
  });
  if (interfaces.length > 0 && !tiers.includes(interfaceTier)) {
    problems.add(
      "endpoints.interfaceTier",
      `there is no ${interfaceTier} tier to hold the interface endpoints.`,
      `Set it to one of ${tiers.join(", ")}.`,
    );
  }
}
