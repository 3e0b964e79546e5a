/** A stack of everyday resources with everything about right, for measuring policies on; no program and no engine. */
import type { HarnessResource } from "../../policies/harness/index.ts";

const urnOf = (type: string, name: string) => `urn:pulumi:bench::policies::${type}::${name}`;
const PROVIDER = {
  inputs: {
    region: "eu-west-1",
    allowedAccountIds: ["000000000000"],
    defaultTags: {
      tags: { owner: "shop", environment: "dev", service: "shop", "cost-centre": "4711", "data-class": "none" },
    },
  },
};
const ACCOUNT = "arn:aws:iam::000000000000";
const allow = (more: object) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });

/** How many resources {@link cell} makes. */
export const CELL = 25;

/** As many cells as make so many resources. */
export function stackOf(resources: number): HarnessResource[] {
  return Array.from({ length: Math.ceil(resources / CELL) }, (_, index) => cell(`c${index}`)).flat();
}

/** Twenty-five resources; half of them are of types that AWSGuard judges. */
function cell(name: string): HarnessResource[] {
  const made: HarnessResource[] = [];
  const add = (
    type: string,
    role: string,
    inputs: Readonly<Record<string, unknown>>,
    propertyDependencies: Readonly<Record<string, readonly string[]>> = {},
  ): string => {
    const own = `${name}-${role}`;
    const urn = urnOf(type, own);
    made.push({ type, name: own, urn, inputs, provider: PROVIDER, propertyDependencies });
    return urn;
  };
  const key = `arn:aws:kms:eu-west-1:000000000000:key/${name}`;
  const tags = { Name: name, service: "shop" };
  const vpc = add("aws:ec2/vpc:Vpc", "vpc", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, tags });
  for (const zone of ["a", "b"]) {
    const inputs = { vpcId: `vpc-${name}`, cidrBlock: "10.0.0.0/24", availabilityZone: `eu-west-1${zone}`, tags };
    add("aws:ec2/subnet:Subnet", `subnet-${zone}`, inputs, { vpcId: [vpc] });
  }
  add(
    "aws:ec2/securityGroup:SecurityGroup",
    "group",
    { vpcId: `vpc-${name}`, description: "Web", tags },
    { vpcId: [vpc] },
  );
  for (const port of [443, 5432]) {
    const inputs = {
      securityGroupId: `sg-${name}`,
      cidrIpv4: "10.0.0.0/16",
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    };
    add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", `in-${port}`, { ...inputs, description: "Web" });
  }
  const bucket = add("aws:s3/bucket:Bucket", "bucket", { bucket: `${name}-data`, forceDestroy: false, tags });
  const blocked = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  };
  const ofBucket = { bucket: [bucket] };
  add(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "block",
    { bucket: `${name}-data`, ...blocked },
    ofBucket,
  );
  const versioned = { bucket: `${name}-data`, versioningConfiguration: { status: "Enabled" } };
  add("aws:s3/bucketVersioning:BucketVersioning", "versions", versioned, ofBucket);
  const root = { Principal: { AWS: `${ACCOUNT}:root` }, Action: "kms:*", Resource: "*" };
  add("aws:kms/key:Key", "key", { enableKeyRotation: true, deletionWindowInDays: 30, policy: allow(root), tags });
  const trust = { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
  add("aws:iam/role:Role", "role", { assumeRolePolicy: allow(trust), maxSessionDuration: 3600, tags });
  const read = { Action: ["s3:GetObject", "s3:PutObject"], Resource: `arn:aws:s3:::${name}-data/*` };
  add("aws:iam/rolePolicy:RolePolicy", "read", { role: name, policy: allow(read) });
  const send = {
    Action: ["sqs:SendMessage", "sqs:GetQueueUrl"],
    Resource: `arn:aws:sqs:eu-west-1:000000000000:${name}`,
  };
  add("aws:iam/policy:Policy", "send", { policy: allow(send), tags });
  add("aws:cloudwatch/logGroup:LogGroup", "logs", { name: `/${name}`, retentionInDays: 30, kmsKeyId: key, tags });
  add("aws:sqs/queue:Queue", "jobs", {
    sqsManagedSseEnabled: true,
    messageRetentionSeconds: 345_600,
    redrivePolicy: "{}",
    tags,
  });
  add("aws:sns/topic:Topic", "alerts", { kmsMasterKeyId: key, tags });
  const disk = { encrypted: true, kmsKeyId: key, volumeSize: 20, volumeType: "gp3", deleteOnTermination: true };
  add("aws:ec2/instance:Instance", "host", {
    ...{
      ami: "ami-1",
      instanceType: "t4g.small",
      monitoring: true,
      associatePublicIpAddress: false,
      ebsOptimized: true,
    },
    ...{ subnetId: `subnet-${name}`, vpcSecurityGroupIds: [`sg-${name}`], iamInstanceProfile: name, tags },
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    rootBlockDevice: disk,
    ebsBlockDevices: [{ ...disk, deviceName: "/dev/sdb" }],
  });
  add("aws:rds/instance:Instance", "database", {
    ...{
      engine: "postgres",
      engineVersion: "17.4",
      instanceClass: "db.m7g.large",
      allocatedStorage: 100,
      multiAz: true,
    },
    ...{ backupRetentionPeriod: 14, storageEncrypted: true, kmsKeyId: key, publiclyAccessible: false, tags },
    ...{
      deletionProtection: true,
      copyTagsToSnapshot: true,
      skipFinalSnapshot: false,
      iamDatabaseAuthenticationEnabled: true,
    },
    ...{
      autoMinorVersionUpgrade: true,
      enabledCloudwatchLogsExports: ["postgresql"],
      caCertIdentifier: "rds-ca-rsa2048-g1",
    },
  });
  const encrypted = { serverSideEncryption: { enabled: true, kmsKeyArn: key }, pointInTimeRecovery: { enabled: true } };
  const attributes = [{ name: "id", type: "S" }];
  add("aws:dynamodb/table:Table", "table", {
    billingMode: "PAY_PER_REQUEST",
    hashKey: "id",
    attributes,
    ...encrypted,
    tags,
  });
  add("aws:efs/fileSystem:FileSystem", "files", { encrypted: true, kmsKeyId: key, tags });
  const logs = { bucket: `${name}-data`, enabled: true };
  add("aws:lb/loadBalancer:LoadBalancer", "front", {
    ...{
      internal: true,
      loadBalancerType: "application",
      subnets: ["subnet-a", "subnet-b"],
      securityGroups: [`sg-${name}`],
    },
    ...{ enableDeletionProtection: true, dropInvalidHeaderFields: true, accessLogs: logs, tags },
  });
  const forward = [
    { type: "forward", targetGroupArn: `arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/${name}/1` },
  ];
  const tls = { port: 443, protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" };
  add("aws:lb/listener:Listener", "https", { ...tls, defaultActions: forward, tags });
  add("aws:apigateway/restApi:RestApi", "api", { name, endpointConfiguration: { types: "REGIONAL" }, tags });
  const stage = {
    restApi: name,
    deployment: name,
    stageName: "live",
    cacheClusterEnabled: true,
    xrayTracingEnabled: true,
  };
  add("aws:apigateway/stage:Stage", "live", {
    ...stage,
    accessLogSettings: { destinationArn: "arn", format: "{}" },
    tags,
  });
  add("aws:lambda/function:Function", "worker", {
    ...{
      role: `${ACCOUNT}:role/${name}`,
      runtime: "nodejs24.x",
      handler: "index.handler",
      memorySize: 256,
      timeout: 30,
    },
    ...{
      architectures: ["arm64"],
      environment: { variables: { QUEUE: name } },
      tracingConfig: { mode: "Active" },
      tags,
    },
  });
  return made;
}
