import { type Answer, beyond, contested } from "./answers.ts";

const REQUIRED = "The provider refuses the resource: the example leaves out what it requires.";
const BY_DEFAULT = "Where nothing is said the provider does what the label wants:";
const OLD_CRON_JOB = "Kubernetes serves no batch/v1beta1 since 1.25.";
const BY_REFERENCE = "The secret comes by reference (secretRef), which is what the rule asks for.";
const NOT_SECRET = "Neither name nor value is one of a secret; the check has both on lists of its own.";
const CAPABILITY =
  "The container is not privileged and adds SYS_ADMIN: another rule, k8s-capabilities-baseline, reports it.";
const DEFAULT_CERTIFICATE = "On CloudFront's own name CloudFront chooses the version itself, whatever is said.";

/** Why the rules and the labels of the collections that were asked last differ; each was read by itself. */
export const UNSEEN_ANSWERS: readonly Answer[] = [
  contested(
    "ApiGatewayMethodAuthorizationTypeRule",
    /type_none\.yaml ApiGatewayMethod[23]$/,
    "The type is NONE, in capitals; API Gateway refuses other spellings.",
  ),
  contested(
    "ApiGatewaySecurityPolicyRule",
    / ApiGatewayWithoutSecurityPolicy$/,
    `${BY_DEFAULT} new names of APIs speak TLS 1.2 and later (API Gateway developer guide, default security policies).`,
  ),
  contested(
    "BatchJobDefinitionContainerPropertiesPrivilegedRule",
    /false_string_case\.yml$/,
    "privileged is the text False, which CloudFormation reads as false and the provider refuses.",
  ),
  beyond(
    "CloudfrontMinimumProtocolVersionRule",
    / ApiGatewayWith(NoTLSConfg|DefaultTLS|SSLv3|TLS1\d+|Tls12Overrideby\w+)$/,
    DEFAULT_CERTIFICATE,
  ),
  contested(
    "CognitoUserPoolMfaConfigurationOnorOptionalRule",
    /not_wrapped_in_quotes\.yaml$/,
    "YAML makes true of ON without quotation marks, and true is no setting.",
  ),
  contested(
    "KinesisFirehoseDeliveryStreamEncryptionRule",
    /without_key_type\.yaml DeliveryStream1$/,
    `${BY_DEFAULT} encryption that is on has a key of AWS's.`,
  ),
  contested("EMRSecurityConfigurationEncryptionsEnabledAndConfiguredRule", /with_misconfigured_/, REQUIRED),
  contested("KinesisStreamStreamEncryptionRule", /without_key_id\.yaml KinesisStream[23]$/, REQUIRED),
  contested(
    "RDSInstanceDeletionProtectionRule",
    / Aurora$/,
    "An instance of Aurora is an aws.rds.ClusterInstance; the provider makes none as an aws.rds.Instance.",
  ),
  contested("RDSInstancePubliclyAccessibleRule", / AmbiguousDb$/, `${BY_DEFAULT} databases have no public address.`),
  contested("RedshiftClusterEncryptedRule", /cluster_with_no_encryption/, `${BY_DEFAULT} warehouses are encrypted.`),
  contested(
    "S3BucketPublicReadAclRule",
    / S3BucketReadWrite$/,
    "The check minds public-read only; who may write to the bucket may read it too.",
  ),
  ...[
    ...["container-hostPort", "containers-mounting-docker-socket", "drop-capability-netraw", "host-ipc-privileges"],
    ...["host-network-access", "host-pid-ipc-privileges", "host-pid-privileges", "immutable-container-filesystem"],
    ...["insecure-capabilities", "resources-cpu-requests", "resources-memory-limits", "resources-memory-requests"],
    ...["rule-allow-privilege-escalation", "rule-credentials-in-env-var", "rule-privileged-container"],
    "set-seccomp-profile",
  ].map((check) => contested(check, /test\/cronjob(-containerd|-crio)? CronJob\/default\/hello$/, OLD_CRON_JOB)),
  contested(
    "exec-into-container-v1",
    /test\/clusterrole$/,
    "RBAC knows `*` and `*/exec`; `pods/*` is the name of no resource, and grants nothing.",
  ),
  contested(
    "image-not-pinned-to-digest",
    / Pod\/default\/pod-short-custom-digest$/,
    "A digest of one digit is none: references to images ask for at least 32.",
  ),
  beyond("rule-credentials-in-env-var", /envfrom-secretref /, BY_REFERENCE),
  beyond("rule-credentials-in-env-var", /test\/(deployment|pod) /, NOT_SECRET),
  beyond("rule-privileged-container", /test\/(cronjob-initcontainer|pod|pod-ephemeralcontainer) /, CAPABILITY),
];
