import { sameAs } from "../../data/controls.ts";
import { anyOf, given, isTrue, matching, noneOf, notMatching, oneOf, setting } from "../../framework/condition.ts";
import { put } from "../../framework/fix.ts";
import { settingRule } from "../../framework/setting-rule.ts";

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
  fixes: {
    "aws:apigateway/domainName:DomainName": put("securityPolicy", noneOf(["TLS_1_0"]), "TLS_1_2"),
    "aws:apigatewayv2/domainName:DomainName": put(
      "domainNameConfiguration.securityPolicy",
      oneOf(["TLS_1_2"]),
      "TLS_1_2",
      { parents: "given" },
    ),
  },
});
