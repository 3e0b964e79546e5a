import * as aws from "@pulumi/aws";
import { applyTransform } from "../transform.ts";
import type { NetworkContext } from "./context.ts";
import type { Gateways } from "./gateways.ts";

/**
 * Makes the route tables, one for each private subnet and one for each other tier, and joins the subnets to them.
 * Routes are resources of their own, so a route more is no update of the table.
 */
export function createRouteTables(
  { parent, name, plan, tags, transform }: NetworkContext,
  vpc: aws.ec2.Vpc,
  subnets: Readonly<Record<string, aws.ec2.Subnet>>,
  gateways: Gateways,
): Record<string, aws.ec2.RouteTable> {
  const tables: Record<string, aws.ec2.RouteTable> = {};
  for (const planned of plan.routeTables) {
    const tableName = `${name}-${planned.key}`;
    const table = new aws.ec2.RouteTable(
      ...applyTransform<aws.ec2.RouteTableArgs>(
        transform.routeTable,
        tableName,
        { vpcId: vpc.id, tags: tags(planned.key) },
        { parent },
      ),
    );
    tables[planned.key] = table;
    const route = (role: string, target: Omit<aws.ec2.RouteArgs, "routeTableId">) =>
      new aws.ec2.Route(`${tableName}-${role}`, { routeTableId: table.id, ...target }, { parent });
    if (planned.toInternetGateway) {
      const gatewayId = gateways.internet!.id;
      route("internet", { destinationCidrBlock: "0.0.0.0/0", gatewayId });
      if (plan.ipv6) route("internet-ipv6", { destinationIpv6CidrBlock: "::/0", gatewayId });
    }
    if (planned.nat !== undefined) {
      route("nat", { destinationCidrBlock: "0.0.0.0/0", natGatewayId: gateways.nats[planned.nat]!.id });
    }
    if (planned.toEgressOnlyGateway) {
      const egressOnlyGatewayId = gateways.egressOnly!.id;
      route("egress-only-ipv6", { destinationIpv6CidrBlock: "::/0", egressOnlyGatewayId });
    }
  }
  for (const subnet of plan.subnets) {
    new aws.ec2.RouteTableAssociation(
      `${name}-${subnet.key}`,
      { subnetId: subnets[subnet.key]!.id, routeTableId: tables[subnet.routeTable]!.id },
      { parent },
    );
  }
  return tables;
}
