import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Tier, ZoneLetter } from "../../contracts/vocabulary.ts";
import { applyTransform } from "../transform.ts";
import { ipv6Subnet } from "./address-plan.ts";
import type { NetworkContext, NetworkTransforms } from "./context.ts";
import { createEndpoints, type EndpointNodes } from "./endpoints.ts";
import { createFlowLogs, type FlowLogNodes, statedFlowLogRole } from "./flow-logs.ts";
import { createGateways } from "./gateways.ts";
import { type NetworkPlan, type NetworkPlanArgs, planNetwork } from "./network-plan.ts";
import { createRouteTables } from "./routes.ts";

export interface NetworkArgs extends NetworkPlanArgs {
  /** Account the network is in; flow logs are accepted from it only. */
  readonly accountId: string;
  /**
   * Whether Pulumi refuses to delete the VPC. Subnets and gateways stay free to go, so that zones can be removed.
   * @default false
   */
  readonly protect?: boolean;
  /** Tags that differ from the provider's default tags. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly transform?: NetworkTransforms;
}

/** Outputs of subnets by zone letter; the zones that a network does not have are absent. */
export type ByZone<T> = Readonly<Record<string, T>>;

/**
 * A VPC over one to six zones with a public, a private and an isolated tier.
 *
 * - public: reached from and reaching the internet; nothing in it gets a public address by itself
 * - private: reaches out through NAT, and over IPv6 through an egress-only gateway; not reached from outside
 * - isolated: no way out of the VPC at all, not even to the gateway endpoints
 *
 * Addresses are fixed by tier and zone, all children are keyed by them, and what grows is made of separate resources: a
 * zone, a tier or an endpoint more changes no subnet and replaces nothing. The VPC's default security group is taken
 * over and emptied, so what forgets to name a group can reach nothing.
 *
 * Wait for the whole network (`dependsOn: network`) where something needs the way out to exist when it starts.
 *
 * Cost: each zonal NAT gateway is billed by the hour and by the GB (eu-west-1: USD 0.048 each), a regional one for each
 * zone it has spread to; interface endpoints by the hour and zone; gateway endpoints and the rest nothing.
 *
 * @example
 * ```ts
 * const network = new Network("main", {
 *   region: "eu-west-1", accountId: "111122223333", environment: "staging",
 *   cidr: "10.20.0.0/16", zones: ["a", "b", "c"], nat: "per-zone", flowLogs: { retentionDays: 90 },
 * }, { provider });
 * network.subnetIds.private.a; // Output<string>
 * ```
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** IPv4 network of the VPC. */
  readonly vpcCidr: string;
  /** IPv6 /56 of the VPC, where it has one. */
  readonly vpcIpv6Cidr: pulumi.Output<string> | undefined;
  /** Ids of the subnets by tier and zone letter; a tier that is left out is empty. */
  readonly subnetIds: Readonly<Record<Tier, ByZone<pulumi.Output<string>>>>;
  /** Ids of the route tables by `public`, `isolated` and `private-<zone>`. */
  readonly routeTableIds: Readonly<Record<string, pulumi.Output<string>>>;
  /** Public addresses that private subnets appear with on the internet. Regional NAT gateways change theirs as they grow. */
  readonly natPublicIps: pulumi.Output<string[]>;
  /** Security group of the interface endpoints, where there are any. */
  readonly endpointSecurityGroupId: pulumi.Output<string> | undefined;
  /** Zones by letter, in alphabetical order. */
  readonly zones: readonly ZoneLetter[];
  readonly nodes: {
    readonly vpc: aws.ec2.Vpc;
    readonly subnets: Readonly<Record<string, aws.ec2.Subnet>>;
    readonly routeTables: Readonly<Record<string, aws.ec2.RouteTable>>;
    readonly natGateways: Readonly<Record<string, aws.ec2.NatGateway>>;
    readonly endpoints: EndpointNodes;
    readonly flowLogs: FlowLogNodes | undefined;
  };

  /** @throws ProblemsError when the arguments do not make a network, naming all that is wrong */
  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const roles = args.flowLogs ? statedFlowLogRole(name, args, args.flowLogs) : {};
    super("causeway:network:Network", name, { ...args, roles }, opts);
    const plan = planNetwork(name, args);
    const context: NetworkContext = {
      parent: this,
      name,
      plan,
      tags: (role) => ({ Name: `${name}-${role}`, ...args.tags }),
      transform: args.transform ?? {},
    };

    const vpc = createVpc(context, args.protect ?? false);
    closeDefaultSecurityGroup(context, vpc);
    const subnets = createSubnets(context, vpc);
    const gateways = createGateways(context, vpc, subnets);
    const routeTables = createRouteTables(context, vpc, subnets, gateways);
    const endpoints = createEndpoints(context, { vpcId: vpc.id, subnets, routeTables });
    const flowLogs = args.flowLogs && createFlowLogs(context, args, args.flowLogs, vpc.id);

    this.vpcId = vpc.id;
    this.vpcCidr = plan.cidr;
    this.vpcIpv6Cidr = plan.ipv6 ? vpc.ipv6CidrBlock : undefined;
    this.subnetIds = subnetIdsByTier(plan, subnets);
    this.routeTableIds = mapValues(routeTables, (table) => table.id);
    this.natPublicIps = gateways.natPublicIps;
    this.endpointSecurityGroupId = endpoints.securityGroup?.securityGroupId;
    this.zones = plan.zones;
    this.nodes = { vpc, subnets, routeTables, natGateways: gateways.nats, endpoints, flowLogs };
    this.registerOutputs({
      vpcId: this.vpcId,
      vpcCidr: this.vpcCidr,
      vpcIpv6Cidr: this.vpcIpv6Cidr,
      subnetIds: this.subnetIds,
      routeTableIds: this.routeTableIds,
      natPublicIps: this.natPublicIps,
      endpointSecurityGroupId: this.endpointSecurityGroupId,
    });
  }
}

function createVpc(context: NetworkContext, protect: boolean): aws.ec2.Vpc {
  const { parent, name, plan, tags, transform } = context;
  return new aws.ec2.Vpc(
    ...applyTransform<aws.ec2.VpcArgs>(
      transform.vpc,
      `${name}-vpc`,
      {
        cidrBlock: plan.cidr,
        // Interface endpoints' private DNS needs both.
        enableDnsHostnames: true,
        enableDnsSupport: true,
        ...(plan.ipv6 ? { assignGeneratedIpv6CidrBlock: true } : {}),
        tags: tags("vpc"),
      },
      { parent, protect },
    ),
  );
}

/** AWS adds this group to whatever names none, and lets its members reach each other and everything outside. */
function closeDefaultSecurityGroup({ parent, name, tags }: NetworkContext, vpc: aws.ec2.Vpc): void {
  new aws.ec2.DefaultSecurityGroup(
    `${name}-default`,
    { vpcId: vpc.id, ingress: [], egress: [], tags: tags("default-closed") },
    { parent },
  );
}

function createSubnets(context: NetworkContext, vpc: aws.ec2.Vpc): Record<string, aws.ec2.Subnet> {
  const { parent, name, plan, tags, transform } = context;
  const subnets: Record<string, aws.ec2.Subnet> = {};
  for (const subnet of plan.subnets) {
    subnets[subnet.key] = new aws.ec2.Subnet(
      ...applyTransform<aws.ec2.SubnetArgs>(
        transform.subnet,
        `${name}-${subnet.key}`,
        {
          vpcId: vpc.id,
          availabilityZone: subnet.availabilityZone,
          cidrBlock: subnet.cidr,
          mapPublicIpOnLaunch: false,
          ...(plan.ipv6
            ? {
                ipv6CidrBlock: vpc.ipv6CidrBlock.apply((cidr) => ipv6Subnet(cidr, subnet.ipv6Index)),
                assignIpv6AddressOnCreation: true,
              }
            : {}),
          tags: tags(subnet.key),
        },
        { parent },
      ),
    );
  }
  return subnets;
}

function subnetIdsByTier(
  plan: NetworkPlan,
  subnets: Readonly<Record<string, aws.ec2.Subnet>>,
): Record<Tier, ByZone<pulumi.Output<string>>> {
  const ids = (tier: Tier) =>
    Object.fromEntries(plan.subnets.filter((s) => s.tier === tier).map((s) => [s.zone, subnets[s.key]!.id]));
  return { public: ids("public"), private: ids("private"), isolated: ids("isolated") };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
