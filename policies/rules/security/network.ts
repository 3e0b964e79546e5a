import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import {
  allOf,
  type Check,
  each,
  isFalse,
  noneOf,
  notGiven,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import type { Property } from "../../framework/property.ts";
import { settingRule } from "../../framework/setting-rule.ts";

/** Ports that nobody on the internet has business with: remote shells, file shares, databases, caches, control planes. */
const SENSITIVE_PORTS: readonly number[] = [
  20, 21, 22, 23, 25, 110, 135, 137, 138, 139, 143, 445, 1433, 1434, 1521, 2375, 2376, 2379, 2380, 3306, 3389, 4333,
  5432, 5500, 5601, 5900, 5985, 5986, 6379, 6443, 8088, 8888, 9042, 9092, 9200, 9300, 10250, 11211, 27017, 27018,
];
const WEB_PORTS: readonly number[] = [80, 443];
const WORLD = ["0.0.0.0/0", "::/0"];

/** ICMP by its names and numbers: what stands where ports do are types of messages. */
const WITHOUT_PORTS = ["icmp", "icmpv6", "1", "58"];

/** How a type writes down where traffic comes from and to which ports. */
interface Shape {
  readonly sources: readonly string[];
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
}
const SINGLE: Shape = { sources: ["cidrIpv4", "cidrIpv6"], protocol: "ipProtocol", from: "fromPort", to: "toPort" };
const CLASSIC: Shape = {
  sources: ["cidrBlocks", "ipv6CidrBlocks"],
  protocol: "protocol",
  from: "fromPort",
  to: "toPort",
};
const ACL: Shape = { sources: ["cidrBlock", "ipv6CidrBlock"], protocol: "protocol", from: "fromPort", to: "toPort" };

/** Fails where the world reaches a port that `refused` names. */
function closedToWorld(shape: Shape, refused: (from: number, to: number) => string | undefined): Check {
  return (inputs, report) => {
    const sources = shape.sources.flatMap((name) => inputs.get(name).items());
    const open = sources.some(({ string }) => string !== undefined && WORLD.includes(string));
    const [protocol, from, to] = [shape.protocol, shape.from, shape.to].map((name) => inputs.get(name)) as [
      Property,
      Property,
      Property,
    ];
    const spoken = protocol.string ?? "";
    if (WITHOUT_PORTS.includes(spoken)) return;
    const every = ["-1", "all"].includes(spoken);
    const said = every ? refused(0, 65_535) : protocol.unknown ? "unknown" : ports(from, to, refused);
    if (said === undefined) return;
    // With the ports wrong whoever may come, what is left to know is who; and the other way round.
    const unknown = sources.filter((source) => source.unknown);
    if (said === "unknown") {
      if (open || unknown.length > 0)
        for (const property of [protocol, from, to]) if (property.unknown) report.wait(property);
      return;
    }
    if (open) report.fail(`${inputs.path ? `${inputs.path} ` : ""}lets the whole internet reach ${said}`);
    else for (const source of unknown) report.wait(source);
  };
}

function ports(
  from: Property,
  to: Property,
  refused: (from: number, to: number) => string | undefined,
): string | undefined {
  if (from.unknown || to.unknown) return "unknown";
  return refused(from.number ?? 0, to.number ?? 65_535);
}

const sensitive = (from: number, to: number): string | undefined => {
  const hit = SENSITIVE_PORTS.filter((port) => port >= from && port <= to);
  if (hit.length === 0) return undefined;
  return hit.length > 3 ? `all ports from ${from} to ${to}` : `port ${hit.join(", ")}`;
};
const notWeb = (from: number, to: number): string | undefined =>
  from === to && WEB_PORTS.includes(from) ? undefined : from === to ? `port ${from}` : `ports ${from} to ${to}`;

/** The check for each way of writing an ingress rule of a security group. */
const ingress = (refused: (from: number, to: number) => string | undefined): Readonly<Record<string, Check>> => ({
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": closedToWorld(SINGLE, refused),
  "aws:ec2/securityGroupRule:SecurityGroupRule": onlyIf(
    setting("type", oneOf(["ingress"])),
    closedToWorld(CLASSIC, refused),
  ),
  "aws:ec2/securityGroup:SecurityGroup": each("ingress", closedToWorld(CLASSIC, refused)),
});

/** Administration, databases and caches. */
export const sensitivePortsClosed = settingRule({
  id: "sg-sensitive-ports-closed",
  title: "No security group lets the internet reach remote shells, databases or control planes",
  why: "Scanners find the port within minutes, and then one weak password or one unpatched version is enough.",
  severity: "critical",
  remedy: "Name the security group or the network that needs it; for shells use Session Manager, which needs no port.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
  controls: sameAs(["EC2.13", "EC2.14", "EC2.19"], { "cis-aws": ["5.2", "5.3"] }),
  checks: ingress(sensitive),
});

/** Everything else that is no web server. */
export const onlyWebPortsOpen = settingRule({
  id: "sg-only-web-ports-open",
  title: "The internet reaches web ports only",
  why: "Every open port is one more thing that has to be patched on the day its hole is published.",
  severity: "medium",
  remedy: "Put the service behind a load balancer on 443, or name who may reach the port.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
  controls: sameAs(["EC2.18"]),
  checks: ingress(notWeb),
});

/** Network ACLs. */
export const aclsClosed = settingRule({
  id: "nacl-sensitive-ports-closed",
  title: "No network ACL lets the internet reach remote shells",
  why: "The ACL is the second fence; open for everybody it stops nothing that a security group forgot.",
  severity: "medium",
  remedy: "Deny ports 22 and 3389 from 0.0.0.0/0 and ::/0, or name the networks that need them.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
  controls: sameAs(["EC2.21"]),
  checks: (() => {
    const shells = (from: number, to: number) => {
      const hit = [22, 3389].filter((port) => port >= from && port <= to);
      return hit.length > 0 ? `port ${hit.join(" and ")}` : undefined;
    };
    return {
      "aws:ec2/networkAclRule:NetworkAclRule": onlyIf(
        allOf(setting("egress", isFalse()), setting("ruleAction", oneOf(["allow"]))),
        closedToWorld(ACL, shells),
      ),
      "aws:ec2/networkAcl:NetworkAcl": each(
        "ingress",
        onlyIf(setting("action", oneOf(["allow"])), closedToWorld(ACL, shells)),
      ),
    };
  })(),
});

/** What is put into no group ends up in the default one. */
export const defaultGroupClosed = settingRule({
  id: "vpc-default-sg-closed",
  title: "The default security group of a VPC lets nothing in or out",
  why: "What somebody launches without a group of its own lands there, and everything in it reaches everything else.",
  severity: "medium",
  remedy: "Leave ingress and egress of aws.ec2.DefaultSecurityGroup empty.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
  controls: sameAs(["EC2.2"]),
  checks: {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": allOf(
      setting("ingress", notGiven),
      setting("egress", notGiven),
    ),
  },
});

/** Every VPC has taken its default group over. */
export const defaultGroupManaged = companionRule({
  id: "vpc-default-sg-managed",
  title: "Every VPC takes over its default security group",
  why: "AWS makes the group open: all that is in it reach each other, and the internet.",
  severity: "medium",
  remedy: "Add an aws.ec2.DefaultSecurityGroup without rules; it empties the one that AWS made.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
  controls: sameAs(["EC2.2"]),
  of: "aws:ec2/vpc:Vpc",
  companions: [{ type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", by: "vpcId" }],
  missing: "has no aws.ec2.DefaultSecurityGroup",
});

/** Who talked to whom is known afterwards. */
export const flowLogs = companionRule({
  id: "vpc-flow-logs",
  title: "Every VPC has a flow log",
  why: "After a break-in nobody can say what was reached or where data went.",
  severity: "medium",
  remedy: "Add an aws.ec2.FlowLog for the VPC, to CloudWatch Logs or S3.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
  controls: sameAs(["EC2.6"]),
  of: "aws:ec2/vpc:Vpc",
  companions: [
    { type: "aws:ec2/flowLog:FlowLog", by: "vpcId", check: setting("trafficType", oneOf(["ALL", "REJECT"], "holds")) },
  ],
  missing: "has no aws.ec2.FlowLog",
});

/** Subnets. */
export const subnetsGiveNoAddress = settingRule({
  id: "subnet-no-public-address",
  title: "No subnet gives out public addresses by itself",
  why: "Whatever somebody launches there is on the internet at once, without anybody having said so.",
  severity: "medium",
  remedy: "Leave mapPublicIpOnLaunch off; load balancers and NAT gateways do not need it.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html",
  controls: sameAs(["EC2.15"]),
  checks: { "aws:ec2/subnet:Subnet": setting("mapPublicIpOnLaunch", isFalse()) },
});

/** Machines. */
export const machinesHaveNoAddress = settingRule({
  id: "ec2-no-public-address",
  title: "Machines and tasks have no public address",
  why: "They stand on the internet themselves, and one mistaken security group rule opens them.",
  severity: "high",
  remedy: "Set associatePublicIpAddress (assignPublicIp) to false, and reach out through NAT or VPC endpoints.",
  url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
  controls: sameAs(["EC2.9", "EC2.25", "AutoScaling.5", "ECS.2"]),
  checks: {
    "aws:ec2/instance:Instance": setting("associatePublicIpAddress", isFalse()),
    "aws:ec2/launchConfiguration:LaunchConfiguration": setting("associatePublicIpAddress", isFalse()),
    "aws:ec2/launchTemplate:LaunchTemplate": setting("networkInterfaces[].associatePublicIpAddress", isFalse()),
    "aws:ecs/service:Service": setting("networkConfiguration.assignPublicIp", isFalse()),
  },
});

const notPublic = setting("publiclyAccessible", isFalse());

/** Databases and brokers. */
export const databasesNotPublic = settingRule({
  id: "database-not-public",
  title: "Databases, warehouses and brokers have no public address",
  why: "The password is then all that stands between the internet and the data.",
  severity: "critical",
  remedy: "Set publiclyAccessible to false.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html#USER_VPC.Hiding",
  controls: sameAs(["RDS.2", "Redshift.1", "DMS.1"], { "security-hub": ["RDS.46", "MQ.5"], "cis-aws": ["2.3.3"] }),
  checks: {
    "aws:rds/instance:Instance": notPublic,
    "aws:rds/clusterInstance:ClusterInstance": notPublic,
    "aws:neptune/clusterInstance:ClusterInstance": notPublic,
    "aws:mq/broker:Broker": notPublic,
    // AWS gives these an address unless it is told not to.
    "aws:dms/replicationInstance:ReplicationInstance": setting("publiclyAccessible", isFalse("fails")),
    "aws:redshift/cluster:Cluster": notPublic,
    "aws:redshiftserverless/workgroup:Workgroup": notPublic,
  },
});

/** Search domains and functions in networks. */
export const searchInVpc = settingRule({
  id: "opensearch-in-vpc",
  title: "Search domains are in a VPC",
  why: "A public domain is protected by its access policy alone, and moving it later means making it anew.",
  severity: "high",
  remedy: "Set vpcOptions.subnetIds and securityGroupIds.",
  url: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html",
  controls: sameAs(["Opensearch.2"]),
  checks: {
    "aws:opensearch/domain:Domain": setting("vpcOptions.subnetIds[]", noneOf([""], "fails")),
    "aws:elasticsearch/domain:Domain": setting("vpcOptions.subnetIds[]", noneOf([""], "fails")),
  },
});

/** Transit gateways. */
export const transitNotAutomatic = settingRule({
  id: "tgw-attachments-accepted-by-hand",
  title: "Transit gateways do not accept attachments by themselves",
  why: "Any account that the gateway is shared with joins its network to ours without anybody seeing it.",
  severity: "high",
  remedy: "Leave autoAcceptSharedAttachments at disable.",
  url: "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html",
  controls: sameAs(["EC2.23"]),
  checks: {
    "aws:ec2transitgateway/transitGateway:TransitGateway": setting("autoAcceptSharedAttachments", noneOf(["enable"])),
  },
});

/** Machine learning notebooks. */
export const notebooksInside = settingRule({
  id: "sagemaker-notebook-inside",
  title: "Notebooks are in a VPC, without a way to the internet of their own and without root",
  why: "A notebook runs what its user pastes, with a role that reads data.",
  severity: "high",
  remedy: "Set subnetId, directInternetAccess to Disabled and rootAccess to Disabled.",
  url: "https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html",
  controls: sameAs(["SageMaker.1", "SageMaker.2", "SageMaker.3"]),
  checks: {
    "aws:sagemaker/notebookInstance:NotebookInstance": allOf(
      setting("directInternetAccess", oneOf(["Disabled"])),
      setting("rootAccess", oneOf(["Disabled"])),
      setting("subnetId", noneOf([""], "fails")),
    ),
  },
});
