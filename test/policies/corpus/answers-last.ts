import { type Answer, beyond, contested, open } from "./answers.ts";

const REQUIRED = "The provider refuses the resource: the example leaves out, or misspells, what it requires.";
const BY_DEFAULT = "Where nothing is said the provider does what the label wants:";
const ONE_ADDRESS = "Everybody is let in from one address; the rule takes that for a limit, the check does not.";
const NO_KEY = "A placeholder, or a row of digits: nothing that looks like a key of AWS's.";
const TWO_DOCUMENTS =
  "Two documents of one role or user give the way together: other rules, iam-path-dormant and iam-path-latent, report it.";
const GROUPS =
  "Two documents of one group give the way together; rules look over several documents of roles and users only.";
const NAMED_KEY = "It is encrypted with a key of AWS's; the check asks for one of one's own.";

/** Why the rules and the labels of KICS differ; each was read by itself. */
export const LAST_ANSWERS: readonly Answer[] = [
  contested(
    "amazon_dms_replication_instance_is_publicly_accessible",
    /negative1\.tf$/,
    "Where nothing is said DMS gives the instance a public address (API reference, CreateReplicationInstance: default true).",
  ),
  beyond(
    "api_gateway_access_logging_disabled",
    /positive2\.tf$/,
    "Access logs are written; the check asks for logs of execution too.",
  ),
  contested(
    "api_gateway_without_security_policy",
    /positive1\.tf$/,
    `${BY_DEFAULT} new names of APIs speak TLS 1.2 and later (API Gateway developer guide, default security policies).`,
  ),
  contested(
    "ca_certificate_identifier_is_outdated",
    /negative1\.tf$/,
    "rds-ca-2019 ended on 22 August 2024; nothing checks a certificate of it any more.",
  ),
  beyond(
    "cloudfront_without_minimum_protocol_tls_1.2",
    /positive1\.tf$/,
    "On CloudFront's own name CloudFront chooses the version itself, whatever is said.",
  ),
  beyond(
    "cross_account_iam_assume_role_policy_without_external_id_or_mfa",
    /negative2\.tf$/,
    "A second factor is asked for; the rule asks for an external id or an organization.",
  ),
  contested(
    "db_instance_storage_not_encrypted",
    /negative1\.tf$/,
    "A key is named and encryption is not switched on; the provider refuses that.",
  ),
  beyond(
    "default_security_groups_with_unrestricted_traffic",
    /negative\.tf$/,
    "The default group lets a private network in; the rule wants it empty.",
  ),
  beyond("ec2_instance_using_api_keys", /positive2\.tf$/, NO_KEY),
  beyond("hardcoded_aws_access_key", /positive2\.tf$/, NO_KEY),
  contested(
    "eks_cluster_encryption_disabled",
    /positive2\.tf$/,
    "EKS encrypts secrets only, and refuses another resource.",
  ),
  contested("eks_node_group_remote_access_disabled", /negative\.tf$/, REQUIRED),
  beyond("glue_data_catalog_encryption_disabled", /positive2\.tf$/, NAMED_KEY),
  beyond("glue_security_configuration_encryption_disabled", /positive1\.tf$/, NAMED_KEY),
  beyond(
    "iam_access_key_is_exposed",
    /negative\.tf$/,
    "The root's key is inactive; the rule wants it to have none, since it is active again at one call.",
  ),
  contested(
    "iam_database_auth_not_enabled",
    /negative4\.tf$/,
    "RDS no longer makes databases of MariaDB 10.2; all versions that it makes take logins by IAM.",
  ),
  contested(
    "iam_role_allows_all_principals_to_assume",
    /positive\.tf$/,
    "An ARN without an account; IAM refuses the document.",
  ),
  contested("launch_configuration_is_not_encrypted", /negative1\.tf$/, REQUIRED),
  contested(
    "redshift_cluster_logging_disabled",
    /negative\.tf$/,
    "The provider took the block logging away with version 6; logs are an aws.redshift.Logging beside the cluster.",
  ),
  beyond("s3_bucket_access_to_any_principal", /positive1\.tf$/, ONE_ADDRESS),
  beyond("s3_bucket_allows_delete_action_from_all_principals", /positive[12]\.tf$/, ONE_ADDRESS),
  beyond("s3_bucket_allows_get_action_from_all_principals", /positive1\.tf$/, ONE_ADDRESS),
  beyond("s3_bucket_allows_list_action_from_all_principals", /positive[12]\.tf$/, ONE_ADDRESS),
  beyond("s3_bucket_allows_put_action_from_all_principals", /positive[12]\.tf$/, ONE_ADDRESS),
  beyond(
    "s3_bucket_access_to_any_principal",
    /positive3\.tf$/,
    "Everybody is let in through access points of one account; the rule takes that for a limit, the check does not.",
  ),
  beyond(
    "sqs_queue_exposed",
    /positive1\.tf$/,
    "Everybody is let in for one topic; the rule takes that for a limit, the check does not.",
  ),
  contested(
    "sqs_with_sse_disabled",
    /positive[12]\.tf$/,
    "SQS encrypts new queues with keys of its own where nothing is said, since October 2022 (SQS developer guide, SSE-SQS).",
  ),
  contested("vpc_flowlogs_disabled", /positive1\.tf$/, REQUIRED),
  ...["cloudformation_CreateStack", "ec2_RunInstances", "glue_CreateDevEndpoint", "lambda_CreateFunction"].flatMap(
    (action) =>
      (["group", "role", "user"] as const).map((who) => {
        const last =
          action !== "lambda_CreateFunction"
            ? ""
            : who === "role"
              ? "_lambda_InvokeFunction"
              : "_and_lambda_InvokeFunction";
        const check = `${who}_with_privilege_escalation_by_actions_iam_PassRole_and_${action}${last}`;
        return who === "group" ? open(check, /./, GROUPS) : beyond(check, /./, TWO_DOCUMENTS);
      }),
  ),
];
