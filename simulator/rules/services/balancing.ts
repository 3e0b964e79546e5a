/** ELBv2: load balancers, listeners, target groups. */
import { all, any, between, maxItems, oneOf, says } from "../limits.ts";
import {
  type AccountObject,
  limited,
  type Refusal,
  refers,
  refusal,
  type ServiceRules,
  type Subject,
} from "../types.ts";
import * as to from "./targets.ts";

const blocking = { blocks: true } as const;

const name = (own: string) =>
  all(
    says((text) => text.length <= 32, `"{name}" cannot be longer than 32 characters${own}`),
    says(
      (text) => text === "" || /^[0-9A-Za-z-]+$/.test(text),
      `only alphanumeric characters and hyphens allowed in "{name}"${own}`,
    ),
    says((text) => !text.startsWith("-"), `"{name}" cannot begin with a hyphen${own}`),
    says((text) => !text.endsWith("-"), `"{name}" cannot end with a hyphen${own}`),
  );

/** Actions of listeners and rules: where target groups stand in them. */
const FORWARDS = (actions: string) => ({
  [`${actions}[*].targetGroupArn`]: { to: to.TARGET_GROUP, ...blocking },
  [`${actions}[*].forward.targetGroups[*].arn`]: { to: to.TARGET_GROUP, ...blocking },
});

const ACTION_LIMITS = (actions: string) => ({
  [`${actions}[*].order`]: between(1, 50_000),
  [`${actions}[*].forward.targetGroups`]: maxItems(5),
  [`${actions}[*].forward.targetGroups[*].weight`]: between(0, 999),
  [`${actions}[*].forward.stickiness.duration`]: between(1, 604_800),
});

export const BALANCING: ServiceRules = {
  references: [
    ...refers("lb/LoadBalancer", {
      "subnets[*]": {
        to: to.SUBNET,
        missing: refusal("SubnetNotFound", "The subnet ID '{}' does not exist"),
        ...blocking,
      },
      "subnetMappings[*].subnetId": {
        to: to.SUBNET,
        missing: refusal("SubnetNotFound", "The subnet ID '{}' does not exist"),
        ...blocking,
      },
      "subnetMappings[*].allocationId": {
        to: to.ELASTIC_IP,
        missing: refusal("AllocationIdNotFound", "The allocation IDs '{}' do not exist"),
      },
      "securityGroups[*]": {
        to: to.SECURITY_GROUP,
        missing: refusal("InvalidSecurityGroup", "The security group '{}' does not exist"),
        ...blocking,
      },
    }),
    ...refers("lb/Listener", {
      loadBalancerArn: to.LOAD_BALANCER,
      certificateArn: { to: to.CERTIFICATE, ...blocking },
      ...FORWARDS("defaultActions"),
    }),
    ...refers("lb/ListenerRule", { listenerArn: to.LISTENER, ...FORWARDS("actions") }),
    ...refers("lb/ListenerCertificate", {
      listenerArn: to.LISTENER,
      certificateArn: { to: to.CERTIFICATE, ...blocking },
    }),
    ...refers("lb/TargetGroup", {
      vpcId: { to: to.VPC, missing: refusal("ValidationError", "The VPC ID '{}' is not found") },
    }),
    ...refers("lb/TargetGroupAttachment", { targetGroupArn: to.TARGET_GROUP }),
  ],
  limits: [
    ...limited("lb/LoadBalancer", {
      name: all(
        name(': "{value}"'),
        says((text) => !text.startsWith("internal-"), '"{name}" cannot begin with "internal-": "{value}"'),
      ),
      idleTimeout: between(1, 4000),
      clientKeepAlive: between(60, 604_800),
    }),
    ...limited("lb/Listener", { port: between(1, 65535), ...ACTION_LIMITS("defaultActions") }),
    ...limited("lb/ListenerRule", { priority: between(1, 50_000), ...ACTION_LIMITS("actions") }),
    ...limited("lb/TargetGroup", {
      name: name(""),
      port: between(1, 65535),
      deregistrationDelay: between(0, 3600),
      slowStart: any(between(0, 0), between(30, 900)),
      loadBalancingAlgorithmType: oneOf("round_robin", "least_outstanding_requests", "weighted_random"),
      "healthCheck.healthyThreshold": between(2, 10),
      "healthCheck.unhealthyThreshold": between(2, 10),
      "healthCheck.interval": between(5, 300),
      "healthCheck.timeout": between(2, 120),
      "stickiness.cookieDuration": between(0, 604_800),
      "stickiness.type": oneOf("lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"),
    }),
  ],
  requests: [
    { types: ["lb/LoadBalancer"], refuse: zones },
    { types: ["lb/Listener"], refuse: certificate },
    { types: ["lb/Listener", "lb/ListenerRule"], refuse: oneLoadBalancer },
    { types: ["lb/ListenerRule"], refuse: conditionValues },
    { types: ["lb/TargetGroup"], refuse: healthCheck },
  ],
  deletions: [{ types: ["lb/LoadBalancer"], refuse: protection }],
};

function zones({ values, account }: Subject): Refusal | undefined {
  if ((values.text("loadBalancerType") ?? "application") !== "application") return undefined;
  const ids = [...values.texts("subnets[*]"), ...values.texts("subnetMappings[*].subnetId")];
  const subnets = ids.flatMap((id) => account.find(to.SUBNET.types, id) ?? []);
  // Of objects that came along with others, nothing is known.
  if (subnets.length < ids.length) return undefined;
  const vpcs = new Set(subnets.map(({ state }) => state.text("vpcId")));
  if (vpcs.size > 1) {
    return refusal("InvalidConfigurationRequest", "All subnets must belong to the same VPC");
  }
  const found = subnets.map(zoneOf);
  if (new Set(found).size < found.length) {
    return refusal(
      "InvalidConfigurationRequest",
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  }
  return found.length < 2
    ? refusal("ValidationError", "At least two subnets in two different Availability Zones must be specified")
    : undefined;
}

/** A subnet that leaves its zone to AWS counts as one of its own. */
function zoneOf({ id, inputs, state }: AccountObject): string {
  const chosen = inputs.has("availabilityZone") || inputs.has("availabilityZoneId");
  return (chosen ? state.text("availabilityZone") : undefined) ?? id;
}

function certificate({ values }: Subject): Refusal | undefined {
  const protocol = values.text("protocol");
  if ((protocol !== "HTTPS" && protocol !== "TLS") || values.has("certificateArn")) return undefined;
  return refusal("ValidationError", `A certificate must be specified for ${protocol} listeners`);
}

/** A target group takes traffic of one load balancer only, and of one in its own VPC. */
function oneLoadBalancer({ type, values, account }: Subject): Refusal | undefined {
  const own =
    type === "lb/Listener"
      ? values.text("loadBalancerArn")
      : account.find(to.LISTENER.types, values.text("listenerArn"))?.state.text("loadBalancerArn");
  const balancer = account.find(to.LOAD_BALANCER.types, own);
  if (balancer?.state.text("loadBalancerType") !== "application") return undefined;
  const actions = type === "lb/Listener" ? "defaultActions" : "actions";
  const groups = Object.keys(FORWARDS(actions)).flatMap((path) => values.texts(path));
  for (const group of new Set(groups)) {
    const vpcId = account.find(to.TARGET_GROUP.types, group)?.state.text("vpcId");
    const balancerVpc = balancer.state.text("vpcId");
    if (vpcId && balancerVpc && vpcId !== balancerVpc) {
      return refusal(
        "InvalidConfigurationRequest",
        `The following target groups are in a different VPC than load balancer '${balancer.id}': ${group}`,
      );
    }
    const others = account
      .mentioning("lb/Listener", group)
      .filter((one) => Object.keys(FORWARDS("defaultActions")).some((path) => one.state.texts(path).includes(group)));
    if (others.some((one) => one.state.text("loadBalancerArn") !== balancer.id)) {
      return refusal(
        "TargetGroupAssociationLimit",
        `The following target groups cannot be associated with more than one load balancer: ${group}`,
      );
    }
  }
  return undefined;
}

const CONDITION_VALUES = [
  ...["hostHeader", "pathPattern", "httpRequestMethod", "sourceIp"].map((kind) => `conditions[*].${kind}.values`),
  "conditions[*].httpHeader.values",
  "conditions[*].queryStrings",
];

function conditionValues({ values }: Subject): Refusal | undefined {
  const count = CONDITION_VALUES.flatMap((path) => values.at(`${path}[*]`)).length;
  return count > 5 ? refusal("ValidationError", "A rule can only have '5' condition values") : undefined;
}

function healthCheck({ values }: Subject): Refusal | undefined {
  const interval = values.number("healthCheck.interval");
  const slow =
    values.text("targetType") === "lambda"
      ? 30
      : /^(TCP|TLS|UDP|TCP_UDP)$/.test(values.text("healthCheck.protocol") ?? "")
        ? 10
        : 5;
  const timeout = values.number("healthCheck.timeout") ?? (interval === undefined ? undefined : slow);
  if (timeout === undefined || timeout < (interval ?? 30)) return undefined;
  // Network load balancers have taken equal values.
  if (slow === 10 && timeout === interval) return undefined;
  return refusal("ValidationError", "Health check interval must be greater than the timeout.");
}

function protection({ values, id }: Subject): Refusal | undefined {
  return values.flag("enableDeletionProtection")
    ? refusal("OperationNotPermitted", `Load balancer '${id}' cannot be deleted because deletion protection is enabled`)
    : undefined;
}
