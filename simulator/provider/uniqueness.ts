/** What AWS lets exist only once, and how it says so. */
import type { ResourceSchema } from "../schema/index.ts";
import type { JsonObject } from "./values.ts";
import { knownString } from "./values.ts";

interface UniqueName {
  /** Inputs that together may not be taken twice in an account and region. */
  readonly properties: readonly string[];
  /** AWS's error code. */
  readonly code: string;
  /** One namespace for all regions. */
  readonly global?: true;
}

/** From the API references' error lists of each create call. Types without an entry are unique by their id. */
const UNIQUE: Readonly<Record<string, UniqueName>> = {
  "aws:autoscaling/group:Group": { properties: ["name"], code: "AlreadyExists" },
  "aws:backup/plan:Plan": { properties: ["name"], code: "AlreadyExistsException" },
  "aws:backup/selection:Selection": { properties: ["planId", "name"], code: "AlreadyExistsException" },
  "aws:backup/vault:Vault": { properties: ["name"], code: "AlreadyExistsException" },
  "aws:budgets/budget:Budget": { properties: ["name"], code: "DuplicateRecordException" },
  "aws:cloudwatch/eventArchive:EventArchive": { properties: ["name"], code: "ResourceAlreadyExistsException" },
  "aws:cloudwatch/eventBus:EventBus": { properties: ["name"], code: "ResourceAlreadyExistsException" },
  "aws:cloudwatch/logGroup:LogGroup": { properties: ["name"], code: "ResourceAlreadyExistsException" },
  "aws:dynamodb/table:Table": { properties: ["name"], code: "ResourceInUseException" },
  "aws:ec2/keyPair:KeyPair": { properties: ["keyName"], code: "InvalidKeyPair.Duplicate" },
  "aws:ec2/launchConfiguration:LaunchConfiguration": { properties: ["name"], code: "AlreadyExists" },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    properties: ["name"],
    code: "InvalidLaunchTemplateName.AlreadyExistsException",
  },
  "aws:ec2/route:Route": {
    properties: ["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
    code: "RouteAlreadyExists",
  },
  "aws:ec2/securityGroup:SecurityGroup": { properties: ["vpcId", "name"], code: "InvalidGroup.Duplicate" },
  "aws:ecr/repository:Repository": { properties: ["name"], code: "RepositoryAlreadyExistsException" },
  "aws:ecs/service:Service": { properties: ["cluster", "name"], code: "InvalidParameterException" },
  "aws:eks/addon:Addon": { properties: ["clusterName", "addonName"], code: "ResourceInUseException" },
  "aws:eks/cluster:Cluster": { properties: ["name"], code: "ResourceInUseException" },
  "aws:eks/nodeGroup:NodeGroup": { properties: ["clusterName", "nodeGroupName"], code: "ResourceInUseException" },
  "aws:iam/group:Group": { properties: ["name"], code: "EntityAlreadyExists" },
  "aws:iam/instanceProfile:InstanceProfile": { properties: ["name"], code: "EntityAlreadyExists" },
  "aws:iam/policy:Policy": { properties: ["name"], code: "EntityAlreadyExists" },
  "aws:iam/role:Role": { properties: ["name"], code: "EntityAlreadyExists" },
  "aws:iam/user:User": { properties: ["name"], code: "EntityAlreadyExists" },
  "aws:kms/alias:Alias": { properties: ["name"], code: "AlreadyExistsException" },
  "aws:lambda/function:Function": { properties: ["name"], code: "ResourceConflictException" },
  "aws:lb/listener:Listener": { properties: ["loadBalancerArn", "port"], code: "DuplicateListener" },
  "aws:lb/listenerRule:ListenerRule": { properties: ["listenerArn", "priority"], code: "PriorityInUse" },
  "aws:lb/loadBalancer:LoadBalancer": { properties: ["name"], code: "DuplicateLoadBalancerName" },
  "aws:lb/targetGroup:TargetGroup": { properties: ["name"], code: "DuplicateTargetGroupName" },
  "aws:rds/cluster:Cluster": { properties: ["clusterIdentifier"], code: "DBClusterAlreadyExistsFault" },
  "aws:rds/clusterInstance:ClusterInstance": { properties: ["identifier"], code: "DBInstanceAlreadyExists" },
  "aws:rds/clusterParameterGroup:ClusterParameterGroup": {
    properties: ["name"],
    code: "DBParameterGroupAlreadyExists",
  },
  "aws:rds/instance:Instance": { properties: ["identifier"], code: "DBInstanceAlreadyExists" },
  "aws:rds/parameterGroup:ParameterGroup": { properties: ["name"], code: "DBParameterGroupAlreadyExists" },
  "aws:rds/subnetGroup:SubnetGroup": { properties: ["name"], code: "DBSubnetGroupAlreadyExists" },
  "aws:s3/bucket:Bucket": { properties: ["bucket"], code: "BucketAlreadyOwnedByYou", global: true },
  "aws:s3/bucketV2:BucketV2": { properties: ["bucket"], code: "BucketAlreadyOwnedByYou", global: true },
  "aws:secretsmanager/secret:Secret": { properties: ["name"], code: "ResourceExistsException" },
  "aws:scheduler/schedule:Schedule": { properties: ["groupName", "name"], code: "ConflictException" },
  "aws:scheduler/scheduleGroup:ScheduleGroup": { properties: ["name"], code: "ConflictException" },
  "aws:sfn/stateMachine:StateMachine": { properties: ["name"], code: "StateMachineAlreadyExists" },
  "aws:ssm/parameter:Parameter": { properties: ["name"], code: "ParameterAlreadyExists" },
};

/** The SDK has load balancers under two names; to AWS they are one kind of object. */
export function storedType(token: string): string {
  return token.replace(/^aws:alb\//, "aws:lb/");
}

export interface Claim {
  readonly uniqueName: string;
  readonly code: string;
  readonly global: boolean;
}

/** What a resource with these inputs, once known, claims for itself alone. */
export function claimOf(schema: ResourceSchema, inputs: JsonObject): Claim | undefined {
  const rule =
    UNIQUE[storedType(schema.token)] ??
    (schema.autoname && { properties: [schema.autoname.property], code: "ResourceAlreadyExistsException" });
  if (rule === undefined) return undefined;
  // A type without a rule of its own may allow equal names; its ids then tell, which the caller compares.
  const values = rule.properties.map((property) => text(inputs, property));
  if (values.at(-1) === undefined && values.length === 1) return undefined;
  return {
    uniqueName: values.map((value) => value ?? "").join("|"),
    code: rule.code,
    global: "global" in rule && rule.global === true,
  };
}

/** Whether AWS refuses a second object of that name, rather than only of that id. */
export function isNameUnique(token: string): boolean {
  return storedType(token) in UNIQUE;
}

function text(inputs: JsonObject, property: string): string | undefined {
  const value = inputs[property];
  return typeof value === "number" ? String(value) : knownString(value);
}
