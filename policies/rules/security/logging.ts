import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import { allOf, anyOf, contains, given, isTrue, noneOf, notGiven, oneOf, setting } from "../../framework/condition.ts";
import { Refusal } from "../../framework/draft.ts";
import { add, type Change, onlyWhere, put, together } from "../../framework/fix.ts";
import type { Property } from "../../framework/property.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const TRAIL = "aws:cloudtrail/trail:Trail";

/** A trail of everywhere. */
export const trailEverywhere = settingRule({
  id: "cloudtrail-all-regions",
  title: "Trails record all regions and the global services",
  why: "Whoever breaks in works in the region that nobody looks at.",
  severity: "high",
  remedy: "Set isMultiRegionTrail to true; leave includeGlobalServiceEvents and enableLogging on.",
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html",
  controls: sameAs(["CloudTrail.1"]),
  checks: {
    [TRAIL]: allOf(
      setting("isMultiRegionTrail", isTrue()),
      setting("includeGlobalServiceEvents", isTrue("holds")),
      setting("enableLogging", isTrue("holds")),
    ),
  },
  fixes: {
    [TRAIL]: together(
      put("isMultiRegionTrail", isTrue(), true),
      put("includeGlobalServiceEvents", isTrue("holds"), true),
      put("enableLogging", isTrue("holds"), true),
    ),
  },
});

/** One that cannot be changed unseen. */
export const trailValidated = settingRule({
  id: "cloudtrail-validated",
  title: "Files of trails can be checked for changes",
  why: "Whoever breaks in edits what was recorded of it, and nobody can tell.",
  severity: "medium",
  remedy: "Set enableLogFileValidation to true.",
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
  controls: sameAs(["CloudTrail.4"]),
  checks: { [TRAIL]: setting("enableLogFileValidation", isTrue()) },
  fixes: { [TRAIL]: put("enableLogFileValidation", isTrue(), true) },
});

/** Encrypted with a key of one's own. */
export const trailEncrypted = settingRule({
  id: "cloudtrail-encrypted",
  title: "Trails are encrypted with a key of one's own",
  why: "Whoever may read the bucket reads what everybody did.",
  severity: "medium",
  remedy: "Set kmsKeyId to a key whose policy lets CloudTrail encrypt.",
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
  controls: sameAs(["CloudTrail.2"]),
  checks: { [TRAIL]: setting("kmsKeyId", given) },
});

/** Seen while it happens. */
export const trailWatched = settingRule({
  id: "cloudtrail-watched",
  title: "Trails reach CloudWatch Logs",
  why: "Files in a bucket are read after the damage; alarms need log groups.",
  severity: "low",
  remedy: "Set cloudWatchLogsGroupArn and cloudWatchLogsRoleArn.",
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
  controls: sameAs(["CloudTrail.5"]),
  checks: { [TRAIL]: setting("cloudWatchLogsGroupArn", given) },
});

/** The log that says what went wrong, by engine; those not named have none that every version has. */
const ERROR_LOGS: Readonly<Record<string, string>> = {
  "aurora-mysql": "error",
  "aurora-postgresql": "postgresql",
  mariadb: "error",
  mysql: "error",
  postgres: "postgresql",
};

/** Exports the log of errors. */
const exportLog = (path: string, engine: string): Change => ({
  sets: [path],
  says: [`${path}: the engine's log of errors`],
  make(draft, resource, config) {
    const log = ERROR_LOGS[draft.inputs.get(engine).string ?? ""];
    if (log === undefined) throw new Refusal("which logs this engine has is not known");
    put(path, given, [log]).make(draft, resource, config);
  },
});

/** What databases say. */
export const databaseLogs = settingRule({
  id: "rds-logs-exported",
  title: "Databases send their logs to CloudWatch",
  why: "Logs on the instance are gone with it, and nothing can raise an alarm on them.",
  severity: "medium",
  remedy: "Name the engine's logs in enabledCloudwatchLogsExports, such as postgresql, or audit and error.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
  controls: sameAs(["RDS.9"]),
  checks: {
    "aws:rds/instance:Instance": anyOf(
      setting("enabledCloudwatchLogsExports", given),
      setting("replicateSourceDb", given),
    ),
    "aws:rds/cluster:Cluster": setting("enabledCloudwatchLogsExports", given),
    "aws:docdb/cluster:Cluster": contains("enabledCloudwatchLogsExports", "audit"),
    "aws:neptune/cluster:Cluster": contains("enableCloudwatchLogsExports", "audit"),
  },
  fixes: {
    "aws:rds/instance:Instance": exportLog("enabledCloudwatchLogsExports", "engine"),
    "aws:rds/cluster:Cluster": exportLog("enabledCloudwatchLogsExports", "engine"),
    "aws:docdb/cluster:Cluster": add("enabledCloudwatchLogsExports", "audit"),
    "aws:neptune/cluster:Cluster": add("enableCloudwatchLogsExports", "audit"),
  },
});

/** What builds say. */
export const buildLogs = settingRule({
  id: "codebuild-logging",
  title: "Builds write logs",
  why: "Nobody can say what a build did, or what was in what it made.",
  severity: "medium",
  remedy: "Leave logsConfig out, or keep one of cloudwatchLogs and s3Logs enabled.",
  url: "https://docs.aws.amazon.com/codebuild/latest/userguide/change-project.html",
  controls: sameAs(["CodeBuild.4"]),
  checks: {
    "aws:codebuild/project:Project": anyOf(
      setting("logsConfig.cloudwatchLogs.status", noneOf(["DISABLED"])),
      setting("logsConfig.s3Logs.status", oneOf(["ENABLED"])),
    ),
  },
});

/** What containers say. */
export const clusterInsights = settingRule({
  id: "ecs-container-insights",
  title: "Clusters measure their containers",
  why: "Without it nobody sees a task that restarts or runs out of memory before users do.",
  severity: "low",
  remedy: "Set settings to [{ name: containerInsights, value: enhanced }].",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html",
  controls: sameAs(["ECS.12"]),
  checks: {
    "aws:ecs/cluster:Cluster": allOf(
      setting("settings", given),
      setting("settings[].value", oneOf(["enabled", "enhanced"], "holds")),
    ),
  },
  fixes: {
    "aws:ecs/cluster:Cluster": together(
      put("settings[].value", oneOf(["enabled", "enhanced"], "holds"), "enhanced"),
      put("settings", given, [{ name: "containerInsights", value: "enhanced" }]),
    ),
  },
});

/** What state machines do. */
export const stateMachineLogs = settingRule({
  id: "stepfunctions-logging",
  title: "State machines write logs",
  why: "What went wrong in an execution is gone after ninety days, and nothing raises an alarm on it.",
  severity: "medium",
  remedy: "Set loggingConfiguration.level to ERROR or ALL, with a log group.",
  url: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
  controls: { "security-hub": ["StepFunctions.1"], "nist-800-53": ["AU-2", "AU-3", "AU-12"] },
  checks: {
    "aws:sfn/stateMachine:StateMachine": setting("loggingConfiguration.level", noneOf(["OFF"], "fails")),
  },
  fixes: {
    "aws:sfn/stateMachine:StateMachine": onlyWhere(
      setting("loggingConfiguration.logDestination", given),
      "loggingConfiguration.logDestination names no log group",
      put("loggingConfiguration.level", noneOf(["OFF"], "fails"), "ERROR"),
    ),
  },
});

const isOrMayBe = (value: Property, wanted: string): boolean => value.unknown || value.string === wanted;

/** What search domains say. */
export const searchAudited = settingRule({
  id: "opensearch-audit-logs",
  title: "Search domains write audit logs",
  why: "Nobody can say who read what.",
  severity: "low",
  remedy: "Add a log publishing option of the type AUDIT_LOGS.",
  url: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/audit-logs.html",
  controls: sameAs(["Opensearch.5"]),
  checks: forTypes(["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"], (inputs, report) => {
    const options = inputs.get("logPublishingOptions");
    if (options.unknown) return report.wait(options);
    const audits = options.items().filter((item) => item.unknown || isOrMayBe(item.get("logType"), "AUDIT_LOGS"));
    const enabled = audits.filter((item) => item.unknown || item.get("enabled").boolean !== false);
    if (enabled.some((item) => item.get("logType").string === "AUDIT_LOGS" && !item.get("enabled").unknown)) return;
    report.failUnless(
      enabled.map((item) => (item.get("logType").unknown ? item.get("logType") : item.get("enabled"))),
      `${options.path} has none of AUDIT_LOGS`,
    );
  }),
});

/** What filters saw. */
export const webAclLogs = companionRule({
  id: "waf-logging",
  title: "Web ACLs write logs",
  why: "Nobody can say what was let through, or who was turned away by mistake.",
  severity: "low",
  remedy: "Add an aws.wafv2.WebAclLoggingConfiguration.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/logging.html",
  controls: sameAs(["WAF.11"]),
  of: "aws:wafv2/webAcl:WebAcl",
  companions: [{ type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", by: "resourceArn" }],
  missing: "has no aws.wafv2.WebAclLoggingConfiguration",
});

/** Somebody looks. */
export const detectorOn = settingRule({
  id: "guardduty-on",
  title: "GuardDuty detectors are on",
  why: "A detector that is suspended sees no stolen credential and no miner.",
  severity: "high",
  remedy: "Leave enable out, or set it to true.",
  url: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html",
  controls: sameAs(["GuardDuty.1"]),
  checks: { "aws:guardduty/detector:Detector": setting("enable", isTrue("holds")) },
  fixes: { "aws:guardduty/detector:Detector": put("enable", isTrue("holds"), true) },
});

/** Changes are recorded. */
export const configRecordsAll = settingRule({
  id: "config-records-all",
  title: "AWS Config records all types of resources, and those of the whole account",
  why: "What is not recorded cannot be looked up after an incident.",
  severity: "medium",
  remedy: "Set recordingGroup.includeGlobalResourceTypes to true, and leave allSupported on.",
  url: "https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html",
  controls: sameAs(["Config.1"]),
  checks: {
    "aws:cfg/recorder:Recorder": allOf(
      setting("recordingGroup.allSupported", isTrue("holds")),
      // Without the block the resources of IAM, which are global, are left out.
      setting("recordingGroup.includeGlobalResourceTypes", isTrue()),
    ),
  },
  fixes: {
    "aws:cfg/recorder:Recorder": onlyWhere(
      allOf(
        setting("recordingGroup.resourceTypes", notGiven),
        setting("recordingGroup.exclusionByResourceTypes", notGiven),
        setting("recordingGroup.recordingStrategies", notGiven),
      ),
      "recordingGroup names the types that are wanted",
      together(
        put("recordingGroup.allSupported", isTrue("holds"), true),
        put("recordingGroup.includeGlobalResourceTypes", isTrue(), true),
      ),
    ),
  },
});
