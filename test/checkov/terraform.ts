import type { RecordedResource } from "../support/harness.ts";

/** What Terraform calls the types that this platform makes. A type that is not here would go unscanned, so it is an error. */
const TERRAFORM_TYPES: Readonly<Record<string, string>> = {
  "aws:appconfig/application:Application": "aws_appconfig_application",
  "aws:appconfig/configurationProfile:ConfigurationProfile": "aws_appconfig_configuration_profile",
  "aws:appconfig/deployment:Deployment": "aws_appconfig_deployment",
  "aws:appconfig/deploymentStrategy:DeploymentStrategy": "aws_appconfig_deployment_strategy",
  "aws:appconfig/environment:Environment": "aws_appconfig_environment",
  "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": "aws_appconfig_hosted_configuration_version",
  "aws:appautoscaling/policy:Policy": "aws_appautoscaling_policy",
  "aws:appautoscaling/target:Target": "aws_appautoscaling_target",
  "aws:backup/plan:Plan": "aws_backup_plan",
  "aws:backup/selection:Selection": "aws_backup_selection",
  "aws:backup/vault:Vault": "aws_backup_vault",
  "aws:backup/vaultLockConfiguration:VaultLockConfiguration": "aws_backup_vault_lock_configuration",
  "aws:backup/vaultNotifications:VaultNotifications": "aws_backup_vault_notifications",
  "aws:backup/vaultPolicy:VaultPolicy": "aws_backup_vault_policy",
  "aws:budgets/budget:Budget": "aws_budgets_budget",
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "aws_chatbot_slack_channel_configuration",
  "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
  "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
  "aws:dynamodb/table:Table": "aws_dynamodb_table",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
  "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "aws_egress_only_internet_gateway",
  "aws:ec2/eip:Eip": "aws_eip",
  "aws:ec2/flowLog:FlowLog": "aws_flow_log",
  "aws:ec2/internetGateway:InternetGateway": "aws_internet_gateway",
  "aws:ec2/natGateway:NatGateway": "aws_nat_gateway",
  "aws:ec2/route:Route": "aws_route",
  "aws:ec2/routeTable:RouteTable": "aws_route_table",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "aws_route_table_association",
  "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
  "aws:ec2/subnet:Subnet": "aws_subnet",
  "aws:ec2/vpc:Vpc": "aws_vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation":
    "aws_vpc_endpoint_route_table_association",
  "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": "aws_vpc_endpoint_subnet_association",
  "aws:ecs/cluster:Cluster": "aws_ecs_cluster",
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "aws_ecs_cluster_capacity_providers",
  "aws:ecs/service:Service": "aws_ecs_service",
  "aws:ecs/taskDefinition:TaskDefinition": "aws_ecs_task_definition",
  "aws:eks/accessEntry:AccessEntry": "aws_eks_access_entry",
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "aws_eks_access_policy_association",
  "aws:eks/addon:Addon": "aws_eks_addon",
  "aws:eks/cluster:Cluster": "aws_eks_cluster",
  "aws:iam/role:Role": "aws_iam_role",
  "aws:iam/rolePolicy:RolePolicy": "aws_iam_role_policy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "aws_iam_role_policy_attachment",
  "aws:kms/alias:Alias": "aws_kms_alias",
  "aws:kms/key:Key": "aws_kms_key",
  "aws:lambda/function:Function": "aws_lambda_function",
  "aws:lb/listener:Listener": "aws_lb_listener",
  "aws:lb/listenerRule:ListenerRule": "aws_lb_listener_rule",
  "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
  "aws:lb/targetGroup:TargetGroup": "aws_lb_target_group",
  "aws:rds/cluster:Cluster": "aws_rds_cluster",
  "aws:rds/clusterInstance:ClusterInstance": "aws_rds_cluster_instance",
  "aws:rds/clusterParameterGroup:ClusterParameterGroup": "aws_rds_cluster_parameter_group",
  "aws:rds/instance:Instance": "aws_db_instance",
  "aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
  "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
  "aws:s3/bucket:Bucket": "aws_s3_bucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "aws_s3_bucket_lifecycle_configuration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "aws_s3_bucket_ownership_controls",
  "aws:s3/bucketPolicy:BucketPolicy": "aws_s3_bucket_policy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "aws_s3_bucket_public_access_block",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "aws_s3_bucket_server_side_encryption_configuration",
  "aws:s3/bucketVersioning:BucketVersioning": "aws_s3_bucket_versioning",
  "aws:sfn/stateMachine:StateMachine": "aws_sfn_state_machine",
  "aws:sns/topic:Topic": "aws_sns_topic",
  "aws:sns/topicPolicy:TopicPolicy": "aws_sns_topic_policy",
  "aws:sns/topicSubscription:TopicSubscription": "aws_sns_topic_subscription",
  "aws:ssm/parameter:Parameter": "aws_ssm_parameter",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
};

/** Properties that Pulumi's provider names other than by rule. */
const RENAMED: Readonly<Record<string, string>> = {
  "aws_cloudwatch_metric_alarm.name": "alarm_name",
  "aws_sns_topic_subscription.topic": "topic_arn",
  // A block whose own name ends in s.
  "aws_backup_selection.stringEquals": "string_equals",
};

/** Properties with keys of the user's own: maps in Terraform, where other objects are blocks. */
const MAPS = new Set(["tags", "dimensions", "recoveryPointTags"]);

interface Block {
  readonly address: string;
  readonly mode: "managed";
  readonly type: string;
  readonly name: string;
}

/** The part of `terraform show -json PLAN` that scanners read. */
export interface TerraformPlan {
  readonly format_version: string;
  readonly terraform_version: string;
  readonly planned_values: {
    readonly root_module: { readonly resources: readonly (Block & { readonly values: Record<string, unknown> })[] };
  };
  readonly configuration: {
    readonly root_module: {
      readonly resources: readonly (Block & {
        readonly expressions: Readonly<Record<string, { readonly references: readonly string[] }>>;
      })[];
    };
  };
}

/** Whether a resource is the cloud's own: not a component, not a provider, not an object in a Kubernetes cluster. */
export const isCloudResource = (resource: RecordedResource): boolean =>
  resource.custom && !/^(pulumi|kubernetes):/.test(resource.type);

/**
 * Several recorded stacks as one Terraform plan, so that a scanner starts once. The stack's name comes before each
 * resource's, and nothing refers to another stack.
 *
 * Values are known, as in the plan of a stack that exists, and what they refer to stands in the configuration: scanners
 * follow it from a bucket to its public access block.
 *
 * @throws Error naming the types that have no Terraform name here, and resources that cannot be told apart
 */
export function terraformPlan(stacks: Readonly<Record<string, readonly RecordedResource[]>>): TerraformPlan {
  const unmapped = new Set<string>();
  const blocks: { block: Block; resource: RecordedResource; addresses: ReadonlyMap<string, string> }[] = [];
  for (const [stack, resources] of Object.entries(stacks)) {
    const addresses = new Map<string, string>();
    for (const resource of resources.filter(isCloudResource)) {
      const type = TERRAFORM_TYPES[resource.type];
      if (type === undefined) {
        unmapped.add(resource.type);
        continue;
      }
      const name = `${stack}_${resource.name}`;
      const block: Block = { address: `${type}.${name}`, mode: "managed", type, name };
      if (blocks.some((other) => other.block.address === block.address)) {
        throw new Error(`two resources would be ${block.address}: give one of them another logical name`);
      }
      addresses.set(resource.urn, block.address);
      blocks.push({ block, resource, addresses });
    }
  }
  if (unmapped.size > 0) {
    throw new Error(`no Terraform name known for ${[...unmapped].join(", ")}: add it to TERRAFORM_TYPES`);
  }
  return {
    format_version: "1.2",
    terraform_version: "1.9.8",
    planned_values: {
      root_module: {
        resources: blocks.map(({ block, resource }) => ({
          ...block,
          values: {
            ...(resource.id === undefined ? {} : { id: resource.id }),
            ...attributes(block.type, resource.inputs),
          },
        })),
      },
    },
    configuration: {
      root_module: {
        resources: blocks.map(({ block, resource, addresses }) => ({
          ...block,
          expressions: expressions(block.type, resource, addresses),
        })),
      },
    },
  };
}

function attributes(type: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      attributeName(type, key, value),
      MAPS.has(key) ? value : attribute(type, value),
    ]),
  );
}

function attribute(type: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? attributes(type, item) : item));
  // A block that may stand once is an object in Pulumi and a list of one in Terraform.
  return isObject(value) ? [attributes(type, value)] : value;
}

/** Pulumi writes camel case and puts lists of blocks into the plural. */
function attributeName(type: string, key: string, value: unknown): string {
  const renamed = RENAMED[`${type}.${key}`];
  if (renamed !== undefined) return renamed;
  const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Array.isArray(value) && value.some(isObject) ? singular(name) : name;
}

const singular = (name: string) => name.replace(/ies$/, "y").replace(/s$/, "");

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** What each attribute refers to, as `terraform show -json` writes it: the attribute and then the resource. */
function expressions(type: string, resource: RecordedResource, addresses: ReadonlyMap<string, string>) {
  const given = Object.entries(resource.propertyDependencies).filter(([key]) => key in resource.inputs);
  const referring = given.map(([key, urns]) => {
    const targets = urns.flatMap((urn) => addresses.get(urn) ?? []);
    const name = attributeName(type, key, resource.inputs[key]);
    return [name, { references: targets.flatMap((address) => [`${address}.id`, address]) }] as const;
  });
  return Object.fromEntries(referring.filter(([, { references }]) => references.length > 0));
}
