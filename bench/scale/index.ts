/** Cells of 50 resources, as many as SCALE_RESOURCES needs. Everything in a cell refers to other things in it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export const CELL = 50;
const cells = Number(process.env.SCALE_RESOURCES ?? 500) / CELL;

const provider = new aws.Provider("aws", {
  region: "eu-west-1",
  allowedAccountIds: ["000000000000"],
  defaultTags: { tags: { environment: pulumi.getStack(), service: "scale" } },
});
const opts = { provider };
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

for (let cell = 0; cell < cells; cell++) make(`c${cell}`, `10.${cell}`);

function make(cell: string, prefix: string): void {
  const vpc = new aws.ec2.Vpc(`${cell}-vpc`, { cidrBlock: `${prefix}.0.0/16`, tags: { Name: cell } }, opts);
  const gateway = new aws.ec2.InternetGateway(`${cell}-gateway`, { vpcId: vpc.id }, opts);
  for (const [tier, name] of ["public", "private"].entries()) {
    const table = new aws.ec2.RouteTable(`${cell}-${name}`, { vpcId: vpc.id }, opts);
    new aws.ec2.Route(
      `${cell}-${name}`,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      opts,
    );
    for (const [at, zone] of ["a", "b"].entries()) {
      const subnet = new aws.ec2.Subnet(
        `${cell}-${name}-${zone}`,
        {
          vpcId: vpc.id,
          cidrBlock: `${prefix}.${tier * 2 + at}.0/24`,
          availabilityZone: `eu-west-1${zone}`,
          tags: { Name: `${cell}-${name}-${zone}` },
        },
        opts,
      );
      new aws.ec2.RouteTableAssociation(
        `${cell}-${name}-${zone}`,
        { subnetId: subnet.id, routeTableId: table.id },
        opts,
      );
    }
  }

  const [front, back] = ["front", "back"].map(
    (role) => new aws.ec2.SecurityGroup(`${cell}-${role}`, { vpcId: vpc.id, description: role }, opts),
  ) as [aws.ec2.SecurityGroup, aws.ec2.SecurityGroup];
  for (const port of [443, 5432, 6379]) {
    const ports = { ipProtocol: "tcp", fromPort: port, toPort: port };
    for (const [name, from, to] of [
      ["front", back, front],
      ["back", front, back],
    ] as const) {
      new aws.vpc.SecurityGroupIngressRule(
        `${cell}-${name}-${port}`,
        { securityGroupId: to.id, referencedSecurityGroupId: from.id, ...ports },
        opts,
      );
    }
  }
  for (const [name, group] of [
    ["front", front],
    ["back", back],
  ] as const) {
    new aws.vpc.SecurityGroupEgressRule(
      `${cell}-${name}`,
      { securityGroupId: group.id, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
      opts,
    );
  }

  const topic = new aws.sns.Topic(`${cell}-alerts`, {}, opts);
  const queue = new aws.sqs.Queue(`${cell}-jobs`, {}, opts);
  const allow = (action: string, resource: pulumi.Input<string>) =>
    pulumi.jsonStringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
    });
  for (const service of ["web", "api", "worker"]) {
    const name = `${cell}-${service}`;
    const logs = new aws.cloudwatch.LogGroup(name, { name: `/scale/${cell}/${service}`, retentionInDays: 7 }, opts);
    const role = new aws.iam.Role(name, { assumeRolePolicy: trust }, opts);
    new aws.iam.RolePolicy(name, { role: role.name, policy: allow("logs:PutLogEvents", logs.arn) }, opts);
    new aws.cloudwatch.MetricAlarm(
      name,
      {
        name: `${name}-errors`,
        namespace: "AWS/SQS",
        metricName: "ApproximateAgeOfOldestMessage",
        statistic: "Maximum",
        period: 60,
        evaluationPeriods: 3,
        threshold: 60,
        comparisonOperator: "GreaterThanThreshold",
        dimensions: { QueueName: queue.name },
        alarmActions: [topic.arn],
      },
      opts,
    );
    if (service === "web") continue;
    const policy = new aws.iam.Policy(name, { policy: allow("sqs:SendMessage", queue.arn) }, opts);
    new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: policy.arn }, opts);
    const rule = new aws.cloudwatch.EventRule(name, { scheduleExpression: "rate(5 minutes)" }, opts);
    new aws.cloudwatch.EventTarget(name, { rule: rule.name, arn: queue.arn }, opts);
  }
  const values = { vpc: vpc.id, topic: topic.arn, queue: queue.url, group: back.id };
  for (const [name, value] of Object.entries(values)) {
    new aws.ssm.Parameter(`${cell}-${name}`, { name: `/scale/${cell}/${name}`, type: "String", value }, opts);
  }
}
