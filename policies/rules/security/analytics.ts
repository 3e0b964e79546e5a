import { sameAs } from "../../data/controls.ts";
import { allOf, isTrue, matching, oneOf, setting } from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";
import { AT_REST, IN_TRANSIT, NIST_AT_REST, NIST_IN_TRANSIT } from "./words.ts";

/** Search domains. */
export const searchEncrypted = settingRule({
  id: "opensearch-encrypted",
  title: "Search domains are encrypted at rest, between nodes and towards clients",
  why: `${AT_REST} ${IN_TRANSIT}`,
  severity: "high",
  remedy:
    "Set encryptAtRest.enabled, nodeToNodeEncryption.enabled and domainEndpointOptions.enforceHttps, with the policy Policy-Min-TLS-1-2-PFS-2023-10.",
  url: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html",
  controls: sameAs(["Opensearch.1", "Opensearch.3", "Opensearch.8"]),
  checks: forTypes(
    ["aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain"],
    allOf(
      setting("encryptAtRest.enabled", isTrue()),
      setting("nodeToNodeEncryption.enabled", isTrue()),
      setting("domainEndpointOptions.enforceHttps", isTrue()),
      setting("domainEndpointOptions.tlsSecurityPolicy", matching(/^Policy-Min-TLS-1-2/, "a policy from TLS 1.2 on")),
    ),
  ),
});

/** Warehouses. */
export const warehousesEncrypted = settingRule({
  id: "redshift-encrypted",
  title: "Warehouses are encrypted at rest",
  why: AT_REST,
  severity: "high",
  remedy: "Leave encrypted alone or set it to true, with kmsKeyId for a key of one's own.",
  url: "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html",
  controls: { "security-hub": ["Redshift.10"], ...NIST_AT_REST },
  checks: { "aws:redshift/cluster:Cluster": setting("encrypted", isTrue("holds")) },
});

/** Accelerators of tables. */
export const acceleratorsEncrypted = settingRule({
  id: "dax-encrypted",
  title: "DynamoDB accelerators are encrypted at rest and in transit",
  why: `${AT_REST} ${IN_TRANSIT} Neither can be turned on later.`,
  severity: "medium",
  remedy: "Set serverSideEncryption.enabled to true and clusterEndpointEncryptionType to TLS.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAXEncryptionAtRest.html",
  controls: sameAs(["DynamoDB.3"], { "security-hub": ["DynamoDB.7"] }),
  checks: {
    "aws:dax/cluster:Cluster": allOf(
      setting("serverSideEncryption.enabled", isTrue()),
      setting("clusterEndpointEncryptionType", oneOf(["TLS"])),
    ),
  },
});

/** Brokers of streams. */
export const brokersEncrypted = settingRule({
  id: "msk-encrypted-in-transit",
  title: "Kafka clusters speak TLS only",
  why: IN_TRANSIT,
  severity: "medium",
  remedy: "Leave encryptionInTransit alone, or set clientBroker to TLS and inCluster to true.",
  url: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
  controls: { "security-hub": ["MSK.1"], ...NIST_IN_TRANSIT },
  checks: {
    "aws:msk/cluster:Cluster": allOf(
      setting("encryptionInfo.encryptionInTransit.clientBroker", oneOf(["TLS"], "holds")),
      setting("encryptionInfo.encryptionInTransit.inCluster", isTrue("holds")),
    ),
  },
});

/** Results of queries. */
export const queryResultsEncrypted = settingRule({
  id: "athena-results-encrypted",
  title: "Results of Athena queries are encrypted, whatever the client says",
  why: "Results hold what was asked for in plain text, in a bucket that others may read.",
  severity: "medium",
  remedy: "Set configuration.resultConfiguration.encryptionConfiguration, and leave enforceWorkgroupConfiguration on.",
  url: "https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html",
  controls: { "security-hub": ["Athena.1"], ...NIST_AT_REST },
  checks: {
    "aws:athena/database:Database": setting(
      "encryptionConfiguration.encryptionOption",
      oneOf(["SSE_S3", "SSE_KMS", "CSE_KMS"]),
    ),
    "aws:athena/workgroup:Workgroup": allOf(
      setting(
        "configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
        oneOf(["SSE_S3", "SSE_KMS", "CSE_KMS"]),
      ),
      setting("configuration.enforceWorkgroupConfiguration", isTrue("holds")),
    ),
  },
  fixes: {
    "aws:athena/workgroup:Workgroup": put(
      "configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
      oneOf(["SSE_S3", "SSE_KMS", "CSE_KMS"]),
      "SSE_S3",
    ),
  },
});
