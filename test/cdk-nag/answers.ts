/** What cdk-nag finds in our own environments and stays, each with why. */
export interface NagAnswer {
  /** Ids without their pack. */
  readonly rules: readonly string[];
  /** Names of the resources it holds for, so that the same finding elsewhere is a new one. */
  readonly resources: RegExp;
  readonly reason: string;
}

export const ANSWERS: readonly NagAnswer[] = [
  {
    rules: ["IAM4"],
    resources: /^(backup-(backup|restore)|database-monitoring|release-host-function|kubernetes-(cluster|node))$/,
    reason:
      "The policies are those that AWS writes and keeps for its own services (backups, monitoring, EKS, Lambda's network). " +
      "iam-managed-admin-policy refuses the ones that give an account or a service away.",
  },
  {
    rules: ["IAM5"],
    resources: /^(network-flow-logs|[\w-]+-execution|release-host-(function|machine))$/,
    reason:
      "It counts every star. These are a log group's own streams (…:log-group:name:*), and actions that AWS lets nobody limit; " +
      "iam-wildcard-resource knows from AWS's documentation which those are.",
  },
  {
    rules: ["S1", "S3BucketLoggingEnabled"],
    resources: /^entry-logs$/,
    reason: "This bucket takes the load balancer's access logs; a log of each log that is written would never end.",
  },
  {
    rules: ["S3BucketReplicationEnabled"],
    resources: /^entry-logs$/,
    reason: "Access logs serve to find faults and abuse in the region they come from, and expire.",
  },
  {
    rules: ["S3DefaultEncryptionKMS"],
    resources: /^entry-logs$/,
    reason: "Load balancers deliver logs to buckets with S3's own keys only; with a key of KMS AWS refuses them.",
  },
  {
    rules: ["EC23"],
    resources: /^entry-lb-ingress-https?-from-world(-ipv6)?$/,
    reason:
      "It is the public way in: ports 80 and 443 of the load balancer. sg-only-web-ports-open and sg-sensitive-ports-closed refuse all others.",
  },
  {
    rules: ["ECS2"],
    resources: /-(blue|green)$/,
    reason:
      "It refuses every environment variable. Ours hold names and addresses; ecs-no-secrets-in-environment refuses those that are called like a secret.",
  },
  {
    rules: ["SF1"],
    resources: /^release-host$/,
    reason:
      "Standard workflows keep their whole history for 90 days, the function logs each turn, and the ledger keeps every decision. stepfunctions-logging asks for a log elsewhere.",
  },
  {
    rules: ["DynamoDBInBackupPlan"],
    resources: /^ledger$/,
    reason:
      "The ledger of releases can be restored to any second of 35 days (dynamodb-point-in-time-recovery); what it says is in Git as well.",
  },
  {
    rules: ["RDSInBackupPlan"],
    resources: /^database(-[a-z])?$/,
    reason:
      "The cluster is in the plan of its data class, by its tags; the check only follows selections that name the resource.",
  },
  {
    rules: ["VPCDefaultSecurityGroupClosed"],
    resources: /^network-vpc$/,
    reason:
      "CloudFormation can't empty the default group, so the check fails every VPC there is. Here aws.ec2.DefaultSecurityGroup empties it (vpc-default-sg-managed, vpc-default-sg-closed).",
  },
  {
    rules: ["VPCNoUnrestrictedRouteToIGW"],
    resources: /^network-public-internet(-ipv6)?$/,
    reason:
      "Public subnets have that route, and nothing but load balancers and NAT gateways is in them (subnet-no-public-address, ec2-no-public-address).",
  },
  {
    rules: ["IAMNoInlinePolicy"],
    resources: /./,
    reason:
      "A policy that belongs to one role is written with it, goes with it, and nobody else can attach it; its size is held to AWS's quota (iam-document-size).",
  },
  {
    rules: ["ALBWAFEnabled"],
    resources: /^entry-lb$/,
    reason:
      "A web ACL has to know the application, and block users where it is not watched in counting mode first; a team associates its own.",
  },
  {
    rules: ["ELBv2ACMCertificateRequired"],
    resources: /^entry-(http|test)$/,
    reason:
      "The listener on port 80 only sends people to HTTPS (elb-listener-encrypted); local environments listen on loopback, for which nobody issues certificates.",
  },
  {
    rules: ["ALBHttpToHttpsRedirection"],
    resources: /^entry-(http|test)$/,
    reason:
      "Local environments listen on loopback, for which nobody issues certificates, so there is nothing to send to.",
  },
  {
    rules: ["LambdaConcurrency"],
    resources: /^release-host$/,
    reason:
      "One release of a service runs at a time: the ledger's lease is the limit. A reserved concurrency comes out of the account's.",
  },
  {
    rules: ["LambdaDLQ"],
    resources: /^release-host$/,
    reason:
      "A dead-letter queue gets events of asynchronous calls. The state machine calls and waits, tries again, and two alarms tell of it.",
  },
  {
    rules: ["RDS10", "RDSInstanceDeletionProtectionEnabled"],
    resources: /^database$/,
    reason:
      "dev and local must go away with destroy, and hold test data. database-deletion-protection is asked of the others.",
  },
  {
    rules: ["ELBDeletionProtectionEnabled"],
    resources: /^entry-lb$/,
    reason: "dev and local must go away with destroy. elb-deletion-protection is asked of the others.",
  },
];
