import { sameAs } from "../../data/controls.ts";
import { companionRule } from "../../framework/companion-rule.ts";
import {
  allOf,
  anyOf,
  given,
  isFalse,
  matching,
  noneOf,
  notGiven,
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put, together } from "../../framework/fix.ts";
import { settingRule } from "../../framework/setting-rule.ts";

const TLS_1_2 = matching(/^TLSv1\.[23]/, "TLS 1.2 or later");
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";

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
  fixes: {
    [DISTRIBUTION]: together(
      put("defaultCacheBehavior.viewerProtocolPolicy", noneOf(["allow-all"]), "redirect-to-https"),
      put("orderedCacheBehaviors[].viewerProtocolPolicy", noneOf(["allow-all"]), "redirect-to-https"),
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
      // A certificate of one's own goes before CloudFront's where both are named.
      anyOf(
        setting("aliases", given),
        setting("viewerCertificate.acmCertificateArn", given),
        setting("viewerCertificate.iamCertificateId", given),
        setting("viewerCertificate.cloudfrontDefaultCertificate", isFalse("fails")),
      ),
      setting("viewerCertificate.minimumProtocolVersion", TLS_1_2),
    ),
  },
  fixes: {
    [DISTRIBUTION]: put("viewerCertificate.minimumProtocolVersion", TLS_1_2, "TLSv1.2_2021", { parents: "given" }),
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
export const distributionLogs = companionRule({
  id: "cloudfront-logging",
  title: "Distributions write access logs",
  why: "Nobody can say afterwards who asked for what.",
  severity: "low",
  remedy: "Set loggingConfig.bucket, or deliver logs with an aws.cloudwatch.LogDeliverySource.",
  url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html",
  controls: sameAs(["CloudFront.5"]),
  of: DISTRIBUTION,
  itself: setting("loggingConfig.bucket", given),
  companions: [
    {
      type: "aws:cloudwatch/logDeliverySource:LogDeliverySource",
      by: "resourceArn",
      check: setting("logType", oneOf(["ACCESS_LOGS"])),
    },
  ],
  missing: "has no loggingConfig, and no aws.cloudwatch.LogDeliverySource",
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
