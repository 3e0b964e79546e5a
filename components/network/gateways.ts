import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { applyTransform } from "../transform.ts";
import type { NetworkContext } from "./context.ts";

/** The ways out of a VPC. */
export interface Gateways {
  readonly internet: aws.ec2.InternetGateway | undefined;
  readonly egressOnly: aws.ec2.EgressOnlyInternetGateway | undefined;
  /** By zone letter, or `regional`. */
  readonly nats: Readonly<Record<string, aws.ec2.NatGateway>>;
  readonly natPublicIps: pulumi.Output<string[]>;
}

/** Makes the gateways the plan asks for; routes lead to them only where `createRouteTables` says so. */
export function createGateways(
  context: NetworkContext,
  vpc: aws.ec2.Vpc,
  subnets: Readonly<Record<string, aws.ec2.Subnet>>,
): Gateways {
  const { parent, name, plan, tags } = context;
  const internet = plan.internetGateway
    ? new aws.ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: tags("internet") }, { parent })
    : undefined;
  const egressOnly = plan.egressOnlyGateway
    ? new aws.ec2.EgressOnlyInternetGateway(
        `${name}-egress-only`,
        { vpcId: vpc.id, tags: tags("egress-only") },
        { parent },
      )
    : undefined;

  const nats: Record<string, aws.ec2.NatGateway> = {};
  const publicIps: pulumi.Output<string[]>[] = [];
  // A NAT gateway fails to start in a VPC whose internet gateway is not attached yet, which no input tells.
  const opts = { parent, ...(internet ? { dependsOn: [internet] } : {}) };
  for (const nat of plan.nats) {
    if (nat.key === "regional") {
      const gateway = natGateway(context, nat.key, { vpcId: vpc.id, availabilityMode: "regional" }, opts);
      nats[nat.key] = gateway;
      publicIps.push(gateway.regionalNatGatewayAddresses.apply((all) => all.map((address) => address.publicIp)));
    } else {
      const role = `nat-${nat.key}`;
      const address = new aws.ec2.Eip(
        ...applyTransform<aws.ec2.EipArgs>(
          context.transform.elasticIp,
          `${name}-${role}`,
          { domain: "vpc", tags: tags(role) },
          opts,
        ),
      );
      const place = { subnetId: subnets[nat.subnet]!.id, allocationId: address.id };
      nats[nat.key] = natGateway(context, nat.key, place, opts);
      publicIps.push(address.publicIp.apply((ip) => [ip]));
    }
  }
  return { internet, egressOnly, nats, natPublicIps: pulumi.all(publicIps).apply((all) => all.flat()) };
}

function natGateway(
  { name, tags, transform }: NetworkContext,
  key: string,
  place: aws.ec2.NatGatewayArgs,
  opts: pulumi.CustomResourceOptions,
): aws.ec2.NatGateway {
  const role = `nat-${key}`;
  return new aws.ec2.NatGateway(
    ...applyTransform<aws.ec2.NatGatewayArgs>(
      transform.natGateway,
      `${name}-${role}`,
      { connectivityType: "public", ...place, tags: tags(role) },
      opts,
    ),
  );
}
