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
  oneOf,
  onlyIf,
  setting,
} from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { forTypes, settingRule } from "../../framework/setting-rule.ts";

const LISTENER = "aws:lb/listener:Listener";

const BALANCER = "aws:lb/loadBalancer:LoadBalancer";

const FROM_TLS_1_2 = matching(/^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)/, "a policy from TLS 1.2 on");
const application = setting("loadBalancerType", oneOf(["application"], "holds"));

/** The provider takes HTTP where only the port is said; gateway load balancers have neither. */
const plainHttp = allOf(
  setting("protocol", oneOf(["HTTP"], "holds")),
  anyOf(setting("port", given), setting("protocol", given)),
);

/** Every default action sends people to HTTPS, or answers by itself without anything behind it. */
const sendsToHttps: Check = (inputs, report) => {
  const actions = inputs.get("defaultActions");
  for (const action of actions.items()) {
    const type = action.get("type");
    const protocol = action.get("redirect").get("protocol");
    for (const property of [action, type, protocol]) {
      if (property.unknown) return report.wait(property);
    }
    if (type.string === "fixed-response") continue;
    if (type.string === "redirect" && protocol.string === "HTTPS") continue;
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
    [LISTENER]: onlyIf(plainHttp, sendsToHttps),
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
    [LISTENER]: onlyIf(setting("protocol", oneOf(["HTTPS", "TLS"])), setting("sslPolicy", FROM_TLS_1_2)),
  },
  fixes: {
    // Of the policies without TLS 1.1 the one that most clients speak.
    [LISTENER]: put("sslPolicy", FROM_TLS_1_2, "ELBSecurityPolicy-TLS13-1-2-2021-06"),
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
  fixes: { [BALANCER]: put("dropInvalidHeaderFields", isTrue(), true) },
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
  fixes: forTypes(
    [BALANCER, "aws:elb/loadBalancer:LoadBalancer"],
    put("desyncMitigationMode", noneOf(["monitor"]), "defensive"),
  ),
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
  fixes: {
    [BALANCER]: put("accessLogs.enabled", isTrue(), true, { parents: "given" }),
    "aws:elb/loadBalancer:LoadBalancer": put("accessLogs.enabled", isTrue("holds"), true),
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
