/** EC2: networks. */
import { zonesOf } from "../../provider/functions/place.ts";
import { contains, type Network, network, overlaps } from "../cidr.ts";
import type { Known } from "../known.ts";
import { all, between, cidrNetwork, doesNotMatch, ipv4Block, lengthBetween } from "../limits.ts";
import { limited, type Refusal, refers, refusal, type ServiceRules, type Subject } from "../types.ts";
import * as to from "./targets.ts";

const blocking = { blocks: true } as const;

export const NETWORK: ServiceRules = {
  references: [
    ...refers("ec2/Subnet", { vpcId: { to: to.VPC, ...blocking } }),
    ...refers("ec2/SecurityGroup", {
      vpcId: { to: to.VPC, ...blocking },
      "ingress[*].securityGroups[*]": { to: to.SECURITY_GROUP, ...blocking },
      "egress[*].securityGroups[*]": { to: to.SECURITY_GROUP, ...blocking },
    }),
    ...refers("ec2/InternetGateway", { vpcId: { to: to.VPC, ...blocking } }),
    ...refers("ec2/InternetGatewayAttachment", {
      vpcId: { to: to.VPC, ...blocking },
      internetGatewayId: to.INTERNET_GATEWAY,
    }),
    ...refers("ec2/EgressOnlyInternetGateway", { vpcId: { to: to.VPC, ...blocking } }),
    ...refers("ec2/RouteTable", {
      vpcId: { to: to.VPC, ...blocking },
      "routes[*].gatewayId": to.INTERNET_GATEWAY,
      "routes[*].natGatewayId": to.NAT_GATEWAY,
    }),
    ...refers("ec2/NetworkAcl", { vpcId: { to: to.VPC, ...blocking }, "subnetIds[*]": to.SUBNET }),
    ...refers("ec2/NetworkAclRule", { networkAclId: to.NETWORK_ACL }),
    ...refers("ec2/VpcEndpoint", {
      vpcId: { to: to.VPC, missing: refusal("InvalidVpcId.NotFound", "The Vpc Id {} does not exist"), ...blocking },
      "subnetIds[*]": {
        to: to.SUBNET,
        missing: refusal("InvalidSubnetId.NotFound", "The subnet ID '{}' does not exist"),
        ...blocking,
      },
      "routeTableIds[*]": {
        to: to.ROUTE_TABLE,
        missing: refusal("InvalidRouteTableId.NotFound", "The routeTable ID '{}' does not exist"),
      },
      "securityGroupIds[*]": { to: to.SECURITY_GROUP, ...blocking },
    }),
    ...refers("ec2/VpcEndpointSubnetAssociation", {
      vpcEndpointId: to.VPC_ENDPOINT,
      subnetId: {
        to: to.SUBNET,
        missing: refusal("InvalidSubnetId.NotFound", "The subnet ID '{}' does not exist"),
        ...blocking,
      },
    }),
    ...refers("ec2/VpcEndpointRouteTableAssociation", {
      vpcEndpointId: to.VPC_ENDPOINT,
      routeTableId: {
        to: to.ROUTE_TABLE,
        missing: refusal("InvalidRouteTableId.NotFound", "The routeTable ID '{}' does not exist"),
      },
    }),
    ...refers("ec2/NatGateway", {
      subnetId: { to: to.SUBNET, missing: refusal("InvalidSubnet", "Subnet {} was not found"), ...blocking },
      allocationId: {
        to: to.ELASTIC_IP,
        missing: refusal("InvalidElasticIpID.NotFound", "Elastic IP {} was not found"),
      },
    }),
    ...refers("ec2/Route", {
      routeTableId: to.ROUTE_TABLE,
      gatewayId: to.INTERNET_GATEWAY,
      natGatewayId: to.NAT_GATEWAY,
      egressOnlyGatewayId: to.EGRESS_ONLY_GATEWAY,
    }),
    ...refers("ec2/RouteTableAssociation", {
      routeTableId: { to: to.ROUTE_TABLE, ...blocking },
      subnetId: to.SUBNET,
    }),
    ...refers("ec2/MainRouteTableAssociation", { routeTableId: to.ROUTE_TABLE, vpcId: to.VPC }),
    ...["vpc/SecurityGroupIngressRule", "vpc/SecurityGroupEgressRule"].flatMap((type) =>
      refers(type, {
        securityGroupId: to.SECURITY_GROUP,
        referencedSecurityGroupId: { to: to.SECURITY_GROUP, ...blocking },
      }),
    ),
    ...refers("ec2/SecurityGroupRule", {
      securityGroupId: to.SECURITY_GROUP,
      sourceSecurityGroupId: { to: to.SECURITY_GROUP, ...blocking },
    }),
    ...refers("ec2/FlowLog", { vpcId: to.VPC, subnetId: to.SUBNET }),
    ...refers("ec2/NetworkInterface", {
      subnetId: { to: to.SUBNET, ...blocking },
      "securityGroups[*]": { to: to.SECURITY_GROUP, ...blocking },
    }),
    ...refers("ec2/Instance", {
      subnetId: { to: to.SUBNET, ...blocking },
      "vpcSecurityGroupIds[*]": { to: to.SECURITY_GROUP, ...blocking },
      keyName: to.KEY_PAIR,
      iamInstanceProfile: to.INSTANCE_PROFILE,
    }),
    ...refers("ec2/EipAssociation", { allocationId: to.ELASTIC_IP, instanceId: to.INSTANCE }),
    ...refers("ec2/Eip", { instance: to.INSTANCE, networkInterface: to.NETWORK_INTERFACE }),
    ...refers("ec2/VolumeAttachment", { instanceId: to.INSTANCE, volumeId: to.VOLUME }),
  ],
  limits: [
    ...limited("ec2/Vpc", { cidrBlock: cidrNetwork(16, 28), ipv4NetmaskLength: between(16, 28) }),
    ...limited("ec2/VpcIpv4CidrBlockAssociation", { cidrBlock: cidrNetwork(16, 28) }),
    ...limited("ec2/Subnet", { cidrBlock: ipv4Block }),
    ...limited("ec2/Route", { destinationCidrBlock: ipv4Block }),
    ...limited("ec2/SecurityGroup", {
      name: all(lengthBetween(0, 255), doesNotMatch(/^sg-/, "cannot begin with sg-")),
      description: lengthBetween(0, 255),
      "ingress[*].cidrBlocks[*]": ipv4Block,
      "egress[*].cidrBlocks[*]": ipv4Block,
    }),
    ...limited("ec2/SecurityGroupRule", { "cidrBlocks[*]": ipv4Block }),
    ...["vpc/SecurityGroupIngressRule", "vpc/SecurityGroupEgressRule"].flatMap((type) =>
      limited(type, { cidrIpv4: ipv4Block, fromPort: between(-1, 65535), toPort: between(-1, 65535) }),
    ),
    ...limited("ec2/NetworkAclRule", { ruleNumber: between(1, 32766) }),
  ],
  requests: [
    { types: ["ec2/Subnet"], refuse: subnet },
    { types: ["ec2/InternetGateway", "ec2/InternetGatewayAttachment"], refuse: internetGateway },
    { types: ["ec2/NatGateway"], refuse: natGateway },
    { types: ["ec2/Route"], refuse: route },
    { types: ["ec2/RouteTableAssociation"], refuse: association },
    { types: ["vpc/SecurityGroupIngressRule", "vpc/SecurityGroupEgressRule"], refuse: securityGroupRule },
    { types: ["ec2/VpcEndpoint"], refuse: endpointService },
    { types: ["ec2/Instance"], refuse: oneNetwork },
  ],
};

function subnet({ values, id, account }: Subject): Refusal | undefined {
  const zone = values.text("availabilityZone");
  const zones = zonesOf(account.region);
  // Local and wavelength zones carry a place in their name and are opted into.
  if (zone !== undefined && zones.length > 0 && !zones.includes(zone) && !/-[a-z]{3}-\d/.test(zone)) {
    return refusal(
      "InvalidParameterValue",
      `Value (${zone}) for parameter availabilityZone is invalid. ` +
        `Subnets can currently only be created in the following availability zones: ${zones.join(", ")}.`,
    );
  }
  const vpcId = values.text("vpcId");
  const range = network(values.text("cidrBlock") ?? "");
  if (vpcId === undefined || range === undefined || id !== undefined) return undefined;
  const outer = networksOf(vpcId, account);
  if (range.bits < 16 || range.bits > 28 || (outer.length > 0 && !outer.some((one) => contains(one, range)))) {
    return refusal("InvalidSubnet.Range", `The CIDR '${range.text}' is invalid.`);
  }
  const taken = account
    .mentioning("ec2/Subnet", vpcId)
    .filter((other) => other.state.text("vpcId") === vpcId)
    .map((other) => network(other.state.text("cidrBlock") ?? ""));
  return taken.some((other) => other !== undefined && overlaps(other, range))
    ? refusal("InvalidSubnet.Conflict", `The CIDR '${range.text}' conflicts with another subnet`)
    : undefined;
}

/** The IPv4 networks of a VPC, its first and those added later. */
function networksOf(vpcId: string, account: Subject["account"]): Network[] {
  const first = account.find(to.VPC.types, vpcId)?.state.text("cidrBlock");
  if (first === undefined) return [];
  const further = account
    .mentioning("ec2/VpcIpv4CidrBlockAssociation", vpcId)
    .map(({ state }) => state.text("cidrBlock"));
  // A range that an address manager has chosen is not known here; then anything may lie in it.
  if (further.includes(undefined)) return [];
  return [first, ...further].flatMap((text) => network(text ?? "") ?? []);
}

function internetGateway({ type, values, id, account }: Subject): Refusal | undefined {
  const vpcId = values.text("vpcId");
  if (vpcId === undefined) return undefined;
  const self = type === "ec2/InternetGateway" ? id : values.text("internetGatewayId");
  const attached = ["ec2/InternetGateway", "ec2/InternetGatewayAttachment"]
    .flatMap((other) => account.mentioning(other, vpcId))
    .filter((other) => other.state.text("vpcId") === vpcId && other.id !== id)
    .map((other) => other.state.text("internetGatewayId") ?? other.id);
  return attached.some((gateway) => gateway !== self)
    ? refusal("InvalidParameterValue", `Network ${vpcId} already has an internet gateway attached`)
    : undefined;
}

function natGateway({ values }: Subject): Refusal | undefined {
  const isPublic = (values.text("connectivityType") ?? "public") === "public";
  // A regional gateway gets its addresses from AWS.
  if (!isPublic || values.text("availabilityMode") === "regional" || values.has("allocationId")) return undefined;
  return refusal(
    "MissingParameter",
    "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
  );
}

function route({ values, account }: Subject): Refusal | undefined {
  const gatewayId = values.text("gatewayId");
  const table = account.find(to.ROUTE_TABLE.types, values.text("routeTableId"));
  const gateway = account.find(["ec2/InternetGateway"], gatewayId);
  const vpcId = table?.state.text("vpcId");
  if (gatewayId === undefined || vpcId === undefined || gateway === undefined) return undefined;
  const attachedTo = [
    gateway.state.text("vpcId"),
    ...account.mentioning("ec2/InternetGatewayAttachment", gatewayId).map(({ state }) => state.text("vpcId")),
  ];
  return attachedTo.includes(vpcId)
    ? undefined
    : refusal(
        "InvalidParameterValue",
        `route table ${table?.id} and network gateway ${gatewayId} belong to different networks`,
      );
}

function association({ values, id, account }: Subject): Refusal | undefined {
  const subnetId = values.text("subnetId");
  if (subnetId === undefined) return undefined;
  const other = account
    .mentioning("ec2/RouteTableAssociation", subnetId)
    .find((one) => one.id !== id && one.state.text("subnetId") === subnetId);
  return (
    other &&
    refusal(
      "Resource.AlreadyAssociated",
      `the specified association for route table ${values.text("routeTableId")} conflicts with an existing association`,
    )
  );
}

const PEERS = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"] as const;

function securityGroupRule({ type, values, id, account }: Subject): Refusal | undefined {
  const group = values.text("securityGroupId");
  if (group === undefined) return undefined;
  const key = (rule: Known) =>
    [rule.text("securityGroupId"), protocolOf(rule), portsOf(rule), ...PEERS.map((peer) => rule.text(peer))].join("|");
  const wanted = key(values);
  const twin = account.mentioning(type, group).find((other) => other.id !== id && key(other.inputs) === wanted);
  if (twin === undefined) return undefined;
  const peer = PEERS.map((one) => values.text(one)).find((one) => one !== undefined);
  const [protocol, ports] = [protocolOf(values), portsOf(values)];
  const where = protocol === "ALL" || ports === "" ? "" : `, ${ports}`;
  return refusal(
    "InvalidPermission.Duplicate",
    `the specified rule "peer: ${peer}, ${protocol}${where}, ALLOW" already exists`,
  );
}

function protocolOf(rule: Known): string {
  const protocol = (rule.text("ipProtocol") ?? "").toUpperCase();
  return ({ "-1": "ALL", "6": "TCP", "17": "UDP", "1": "ICMP" } as Record<string, string>)[protocol] ?? protocol;
}

function portsOf(rule: Known): string {
  const [from, until] = [rule.number("fromPort"), rule.number("toPort")];
  return from === undefined || until === undefined ? "" : `from port: ${from}, to port: ${until}`;
}

function endpointService({ values, account }: Subject): Refusal | undefined {
  const service = values.text("serviceName");
  const region = /^com\.amazonaws\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(service ?? "")?.[1];
  if (region === undefined || region === account.region || values.has("serviceRegion")) return undefined;
  return refusal("InvalidServiceName", `The Vpc Endpoint Service '${service}' does not exist`);
}

function oneNetwork({ values, account }: Subject): Refusal | undefined {
  const vpcId = account.find(to.SUBNET.types, values.text("subnetId"))?.state.text("vpcId");
  if (vpcId === undefined) return undefined;
  const elsewhere = values
    .texts("vpcSecurityGroupIds[*]")
    .map((group) => account.find(to.SECURITY_GROUP.types, group)?.state.text("vpcId"))
    .some((other) => other !== undefined && other !== vpcId);
  return elsewhere
    ? refusal("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
    : undefined;
}
