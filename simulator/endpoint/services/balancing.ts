/** Elastic Load Balancing v2. */
import { createHash } from "node:crypto";
import type {
  AvailabilityZone,
  DescribeListenersInput,
  DescribeListenersOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  DescribeRulesInput,
  DescribeRulesOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  Listener,
  LoadBalancer,
  ModifyListenerInput,
  ModifyListenerOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DescribeListeners$,
  DescribeLoadBalancers$,
  DescribeRules$,
  DescribeTags$,
  DescribeTargetGroupAttributes$,
  DescribeTargetGroups$,
  DescribeTargetHealth$,
  ListenerNotFoundException$,
  LoadBalancerNotFoundException$,
  ModifyListener$,
  ModifyRule$,
  OperationNotPermittedException$,
  RuleNotFoundException$,
  TargetGroupNotFoundException$,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service, writes } from "../types.ts";
import { number, objects, page, present, tagsOf, text, texts } from "../values.ts";
import { actionsOf, conditionsOf, storedActions, storedConditions, targetGroupsIn } from "./balancing-shapes.ts";
import { targetHealth } from "./target-health.ts";

const LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const LISTENER = "aws:lb/listener:Listener";
const RULE = "aws:lb/listenerRule:ListenerRule";
const TARGET_GROUP = "aws:lb/targetGroup:TargetGroup";
const KINDS = ["loadbalancer", "listener", "listener-rule", "targetgroup"] as const;

const invalid = (message: string) => new AwsError("ValidationError", message);

/** @throws AwsError when a text is no ARN of the kind, which AWS says before it looks for it */
function wellFormed(arns: readonly string[], kind: (typeof KINDS)[number], what: string): void {
  for (const arn of arns) {
    if (!new RegExp(`^arn:[\\w-]+:elasticloadbalancing:[\\w-]+:\\d{12}:${kind}/`).test(arn)) {
      throw invalid(`'${arn}' is not a valid ${what} ARN`);
    }
  }
}

/** Those with the ARNs, in their order. @throws AwsError when one of them is not there */
function withArns(entries: readonly Entry[], arns: readonly string[], missing: () => AwsError): Entry[] {
  return arns.map((arn) => {
    const found = entries.find((entry) => entry.arn === arn);
    if (found === undefined) throw missing();
    return found;
  });
}

function describeLoadBalancers(
  { LoadBalancerArns, Names, Marker, PageSize }: DescribeLoadBalancersInput,
  call: EndpointCall,
): DescribeLoadBalancersOutput {
  const missing = () => new AwsError(LoadBalancerNotFoundException$, "One or more load balancers not found");
  if (LoadBalancerArns?.length && Names?.length) {
    throw invalid("Load balancer names and load balancer ARNs cannot be specified at the same time");
  }
  wellFormed(LoadBalancerArns ?? [], "loadbalancer", "load balancer");
  const all = call.list(LOAD_BALANCER);
  const named = (names: readonly string[]) =>
    names.map((name) => {
      const found = all.find(({ state }) => state.name === name);
      if (found === undefined) throw missing();
      return found;
    });
  const chosen = LoadBalancerArns?.length
    ? withArns(all, LoadBalancerArns, missing)
    : Names?.length
      ? named(Names)
      : all;
  const { items, next } = page(chosen, Marker, PageSize ?? 400);
  return present({ LoadBalancers: items.map((entry) => loadBalancer(entry, call)), NextMarker: next });
}

const TYPES: Readonly<Record<string, LoadBalancer["Type"]>> = { network: "network", gateway: "gateway" };

function loadBalancer({ arn, createdAt, state }: Entry, call: EndpointCall): LoadBalancer {
  const mapped = objects(state.subnetMappings).map(({ subnetId }) => text(subnetId) ?? "");
  const subnets = [...new Set([...texts(state.subnets), ...mapped])];
  const zones = subnets.map((id): AvailabilityZone => {
    const zone = call.store.find(call.account, call.region, id)?.state.availabilityZone;
    return present({ SubnetId: id, ZoneName: text(zone), LoadBalancerAddresses: [] });
  });
  return present({
    LoadBalancerArn: arn,
    DNSName: text(state.dnsName),
    CanonicalHostedZoneId: text(state.zoneId),
    CreatedTime: createdAt,
    LoadBalancerName: text(state.name),
    Scheme: state.internal === true ? "internal" : "internet-facing",
    VpcId: text(state.vpcId),
    State: { Code: "active" },
    Type: TYPES[String(state.loadBalancerType)] ?? "application",
    AvailabilityZones: zones,
    SecurityGroups: texts(state.securityGroups),
    IpAddressType: (text(state.ipAddressType) ?? "ipv4") as LoadBalancer["IpAddressType"],
  });
}

function describeListeners(
  { LoadBalancerArn, ListenerArns, Marker, PageSize }: DescribeListenersInput,
  call: EndpointCall,
): DescribeListenersOutput {
  if (!LoadBalancerArn && !ListenerArns?.length) {
    throw invalid("You must specify either listener ARNs or a load balancer ARN");
  }
  wellFormed(ListenerArns ?? [], "listener", "listener");
  const all = call.list(LISTENER);
  let chosen: Entry[];
  if (LoadBalancerArn) {
    wellFormed([LoadBalancerArn], "loadbalancer", "load balancer");
    if (!call.list(LOAD_BALANCER).some(({ arn }) => arn === LoadBalancerArn)) {
      throw new AwsError(LoadBalancerNotFoundException$, "One or more load balancers not found");
    }
    chosen = all.filter(({ state }) => state.loadBalancerArn === LoadBalancerArn);
  } else {
    chosen = withArns(all, ListenerArns ?? [], noListener);
  }
  const { items, next } = page(chosen, Marker, PageSize ?? 400);
  return present({ Listeners: items.map(listener), NextMarker: next });
}

const noListener = () => new AwsError(ListenerNotFoundException$, "One or more listeners not found");

function listener({ arn, state }: Entry): Listener {
  const certificate = text(state.certificateArn);
  return present({
    ListenerArn: arn,
    LoadBalancerArn: text(state.loadBalancerArn),
    Port: number(state.port),
    Protocol: text(state.protocol) as Listener["Protocol"],
    Certificates: certificate === undefined ? undefined : [{ CertificateArn: certificate }],
    SslPolicy: text(state.sslPolicy),
    DefaultActions: actionsOf(state.defaultActions),
  });
}

/** A listener's default action is a rule too, with an ARN of its own. */
function defaultRuleArn(listenerArn: string): string {
  const digits = createHash("sha256").update(listenerArn).digest("hex").slice(0, 16);
  return `${listenerArn.replace(":listener/", ":listener-rule/")}/${digits}`;
}

function rule({ arn, state }: Entry): Rule {
  return {
    RuleArn: arn,
    Priority: text(state.priority) ?? "1",
    Conditions: conditionsOf(state.conditions),
    Actions: actionsOf(state.actions),
    IsDefault: false,
  };
}

function defaultRule({ arn, state }: Entry): Rule {
  const Actions = actionsOf(state.defaultActions);
  return { RuleArn: defaultRuleArn(arn), Priority: "default", Conditions: [], Actions, IsDefault: true };
}

function describeRules(
  { ListenerArn, RuleArns, Marker, PageSize }: DescribeRulesInput,
  call: EndpointCall,
): DescribeRulesOutput {
  if (!ListenerArn && !RuleArns?.length) throw invalid("You must specify either listener ARN or rule ARNs");
  if (ListenerArn && RuleArns?.length) {
    throw invalid("Listener ARN and rule ARNs cannot be specified at the same time");
  }
  const listeners = call.list(LISTENER);
  let found: Rule[];
  if (ListenerArn) {
    wellFormed([ListenerArn], "listener", "listener");
    const [own] = withArns(listeners, [ListenerArn], noListener);
    const rules = call
      .list(RULE)
      .filter(({ state }) => state.listenerArn === ListenerArn)
      .sort((a, b) => (number(a.state.priority) ?? 0) - (number(b.state.priority) ?? 0));
    found = [...rules.map(rule), defaultRule(own!)];
  } else {
    wellFormed(RuleArns ?? [], "listener-rule", "rule");
    const all = [...call.list(RULE).map(rule), ...listeners.map(defaultRule)];
    found = (RuleArns ?? []).map((arn) => {
      const one = all.find(({ RuleArn }) => RuleArn === arn);
      if (one === undefined) throw noRule();
      return one;
    });
  }
  const { items, next } = page(found, Marker, PageSize ?? 400);
  return present({ Rules: items, NextMarker: next });
}

const noRule = () => new AwsError(RuleNotFoundException$, "One or more rules not found");

function modifyRule({ RuleArn = "", Actions, Conditions }: ModifyRuleInput, call: EndpointCall): ModifyRuleOutput {
  wellFormed([RuleArn], "listener-rule", "rule");
  const current = call.list(RULE).find(({ arn }) => arn === RuleArn);
  if (current === undefined) {
    if (call.list(LISTENER).some(({ arn }) => defaultRuleArn(arn) === RuleArn)) {
      throw new AwsError(OperationNotPermittedException$, `Default rule '${RuleArn}' cannot be modified`);
    }
    throw noRule();
  }
  const changes: JsonObject = {};
  if (Actions !== undefined) changes.actions = storedActions(Actions, current.state.actions);
  if (Conditions !== undefined) changes.conditions = storedConditions(Conditions);
  return { Rules: [rule(call.update(current, changes))] };
}

function modifyListener(
  { ListenerArn = "", DefaultActions, Port, Protocol, SslPolicy, Certificates }: ModifyListenerInput,
  call: EndpointCall,
): ModifyListenerOutput {
  wellFormed([ListenerArn], "listener", "listener");
  const [current] = withArns(call.list(LISTENER), [ListenerArn], noListener);
  const changes: JsonObject = {};
  if (DefaultActions !== undefined) {
    changes.defaultActions = storedActions(DefaultActions, current!.state.defaultActions);
  }
  if (Port !== undefined) changes.port = Port;
  if (Protocol !== undefined) changes.protocol = Protocol;
  if (SslPolicy !== undefined) changes.sslPolicy = SslPolicy;
  const certificate = Certificates?.[0]?.CertificateArn;
  if (certificate !== undefined) changes.certificateArn = certificate;
  return { Listeners: [listener(call.update(current!, changes))] };
}

const noTargetGroup = () => new AwsError(TargetGroupNotFoundException$, "One or more target groups not found");

function describeTargetGroups(
  { LoadBalancerArn, TargetGroupArns, Names, Marker, PageSize }: DescribeTargetGroupsInput,
  call: EndpointCall,
): DescribeTargetGroupsOutput {
  wellFormed(TargetGroupArns ?? [], "targetgroup", "target group");
  const all = call.list(TARGET_GROUP);
  const balancers = loadBalancersByGroup(call);
  let chosen = all;
  if (TargetGroupArns?.length) chosen = withArns(all, TargetGroupArns, noTargetGroup);
  else if (Names?.length) {
    chosen = Names.map((name) => {
      const found = all.find(({ state }) => state.name === name);
      if (found === undefined) throw noTargetGroup();
      return found;
    });
  } else if (LoadBalancerArn) {
    chosen = all.filter(({ arn }) => balancers.get(arn)?.has(LoadBalancerArn));
  }
  const { items, next } = page(chosen, Marker, PageSize ?? 400);
  const TargetGroups = items.map((entry) => targetGroup(entry, [...(balancers.get(entry.arn) ?? [])]));
  return present({ TargetGroups, NextMarker: next });
}

/** Load balancers whose listeners or rules send to a target group, by its ARN. */
function loadBalancersByGroup(call: EndpointCall): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const listeners = call.list(LISTENER);
  const balancerOf = new Map(listeners.map(({ arn, state }) => [arn, text(state.loadBalancerArn) ?? ""]));
  const note = (balancer: string, groups: readonly string[]) => {
    for (const group of groups) found.set(group, (found.get(group) ?? new Set()).add(balancer));
  };
  for (const { arn, state } of listeners) note(balancerOf.get(arn) ?? "", targetGroupsIn(state.defaultActions));
  for (const { state } of call.list(RULE)) {
    note(balancerOf.get(text(state.listenerArn) ?? "") ?? "", targetGroupsIn(state.actions));
  }
  return found;
}

function targetGroup({ arn, state }: Entry, balancers: string[]): TargetGroup {
  const check = objects(state.healthCheck)[0] ?? {};
  return present({
    TargetGroupArn: arn,
    TargetGroupName: text(state.name),
    Protocol: text(state.protocol) as TargetGroup["Protocol"],
    Port: number(state.port),
    VpcId: text(state.vpcId),
    // Defaults of CreateTargetGroup for an application load balancer.
    HealthCheckProtocol: (text(check.protocol) ?? "HTTP") as TargetGroup["HealthCheckProtocol"],
    HealthCheckPort: text(check.port) ?? "traffic-port",
    HealthCheckEnabled: check.enabled !== false,
    HealthCheckIntervalSeconds: number(check.interval) ?? 30,
    HealthCheckTimeoutSeconds: number(check.timeout) ?? 5,
    HealthyThresholdCount: number(check.healthyThreshold) ?? 5,
    UnhealthyThresholdCount: number(check.unhealthyThreshold) ?? 2,
    HealthCheckPath: text(check.path) ?? "/",
    Matcher: { HttpCode: text(check.matcher) ?? "200" },
    LoadBalancerArns: balancers,
    TargetType: (text(state.targetType) ?? "instance") as TargetGroup["TargetType"],
    ProtocolVersion: text(state.protocolVersion) ?? "HTTP1",
    IpAddressType: (text(state.ipAddressType) ?? "ipv4") as TargetGroup["IpAddressType"],
  });
}

function oneTargetGroup(arn: string, call: EndpointCall): Entry {
  wellFormed([arn], "targetgroup", "target group");
  return withArns(call.list(TARGET_GROUP), [arn], noTargetGroup)[0]!;
}

async function describeTargetHealth(
  { TargetGroupArn = "", Targets }: DescribeTargetHealthInput,
  call: EndpointCall,
): Promise<DescribeTargetHealthOutput> {
  const group = oneTargetGroup(TargetGroupArn, call);
  const inUse = loadBalancersByGroup(call).has(group.arn);
  return { TargetHealthDescriptions: await targetHealth(group, inUse, Targets, call) };
}

function describeTargetGroupAttributes(
  { TargetGroupArn = "" }: DescribeTargetGroupAttributesInput,
  call: EndpointCall,
): DescribeTargetGroupAttributesOutput {
  const { state } = oneTargetGroup(TargetGroupArn, call);
  const sticky = objects(state.stickiness)[0] ?? {};
  const isSticky = state.stickiness !== undefined && objects(state.stickiness).length > 0 && sticky.enabled !== false;
  const attributes: Readonly<Record<string, string>> = {
    "deregistration_delay.timeout_seconds": text(state.deregistrationDelay) ?? "300",
    "load_balancing.algorithm.anomaly_mitigation": text(state.loadBalancingAnomalyMitigation) === "on" ? "on" : "off",
    "load_balancing.algorithm.type": text(state.loadBalancingAlgorithmType) ?? "round_robin",
    "load_balancing.cross_zone.enabled": text(state.loadBalancingCrossZoneEnabled) ?? "use_load_balancer_configuration",
    "slow_start.duration_seconds": text(state.slowStart) ?? "0",
    "stickiness.app_cookie.cookie_name": text(sticky.cookieName) ?? "",
    "stickiness.app_cookie.duration_seconds":
      sticky.type === "app_cookie" ? (text(sticky.cookieDuration) ?? "86400") : "86400",
    "stickiness.enabled": String(isSticky),
    "stickiness.lb_cookie.duration_seconds":
      sticky.type === "lb_cookie" ? (text(sticky.cookieDuration) ?? "86400") : "86400",
    "stickiness.type": text(sticky.type) ?? "lb_cookie",
  };
  return { Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })) };
}

const NOT_FOUND = {
  loadbalancer: [LoadBalancerNotFoundException$, LOAD_BALANCER, "Load balancer"],
  listener: [ListenerNotFoundException$, LISTENER, "Listener"],
  "listener-rule": [RuleNotFoundException$, RULE, "Rule"],
  targetgroup: [TargetGroupNotFoundException$, TARGET_GROUP, "Target group"],
} as const;

function describeTags({ ResourceArns = [] }: DescribeTagsInput, call: EndpointCall): DescribeTagsOutput {
  if (ResourceArns.length === 0) throw invalid("At least one resource ARN must be specified");
  if (ResourceArns.length > 20) throw invalid("Up to 20 resource ARNs can be specified");
  const TagDescriptions = ResourceArns.map((ResourceArn) => {
    const kind = KINDS.find((one) => ResourceArn.split(":")[5]?.startsWith(`${one}/`));
    if (kind === undefined) throw invalid(`'${ResourceArn}' is not a valid ARN`);
    const [error, type, what] = NOT_FOUND[kind];
    const found = call.list(type).find(({ arn }) => arn === ResourceArn);
    if (found === undefined) throw new AwsError(error, `${what} '${ResourceArn}' not found`);
    return { ResourceArn, Tags: tagsOf(found.state).map(([Key, Value]) => ({ Key, Value })) };
  });
  return { TagDescriptions };
}

export const BALANCING: Service = {
  name: "elbv2",
  version: "2015-12-01",
  target: "ElasticLoadBalancing_v10",
  xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
  throttling: "Throttling",
  operations: [
    reads(DescribeLoadBalancers$, describeLoadBalancers),
    reads(DescribeListeners$, describeListeners),
    reads(DescribeRules$, describeRules),
    reads(DescribeTargetGroups$, describeTargetGroups),
    reads(DescribeTargetGroupAttributes$, describeTargetGroupAttributes),
    reads(
      DescribeTargetHealth$,
      describeTargetHealth,
      "what `cloud serve` runs; without it no target is registered but those attached by address, `initial` or `unused`",
    ),
    reads(DescribeTags$, describeTags),
    writes(ModifyRule$, modifyRule),
    writes(ModifyListener$, modifyListener, "additional certificates, ALPN and mutual TLS are left as they are"),
  ],
};
