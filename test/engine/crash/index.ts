/**
 * Resources of every way there is to find out what became of a create: by name, by tags, by the route table, by doing
 * it again. Each generation has its own, so that every run creates and deletes.
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const generation = process.env.CRASH_GENERATION ?? "0";
// Subnets of the generation before are still there while those of the next are made, so each has its own addresses.
const number = Number(/\d+$/.exec(generation)?.[0] ?? 0) % 100;
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
});
const provider = new aws.Provider("aws", {
  region: "eu-west-1",
  allowedAccountIds: ["000000000000"],
  // Three stacks share the account, as environments do: what has no name of its own is told apart by the stack's tag.
  defaultTags: { tags: { environment: pulumi.getStack(), service: "shop" } },
});
const opts = { provider };
const tags = (role: string) => ({ Name: `${role}-${generation}` });

const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16", tags: { Name: "vpc" } }, opts);
const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id, tags: { Name: "gateway" } }, opts);
const key = new aws.kms.Key(`key-${generation}`, { description: `key ${generation}`, tags: tags("key") }, opts);
new aws.kms.Alias(`alias-${generation}`, { name: `alias/${generation}`, targetKeyId: key.keyId }, opts);
for (const [index, zone] of ["a", "b"].entries()) {
  const subnet = new aws.ec2.Subnet(
    `subnet-${zone}-${generation}`,
    {
      vpcId: vpc.id,
      cidrBlock: `10.0.${number * 2 + index}.0/24`,
      availabilityZone: `eu-west-1${zone}`,
      tags: tags(`subnet-${zone}`),
    },
    opts,
  );
  const table = new aws.ec2.RouteTable(
    `table-${zone}-${generation}`,
    { vpcId: vpc.id, tags: tags(`table-${zone}`) },
    opts,
  );
  new aws.ec2.Route(
    `route-${zone}-${generation}`,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    opts,
  );
  new aws.ec2.RouteTableAssociation(
    `association-${zone}-${generation}`,
    { subnetId: subnet.id, routeTableId: table.id },
    opts,
  );
}
const group = new aws.ec2.SecurityGroup(`group-${generation}`, { vpcId: vpc.id, tags: tags("group") }, opts);
new aws.vpc.SecurityGroupIngressRule(
  `rule-${generation}`,
  {
    securityGroupId: group.id,
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
    cidrIpv4: "10.0.0.0/16",
    tags: tags("rule"),
  },
  opts,
);
const role = new aws.iam.Role(`role-${generation}`, { assumeRolePolicy: trust, tags: tags("role") }, opts);
new aws.iam.RolePolicy(`policy-${generation}`, { role: role.name, policy }, opts);
new aws.cloudwatch.LogGroup(`logs-${generation}`, { name: `/crash/${generation}`, retentionInDays: 7 }, opts);
const topic = new aws.sns.Topic(`topic-${generation}`, {}, opts);
new aws.sns.TopicSubscription(
  `subscription-${generation}`,
  { topic: topic.arn, protocol: "email", endpoint: `on-call-${generation}@example.com` },
  opts,
);
const bucket = new aws.s3.Bucket(`bucket-${generation}`, {}, opts);
new aws.s3.BucketVersioning(
  `versioning-${generation}`,
  { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
  opts,
);
new aws.ec2.Eip(`address-${generation}`, { domain: "vpc", tags: tags("address") }, opts);
