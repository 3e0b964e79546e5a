import { type DocumentQuota, iam, RESOURCE_QUOTAS } from "./document-quotas.ts";

/**
 * What a document is for, which decides how its wildcards read.
 *
 * - `identity`: grants the identity it belongs to; its resources are what it reaches
 * - `trust`: says who may become a role
 * - `resource`: belongs to one resource, so the resource `*` means that resource
 * - `key`: a resource policy of a KMS key, where `kms:*` for the account is how IAM comes to apply at all
 * - `guardrail`: only takes away from what other documents grant (endpoint and session policies)
 */
export type DocumentKind = "identity" | "trust" | "resource" | "key" | "guardrail";

/** Where a resource type keeps an IAM document. */
export interface DocumentProperty {
  readonly type: string;
  /** Property of the inputs; `a[].b` for `b` of every element of the list `a`. */
  readonly property: string;
  readonly kind: DocumentKind;
  /** It is a document only where another input, if it is set, is one of these. */
  readonly when?: { readonly input: string; readonly is: readonly string[] };
  /** Most characters AWS takes. */
  readonly quota?: DocumentQuota | undefined;
}

/** Every property of the AWS SDK that carries an IAM document. A test finds those that are missing here. */
export const DOCUMENT_PROPERTIES: readonly DocumentProperty[] = withQuotas([
  { type: "aws:iam/policy:Policy", property: "policy", kind: "identity", quota: iam(6_144) },
  { type: "aws:iam/rolePolicy:RolePolicy", property: "policy", kind: "identity", quota: iam(10_240) },
  { type: "aws:iam/groupPolicy:GroupPolicy", property: "policy", kind: "identity", quota: iam(5_120) },
  { type: "aws:iam/userPolicy:UserPolicy", property: "policy", kind: "identity", quota: iam(2_048) },
  { type: "aws:iam/role:Role", property: "inlinePolicies[].policy", kind: "identity", quota: iam(10_240) },
  {
    type: "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
    property: "inlinePolicy",
    kind: "identity",
    quota: iam(32_768),
  },
  { type: "aws:iot/policy:Policy", property: "policy", kind: "identity", quota: iam(2_048) },

  { type: "aws:iam/role:Role", property: "assumeRolePolicy", kind: "trust", quota: iam(2_048) },

  { type: "aws:kms/key:Key", property: "policy", kind: "key" },
  { type: "aws:kms/keyPolicy:KeyPolicy", property: "policy", kind: "key" },
  { type: "aws:kms/externalKey:ExternalKey", property: "policy", kind: "key" },
  { type: "aws:kms/replicaKey:ReplicaKey", property: "policy", kind: "key" },
  { type: "aws:kms/replicaExternalKey:ReplicaExternalKey", property: "policy", kind: "key" },

  { type: "aws:s3/bucket:Bucket", property: "policy", kind: "resource" },
  { type: "aws:s3/bucketV2:BucketV2", property: "policy", kind: "resource" },
  { type: "aws:s3/bucketPolicy:BucketPolicy", property: "policy", kind: "resource" },
  {
    type: "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy",
    property: "details.policy",
    kind: "resource",
  },
  ...resourcePolicies("s3AccessPoint.policy", ["aws:fsx/s3AccessPointAttachment:S3AccessPointAttachment"]),
  ...resourcePolicies("policy", [
    "aws:acmpca/policy:Policy",
    "aws:apigateway/domainName:DomainName",
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/restApiPolicy:RestApiPolicy",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
    "aws:codebuild/resourcePolicy:ResourcePolicy",
    "aws:dsql/clusterPolicy:ClusterPolicy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy",
    "aws:ecr/registryPolicy:RegistryPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:glacier/vaultLock:VaultLock",
    "aws:glue/resourcePolicy:ResourcePolicy",
    "aws:kinesis/resourcePolicy:ResourcePolicy",
    "aws:lambda/resourcePolicy:ResourcePolicy",
    "aws:mediastore/containerPolicy:ContainerPolicy",
    "aws:msk/clusterPolicy:ClusterPolicy",
    "aws:networkfirewall/resourcePolicy:ResourcePolicy",
    "aws:oam/sinkPolicy:SinkPolicy",
    "aws:opensearchingest/resourcePolicy:ResourcePolicy",
    "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy",
    "aws:redshift/resourcePolicy:ResourcePolicy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy",
    "aws:s3/accessPoint:AccessPoint",
    "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy",
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy",
    "aws:s3control/bucketPolicy:BucketPolicy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy",
    "aws:schemas/registryPolicy:RegistryPolicy",
    "aws:secretsmanager/secret:Secret",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:ses/identityPolicy:IdentityPolicy",
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:vpclattice/authPolicy:AuthPolicy",
    "aws:vpclattice/resourcePolicy:ResourcePolicy",
  ]),
  ...resourcePolicies("policyDocument", [
    "aws:amp/resourcePolicy:ResourcePolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:codeartifact/domainPermissions:DomainPermissions",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy",
    "aws:xray/resourcePolicy:ResourcePolicy",
  ]),
  ...resourcePolicies("accessPolicies", [
    "aws:elasticsearch/domain:Domain",
    "aws:elasticsearch/domainPolicy:DomainPolicy",
    "aws:opensearch/domain:Domain",
    "aws:opensearch/domainPolicy:DomainPolicy",
  ]),
  ...resourcePolicies("accessPolicy", [
    "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy",
    "aws:glacier/vault:Vault",
  ]),
  ...resourcePolicies("resourcePolicy", [
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy",
    "aws:s3tables/tablePolicy:TablePolicy",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
  ]),
  ...resourcePolicies("deliveryDestinationPolicy", [
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy",
  ]),
  ...resourcePolicies("repositoryPolicy", ["aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"]),
  ...resourcePolicies("content", ["aws:organizations/resourcePolicy:ResourcePolicy"]),

  { type: "aws:ec2/vpcEndpoint:VpcEndpoint", property: "policy", kind: "guardrail" },
  { type: "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", property: "policy", kind: "guardrail" },
  { type: "aws:eks/podIdentityAssociation:PodIdentityAssociation", property: "policy", kind: "guardrail" },
  { type: "aws:odb/network:Network", property: "kmsPolicyDocument", kind: "guardrail" },
  { type: "aws:odb/network:Network", property: "s3PolicyDocument", kind: "guardrail" },
  { type: "aws:odb/network:Network", property: "stsPolicyDocument", kind: "guardrail" },
  {
    type: "aws:organizations/policy:Policy",
    property: "content",
    kind: "guardrail",
    // Tag, backup and other policies are in a grammar of their own.
    when: { input: "type", is: ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] },
  },
  { type: "aws:rolesanywhere/profile:Profile", property: "sessionPolicy", kind: "guardrail" },
  { type: "aws:transfer/access:Access", property: "policy", kind: "guardrail" },
  { type: "aws:transfer/user:User", property: "policy", kind: "guardrail" },
]);

function withQuotas(properties: readonly DocumentProperty[]): DocumentProperty[] {
  return properties.map((entry) => ({ ...entry, quota: entry.quota ?? RESOURCE_QUOTAS[entry.type] }));
}

function resourcePolicies(property: string, types: readonly string[]): DocumentProperty[] {
  return types.map((type) => ({ type, property, kind: "resource" }));
}

/** Properties whose names look as if they carried an IAM document, and what they carry instead. */
export const NO_IAM_DOCUMENT: Readonly<Record<string, readonly string[]>> = {
  "names or numbers of a policy kept elsewhere": [
    "aws:alb/listener:Listener alpnPolicy",
    "aws:alb/listener:Listener sslPolicy",
    "aws:alb/loadBalancer:LoadBalancer dnsRecordClientRoutingPolicy",
    "aws:apigateway/domainName:DomainName securityPolicy",
    "aws:apigateway/restApi:RestApi securityPolicy",
    "aws:iot/policyAttachment:PolicyAttachment policy",
    "aws:lb/listener:Listener alpnPolicy",
    "aws:lb/listener:Listener sslPolicy",
    "aws:lb/loadBalancer:LoadBalancer dnsRecordClientRoutingPolicy",
    "aws:transfer/webApp:WebApp webAppEndpointPolicy",
  ],
  "one word that chooses a behaviour": [
    "aws:bedrock/agentDataSource:AgentDataSource dataDeletionPolicy",
    "aws:dlm/lifecyclePolicy:LifecyclePolicy defaultPolicy",
    "aws:ec2/fleet:Fleet excessCapacityTerminationPolicy",
    "aws:ec2/spotFleetRequest:SpotFleetRequest excessCapacityTerminationPolicy",
    "aws:eks/capability:Capability deletePropagationPolicy",
    "aws:fsx/lustreFileSystem:LustreFileSystem autoImportPolicy",
    "aws:fsx/ontapVolume:OntapVolume snapshotPolicy",
    "aws:gamelift/fleet:Fleet newGameSessionProtectionPolicy",
    "aws:gamelift/gameServerGroup:GameServerGroup gameServerProtectionPolicy",
    "aws:kendra/index:Index userContextPolicy",
    "aws:mailmanager/ingressPoint:IngressPoint tlsPolicy",
    "aws:ses/receiptFilter:ReceiptFilter policy",
    "aws:ses/receiptRule:ReceiptRule tlsPolicy",
  ],
  "rules for keeping, routing, retrying or hiding data, in a grammar of their own": [
    "aws:cfg/organizationCustomPolicyRule:OrganizationCustomPolicyRule policyText",
    "aws:cloudformation/stack:Stack policyBody",
    "aws:cloudformation/stack:Stack policyUrl",
    "aws:cloudwatch/logAccountPolicy:LogAccountPolicy policyDocument",
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy policyDocument",
    "aws:cloudwatch/logIndexPolicy:LogIndexPolicy policyDocument",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy policy",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate lifecyclePolicy",
    "aws:emr/instanceGroup:InstanceGroup autoscalingPolicy",
    "aws:networkmanager/coreNetwork:CoreNetwork basePolicyDocument",
    "aws:networkmanager/coreNetworkPolicyAttachment:CoreNetworkPolicyAttachment policyDocument",
    "aws:sns/dataProtectionPolicy:DataProtectionPolicy policy",
    "aws:sns/topic:Topic archivePolicy",
    "aws:sns/topic:Topic deliveryPolicy",
    "aws:sns/topicSubscription:TopicSubscription deliveryPolicy",
    "aws:sns/topicSubscription:TopicSubscription filterPolicy",
    "aws:sns/topicSubscription:TopicSubscription redrivePolicy",
    "aws:sns/topicSubscription:TopicSubscription replayPolicy",
    "aws:sqs/queue:Queue redriveAllowPolicy",
    "aws:sqs/queue:Queue redrivePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy redriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy redrivePolicy",
    "aws:storagegateway/nfsFileShare:NfsFileShare notificationPolicy",
    "aws:storagegateway/smbFileShare:SmbFileShare notificationPolicy",
    "aws:workspacesweb/browserSettings:BrowserSettings browserPolicy",
  ],
  "access rules in another language (OpenSearch Serverless, Cedar)": [
    "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy policy",
    "aws:opensearch/serverlessLifecyclePolicy:ServerlessLifecyclePolicy policy",
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy policy",
    "aws:verifiedaccess/endpoint:Endpoint policyDocument",
    "aws:verifiedaccess/group:Group policyDocument",
  ],
  "a template for shared resources, without principal or resource": ["aws:ram/permission:Permission policyTemplate"],
};
