/** Elastic Load Balancing: ARNs end with sixteen hex digits, and each level's ARN continues its parent's. */
import { regional, serviceZone, vpcOfSubnet } from "./addresses.ts";
import { type IdentityKit, lastPart, type Outputs, type Rule } from "./kit.ts";

/** Hosted zones of application load balancers, from the AWS General Reference, Elastic Load Balancing endpoints. */
export const APPLICATION_ZONES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "Z14GRHDCWA56QT",
  "ap-northeast-2": "ZWKZPGTI48KDX",
  "ap-south-1": "ZP97RAFLXTNZK",
  "ap-southeast-1": "Z1LMS91P8CMLE5",
  "ap-southeast-2": "Z1GM3OXH4ZPM65",
  "ca-central-1": "ZQSVJUPU6J1EY",
  "eu-central-1": "Z215JYRZR1TBD5",
  "eu-north-1": "Z23TAZ6LKFMNIO",
  "eu-west-1": "Z32O12XQLNTSW2",
  "eu-west-2": "ZHURV8PSTC4K8",
  "eu-west-3": "Z3Q77PNBQS71R4",
  "sa-east-1": "Z2P70J7HTTTPLU",
  "us-east-1": "Z35SXDOTRQ7X7K",
  "us-east-2": "Z3AADJGX6KTTL2",
  "us-west-1": "Z368ELLRRE2KJ0",
  "us-west-2": "Z1H1FL5HABSF5",
};

const KINDS: Readonly<Record<string, string>> = { application: "app", network: "net", gateway: "gwy" };

/** What follows `loadbalancer/` or stands for a target group in CloudWatch dimensions. */
function suffix(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  return resource.startsWith("loadbalancer/") ? resource.slice("loadbalancer/".length) : resource;
}

const loadBalancer: Rule = (kit) => {
  const name = kit.need("name");
  const kind = KINDS[kit.text("loadBalancerType") ?? "application"] ?? "app";
  const arn = kit.id(() => kit.arn("elasticloadbalancing", `loadbalancer/${kind}/${name}/${kit.hex(16)}`));
  const subnets = kit.list("subnets");
  const mapped = kit
    .list("subnetMappings")
    .map((m) => (m !== null && typeof m === "object" && !Array.isArray(m) ? m.subnetId : undefined));
  const all = [...subnets, ...mapped].filter((s): s is string => typeof s === "string");
  const internal = kit.flag("internal");
  const number = Number.parseInt(lastPart(arn).slice(0, 8), 16);
  const dnsName =
    kind === "app"
      ? `${internal ? "internal-" : ""}${name}-${number}.${kit.region}.elb.${kit.dnsSuffix}`
      : `${name}-${lastPart(arn)}.elb.${kit.region}.${kit.dnsSuffix}`;
  return {
    id: arn,
    arn,
    outputs: {
      arnSuffix: suffix(arn),
      dnsName: kit.keep("dnsName", () => dnsName),
      zoneId: serviceZone(kit, `elb ${kind}`, kind === "app" ? APPLICATION_ZONES : {}),
      vpcId: kit.keep("vpcId", () => vpcOfSubnet(kit, all) ?? ""),
      internal,
      ipAddressType: "ipv4",
      subnets: all,
      subnetMappings: all.map((subnetId) => ({ subnetId })),
    },
  };
};

const targetGroup: Rule = (kit) => {
  const arn = kit.id(() => kit.arn("elasticloadbalancing", `targetgroup/${kit.need("name")}/${kit.hex(16)}`));
  const protocol = kit.text("protocol") ?? "HTTP";
  const isHttp = protocol.startsWith("HTTP");
  return {
    id: arn,
    arn,
    outputs: {
      arnSuffix: suffix(arn),
      ipAddressType: "ipv4",
      loadBalancingAlgorithmType: "round_robin",
      loadBalancingAnomalyMitigation: "off",
      loadBalancingCrossZoneEnabled: "use_load_balancer_configuration",
      protocolVersion: isHttp ? "HTTP1" : "",
      healthCheck: {
        enabled: true,
        healthyThreshold: 3,
        interval: 30,
        matcher: isHttp ? "200" : "",
        path: isHttp ? "/" : "",
        port: "traffic-port",
        protocol: isHttp ? "HTTP" : "TCP",
        timeout: 5,
        unhealthyThreshold: 3,
      },
      stickiness: { enabled: false, type: isHttp ? "lb_cookie" : "source_ip", cookieDuration: isHttp ? 86_400 : 0 },
      targetType: kit.text("targetType") ?? "instance",
    },
  };
};

/** Makes the child's ARN of the parent's: `…:listener/app/x/123/456` of `…:loadbalancer/app/x/123`. */
function childArn(kit: IdentityKit, parent: string, from: string, to: string): string {
  const arn = kit.need(parent);
  const based = arn.includes(`:${from}/`)
    ? arn.replace(`:${from}/`, `:${to}/`)
    : kit.arn("elasticloadbalancing", `${to}/app/${lastPart(arn)}`);
  return `${based}/${kit.hex(16)}`;
}

const listener: Rule = (kit) => {
  const arn = kit.id(() => childArn(kit, "loadBalancerArn", "loadbalancer", "listener"));
  const protocol = kit.text("protocol");
  const isTls = protocol === "HTTPS" || protocol === "TLS";
  return {
    id: arn,
    arn,
    outputs: {
      // The policy the API reference names as default for a listener created without one.
      ...(isTls ? { sslPolicy: kit.keep("sslPolicy", () => "ELBSecurityPolicy-2016-08") } : {}),
      ...(protocol === "HTTPS" ? { mutualAuthentication: { mode: "off" } } : {}),
      ...(protocol === "TCP" ? { tcpIdleTimeoutSeconds: 350 } : {}),
    },
  };
};

/** After the highest there is, as the provider chooses it. */
function nextPriority(kit: IdentityKit): number {
  const listener = kit.need("listenerArn");
  const rules = kit.context.mentioning?.(listener) ?? [];
  return (
    Math.max(0, ...rules.map(({ outputs }) => (outputs.listenerArn === listener ? Number(outputs.priority ?? 0) : 0))) +
    1
  );
}

const listenerRule: Rule = (kit) => {
  const arn = kit.id(() => childArn(kit, "listenerArn", "listener", "listener-rule"));
  const priority = kit.inputs.priority;
  return {
    id: arn,
    arn,
    outputs:
      typeof priority === "number" ? ({} as Outputs) : { priority: kit.keep("priority", () => nextPriority(kit)) },
  };
};

export const BALANCING_RULES: Readonly<Record<string, Rule>> = {
  "lb/LoadBalancer": loadBalancer,
  "lb/TargetGroup": targetGroup,
  "lb/Listener": listener,
  "lb/ListenerRule": listenerRule,
  "lb/ListenerCertificate": (kit) => ({
    id: kit.id(() => `${kit.need("listenerArn")}_${kit.need("certificateArn")}`),
  }),
  "lb/TargetGroupAttachment": (kit) => ({
    id: kit.id(() => `${kit.need("targetGroupArn")}-${kit.hex(26)}`),
  }),
  "elb/LoadBalancer": (kit) => {
    const name = kit.id(() => kit.need("name"));
    return {
      id: name,
      arn: kit.arn("elasticloadbalancing", `loadbalancer/${name}`),
      outputs: {
        dnsName: `${name}-${regional(kit, `elb ${name}`, 10)}.${kit.region}.elb.${kit.dnsSuffix}`,
        zoneId: serviceZone(kit, "elb app", APPLICATION_ZONES),
      },
    };
  },
};
