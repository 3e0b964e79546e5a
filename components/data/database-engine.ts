import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { SHARED_SERVICE, TAG_KEYS } from "../../contracts/tags.ts";
import type { ClosedSecurityGroup } from "../network/security-group.ts";
import type { Key } from "../security/key.ts";
import { applyTransform } from "../transform.ts";
import type { DatabaseArgs } from "./database.ts";
import type { DatabasePlan, RdsShape } from "./database-plan.ts";

/** What the component has made before the database itself. */
export interface BuildContext {
  readonly parent: pulumi.Resource;
  readonly name: string;
  readonly args: DatabaseArgs;
  readonly plan: DatabasePlan;
  readonly tags: Record<string, string>;
  readonly key: Key;
  readonly securityGroup: ClosedSecurityGroup;
  readonly subnetGroup: aws.rds.SubnetGroup;
  readonly logGroups: readonly aws.cloudwatch.LogGroup[];
  readonly monitoringRole: { readonly arn: pulumi.Output<string>; readonly attached: pulumi.Resource };
}

/** What Aurora and RDS have in common once they exist. */
export interface Engine {
  readonly endpoint: pulumi.Output<string>;
  readonly readerEndpoint: pulumi.Output<string> | undefined;
  readonly secretArn: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly instanceIdentifiers: Readonly<Record<string, pulumi.Output<string>>>;
  readonly database: aws.rds.Cluster | aws.rds.Instance;
}

/** A cluster, its parameters and an instance for each planned zone. */
export function buildAurora(build: BuildContext): Engine {
  const { name, args, plan } = build;
  const parameterGroup = new aws.rds.ClusterParameterGroup(
    ...applyTransform<aws.rds.ClusterParameterGroupArgs>(
      args.transform?.clusterParameterGroup,
      name,
      {
        family: plan.family,
        description: `Parameters of ${plan.identifier}`,
        parameters: plan.parameters.map((p) => ({ ...p })),
      },
      { parent: build.parent },
    ),
  );
  const cluster = new aws.rds.Cluster(
    ...applyTransform<aws.rds.ClusterArgs>(
      args.transform?.cluster,
      name,
      {
        ...common(build),
        clusterIdentifier: plan.identifier,
        engine: "aurora-postgresql",
        engineMode: "provisioned",
        databaseName: args.databaseName,
        masterUsername: plan.masterUsername,
        preferredBackupWindow: plan.backupWindow,
        preferredMaintenanceWindow: plan.maintenanceWindow,
        dbClusterParameterGroupName: parameterGroup.name,
        ...(plan.serverless
          ? {
              serverlessv2ScalingConfiguration: {
                minCapacity: plan.serverless.minAcu,
                maxCapacity: plan.serverless.maxAcu,
              },
            }
          : {}),
      },
      protection(build, ["backupRetentionPeriod", "preferredBackupWindow"]),
    ),
  );
  const instanceIdentifiers: Record<string, pulumi.Output<string>> = {};
  for (const instance of plan.instances) {
    const node = new aws.rds.ClusterInstance(
      ...applyTransform<aws.rds.ClusterInstanceArgs>(
        args.transform?.clusterInstance,
        `${name}-${instance.zone}`,
        {
          clusterIdentifier: cluster.id,
          engine: "aurora-postgresql",
          availabilityZone: instance.availabilityZone,
          instanceClass: instance.instanceClass,
          promotionTier: instance.promotionTier,
          publiclyAccessible: false,
          ...observation(build),
          preferredMaintenanceWindow: plan.maintenanceWindow,
          applyImmediately: args.applyImmediately ?? !args.protect,
          tags: { [TAG_KEYS.service]: args.service ?? SHARED_SERVICE },
        },
        // Not protected: the data is the cluster's, and a zone has to be removable.
        { parent: build.parent, dependsOn: [build.monitoringRole.attached] },
      ),
    );
    instanceIdentifiers[instance.zone] = node.identifier;
  }
  return {
    endpoint: cluster.endpoint,
    readerEndpoint: cluster.readerEndpoint,
    secretArn: secretArn(plan.identifier, cluster.masterUserSecrets),
    arn: cluster.arn,
    instanceIdentifiers,
    database: cluster,
  };
}

/** One instance, with a standby in another zone when the shape says so, and its parameters. */
export function buildRds(build: BuildContext, shape: RdsShape): Engine {
  const { name, args, plan } = build;
  const parameterGroup = new aws.rds.ParameterGroup(
    ...applyTransform<aws.rds.ParameterGroupArgs>(
      args.transform?.parameterGroup,
      name,
      {
        family: plan.family,
        description: `Parameters of ${plan.identifier}`,
        parameters: plan.parameters.map((p) => ({ ...p })),
      },
      { parent: build.parent },
    ),
  );
  const instance = new aws.rds.Instance(
    ...applyTransform<aws.rds.InstanceArgs>(
      args.transform?.instance,
      name,
      {
        ...common(build),
        ...observation(build),
        identifier: plan.identifier,
        engine: "postgres",
        dbName: args.databaseName,
        username: plan.masterUsername,
        instanceClass: shape.instanceClass,
        multiAz: shape.multiAz,
        storageType: "gp3",
        allocatedStorage: shape.allocatedGiB,
        maxAllocatedStorage: shape.maxAllocatedGiB,
        publiclyAccessible: false,
        backupWindow: plan.backupWindow,
        maintenanceWindow: plan.maintenanceWindow,
        parameterGroupName: parameterGroup.name,
      },
      protection(build, ["backupRetentionPeriod", "backupWindow"]),
    ),
  );
  return {
    endpoint: instance.address,
    readerEndpoint: undefined,
    secretArn: secretArn(plan.identifier, instance.masterUserSecrets),
    arn: instance.arn,
    instanceIdentifiers: { primary: instance.identifier },
    database: instance,
  };
}

/** What a cluster and an instance call by the same name. */
function common({ args, plan, key, securityGroup, subnetGroup, tags }: BuildContext) {
  return {
    engineVersion: plan.engineVersion,
    allowMajorVersionUpgrade: false,
    port: plan.port,
    dbSubnetGroupName: subnetGroup.name,
    vpcSecurityGroupIds: [securityGroup.securityGroupId],
    storageEncrypted: true,
    kmsKeyId: key.arn,
    manageMasterUserPassword: true,
    masterUserSecretKmsKeyId: key.arn,
    iamDatabaseAuthenticationEnabled: true,
    backupRetentionPeriod: args.backupRetentionDays,
    copyTagsToSnapshot: true,
    deletionProtection: args.protect,
    deleteAutomatedBackups: !args.protect,
    skipFinalSnapshot: !args.protect,
    ...(args.protect ? { finalSnapshotIdentifier: plan.finalSnapshotIdentifier } : {}),
    enabledCloudwatchLogsExports: plan.logGroups.map((group) => group.export),
    applyImmediately: args.applyImmediately ?? !args.protect,
    tags: { Name: plan.identifier, ...tags },
  };
}

/** What tells how an instance is doing, and who signs its certificate. */
function observation({ plan, key, monitoringRole }: BuildContext) {
  return {
    autoMinorVersionUpgrade: true,
    caCertIdentifier: "rds-ca-rsa2048-g1",
    monitoringInterval: plan.monitoringSeconds,
    monitoringRoleArn: monitoringRole.arn,
    performanceInsightsEnabled: true,
    performanceInsightsKmsKeyId: key.arn,
    performanceInsightsRetentionPeriod: plan.performanceInsightsDays,
    copyTagsToSnapshot: true,
  };
}

function protection(build: BuildContext, ownedByBackup: string[]): pulumi.CustomResourceOptions {
  return {
    parent: build.parent,
    protect: build.args.protect,
    dependsOn: [...build.logGroups, build.monitoringRole.attached],
    ignoreChanges: build.args.continuousBackupByPlan ? ownedByBackup : [],
  };
}

function secretArn(
  identifier: string,
  secrets: pulumi.Output<readonly { readonly secretArn: string }[]>,
): pulumi.Output<string> {
  return secrets.apply((list) => {
    const [secret] = list ?? [];
    if (secret === undefined) throw new Error(`AWS returned no master secret for the database ${identifier}.`);
    return secret.secretArn;
  });
}
