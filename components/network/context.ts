import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Transform } from "../transform.ts";
import type { NetworkPlan } from "./network-plan.ts";

/** Escape hatches. Those of children that exist several times apply to each, told apart by the logical name. */
export interface NetworkTransforms {
  readonly vpc?: Transform<aws.ec2.VpcArgs>;
  readonly subnet?: Transform<aws.ec2.SubnetArgs>;
  readonly routeTable?: Transform<aws.ec2.RouteTableArgs>;
  readonly natGateway?: Transform<aws.ec2.NatGatewayArgs>;
  readonly elasticIp?: Transform<aws.ec2.EipArgs>;
  /** Of gateway and interface endpoints alike. */
  readonly endpoint?: Transform<aws.ec2.VpcEndpointArgs>;
  readonly flowLog?: Transform<aws.ec2.FlowLogArgs>;
  readonly flowLogGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
}

/** What every part of a network needs to make its children. */
export interface NetworkContext {
  readonly parent: pulumi.ComponentResource;
  /** The network's name, first part of each child's. */
  readonly name: string;
  readonly plan: NetworkPlan;
  readonly transform: NetworkTransforms;
  /** Tags of the child with that role: its name for humans, and the network's own. */
  tags(role: string): Record<string, string>;
}
