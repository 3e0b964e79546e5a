/** Databases, storage, keys, secrets, backup. */
import { regional, serviceZone, vpcOfSubnet } from "./addresses.ts";
import { type IdentityKit, lastPart, type Outputs, type Rule, text } from "./kit.ts";

/** Hosted zones of S3 website endpoints, from the AWS General Reference, Amazon S3 website endpoints. */
const S3_ZONES: Readonly<Record<string, string>> = {
  "eu-central-1": "Z21DNDUVLTQW6Q",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-west-2": "Z3GKZC51ZF0DB4",
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-east-2": "Z2O1EMRO9K5GLX",
  "us-west-2": "Z3BJ6K6RIION7M",
};

const bucket: Rule = (kit) => {
  const name = kit.id(() => kit.need("bucket"));
  return {
    id: name,
    arn: kit.arn("s3", name, { region: "", account: "" }),
    outputs: {
      bucketDomainName: `${name}.s3.${kit.dnsSuffix}`,
      bucketRegionalDomainName: `${name}.s3.${kit.region}.${kit.dnsSuffix}`,
      bucketRegion: kit.region,
      hostedZoneId: serviceZone(kit, "s3", S3_ZONES),
      requestPayer: "BucketOwner",
      versioning: { enabled: false, mfaDelete: false },
      // S3 encrypts every new bucket with its own keys since January 2023.
      serverSideEncryptionConfiguration: {
        rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false },
      },
    },
  };
};

/** A setting of a bucket has the bucket's name as its id, with the expected owner when one is given. */
const bucketSetting: Rule = (kit) => {
  const owner = kit.text("expectedBucketOwner");
  const name = kit.need("bucket");
  return { id: kit.id(() => (owner ? `${name},${owner}` : name)) };
};

const bucketPart: Rule = (kit) => ({ id: kit.id(() => `${kit.need("bucket")}:${kit.need("name")}`) });

const bucketObject: Rule = (kit) => {
  const id = kit.id(() => `${kit.need("bucket")}/${kit.need("key")}`);
  return {
    id,
    arn: kit.arn("s3", `${lastBucket(kit.need("bucket"))}/${kit.need("key")}`, { region: "", account: "" }),
    outputs: {
      etag: changing(kit, "etag", () => kit.hex(32)),
      storageClass: "STANDARD",
      serverSideEncryption: "AES256",
      contentType: "application/octet-stream",
    },
  };
};

/** A token that is new for each change. */
function changing(kit: IdentityKit, property: string, make: () => string): string {
  return kit.isChanged() ? make() : kit.keep(property, make);
}

const lastBucket = (reference: string) => reference.split(":::").at(-1)!;

const PORTS: readonly (readonly [RegExp, number])[] = [
  [/postgres/, 5432],
  [/mysql|mariadb|^aurora$/, 3306],
  [/oracle/, 1521],
  [/sqlserver/, 1433],
  [/docdb/, 27_017],
  [/neptune/, 8182],
];

/** The engine's own port, from the RDS user guide. */
function enginePort(engine: string): number {
  return PORTS.find(([pattern]) => pattern.test(engine))?.[1] ?? 5432;
}

/** Host names of one account and region share their middle. */
function databaseHost(kit: IdentityKit, identifier: string, kind: "" | "cluster-" | "cluster-ro-" | "proxy-"): string {
  return `${identifier}.${kind}${regional(kit, "rds", 12)}.${kit.region}.rds.${kit.dnsSuffix}`;
}

function portOf(kit: IdentityKit, engine: string): number {
  const port = kit.inputs.port;
  return typeof port === "number" ? port : enginePort(engine);
}

/** The secret RDS itself makes and rotates when it manages the password. */
function managedSecret(kit: IdentityKit, resourceId: string): Outputs {
  if (!kit.flag("manageMasterUserPassword")) return { masterUserSecrets: [] };
  return {
    masterUserSecrets: kit.keep("masterUserSecrets", () => [
      {
        secretArn: kit.arn("secretsmanager", `secret:rds!${resourceId}-${kit.base62(6)}`),
        secretStatus: "active",
        kmsKeyId: kit.text("masterUserSecretKmsKeyId") ?? kit.arn("kms", `key/${defaultKey(kit, "secretsmanager")}`),
      },
    ]) as Outputs["masterUserSecrets"],
  } as Outputs;
}

/** The AWS managed key of a service: one per account and region. */
function defaultKey(kit: IdentityKit, service: string): string {
  const hex = Buffer.from(regional(kit, `${service} key`, 16)).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function storageKey(kit: IdentityKit): Outputs {
  return kit.flag("storageEncrypted") && kit.text("kmsKeyId") === undefined
    ? { kmsKeyId: kit.arn("kms", `key/${defaultKey(kit, "rds")}`) }
    : {};
}

const MAINTENANCE = {
  preferredBackupWindow: "03:00-03:30",
  preferredMaintenanceWindow: "sun:04:00-sun:04:30",
};

const zones = (kit: IdentityKit) => ["a", "b", "c"].map((letter) => `${kit.region}${letter}`);

const rdsCluster: Rule = (kit) => {
  const identifier = kit.id(() => kit.need("clusterIdentifier"));
  const engine = kit.text("engine") ?? "aurora-postgresql";
  const resourceId = kit.keep("clusterResourceId", () => `cluster-${kit.base32(26)}`);
  return {
    id: identifier,
    arn: kit.arn("rds", `cluster:${identifier}`),
    outputs: {
      clusterResourceId: resourceId,
      endpoint: databaseHost(kit, identifier, "cluster-"),
      readerEndpoint: databaseHost(kit, identifier, "cluster-ro-"),
      hostedZoneId: serviceZone(kit, "rds"),
      port: portOf(kit, engine),
      engineVersionActual: kit.text("engineVersion") ?? text(kit.context.previous?.outputs.engineVersion) ?? "",
      availabilityZones: kit.keep("availabilityZones", () => zones(kit)),
      backupRetentionPeriod: 1,
      engineLifecycleSupport: "open-source-rds-extended-support",
      networkType: "IPV4",
      autoMinorVersionUpgrade: true,
      databaseInsightsMode: "standard",
      clusterScalabilityType: "standard",
      ...MAINTENANCE,
      ...storageKey(kit),
      ...managedSecret(kit, resourceId),
    },
  };
};

const clusterInstance: Rule = (kit) => {
  const identifier = kit.id(() => kit.need("identifier"));
  const cluster = kit.other(kit.text("clusterIdentifier"));
  const engine = kit.text("engine") ?? "aurora-postgresql";
  const clusterPort = cluster?.port;
  const encrypted = cluster?.storageEncrypted;
  // The first one there is, whichever that is.
  const isFirst = () => !kit.context.mentioning?.(kit.need("clusterIdentifier")).some(({ outputs }) => outputs.writer);
  return {
    id: identifier,
    arn: kit.arn("rds", `db:${identifier}`),
    outputs: {
      dbiResourceId: kit.keep("dbiResourceId", () => `db-${kit.base32(26)}`),
      endpoint: databaseHost(kit, identifier, ""),
      port: typeof clusterPort === "number" ? clusterPort : enginePort(engine),
      storageEncrypted: encrypted === true,
      kmsKeyId: text(cluster?.kmsKeyId) ?? "",
      engineVersion: kit.keep("engineVersion", () => text(cluster?.engineVersion) ?? ""),
      engineVersionActual: kit.text("engineVersion") ?? text(cluster?.engineVersion) ?? "",
      dbSubnetGroupName: text(cluster?.dbSubnetGroupName) ?? "",
      availabilityZone: kit.keep("availabilityZone", () => `${kit.region}a`),
      networkType: "IPV4",
      writer: kit.context.previous ? kit.context.previous.outputs.writer === true : isFirst(),
      publiclyAccessible: false,
      ...MAINTENANCE,
    },
  };
};

const dbInstance: Rule = (kit) => {
  const resourceId = kit.keep("resourceId", () => `db-${kit.base32(26)}`);
  const identifier = kit.need("identifier");
  const address = databaseHost(kit, identifier, "");
  const port = portOf(kit, kit.text("engine") ?? "postgres");
  return {
    id: kit.id(() => resourceId),
    arn: kit.arn("rds", `db:${identifier}`),
    outputs: {
      resourceId,
      address,
      port,
      endpoint: `${address}:${port}`,
      hostedZoneId: serviceZone(kit, "rds"),
      status: "available",
      engineVersionActual: kit.text("engineVersion") ?? text(kit.context.previous?.outputs.engineVersion) ?? "",
      availabilityZone: kit.keep("availabilityZone", () => `${kit.region}a`),
      storageType: "gp2",
      networkType: "IPV4",
      engineLifecycleSupport: "open-source-rds-extended-support",
      databaseInsightsMode: "standard",
      licenseModel: "postgresql-license",
      backupWindow: MAINTENANCE.preferredBackupWindow,
      maintenanceWindow: MAINTENANCE.preferredMaintenanceWindow,
      ...storageKey(kit),
      ...managedSecret(kit, resourceId),
    },
  };
};

function rdsGroup(type: string, more?: (kit: IdentityKit) => Outputs): Rule {
  return (kit) => {
    const name = kit.id(() => kit.need("name"));
    return { id: name, arn: kit.arn("rds", `${type}:${name}`), outputs: more?.(kit) ?? {} };
  };
}

const kmsKey: Rule = (kit) => {
  const keyId = kit.id(() => (kit.flag("multiRegion") ? `mrk-${kit.hex(32)}` : kit.uuid()));
  const root = kit.arn("iam", "root", { region: "" });
  return {
    id: keyId,
    arn: kit.arn("kms", `key/${keyId}`),
    outputs: {
      keyId,
      multiRegion: false,
      rotationPeriodInDays: kit.flag("enableKeyRotation") ? 365 : 0,
      // The key policy KMS gives a key that was created without one.
      policy: kit.keep("policy", () =>
        JSON.stringify({
          Id: "key-default-1",
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Enable IAM User Permissions",
              Effect: "Allow",
              Principal: { AWS: root },
              Action: "kms:*",
              Resource: "*",
            },
          ],
        }),
      ),
    },
  };
};

const kmsAlias: Rule = (kit) => {
  const name = kit.id(() => kit.need("name"));
  const target = kit.need("targetKeyId");
  return {
    id: name,
    arn: kit.arn("kms", name),
    outputs: { targetKeyArn: target.startsWith("arn:") ? target : kit.arn("kms", `key/${target}`) },
  };
};

const secret: Rule = (kit) => {
  const arn = kit.id(() => kit.arn("secretsmanager", `secret:${kit.need("name")}-${kit.base62(6)}`));
  return { id: arn, arn };
};

const secretVersion: Rule = (kit) => {
  const reference = kit.need("secretId");
  const secretArn = reference.startsWith("arn:")
    ? reference
    : (kit.otherText(reference, "arn") ?? kit.arn("secretsmanager", `secret:${reference}`));
  const versionId = kit.keep("versionId", () => kit.uuid());
  return {
    id: kit.id(() => `${secretArn}|${versionId}`),
    arn: secretArn,
    outputs: { secretArn, versionId, versionStages: ["AWSCURRENT"], hasSecretStringWo: false },
  };
};

const table: Rule = (kit) => {
  const name = kit.id(() => kit.need("name"));
  const arn = kit.arn("dynamodb", `table/${name}`);
  const label = kit.keep("streamLabel", () => kit.context.now.toISOString().replace("Z", ""));
  const hasStream = kit.flag("streamEnabled");
  return {
    id: name,
    arn,
    outputs: hasStream
      ? { streamLabel: label, streamArn: `${arn}/stream/${label}` }
      : { streamLabel: "", streamArn: "" },
  };
};

const parameter: Rule = (kit) => {
  const name = kit.id(() => kit.need("name"));
  return {
    id: name,
    arn: kit.arn("ssm", `parameter${name.startsWith("/") ? "" : "/"}${name}`),
    outputs: {
      version: kit.version(kit.before("version")),
      tier: "Standard",
      dataType: "text",
      keyId: kit.text("type") === "SecureString" ? "alias/aws/ssm" : "",
    },
  };
};

const backupPlan: Rule = (kit) => {
  const id = kit.id(() => kit.uuid());
  return {
    id,
    arn: kit.arn("backup", `backup-plan:${id}`),
    outputs: { version: changing(kit, "version", () => kit.base62(48)) },
  };
};

const vaultArn = (kit: IdentityKit, name: string) => kit.arn("backup", `backup-vault:${name}`);

const vaultSetting: Rule = (kit) => {
  const name = kit.need("backupVaultName");
  return { id: kit.id(() => name), outputs: { backupVaultArn: vaultArn(kit, name) } };
};

export const DATA_RULES: Readonly<Record<string, Rule>> = {
  "s3/Bucket": bucket,
  "s3/BucketV2": bucket,
  ...Object.fromEntries(
    [
      "Acl",
      "CorsConfiguration",
      "AccelerateConfiguration",
      "LifecycleConfiguration",
      "Logging",
      "ObjectLockConfiguration",
      "OwnershipControls",
      "Policy",
      "PublicAccessBlock",
      "ReplicationConfig",
      "RequestPaymentConfiguration",
      "ServerSideEncryptionConfiguration",
      "Versioning",
      "Notification",
    ].map((setting) => [`s3/Bucket${setting}`, bucketSetting]),
  ),
  "s3/BucketMetric": bucketPart,
  "s3/BucketIntelligentTieringConfiguration": bucketPart,
  "s3/Inventory": bucketPart,
  "s3/AnalyticsConfiguration": bucketPart,
  "s3/BucketObject": bucketObject,
  "s3/BucketObjectv2": bucketObject,
  "s3/AccountPublicAccessBlock": (kit) => ({ id: kit.id(() => kit.text("accountId") ?? kit.account) }),

  "rds/Cluster": rdsCluster,
  "rds/ClusterInstance": clusterInstance,
  "rds/Instance": dbInstance,
  "rds/SubnetGroup": rdsGroup("subgrp", (kit) => ({
    description: "Managed by Pulumi",
    supportedNetworkTypes: ["IPV4"],
    vpcId: kit.keep("vpcId", () => vpcOfSubnet(kit, kit.list("subnetIds")) ?? ""),
  })),
  "rds/ParameterGroup": rdsGroup("pg", () => ({ description: "Managed by Pulumi" })),
  "rds/ClusterParameterGroup": rdsGroup("cluster-pg", () => ({ description: "Managed by Pulumi" })),
  "rds/OptionGroup": rdsGroup("og", () => ({ optionGroupDescription: "Managed by Pulumi" })),
  "rds/Proxy": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return {
      id: name,
      arn: kit.keep("arn", () => kit.arn("rds", `db-proxy:prx-${kit.hex(17)}`)),
      outputs: { endpoint: databaseHost(kit, name, "proxy-") },
    };
  },

  "kms/Key": kmsKey,
  "kms/ReplicaKey": (kit) => {
    const primary = lastPart(kit.need("primaryKeyArn"));
    const keyId = kit.id(() => primary);
    return { id: keyId, arn: kit.arn("kms", `key/${keyId}`), outputs: { keyId } };
  },
  "kms/Alias": kmsAlias,
  "kms/KeyPolicy": (kit) => ({ id: kit.id(() => kit.need("keyId")) }),
  "secretsmanager/Secret": secret,
  "secretsmanager/SecretVersion": secretVersion,
  "secretsmanager/SecretPolicy": (kit) => ({ id: kit.id(() => kit.need("secretArn")) }),
  "secretsmanager/SecretRotation": (kit) => ({ id: kit.id(() => kit.need("secretId")) }),
  "ssm/Parameter": parameter,
  "dynamodb/Table": table,
  "efs/FileSystem": (kit) => {
    const id = kit.ec2Id("fs");
    return {
      id,
      arn: kit.arn("elasticfilesystem", `file-system/${id}`),
      outputs: {
        dnsName: `${id}.efs.${kit.region}.${kit.dnsSuffix}`,
        creationToken: kit.text("creationToken") ?? id,
        performanceMode: "generalPurpose",
      },
    };
  },
  "elasticache/ReplicationGroup": (kit) => {
    const id = kit.id(() => kit.need("replicationGroupId"));
    const host = (role: string) =>
      `${role}.${id}.${regional(kit, "cache", 6)}.${regional(kit, "cache zone", 4)}.cache.${kit.dnsSuffix}`;
    return {
      id,
      arn: kit.arn("elasticache", `replicationgroup:${id}`),
      outputs: { primaryEndpointAddress: host("master"), readerEndpointAddress: host("replica"), port: 6379 },
    };
  },

  "backup/Vault": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return {
      id: name,
      arn: vaultArn(kit, name),
      outputs: { kmsKeyArn: kit.arn("kms", `key/${defaultKey(kit, "backup")}`), recoveryPoints: 0 },
    };
  },
  "backup/Plan": backupPlan,
  "backup/Selection": (kit) => ({ id: kit.id(() => kit.uuid()) }),
  "backup/VaultPolicy": vaultSetting,
  "backup/VaultLockConfiguration": vaultSetting,
  "backup/VaultNotifications": vaultSetting,
  "backup/Framework": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return { id: name, arn: kit.keep("arn", () => kit.arn("backup", `framework:${name}-${kit.uuid()}`)) };
  },
};
