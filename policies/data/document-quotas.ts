/** A limit on a document's length, counted as it is sent: as compact JSON. */
export interface DocumentQuota {
  readonly characters: number;
  /** IAM also leaves white space within texts out of the count, other services do not. */
  readonly ignoresWhitespace: boolean;
  readonly source: string;
}

const AWS_DOCS = "https://docs.aws.amazon.com";
const IAM_QUOTAS = `${AWS_DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html`;

/** A quota of IAM itself, for documents of identities. */
export const iam = (characters: number): DocumentQuota => ({ characters, ignoresWhitespace: true, source: IAM_QUOTAS });

const quota = (characters: number, page: string): DocumentQuota => ({
  characters,
  ignoresWhitespace: false,
  source: `${AWS_DOCS}/${page}`,
});

const BUCKET = quota(20_480, "AmazonS3/latest/userguide/example-bucket-policies.html");
const ACCESS_POINT = quota(
  20_480,
  "AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html",
);
const DOMAIN = quota(102_400, "opensearch-service/latest/APIReference/API_CreateDomain.html");
const ENDPOINT = quota(20_480, "vpc/latest/privatelink/vpc-limits-endpoints.html");
const KEY = quota(32_768, "kms/latest/developerguide/resource-limits.html");
const QUEUE = quota(8_192, "AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html");
const REST_API = quota(8_192, "apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html");
const SECRET = quota(20_480, "secretsmanager/latest/apireference/API_PutResourcePolicy.html");
const SESSION = quota(2_048, "transfer/latest/APIReference/API_CreateUser.html");
const TOPIC = quota(30_720, "sns/latest/dg/sns-access-policy-language-api-permissions-reference.html");

/** Most characters AWS takes in the policies that resources carry, where it says so. */
export const RESOURCE_QUOTAS: Readonly<Record<string, DocumentQuota>> = {
  "aws:acmpca/policy:Policy": quota(81_920, "privateca/latest/APIReference/API_PutPolicy.html"),
  "aws:apigateway/restApi:RestApi": REST_API,
  "aws:apigateway/restApiPolicy:RestApiPolicy": REST_API,
  "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": quota(
    20_480,
    "bedrock-agentcore-control/latest/APIReference/API_PutResourcePolicy.html",
  ),
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": quota(10_240, "eventbridge/latest/userguide/eb-quota.html"),
  "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": quota(
    51_200,
    "AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestinationPolicy.html",
  ),
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": quota(
    51_200,
    "AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
  ),
  "aws:codeartifact/domainPermissions:DomainPermissions": quota(
    7_168,
    "codeartifact/latest/APIReference/API_PutDomainPermissionsPolicy.html",
  ),
  "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": quota(
    7_168,
    "codeartifact/latest/APIReference/API_PutRepositoryPermissionsPolicy.html",
  ),
  "aws:dsql/clusterPolicy:ClusterPolicy": quota(20_480, "aurora-dsql/latest/APIReference/API_PutClusterPolicy.html"),
  "aws:dynamodb/resourcePolicy:ResourcePolicy": quota(
    20_480,
    "amazondynamodb/latest/APIReference/API_PutResourcePolicy.html",
  ),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ENDPOINT,
  "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": ENDPOINT,
  "aws:ecr/registryPolicy:RegistryPolicy": quota(10_240, "AmazonECR/latest/APIReference/API_PutRegistryPolicy.html"),
  "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": quota(
    10_240,
    "AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html",
  ),
  "aws:ecr/repositoryPolicy:RepositoryPolicy": quota(
    10_240,
    "AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html",
  ),
  "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": quota(
    10_240,
    "AmazonECRPublic/latest/APIReference/API_SetRepositoryPolicy.html",
  ),
  "aws:efs/fileSystemPolicy:FileSystemPolicy": quota(20_000, "efs/latest/APIReference/API_PutFileSystemPolicy.html"),
  "aws:elasticsearch/domain:Domain": DOMAIN,
  "aws:elasticsearch/domainPolicy:DomainPolicy": DOMAIN,
  "aws:kinesis/resourcePolicy:ResourcePolicy": quota(20_480, "streams/latest/dev/controlling-access.html"),
  "aws:kms/externalKey:ExternalKey": KEY,
  "aws:kms/key:Key": KEY,
  "aws:kms/keyPolicy:KeyPolicy": KEY,
  "aws:kms/replicaExternalKey:ReplicaExternalKey": KEY,
  "aws:kms/replicaKey:ReplicaKey": KEY,
  "aws:lambda/resourcePolicy:ResourcePolicy": quota(20_480, "lambda/latest/dg/gettingstarted-limits.html"),
  "aws:mediastore/containerPolicy:ContainerPolicy": quota(
    8_192,
    "mediastore/latest/apireference/API_PutContainerPolicy.html",
  ),
  "aws:opensearch/domain:Domain": DOMAIN,
  "aws:opensearch/domainPolicy:DomainPolicy": DOMAIN,
  "aws:organizations/policy:Policy": quota(10_240, "organizations/latest/userguide/orgs_reference_limits.html"),
  "aws:organizations/resourcePolicy:ResourcePolicy": quota(
    40_000,
    "organizations/latest/APIReference/API_PutResourcePolicy.html",
  ),
  "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy": quota(
    10_000,
    "pinpoint/latest/apireference_smsvoicev2/API_PutResourcePolicy.html",
  ),
  "aws:s3/accessPoint:AccessPoint": ACCESS_POINT,
  "aws:s3/bucket:Bucket": BUCKET,
  "aws:s3/bucketPolicy:BucketPolicy": BUCKET,
  "aws:s3/bucketV2:BucketV2": BUCKET,
  "aws:s3control/accessPointPolicy:AccessPointPolicy": ACCESS_POINT,
  "aws:s3tables/tableBucketPolicy:TableBucketPolicy": quota(
    20_480,
    "AmazonS3/latest/API/API_s3Buckets_PutTableBucketPolicy.html",
  ),
  "aws:s3tables/tablePolicy:TablePolicy": quota(20_480, "AmazonS3/latest/API/API_s3Buckets_PutTablePolicy.html"),
  "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": quota(
    20_480,
    "sagemaker/latest/APIReference/API_PutModelPackageGroupPolicy.html",
  ),
  "aws:secretsmanager/secret:Secret": SECRET,
  "aws:secretsmanager/secretPolicy:SecretPolicy": SECRET,
  "aws:sns/topic:Topic": TOPIC,
  "aws:sns/topicPolicy:TopicPolicy": TOPIC,
  "aws:sqs/queue:Queue": QUEUE,
  "aws:sqs/queuePolicy:QueuePolicy": QUEUE,
  "aws:transfer/access:Access": SESSION,
  "aws:transfer/user:User": SESSION,
  "aws:vpclattice/resourcePolicy:ResourcePolicy": quota(
    10_000,
    "vpc-lattice/latest/APIReference/API_PutResourcePolicy.html",
  ),
  "aws:xray/resourcePolicy:ResourcePolicy": quota(5_120, "xray/latest/api/API_PutResourcePolicy.html"),
};
