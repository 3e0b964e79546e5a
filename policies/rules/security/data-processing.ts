import { sameAs } from "../../data/controls.ts";
import { allOf, each, given, isFalse, isTrue, noneOf, oneOf, parsed, setting } from "../../framework/condition.ts";
import { put, together } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";
import { AT_REST, IN_TRANSIT, NIST_AT_REST, NIST_IN_TRANSIT } from "./words.ts";

/** What is known of the data. */
export const catalogEncrypted = settingRule({
  id: "glue-catalog-encrypted",
  title: "The data catalogue and its connections' passwords are encrypted",
  why: "The catalogue says where everything is, and its connections hold passwords of databases.",
  severity: "medium",
  remedy:
    "Set dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode to SSE-KMS and connectionPasswordEncryption.returnConnectionPasswordEncrypted to true.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html",
  controls: NIST_AT_REST,
  checks: {
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": allOf(
      setting(
        "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
        oneOf(["SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE"]),
      ),
      setting("dataCatalogEncryptionSettings.connectionPasswordEncryption.returnConnectionPasswordEncrypted", isTrue()),
    ),
  },
});

const GLUE = "encryptionConfiguration";

/** What jobs leave behind. */
export const jobsEncrypt = settingRule({
  id: "glue-configuration-encrypts",
  title: "Security configurations of Glue encrypt results, logs and bookmarks",
  why: AT_REST,
  severity: "medium",
  remedy: "Set the three modes to SSE-KMS (bookmarks CSE-KMS), with a key.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
  controls: NIST_AT_REST,
  checks: {
    "aws:glue/securityConfiguration:SecurityConfiguration": allOf(
      setting(`${GLUE}.cloudwatchEncryption.cloudwatchEncryptionMode`, noneOf(["DISABLED"], "fails")),
      setting(`${GLUE}.jobBookmarksEncryption.jobBookmarksEncryptionMode`, noneOf(["DISABLED"], "fails")),
      setting(`${GLUE}.s3Encryption.s3EncryptionMode`, noneOf(["DISABLED"], "fails")),
    ),
  },
});

/** Jobs that have one. */
export const jobsConfigured = settingRule({
  id: "glue-security-configuration",
  title: "Jobs and crawlers of Glue run under a security configuration",
  why: "Without one results, logs and bookmarks are written as they come.",
  severity: "medium",
  remedy: "Set securityConfiguration to the name of an aws.glue.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html",
  controls: { "security-hub": ["Glue.3"], ...NIST_AT_REST },
  checks: forTypes(
    ["aws:glue/crawler:Crawler", "aws:glue/devEndpoint:DevEndpoint", "aws:glue/job:Job"],
    setting("securityConfiguration", given),
  ),
});

/** Clusters of EMR. */
export const clustersConfigured = settingRule({
  id: "emr-security-configuration",
  title: "EMR clusters run under a security configuration",
  why: "Without one data between nodes and on their disks is in the clear.",
  severity: "medium",
  remedy: "Set securityConfiguration to the name of an aws.emr.SecurityConfiguration.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-security-configurations.html",
  controls: { "security-hub": ["EMR.3", "EMR.4"], ...NIST_AT_REST },
  checks: { "aws:emr/cluster:Cluster": setting("securityConfiguration", given) },
});

/** Which encrypts. */
export const clustersEncrypt = settingRule({
  id: "emr-encrypted",
  title: "Security configurations of EMR encrypt at rest and in transit",
  why: `${AT_REST} ${IN_TRANSIT}`,
  severity: "medium",
  remedy: "Set EnableAtRestEncryption and EnableInTransitEncryption to true in EncryptionConfiguration.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-data-encryption.html",
  controls: { "security-hub": ["EMR.3", "EMR.4"], ...NIST_IN_TRANSIT },
  checks: {
    "aws:emr/securityConfiguration:SecurityConfiguration": parsed(
      "configuration",
      allOf(
        setting("EncryptionConfiguration.EnableAtRestEncryption", isTrue()),
        setting("EncryptionConfiguration.EnableInTransitEncryption", isTrue()),
      ),
    ),
  },
});

/** And is closed. */
export const clustersClosed = settingRule({
  id: "emr-public-access-blocked",
  title: "EMR refuses clusters that are open to the internet",
  why: "Its consoles run commands for whoever reaches them.",
  severity: "high",
  remedy: "Set blockPublicSecurityGroupRules to true.",
  url: "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-block-public-access.html",
  controls: { "security-hub": ["EMR.2"], "nist-800-53": ["AC-3", "AC-4", "SC-7"] },
  checks: {
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": setting(
      "blockPublicSecurityGroupRules",
      isTrue(),
    ),
  },
});

/** Desktops. */
export const desktopsEncrypted = settingRule({
  id: "workspaces-encrypted",
  title: "Desktops are encrypted at rest",
  why: `${AT_REST} It cannot be turned on later.`,
  severity: "medium",
  remedy: "Set rootVolumeEncryptionEnabled and userVolumeEncryptionEnabled to true, with volumeEncryptionKey.",
  url: "https://docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html",
  controls: { "security-hub": ["WorkSpaces.1", "WorkSpaces.2"], ...NIST_AT_REST },
  checks: {
    "aws:workspaces/workspace:Workspace": allOf(
      setting("rootVolumeEncryptionEnabled", isTrue()),
      setting("userVolumeEncryptionEnabled", isTrue()),
    ),
  },
});

/** Models. */
export const modelsIsolated = settingRule({
  id: "sagemaker-model-isolated",
  title: "Models reach no network",
  why: "A model is somebody's code: with a network it takes what it is asked about elsewhere.",
  severity: "medium",
  remedy: "Set enableNetworkIsolation to true.",
  url: "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
  controls: { "security-hub": ["SageMaker.5"], "nist-800-53": ["AC-4", "SC-7"] },
  checks: { "aws:sagemaker/model:Model": setting("enableNetworkIsolation", isTrue()) },
});

/** Caches of GraphQL. */
export const graphCacheEncrypted = settingRule({
  id: "appsync-cache-encrypted",
  title: "Caches of GraphQL APIs are encrypted at rest and in transit",
  why: `${AT_REST} ${IN_TRANSIT} Neither can be turned on later.`,
  severity: "medium",
  remedy: "Set atRestEncryptionEnabled and transitEncryptionEnabled to true.",
  url: "https://docs.aws.amazon.com/appsync/latest/devguide/enabling-caching.html#caching-encryption",
  controls: { "security-hub": ["AppSync.1", "AppSync.6"], ...NIST_AT_REST },
  checks: {
    "aws:appsync/apiCache:ApiCache": allOf(
      setting("atRestEncryptionEnabled", isTrue()),
      setting("transitEncryptionEnabled", isTrue()),
    ),
  },
});

/** What builds make. */
export const artifactsEncrypted = settingRule({
  id: "codebuild-artifacts-encrypted",
  title: "What builds make is encrypted",
  why: "Artifacts hold the program, and often configuration that nobody meant to publish.",
  severity: "medium",
  remedy: "Leave encryptionDisabled out.",
  url: "https://docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html",
  controls: NIST_AT_REST,
  checks: {
    "aws:codebuild/project:Project": allOf(
      setting("artifacts.encryptionDisabled", isFalse()),
      setting("secondaryArtifacts[].encryptionDisabled", isFalse()),
    ),
  },
  fixes: {
    "aws:codebuild/project:Project": together(
      put("artifacts.encryptionDisabled", isFalse(), false),
      put("secondaryArtifacts[].encryptionDisabled", isFalse(), false),
    ),
  },
});

/** Copies of snapshots. */
export const snapshotCopiesEncrypted = settingRule({
  id: "dlm-copies-encrypted",
  title: "Snapshots that are copied to another region are encrypted there",
  why: AT_REST,
  severity: "medium",
  remedy: "Set encrypted to true in crossRegionCopyRules (encryptionConfiguration of crossRegionCopies).",
  url: "https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-ami-policy.html",
  controls: sameAs(["EC2.3"]),
  checks: {
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": allOf(
      each("policyDetails.schedules", each("crossRegionCopyRules", setting("encrypted", isTrue()))),
      each("policyDetails.action.crossRegionCopies", setting("encryptionConfiguration.encrypted", isTrue())),
    ),
  },
});
