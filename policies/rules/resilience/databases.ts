import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  anyOf,
  atLeast,
  atLeastItems,
  between,
  given,
  isFalse,
  isTrue,
  oneOf,
  setting,
} from "../../framework/condition.ts";
import { onlyWhere, put } from "../../framework/fix.ts";
import type { StackRule } from "../../framework/rule.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const INSTANCE = "aws:rds/instance:Instance";
const CLUSTER = "aws:rds/cluster:Cluster";
const DOCDB = "aws:docdb/cluster:Cluster";
const NEPTUNE = "aws:neptune/cluster:Cluster";
const TABLE = "aws:dynamodb/table:Table";
const replica = setting("replicateSourceDb", given);
/** A lost zone is survived. */
export const instanceInTwoZones = settingRule({
  id: "rds-multi-az",
  title: "Databases have a standby in another zone",
  why: "With the zone goes the database, and coming back means restoring a backup: hours, and what was written since.",
  severity: "high",
  remedy: "Set multiAz to true.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html",
  controls: sameAs(["RDS.5"]),
  checks: { [INSTANCE]: anyOf(setting("multiAz", isTrue()), replica) },
});

/** The same for clusters, which need a second instance to take over. */
export const clusterHasReader: StackRule<unknown> = {
  id: "rds-cluster-reader",
  title: "Clusters of Aurora have a second instance to take over",
  why: "With a single instance a lost zone, or only a failed machine, is an outage of ten minutes and more.",
  severity: "high",
  remedy: "Add a second aws.rds.ClusterInstance; Aurora puts it into another zone.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
  controls: sameAs(["RDS.15"]),
  evaluate(stack, report) {
    for (const cluster of stack.ofType(CLUSTER)) {
      const { engine, engineMode } = {
        engine: cluster.inputs.get("engine"),
        engineMode: cluster.inputs.get("engineMode"),
      };
      if (engine.string !== undefined && !engine.string.startsWith("aurora")) continue;
      if (engineMode.string === "serverless") continue;
      const { known, open } = stack.companions(cluster, "aws:rds/clusterInstance:ClusterInstance", "clusterIdentifier");
      if (known.length >= 2) continue;
      if (known.length + open.length >= 2) for (const property of open) report.wait(cluster, property);
      else report.fail(cluster, `has ${known.length === 1 ? "one instance" : "no instance"}`);
    }
  },
};

const deletionProtected = setting("deletionProtection", isTrue());

/** Nobody deletes it by mistake. */
export const deletionProtection = settingRule({
  id: "database-deletion-protection",
  title: "Databases and tables cannot be deleted by mistake",
  why: "One wrong command, or a replacement that nobody read, deletes what the business stands on.",
  severity: "high",
  remedy: "Set deletionProtection (for DynamoDB deletionProtectionEnabled) to true.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
  controls: sameAs(["RDS.7", "RDS.8"], { "security-hub": ["DynamoDB.6", "Neptune.4", "DocumentDB.5"] }),
  checks: {
    [INSTANCE]: anyOf(deletionProtected, replica),
    [CLUSTER]: deletionProtected,
    [DOCDB]: deletionProtected,
    [NEPTUNE]: deletionProtected,
    [TABLE]: setting("deletionProtectionEnabled", isTrue()),
  },
  fixes: {
    ...forTypes([INSTANCE, CLUSTER, DOCDB, NEPTUNE], put("deletionProtection", isTrue(), true)),
    [TABLE]: put("deletionProtectionEnabled", isTrue(), true),
  },
});

const backedUp = setting("backupRetentionPeriod", between(7, 35));

/** A week to notice. */
export const backupsKept = settingRule({
  id: "database-backup-retention",
  title: "Backups of databases are kept for at least a week",
  why: "What was damaged on a Friday is noticed on Monday; AWS keeps one day when nothing is said.",
  severity: "high",
  remedy: "Set backupRetentionPeriod (snapshotRetentionLimit, automatedSnapshotRetentionPeriod) to 7 or more.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html",
  controls: sameAs(["RDS.11", "Redshift.3"], { "security-hub": ["DocumentDB.2", "Neptune.5", "ElastiCache.1"] }),
  checks: {
    [INSTANCE]: anyOf(backedUp, replica),
    [CLUSTER]: backedUp,
    [DOCDB]: backedUp,
    [NEPTUNE]: backedUp,
    "aws:redshift/cluster:Cluster": setting("automatedSnapshotRetentionPeriod", atLeast(7)),
  },
  fixes: {
    ...forTypes([INSTANCE, CLUSTER, DOCDB, NEPTUNE], put("backupRetentionPeriod", atLeast(7), 7)),
    "aws:redshift/cluster:Cluster": put("automatedSnapshotRetentionPeriod", atLeast(7), 7),
  },
});

/** The last state is kept. */
export const finalSnapshot = settingRule({
  id: "database-final-snapshot",
  title: "A database that is deleted leaves a snapshot",
  why: "With the database go its automatic backups; the snapshot is the only way back.",
  severity: "medium",
  remedy: "Leave skipFinalSnapshot out, and set finalSnapshotIdentifier.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
  controls: { "nist-800-53": ["CP-9", "CP-10", "SI-12"] },
  checks: forTypes(
    [INSTANCE, CLUSTER, DOCDB, NEPTUNE, "aws:redshift/cluster:Cluster"],
    setting("skipFinalSnapshot", isFalse()),
  ),
  fixes: forTypes(
    [INSTANCE, CLUSTER, DOCDB, NEPTUNE, "aws:redshift/cluster:Cluster"],
    onlyWhere(
      setting("finalSnapshotIdentifier", given),
      "finalSnapshotIdentifier is not set, and without it the database could not be deleted at all",
      put("skipFinalSnapshot", isFalse(), false),
    ),
  ),
});

/** Any second of the last weeks. */
export const tablesRecoverable = settingRule({
  id: "dynamodb-point-in-time-recovery",
  title: "Tables can be restored to any second of the last weeks",
  why: "A program's mistake overwrites items one by one; the last snapshot is a day old.",
  severity: "medium",
  remedy: "Set pointInTimeRecovery.enabled to true.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html",
  controls: sameAs(["DynamoDB.2"]),
  checks: { [TABLE]: setting("pointInTimeRecovery.enabled", isTrue()) },
  fixes: { [TABLE]: put("pointInTimeRecovery.enabled", isTrue(), true) },
});

/** Fixes come. */
export const minorUpgrades = settingRule({
  id: "rds-minor-upgrades",
  title: "Databases and caches take minor versions by themselves",
  why: "Minor versions are where security holes and lost-data bugs are fixed.",
  severity: "low",
  remedy: "Leave autoMinorVersionUpgrade on.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
  controls: sameAs(["RDS.13"], { "security-hub": ["ElastiCache.2", "MQ.3"] }),
  checks: {
    [INSTANCE]: setting("autoMinorVersionUpgrade", isTrue("holds")),
    "aws:rds/clusterInstance:ClusterInstance": setting("autoMinorVersionUpgrade", isTrue("holds")),
    "aws:elasticache/replicationGroup:ReplicationGroup": setting("autoMinorVersionUpgrade", isTrue("holds")),
    "aws:elasticache/cluster:Cluster": setting("autoMinorVersionUpgrade", isTrue("holds")),
    "aws:mq/broker:Broker": setting("autoMinorVersionUpgrade", isTrue()),
    "aws:dms/replicationInstance:ReplicationInstance": setting("autoMinorVersionUpgrade", isTrue()),
    "aws:redshift/cluster:Cluster": setting("allowVersionUpgrade", isTrue("holds")),
  },
  fixes: {
    ...forTypes(
      [INSTANCE, "aws:rds/clusterInstance:ClusterInstance", "aws:elasticache/replicationGroup:ReplicationGroup"],
      put("autoMinorVersionUpgrade", isTrue("holds"), true),
    ),
    "aws:mq/broker:Broker": put("autoMinorVersionUpgrade", isTrue(), true),
  },
});

/** Caches. */
export const cachesSurvive = settingRule({
  id: "elasticache-failover",
  title: "Caches fail over to another zone",
  why: "With the node go sessions and counters, and the database behind gets all of the load at once.",
  severity: "medium",
  remedy: "Set automaticFailoverEnabled and multiAzEnabled to true, with at least two nodes.",
  url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html",
  controls: { "security-hub": ["ElastiCache.3"], "nist-800-53": ["CP-10", "SC-5(2)", "SC-36", "SI-13(5)"] },
  checks: {
    "aws:elasticache/replicationGroup:ReplicationGroup": allOf(
      setting("automaticFailoverEnabled", isTrue()),
      setting("multiAzEnabled", isTrue()),
    ),
  },
});

/** Search. */
export const searchSurvives = settingRule({
  id: "opensearch-three-nodes",
  title: "Search domains have three data nodes over several zones",
  why: "Two nodes cannot agree which of them is right after they lost each other.",
  severity: "medium",
  remedy: "Set clusterConfig.instanceCount to 3 or more and zoneAwarenessEnabled to true.",
  url: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html",
  controls: sameAs(["Opensearch.6"]),
  checks: forTypes(
    ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"],
    allOf(setting("clusterConfig.instanceCount", atLeast(3)), setting("clusterConfig.zoneAwarenessEnabled", isTrue())),
  ),
});

/** Brokers. */
export const brokersSurvive = settingRule({
  id: "mq-standby",
  title: "Brokers have a standby in another zone",
  why: "With the zone go the queues and what waits in them.",
  severity: "medium",
  remedy: "Set deploymentMode to ACTIVE_STANDBY_MULTI_AZ (RabbitMQ: CLUSTER_MULTI_AZ).",
  url: "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/amazon-mq-broker-architecture.html",
  controls: { "security-hub": ["MQ.5", "MQ.6"], "nist-800-53": ["CP-10", "SC-36", "SI-13(5)"] },
  checks: {
    "aws:mq/broker:Broker": setting("deploymentMode", oneOf(["ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"])),
  },
});

/** Kafka. */
export const kafkaSurvives = settingRule({
  id: "msk-three-brokers",
  title: "Kafka clusters have three brokers in three subnets",
  why: "Two copies of three have to agree before a message counts as written.",
  severity: "medium",
  remedy: "Set numberOfBrokerNodes to 3 or a multiple, and name three clientSubnets.",
  url: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
  controls: { "nist-800-53": ["CP-10", "SC-36", "SI-13(5)"] },
  checks: {
    "aws:msk/cluster:Cluster": allOf(
      setting("numberOfBrokerNodes", atLeast(3)),
      atLeastItems("brokerNodeGroupInfo.clientSubnets", 3),
    ),
  },
});
