/** Why a rule and a label of the corpus say different things. */
export interface Answer {
  /**
   * `contested`: the label is wrong, or no longer right, and doesn't count. `beyond`: it asks more than the rule, or less,
   * and doesn't count either. `open`: the rule is wrong for now; it counts.
   */
  readonly kind: "contested" | "beyond" | "open";
  readonly check: string;
  /** Matches the path of the case and the name of the resource. */
  readonly where: RegExp;
  readonly why: string;
}

export const contested = (check: string, where: RegExp, why: string): Answer => ({
  kind: "contested",
  check,
  where,
  why,
});
export const beyond = (check: string, where: RegExp, why: string): Answer => ({ kind: "beyond", check, where, why });
export const open = (check: string, where: RegExp, why: string): Answer => ({ kind: "open", check, where, why });

const UPGRADES_BY_DEFAULT = "The provider turns minor upgrades on where nothing is said (default true).";
const NETWORK_BALANCER =
  "A network load balancer writes access logs of its TLS listeners only; one without them has nothing to write.";
const NOT_A_FIELD =
  "The container says `privilege` and `pidMode`, which container definitions do not have: ECS ignores or refuses them, " +
  "and nothing is privileged. The fields are `privileged`, and `pidMode` of the task.";
const QUEUES_BY_DEFAULT =
  "SQS encrypts new queues with keys of its own where nothing is said, since October 2022 (SQS developer guide, SSE-SQS).";
const CLASSIC_WAF = "AWS WAF Classic ended on 30 September 2025; nobody can make a web ACL of it any more.";
const GONE_FROM_KUBERNETES =
  "Kubernetes serves no extensions/v1beta1 since 1.16, and OpenShift's kinds are not Kubernetes'.";
const SECCOMP_ANNOTATION =
  "Kubernetes ignores the annotation since 1.27; only securityContext.seccompProfile says it (Pod Security Standards).";
const TCP_NEEDS_PORTS = "EC2 refuses port -1 for TCP; all ports are protocol -1, or ports 0 to 65535.";

const NO_ACTION = "The provider refuses a listener without defaultActions, and the examples leave them out.";

/** What is not here and disagrees fails the test, and so does an answer to nothing. */
export const ANSWERS: readonly Answer[] = [
  contested("CKV_AWS_2", /#test_failure_[12] /, NO_ACTION),
  contested("AWS-0054", /http_not_used\.yaml#bad1$/, NO_ACTION),
  contested(
    "CKV_AWS_338",
    /\.pass_0$/,
    "0 days means that logs are never deleted, which is what logs-retention asks to decide.",
  ),
  contested(
    "CKV_AWS_314",
    /CodebuildHasLogs aws_codebuild_project\.fail$/,
    "Without logsConfig CodeBuild writes to CloudWatch Logs (API reference, LogsConfig); only switching off loses the log.",
  ),
  contested("CKV_AWS_226", /\.fail2$|db_instance\.(default|km_db)$/, UPGRADES_BY_DEFAULT),
  contested(
    "CKV_AWS_89",
    /#test_success_default/,
    "Where nothing is said DMS gives the instance a public address (API reference, CreateReplicationInstance: default true).",
  ),
  open(
    "CKV_AWS_32",
    /\.pass_conditional$/,
    "ForAllValues holds for a request without the key, so the condition does not limit what has no organization; the " +
      "label takes it as a limit. Kept as counted against the rule, since callers with credentials always bring the key.",
  ),
  contested("CKV_AWS_335", /HostProcess aws_ecs_task_definition\.fail$/, NOT_A_FIELD),
  contested("CKV_AWS_334", /Privilege aws_ecs_task_definition\.fail$/, NOT_A_FIELD),
  contested(
    "CKV_AWS_332",
    /FargateLatest aws_ecs_service\.fail$/,
    "1.4.0 is the latest platform version for Linux (ECS developer guide), so naming it and LATEST are the same.",
  ),
  contested("CKV_AWS_91", /ELBv2AccessLogs aws_lb\.(default|disabled|only_bucket)$/, NETWORK_BALANCER),
  contested(
    "CKV_AWS_376",
    /aws_elb\.fail[23]$/,
    "The listeners are HTTPS; without a certificate AWS refuses them, so nothing plain ever listens.",
  ),
  contested(
    "CKV_AWS_63",
    /#test_sso_failure/,
    "The example calls the inline policy of a permission set by another type's name.",
  ),
  contested(
    "CKV_AWS_33",
    /aws_kms_key\.fail_[13]$/,
    'A list is no principal: KMS refuses the document ("MalformedPolicyDocument").',
  ),
  contested(
    "CKV_AWS_64",
    /(RedshiftClusterEncryption\.py#test_failure|aws-ts-redshift-glue-etl)/,
    "The provider encrypts where nothing is said (default true, since AWS does so for new clusters).",
  ),
  contested(
    "CKV_AWS_87",
    /#test_failure2/,
    "The provider keeps clusters private where nothing is said (default false).",
  ),
  contested(
    "CKV_AWS_70",
    /\.pass_w_condition$/,
    "ArnNotEquals lets everybody in but one user: the condition takes one away and limits nobody else.",
  ),
  contested(
    "CKV_AWS_375",
    /S3GlobalViewACL aws_s3_bucket_acl\.pass2$/,
    "READ for AllUsers publishes the list of objects; the check only minds FULL_CONTROL and READ_ACP.",
  ),
  contested("CKV_AWS_27", /SQSQueueEncryption aws_sqs_queue\.fail2?$/, QUEUES_BY_DEFAULT),
  contested("AWS-0096", /#bad1$/, QUEUES_BY_DEFAULT),
  contested("CKV_AWS_27", /aws-ts-resources\/index\.ts myqueue /, QUEUES_BY_DEFAULT),
  contested(
    "CKV_AWS_24",
    /aws_security_group\.fail2$/,
    "Ports 0 to 0 of TCP are port 0, on which nothing listens, and not all ports.",
  ),
  contested(
    "CKV_AWS_24",
    /(aws_security_group\.not_self|ingress_rule\.fail2)$/,
    "The rule names no source, and AWS refuses one without.",
  ),
  contested("CKV_AWS_277", /IngressAny/, TCP_NEEDS_PORTS),
  contested("CKV_AWS_175", /aws_waf(regional)?_web_acl\./, CLASSIC_WAF),
  contested("CKV_AWS_175", /aws_wafv2_web_acl\.fail2$/, "The rule has neither statement nor name; AWS refuses it."),
  contested(
    "CKV_AWS_103",
    /\.not_gateway_listener$/,
    "The listener has neither protocol nor action; AWS refuses it for anything but a gateway load balancer.",
  ),
  contested(
    "CKV2_AWS_49",
    /\.pass_unknown_endpoint_type$/,
    "There is no endpoint type foo; the endpoint speaks to Aurora without TLS.",
  ),
  contested("CKV2_AWS_19", /\.not_ok_eip$/, "The address is attached to a network interface, so it is in use."),
  contested("CKV2_AWS_60", /\.fail_1$/, "copyTagsToSnapshot is true; the check only doubts the engine."),
  contested(
    "CKV2_AWS_6",
    /\.bucket_good_1$/,
    "Two of the four switches are left out, and they are off then: ACLs and policies that are public already stay so.",
  ),
  contested("CKV_AWS_20", /\.website(_v4)?$/, "S3 has no canned ACL of that name, and refuses it."),
  contested(
    "AWS-0004",
    /#good3$/,
    "The method is OPTION, which is none; the one that browsers ask without credentials is OPTIONS.",
  ),
  contested(
    "AWS-0020",
    /#good2$/,
    "The profiler's log holds slow operations; who did what is in the audit log (AWS Security Hub, DocumentDB.4).",
  ),
  contested(
    "CKV_AWS_318",
    /_domain\.pass$/,
    "dedicatedMasterCount does nothing unless dedicatedMasterEnabled is true, and it is false where nothing is said.",
  ),
  contested("CKV_AWS_118", /#test_failure3/, "5 seconds is one of the intervals that RDS takes, and it measures."),
  contested(
    "CKV_AWS_71",
    /RedshiftClusterLogging\.py#test_success/,
    "The provider took the block logging away with version 6; logs are an aws.redshift.Logging beside the cluster.",
  ),
  open("CKV_AWS_112", /\.disabled_yaml$/, "The rule reads documents in JSON only; this one is YAML."),
  contested(
    "CKV_AWS_253",
    /DLMEventsCrossRegionEncryption aws_dlm_lifecycle_policy\.pass$/,
    "The example says encryption, which is no field; encrypted is, and without it copies stay as they are.",
  ),
  contested(
    "CKV_AWS_8",
    /LaunchConfigurationEBSEncryption aws_instance\.pass$/,
    "A root volume has no snapshot of its own to be encrypted as; the example names one, and the provider has no such field.",
  ),
  contested("CKV2_AWS_52", /\.es_pass$/, "advancedSecurityOptions.enabled is false: the domain tells nobody apart."),
  open(
    "AWS-0010",
    /#bad2$/,
    "A source of logs is there and nothing that delivers them; the rule is content with the source.",
  ),
  contested(
    "CKV_AWS_18",
    /aws_s3_bucket\.(flowbucket|logs)$/,
    "Logs are written to this bucket; a log of each log that is written would never end.",
  ),
  contested("CKV_K8S_20", /(ds-nginx-ingress|oc-deploymentConfig)-FAILED/, GONE_FROM_KUBERNETES),
  contested("CKV_K8S_26", /DS-node-exporter-FAILED/, GONE_FROM_KUBERNETES),
  contested("CKV_K8S_39", /pod-FAILED2/, "The pod has no containers; the API server refuses it."),
  contested("CKV_K8S_23", /malformed-spec/, "The specification is a list; the API server refuses it."),
  contested("CKV_K8S_31", /pod-seccomp-PASSED[26]?\.yaml$/, SECCOMP_ANNOTATION),
];
