/** Ids, by the blanks between them. */
const ids = ([text = ""]: readonly string[]): readonly string[] => text.trim().split(/\s+/);

/** Checks of checkov (CKV) and trivy (AWS) that find something in the outside corpus and that no rule of ours asks, and why. */
export const NOT_ASKED: readonly { readonly checks: readonly string[]; readonly why: string }[] = [
  {
    why: "Which key encrypts is the owner's decision: AWS's own keys encrypt as well, and a key of one's own adds who may open, a cost and a way to lose the data. Rules ask for one where it protects evidence or other keys: trails, backup vaults, secrets of clusters.",
    checks: ids`
      AWS-0017 AWS-0022 AWS-0025 AWS-0027 AWS-0033 AWS-0078 AWS-0098 AWS-0128 AWS-0132 AWS-0135 AWS-0136
      CKV2_AWS_73 CKV_AWS_22 CKV_AWS_98 CKV_AWS_119 CKV_AWS_136 CKV_AWS_145 CKV_AWS_147 CKV_AWS_149 CKV_AWS_158
      CKV_AWS_160 CKV_AWS_171 CKV_AWS_173 CKV_AWS_177 CKV_AWS_178 CKV_AWS_179 CKV_AWS_180 CKV_AWS_181 CKV_AWS_182
      CKV_AWS_183 CKV_AWS_184 CKV_AWS_185 CKV_AWS_186 CKV_AWS_187 CKV_AWS_189 CKV_AWS_190 CKV_AWS_191 CKV_AWS_199
      CKV_AWS_200 CKV_AWS_201 CKV_AWS_203 CKV_AWS_204 CKV_AWS_209 CKV_AWS_212 CKV_AWS_219 CKV_AWS_221 CKV_AWS_236
      CKV_AWS_245 CKV_AWS_246 CKV_AWS_247 CKV_AWS_254 CKV_AWS_256 CKV_AWS_262 CKV_AWS_263 CKV_AWS_264 CKV_AWS_265
      CKV_AWS_266 CKV_AWS_267 CKV_AWS_268 CKV_AWS_269 CKV_AWS_270 CKV_AWS_271 CKV_AWS_278 CKV_AWS_280 CKV_AWS_281
      CKV_AWS_282 CKV_AWS_294 CKV_AWS_296 CKV_AWS_297 CKV_AWS_298 CKV_AWS_327 CKV_AWS_337 CKV_AWS_345 CKV_AWS_346
      CKV_AWS_347 CKV_AWS_354 CKV_AWS_367 CKV_AWS_368 CKV_AWS_372 CKV_AWS_373 CKV_AWS_381
    `,
  },
  {
    why: "AWS encrypts it where nothing is said, and it can't be switched off: S3 since January 2023, Kafka's disks always.",
    checks: ids`AWS-0088 AWS-0179 CKV_AWS_19`,
  },
  {
    why: "How a request is traced is a decision of the application; OpenTelemetry does without AWS X-Ray.",
    checks: ids`AWS-0003 AWS-0066 CKV_AWS_50 CKV_AWS_73 CKV_AWS_284`,
  },
  {
    why: "What is measured beyond AWS's own figures is a cost that the owner weighs; alarms say what has to be known.",
    checks: ids`
      AWS-0133 CKV2_AWS_4 CKV2_AWS_27 CKV2_AWS_30 CKV2_AWS_39 CKV_AWS_84 CKV_AWS_126 CKV_AWS_194 CKV_AWS_312
      CKV_AWS_325 CKV_AWS_353
    `,
  },
  {
    why: "The provider always writes a description; whether it says something no rule can tell.",
    checks: ids`AWS-0049 AWS-0099 AWS-0124 CKV_AWS_23`,
  },
  {
    why: "What a public way in is, the owner says: load balancers on ports 80 and 443 (sg-only-web-ports-open and sg-sensitive-ports-closed refuse the rest), file transfers with partners.",
    checks: ids`AWS-0053 CKV_AWS_164 CKV_AWS_260 CKV_AWS_378`,
  },
  {
    why: "Limits what leaves, which needs a list of all that a program talks to; endpoints, private subnets and flow logs are asked for instead (nat-s3-endpoint, vpc-flow-logs).",
    checks: ids`AWS-0104 CKV2_AWS_35 CKV_AWS_382`,
  },
  {
    why: "Passwords that expire are weaker passwords: NIST SP 800-63B advises against it since 2017.",
    checks: ids`AWS-0062 CKV_AWS_9`,
  },
  {
    why: "It is there without being made: AWS's own VPC and ACLs; taking it over is asked where it is open (vpc-default-sg-managed).",
    checks: ids`AWS-0101 CKV2_AWS_1 CKV_AWS_148`,
  },
  {
    why: "The service, or that kind of resource, takes no new customers or is gone: EC2-Classic, QLDB, CodeCommit, CloudSearch, AWS WAF Classic.",
    checks: ids`
      AWS-0127 CKV2_AWS_37 CKV_AWS_154 CKV_AWS_170 CKV_AWS_172 CKV_AWS_176 CKV_AWS_196 CKV_AWS_198 CKV_AWS_218
      CKV_AWS_220 CKV_AWS_257
    `,
  },
  {
    why: "It is about another tool: Terraform's lifecycle, data sources and runs, CloudFormation's stacks. Pulumi creates before it deletes unless told otherwise.",
    checks: ids`AWS-0134 AWS-0344 CKV2_AWS_36 CKV_AWS_124 CKV_AWS_217 CKV_AWS_233 CKV_AWS_237`,
  },
  {
    why: "Backup plans select by tags, which the check does not follow; ours asks that each store is kept by its own means, and that the tags are there (database-backup-retention, dynamodb-point-in-time-recovery, tags-required).",
    checks: ids`CKV2_AWS_8 CKV2_AWS_9 CKV2_AWS_18`,
  },
  {
    why: "A web ACL has to know the application, and block users where it is not watched in counting mode first; single managed rules for one hole of 2021 are AWS's to keep.",
    checks: ids`CKV2_AWS_28 CKV2_AWS_29 CKV2_AWS_33 CKV2_AWS_47 CKV2_AWS_76 CKV2_AWS_77 CKV2_AWS_78 CKV_AWS_192 CKV_AWS_342`,
  },
  {
    why: "The application decides: caches, origins, countries, names, headers, cross-site requests, client certificates. There is a right answer for it and none for all.",
    checks: ids`
      AWS-0190 CKV2_AWS_23 CKV2_AWS_32 CKV2_AWS_38 CKV2_AWS_42 CKV2_AWS_51 CKV2_AWS_53 CKV2_AWS_54 CKV2_AWS_62
      CKV2_AWS_71 CKV2_AWS_75 CKV_AWS_120 CKV_AWS_216 CKV_AWS_225 CKV_AWS_252 CKV_AWS_259 CKV_AWS_310 CKV_AWS_320
      CKV_AWS_374 CKV_AWS_383
    `,
  },
  {
    why: "A copy in another region, a lock against the owner, or a second factor for deleting answers a loss that versions and backups do not; which data is worth it the owner says.",
    checks: ids`AWS-0170 CKV_AWS_143 CKV_AWS_144 CKV_AWS_326`,
  },
  {
    why: "Data events cost per request; trails are asked for what costs nothing, and buckets for access logs (s3-access-logs).",
    checks: ids`AWS-0171 AWS-0172`,
  },
  {
    why: "Asked of the bucket like of any other: s3-public-access-blocked, s3-acl-not-public, s3-access-logs, s3-tls-only.",
    checks: ids`AWS-0161 AWS-0163 CKV_AWS_379`,
  },
  {
    why: "How a function is called is not said in it: a reserved concurrency starves others, dead letters are for asynchronous calls, and a VPC is for what is in one. Code signing protects from who may not deploy.",
    checks: ids`CKV_AWS_115 CKV_AWS_116 CKV_AWS_117 CKV_AWS_272`,
  },
  {
    why: "An empty group gives nobody anything, and people come through single sign-on; what a user may is judged by its policies (iam-no-user-policies and the rules on statements).",
    checks: ids`AWS-0123 CKV2_AWS_14 CKV2_AWS_21 CKV2_AWS_22 CKV_AWS_273`,
  },
  {
    why: "An account that trusts its own root lets its own policies decide; other accounts are asked for a condition (iam-trust-cross-account).",
    checks: ids`CKV_AWS_61 CKV_AWS_385`,
  },
  {
    why: "Something in another stack may use it, or be in it, which one stack can't tell.",
    checks: ids`CKV2_AWS_2 CKV2_AWS_3 CKV2_AWS_5 CKV2_AWS_7 CKV2_AWS_41 CKV_AWS_248`,
  },
  {
    why: "Current machines are so by themselves, and can't be otherwise (ec2-current-generation).",
    checks: ids`CKV_AWS_135`,
  },
  {
    why: "What the version of a thing has to be ages faster than a rule; AWS upgrades by force in the end (rds-minor-upgrades and lambda-supported-runtime ask where AWS publishes an end).",
    checks: ids`CKV_AWS_208 CKV_AWS_250 CKV_AWS_339 CKV_AWS_388`,
  },
  {
    why: "Asked by another rule in another place: tags of what is launched (tags-at-launch), TLS of a database by its parameters (database-tls-on), shells by their session's document (ssm-session-encrypted), images that are not public (ami-not-public).",
    checks: ids`CKV2_AWS_69 CKV_AWS_113 CKV_AWS_153 CKV_AWS_205`,
  },
  {
    why: "The ways EMR encrypts are the security configuration's; the rule asks that it encrypts at rest and in transit (emr-encrypted). Realms of Kerberos are the directory's.",
    checks: ids`AWS-0139 CKV_AWS_114 CKV_AWS_349 CKV_AWS_350`,
  },
  {
    why: "A snapshot is encrypted as what it was made of; the setting is read only (rds-storage-encrypted asks the source).",
    checks: ids`CKV_AWS_146 CKV_AWS_279`,
  },
  {
    why: "An alarm that a composite one reads has its own actions off, and that is right (alarm-has-action asks the composite).",
    checks: ids`CKV_AWS_319`,
  },
  {
    why: "Remote shells are what an ACL has to keep out; other ports are the security group's (sg-sensitive-ports-closed names 20 and 21).",
    checks: ids`CKV_AWS_229 CKV_AWS_230`,
  },
  {
    why: "AWS's default policy of a key leaves the decision to the account's own policies, which the rules on statements judge; a key is switched off on purpose before it goes.",
    checks: ids`CKV2_AWS_64 CKV_AWS_227`,
  },
  {
    why: "The role of a notebook is judged as every role is (iam-wildcard-action, iam-wildcard-resource, iam-privilege-escalation).",
    checks: ids`CKV2_AWS_68`,
  },
  {
    why: "The root of the account can always take a bucket's policy away again.",
    checks: ids`CKV_AWS_93`,
  },
  {
    why: "Which accounts and regions are read together is the organization's decision.",
    checks: ids`AWS-0019 CKV_AWS_121`,
  },
  {
    why: "A word like PASSWORD in a script does not say whether it is one: ec2-no-keys-in-user-data looks for keys by their form. Inputs that are secret are secret in Pulumi's state.",
    checks: ids`AWS-0122 CKV_AWS_295`,
  },
  {
    why: "A classic load balancer's ciphers are a list of attributes; AWS's own policy is what it has where nothing is said. New ones speak TLS by elb-tls-policy.",
    checks: ids`CKV_AWS_213`,
  },
  {
    why: "A job of several machines encrypts between them at the price of time; the network around it is closed (sagemaker-model-isolated, sagemaker-notebook-inside).",
    checks: ids`CKV_AWS_369`,
  },
  {
    why: "AWS runs the control plane of EKS and sets its flags; those of the kubelet are the node image's. The cluster's own settings are asked (eks-endpoint-closed, eks-audit-logged, eks-secrets-encrypted).",
    checks: ids`
      CKV_K8S_68 CKV_K8S_69 CKV_K8S_70 CKV_K8S_71 CKV_K8S_72 CKV_K8S_73 CKV_K8S_74 CKV_K8S_75 CKV_K8S_77
      CKV_K8S_78 CKV_K8S_79 CKV_K8S_80 CKV_K8S_81 CKV_K8S_82 CKV_K8S_83 CKV_K8S_84 CKV_K8S_85 CKV_K8S_86
      CKV_K8S_88 CKV_K8S_89 CKV_K8S_90 CKV_K8S_91 CKV_K8S_92 CKV_K8S_93 CKV_K8S_94 CKV_K8S_95 CKV_K8S_96
      CKV_K8S_97 CKV_K8S_99 CKV_K8S_100 CKV_K8S_102 CKV_K8S_104 CKV_K8S_105 CKV_K8S_106 CKV_K8S_107 CKV_K8S_108
      CKV_K8S_110 CKV_K8S_111 CKV_K8S_112 CKV_K8S_113 CKV_K8S_114 CKV_K8S_115 CKV_K8S_116 CKV_K8S_117 CKV_K8S_118
      CKV_K8S_119 CKV_K8S_121 CKV_K8S_138 CKV_K8S_139 CKV_K8S_140 CKV_K8S_141 CKV_K8S_143 CKV_K8S_144 CKV_K8S_145
      CKV_K8S_146 CKV_K8S_147 CKV_K8S_148 CKV_K8S_149 CKV_K8S_151
    `,
  },
  {
    why: "Pod Security Policies, Tiller and the dashboard of that time are gone from Kubernetes; namespaces enforce a standard instead (k8s-namespace-pod-security).",
    checks: ids`CKV_K8S_6 CKV_K8S_33 CKV_K8S_34 CKV_K8S_45`,
  },
  {
    why: "Asked in a wider form: any folder of the node (k8s-no-host-path), secrets by reference (k8s-no-secrets-in-environment), an account of one's own (k8s-own-service-account), not root (k8s-run-as-non-root).",
    checks: ids`CKV_K8S_27 CKV_K8S_35 CKV_K8S_40 CKV_K8S_42`,
  },
  {
    why: "One option of one tool.",
    checks: ids`CKV_K8S_159`,
  },
];
