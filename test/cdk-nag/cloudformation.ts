import type { RecordedResource } from "../support/harness.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs as they are given, of any type
type Inputs = Readonly<Record<string, any>>;
type Properties = Readonly<Record<string, unknown>>;

interface Block {
  readonly Type: string;
  readonly Properties: Properties;
}

/** A template of CloudFormation. */
export interface Template {
  readonly Resources: Readonly<Record<string, Block>>;
}

/** The resource that is translated, among the others. */
interface Context {
  readonly inputs: Inputs;
  readonly name: string;
  /** A reference to what went into a property, or its value. */
  ref(property: string): unknown;
  /** Inputs of the resources of a type that name this one in a property. */
  beside(type: string, property: string): readonly Inputs[];
  /** The document of a property, with references instead of the ARNs of the stack's own resources. */
  document(property: string): unknown;
}

const first = <T>(list: readonly T[]): T | undefined => list[0];
const pascal = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(pascal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.replace(/^./, (c) => c.toUpperCase()), pascal(one)]),
  );
};
/** Inputs that CloudFormation calls the same, but for the capital. */
const same =
  (type: string, ...names: readonly string[]) =>
  ({ ref }: Context): [string, Properties] => [
    type,
    pascal(Object.fromEntries(names.map((name) => [name, ref(name)]))) as Properties,
  ];
const securityGroupRule =
  (type: string) =>
  ({ inputs, ref }: Context): [string, Properties] => [
    type,
    {
      ...{ CidrIp: inputs.cidrIpv4, CidrIpv6: inputs.cidrIpv6, Description: inputs.description },
      ...{ FromPort: inputs.fromPort, IpProtocol: inputs.ipProtocol, ToPort: inputs.toPort },
      GroupId: ref("securityGroupId"),
    },
  ];

/** How each type is said there; others say nothing that a pack asks for. */
const TYPES: Readonly<Record<string, (context: Context) => [string, Properties]>> = {
  "aws:cloudwatch/logGroup:LogGroup": same("AWS::Logs::LogGroup", "retentionInDays", "kmsKeyId"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ inputs }) => [
    "AWS::CloudWatch::Alarm",
    {
      ...{ ActionsEnabled: inputs.actionsEnabled, AlarmActions: inputs.alarmActions, OKActions: inputs.okActions },
      ...{ ComparisonOperator: inputs.comparisonOperator, EvaluationPeriods: inputs.evaluationPeriods },
      InsufficientDataActions: inputs.insufficientDataActions,
    },
  ],
  "aws:dynamodb/table:Table": ({ inputs }) => [
    "AWS::DynamoDB::Table",
    {
      AttributeDefinitions: [{ AttributeName: inputs.hashKey, AttributeType: "S" }],
      KeySchema: [{ AttributeName: inputs.hashKey, KeyType: "HASH" }],
      BillingMode: inputs.billingMode,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: inputs.pointInTimeRecovery?.enabled ?? false },
    },
  ],
  "aws:ec2/flowLog:FlowLog": ({ ref }) => [
    "AWS::EC2::FlowLog",
    { ResourceId: ref("vpcId"), ResourceType: "VPC", TrafficType: "ALL" },
  ],
  "aws:ec2/route:Route": same(
    "AWS::EC2::Route",
    ...["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "gatewayId", "natGatewayId"],
  ),
  "aws:ec2/routeTable:RouteTable": same("AWS::EC2::RouteTable", "vpcId"),
  "aws:ec2/internetGateway:InternetGateway": same("AWS::EC2::InternetGateway"),
  "aws:ec2/securityGroup:SecurityGroup": ({ inputs, ref }) => [
    "AWS::EC2::SecurityGroup",
    { GroupDescription: inputs.description ?? "Managed by Pulumi", VpcId: ref("vpcId") },
  ],
  "aws:ec2/subnet:Subnet": same("AWS::EC2::Subnet", "vpcId", "cidrBlock", "mapPublicIpOnLaunch"),
  "aws:ec2/vpc:Vpc": same("AWS::EC2::VPC", "cidrBlock"),
  "aws:ecs/cluster:Cluster": ({ inputs }) => ["AWS::ECS::Cluster", { ClusterSettings: pascal(inputs.settings ?? []) }],
  "aws:ecs/taskDefinition:TaskDefinition": ({ inputs }) => [
    "AWS::ECS::TaskDefinition",
    {
      NetworkMode: inputs.networkMode,
      ContainerDefinitions: (JSON.parse(inputs.containerDefinitions) as Inputs[]).map((container) => ({
        ...{ Name: container.name, Image: container.image, User: container.user, Privileged: container.privileged },
        Environment: pascal(container.environment),
        LogConfiguration: { LogDriver: container.logConfiguration?.logDriver },
      })),
    },
  ],
  "aws:eks/cluster:Cluster": ({ inputs }) => [
    "AWS::EKS::Cluster",
    {
      Logging: {
        ClusterLogging: { EnabledTypes: (inputs.enabledClusterLogTypes ?? []).map((Type: string) => ({ Type })) },
      },
      ResourcesVpcConfig: {
        ...{ SubnetIds: ["subnet"], EndpointPublicAccess: inputs.vpcConfig.endpointPublicAccess },
        PublicAccessCidrs: inputs.vpcConfig.publicAccessCidrs,
      },
      RoleArn: inputs.roleArn,
    },
  ],
  "aws:iam/role:Role": ({ beside, document }) => [
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument: document("assumeRolePolicy"),
      ManagedPolicyArns: beside("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role").map(
        ({ policyArn }) => policyArn,
      ),
    },
  ],
  "aws:iam/rolePolicy:RolePolicy": ({ name, ref, document }) => [
    "AWS::IAM::Policy",
    { PolicyDocument: document("policy"), PolicyName: name, Roles: [ref("role")] },
  ],
  "aws:kms/key:Key": ({ inputs, document }) => [
    "AWS::KMS::Key",
    { EnableKeyRotation: inputs.enableKeyRotation, KeyPolicy: document("policy") },
  ],
  "aws:lambda/function:Function": ({ inputs }) => [
    "AWS::Lambda::Function",
    {
      ...{ Code: { ZipFile: " " }, Handler: inputs.handler, Role: inputs.role, Runtime: inputs.runtime },
      ...{ DeadLetterConfig: pascal(inputs.deadLetterConfig), VpcConfig: pascal(inputs.vpcConfig) },
      ReservedConcurrentExecutions: inputs.reservedConcurrentExecutions,
    },
  ],
  "aws:lb/listener:Listener": ({ inputs, ref }) => [
    "AWS::ElasticLoadBalancingV2::Listener",
    {
      ...{ LoadBalancerArn: ref("loadBalancerArn"), Port: inputs.port, Protocol: inputs.protocol },
      Certificates: inputs.certificateArn && [{ CertificateArn: inputs.certificateArn }],
      DefaultActions: inputs.defaultActions.map(({ type, redirect }: Inputs) => ({
        Type: type,
        RedirectConfig: redirect && {
          Protocol: redirect.protocol,
          Port: redirect.port,
          StatusCode: redirect.statusCode,
        },
      })),
    },
  ],
  "aws:lb/loadBalancer:LoadBalancer": ({ inputs }) => [
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    {
      Type: inputs.loadBalancerType ?? "application",
      LoadBalancerAttributes: Object.entries({
        "access_logs.s3.enabled": inputs.accessLogs?.enabled,
        "deletion_protection.enabled": inputs.enableDeletionProtection,
        "routing.http.drop_invalid_header_fields.enabled": inputs.dropInvalidHeaderFields,
      }).map(([Key, value]) => ({ Key, Value: String(value ?? false) })),
    },
  ],
  "aws:rds/cluster:Cluster": ({ inputs }) => [
    "AWS::RDS::DBCluster",
    {
      ...{ Engine: inputs.engine, Port: inputs.port, BackupRetentionPeriod: inputs.backupRetentionPeriod },
      ...{ DeletionProtection: inputs.deletionProtection, StorageEncrypted: inputs.storageEncrypted },
      EnableCloudwatchLogsExports: inputs.enabledCloudwatchLogsExports,
      EnableIAMDatabaseAuthentication: inputs.iamDatabaseAuthenticationEnabled,
    },
  ],
  "aws:rds/clusterInstance:ClusterInstance": ({ inputs, ref }) => [
    "AWS::RDS::DBInstance",
    {
      ...{
        DBClusterIdentifier: ref("clusterIdentifier"),
        DBInstanceClass: inputs.instanceClass,
        Engine: inputs.engine,
      },
      ...{ MonitoringInterval: inputs.monitoringInterval, PubliclyAccessible: inputs.publiclyAccessible },
      AutoMinorVersionUpgrade: inputs.autoMinorVersionUpgrade,
    },
  ],
  "aws:rds/instance:Instance": ({ inputs }) => [
    "AWS::RDS::DBInstance",
    {
      ...{ DBInstanceClass: inputs.instanceClass, Engine: inputs.engine, MultiAZ: inputs.multiAz },
      ...{ BackupRetentionPeriod: inputs.backupRetentionPeriod, DeletionProtection: inputs.deletionProtection },
      ...{ MonitoringInterval: inputs.monitoringInterval, PubliclyAccessible: inputs.publiclyAccessible },
      ...{ StorageEncrypted: inputs.storageEncrypted, AllocatedStorage: String(inputs.allocatedStorage) },
      AutoMinorVersionUpgrade: inputs.autoMinorVersionUpgrade,
      EnableCloudwatchLogsExports: inputs.enabledCloudwatchLogsExports,
    },
  ],
  "aws:s3/bucket:Bucket": ({ beside }) => {
    const block = first(beside("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bucket")) ?? {};
    const versioning = first(beside("aws:s3/bucketVersioning:BucketVersioning", "bucket"));
    const encryption = first(
      beside("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "bucket"),
    );
    const { bucket: _, ...switches } = block;
    return [
      "AWS::S3::Bucket",
      {
        PublicAccessBlockConfiguration: pascal(switches),
        VersioningConfiguration: { Status: versioning?.versioningConfiguration.status ?? "Suspended" },
        BucketEncryption: encryption && {
          ServerSideEncryptionConfiguration: encryption.rules.map((rule: Inputs) => ({
            ServerSideEncryptionByDefault: { SSEAlgorithm: rule.applyServerSideEncryptionByDefault.sseAlgorithm },
          })),
        },
      },
    ];
  },
  "aws:s3/bucketPolicy:BucketPolicy": ({ ref, document }) => [
    "AWS::S3::BucketPolicy",
    { Bucket: ref("bucket"), PolicyDocument: document("policy") },
  ],
  "aws:sfn/stateMachine:StateMachine": ({ inputs }) => [
    "AWS::StepFunctions::StateMachine",
    {
      ...{ DefinitionString: inputs.definition, RoleArn: inputs.roleArn },
      ...{
        LoggingConfiguration: pascal(inputs.loggingConfiguration),
        TracingConfiguration: pascal(inputs.tracingConfiguration),
      },
    },
  ],
  "aws:sns/topic:Topic": same("AWS::SNS::Topic", "kmsMasterKeyId"),
  "aws:sns/topicPolicy:TopicPolicy": ({ ref, document }) => [
    "AWS::SNS::TopicPolicy",
    { PolicyDocument: document("policy"), Topics: [ref("arn")] },
  ],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule("AWS::EC2::SecurityGroupEgress"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule("AWS::EC2::SecurityGroupIngress"),
};

/** The resources of a stack as CloudFormation would have them, and what each is called here. */
export function cloudFormation(resources: readonly RecordedResource[]): {
  readonly template: Template;
  readonly names: ReadonlyMap<string, string>;
} {
  const translated = resources.filter(({ type }) => Object.hasOwn(TYPES, type));
  const ids = new Map(translated.map(({ urn }, index) => [urn, `R${index}`]));
  const arns = new Map(
    translated.flatMap(({ urn, inputs }) => (inputs.bucket ? [[`arn:aws:s3:::${inputs.bucket}`, urn]] : [])),
  );
  for (const { urn, type, id } of translated) if (type === "aws:s3/bucket:Bucket") arns.set(`arn:aws:s3:::${id}`, urn);
  const withReferences = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withReferences);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withReferences(one)]));
    }
    const [, arn = "", rest = ""] = /^(arn:aws:s3:::[^/]+)(.*)$/.exec(String(value)) ?? [];
    const urn = arns.get(arn);
    if (urn === undefined) return value;
    const own = { "Fn::GetAtt": [ids.get(urn), "Arn"] };
    return rest === "" ? own : { "Fn::Join": ["", [own, rest]] };
  };
  const blocks = translated.map((resource): [string, Block] => {
    const inputs = resource.inputs as Inputs;
    const ref = (property: string): unknown => {
      const urn = (resource.propertyDependencies[property] ?? []).find((one) => ids.has(one));
      return urn === undefined ? inputs[property] : { Ref: ids.get(urn) };
    };
    const [Type, Properties] = TYPES[resource.type]!({
      ...{ inputs, name: resource.name, ref },
      beside: (type, property) =>
        resources
          .filter((one) => one.type === type && (one.propertyDependencies[property] ?? []).includes(resource.urn))
          .map((one) => one.inputs as Inputs),
      document: (property) => withReferences(JSON.parse(inputs[property] ?? "{}")),
    });
    return [ids.get(resource.urn)!, { Type, Properties }];
  });
  return {
    // Through text, which leaves out what is not given.
    template: JSON.parse(JSON.stringify({ Resources: Object.fromEntries(blocks) })),
    names: new Map(translated.map(({ urn, name }) => [ids.get(urn)!, name])),
  };
}
