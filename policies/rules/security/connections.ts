import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import {
  anyOf,
  between,
  type Check,
  each,
  given,
  isFalse,
  isTrue,
  matching,
  noneOf,
  notMatching,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";
import { refusesPlainText } from "./plain-text.ts";
import { AT_REST, IN_TRANSIT, NIST_AT_REST, NIST_IN_TRANSIT } from "./words.ts";

/** Parameters that decide about TLS, each with the values that switch it off. */
const TLS_OFF: Readonly<Record<string, RegExp>> = {
  tls: /^disabled$/i,
  "rds.force_ssl": /^0$/,
  require_secure_transport: /^(0|off)$/i,
};

const tlsNotOff: Check = each("parameters", (parameter, report) => {
  const [name, value] = [parameter.get("name"), parameter.get("value")];
  if (name.unknown) return report.wait(name);
  const off = TLS_OFF[name.string ?? ""];
  if (off === undefined) return;
  if (value.unknown) report.wait(value);
  else if (off.test(value.string ?? "")) report.fail(`${value.path} switches TLS off`);
});

/** Nobody connects in the clear. */
export const tlsNotSwitchedOff = settingRule({
  id: "database-tls-on",
  title: "Parameters of databases do not switch TLS off",
  why: IN_TRANSIT,
  severity: "medium",
  remedy: "Leave tls (DocumentDB), rds.force_ssl (PostgreSQL) and require_secure_transport (MySQL) on.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
  controls: { "security-hub": ["RDS.38", "RDS.39", "DocumentDB.6"], ...NIST_IN_TRANSIT },
  checks: forTypes(
    [
      "aws:docdb/clusterParameterGroup:ClusterParameterGroup",
      "aws:rds/clusterParameterGroup:ClusterParameterGroup",
      "aws:rds/parameterGroup:ParameterGroup",
    ],
    tlsNotOff,
  ),
});

/** Warehouses ask for it. */
export const warehouseTls = settingRule({
  id: "redshift-tls-required",
  title: "Warehouses take connections over TLS only",
  why: `Redshift takes both where nothing is said. ${IN_TRANSIT}`,
  severity: "medium",
  remedy: "Set the parameter require_ssl to true.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html",
  controls: sameAs(["Redshift.2"]),
  checks: {
    "aws:redshift/parameterGroup:ParameterGroup": (inputs, report) => {
      const parameters = inputs.get("parameters");
      if (parameters.unknown) return report.wait(parameters);
      const asked = parameters.items().filter((item) => item.unknown || item.get("name").string === "require_ssl");
      if (asked.some((item) => item.get("value").boolean === true)) return;
      report.failUnless(
        asked.map((item) => item.get("value")).filter(({ unknown }) => unknown),
        `${parameters.path} does not set require_ssl to true`,
      );
    },
  },
});

/** And move data inside the network. */
export const warehouseRouting = settingRule({
  id: "redshift-vpc-routing",
  title: "Warehouses load and unload through their own network",
  why: "Otherwise data travels past every rule and every log of the VPC.",
  severity: "low",
  remedy: "Set enhancedVpcRouting to true, with an endpoint for S3.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/enhanced-vpc-routing.html",
  controls: sameAs(["Redshift.7"]),
  checks: { "aws:redshift/cluster:Cluster": setting("enhancedVpcRouting", isTrue()) },
});

/** Caches ask who it is. */
export const cachesAskForPassword = settingRule({
  id: "elasticache-auth",
  title: "Caches ask who connects",
  why: "Whatever reaches the port reads sessions and tokens, and empties the cache.",
  severity: "medium",
  remedy: "Set userGroupIds (or authToken), with transitEncryptionEnabled.",
  url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
  controls: sameAs(["ElastiCache.6"]),
  checks: {
    "aws:elasticache/replicationGroup:ReplicationGroup": anyOf(
      setting("authToken", given),
      setting("userGroupIds", given),
    ),
  },
});

/** Certificates of databases that clients still trust. */
export const certificateAuthorities = settingRule({
  id: "rds-ca-current",
  title: "Databases have certificates of an authority that still counts",
  why: "The authorities of 2015 and 2019 have expired: clients that check refuse to connect, and those that do not are open to anybody in between.",
  severity: "medium",
  remedy: "Leave caCertIdentifier out, or set it to rds-ca-rsa2048-g1 or a newer one.",
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html",
  controls: NIST_IN_TRANSIT,
  checks: forTypes(
    ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"],
    setting("caCertIdentifier", notMatching(/^rds-ca-201\d$/, "an authority that still counts")),
  ),
});

/** Who may search what. */
export const searchFineGrained = settingRule({
  id: "opensearch-fine-grained",
  title: "Search domains tell their users apart",
  why: "With the domain's policy alone whoever may search one index may search, and delete, all of them.",
  severity: "medium",
  remedy: "Set advancedSecurityOptions.enabled to true, with a master user by IAM.",
  url: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html",
  controls: sameAs(["Opensearch.7"]),
  checks: forTypes(
    ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"],
    setting("advancedSecurityOptions.enabled", isTrue()),
  ),
});

/** Secrets do not stay. */
export const secretsRotated = companionRule({
  id: "secret-rotated",
  title: "Secrets are rotated",
  why: "A secret that leaked stays good until somebody changes it, and nobody remembers to.",
  severity: "medium",
  remedy: "Add an aws.secretsmanager.SecretRotation, or let the service that uses it manage the secret.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
  controls: sameAs(["SecretsManager.1"]),
  of: "aws:secretsmanager/secret:Secret",
  companions: [{ type: "aws:secretsmanager/secretRotation:SecretRotation", by: "secretId" }],
  missing: "has no aws.secretsmanager.SecretRotation",
});

/** And not once a decade. */
export const secretsRotatedOften = settingRule({
  id: "secret-rotation-period",
  title: "Secrets are rotated every 90 days or more often",
  why: "What leaked in between is good for as long as the period is.",
  severity: "low",
  remedy: "Set rotationRules.automaticallyAfterDays to 90 or less, or a scheduleExpression.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html",
  controls: sameAs(["SecretsManager.4"]),
  checks: {
    "aws:secretsmanager/secretRotation:SecretRotation": anyOf(
      setting("rotationRules.automaticallyAfterDays", between(1, 90)),
      setting(
        "rotationRules.scheduleExpression",
        matching(/^(cron\(|rate\((\d+ hours?|[1-8]?\d days?|90 days)\))/, "every 90 days or more often"),
      ),
    ),
  },
});

/** File transfers. */
export const transferCiphers = settingRule({
  id: "transfer-security-policy",
  title: "File transfers use ciphers of this decade",
  why: "The policy that AWS takes where nothing is said is of 2018, and allows ciphers that can be broken.",
  severity: "medium",
  remedy: "Set securityPolicyName to TransferSecurityPolicy-2024-01 or a newer one.",
  url: "https://docs.aws.amazon.com/transfer/latest/userguide/security-policies.html",
  controls: NIST_IN_TRANSIT,
  checks: {
    "aws:transfer/server:Server": setting(
      "securityPolicyName",
      matching(
        /^TransferSecurityPolicy-(FIPS-|PQ-SSH-|SshAuditCompliant-|Restricted-|AS2Restricted-)*20(2[3-9]|[3-9]\d)-/,
        "a policy of 2023 or later",
      ),
    ),
  },
});

/** Mail. */
export const mailEncrypted = settingRule({
  id: "ses-tls-required",
  title: "Mail is handed over by TLS only",
  why: `Where nothing is said mail goes in the clear to servers that ask for it. ${IN_TRANSIT}`,
  severity: "low",
  remedy: "Set deliveryOptions.tlsPolicy to Require (REQUIRE).",
  url: "https://docs.aws.amazon.com/ses/latest/dg/security-protocols.html",
  controls: { "security-hub": ["SES.3"], ...NIST_IN_TRANSIT },
  checks: {
    "aws:ses/configurationSet:ConfigurationSet": setting("deliveryOptions.tlsPolicy", oneOf(["Require"])),
    "aws:sesv2/configurationSet:ConfigurationSet": setting("deliveryOptions.tlsPolicy", oneOf(["REQUIRE"])),
  },
});

/** Volumes of tasks. */
export const taskVolumesEncrypted = settingRule({
  id: "ecs-efs-encrypted-in-transit",
  title: "Tasks mount file systems over TLS",
  why: IN_TRANSIT,
  severity: "medium",
  remedy: "Set efsVolumeConfiguration.transitEncryption to ENABLED.",
  url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html",
  controls: NIST_IN_TRANSIT,
  checks: {
    "aws:ecs/taskDefinition:TaskDefinition": each(
      "volumes",
      onlyIf(
        setting("efsVolumeConfiguration", given),
        setting("efsVolumeConfiguration.transitEncryption", oneOf(["ENABLED"])),
      ),
    ),
  },
});

/** Tables of Kafka's storage and the like need a key only where somebody asks; sessions of shells always do. */
export const sessionsEncrypted = settingRule({
  id: "ssm-session-encrypted",
  title: "Shells through Session Manager are encrypted, and so are their logs",
  why: `${AT_REST} What somebody types there is often a secret.`,
  severity: "medium",
  remedy: "Set kmsKeyId, and s3EncryptionEnabled or cloudWatchEncryptionEnabled, in the document's inputs.",
  url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html",
  controls: { ...NIST_AT_REST },
  checks: {
    "aws:ssm/document:Document": onlyIf(setting("documentType", oneOf(["Session"])), (inputs, report) => {
      const content = inputs.get("content");
      if (content.unknown) return report.wait(content);
      const document = content.parsed();
      // YAML is not read, and sessions that forward a port or run one command take their settings from elsewhere.
      if (document === undefined || !["Standard_Stream", undefined].includes(document.get("sessionType").string))
        return;
      const settings = document.get("inputs");
      setting("kmsKeyId", noneOf([""], "fails"))(settings, report);
      for (const [where, how] of [
        ["s3BucketName", "s3EncryptionEnabled"],
        ["cloudWatchLogGroupName", "cloudWatchEncryptionEnabled"],
      ] as const) {
        onlyIf(setting(where, given), setting(how, isTrue("holds")))(settings, report);
      }
    }),
  },
});

/** Queues take messages over TLS only. */
export const queuesTlsOnly = companionRule({
  id: "sqs-tls-only",
  title: "Queues refuse requests without TLS",
  why: "SQS answers plain HTTP where nothing is said, and messages and signatures can be read on the way.",
  severity: "low",
  remedy: 'Add a queue policy with a Deny of sqs:* for everybody where "aws:SecureTransport" is false.',
  url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
  controls: NIST_IN_TRANSIT,
  of: "aws:sqs/queue:Queue",
  itself: refusesPlainText,
  companions: [{ type: "aws:sqs/queuePolicy:QueuePolicy", by: "queueUrl", check: refusesPlainText }],
  missing: "has no queue policy that refuses plain HTTP",
});

/** Sources of dashboards. */
export const dashboardsTls = settingRule({
  id: "quicksight-tls",
  title: "Dashboards read their sources over TLS",
  why: IN_TRANSIT,
  severity: "medium",
  remedy: "Leave sslProperties.disableSsl out.",
  url: "https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SslProperties.html",
  controls: NIST_IN_TRANSIT,
  checks: { "aws:quicksight/dataSource:DataSource": setting("sslProperties.disableSsl", isFalse()) },
});
