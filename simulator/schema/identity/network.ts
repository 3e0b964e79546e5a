/** EC2 networking. Ids have the form of the EC2 API reference: a prefix and 17 hex digits. */
import type { Json } from "../types.ts";
import { ipv6Block, privateDns, privateIp, publicDns, publicIp, regional, zoneId } from "./addresses.ts";
import { hashcode, type IdentityKit, type Outputs, type Rule, text } from "./kit.ts";

/** A resource with an id of a prefix and an ARN `…:TYPE/ID`. */
function ec2(prefix: string, type?: string, more?: (kit: IdentityKit, id: string) => Outputs): Rule {
  return (kit) => {
    const id = kit.ec2Id(prefix);
    const outputs = more?.(kit, id) ?? {};
    return type === undefined ? { id, outputs } : { id, arn: kit.arn("ec2", `${type}/${id}`), outputs };
  };
}

const routeDestination = (kit: IdentityKit) =>
  kit.text("destinationCidrBlock") ??
  kit.text("destinationIpv6CidrBlock") ??
  kit.text("destinationPrefixListId") ??
  "0.0.0.0/0";

/** Upstream joins an endpoint and what it is associated with to `a-ENDPOINT` and a hash. */
const endpointAssociation =
  (other: string): Rule =>
  (kit) => ({ id: kit.id(() => `a-${kit.need("vpcEndpointId")}${hashcode(kit.need(other))}`) });

const securityGroupRule: Rule = (kit) => {
  const id = kit.ec2Id("sgr");
  return { id, arn: kit.arn("ec2", `security-group-rule/${id}`), outputs: { securityGroupRuleId: id } };
};

const vpc = ec2("vpc", "vpc", (kit) => ({
  ...(kit.flag("assignGeneratedIpv6CidrBlock")
    ? {
        ipv6CidrBlock: kit.keep("ipv6CidrBlock", () => ipv6Block(kit)),
        ipv6AssociationId: kit.keep("ipv6AssociationId", () => kit.newEc2Id("vpc-cidr-assoc")),
        ipv6CidrBlockNetworkBorderGroup: kit.region,
      }
    : {}),
  defaultSecurityGroupId: kit.keep("defaultSecurityGroupId", () => kit.newEc2Id("sg")),
  defaultNetworkAclId: kit.keep("defaultNetworkAclId", () => kit.newEc2Id("acl")),
  ...mainRouteTable(kit),
  dhcpOptionsId: kit.keep("dhcpOptionsId", () => kit.newEc2Id("dopt")),
}));

/** One route table is both the default and, until that is changed, the main one. */
function mainRouteTable(kit: IdentityKit): Outputs {
  const main = kit.keep("defaultRouteTableId", () => kit.newEc2Id("rtb"));
  return { defaultRouteTableId: main, mainRouteTableId: kit.keep("mainRouteTableId", () => main) };
}

const subnet = ec2("subnet", "subnet", (kit) => {
  const byId = kit.text("availabilityZoneId");
  const named = [..."abcdef"].map((letter) => `${kit.region}${letter}`).find((name) => zoneId(name) === byId);
  const zone = kit.text("availabilityZone") ?? named ?? kit.keep("availabilityZone", () => `${kit.region}a`);
  return {
    availabilityZone: zone,
    availabilityZoneId: zoneId(zone),
    ...(kit.text("ipv6CidrBlock")
      ? { ipv6CidrBlockAssociationId: kit.keep("ipv6CidrBlockAssociationId", () => kit.newEc2Id("subnet-cidr-assoc")) }
      : {}),
    privateDnsHostnameTypeOnLaunch: kit.flag("ipv6Native") ? "resource-name" : "ip-name",
  };
});

const eip: Rule = (kit) => {
  const id = kit.ec2Id("eipalloc");
  const address = kit.text("address") ?? kit.keep("publicIp", () => publicIp(kit));
  return {
    id,
    arn: kit.arn("ec2", `elastic-ip/${id}`),
    outputs: {
      allocationId: id,
      publicIp: address,
      publicDns: publicDns(kit, address),
      domain: "vpc",
      networkBorderGroup: kit.region,
      publicIpv4Pool: "amazon",
    },
  };
};

const natGateway = ec2("nat", "natgateway", (kit) => {
  const subnetId = kit.text("subnetId");
  const isPublic = (kit.text("connectivityType") ?? "public") === "public";
  return {
    networkInterfaceId: kit.keep("networkInterfaceId", () => kit.newEc2Id("eni")),
    privateIp: kit.keep("privateIp", () => privateIp(kit, subnetId)),
    ...(isPublic
      ? {
          associationId: kit.keep("associationId", () => kit.newEc2Id("eipassoc")),
          publicIp: kit.keep("publicIp", () => kit.otherText(kit.text("allocationId"), "publicIp") ?? publicIp(kit)),
        }
      : {}),
    availabilityMode: "zonal",
    vpcId: kit.otherText(subnetId, "vpcId") ?? "",
  };
});

/** The policy AWS gives an endpoint that was created without one. */
const OPEN_ENDPOINT_POLICY = JSON.stringify({
  Version: "2008-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
});

const vpcEndpoint = ec2("vpce", "vpc-endpoint", (kit, id) => {
  const service = kit.text("serviceName") ?? "";
  const common = { state: "available", requesterManaged: false, serviceRegion: kit.region };
  const policy = kit.keep("policy", () => OPEN_ENDPOINT_POLICY);
  if ((kit.text("vpcEndpointType") ?? "Gateway") === "Gateway") {
    return {
      ...common,
      policy,
      prefixListId: `pl-${regionalHex(kit, service)}`,
      cidrBlocks: ["198.51.100.0/24"],
      ipAddressType: "ipv4",
    };
  }
  return { ...common, policy, ...interfaceEndpoint(kit, id, service) };
});

function regionalHex(kit: IdentityKit, service: string): string {
  return hashcode(`${kit.region} ${service}`).toString(16).padStart(8, "0");
}

function interfaceEndpoint(kit: IdentityKit, id: string, service: string): Outputs {
  const subnets = kit.list("subnetIds").filter((s): s is string => typeof s === "string");
  const before = new Map<string, Json>();
  const interfaces = kit.context.previous?.outputs.networkInterfaceIds;
  const earlier = kit.context.previous?.outputs.subnetIds;
  if (Array.isArray(interfaces) && Array.isArray(earlier)) {
    earlier.forEach((s, at) => {
      if (typeof s === "string" && interfaces[at] !== undefined) before.set(s, interfaces[at]!);
    });
  }
  // com.amazonaws.eu-west-1.ecr.api answers as api.ecr.eu-west-1
  const labels = service
    .replace(/^(com\.amazonaws\.|cn\.com\.amazonaws\.)/, "")
    .split(".")
    .filter((part) => part !== kit.region)
    .reverse()
    .join(".");
  const host = `${id}-${hashcode(id).toString(36).slice(0, 8)}`;
  const zones = subnets.map((s) => kit.otherText(s, "availabilityZone")).filter((z) => z !== undefined);
  const hostedZoneId = `Z${regional(kit, `vpce ${service}`, 13).toUpperCase()}`;
  const entry = (dnsName: string) => ({ dnsName, hostedZoneId });
  return {
    networkInterfaceIds: subnets.map((s) => before.get(s) ?? kit.newEc2Id("eni")),
    subnetConfigurations: subnets.map((subnetId) => ({ subnetId })),
    dnsEntries: [
      entry(`${host}.${labels}.${kit.region}.vpce.${kit.dnsSuffix}`),
      ...zones.map((zone) => entry(`${host}-${zone}.${labels}.${kit.region}.vpce.${kit.dnsSuffix}`)),
      ...(kit.flag("privateDnsEnabled") ? [entry(`${labels}.${kit.region}.${kit.dnsSuffix}`)] : []),
    ],
    dnsOptions: { dnsRecordIpType: "ipv4", privateDnsPreference: "" },
    ipAddressType: "ipv4",
  };
}

const networkInterface = ec2("eni", "network-interface", (kit) => {
  const address = kit.text("privateIp") ?? kit.keep("privateIp", () => privateIp(kit, kit.text("subnetId")));
  return {
    privateIp: address,
    privateIps: [address],
    privateIpLists: [address],
    privateDnsName: privateDns(kit, address),
    macAddress: kit.keep("macAddress", () => `02:${kit.hex(10).replace(/..(?!$)/g, "$&:")}`),
    interfaceType: "interface",
  };
});

const instance = ec2("i", "instance", (kit) => {
  const subnetId = kit.text("subnetId");
  const address = kit.text("privateIp") ?? kit.keep("privateIp", () => privateIp(kit, subnetId));
  const isPublic = kit.flag("associatePublicIpAddress");
  const external = isPublic ? kit.keep("publicIp", () => publicIp(kit)) : "";
  return {
    instanceState: "running",
    privateIp: address,
    privateDns: privateDns(kit, address),
    publicIp: external,
    publicDns: isPublic ? publicDns(kit, external) : "",
    availabilityZone: kit.otherText(subnetId, "availabilityZone") ?? `${kit.region}a`,
    primaryNetworkInterfaceId: kit.keep("primaryNetworkInterfaceId", () => kit.newEc2Id("eni")),
    tenancy: "default",
  };
});

const launchTemplate = ec2("lt", "launch-template", (kit) => {
  const version = kit.version(kit.before("latestVersion"));
  const fixed = kit.before("defaultVersion") ?? 1;
  return { latestVersion: version, defaultVersion: kit.flag("updateDefaultVersion") ? version : fixed };
});

const SECURITY_GROUP = ec2("sg", "security-group", (kit) => ({
  description: "Managed by Pulumi",
  vpcId: kit.text("vpcId") ?? "",
  namePrefix: "",
}));

/** An adopted default: its id is one the VPC already has. */
const adopted =
  (type: string, id: (kit: IdentityKit) => string | undefined, prefix: string): Rule =>
  (kit) => {
    const found = kit.id(() => id(kit) ?? kit.newEc2Id(prefix));
    const vpcId = kit.text("vpcId") ?? text(kit.context.previous?.outputs.vpcId);
    return {
      id: found,
      arn: kit.arn("ec2", `${type}/${found}`),
      outputs: vpcId === undefined ? ({} as Outputs) : { vpcId },
    };
  };

export const NETWORK_RULES: Readonly<Record<string, Rule>> = {
  "ec2/Vpc": vpc,
  "ec2/Subnet": subnet,
  "ec2/InternetGateway": ec2("igw", "internet-gateway"),
  "ec2/InternetGatewayAttachment": (kit) => ({
    id: kit.id(() => `${kit.need("internetGatewayId")}:${kit.need("vpcId")}`),
  }),
  "ec2/EgressOnlyInternetGateway": ec2("eigw", "egress-only-internet-gateway"),
  "ec2/NatGateway": natGateway,
  "ec2/Eip": eip,
  "ec2/EipAssociation": ec2("eipassoc", undefined, (kit) => ({
    publicIp: kit.otherText(kit.text("allocationId"), "publicIp") ?? "",
  })),
  "ec2/RouteTable": ec2("rtb", "route-table"),
  "ec2/Route": (kit) => ({
    id: kit.id(() => `r-${kit.need("routeTableId")}${hashcode(routeDestination(kit))}`),
    outputs: { origin: "CreateRoute", state: "active" },
  }),
  "ec2/RouteTableAssociation": ec2("rtbassoc"),
  "ec2/MainRouteTableAssociation": ec2("rtbassoc", undefined, (kit) => ({
    originalRouteTableId: kit.otherText(kit.text("vpcId"), "mainRouteTableId") ?? "",
  })),
  "ec2/NetworkAcl": ec2("acl", "network-acl"),
  "ec2/NetworkAclAssociation": ec2("aclassoc"),
  "ec2/NetworkAclRule": (kit) => {
    const key = [kit.need("networkAclId"), kit.need("ruleNumber"), kit.flag("egress"), kit.need("protocol")].join("-");
    return { id: kit.id(() => `nacl-${hashcode(key)}`) };
  },
  "ec2/SecurityGroup": SECURITY_GROUP,
  "ec2/SecurityGroupRule": (kit) => ({
    id: kit.id(() => `sgrule-${hashcode(JSON.stringify(kit.inputs))}`),
    outputs: { securityGroupRuleId: kit.keep("securityGroupRuleId", () => kit.newEc2Id("sgr")) },
  }),
  "vpc/SecurityGroupIngressRule": securityGroupRule,
  "vpc/SecurityGroupEgressRule": securityGroupRule,
  "ec2/DefaultSecurityGroup": (kit) => {
    const rule = adopted("security-group", (k) => k.otherText(k.text("vpcId"), "defaultSecurityGroupId"), "sg");
    const result = rule(kit);
    return { ...result, outputs: { ...result.outputs, name: "default", description: "default VPC security group" } };
  },
  "ec2/DefaultRouteTable": adopted("route-table", (kit) => kit.text("defaultRouteTableId"), "rtb"),
  "ec2/DefaultNetworkAcl": adopted("network-acl", (kit) => kit.text("defaultNetworkAclId"), "acl"),
  "ec2/VpcEndpoint": vpcEndpoint,
  "ec2/VpcEndpointRouteTableAssociation": endpointAssociation("routeTableId"),
  "ec2/VpcEndpointSubnetAssociation": endpointAssociation("subnetId"),
  "ec2/SecurityGroupAssociation": endpointAssociation("securityGroupId"),
  "ec2/FlowLog": ec2("fl", "vpc-flow-log", (kit) => ({
    logDestination: kit.keep("logDestination", () =>
      kit.text("logGroupName") ? kit.arn("logs", `log-group:${kit.need("logGroupName")}`) : "",
    ),
    // The default format, from the flow log documentation.
    logFormat:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own notation
      "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}",
  })),
  "ec2/NetworkInterface": networkInterface,
  "ec2/Instance": instance,
  "ec2/LaunchTemplate": launchTemplate,
  "ec2/VpcPeeringConnection": ec2("pcx", undefined, (kit) => ({
    acceptStatus: kit.flag("autoAccept") ? "active" : "pending-acceptance",
    peerOwnerId: kit.account,
    peerRegion: kit.region,
  })),
  "ec2/VpcDhcpOptions": ec2("dopt", "dhcp-options"),
  "ec2/VpcDhcpOptionsAssociation": (kit) => ({
    id: kit.id(() => `${kit.need("dhcpOptionsId")}-${kit.need("vpcId")}`),
  }),
  "ec2/VpcIpv4CidrBlockAssociation": ec2("vpc-cidr-assoc"),
  "ec2/VpcIpv6CidrBlockAssociation": ec2("vpc-cidr-assoc", undefined, (kit) => ({
    ipv6CidrBlock: kit.keep("ipv6CidrBlock", () => ipv6Block(kit)),
  })),
  "ec2/KeyPair": (kit) => {
    const name = kit.id(() => kit.need("keyName"));
    return {
      id: name,
      arn: kit.arn("ec2", `key-pair/${name}`),
      outputs: {
        keyPairId: kit.keep("keyPairId", () => kit.newEc2Id("key")),
        fingerprint: kit.keep("fingerprint", () => kit.hex(32).replace(/..(?!$)/g, "$&:")),
        keyType: (kit.text("publicKey") ?? "").startsWith("ssh-ed25519") ? "ed25519" : "rsa",
      },
    };
  },
  "ec2/ManagedPrefixList": ec2("pl", "prefix-list", (kit) => ({ version: kit.version(kit.before("version")) })),
  "ec2/VolumeAttachment": (kit) => ({
    id: kit.id(() => `vai-${hashcode(`${kit.need("deviceName")}-${kit.need("instanceId")}-${kit.need("volumeId")}-`)}`),
  }),
  "ebs/Volume": ec2("vol", "volume", (kit) => ({
    createTime: kit.keep("createTime", () => kit.now),
    type: "gp2",
  })),
  "ebs/Snapshot": ec2("snap", "snapshot"),
  "ebs/EncryptionByDefault": (kit) => ({ id: kit.id(() => `terraform-${kit.hex(26)}`) }),
};
