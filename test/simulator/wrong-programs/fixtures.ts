/** Objects that programs with a mistake refer to: right in themselves, made on demand with what they refer to. */
import type { JsonObject } from "../../../simulator/provider/values.ts";

export const trust = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

export const permits = (statement: JsonObject = {}) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::logs/*", ...statement }],
  });

export const containers = (container: JsonObject = {}) =>
  JSON.stringify([{ name: "app", image: "nginx", portMappings: [{ containerPort: 80 }], ...container }]);

/** A workflow of one state. */
export const flow = (state: JsonObject) =>
  JSON.stringify({ StartAt: "Only", States: { Only: { Type: "Pass", End: true, ...state } } });

export const FIXTURES: Readonly<Record<string, readonly [type: string, inputs: JsonObject, also?: readonly string[]]>> =
  {
    vpc: ["ec2/Vpc", { cidrBlock: "10.0.0.0/16" }],
    otherVpc: ["ec2/Vpc", { cidrBlock: "10.1.0.0/16" }],
    subnetA: ["ec2/Subnet", { vpcId: "<vpc>", cidrBlock: "10.0.1.0/24", availabilityZone: "eu-west-1a" }],
    subnetB: ["ec2/Subnet", { vpcId: "<vpc>", cidrBlock: "10.0.2.0/24", availabilityZone: "eu-west-1b" }],
    subnetA2: ["ec2/Subnet", { vpcId: "<vpc>", cidrBlock: "10.0.3.0/24", availabilityZone: "eu-west-1a" }],
    otherSubnet: ["ec2/Subnet", { vpcId: "<otherVpc>", cidrBlock: "10.1.1.0/24", availabilityZone: "eu-west-1b" }],
    group: ["ec2/SecurityGroup", { vpcId: "<vpc>", name: "web" }],
    otherGroup: ["ec2/SecurityGroup", { vpcId: "<otherVpc>", name: "other" }],
    callers: ["ec2/SecurityGroup", { vpcId: "<vpc>", name: "callers" }],
    rule: [
      "vpc/SecurityGroupIngressRule",
      { securityGroupId: "<group>", ipProtocol: "tcp", fromPort: 80, toPort: 80, cidrIpv4: "0.0.0.0/0" },
    ],
    fromCallers: [
      "vpc/SecurityGroupIngressRule",
      {
        securityGroupId: "<group>",
        ipProtocol: "tcp",
        fromPort: 80,
        toPort: 80,
        referencedSecurityGroupId: "<callers>",
      },
    ],
    table: ["ec2/RouteTable", { vpcId: "<vpc>" }],
    secondTable: ["ec2/RouteTable", { vpcId: "<vpc>" }],
    association: ["ec2/RouteTableAssociation", { routeTableId: "<table>", subnetId: "<subnetA>" }],
    gateway: ["ec2/InternetGateway", { vpcId: "<vpc>" }],
    otherGateway: ["ec2/InternetGateway", { vpcId: "<otherVpc>" }],
    defaultRoute: ["ec2/Route", { routeTableId: "<table>", destinationCidrBlock: "0.0.0.0/0", gatewayId: "<gateway>" }],
    logs: ["cloudwatch/LogGroup", { name: "/app" }],
    address: ["ec2/Eip", { domain: "vpc" }],
    nat: ["ec2/NatGateway", { subnetId: "<subnetA>", allocationId: "<address>" }],
    balancer: ["lb/LoadBalancer", { name: "web", subnets: ["<subnetA>", "<subnetB>"], securityGroups: ["<group>"] }],
    protectedBalancer: [
      "lb/LoadBalancer",
      { name: "safe", subnets: ["<subnetA>", "<subnetB>"], enableDeletionProtection: true },
    ],
    secondBalancer: ["lb/LoadBalancer", { name: "second", subnets: ["<subnetA>", "<subnetB>"] }],
    targets: ["lb/TargetGroup", { name: "app", port: 80, protocol: "HTTP", vpcId: "<vpc>", targetType: "ip" }],
    otherTargets: [
      "lb/TargetGroup",
      { name: "other", port: 80, protocol: "HTTP", vpcId: "<otherVpc>", targetType: "ip" },
    ],
    listener: [
      "lb/Listener",
      {
        loadBalancerArn: "<balancer>",
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "forward", targetGroupArn: "<targets>" }],
      },
    ],
    listenerRule: [
      "lb/ListenerRule",
      {
        listenerArn: "<listener>",
        priority: 10,
        actions: [{ type: "forward", targetGroupArn: "<targets>" }],
        conditions: [{ pathPattern: { values: ["/a"] } }],
      },
    ],
    cluster: ["ecs/Cluster", { name: "main" }],
    task: [
      "ecs/TaskDefinition",
      {
        family: "app",
        containerDefinitions: containers(),
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
      },
    ],
    service: [
      "ecs/Service",
      {
        name: "app",
        cluster: "<cluster>",
        taskDefinition: "<task.arn>",
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { subnets: ["<subnetA>"] },
      },
    ],
    role: ["iam/Role", { name: "app", assumeRolePolicy: trust("ecs-tasks.amazonaws.com") }],
    lambdaRole: ["iam/Role", { name: "fn", assumeRolePolicy: trust("lambda.amazonaws.com") }],
    policy: ["iam/Policy", { name: "read", policy: permits() }],
    attachment: ["iam/RolePolicyAttachment", { role: "<role>", policyArn: "<policy.arn>" }],
    inlinePolicy: ["iam/RolePolicy", { role: "<role>", name: "inline", policy: permits() }],
    profile: ["iam/InstanceProfile", { name: "app", role: "<role>" }],
    clusterRole: ["iam/Role", { name: "cluster", assumeRolePolicy: trust("eks.amazonaws.com") }],
    nodeRole: ["iam/Role", { name: "node", assumeRolePolicy: trust("ec2.amazonaws.com") }],
    podRole: ["iam/Role", { name: "pod", assumeRolePolicy: trust("eks-fargate-pods.amazonaws.com") }],
    kubernetes: [
      "eks/Cluster",
      { name: "k8s", roleArn: "<clusterRole.arn>", vpcConfig: { subnetIds: ["<subnetA>", "<subnetB>"] } },
    ],
    nodes: [
      "eks/NodeGroup",
      {
        nodeGroupName: "nodes",
        clusterName: "<kubernetes>",
        nodeRoleArn: "<nodeRole.arn>",
        subnetIds: ["<subnetA>"],
        scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 2 },
      },
    ],
    addon: ["eks/Addon", { clusterName: "<kubernetes>", addonName: "vpc-cni" }],
    template: ["ec2/LaunchTemplate", { name: "web", imageId: "ami-0123456789abcdef0", instanceType: "t4g.micro" }],
    emptyTemplate: ["ec2/LaunchTemplate", { name: "empty", instanceType: "t4g.micro" }],
    fleet: [
      "autoscaling/Group",
      {
        name: "fleet",
        minSize: 0,
        maxSize: 1,
        launchTemplate: { id: "<template>" },
        vpcZoneIdentifiers: ["<subnetA>"],
      },
    ],
    secret: ["secretsmanager/Secret", { name: "password" }],
    kept: ["ssm/Parameter", { name: "/app/kept", type: "String", value: "a" }],
    application: ["appconfig/Application", { name: "shop" }],
    flags: [
      "appconfig/ConfigurationProfile",
      { applicationId: "<application>", name: "flags", locationUri: "hosted", type: "AWS.AppConfig.FeatureFlags" },
    ],
    plainKey: ["kms/Key", {}],
    logKey: [
      "kms/Key",
      {
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              ...{ Effect: "Allow", Action: "kms:*", Resource: "*" },
              Principal: { AWS: "arn:aws:iam::000000000000:root", Service: "logs.eu-west-1.amazonaws.com" },
            },
          ],
        }),
      },
    ],
    firstSubscription: [
      "cloudwatch/LogSubscriptionFilter",
      { name: "one", logGroup: "<logs>", filterPattern: "", destinationArn: "<worker.arn>" },
    ],
    secondSubscription: [
      "cloudwatch/LogSubscriptionFilter",
      { name: "two", logGroup: "<logs>", filterPattern: "", destinationArn: "<worker.arn>" },
    ],
    otherLogs: ["cloudwatch/LogGroup", { name: "/other" }],
    site: ["s3/Bucket", { bucket: "some-site" }],
    openSite: ["s3/Bucket", { bucket: "open-site" }],
    opened: ["s3/BucketPublicAccessBlock", { bucket: "<openSite>", blockPublicPolicy: false }],
    versioned: ["s3/BucketVersioning", { bucket: "<openSite>", versioningConfiguration: { status: "Enabled" } }],
    calledByS3: [
      "lambda/Permission",
      { function: "<worker>", statementId: "s3", action: "lambda:InvokeFunction", principal: "s3.amazonaws.com" },
    ],
    budget: [
      "budgets/Budget",
      { name: "month", budgetType: "COST", limitAmount: "100", limitUnit: "USD", timeUnit: "MONTHLY" },
    ],
    key: ["kms/Key", {}],
    bucket: ["s3/Bucket", { bucket: "some-logs" }],
    object: ["s3/BucketObjectv2", { bucket: "<bucket>", key: "a", content: "b" }],
    databaseSubnets: ["rds/SubnetGroup", { name: "main", subnetIds: ["<subnetA>", "<subnetB>"] }],
    parameters: ["rds/ParameterGroup", { name: "main", family: "postgres17" }],
    database: [
      "rds/Instance",
      {
        identifier: "db",
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        username: "root",
        password: "long-enough",
        dbSubnetGroupName: "<databaseSubnets>",
        parameterGroupName: "<parameters>",
        skipFinalSnapshot: true,
      },
    ],
    protectedDatabase: [
      "rds/Instance",
      {
        identifier: "safe",
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        username: "root",
        password: "long-enough",
        deletionProtection: true,
        skipFinalSnapshot: true,
      },
    ],
    databaseCluster: [
      "rds/Cluster",
      {
        clusterIdentifier: "cluster",
        engine: "aurora-postgresql",
        masterUsername: "root",
        masterPassword: "long-enough",
        skipFinalSnapshot: true,
      },
    ],
    unnamedSnapshot: [
      "rds/Instance",
      {
        identifier: "kept",
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        username: "root",
        password: "long-enough",
      },
    ],
    unnamedClusterSnapshot: [
      "rds/Cluster",
      {
        clusterIdentifier: "kept",
        engine: "aurora-postgresql",
        masterUsername: "root",
        masterPassword: "long-enough",
      },
    ],
    saved: [
      "rds/Instance",
      {
        identifier: "saved",
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        username: "root",
        password: "long-enough",
        backupRetentionPeriod: 7,
        skipFinalSnapshot: true,
      },
    ],
    oldParameters: ["rds/ParameterGroup", { name: "old", family: "postgres16" }],
    namedVpc: ["ec2/Vpc", { cidrBlock: "10.2.0.0/16", enableDnsHostnames: true }],
    namedSubnetA: ["ec2/Subnet", { vpcId: "<namedVpc>", cidrBlock: "10.2.1.0/24", availabilityZone: "eu-west-1a" }],
    namedSubnetB: ["ec2/Subnet", { vpcId: "<namedVpc>", cidrBlock: "10.2.2.0/24", availabilityZone: "eu-west-1b" }],
    publicSubnets: ["rds/SubnetGroup", { name: "public", subnetIds: ["<namedSubnetA>", "<namedSubnetB>"] }],
    clusterInstance: [
      "rds/ClusterInstance",
      {
        identifier: "one",
        clusterIdentifier: "<databaseCluster>",
        engine: "aurora-postgresql",
        instanceClass: "db.r6g.large",
      },
    ],
    dynamo: [
      "dynamodb/Table",
      {
        name: "safe",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        billingMode: "PAY_PER_REQUEST",
        deletionProtectionEnabled: true,
      },
    ],
    topic: ["sns/Topic", { name: "alerts" }],
    fifoTopic: ["sns/Topic", { name: "orders.fifo", fifoTopic: true }],
    queue: ["sqs/Queue", { name: "jobs" }],
    fifoQueue: ["sqs/Queue", { name: "orders.fifo", fifoQueue: true }],
    functionRole: ["iam/Role", { name: "function", assumeRolePolicy: trust("lambda.amazonaws.com") }],
    packages: ["s3/Bucket", { bucket: "some-packages" }],
    package: ["s3/BucketObjectv2", { bucket: "<packages>", key: "app.zip", content: "a" }],
    worker: [
      "lambda/Function",
      {
        name: "worker",
        role: "<functionRole.arn>",
        runtime: "nodejs22.x",
        handler: "index.handler",
        s3Bucket: "<packages>",
        s3Key: "app.zip",
        timeout: 60,
        publish: true,
      },
      ["package"],
    ],
    allowed: [
      "lambda/Permission",
      {
        function: "<worker>",
        statementId: "schedule",
        action: "lambda:InvokeFunction",
        principal: "events.amazonaws.com",
      },
    ],
    slowQueue: ["sqs/Queue", { name: "slow", visibilityTimeoutSeconds: 360 }],
    consumed: ["lambda/EventSourceMapping", { functionName: "<worker.arn>", eventSourceArn: "<slowQueue.arn>" }],
    tableOfOrders: [
      "dynamodb/Table",
      {
        name: "orders",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        billingMode: "PAY_PER_REQUEST",
      },
    ],
    eventsRole: ["iam/Role", { name: "events", assumeRolePolicy: trust("events.amazonaws.com") }],
    schedulerRole: ["iam/Role", { name: "scheduler", assumeRolePolicy: trust("scheduler.amazonaws.com") }],
    statesRole: ["iam/Role", { name: "states", assumeRolePolicy: trust("states.amazonaws.com") }],
    bus: ["cloudwatch/EventBus", { name: "orders" }],
    ruleOfBus: ["cloudwatch/EventRule", { eventBusName: "<bus>", name: "all", eventPattern: '{"source":["shop"]}' }],
    workflow: ["sfn/StateMachine", { name: "flow", roleArn: "<statesRole.arn>", definition: flow({}) }],
    scalable: [
      "appautoscaling/Target",
      {
        serviceNamespace: "ecs",
        resourceId: "service/main/app",
        scalableDimension: "ecs:service:DesiredCount",
        minCapacity: 1,
        maxCapacity: 2,
      },
      ["service"],
    ],
    eventRule: ["cloudwatch/EventRule", { name: "hourly", scheduleExpression: "rate(1 hour)" }],
    eventTarget: ["cloudwatch/EventTarget", { rule: "<eventRule>", arn: "<topic.arn>" }],
    vault: ["backup/Vault", { name: "main" }],
    plan: [
      "backup/Plan",
      {
        name: "main",
        rules: [
          {
            ruleName: "daily",
            targetVaultName: "<vault>",
            schedule: "cron(0 3 * * ? *)",
            lifecycle: { deleteAfter: 14 },
          },
        ],
      },
    ],
    selection: ["backup/Selection", { planId: "<plan>", name: "all", iamRoleArn: "<role.arn>", resources: ["*"] }],
    privateZone: ["route53/Zone", { name: "internal", vpcs: [{ vpcId: "<vpc>" }] }],
    cname: ["route53/Record", { zoneId: "<zone>", name: "docs", type: "CNAME", ttl: 60, records: ["example.org"] }],
    weighted: [
      "route53/Record",
      {
        ...{ zoneId: "<zone>", name: "api", type: "A", ttl: 60, records: ["192.0.2.1"] },
        ...{ setIdentifier: "blue", weightedRoutingPolicies: [{ weight: 1 }] },
      },
    ],
    healthCheck: ["route53/HealthCheck", { type: "HTTPS", fqdn: "example.com", requestInterval: 30 }],
    checked: [
      "route53/Record",
      {
        ...{ zoneId: "<zone>", name: "checked", type: "A", ttl: 60, records: ["192.0.2.1"] },
        ...{ setIdentifier: "one", healthCheckId: "<healthCheck>", weightedRoutingPolicies: [{ weight: 1 }] },
      },
    ],
    certificate: ["acm/Certificate", { domainName: "example.com", validationMethod: "DNS" }],
    validCertificate: ["acm/Certificate", { domainName: "www.example.com", validationMethod: "DNS" }],
    validation: ["acm/CertificateValidation", { certificateArn: "<validCertificate.arn>" }],
    zone: ["route53/Zone", { name: "example.com" }],
    record: ["route53/Record", { zoneId: "<zone>", name: "www", type: "A", ttl: 60, records: ["192.0.2.1"] }],
  };
