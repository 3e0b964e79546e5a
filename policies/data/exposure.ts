/** Actions by service prefix, their names joined by a space. */
type ActionNames = Readonly<Record<string, string>>;

/**
 * Actions that hand over what is stored, and that can be limited to named resources. Read once on everything, they are all
 * that somebody needs to carry the data out.
 *
 * Source: the descriptions of AWS's service authorization reference. The five that cloudsplaining looks for are among them;
 * what accepts only the resource `*` (secretsmanager:BatchGetSecretValue) can't be limited and is not.
 */
const READS_DATA: ActionNames = {
  aoss: "APIAccessAll",
  athena: "GetQueryResults GetQueryResultsStream StartQueryExecution",
  backup: "StartCopyJob StartRestoreJob",
  bedrock: "Retrieve",
  cassandra: "Select",
  codeartifact: "GetPackageVersionAsset ReadFromRepository",
  codecommit: "GetBlob GetFile GitPull",
  datasync: "StartTaskExecution",
  dax: "GetItem Query Scan",
  "docdb-elastic": "CopyClusterSnapshot",
  dynamodb: "BatchGetItem ExportTableToPointInTime GetItem GetRecords PartiQLSelect Query Scan",
  ebs: "GetSnapshotBlock",
  ec2: "CopySnapshot CreateInstanceExportTask CreateStoreImageTask ExportImage",
  ecr: "BatchGetImage GetDownloadUrlForLayer",
  elasticache: "CopySnapshot",
  elasticfilesystem: "ClientMount",
  es: "ESHttpGet ESHttpPost",
  glacier: "GetJobOutput",
  healthlake: "ReadResource StartFHIRExportJob",
  "kafka-cluster": "ReadData",
  kinesis: "GetRecords SubscribeToShard",
  kms: "Decrypt",
  lambda: "GetFunction GetLayerVersion",
  logs: "CreateExportTask FilterLogEvents GetLogEvents StartLiveTail StartQuery Unmask",
  "medical-imaging": "GetImageFrame",
  memorydb: "CopySnapshot",
  "neptune-db": "ReadDataViaQuery",
  omics: "GetReadSet",
  rds: "CopyDBSnapshot CreateDBSnapshot DownloadCompleteDBLogFile DownloadDBLogFilePortion StartExportTask",
  "rds-data": "BatchExecuteStatement ExecuteSql ExecuteStatement",
  "redshift-data": "BatchExecuteStatement ExecuteStatement",
  s3: "GetObject GetObjectTorrent GetObjectVersion",
  "s3-object-lambda": "GetObject",
  "s3-outposts": "GetObject",
  s3express: "CreateSession",
  s3tables: "GetTableData",
  s3vectors: "GetVectors QueryVectors",
  sagemaker: "GetRecord",
  sdb: "Select",
  secretsmanager: "GetSecretValue",
  sqs: "ReceiveMessage",
  ssm: "GetParameter GetParameterHistory GetParameters GetParametersByPath",
  timestream: "Select",
  transfer: "StartFileTransfer",
};

/**
 * Actions whose answer is a credential, a token or an address that is one, and that can be limited to named resources.
 *
 * Source: `ACTIONS_THAT_RETURN_CREDENTIALS` of cloudsplaining 0.9.1 (Salesforce, BSD-3-Clause), without the four names that
 * don't exist and the nine that accept only the resource `*`; newer ones from the descriptions of AWS's service
 * authorization reference.
 */
const RETURNS_CREDENTIALS: ActionNames = {
  aidevops: "CreateAccessToken GetAccessToken",
  airflow: "CreateCliToken CreateWebLoginToken",
  amplifybackend: "CreateToken GetToken",
  athena: "CreatePresignedNotebookUrl GetSessionEndpoint",
  "bedrock-agentcore":
    "GetResourceApiKey GetResourceOauth2Token GetResourcePaymentToken GetWorkloadAccessToken GetWorkloadAccessTokenForJWT GetWorkloadAccessTokenForUserId",
  cloud9: "CreateEnvironmentToken",
  codeartifact: "GetAuthorizationToken",
  codeconnections: "GetConnectionToken",
  codepipeline: "PollForJobs",
  "codestar-connections": "GetConnectionToken",
  "cognito-identity": "GetOpenIdTokenForDeveloperIdentity",
  "cognito-idp": "GetSigningCertificate",
  connect: "AdminGetEmergencyAccessToken GetFederationToken",
  ec2: "CreateKeyPair GetPasswordData",
  elasticmapreduce:
    "CreateStudioPresignedUrl GetClusterSessionCredentials GetOnClusterAppUIPresignedURL GetPersistentAppUIPresignedURL",
  "emr-containers": "GetManagedEndpointSessionCredentials",
  events: "RetrieveConnectionCredentials",
  "finspace-api": "GetProgrammaticAccessCredentials",
  gamelift: "GetComputeAuthToken GetInstanceAccess RequestUploadCredentials",
  grafana: "CreateWorkspaceApiKey CreateWorkspaceServiceAccountToken",
  iam: "CreateAccessKey CreateLoginProfile CreateServiceSpecificCredential ResetServiceSpecificCredential UpdateAccessKey",
  kinesisanalytics: "CreateApplicationPresignedUrl",
  lambda: "CreateMicrovmAuthToken CreateMicrovmShellAuthToken",
  "license-manager": "CreateToken",
  lightsail: "CreateBucketAccessKey GetInstanceAccessDetails GetRelationalDatabaseMasterUserPassword",
  mediapackage: "RotateChannelCredentials RotateIngestEndpointCredentials",
  q: "CreateScimAccessToken",
  "rds-db": "connect",
  redshift: "GetClusterCredentials GetClusterCredentialsWithIAM GetIdentityCenterAuthToken",
  "redshift-serverless": "GetCredentials GetIdentityCenterAuthToken",
  sagemaker:
    "CreatePartnerAppPresignedUrl CreatePresignedDomainUrl CreatePresignedMlflowAppUrl CreatePresignedMlflowTrackingServerUrl CreatePresignedNotebookInstanceUrl",
  secretsmanager: "GetSecretValue",
  signin: "CreateOAuth2Token",
  ssm: "GetAccessToken RequestManagedInstanceRoleToken",
  "sso-oauth": "CreateTokenWithIAM",
  sts: "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetFederationToken",
};

export const READS_DATA_ACTIONS: ReadonlySet<string> = fullNames(READS_DATA);
export const RETURNS_CREDENTIALS_ACTIONS: ReadonlySet<string> = fullNames(RETURNS_CREDENTIALS);

function fullNames(actions: ActionNames): ReadonlySet<string> {
  return new Set(
    Object.entries(actions).flatMap(([prefix, names]) => names.split(" ").map((name) => `${prefix}:${name}`)),
  );
}
