/** Finds the property of `@pulumi/aws` that AWS's own schema means. */
import type { ObjectSchema, PropertySchema, TypeSchema } from "../schema/types.ts";

/** Properties both providers have under names no rule connects: `nativeType.property` or `*.property`. */
const NAMES: Readonly<Record<string, string>> = {
  "*.directConnectGatewayId": "dxGatewayId",
  "*.kmsKeyArn": "kmsKeyId",
  "*.kmsKeyId": "kmsKeyArn",
  "*.publicKeyMaterial": "publicKey",
  "*.roleArn": "executionRoleArn",
  "*.virtualGatewayId": "vpnGatewayId",
  "apigateway/DocumentationVersion.documentationVersion": "version",
  "apigatewayv2/RoutingRule.domainNameArn": "domainName",
  "appsync/SourceApiAssociation.mergedApiIdentifier": "mergedApiId",
  "appsync/SourceApiAssociation.sourceApiIdentifier": "sourceApiId",
  "athena/NamedQuery.queryString": "query",
  "backup/BackupVault.encryptionKeyArn": "kmsKeyArn",
  "chatbot/MicrosoftTeamsChannelConfiguration.teamsTenantId": "tenantId",
  "chatbot/SlackChannelConfiguration.slackWorkspaceId": "slackTeamId",
  "codedeploy/DeploymentGroup.applicationName": "appName",
  "configuration/AggregationAuthorization.authorizedAccountId": "accountId",
  "datasync/LocationAzureBlob.azureBlobContainerUrl": "containerUrl",
  "datazone/Environment.environmentAccountIdentifier": "accountIdentifier",
  "datazone/Environment.environmentAccountRegion": "accountRegion",
  "datazone/Environment.environmentBlueprintIdentifier": "blueprintIdentifier",
  "datazone/Environment.environmentProfileIdentifier": "profileIdentifier",
  "detective/MemberInvitation.memberId": "accountId",
  "ec2/NatGateway.privateIpAddress": "privateIp",
  "ec2/NetworkInterface.privateIpAddress": "privateIp",
  "ec2/SecurityGroup.groupDescription": "description",
  "ec2/SecurityGroupVpcAssociation.groupId": "securityGroupId",
  "ec2/TransitGatewayConnect.transportTransitGatewayAttachmentId": "transportAttachmentId",
  "ec2/VpcEndpointConnectionNotification.serviceId": "vpcEndpointServiceId",
  "elasticbeanstalk/ApplicationVersion.sourceBundle": "bucket",
  "elasticbeanstalk/Environment.tier": "tier",
  "elasticloadbalancing/LoadBalancer.scheme": "internal",
  "elasticloadbalancingv2/LoadBalancer.scheme": "internal",
  "elasticloadbalancingv2/LoadBalancer.type": "loadBalancerType",
  "emr/SecurityConfiguration.securityConfiguration": "configuration",
  "events/Archive.sourceArn": "eventSourceArn",
  "guardduty/Member.memberId": "accountId",
  "inspector/AssessmentTemplate.assessmentTargetArn": "targetArn",
  "inspector/AssessmentTemplate.durationInSeconds": "duration",
  "iot/Certificate.caCertificatePem": "caPem",
  "iot/Certificate.certificateSigningRequest": "csr",
  "iot/RoleAlias.roleAlias": "alias",
  "lakeformation/Tag.tagKey": "key",
  "lambda/LayerVersionPermission.layerVersionArn": "layerName",
  "lambda/Url.targetFunctionArn": "functionName",
  "lightsail/Container.serviceName": "name",
  "lightsail/Database.relationalDatabaseBlueprintId": "blueprintId",
  "logs/DeliveryDestination.destinationResourceArn": "deliveryDestinationConfiguration",
  "neptune/DbInstance.dbClusterIdentifier": "clusterIdentifier",
  "neptune/DbInstance.dbSubnetGroupName": "neptuneSubnetGroupName",
  "redshift/Cluster.dbName": "databaseName",
  "redshift/ClusterParameterGroup.parameterGroupFamily": "family",
  "route53/RecordSet.hostedZoneId": "zoneId",
  "s3/Bucket.bucketNamePrefix": "bucketPrefix",
  "s3/StorageLens.storageLensConfiguration": "configId",
  "s3objectlambda/AccessPointPolicy.objectLambdaAccessPoint": "name",
  "servicecatalog/PortfolioShare.accountId": "principalId",
  "ses/EmailIdentity.emailIdentity": "email",
  "sns/Subscription.topicArn": "topic",
  "timestream/ScheduledQuery.scheduledQueryExecutionRoleArn": "executionRoleArn",
  "vpclattice/ResourceConfiguration.protocolType": "protocol",
  "workspaces/WorkspaceIpGroup.groupDesc": "description",
};

/**
 * Create-only properties of AWS's types that `@pulumi/aws` does not offer, looked up one by one. A type with a property
 * that is neither mapped nor listed here stays unknown: half an entry would promise an update where AWS replaces.
 */
export const ABSENT: ReadonlySet<string> = new Set(
  `
  acmpca/Certificate.validityNotBefore agentregistry/Registry.authorizerType apigateway/ApiKey.generateDistinctId
  apigateway/Deployment.deploymentCanarySettings appconfig/ExtensionAssociation.extensionVersionNumber
  appconfig/HostedConfigurationVersion.latestVersionNumber appstream/User.messageAction
  auditmanager/Assessment.awsAccount batch/JobQueue.jobQueueType
  batch/ComputeEnvironment.computeResources.managedInstancesProvider.instanceLaunchTemplate.capacityOptionType
  batch/ComputeEnvironment.computeResources.managedInstancesProvider.instanceLaunchTemplate.fipsEnabled
  certificatemanager/Certificate.certificateExport cognito/UserPoolClient.generateSecret
  connect/PhoneNumber.sourcePhoneNumberArn datazone/Environment.deploymentOrder
  datazone/Environment.environmentConfigurationId
  directconnect/DirectConnectGatewayAssociation.acceptDirectConnectGatewayAssociationProposalRoleArn
  directconnect/Lag.requestMacSec directconnect/PrivateVirtualInterface.allocatePrivateVirtualInterfaceRoleArn
  directconnect/PublicVirtualInterface.allocatePublicVirtualInterfaceRoleArn
  directconnect/TransitVirtualInterface.allocateTransitVirtualInterfaceRoleArn dms/Endpoint.resourceIdentifier
  ec2/InstanceConnectEndpoint.clientToken ecr/PullThroughCacheRule.upstreamRegistry
  ec2/VpcPeeringConnection.assumeRoleRegion efs/AccessPoint.clientToken emr/Studio.idcInstanceArn
  emr/Studio.idcUserAssignment emr/Studio.trustedIdentityPropagationEnabled
  emrcontainers/VirtualCluster.securityConfigurationId emrcontainers/VirtualCluster.sessionEnabled
  fsx/S3AccessPointAttachment.ontapConfiguration gamelift/Build.serverSdkVersion gamelift/Fleet.computeType
  gamelift/Fleet.instanceRoleCredentialsProvider gamelift/Script.nodeJsVersion
  glue/UserDefinedFunction.functionType grafana/Workspace.clientToken
  imagebuilder/ImageRecipe.additionalInstanceConfiguration iot/Certificate.certificateMode
  ivs/RecordingConfiguration.renditionConfiguration kafkaconnect/Connector.networkType lex/Bot.botType
  lightsail/Database.relationalDatabaseBundleId m2/Environment.networkType
  msk/Cluster.brokerNodeGroupInfo.brokerAzDistribution neptune/DbInstance.dbSnapshotIdentifier
  neptunegraph/Graph.importTask observabilityadmin/TelemetryEnrichment.scope opensearchservice/Domain.engineMode
  quicksight/Folder.sharingModel rds/DbProxyEndpoint.endpointNetworkType rum/AppMonitor.platform
  s3files/AccessPoint.clientToken s3files/FileSystem.clientToken sagemaker/DataQualityJobDefinition.endpointName
  sagemaker/EndpointConfig.enableNetworkIsolation sagemaker/EndpointConfig.explainerConfig
  sagemaker/EndpointConfig.metricsConfig securityhub/PolicyAssociation.targetType
  securityhub/ConnectorV2.provider.azure.awsConfigConnectorArn securityhub/ConnectorV2.provider.serviceNow.instanceName
  securitylake/AwsLogSource.dataLakeArn securitylake/Subscriber.dataLakeArn ssm/Association.instanceId
  vpclattice/ResourceConfiguration.groupDomain vpclattice/ResourceConfiguration.resourceConfigurationAuthType
  vpclattice/ServiceNetwork.sharingConfig
  `
    .split(/\s+/)
    .filter(Boolean),
);

/**
 * The name among `names`, or undefined when none or several fit.
 *
 * @param nativeType `rds/DbInstance`
 */
export function matchProperty(native: string, nativeType: string, names: Iterable<string>): string | undefined {
  const all = [...names];
  const named = NAMES[`${nativeType}.${native}`];
  if (named !== undefined) return all.includes(named) ? named : undefined;
  if (all.includes(native)) return native;
  const lower = native.toLowerCase();
  const one = (fits: (candidate: string) => boolean) => {
    const found = all.filter(fits);
    return found.length === 1 ? found[0] : undefined;
  };
  const general = NAMES[`*.${native}`];
  return (
    one((c) => c.toLowerCase() === lower) ??
    one((c) => singular(c) === singular(native)) ??
    // roleName of a Role is `name`, dbInstanceIdentifier of a DbInstance is `identifier`
    one((c) => {
      const rest = lower.endsWith(c.toLowerCase()) ? lower.slice(0, lower.length - c.length) : "";
      return (
        /^(name|identifier|id|description|type|arn)$/.test(c) && rest !== "" && typeWords(nativeType).includes(rest)
      );
    }) ??
    // `name` of a Thing is `thingName`
    one((c) => {
      const rest = c.toLowerCase().endsWith(lower) ? c.toLowerCase().slice(0, c.length - native.length) : "";
      return (
        /^(name|identifier|id|description|type)$/.test(native) && rest !== "" && typeWords(nativeType).includes(rest)
      );
    }) ??
    one((c) => stem(c) === stem(native) && stem(c).length > 3) ??
    (general !== undefined && all.includes(general) ? general : undefined)
  );
}

function singular(name: string): string {
  return name.toLowerCase().replace(/ies$/, "y").replace(/s$/, "");
}

function stem(name: string): string {
  return singular(name.replace(/(Arn|Id|Name|Identifier)s?$/, ""));
}

/** All runs of words that end a type name, lower-cased: DbSubnetGroup gives dbsubnetgroup, subnetgroup, group; with the service's. */
function typeWords(nativeType: string): string[] {
  const [service, type] = nativeType.split("/") as [string, string];
  const words = type.split(/(?=[A-Z])/).map((w) => w.toLowerCase());
  const runs: string[] = [];
  for (let from = 0; from < words.length; from++)
    for (let to = from + 1; to <= words.length; to++) runs.push(words.slice(from, to).join(""));
  return [...runs, service, ...runs.map((r) => service + r)];
}

/** Maps a dotted path of the native type; undefined when a part has no counterpart. */
export function matchPath(
  path: string,
  nativeType: string,
  inputs: ReadonlyMap<string, PropertySchema>,
  object: (name: string) => ObjectSchema,
): string | undefined {
  let properties: ReadonlyMap<string, PropertySchema> | undefined = inputs;
  let result = "";
  for (const part of path.split(".").filter((p) => p !== "*")) {
    if (!properties) return undefined;
    const name = matchProperty(part, nativeType, properties.keys());
    if (name === undefined) return undefined;
    let type: TypeSchema = properties.get(name)!.type;
    result += `${result === "" ? "" : "."}${name}`;
    let element = "";
    while (type.kind === "array" || type.kind === "map") {
      element += type.kind === "array" ? "[*]" : ".*";
      type = type.element;
    }
    properties = type.kind === "object" ? object(type.name).properties : undefined;
    if (
      part !==
      path
        .split(".")
        .filter((p) => p !== "*")
        .at(-1)
    )
      result += element;
  }
  return result;
}
