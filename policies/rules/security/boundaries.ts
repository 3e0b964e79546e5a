import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  type Check,
  each,
  given,
  isFalse,
  isTrue,
  noneOf,
  notMatching,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { Property } from "../../framework/property.ts";
import type { StackRule } from "../../framework/rule.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const FLOW = { "nist-800-53": ["AC-4", "SC-7", "SC-7(5)"] };

/** Rules that are added to a default group from outside. */
export const defaultGroupUnused: StackRule<unknown> = {
  id: "vpc-default-sg-unused",
  title: "Nobody adds rules to the default security group of a VPC",
  why: "What somebody launches without a group of its own gets what was opened for something else.",
  severity: "medium",
  remedy: "Make a security group for what needs the rule.",
  url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
  controls: sameAs(["EC2.2"]),
  evaluate(stack, report) {
    const groups = stack.ofType("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    for (const type of [
      "aws:ec2/securityGroupRule:SecurityGroupRule",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    ]) {
      for (const rule of stack.ofType(type)) {
        for (const group of groups) {
          const reference = stack.refers(rule, "securityGroupId", group);
          if (reference === "yes") report.fail(rule, `opens the default group ${group.name}`);
          else if (reference instanceof Property) report.wait(rule, reference);
        }
      }
    }
  },
};

/** The route that takes everything else. */
export const defaultRouteAuthorised: StackRule<unknown> = {
  id: "apigateway-default-route-authorised",
  title: "The route of an HTTP API that takes everything says who may call it",
  why: "Every path that nobody thought of ends there, and is open to the internet.",
  severity: "medium",
  remedy: "Set authorizationType of $default to JWT, CUSTOM or AWS_IAM, or name the routes that there are.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html",
  controls: sameAs(["APIGateway.8"]),
  evaluate(stack, report) {
    const apis = stack.ofType("aws:apigatewayv2/api:Api");
    for (const route of stack.ofType("aws:apigatewayv2/route:Route")) {
      if (route.inputs.get("routeKey").string !== "$default") continue;
      const type = route.inputs.get("authorizationType");
      if (type.string !== undefined && type.string !== "NONE") continue;
      const references = apis.map((api) => [api, stack.refers(route, "apiId", api)] as const);
      const protocol = references.find(([, reference]) => reference === "yes")?.[0].inputs.get("protocolType");
      // That of a WebSocket cannot be protected: $connect is.
      if (protocol?.string === "WEBSOCKET") continue;
      const unsure = protocol === undefined ? references.map(([, reference]) => reference) : [protocol];
      const open = [type, ...unsure].filter((one): one is Property => one instanceof Property && one.unknown);
      report.failUnless(route, open, "is $default and has no authorizationType");
    }
  },
};

/** Endpoints that others use. */
export const endpointServicesAsk = settingRule({
  id: "vpc-endpoint-service-accepted-by-hand",
  title: "Somebody accepts who connects to an endpoint service",
  why: "Whoever may see the service is connected at once, and nobody hears of it.",
  severity: "medium",
  remedy: "Set acceptanceRequired to true.",
  url: "https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html",
  controls: FLOW,
  checks: { "aws:ec2/vpcEndpointService:VpcEndpointService": setting("acceptanceRequired", isTrue()) },
});

const EVERYWHERE = ["0.0.0.0/0", "::/0"];
/** A route through a peering that takes everything. */
const peeringRoute = (target: string, cidrs: readonly string[]): Check =>
  onlyIf(setting(target, given), allOf(...cidrs.map((cidr) => setting(cidr, noneOf(EVERYWHERE)))));

/** Peerings. */
export const peeringsNarrow = settingRule({
  id: "vpc-peering-route-narrow",
  title: "Routes through a peering name the network that is reached",
  why: "A route for everything sends all that has no other way into somebody else's network.",
  severity: "medium",
  remedy: "Set the destination to the CIDR block of the other VPC.",
  url: "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
  controls: FLOW,
  checks: {
    "aws:ec2/route:Route": peeringRoute("vpcPeeringConnectionId", ["destinationCidrBlock", "destinationIpv6CidrBlock"]),
    "aws:ec2/routeTable:RouteTable": each(
      "routes",
      peeringRoute("vpcPeeringConnectionId", ["cidrBlock", "ipv6CidrBlock"]),
    ),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": each(
      "routes",
      peeringRoute("vpcPeeringConnectionId", ["cidrBlock", "ipv6CidrBlock"]),
    ),
  },
});

/** Buckets behind a distribution. */
export const originsByIdentity = settingRule({
  id: "cloudfront-s3-origin-access",
  title: "Distributions read their buckets by an identity of their own",
  why: "Without one the bucket has to be public, and its objects can be had past the distribution and its filter.",
  severity: "medium",
  remedy: "Set originAccessControlId to an aws.cloudfront.OriginAccessControl of the type s3.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
  controls: sameAs(["CloudFront.2"], { "security-hub": ["CloudFront.13"] }),
  checks: {
    "aws:cloudfront/distribution:Distribution": each("origins", (origin, report) => {
      const custom = origin.get("customOriginConfig");
      // A website of S3 is an origin like any other.
      if (custom.unknown) return report.wait(custom);
      if (custom.known) return;
      const identities = [
        origin.get("originAccessControlId"),
        origin.get("s3OriginConfig").get("originAccessIdentity"),
      ];
      if (identities.some(({ string }) => string)) return;
      const domain = origin.get("domainName");
      if (domain.string !== undefined && !/\.s3[.-][\w.-]*amazonaws\.com(\.cn)?$/.test(domain.string)) return;
      const open = [...identities, domain].filter(({ unknown }) => unknown);
      report.failUnless(open, `${origin.path} has no originAccessControlId`);
    }),
  },
});

/** Access points. */
export const accessPointsBlocked = settingRule({
  id: "s3-access-point-blocked",
  title: "Access points of buckets do not let the public in",
  why: "An access point has a policy of its own, and its switches cannot be changed later.",
  severity: "high",
  remedy: "Leave publicAccessBlockConfiguration out, or all four of its switches on.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html",
  controls: { "security-hub": ["S3.19"], "nist-800-53": ["AC-3", "AC-4", "AC-6", "SC-7"] },
  checks: {
    "aws:s3/accessPoint:AccessPoint": allOf(
      ...["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map((name) =>
        setting(`publicAccessBlockConfiguration.${name}`, isTrue("holds")),
      ),
    ),
  },
});

/** Bodies of requests. */
export const requestsNotLogged = settingRule({
  id: "apigateway-no-data-trace",
  title: "APIs do not write whole requests into logs",
  why: "Passwords, tokens and what customers sent are then in a log that many may read.",
  severity: "medium",
  remedy: "Leave settings.dataTraceEnabled out.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
  controls: { "nist-800-53": ["AU-3", "SI-12", "AC-4"] },
  checks: { "aws:apigateway/methodSettings:MethodSettings": setting("settings.dataTraceEnabled", isFalse()) },
});

/** Nobody's keys. */
export const noKeysOfRoot = settingRule({
  id: "iam-no-root-key",
  title: "The root of the account has no access keys",
  why: "Its keys can do everything, and no policy takes anything from them.",
  severity: "critical",
  remedy: "Make a role for what needs the key.",
  url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
  controls: sameAs(["IAM.4"], { "cis-aws": ["1.4"] }),
  checks: { "aws:iam/accessKey:AccessKey": setting("user", notMatching(/root/i, "anybody but root")) },
});

/** Certificates are seen. */
export const certificatesSeen = settingRule({
  id: "acm-transparency-logged",
  title: "Certificates are in the public logs",
  why: "Browsers refuse certificates that are not, and only there somebody sees one that was issued by mistake.",
  severity: "low",
  remedy: "Leave options.certificateTransparencyLoggingPreference out.",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-transparency",
  controls: { "nist-800-53": ["SC-17", "SC-23"] },
  checks: {
    "aws:acm/certificate:Certificate": setting(
      "options.certificateTransparencyLoggingPreference",
      noneOf(["DISABLED"]),
    ),
  },
});

/** Documents that run on machines. */
export const ssmDocumentsPrivate = settingRule({
  id: "ssm-document-private",
  title: "Documents of Systems Manager are not public",
  why: "They show how machines are set up, and often with what.",
  severity: "high",
  remedy: "Leave permissions out, or name accounts in account_ids.",
  url: "https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-ssm-sharing.html",
  controls: sameAs(["SSM.4"]),
  checks: {
    "aws:ssm/document:Document": setting("permissions.account_ids", {
      wanted: "a list of accounts",
      whenAbsent: "holds",
      holds: (value) => !/\ball\b/i.test(value.string ?? ""),
    }),
  },
});

/** Snapshots. */
export const snapshotsPrivate = settingRule({
  id: "rds-snapshot-private",
  title: "Snapshots of databases are not public",
  why: "Everybody with an AWS account restores the whole database.",
  severity: "critical",
  remedy: 'Name accounts in sharedAccounts instead of "all".',
  url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html",
  controls: sameAs(["RDS.1"]),
  checks: {
    "aws:rds/snapshot:Snapshot": setting("sharedAccounts[]", noneOf(["all"])),
    "aws:rds/clusterSnapshot:ClusterSnapshot": setting("sharedAccounts[]", noneOf(["all"])),
  },
});

/** Images. */
export const buildsStayInside = settingRule({
  id: "codebuild-not-public",
  title: "Builds and their logs are not public",
  why: "Logs of builds show addresses, versions and sometimes what should not have been printed.",
  severity: "high",
  remedy: "Leave projectVisibility at PRIVATE.",
  url: "https://docs.aws.amazon.com/codebuild/latest/userguide/public-builds.html",
  controls: { "nist-800-53": ["AC-3", "AC-21"] },
  checks: { "aws:codebuild/project:Project": setting("projectVisibility", noneOf(["PUBLIC_READ"])) },
});

/** Workflows of Airflow. */
export const airflowInside = settingRule({
  id: "mwaa-not-public",
  title: "The web server of Airflow is not on the internet",
  why: "Whoever logs on there runs code with the environment's role.",
  severity: "high",
  remedy: "Leave webserverAccessMode at PRIVATE_ONLY.",
  url: "https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-networking.html",
  controls: { "nist-800-53": ["AC-3", "AC-4", "SC-7"] },
  checks: { "aws:mwaa/environment:Environment": setting("webserverAccessMode", noneOf(["PUBLIC_ONLY"])) },
});

/** Brokers of streams. */
export const kafkaInside = settingRule({
  id: "msk-not-public",
  title: "Kafka clusters have no public addresses",
  why: "Every topic is then one leaked password away from the internet.",
  severity: "high",
  remedy: "Leave brokerNodeGroupInfo.connectivityInfo.publicAccess.type at DISABLED.",
  url: "https://docs.aws.amazon.com/msk/latest/developerguide/public-access.html",
  controls: { "security-hub": ["MSK.4"], "nist-800-53": ["AC-3", "AC-4", "SC-7"] },
  checks: {
    "aws:msk/cluster:Cluster": setting(
      "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
      noneOf(["SERVICE_PROVIDED_EIPS"]),
    ),
  },
});

/** Names. */
export const domainsLocked = settingRule({
  id: "route53-transfer-lock",
  title: "Domains cannot be moved to another registrar by mistake or by fraud",
  why: "With the domain go mail, certificates and everything under its name.",
  severity: "medium",
  remedy: "Leave transferLock on.",
  url: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/domain-lock.html",
  controls: { "nist-800-53": ["AC-3", "CM-5"] },
  checks: { "aws:route53domains/registeredDomain:RegisteredDomain": setting("transferLock", isTrue("holds")) },
});

/** Keys that somebody can still change. */
export const keysNotLockedOut = settingRule({
  id: "kms-no-lockout-bypass",
  title: "Key policies are checked for locking everybody out",
  why: "A key that nobody may manage can't be repaired, and what it encrypted waits for AWS's support.",
  severity: "medium",
  remedy: "Leave bypassPolicyLockoutSafetyCheck out.",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#prevent-unmanageable-key",
  controls: { "nist-800-53": ["CP-10", "SC-12"] },
  checks: { "aws:kms/key:Key": setting("bypassPolicyLockoutSafetyCheck", isFalse()) },
});
