import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  anyOf,
  given,
  isFalse,
  isTrue,
  noneOf,
  notGiven,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { settingRule } from "../../framework/setting-rule.ts";
import { AT_REST, IN_TRANSIT, NIST_AT_REST, NIST_IN_TRANSIT } from "./words.ts";

const isEncrypted = setting("encrypted", isTrue());

const storageEncrypted = setting("storageEncrypted", isTrue());

/** Relational and document databases. */
export const databasesEncrypted = settingRule({
  id: "rds-storage-encrypted",
  title: "Databases are encrypted at rest",
  why: `${AT_REST} It cannot be turned on later: the database has to be restored into a new one.`,
  severity: "high",
  remedy: "Set storageEncrypted to true, with kmsKeyId for a key of one's own.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
  controls: sameAs(["RDS.3"], { "security-hub": ["RDS.27", "DocumentDB.1", "Neptune.1"] }),
  checks: {
    "aws:rds/instance:Instance": anyOf(
      storageEncrypted,
      // A replica is encrypted as its source is.
      setting("replicateSourceDb", given),
    ),
    "aws:rds/cluster:Cluster": anyOf(storageEncrypted, setting("engineMode", oneOf(["serverless"]))),
    "aws:docdb/cluster:Cluster": storageEncrypted,
    // One that is made of a cluster is encrypted as that is.
    "aws:docdb/globalCluster:GlobalCluster": anyOf(storageEncrypted, setting("sourceDbClusterIdentifier", given)),
    "aws:rds/globalCluster:GlobalCluster": anyOf(storageEncrypted, setting("sourceDbClusterIdentifier", given)),
    "aws:neptune/cluster:Cluster": storageEncrypted,
  },
});

/** Caches. */
export const cachesEncrypted = settingRule({
  id: "elasticache-encrypted",
  title: "Caches are encrypted at rest and in transit",
  why: `${AT_REST} ${IN_TRANSIT} Neither can be turned on later.`,
  severity: "medium",
  remedy:
    "Set atRestEncryptionEnabled and transitEncryptionEnabled to true; a cluster without replication group has only the second.",
  url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/encryption.html",
  controls: { "security-hub": ["ElastiCache.4", "ElastiCache.5"], ...NIST_AT_REST },
  checks: {
    "aws:elasticache/replicationGroup:ReplicationGroup": allOf(
      setting("atRestEncryptionEnabled", isTrue()),
      setting("transitEncryptionEnabled", isTrue()),
    ),
    "aws:elasticache/cluster:Cluster": anyOf(
      setting("transitEncryptionEnabled", isTrue()),
      // A member of a group speaks as the group does.
      setting("replicationGroupId", given),
    ),
    "aws:memorydb/cluster:Cluster": setting("tlsEnabled", isTrue("holds")),
  },
});

/** Volumes, wherever they are declared. */
export const volumesEncrypted = settingRule({
  id: "ebs-encrypted",
  title: "Volumes are encrypted",
  why: `${AT_REST} A volume that exists can only be copied into an encrypted one.`,
  severity: "high",
  remedy: "Set encrypted to true, or turn on aws.ebs.EncryptionByDefault and say so here as well.",
  url: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
  controls: sameAs(["EC2.3"]),
  checks: {
    "aws:ebs/volume:Volume": isEncrypted,
    "aws:ec2/instance:Instance": allOf(
      setting("rootBlockDevice.encrypted", isTrue()),
      onlyIf(setting("ebsBlockDevices", given), setting("ebsBlockDevices[].encrypted", isTrue())),
    ),
    "aws:ec2/launchConfiguration:LaunchConfiguration": allOf(
      setting("rootBlockDevice.encrypted", isTrue()),
      onlyIf(setting("ebsBlockDevices", given), setting("ebsBlockDevices[].encrypted", isTrue())),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": onlyIf(
      setting("blockDeviceMappings", given),
      setting("blockDeviceMappings[].ebs.encrypted", isTrue()),
    ),
    "aws:ebs/snapshotCopy:SnapshotCopy": isEncrypted,
    "aws:ec2/amiCopy:AmiCopy": isEncrypted,
  },
  fixes: {
    // Machines launched from now on; a volume that exists would be replaced.
    "aws:ec2/launchTemplate:LaunchTemplate": put("blockDeviceMappings[].ebs.encrypted", isTrue(), "true", {
      parents: "given",
    }),
  },
});

/** The region's own default. */
export const volumesEncryptedByDefault = settingRule({
  id: "ebs-encryption-by-default",
  title: "Encryption of volumes by default stays on",
  why: "Volumes that somebody makes by hand, or a service makes on its own, are readable from their snapshots.",
  severity: "medium",
  remedy: "Set enabled to true, or leave it out.",
  url: "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html",
  controls: sameAs(["EC2.7"]),
  checks: { "aws:ebs/encryptionByDefault:EncryptionByDefault": setting("enabled", isTrue("holds")) },
  fixes: { "aws:ebs/encryptionByDefault:EncryptionByDefault": put("enabled", isTrue("holds"), true) },
});

/** File systems. */
export const fileSystemsEncrypted = settingRule({
  id: "efs-encrypted",
  title: "File systems are encrypted at rest",
  why: `${AT_REST} It cannot be turned on later.`,
  severity: "high",
  remedy: "Set encrypted to true, with kmsKeyId for a key of one's own.",
  url: "https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html",
  controls: sameAs(["EFS.1"]),
  checks: { "aws:efs/fileSystem:FileSystem": isEncrypted },
});

/** Topics. */
export const topicsEncrypted = settingRule({
  id: "sns-encrypted",
  title: "Topics are encrypted at rest",
  why: "Messages wait in storage while an endpoint does not answer; they often name customers and systems.",
  severity: "medium",
  remedy: "Set kmsMasterKeyId to a key whose policy lets the publishing services use it.",
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
  controls: sameAs(["SNS.1"]),
  checks: { "aws:sns/topic:Topic": setting("kmsMasterKeyId", given) },
});

/** Queues: SQS encrypts by itself unless it is told not to. */
export const queuesEncrypted = settingRule({
  id: "sqs-encrypted",
  title: "Queues are encrypted at rest",
  why: AT_REST,
  severity: "medium",
  remedy: "Leave sqsManagedSseEnabled alone, or set kmsMasterKeyId.",
  url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
  controls: sameAs(["SQS.1"]),
  checks: {
    "aws:sqs/queue:Queue": anyOf(setting("sqsManagedSseEnabled", isTrue("holds")), setting("kmsMasterKeyId", given)),
  },
  fixes: { "aws:sqs/queue:Queue": put("sqsManagedSseEnabled", isTrue("holds"), true) },
});

/** Streams. */
export const streamsEncrypted = settingRule({
  id: "kinesis-encrypted",
  title: "Streams are encrypted at rest",
  why: AT_REST,
  severity: "medium",
  remedy: "Set encryptionType to KMS with a kmsKeyId; for Firehose serverSideEncryption.enabled.",
  url: "https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html",
  controls: sameAs(["Kinesis.1"], { "security-hub": ["DataFirehose.1"] }),
  checks: {
    "aws:kinesis/stream:Stream": setting("encryptionType", oneOf(["KMS"])),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": anyOf(
      setting("serverSideEncryption.enabled", isTrue()),
      // What comes from a stream is encrypted there.
      setting("kinesisSourceConfiguration.kinesisStreamArn", given),
    ),
  },
  fixes: {
    // With AWS's own key, which nobody needs a right to. A stream's readers in other accounts would lose theirs.
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": put("serverSideEncryption.enabled", isTrue(), true),
  },
});

/** Keys. */
export const keysRotate = settingRule({
  id: "kms-rotation",
  title: "Keys of KMS rotate",
  why: "What a leaked key opens grows without end when the same material encrypts for years.",
  severity: "medium",
  remedy: "Set enableKeyRotation to true.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
  controls: sameAs(["KMS.4"]),
  checks: {
    "aws:kms/key:Key": onlyIf(
      // Others cannot rotate by themselves.
      allOf(
        setting("customerMasterKeySpec", oneOf(["SYMMETRIC_DEFAULT"], "holds")),
        setting("keyUsage", oneOf(["ENCRYPT_DECRYPT"], "holds")),
        setting("customKeyStoreId", notGiven),
      ),
      setting("enableKeyRotation", isTrue()),
    ),
  },
  fixes: { "aws:kms/key:Key": put("enableKeyRotation", isTrue(), true) },
});

/** Caches of answers. */
export const apiCacheEncrypted = settingRule({
  id: "apigateway-cache-encrypted",
  title: "Caches of REST APIs are encrypted",
  why: AT_REST,
  severity: "medium",
  remedy: "Set settings.cacheDataEncrypted to true where settings.cachingEnabled is.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",
  controls: sameAs(["APIGateway.5"]),
  checks: {
    "aws:apigateway/methodSettings:MethodSettings": anyOf(
      setting("settings.cachingEnabled", isFalse()),
      setting("settings.cacheDataEncrypted", isTrue()),
    ),
  },
  fixes: {
    "aws:apigateway/methodSettings:MethodSettings": put("settings.cacheDataEncrypted", isTrue(), true),
  },
});

/** Builds. */
export const buildLogsEncrypted = settingRule({
  id: "codebuild-logs-encrypted",
  title: "Logs of builds in S3 are encrypted",
  why: "Logs of builds hold addresses, versions and sometimes what should not have been printed.",
  severity: "low",
  remedy: "Leave logsConfig.s3Logs.encryptionDisabled out.",
  url: "https://docs.aws.amazon.com/codebuild/latest/userguide/change-project.html",
  controls: sameAs(["CodeBuild.3"]),
  checks: { "aws:codebuild/project:Project": setting("logsConfig.s3Logs.encryptionDisabled", isFalse()) },
  fixes: {
    "aws:codebuild/project:Project": put("logsConfig.s3Logs.encryptionDisabled", isFalse(), false),
  },
});

/** Replication of databases. */
export const migrationsOverTls = settingRule({
  id: "dms-endpoint-tls",
  title: "Endpoints of database migrations use TLS",
  why: "A whole database travels through the connection.",
  severity: "medium",
  remedy: "Set sslMode to require, verify-ca or verify-full.",
  url: "https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.SSL.html",
  controls: { "security-hub": ["DMS.9"], ...NIST_IN_TRANSIT },
  checks: {
    "aws:dms/endpoint:Endpoint": onlyIf(
      setting("engineName", noneOf(["s3", "kinesis", "dynamodb"])),
      setting("sslMode", oneOf(["require", "verify-ca", "verify-full"])),
    ),
  },
});
