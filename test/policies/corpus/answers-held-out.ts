import { type Answer, beyond, contested } from "./answers.ts";

const REQUIRED = "The provider refuses the resource: the example leaves out, or misspells, what it requires.";
const NOT_AN_ARN = "What stands there is no ARN, and AWS refuses it.";
const BY_DEFAULT = "Where nothing is said the provider does what the label wants:";
const NOT_A_DOCUMENT =
  "NotAction or NotResource holds an object instead of text: AWS refuses the document, and iam-document-malformed says so.";
const NOT_A_PROPERTY = "A role has no property PolicyDocument; CloudFormation refuses the template.";
const DEFAULT_CERTIFICATE = "On CloudFront's own name CloudFront chooses the version itself, whatever is said.";
const REDIRECT = "The listener does nothing but send people to HTTPS.";
const NOT_TLS = "The listener speaks plain HTTP, which has no TLS policy.";
const BY_NAME =
  "The rule reports the permission; the label stands on the function, which the permission names in plain text.";
const ANY_STATE = "Alarms that tell somebody of the other states only; the rule asks for alarmActions.";
const PREFIXES = "The rule asks for single actions; the check lets s3:Get* pass.";
const WRITES_TOO = "The check minds public-read only; who may write to the bucket may read it too.";

/** Why the rules and the labels that were held out differ; each was read by itself. */
export const HELD_OUT_ANSWERS: readonly Answer[] = [
  contested("API_GWV2_ACCESS_LOGS_ENABLED", /#(7|9|10)$/, REQUIRED),
  contested(
    "API_GW_DOMAIN_DENY_NON_TLS_TRAFFIC",
    /#5$/,
    `${BY_DEFAULT} new names of APIs speak TLS 1.2 and later (API Gateway developer guide, default security policies).`,
  ),
  contested(
    "cfn_api_gateway_classic_custom_domain_name",
    / CustomDomainName2$/,
    `${BY_DEFAULT} new names of APIs speak TLS 1.2 and later (API Gateway developer guide, default security policies).`,
  ),
  contested("API_GW_METHOD_AUTHORIZATION_TYPE_RULE", /#6$/, REQUIRED),
  beyond(
    "API_GW_METHOD_AUTHORIZATION_TYPE_RULE",
    /#7$/,
    "The method asks for an API key, with which the rule is content.",
  ),
  beyond(
    "AUTOSCALING_LAUNCH_CONFIG_PUBLIC_IP_DISABLED",
    /#4$/,
    "Where nothing is said the subnet decides, and subnet-no-public-address asks the subnet.",
  ),
  contested("CLOUDFRONT_ACCESSLOGS_ENABLED", /#7$/, REQUIRED),
  beyond("CLOUDFRONT_MINIMUM_PROTOCOL_VERSION_RULE", /#4$/, DEFAULT_CERTIFICATE),
  contested("CLOUDFRONT_MINIMUM_PROTOCOL_VERSION_RULE", /#6$/, "There is no TLSv1.2-03-2008; CloudFront refuses it."),
  contested("CLOUDFRONT_ORIGIN_ACCESS_IDENTITY_ENABLED", /#4$/, REQUIRED),
  beyond("CLOUDWATCH_ALARM_ACTION_CHECK", /#[45]$/, ANY_STATE),
  contested(
    "COGNITO_USER_POOL_MFA_CONFIGURATION_RULE",
    /#5$/,
    "Where nothing is said Cognito asks for no second factor (default OFF).",
  ),
  contested("ELASTICSEARCH_AUDIT_LOGGING_ENABLED", /#(11|12)$/, NOT_AN_ARN),
  contested("OPENSEARCH_AUDIT_LOGGING_ENABLED", /#(11|12)$/, NOT_AN_ARN),
  contested("ELASTICSEARCH_AUDIT_LOGGING_ENABLED", /#[67]$/, REQUIRED),
  contested("OPENSEARCH_AUDIT_LOGGING_ENABLED", /#[67]$/, REQUIRED),
  contested("ELASTICSEARCH_AUDIT_LOGGING_ENABLED", /#8$/, `${BY_DEFAULT} a log that is named is on.`),
  contested("OPENSEARCH_AUDIT_LOGGING_ENABLED", /#8$/, `${BY_DEFAULT} a log that is named is on.`),
  beyond(
    "ELASTICSEARCH_PRIMARY_NODE_FAULT_TOLERANCE",
    /#9$/,
    "How many nodes lead is not said; the check lets that pass, the rule asks for three.",
  ),
  contested(
    "ELBV2_ACCESS_LOGGING_RULE",
    /#[456]$/,
    "There is no load balancer of the type ElbResource; AWS refuses it.",
  ),
  beyond("ELBV2_LISTENER_PROTOCOL_RULE", /#5$/, REDIRECT),
  beyond("ELBV2_LISTENER_SSL_POLICY_RULE", /#[45]$/, NOT_TLS),
  contested("ELB_CROSS_ZONE_LOAD_BALANCING_ENABLED", /#4$/, `${BY_DEFAULT} classic load balancers send to all zones.`),
  contested("ELB_LOGGING_ENABLED", /#7$/, REQUIRED),
  contested("EMR_SECURITY_CONFIG_ENABLED_AND_CONFIGURED_RULE", /#[478]$/, REQUIRED),
  contested("ENCRYPTED_VOLUMES", /#3$/, "A key is named and encryption is not switched on; AWS refuses that."),
  beyond("IAM_MANAGEDPOLICY_NO_STATEMENTS_WITH_FULL_ACCESS", /#7$/, PREFIXES),
  beyond("IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS", /#7$/, PREFIXES),
  contested("IAM_ROLE_NO_ALLOW_PLUS_NOT_ACTION_ON_TRUST_POLICY", /#4$/, NOT_A_DOCUMENT),
  contested("IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_ACTION", /#(9|14)$/, NOT_A_DOCUMENT),
  contested("IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_RESOURCE", /#(9|14)$/, NOT_A_DOCUMENT),
  contested("S3_BUCKET_POLICY_NO_ALLOW_PLUS_NOT_ACTION", /#4$/, NOT_A_DOCUMENT),
  contested("SNS_TOPICPOLICY_NO_ALLOW_PLUS_NOT_ACTION", /#4$/, NOT_A_DOCUMENT),
  contested("SQS_QUEUEPOLICY_NO_ALLOW_PLUS_NOT_ACTION", /#4$/, NOT_A_DOCUMENT),
  contested("IAM_ROLE_NO_WILDCARD_ACTIONS_ON_PERMISSIONS", /#[45]$/, NOT_A_PROPERTY),
  contested("IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_ACTION", /#4$/, NOT_A_PROPERTY),
  contested("IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_RESOURCE", /#4$/, NOT_A_PROPERTY),
  contested(
    "KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTION_RULE",
    /#6$/,
    `${BY_DEFAULT} encryption that is on has a key of AWS's.`,
  ),
  contested("KINESIS_STREAM_ENCRYPTION_RULE", /#5$/, REQUIRED),
  beyond(
    "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
    /#11$/,
    "A bucket is named and its account is not, since ARNs of buckets have none; the rules take a named bucket for somebody's.",
  ),
  beyond(
    "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
    /#12$/,
    "A service may call the function for anybody: another rule, lambda-permission-source, reports it.",
  ),
  beyond("LAMBDA_NO_WILDCARD_PRINCIPALS", /#6$/, "The layer is open to one's own organization only."),
  contested("RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED", /#5$/, `${BY_DEFAULT} minor upgrades are on.`),
  contested("RDS_INSTANCE_PUBLIC_ACCESS_CHECK", /#4$/, `${BY_DEFAULT} databases have no public address.`),
  contested("REDSHIFT_CLUSTER_CONFIGURATION_CHECK", /#4$/, `${BY_DEFAULT} warehouses are encrypted.`),
  contested("RESTRICTED_INCOMING_TRAFFIC", /#5$/, "The source is 192.168.0.0/16, a private network."),
  contested("S3_BUCKET_PUBLIC_READ_ACL", /#4$/, WRITES_TOO),
  contested(
    "cfn_cloudtrail_target",
    /valid_target_full_check_infra\.yaml LoggingBucket$/,
    "authenticated-read is open to everybody who has an account of AWS's, whichever.",
  ),
  contested("cfn_lambda_function_not_public", / Function[456]$/, BY_NAME),
  contested("cfn_vpc_nacl_ingress_22", / InvalidVpc02Nacl$/, "Protocol 1 is ICMP, which has no ports."),
  contested("cfn_vpc_nacl_ingress_3389", / InvalidVpc02Nacl$/, "Protocol 1 is ICMP, which has no ports."),
  contested("deploymentMissingReplicas", /failure\.yaml$/, "There is no Deployment in v1; the API server refuses it."),
  contested("runAsRootAllowed", /failure\.yaml$/, "There is no Deployment in v1; the API server refuses it."),
  contested(
    "k8s_capabilities_assigned",
    / Pod\/default\/valid2$/,
    "Pod Security Standards and admission take ALL, in capitals.",
  ),
  beyond(
    "k8s_capabilities_assigned",
    / Pod\/default\/valid3$/,
    "A capability is added beside ALL that is dropped; only the rule minds that.",
  ),
  beyond(
    "k8s_default_namespace_use",
    / Job\/default\/valid2$/,
    "No namespace is named, which the check leaves to whoever applies it; it is the default one.",
  ),
  contested("k8s_host_process_id_namespace", / DaemonSet/, "Kubernetes serves no apps/v1beta2 since 1.16."),
  contested(
    "k8s_seccomp_profile",
    / Pod\/default\/valid[12]$/,
    "Kubernetes ignores the annotation since 1.27; only securityContext.seccompProfile says it.",
  ),
  beyond(
    "readinessProbeMissing",
    /failure\.yaml$/,
    "A Pod by itself, without ports; the rule asks deployments and stateful sets that serve.",
  ),
];
