import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { applyTransform } from "../transform.ts";
import type { NetworkContext } from "./context.ts";
import { ClosedSecurityGroup } from "./security-group.ts";

/** The endpoints by `s3`, `dynamodb` and an interface endpoint's service name with hyphens for dots. */
export interface EndpointNodes {
  readonly endpoints: Readonly<Record<string, aws.ec2.VpcEndpoint>>;
  readonly securityGroup: ClosedSecurityGroup | undefined;
}

interface Surroundings {
  readonly vpcId: pulumi.Output<string>;
  readonly subnets: Readonly<Record<string, aws.ec2.Subnet>>;
  readonly routeTables: Readonly<Record<string, aws.ec2.RouteTable>>;
}

/**
 * Makes a network's endpoints. Route tables and subnets are joined to them one by one, so that a zone more updates no
 * endpoint.
 */
export function createEndpoints(context: NetworkContext, around: Surroundings): EndpointNodes {
  const { parent, name, plan, tags, transform } = context;
  const endpoints: Record<string, aws.ec2.VpcEndpoint> = {};
  const endpoint = (key: string, endpointArgs: Omit<aws.ec2.VpcEndpointArgs, "vpcId" | "tags">) =>
    new aws.ec2.VpcEndpoint(
      ...applyTransform<aws.ec2.VpcEndpointArgs>(
        transform.endpoint,
        `${name}-${key}`,
        { vpcId: around.vpcId, ...endpointArgs, tags: tags(key) },
        { parent },
      ),
    );

  for (const { service, serviceName } of plan.gatewayEndpoints) {
    const gateway = endpoint(service, { vpcEndpointType: "Gateway", serviceName });
    endpoints[service] = gateway;
    for (const table of plan.routeTables.filter(({ tier }) => tier !== "isolated")) {
      new aws.ec2.VpcEndpointRouteTableAssociation(
        `${name}-${service}-${table.key}`,
        { vpcEndpointId: gateway.id, routeTableId: around.routeTables[table.key]!.id },
        { parent },
      );
    }
  }

  if (plan.interfaceEndpoints.length === 0) return { endpoints, securityGroup: undefined };
  const securityGroup = new ClosedSecurityGroup(
    `${name}-endpoints`,
    {
      vpcId: around.vpcId,
      description: "Interface endpoints of AWS services",
      ingress: { vpc: { port: 443, cidrIpv4: plan.cidr, description: "AWS API calls from inside the VPC" } },
      tags: tags("endpoints"),
    },
    { parent },
  );
  for (const { key, serviceName } of plan.interfaceEndpoints) {
    const made = endpoint(`endpoint-${key}`, {
      vpcEndpointType: "Interface",
      serviceName,
      privateDnsEnabled: true,
      securityGroupIds: [securityGroup.securityGroupId],
    });
    endpoints[key] = made;
    for (const subnet of plan.interfaceSubnets) {
      new aws.ec2.VpcEndpointSubnetAssociation(
        `${name}-endpoint-${key}-${subnet.zone}`,
        { vpcEndpointId: made.id, subnetId: around.subnets[subnet.key]!.id },
        { parent },
      );
    }
  }
  return { endpoints, securityGroup };
}
