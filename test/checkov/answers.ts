import type { Answer } from "./judge.ts";

const BUCKET = /^aws_s3_bucket\.[\w-]+_entry-logs$/;
const RELEASE_HOST = /^aws_lambda_function\.[\w-]+_release-host$/;
const SIMULATED = "(local|pr-7)";
const DISPOSABLE = "(local|dev|pr-7)";

/**
 * Findings of checkov that stay, each with why. What is not here fails the test, and so does an answer to nothing. An
 * answer names the resources it holds for, so that the same finding elsewhere is a new one.
 */
export const ANSWERS: readonly Answer[] = [
  {
    check: "CKV_AWS_18",
    resources: BUCKET,
    reason:
      "This bucket is where access logs go. S3 would write a log of each log it writes, without end; a second bucket " +
      "for them would raise the same question again.",
  },
  {
    check: "CKV_AWS_144",
    resources: BUCKET,
    reason:
      "Access logs serve to find faults and abuse in the region they come from and expire after entry.accessLogs.retentionDays; " +
      "no recovery needs them. What must outlive a region is copied by its backup plan.",
  },
  {
    check: "CKV_AWS_145",
    resources: BUCKET,
    reason:
      "Application load balancers deliver access logs to buckets with S3's own keys (SSE-S3) only; with a KMS key AWS " +
      "refuses to turn the logs on. The bucket is encrypted with AES-256.",
  },
  {
    check: "CKV2_AWS_62",
    resources: BUCKET,
    reason:
      "Nothing waits for the arrival of a log file: they are read when somebody asks. An event would reach nobody.",
  },
  {
    check: "CKV_AWS_338",
    resources: /^aws_cloudwatch_log_group\./,
    reason:
      "How long logs are kept is decided by each environment (logs.retentionDays, network.flowLogs.retentionDays). They " +
      "are for operation, quote what users sent, and cost by the gigabyte: keeping them for a year by default would be " +
      "the worse error. Who has to by law or contract writes 365 or more there.",
  },
  {
    check: "CKV2_AWS_34",
    resources: /^aws_ssm_parameter\.[\w-]+_[\w-]+-release-target$/,
    reason:
      "It holds ARNs and names that everybody who may describe the load balancer sees anyway, and no secret. Encrypted, " +
      "each reader would need a right to decrypt, and an update that may not decrypt could not see what is live.",
  },
  {
    check: "CKV_AWS_260",
    resources: /^aws_vpc_security_group_ingress_rule\.[\w-]+_entry-lb-ingress-http-from-world(-ipv6)?$/,
    reason:
      "Port 80 of the public load balancer is open so that http:// links are sent on to https://. With a certificate " +
      "the listener there has the redirect as its only action.",
  },
  {
    check: "CKV_AWS_378",
    resources: /^aws_lb_target_group\.[\w-]+_entry-/,
    reason:
      "TLS ends at the load balancer. Behind it requests stay in private subnets of the VPC, where the tasks' security " +
      "groups let in the load balancer alone. TLS up to the container needs certificates in every image.",
  },
  {
    check: "CKV2_AWS_28",
    resources: /^aws_lb\.[\w-]+_entry-lb$/,
    reason:
      "There is no web ACL yet: its rules have to know the application, and block users where they are not watched in " +
      "counting mode first. Until the platform brings one, a team associates its own with the load balancer's ARN, " +
      "which is an output of the component.",
  },
  {
    check: "CKV2_AWS_8",
    resources: /^aws_rds_cluster\.(production|staging)_database$/,
    reason:
      "The cluster is backed up by the plan of its data class: selections go by the tags data-class and environment. " +
      "checkov only follows selections that name the resource. A test here compares the tags.",
  },
  {
    check: "CKV2_AWS_8",
    resources: new RegExp(`^aws_rds_cluster\\.${DISPOSABLE}_database$`),
    reason:
      "Holds test data of the class transient, which the seeding job makes again; no plan is meant to back it up.",
  },
  {
    check: "CKV_AWS_139",
    resources: new RegExp(`^aws_rds_cluster\\.${DISPOSABLE}_database$`),
    reason: "A disposable environment must go away with destroy. Its database holds test data.",
  },
  {
    check: "CKV_AWS_150",
    resources: new RegExp(`^aws_lb\\.${DISPOSABLE}_entry-lb$`),
    reason: "A disposable environment must go away with destroy; nobody but its developers uses its load balancer.",
  },
  {
    check: "CKV_AWS_2",
    resources: new RegExp(`^aws_lb_listener\\.${SIMULATED}_entry-(http|test)$`),
    reason:
      "Simulated environments listen on loopback, for which nobody issues certificates. The environment model wants a " +
      "certificate wherever httpsOnly is true, and that is the default.",
  },
  {
    check: "CKV_AWS_103",
    resources: new RegExp(`^aws_lb_listener\\.${SIMULATED}_entry-(http|test)$`),
    reason: "A listener without a certificate has no TLS version; see CKV_AWS_2.",
  },
  {
    check: "CKV2_AWS_20",
    resources: new RegExp(`^aws_lb\\.${SIMULATED}_entry-lb$`),
    reason: "Without a certificate there is no HTTPS to redirect to; see CKV_AWS_2.",
  },
  {
    check: "CKV_AWS_115",
    resources: RELEASE_HOST,
    reason:
      "One release of a service runs at a time, so one call of the function does too: the ledger's lease is the limit. A " +
      "reserved concurrency comes out of the account's, and a new account has too little of it for any to be reserved.",
  },
  {
    check: "CKV_AWS_116",
    resources: RELEASE_HOST,
    reason:
      "A dead-letter queue gets events of asynchronous calls. The state machine calls and waits, tries again what fails, " +
      "and two alarms tell of it.",
  },
  {
    check: "CKV_AWS_173",
    resources: RELEASE_HOST,
    reason: "Its variables are the environment's name and an ARN. They are encrypted with Lambda's own key anyway.",
  },
  {
    check: "CKV_AWS_272",
    resources: RELEASE_HOST,
    reason:
      "The code is bundled by the update that deploys it, the same bytes from every checkout. Who could put other code " +
      "into the bundle could sign it as well: both would be the role that runs `up`.",
  },
  {
    check: "CKV_AWS_285",
    resources: /^aws_sfn_state_machine\.[\w-]+_release-host$/,
    reason:
      "Step Functions keeps the whole history of a standard workflow for 90 days, the function logs each turn and the " +
      "ledger keeps every decision for good. Logging it once more takes rights on all log groups of the account.",
  },
];
