/** The network that AWS gives every account in every region: a default VPC with a public subnet in each zone. */
import { createHash } from "node:crypto";
import type { InvokeContext } from "../invoke.ts";
import { timeOf } from "../origin.ts";
import type { JsonObject } from "../values.ts";
import { zonesOf } from "./place.ts";

/** Functions that would find it. */
const LOOK_UPS = /^aws:ec2\/get(Vpcs?|Subnets?|SecurityGroups?|RouteTables?|InternetGateway|NetworkAcls):/;

/** No stack has it: it stays whatever is destroyed. */
const OWNER = "urn:pulumi:default::aws";

export function findsDefaultNetwork(token: string): boolean {
  return LOOK_UPS.test(token);
}

/** Makes the default network of the region unless it is there. A region AWS does not have gets none. */
export function provideDefaultNetwork(context: InvokeContext): void {
  const { store, account, region } = context;
  const zones = zonesOf(region);
  if (zones.length === 0) return;
  const vpcId = idOf(context, "vpc");
  if (store.get({ account, region, type: "aws:ec2/vpc:Vpc", id: vpcId }) !== undefined) return;
  store.transaction(() => {
    const vpc = provide(context, "aws:ec2/vpc:Vpc", "default", vpcId, {
      ...{ cidrBlock: "172.31.0.0/16", enableDnsHostnames: true, enableDnsSupport: true, instanceTenancy: "default" },
      ...{ default: true, isDefault: true },
    });
    const gatewayId = idOf(context, "igw");
    provide(context, "aws:ec2/internetGateway:InternetGateway", "default", gatewayId, { vpcId });
    provide(context, "aws:ec2/routeTable:RouteTable", "default", String(vpc.mainRouteTableId), {
      vpcId,
      routes: [{ cidrBlock: "0.0.0.0/0", gatewayId }],
    });
    const anything = { protocol: "-1", fromPort: 0, toPort: 0 };
    provide(context, "aws:ec2/securityGroup:SecurityGroup", "default", String(vpc.defaultSecurityGroupId), {
      ...{ vpcId, name: "default", description: "default VPC security group" },
      ingress: [{ ...anything, self: true }],
      egress: [{ ...anything, cidrBlocks: ["0.0.0.0/0"] }],
    });
    zones.forEach((availabilityZone, at) => {
      provide(context, "aws:ec2/subnet:Subnet", availabilityZone, idOf(context, "subnet", availabilityZone), {
        ...{ vpcId, availabilityZone, cidrBlock: `172.31.${at * 16}.0/20` },
        ...{ mapPublicIpOnLaunch: true, defaultForAz: true },
      });
    });
  });
}

function provide(context: InvokeContext, token: string, name: string, id: string, inputs: JsonObject): JsonObject {
  const { account, region, store, schemas } = context;
  let drawn = 0;
  const { outputs, arn } = schemas.identify(token, {
    ...{ account, region, inputs, logicalName: name, now: timeOf(store) },
    randomHex: (length) => digits(context, `${token} ${name} ${drawn++}`).slice(0, length),
    next: (counter) => store.counters.next(account, counter),
    previous: { id, outputs: {} },
  });
  const urn = `${OWNER}::${token}::${region}-${name}`;
  const state: JsonObject = { ...outputs, ...inputs, id, region, ownerId: account };
  const createdAt = timeOf(store).toISOString();
  store.put({ account, region, type: token, id, arn, uniqueName: undefined, urn, inputs, state, createdAt });
  return state;
}

function idOf(context: InvokeContext, prefix: string, name = ""): string {
  return `${prefix}-${digits(context, `${prefix} ${name}`).slice(0, 17)}`;
}

function digits({ account, region }: InvokeContext, what: string): string {
  return createHash("sha256").update(`default network\n${account}\n${region}\n${what}`).digest("hex");
}
