import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import { allOf, anyOf, each, given, isTrue, noneOf, onlyIf, parsed, setting } from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { Property } from "../../framework/property.ts";
import type { StackRule } from "../../framework/rule.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const AUDITED = { "nist-800-53": ["AU-2", "AU-3", "AU-12", "SI-4"] };

/** Brokers of streams. */
export const kafkaLogs = settingRule({
  id: "msk-logged",
  title: "Kafka clusters write their brokers' logs",
  why: "Why a broker left the cluster, or who was refused, is nowhere else.",
  severity: "low",
  remedy: "Turn on one of cloudwatchLogs, firehose and s3 in loggingInfo.brokerLogs.",
  url: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-logging.html",
  controls: { "security-hub": ["MSK.5"], ...AUDITED },
  checks: {
    "aws:msk/cluster:Cluster": anyOf(
      ...["cloudwatchLogs", "firehose", "s3"].map((to) => setting(`loggingInfo.brokerLogs.${to}.enabled`, isTrue())),
    ),
  },
});

/** Brokers of messages. */
export const brokerLogs = settingRule({
  id: "mq-logged",
  title: "Brokers of messages write their logs",
  why: "Who logged on and what they deleted is in the audit log only.",
  severity: "low",
  remedy: "Set logs.general to true, and logs.audit where the engine is ActiveMQ.",
  url: "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/security-logging-monitoring.html",
  controls: { "security-hub": ["MQ.2"], ...AUDITED },
  checks: {
    "aws:mq/broker:Broker": allOf(
      setting("logs.general", isTrue()),
      onlyIf(setting("engineType", noneOf(["RabbitMQ", "RABBITMQ"])), setting("logs.audit", isTrue())),
    ),
  },
});

/** Workflows of Airflow. */
export const airflowLogs = settingRule({
  id: "mwaa-logged",
  title: "Airflow writes the logs of scheduler, workers and web server",
  why: "A workflow that did not start, or a login that was tried, leaves no trace.",
  severity: "low",
  remedy: "Set enabled in loggingConfiguration.schedulerLogs, workerLogs and webserverLogs.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html",
  controls: AUDITED,
  checks: {
    "aws:mwaa/environment:Environment": allOf(
      ...["scheduler", "worker", "webserver"].map((part) =>
        setting(`loggingConfiguration.${part}Logs.enabled`, isTrue()),
      ),
    ),
  },
});

/** Warehouses. */
export const warehouseLogs = companionRule({
  id: "redshift-audit-logged",
  title: "Warehouses write audit logs",
  why: "Who connected and what they asked for is kept for days only, inside the cluster.",
  severity: "medium",
  remedy: "Add an aws.redshift.Logging to S3 or CloudWatch.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html",
  controls: sameAs(["Redshift.4"]),
  of: "aws:redshift/cluster:Cluster",
  companions: [{ type: "aws:redshift/logging:Logging", by: "clusterIdentifier" }],
  missing: "has no aws.redshift.Logging",
});

/** GraphQL. */
export const graphLogs = settingRule({
  id: "appsync-logged",
  title: "GraphQL APIs log errors of their fields",
  why: "A resolver that fails answers null, and nobody hears of it.",
  severity: "low",
  remedy: "Set logConfig.fieldLogLevel to ERROR or ALL, with a role that may write.",
  url: "https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html",
  controls: { "security-hub": ["AppSync.2"], ...AUDITED },
  checks: { "aws:appsync/graphQLApi:GraphQLApi": setting("logConfig.fieldLogLevel", noneOf(["NONE"], "fails")) },
});

/** Accelerators at the edge. */
export const acceleratorLogs = settingRule({
  id: "globalaccelerator-flow-logs",
  title: "Accelerators write flow logs",
  why: "Who reached what through the edge cannot be told afterwards.",
  severity: "low",
  remedy: "Set attributes.flowLogsEnabled, flowLogsS3Bucket and flowLogsS3Prefix.",
  url: "https://docs.aws.amazon.com/global-accelerator/latest/dg/monitoring-global-accelerator.flow-logs.html",
  controls: AUDITED,
  checks: { "aws:globalaccelerator/accelerator:Accelerator": setting("attributes.flowLogsEnabled", isTrue()) },
});

/** Firewalls. */
export const firewallLogs = companionRule({
  id: "networkfirewall-logged",
  title: "Firewalls log what they stop",
  why: "An attack that was stopped, and a rule that stops customers, look the same: like nothing.",
  severity: "medium",
  remedy: "Add an aws.networkfirewall.LoggingConfiguration.",
  url: "https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging.html",
  controls: { "security-hub": ["NetworkFirewall.2"], ...AUDITED },
  of: "aws:networkfirewall/firewall:Firewall",
  companions: [{ type: "aws:networkfirewall/loggingConfiguration:LoggingConfiguration", by: "firewallArn" }],
  missing: "has no aws.networkfirewall.LoggingConfiguration",
});

/** Document databases. */
export const documentAudit = settingRule({
  id: "docdb-audit-on",
  title: "Document databases write an audit log",
  why: "The log that is exported stays empty unless the parameter turns it on, and it is off where nothing is said.",
  severity: "medium",
  remedy: "Set the parameter audit_logs to enabled (or all), and export the log audit.",
  url: "https://docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html",
  controls: { "security-hub": ["DocumentDB.4"], ...AUDITED },
  checks: {
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": (inputs, report) => {
      const parameters = inputs.get("parameters");
      if (parameters.unknown) return report.wait(parameters);
      const asked = parameters.items().filter((item) => item.unknown || item.get("name").string === "audit_logs");
      const values = asked.map((item) => item.get("value"));
      if (values.some(({ string }) => string !== undefined && !["disabled", "none"].includes(string))) return;
      report.failUnless(
        values.filter(({ unknown }) => unknown),
        `${parameters.path} does not turn audit_logs on`,
      );
    },
  },
});

/** Recorders of changes. */
export const recorderOn = settingRule({
  id: "config-recorder-on",
  title: "The recorder of AWS Config is on",
  why: "Nobody can say afterwards what was changed, and rules of AWS Config judge nothing.",
  severity: "medium",
  remedy: "Set isEnabled to true.",
  url: "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html",
  controls: sameAs(["Config.1"]),
  checks: { "aws:cfg/recorderStatus:RecorderStatus": setting("isEnabled", isTrue()) },
  fixes: { "aws:cfg/recorderStatus:RecorderStatus": put("isEnabled", isTrue(), true) },
});

/** Commands in running containers. */
export const commandsLogged = settingRule({
  id: "ecs-exec-logged",
  title: "Commands that somebody runs in containers are logged",
  why: "A shell in production is an access to everything there, and what was typed in it is gone.",
  severity: "medium",
  remedy: "Leave configuration.executeCommandConfiguration.logging at DEFAULT, or name a destination with OVERRIDE.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-logging",
  controls: AUDITED,
  checks: {
    "aws:ecs/cluster:Cluster": setting("configuration.executeCommandConfiguration.logging", noneOf(["NONE"])),
  },
});

/** What containers say. */
export const containersLogged = settingRule({
  id: "ecs-container-logged",
  title: "Containers send what they write to a log",
  why: "What a container said goes with it, and why it stopped is the last thing it said.",
  severity: "medium",
  remedy: "Set logConfiguration with the driver awslogs or awsfirelens.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
  controls: { "security-hub": ["ECS.9"], ...AUDITED },
  checks: {
    "aws:ecs/taskDefinition:TaskDefinition": parsed(
      "containerDefinitions",
      each("", setting("logConfiguration.logDriver", given)),
    ),
  },
});

/** What clusters of EMR say. */
export const clusterLogs = settingRule({
  id: "emr-logged",
  title: "EMR clusters keep their logs in S3",
  why: "The logs are on the machines, and those are gone when somebody asks.",
  severity: "low",
  remedy: "Set logUri to a folder of a bucket.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-debugging.html",
  controls: AUDITED,
  checks: { "aws:emr/cluster:Cluster": setting("logUri", given) },
});

const BUCKET = "aws:s3/bucket:Bucket";

/** Where services write logs into a bucket; a log of those writes would never end. */
const LOG_TARGETS: readonly (readonly [string, string])[] = [
  [BUCKET, "logging"],
  ["aws:s3/bucketLogging:BucketLogging", "targetBucket"],
  ["aws:lb/loadBalancer:LoadBalancer", "accessLogs"],
  ["aws:lb/loadBalancer:LoadBalancer", "connectionLogs"],
  ["aws:elb/loadBalancer:LoadBalancer", "accessLogs"],
  ["aws:cloudfront/distribution:Distribution", "loggingConfig"],
  ["aws:cloudtrail/trail:Trail", "s3BucketName"],
  ["aws:ec2/flowLog:FlowLog", "logDestination"],
  ["aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logDestinationConfigs"],
];

/** Who read what. */
export const bucketAccessLogs: StackRule<unknown> = {
  id: "s3-access-logs",
  title: "Buckets log who reads and writes them",
  why: "After a leak nobody can say which objects were read, and so whom to tell.",
  severity: "low",
  remedy: "Add an aws.s3.BucketLogging to a bucket for logs; buckets that take logs themselves need none.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
  controls: sameAs(["S3.9"]),
  evaluate(stack, report) {
    for (const bucket of stack.ofType(BUCKET)) {
      const own = bucket.inputs.get("logging").get("targetBucket");
      if (own.string) continue;
      const { known, open } = stack.companions(bucket, "aws:s3/bucketLogging:BucketLogging", "bucket");
      if (known.length > 0) continue;
      const unsure = [...(own.unknown ? [own] : []), ...open];
      const takesLogs = LOG_TARGETS.some(([type, property]) =>
        stack.ofType(type).some((writer) => {
          if (writer === bucket) return false;
          if (stack.refers(writer, property, bucket) === "yes") return true;
          const inside = writer.inputs.get(property);
          const named = ["targetBucket", "bucket"].map((key) => inside.get(key));
          const name = bucket.inputs.get("bucket").string;
          if (named.some(({ string }) => string !== undefined && string === name)) return true;
          const reference = stack.refers(writer, property, bucket);
          if (reference instanceof Property) unsure.push(reference);
          return false;
        }),
      );
      if (!takesLogs) report.failUnless(bucket, unsure, "has no aws.s3.BucketLogging");
    }
  },
};
