/** What other objects refer to, and what AWS answers when it is not there or still needed. */
import { refusal, type Target } from "../types.ts";

const dependency = (message: string) => refusal("DependencyViolation", message);

export const VPC: Target = {
  types: ["ec2/Vpc", "ec2/DefaultVpc"],
  missing: refusal("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
  inUse: dependency("The vpc '{}' has dependencies and cannot be deleted."),
};

export const SUBNET: Target = {
  types: ["ec2/Subnet", "ec2/DefaultSubnet"],
  missing: refusal("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
  inUse: dependency("The subnet '{}' has dependencies and cannot be deleted."),
};

export const SECURITY_GROUP: Target = {
  types: ["ec2/SecurityGroup", "ec2/DefaultSecurityGroup"],
  missing: refusal("InvalidGroup.NotFound", "The security group '{}' does not exist"),
  inUse: dependency("resource {} has a dependent object"),
};

export const ROUTE_TABLE: Target = {
  types: ["ec2/RouteTable", "ec2/DefaultRouteTable"],
  missing: refusal("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
  inUse: dependency("The routeTable '{}' has dependencies and cannot be deleted."),
};

export const INTERNET_GATEWAY: Target = {
  types: ["ec2/InternetGateway", "ec2/VpnGateway", "ec2/CarrierGateway"],
  missing: refusal("InvalidGatewayID.NotFound", "The gateway ID '{}' does not exist"),
  builtIn: /^local$/,
};

export const EGRESS_ONLY_GATEWAY: Target = {
  types: ["ec2/EgressOnlyInternetGateway"],
  missing: refusal("InvalidGatewayID.NotFound", "The gateway ID '{}' does not exist"),
};

export const NAT_GATEWAY: Target = {
  types: ["ec2/NatGateway"],
  missing: refusal("InvalidNatGatewayID.NotFound", "The natGateway ID '{}' does not exist"),
};

export const ELASTIC_IP: Target = {
  types: ["ec2/Eip"],
  missing: refusal("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
};

export const NETWORK_ACL: Target = {
  types: ["ec2/NetworkAcl", "ec2/DefaultNetworkAcl"],
  missing: refusal("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
};

export const VPC_ENDPOINT: Target = {
  types: ["ec2/VpcEndpoint"],
  missing: refusal("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
};

export const NETWORK_INTERFACE: Target = {
  types: ["ec2/NetworkInterface"],
  missing: refusal("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
};

export const INSTANCE: Target = {
  types: ["ec2/Instance", "ec2/SpotInstanceRequest"],
  missing: refusal("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
};

export const KEY_PAIR: Target = {
  types: ["ec2/KeyPair"],
  missing: refusal("InvalidKeyPair.NotFound", "The key pair '{}' does not exist"),
};

export const VOLUME: Target = {
  types: ["ebs/Volume"],
  missing: refusal("InvalidVolume.NotFound", "The volume '{}' does not exist."),
};

export const LOAD_BALANCER: Target = {
  types: ["lb/LoadBalancer"],
  missing: refusal("LoadBalancerNotFound", "Load balancer '{}' not found"),
};

export const TARGET_GROUP: Target = {
  types: ["lb/TargetGroup"],
  missing: refusal("TargetGroupNotFound", "Target groups '{}' not found"),
  inUse: refusal("ResourceInUse", "Target group '{}' is currently in use by a listener or a rule"),
};

export const LISTENER: Target = {
  types: ["lb/Listener"],
  missing: refusal("ListenerNotFound", "Listener '{}' not found"),
};

export const CERTIFICATE: Target = {
  types: ["acm/Certificate", "iam/ServerCertificate"],
  missing: refusal("CertificateNotFound", "Certificate '{}' not found"),
  // Certificates are mostly made outside of the program that uses them; this one is there from the start.
  builtIn: /:certificate\/00000000-0000-0000-0000-000000000000$/,
  inUse: refusal("ResourceInUseException", "Certificate {} is in use."),
};

export const CLUSTER: Target = {
  types: ["ecs/Cluster"],
  missing: refusal("ClusterNotFoundException", "Cluster not found."),
  builtIn: /^(default|.*:cluster\/default)$/,
  inUse: refusal("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."),
};

export const EKS_CLUSTER: Target = {
  types: ["eks/Cluster"],
  missing: refusal("ResourceNotFoundException", "No cluster found for name: {}."),
};

export const SCALING_GROUP: Target = {
  types: ["autoscaling/Group"],
  missing: refusal("ValidationError", "AutoScalingGroup name not found - {}"),
};

export const ROLE: Target = {
  types: ["iam/Role"],
  missing: refusal("NoSuchEntity", "The role with name {} cannot be found."),
  builtIn: /aws-service-role\/|AWSServiceRole/,
  clears: (state) => state.flag("forceDetachPolicies"),
  inUse: refusal("DeleteConflict", "Cannot delete entity, must detach all policies first."),
};

export const USER: Target = {
  types: ["iam/User"],
  missing: refusal("NoSuchEntity", "The user with name {} cannot be found."),
  clears: (state) => state.flag("forceDestroy"),
  inUse: refusal("DeleteConflict", "Cannot delete entity, must detach all policies first."),
};

export const GROUP: Target = {
  types: ["iam/Group"],
  missing: refusal("NoSuchEntity", "The group with name {} cannot be found."),
  inUse: refusal("DeleteConflict", "Cannot delete entity, must detach all policies first."),
};

export const POLICY: Target = {
  types: ["iam/Policy"],
  missing: refusal("NoSuchEntity", "Policy {} does not exist or is not attachable."),
  inUse: refusal("DeleteConflict", "Cannot delete a policy attached to entities."),
};

export const INSTANCE_PROFILE: Target = {
  types: ["iam/InstanceProfile"],
  missing: refusal(
    "InvalidParameterValue",
    "Value ({}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
  ),
};

export const KMS_KEY: Target = {
  types: ["kms/Key", "kms/ReplicaKey", "kms/ExternalKey", "kms/Alias"],
  missing: refusal("NotFoundException", "Key '{}' does not exist"),
  builtIn: /(^|:)alias\/aws\/|^aws\//,
};

export const BUCKET: Target = {
  types: ["s3/Bucket", "s3/BucketV2", "s3/DirectoryBucket"],
  missing: refusal("NoSuchBucket", "The specified bucket does not exist"),
  clears: (state) => state.flag("forceDestroy"),
  inUse: refusal("BucketNotEmpty", "The bucket you tried to delete is not empty"),
};

export const DB_SUBNET_GROUP: Target = {
  types: ["rds/SubnetGroup"],
  missing: refusal("DBSubnetGroupNotFoundFault", "DB subnet group '{}' does not exist."),
  builtIn: /^default/,
  inUse: refusal(
    "InvalidDBSubnetGroupStateFault",
    "Cannot delete the subnet group '{}' because at least one database instance is still using it.",
  ),
};

export const DB_PARAMETER_GROUP: Target = {
  types: ["rds/ParameterGroup"],
  missing: refusal("DBParameterGroupNotFound", "DBParameterGroup not found: {}"),
  builtIn: /^default\./,
  inUse: refusal(
    "InvalidDBParameterGroupState",
    "One or more database instances are still members of this parameter group {}, so the group cannot be deleted",
  ),
};

export const DB_CLUSTER_PARAMETER_GROUP: Target = {
  types: ["rds/ClusterParameterGroup"],
  missing: refusal("DBClusterParameterGroupNotFound", "DBClusterParameterGroup not found: {}"),
  builtIn: /^default\./,
  inUse: refusal(
    "InvalidDBParameterGroupState",
    "One or more database instances are still members of this parameter group {}, so the group cannot be deleted",
  ),
};

export const DB_INSTANCE: Target = {
  types: ["rds/Instance"],
  missing: refusal("DBInstanceNotFound", "DBInstance {} not found."),
};

export const MONITORING_ROLE: Target = {
  types: ["iam/Role"],
  missing: refusal(
    "InvalidParameterValue",
    "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
  ),
};

export const DB_CLUSTER: Target = {
  types: ["rds/Cluster"],
  missing: refusal("DBClusterNotFoundFault", "DBCluster {} not found."),
  inUse: refusal(
    "InvalidDBClusterStateFault",
    "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
  ),
};

export const TOPIC: Target = {
  types: ["sns/Topic"],
  missing: refusal("NotFound", "Topic does not exist"),
};

export const QUEUE: Target = {
  types: ["sqs/Queue"],
  missing: refusal("QueueDoesNotExist", "The specified queue does not exist."),
};

/** `app` of `app`, `app:live`, `arn:aws:lambda:eu-west-1:000000000000:function:app` and `…:function:app:7`. */
export function functionName(reference: string): string {
  return reference.replace(/^.*function:/, "").replace(/:.*$/, "");
}

export const FUNCTION: Target = {
  types: ["lambda/Function"],
  missing: refusal("ResourceNotFoundException", "Function not found: {}"),
  named: functionName,
};

export const LAYER: Target = {
  types: ["lambda/LayerVersion"],
  missing: refusal("InvalidParameterValueException", "Layer version {} does not exist."),
};

/** Queues that a function reads; streams are asked for by services that are not looked at here. */
export const EVENT_SOURCE: Target = {
  types: ["sqs/Queue"],
  builtIn: /^arn:[^:]*:(?!sqs:)/,
  missing: refusal(
    "InvalidParameterValueException",
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist for this wsdl version.",
  ),
};

export const LOG_GROUP: Target = {
  types: ["cloudwatch/LogGroup"],
  missing: refusal("ResourceNotFoundException", "The specified log group does not exist."),
};

export const EVENT_RULE: Target = {
  types: ["cloudwatch/EventRule"],
  missing: refusal("ResourceNotFoundException", "Rule {} does not exist on EventBus default."),
  clears: (state) => state.flag("forceDestroy"),
  inUse: refusal("ValidationException", "Rule can't be deleted since it has targets."),
};

export const EVENT_BUS: Target = {
  types: ["cloudwatch/EventBus"],
  missing: refusal("ResourceNotFoundException", "Event bus {} does not exist."),
  builtIn: /^(default|.*:event-bus\/default|aws\..*)$/,
};

export const BACKUP_VAULT: Target = {
  types: ["backup/Vault", "backup/LogicallyAirGappedVault"],
  missing: refusal("ResourceNotFoundException", "Backup vault {} does not exist"),
  builtIn: /^(Default|aws\/.*)$/,
};

export const BACKUP_PLAN: Target = {
  types: ["backup/Plan"],
  missing: refusal("InvalidParameterValueException", "Invalid backup plan id: {}"),
  inUse: refusal(
    "InvalidRequestException",
    "Related backup plan selections must be deleted prior to backup plan deletion",
  ),
};

export const SECRET: Target = {
  types: ["secretsmanager/Secret"],
  missing: refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
};

export const DYNAMODB_TABLE: Target = {
  types: ["dynamodb/Table"],
  missing: refusal("ResourceNotFoundException", "Requested resource not found: Table: {} not found"),
};

export const HOSTED_ZONE: Target = {
  types: ["route53/Zone"],
  missing: refusal("NoSuchHostedZone", "No hosted zone found with ID: {}"),
  clears: (state) => state.flag("forceDestroy"),
  inUse: refusal(
    "HostedZoneNotEmpty",
    "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.",
  ),
};

export const LAUNCH_TEMPLATE: Target = {
  types: ["ec2/LaunchTemplate"],
  missing: refusal(
    "InvalidLaunchTemplateId.NotFound",
    "The specified launch template, with template ID {}, does not exist.",
  ),
};
