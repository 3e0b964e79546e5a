/** Monitoring, events, messaging, DNS, certificates, cost. */
import { createHash } from "node:crypto";
import { regional } from "./addresses.ts";
import { hashcode, type IdentityKit, lastPart, type Outputs, type Rule } from "./kit.ts";

/** A resource whose id is its name, with an ARN. */
function named(
  property: string,
  arn: (kit: IdentityKit, name: string) => string,
  more?: (kit: IdentityKit, name: string) => Outputs,
): Rule {
  return (kit) => {
    const name = kit.id(() => kit.need(property));
    return { id: name, arn: arn(kit, name), outputs: more?.(kit, name) ?? {} };
  };
}

/** A resource whose id is its ARN. */
function byArn(arn: (kit: IdentityKit) => string, more?: (kit: IdentityKit, arn: string) => Outputs): Rule {
  return (kit) => {
    const id = kit.id(() => arn(kit));
    return { id, arn: id, outputs: more?.(kit, id) ?? {} };
  };
}

const onDefaultBus = (kit: IdentityKit) => {
  const bus = lastPart(kit.text("eventBusName") ?? "default");
  return bus === "default" ? undefined : bus;
};

const eventRule: Rule = (kit) => {
  const name = kit.need("name");
  const bus = onDefaultBus(kit);
  const path = bus ? `${bus}/${name}` : name;
  return { id: kit.id(() => path), arn: kit.arn("events", `rule/${path}`), outputs: { eventBusName: "default" } };
};

const eventTarget: Rule = (kit) => {
  const target = kit.text("targetId") ?? kit.keep("targetId", () => `${kit.context.logicalName}-${kit.hex(7)}`);
  const bus = onDefaultBus(kit);
  return {
    id: kit.id(() => `${bus ? `${bus}-` : ""}${kit.need("rule")}-${target}`),
    outputs: { targetId: target },
  };
};

const topic: Rule = (kit) => {
  const arn = kit.id(() => kit.arn("sns", kit.need("name")));
  const isFifo = kit.flag("fifoTopic");
  return {
    id: arn,
    arn,
    outputs: {
      owner: kit.account,
      signatureVersion: 0,
      tracingConfig: "PassThrough",
      fifoThroughputScope: isFifo ? "Topic" : "",
      // The policy SNS gives a topic: its own account may use it.
      policy: kit.keep("policy", () =>
        JSON.stringify({
          Version: "2008-10-17",
          Id: "__default_policy_ID",
          Statement: [
            {
              Sid: "__default_statement_ID",
              Effect: "Allow",
              Principal: { AWS: "*" },
              Action: [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:AddPermission",
                "SNS:RemovePermission",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic",
                "SNS:Publish",
              ],
              Resource: arn,
              Condition: { StringEquals: { "AWS:SourceOwner": kit.account } },
            },
          ],
        }),
      ),
    },
  };
};

/** Only e-mail and HTTP wait for somebody to confirm. */
const subscription: Rule = (kit) => {
  // Subscribing an endpoint that is subscribed gives the subscription it has.
  const wanted = [kit.need("topic"), kit.text("protocol"), kit.text("endpoint")].join("\n");
  const digits = createHash("sha256").update(wanted).digest("hex").slice(0, 32);
  const arn = kit.id(() => `${kit.need("topic")}:${kit.uuid(digits)}`);
  const waits = /^(email|email-json|https?)$/.test(kit.text("protocol") ?? "") && !kit.flag("endpointAutoConfirms");
  return {
    id: arn,
    arn,
    outputs: {
      ownerId: kit.account,
      pendingConfirmation: kit.context.previous ? kit.context.previous.outputs.pendingConfirmation === true : waits,
      confirmationWasAuthenticated: !waits,
      ...(kit.text("filterPolicy") ? { filterPolicyScope: "MessageAttributes" } : { filterPolicyScope: "" }),
    },
  };
};

const queue: Rule = (kit) => {
  const name = kit.need("name");
  const url = kit.id(() => `https://sqs.${kit.region}.${kit.dnsSuffix}/${kit.account}/${name}`);
  return {
    id: url,
    arn: kit.arn("sqs", name),
    outputs: { url, sqsManagedSseEnabled: kit.text("kmsMasterKeyId") === undefined, kmsDataKeyReusePeriodSeconds: 300 },
  };
};

const zone: Rule = (kit) => {
  const id = kit.id(() => `Z${kit.base32(20)}`);
  const isPrivate = kit.list("vpcs").length > 0;
  const servers = isPrivate
    ? ["ns-0", "ns-1024", "ns-1536", "ns-512"].map((s, at) => `${s}.awsdns-00.${["com", "org", "co.uk", "net"][at]}`)
    : ["com", "net", "org", "co.uk"].map((top, at) => {
        const n = at * 512 + (hashcode(id + top) % 512);
        return `ns-${n}.awsdns-${String(hashcode(id) % 64).padStart(2, "0")}.${top}`;
      });
  return {
    id,
    arn: kit.arn("route53", `hostedzone/${id}`, { region: "", account: "" }),
    outputs: { zoneId: id, nameServers: servers, primaryNameServer: servers[0]! },
  };
};

const record: Rule = (kit) => {
  const zoneId = kit.need("zoneId");
  const name = (kit.text("name") ?? "").replace(/\.$/, "").toLowerCase();
  const domain = kit.otherText(zoneId, "name")?.replace(/\.$/, "");
  const fqdn =
    domain === undefined || name === domain || name.endsWith(`.${domain}`) ? name : name ? `${name}.${domain}` : domain;
  const set = kit.text("setIdentifier");
  return {
    id: kit.id(() => [zoneId, name, kit.need("type"), ...(set ? [set] : [])].join("_")),
    outputs: { fqdn },
  };
};

const certificate: Rule = (kit) => {
  const arn = kit.id(() => kit.arn("acm", `certificate/${kit.uuid()}`));
  const domain = kit.text("domainName") ?? "";
  const names = [domain, ...kit.list("subjectAlternativeNames").flatMap((n) => (typeof n === "string" ? [n] : []))];
  const unique = [...new Set(names.map((n) => n.replace(/^\*\./, "")))];
  const isImported = kit.text("privateKey") !== undefined;
  const byDns = kit.text("validationMethod") === "DNS";
  return {
    id: arn,
    arn,
    outputs: {
      status: isImported ? "ISSUED" : "PENDING_VALIDATION",
      type: isImported ? "IMPORTED" : "AMAZON_ISSUED",
      keyAlgorithm: "RSA_2048",
      renewalEligibility: "INELIGIBLE",
      validationMethod: isImported ? "NONE" : "",
      domainValidationOptions: byDns
        ? kit.keep("domainValidationOptions", () =>
            unique.map((domainName) => ({
              domainName,
              resourceRecordName: `_${kit.hex(32)}.${domainName}.`,
              resourceRecordType: "CNAME",
              resourceRecordValue: `_${kit.hex(32)}.acm-validations.aws.`,
            })),
          )
        : [],
    },
  };
};

const logGroup = named(
  "name",
  (kit, name) => kit.arn("logs", `log-group:${name}`),
  () => ({ logGroupClass: "STANDARD" }),
);

const dashboard: Rule = (kit) => {
  const name = kit.id(() => kit.need("dashboardName"));
  return { id: name, outputs: { dashboardArn: kit.arn("cloudwatch", `dashboard/${name}`, { region: "" }) } };
};

const budget: Rule = (kit) => {
  const owner = kit.text("accountId") ?? kit.account;
  const name = kit.need("name");
  return {
    id: kit.id(() => `${owner}:${name}`),
    arn: kit.arn("budgets", `budget/${name}`, { region: "", account: owner }),
    outputs: { accountId: owner, timePeriodStart: kit.keep("timePeriodStart", () => monthStart(kit)) },
  };
};

/** Budgets start with the month, written as the provider does: `2026-11-01_00:00`. */
function monthStart(kit: IdentityKit): string {
  return `${kit.context.now.toISOString().slice(0, 7)}-01_00:00`;
}

const webAcl: Rule = (kit) => {
  const id = kit.id(() => kit.uuid());
  const name = kit.need("name");
  const isGlobal = kit.text("scope") === "CLOUDFRONT";
  const resource = `${isGlobal ? "global" : "regional"}/webacl/${name}/${id}`;
  return {
    id,
    arn: kit.arn("wafv2", resource, isGlobal ? { region: "us-east-1" } : {}),
    outputs: { lockToken: kit.isChanged() ? kit.uuid() : kit.keep("lockToken", () => "") },
  };
};

const distribution: Rule = (kit) => {
  const id = kit.id(() => `E${kit.base32(13)}`);
  return {
    id,
    arn: kit.arn("cloudfront", `distribution/${id}`, { region: "" }),
    outputs: {
      domainName: kit.keep("domainName", () => `d${kit.base36(13)}.cloudfront.net`),
      hostedZoneId: "Z2FDTNDATAQYW2",
      status: "Deployed",
      etag: kit.isChanged() ? `E${kit.base32(13)}` : kit.keep("etag", () => ""),
    },
  };
};

export const OPERATIONS_RULES: Readonly<Record<string, Rule>> = {
  "cloudwatch/LogGroup": logGroup,
  "cloudwatch/LogStream": named("name", (kit, name) =>
    kit.arn("logs", `log-group:${kit.need("logGroupName")}:log-stream:${name}`),
  ),
  "cloudwatch/LogMetricFilter": (kit) => ({ id: kit.id(() => kit.need("name")) }),
  "cloudwatch/LogSubscriptionFilter": (kit) => ({
    // The provider makes it of the group alone; here the second filter of a group is an object of its own.
    id: kit.id(() => `cwlsf-${hashcode(`${kit.text("logGroup") ?? ""}-${kit.text("name") ?? ""}`)}`),
  }),
  "cloudwatch/LogResourcePolicy": (kit) => ({ id: kit.id(() => kit.text("policyName") ?? kit.need("resourceArn")) }),
  "cloudwatch/MetricAlarm": named("name", (kit, name) => kit.arn("cloudwatch", `alarm:${name}`)),
  "cloudwatch/CompositeAlarm": named("alarmName", (kit, name) => kit.arn("cloudwatch", `alarm:${name}`)),
  "cloudwatch/Dashboard": dashboard,
  "cloudwatch/EventBus": named("name", (kit, name) => kit.arn("events", `event-bus/${name}`)),
  "cloudwatch/EventRule": eventRule,
  "cloudwatch/EventTarget": eventTarget,
  "scheduler/Schedule": (kit) => {
    const path = `${kit.text("groupName") ?? "default"}/${kit.need("name")}`;
    return { id: kit.id(() => path), arn: kit.arn("scheduler", `schedule/${path}`), outputs: { groupName: "default" } };
  },
  "scheduler/ScheduleGroup": named("name", (kit, name) => kit.arn("scheduler", `schedule-group/${name}`)),
  "sns/Topic": topic,
  "sns/TopicPolicy": (kit) => ({ id: kit.id(() => kit.need("arn")), outputs: { owner: kit.account } }),
  "sns/TopicSubscription": subscription,
  "sqs/Queue": queue,
  "sqs/QueuePolicy": (kit) => ({ id: kit.id(() => kit.need("queueUrl")) }),
  "sqs/RedrivePolicy": (kit) => ({ id: kit.id(() => kit.need("queueUrl")) }),
  "sqs/RedriveAllowPolicy": (kit) => ({ id: kit.id(() => kit.need("queueUrl")) }),
  "sfn/StateMachine": byArn(
    (kit) => kit.arn("states", `stateMachine:${kit.need("name")}`),
    (kit, arn) => ({
      status: "ACTIVE",
      revisionId: kit.context.previous && kit.isChanged() ? kit.uuid() : kit.keep("revisionId", () => "INITIAL"),
      creationDate: kit.keep("creationDate", () => kit.now),
      stateMachineVersionArn: kit.flag("publish") ? `${arn}:1` : "",
    }),
  ),
  "route53/Zone": zone,
  "route53/Record": record,
  "route53/ZoneAssociation": (kit) => ({ id: kit.id(() => `${kit.need("zoneId")}:${kit.need("vpcId")}`) }),
  "route53/HealthCheck": (kit) => {
    const id = kit.id(() => kit.uuid());
    return { id, arn: kit.arn("route53", `healthcheck/${id}`, { region: "", account: "" }) };
  },
  "acm/Certificate": certificate,
  "acm/CertificateValidation": (kit) => ({
    id: kit.id(() => `${kit.now.replace("T", " ").replace("Z", "")} +0000 UTC`),
  }),
  "budgets/Budget": budget,
  "costexplorer/AnomalyMonitor": byArn((kit) => kit.arn("ce", `anomalymonitor/${kit.uuid()}`, { region: "" })),
  "costexplorer/AnomalySubscription": byArn(
    (kit) => kit.arn("ce", `anomalysubscription/${kit.uuid()}`, { region: "" }),
    (kit) => ({ accountId: kit.account }),
  ),
  "cloudtrail/Trail": byArn(
    (kit) => kit.arn("cloudtrail", `trail/${kit.need("name")}`),
    (kit) => ({ homeRegion: kit.region }),
  ),
  "guardduty/Detector": (kit) => {
    const id = kit.id(() => kit.hex(32));
    return { id, arn: kit.arn("guardduty", `detector/${id}`), outputs: { accountId: kit.account } };
  },
  "servicediscovery/PrivateDnsNamespace": (kit) => {
    const id = kit.id(() => `ns-${kit.base36(16)}`);
    return {
      id,
      arn: kit.arn("servicediscovery", `namespace/${id}`),
      outputs: { hostedZone: kit.keep("hostedZone", () => `Z${kit.base32(20)}`) },
    };
  },
  "servicediscovery/HttpNamespace": (kit) => {
    const id = kit.id(() => `ns-${kit.base36(16)}`);
    return { id, arn: kit.arn("servicediscovery", `namespace/${id}`), outputs: { httpName: kit.need("name") } };
  },
  "servicediscovery/Service": (kit) => {
    const id = kit.id(() => `srv-${kit.base36(16)}`);
    return { id, arn: kit.arn("servicediscovery", `service/${id}`) };
  },
  "wafv2/WebAcl": webAcl,
  "wafv2/WebAclAssociation": (kit) => ({ id: kit.id(() => `${kit.need("webAclArn")},${kit.need("resourceArn")}`) }),
  "wafv2/WebAclLoggingConfiguration": (kit) => ({ id: kit.id(() => kit.need("resourceArn")) }),
  "cloudfront/Distribution": distribution,
  "synthetics/Canary": named(
    "name",
    (kit, name) => kit.arn("synthetics", `canary:${name}`),
    (kit) => ({
      status: kit.flag("startCanary") ? "RUNNING" : "READY",
      sourceLocationArn: kit.keep("sourceLocationArn", () =>
        kit.arn("lambda", `layer:cwsyn-${kit.need("name")}-${kit.uuid()}:1`),
      ),
      engineArn: kit.keep("engineArn", () => kit.arn("lambda", `function:cwsyn-${kit.need("name")}-${kit.uuid()}:1`)),
    }),
  ),
  "apigateway/RestApi": (kit) => {
    const id = kit.id(() => kit.base36(10));
    return {
      id,
      arn: `arn:${kit.partition}:apigateway:${kit.region}::/restapis/${id}`,
      outputs: {
        executionArn: kit.arn("execute-api", id),
        rootResourceId: kit.keep("rootResourceId", () => kit.base36(10)),
        createdDate: kit.keep("createdDate", () => kit.now),
        apiKeySource: "HEADER",
      },
    };
  },
  "cognito/UserPool": (kit) => {
    const id = kit.id(() => `${kit.region}_${kit.base62(9)}`);
    return {
      id,
      arn: kit.arn("cognito-idp", `userpool/${id}`),
      outputs: { endpoint: `cognito-idp.${kit.region}.${kit.dnsSuffix}/${id}` },
    };
  },
  "organizations/Organization": (kit) => {
    const id = kit.id(() => `o-${regional(kit, "organization", 10)}`);
    return {
      id,
      arn: kit.arn("organizations", `organization/${id}`, { region: "" }),
      outputs: {
        masterAccountId: kit.account,
        masterAccountArn: kit.arn("organizations", `account/${id}/${kit.account}`, { region: "" }),
      },
    };
  },
};
