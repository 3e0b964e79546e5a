import { sameAs } from "../../data/controls.ts";
import {
  allOf,
  anyOf,
  type Check,
  given,
  isTrue,
  matching,
  noneOf,
  notGiven,
  notMatching,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const LISTENER = "aws:lb/listener:Listener";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const application = setting("loadBalancerType", oneOf(["application"], "holds"));

/** Every default action sends people to HTTPS, or answers by itself without anything behind it. */
const sendsToHttps: Check = (inputs, report) => {
  const actions = inputs.get("defaultActions");
  if (actions.unknown) return report.wait(actions);
  for (const action of actions.items()) {
    const type = action.get("type");
    const protocol = action.get("redirect").get("protocol");
    for (const property of [action, type, protocol]) {
      if (property.unknown) return report.wait(property);
    }
    if (type.string === "fixed-response") continue;
    if (type.string === "redirect" && (protocol.string ?? "#{protocol}") === "HTTPS") continue;
    report.fail(`${type.path} answers over plain HTTP`);
  }
};

/** Plain HTTP serves nobody. */
export const listenersEncrypted = settingRule({
  id: "elb-listener-encrypted",
  title: "Listeners on plain HTTP do nothing but send people to HTTPS",
  why: "Passwords, sessions and data can be read and changed on the way.",
  severity: "high",
  remedy: "Use HTTPS (TLS for network load balancers) with a certificate, and redirect from port 80.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
  controls: sameAs(["ELB.1"]),
  checks: {
    [LISTENER]: onlyIf(setting("protocol", oneOf(["HTTP"])), sendsToHttps),
    "aws:elb/loadBalancer:LoadBalancer": setting("listeners[].lbProtocol", noneOf(["http", "HTTP", "tcp", "TCP"])),
  },
});

/** Old versions of TLS are not spoken. */
export const modernTls = settingRule({
  id: "elb-tls-policy",
  title: "Listeners speak TLS 1.2 and later only",
  why: "Older versions can be broken by who sits in between; without a policy AWS takes one of 2016 that speaks TLS 1.0.",
  severity: "medium",
  remedy: "Set sslPolicy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 or another of TLS13-1-2.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
  controls: {
    ...{ "security-hub": ["ELB.17"] },
    "nist-800-53": ["AC-17(2)", "SC-8", "SC-8(1)", "SC-13", "SC-23"],
  },
  checks: {
    [LISTENER]: onlyIf(
      setting("protocol", oneOf(["HTTPS", "TLS"])),
      setting("sslPolicy", matching(/^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)/, "a policy from TLS 1.2 on")),
    ),
  },
});

/** Broken headers end here. */
export const invalidHeadersDropped = settingRule({
  id: "alb-drop-invalid-headers",
  title: "Application load balancers drop headers that are not valid",
  why: "Balancer and service read a broken header differently, and a request hides in another one.",
  severity: "medium",
  remedy: "Set dropInvalidHeaderFields to true.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
  controls: sameAs(["ELB.4"]),
  checks: { [BALANCER]: onlyIf(application, setting("dropInvalidHeaderFields", isTrue())) },
});

/** Requests that could be read in two ways. */
export const desyncMitigated = settingRule({
  id: "elb-desync-mitigation",
  title: "Load balancers close what could be two requests",
  why: "In monitor mode a request that balancer and service read differently is passed on.",
  severity: "medium",
  remedy: "Leave desyncMitigationMode out, or set it to defensive or strictest.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/desync-mitigation-mode.html",
  controls: sameAs(["ELB.12", "ELB.14"]),
  checks: {
    [BALANCER]: setting("desyncMitigationMode", noneOf(["monitor"])),
    "aws:elb/loadBalancer:LoadBalancer": setting("desyncMitigationMode", noneOf(["monitor"])),
  },
});

/** Who asked for what is known afterwards. */
export const balancerLogs = settingRule({
  id: "elb-access-logs",
  title: "Load balancers write access logs",
  why: "Nobody can say afterwards who asked for what, and with what answer.",
  severity: "medium",
  remedy: "Set accessLogs.bucket and accessLogs.enabled.",
  url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
  controls: sameAs(["ELB.5"]),
  checks: {
    [BALANCER]: onlyIf(application, setting("accessLogs.enabled", isTrue())),
    // Here the block itself turns them on.
    "aws:elb/loadBalancer:LoadBalancer": allOf(
      setting("accessLogs.bucket", given),
      setting("accessLogs.enabled", isTrue("holds")),
    ),
  },
});

/** Viewers. */
export const viewersEncrypted = settingRule({
  id: "cloudfront-viewer-https",
  title: "Distributions serve HTTPS only",
  why: "What viewers send and get can be read and changed on the way.",
  severity: "medium",
  remedy: "Set viewerProtocolPolicy to redirect-to-https or https-only, in every behaviour.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html",
  controls: sameAs(["CloudFront.3"]),
  checks: {
    [DISTRIBUTION]: allOf(
      setting("defaultCacheBehavior.viewerProtocolPolicy", noneOf(["allow-all"])),
      setting("orderedCacheBehaviors[].viewerProtocolPolicy", noneOf(["allow-all"])),
    ),
  },
});

/** Their TLS. */
export const viewerTls = settingRule({
  id: "cloudfront-tls-version",
  title: "Distributions with a name of their own speak TLS 1.2 and later only",
  why: "Older versions can be broken by who sits in between.",
  severity: "medium",
  remedy: "Set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html",
  controls: sameAs(["CloudFront.7"]),
  checks: {
    [DISTRIBUTION]: onlyIf(
      setting("aliases", given),
      setting("viewerCertificate.minimumProtocolVersion", matching(/^TLSv1\.[23]/, "TLS 1.2 or later")),
    ),
  },
});

/** Origins. */
export const originsEncrypted = settingRule({
  id: "cloudfront-origin-https",
  title: "Distributions speak to their own origins over TLS 1.2",
  why: "The second half of the way is as public as the first.",
  severity: "medium",
  remedy: "Set originProtocolPolicy to https-only and originSslProtocols to TLSv1.2.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html",
  controls: sameAs(["CloudFront.9", "CloudFront.10"]),
  checks: {
    [DISTRIBUTION]: allOf(
      setting("origins[].customOriginConfig.originProtocolPolicy", noneOf(["http-only"])),
      setting("origins[].customOriginConfig.originSslProtocols[]", oneOf(["TLSv1.2"], "holds")),
    ),
  },
});

/** Logs of distributions. */
export const distributionLogs = settingRule({
  id: "cloudfront-logging",
  title: "Distributions write access logs",
  why: "Nobody can say afterwards who asked for what.",
  severity: "low",
  remedy: "Set loggingConfig.bucket, or deliver logs with aws.cloudwatch.LogDelivery and say so in an exemption.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html",
  controls: sameAs(["CloudFront.5"]),
  checks: { [DISTRIBUTION]: setting("loggingConfig.bucket", given) },
});

/** A filter in front. */
export const distributionFiltered = settingRule({
  id: "cloudfront-waf",
  title: "Distributions stand behind a web ACL",
  why: "Known attacks and floods reach the origin and its bill.",
  severity: "low",
  remedy: "Set webAclId to an aws.wafv2.WebAcl of scope CLOUDFRONT.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html",
  controls: sameAs(["CloudFront.6"]),
  checks: { [DISTRIBUTION]: setting("webAclId", given) },
});

/** The root of a site. */
export const rootObject = settingRule({
  id: "cloudfront-root-object",
  title: "Distributions of a bucket say what the root shows",
  why: "Without it a request for the root lists the bucket where its policy lets it.",
  severity: "low",
  remedy: "Set defaultRootObject.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DefaultRootObject.html",
  controls: sameAs(["CloudFront.1"]),
  checks: {
    [DISTRIBUTION]: onlyIf(setting("origins[].customOriginConfig", notGiven), setting("defaultRootObject", given)),
  },
});

/** Routes of APIs. */
export const routesAuthorised = settingRule({
  id: "apigateway-authorisation",
  title: "Methods and routes of APIs say who may call them",
  why: "NONE is the whole internet, and AWS takes it when nothing is said.",
  severity: "medium",
  remedy: "Set authorization (authorizationType) to AWS_IAM, JWT, CUSTOM or COGNITO_USER_POOLS; OPTIONS may stay open.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html",
  controls: sameAs(["APIGateway.8"]),
  checks: {
    "aws:apigateway/method:Method": anyOf(
      setting("authorization", noneOf(["NONE"], "fails")),
      setting("httpMethod", oneOf(["OPTIONS"])),
      setting("apiKeyRequired", isTrue()),
    ),
    "aws:apigatewayv2/route:Route": anyOf(
      setting("authorizationType", noneOf(["NONE"], "fails")),
      setting("routeKey", matching(/^(OPTIONS |\$disconnect$|\$default$)/, "a route that cannot be protected")),
    ),
  },
});

/** Logs of APIs. */
export const apiLogs = settingRule({
  id: "apigateway-access-logs",
  title: "Stages of APIs write access logs",
  why: "Nobody can say afterwards who called what, and with what answer.",
  severity: "medium",
  remedy: "Set accessLogSettings with a log group and a format.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
  controls: sameAs(["APIGateway.1", "APIGateway.9"]),
  checks: {
    "aws:apigateway/stage:Stage": setting("accessLogSettings.destinationArn", given),
    "aws:apigatewayv2/stage:Stage": setting("accessLogSettings.destinationArn", given),
  },
});

/** Names of APIs. */
export const apiTls = settingRule({
  id: "apigateway-tls-version",
  title: "Names of APIs speak TLS 1.2 and later only",
  why: "Older versions can be broken by who sits in between.",
  severity: "medium",
  remedy: "Set securityPolicy to TLS_1_2.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
  controls: { "nist-800-53": ["AC-17(2)", "SC-8", "SC-8(1)", "SC-13"] },
  checks: {
    "aws:apigateway/domainName:DomainName": setting("securityPolicy", notMatching(/^TLS_1_0$/, "TLS_1_2 or later")),
    "aws:apigatewayv2/domainName:DomainName": setting("domainNameConfiguration.securityPolicy", oneOf(["TLS_1_2"])),
  },
});

/** Filters filter something. */
export const webAclNotEmpty = settingRule({
  id: "waf-acl-not-empty",
  title: "Web ACLs have rules",
  why: "An ACL that allows by default and has no rule lets everything through and looks as if it did not.",
  severity: "medium",
  remedy: "Add rules, such as AWS's managed rule groups AWSManagedRulesCommonRuleSet and KnownBadInputs.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl.html",
  controls: sameAs(["WAF.10"]),
  checks: {
    "aws:wafv2/webAcl:WebAcl": anyOf(
      setting("rules", given),
      setting("ruleJson", given),
      setting("defaultAction.block", given),
    ),
  },
});

/** Certificates. */
export const certificatesRenewed = settingRule({
  id: "acm-dns-validation",
  title: "Certificates are validated by DNS",
  why: "Only then does ACM renew them by itself; one validated by e-mail ends when nobody answers the mail.",
  severity: "medium",
  remedy: "Set validationMethod to DNS, and make the records of domainValidationOptions.",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
  controls: sameAs(["ACM.1"]),
  checks: {
    "aws:acm/certificate:Certificate": onlyIf(
      allOf(setting("domainName", given), setting("certificateAuthorityArn", notGiven)),
      setting("validationMethod", oneOf(["DNS"])),
    ),
  },
});

/** Keys of certificates. */
export const certificateKeys = settingRule({
  id: "acm-strong-key",
  title: "Certificates have keys of at least 2048 bits",
  why: "Smaller RSA keys can be factored, and browsers refuse them.",
  severity: "high",
  remedy: "Leave keyAlgorithm out, or set it to RSA_2048, RSA_3072, RSA_4096 or an EC curve.",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html",
  controls: { "security-hub": ["ACM.2"], "nist-800-53": ["SC-12", "SC-13"] },
  checks: { "aws:acm/certificate:Certificate": setting("keyAlgorithm", noneOf(["RSA_1024"])) },
});

/** File transfers. */
export const transfersEncrypted = settingRule({
  id: "transfer-no-ftp",
  title: "File transfers are encrypted",
  why: "FTP sends passwords and files in plain text.",
  severity: "high",
  remedy: "Use SFTP, FTPS or AS2 in protocols.",
  url: "https://docs.aws.amazon.com/transfer/latest/userguide/transfer-services-encrypt.html",
  controls: { "security-hub": ["Transfer.2"], "nist-800-53": ["CM-7", "IA-5", "SC-8"] },
  checks: { "aws:transfer/server:Server": setting("protocols[]", noneOf(["FTP"])) },
});
