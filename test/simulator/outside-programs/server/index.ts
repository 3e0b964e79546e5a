/** A web server in the network every account has, on the newest image there is. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const vpc = await aws.ec2.getVpc({ default: true });
const subnets = await aws.ec2.getSubnets({ filters: [{ name: "vpc-id", values: [vpc.id] }] });
const image = aws.ec2.getAmiOutput({
  owners: ["amazon"],
  mostRecent: true,
  filters: [{ name: "name", values: ["al2023-ami-2023.*-x86_64"] }],
});
const zones = await aws.getAvailabilityZones({ state: "available" });
if (zones.names.length !== subnets.ids.length) throw new Error("the default VPC has a subnet in each zone");

const group = new aws.ec2.SecurityGroup("web", {
  vpcId: vpc.id,
  ingress: [{ protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"] }],
  egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
});
const server = new aws.ec2.Instance("web", {
  instanceType: "t3.micro",
  ami: image.id,
  subnetId: subnets.ids[0]!,
  vpcSecurityGroupIds: [group.id],
  userData: "#!/bin/sh\necho hello > /tmp/hello",
});

const own = new aws.ec2.Vpc("own", { cidrBlock: "10.0.0.0/16" });
const byZoneId = zones.zoneIds
  .slice(0, 2)
  .map(
    (availabilityZoneId, at) =>
      new aws.ec2.Subnet(`own-${at}`, { vpcId: own.id, cidrBlock: `10.0.${at}.0/24`, availabilityZoneId }),
  );

export const region = (await aws.getRegion()).region;
export const ami = server.ami;
export const ownZones = pulumi.all(byZoneId.map((subnet) => subnet.availabilityZone));
