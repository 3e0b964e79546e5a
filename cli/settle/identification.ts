/** How the outcome of a create that was cut off can be found out. */
export type Identification =
  /**
   * The id follows from the inputs. In the template `{name}` is an input, `{last:cluster}` what stands behind an
   * input's last slash, `{hash:a|b}` the provider's hash of the first of these inputs that is set; `{partition}`,
   * `{region}` and `{account}` are those of the provider.
   */
  | {
      readonly by: "id";
      readonly id: string;
      /** Inputs that have to be what AWS says. */
      readonly match?: readonly string[];
      /** The template is not the id but what `pulumi import` takes; reading it gives the id. */
      readonly imported?: true;
    }
  /** AWS made the id: found by all of its tags, and by the inputs in `match`, which have to be what AWS says. */
  | {
      readonly by: "tags";
      /** Of the Resource Groups Tagging API. */
      readonly type: string;
      /** What of the ARN is the resource's id. */
      readonly id: "arn" | "last segment";
      readonly match: readonly string[];
    }
  /** A subnet has one route table, which tells the association's id. */
  | { readonly by: "route table" }
  /** Doing it again changes nothing, or leaves nothing that matters. */
  | { readonly by: "repeating"; readonly why: string }
  /** AWS does not say; a person has to look. */
  | { readonly by: "person"; readonly why: string; readonly look: string };

const PUT = "it is a setting of another resource, and is written again";

const ec2 = (type: string, ...match: readonly string[]): Identification => ({
  by: "tags",
  type: `ec2:${type}`,
  id: "last segment",
  match,
});
const elb = (type: string, ...match: readonly string[]): Identification => ({
  by: "tags",
  type: `elasticloadbalancing:${type}`,
  id: "arn",
  match,
});
const byId = (id: string, ...match: readonly string[]): Identification => ({ by: "id", id, match });
const setting: Identification = { by: "repeating", why: PUT };
const ofArn = (rest: string): Identification => byId(`arn:{partition}:${rest}`);

/**
 * By resource type without `aws:` and the repeated name. Ids are those of the Terraform AWS provider (`d.SetId` in each
 * resource's create), tag types those of the Resource Groups Tagging API.
 */
const IDENTIFICATIONS: Readonly<Record<string, Identification>> = {
  "appautoscaling/Policy": byId("{name}", "resourceId", "scalableDimension"),
  "appautoscaling/Target": byId("{resourceId}", "scalableDimension"),
  "appconfig/Application": { by: "tags", type: "appconfig:application", id: "last segment", match: ["name"] },
  "appconfig/ConfigurationProfile": {
    by: "person",
    why: "AWS makes its id, and the id that Pulumi keeps is made of it and the application's",
    look: "aws appconfig list-configuration-profiles --application-id {applicationId} --region {region}, for the name {name}; the id is <its id>:{applicationId}",
  },
  "appconfig/Deployment": {
    by: "repeating",
    why: "deploying the version that is deployed changes nothing",
  },
  "appconfig/DeploymentStrategy": {
    by: "tags",
    type: "appconfig:deploymentstrategy",
    id: "last segment",
    match: ["name"],
  },
  "appconfig/Environment": {
    by: "person",
    why: "AWS makes its id, and the id that Pulumi keeps is made of it and the application's",
    look: "aws appconfig list-environments --application-id {applicationId} --region {region}, for the name {name}; the id is <its id>:{applicationId}",
  },
  "appconfig/HostedConfigurationVersion": {
    by: "repeating",
    why: "a version that nobody deploys costs nothing; another one is stored",
  },
  "backup/Plan": { by: "tags", type: "backup:backup-plan", id: "last segment", match: ["name"] },
  "backup/Selection": {
    by: "person",
    why: "AWS makes its id, it has no tags, and the provider cannot list the selections of a plan",
    look: "aws backup list-backup-selections --backup-plan-id {planId} --region {region}, for the name {name}",
  },
  "backup/Vault": byId("{name}"),
  "backup/VaultLockConfiguration": setting,
  "backup/VaultNotifications": setting,
  "backup/VaultPolicy": setting,
  "budgets/Budget": byId("{account}:{name}"),
  // What the provider imports it by.
  "chatbot/SlackChannelConfiguration": {
    by: "id",
    id: "arn:{partition}:chatbot::{account}:chat-configuration/slack-channel/{configurationName}",
    imported: true,
  },
  "cloudwatch/LogGroup": byId("{name}"),
  "cloudwatch/MetricAlarm": byId("{name}"),
  "dynamodb/Table": byId("{name}"),
  "ec2/DefaultSecurityGroup": {
    by: "repeating",
    why: "AWS made it with its VPC; taking it over again changes nothing",
  },
  "ec2/EgressOnlyInternetGateway": ec2("egress-only-internet-gateway", "vpcId"),
  "ec2/Eip": ec2("elastic-ip"),
  "ec2/FlowLog": ec2("vpc-flow-log"),
  "ec2/InternetGateway": ec2("internet-gateway", "vpcId"),
  "ec2/LaunchTemplate": ec2("launch-template", "name"),
  "ec2/NatGateway": ec2("natgateway", "subnetId"),
  "ec2/Route": byId("r-{routeTableId}{hash:destinationCidrBlock|destinationIpv6CidrBlock|destinationPrefixListId}"),
  "ec2/RouteTable": ec2("route-table", "vpcId"),
  "ec2/RouteTableAssociation": { by: "route table" },
  "ec2/SecurityGroup": ec2("security-group", "name", "vpcId"),
  "ec2/Subnet": ec2("subnet", "cidrBlock", "vpcId"),
  "ec2/Vpc": ec2("vpc", "cidrBlock"),
  "ec2/VpcEndpoint": ec2("vpc-endpoint", "serviceName", "vpcId"),
  "ec2/VpcEndpointPolicy": setting,
  "ec2/VpcEndpointRouteTableAssociation": byId("a-{vpcEndpointId}{hash:routeTableId}"),
  "ec2/VpcEndpointSubnetAssociation": byId("a-{vpcEndpointId}{hash:subnetId}"),
  "ecr/Repository": byId("{name}"),
  "ecs/Cluster": ofArn("ecs:{region}:{account}:cluster/{name}"),
  "ecs/ClusterCapacityProviders": setting,
  "ecs/Service": ofArn("ecs:{region}:{account}:service/{last:cluster}/{name}"),
  "ecs/TaskDefinition": {
    by: "repeating",
    why: "a revision that no service uses costs nothing; another one is registered",
  },
  "eks/AccessEntry": byId("{clusterName}:{principalArn}"),
  "eks/AccessPolicyAssociation": byId("{clusterName}#{principalArn}#{policyArn}"),
  "eks/Addon": byId("{clusterName}:{addonName}"),
  "eks/Cluster": byId("{name}"),
  "iam/InstanceProfile": byId("{name}"),
  "iam/Policy": byId("arn:{partition}:iam::{account}:policy{path}{name}"),
  "iam/Role": byId("{name}"),
  "iam/RolePolicy": byId("{role}:{name}"),
  // Attaching again would do, but a role cannot be deleted while the state does not know of an attachment.
  "iam/RolePolicyAttachment": byId("{role}/{policyArn}"),
  "kms/Alias": byId("{name}", "targetKeyId"),
  "kms/Key": { by: "tags", type: "kms:key", id: "last segment", match: ["description"] },
  "lambda/Function": byId("{name}"),
  "lb/Listener": elb("listener", "loadBalancerArn", "port"),
  "lb/ListenerRule": elb("listener-rule", "listenerArn", "priority"),
  "lb/LoadBalancer": elb("loadbalancer", "name"),
  "lb/TargetGroup": elb("targetgroup", "name"),
  "rds/Cluster": byId("{clusterIdentifier}"),
  "rds/ClusterInstance": byId("{identifier}"),
  "rds/ClusterParameterGroup": byId("{name}"),
  // The id is the DbiResourceId, which AWS makes.
  "rds/Instance": { by: "id", id: "{identifier}", imported: true },
  "rds/ParameterGroup": byId("{name}"),
  "rds/SubnetGroup": byId("{name}"),
  "s3/Bucket": byId("{bucket}"),
  "s3/BucketLifecycleConfiguration": setting,
  "s3/BucketOwnershipControls": setting,
  "s3/BucketPolicy": setting,
  "s3/BucketPublicAccessBlock": setting,
  "s3/BucketServerSideEncryptionConfiguration": setting,
  "s3/BucketVersioning": setting,
  "secretsmanager/Secret": { by: "tags", type: "secretsmanager:secret", id: "arn", match: ["name"] },
  "sfn/StateMachine": ofArn("states:{region}:{account}:stateMachine:{name}"),
  "sns/Topic": ofArn("sns:{region}:{account}:{name}"),
  "sns/TopicPolicy": setting,
  "sns/TopicSubscription": { by: "repeating", why: "subscribing an endpoint again gives the subscription it has" },
  "ssm/Parameter": byId("{name}"),
  "vpc/SecurityGroupEgressRule": ec2("security-group-rule", "securityGroupId"),
  "vpc/SecurityGroupIngressRule": ec2("security-group-rule", "securityGroupId"),
};

const UNKNOWN_TYPE: Identification = {
  by: "person",
  why: "this command does not know how to look for this type",
  look: "the AWS console or `aws` for a resource with these inputs",
};

/** Providers whose resources are values kept in the state; a lost one is drawn anew. */
const STATE_ONLY: ReadonlySet<string> = new Set(["pulumi", "random", "time", "tls"]);

/**
 * @param type token such as `aws:ec2/subnet:Subnet`
 * @param custom false for components, which no cloud keeps
 */
export function identificationOf(type: string, custom = true): Identification {
  const [provider = "", module = "", name = ""] = type.split(":");
  if (!custom || STATE_ONLY.has(provider)) return { by: "repeating", why: "it exists only in the state" };
  if (provider !== "aws") return UNKNOWN_TYPE;
  return IDENTIFICATIONS[`${module.split("/")[0]}/${name}`] ?? UNKNOWN_TYPE;
}

/** Types the table knows, as `area/Name`. */
export const identifiedTypes: readonly string[] = Object.keys(IDENTIFICATIONS);
