/** Elastic Load Balancing v2: load balancers, listeners and rules. */
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
  Listener,
  LoadBalancer,
  ModifyListenerInput,
  ModifyListenerOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DescribeListeners$,
  DescribeLoadBalancers$,
  DescribeRules$,
  DescribeTags$,
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
import {
  invalid,
  KINDS,
  LISTENER,
  LOAD_BALANCER,
  RULE,
  TARGET_GROUP,
  wellFormed,
  withArns,
  withNames,
} from "./balancing-lookup.ts";
import { actionsOf, conditionsOf, storedActions, storedConditions } from "./balancing-shapes.ts";
import { TARGET_GROUP_OPERATIONS } from "./target-groups.ts";

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
  const chosen = LoadBalancerArns?.length
    ? withArns(all, LoadBalancerArns, missing)
    : Names?.length
      ? withNames(all, Names, missing)
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
    ...TARGET_GROUP_OPERATIONS,
    reads(DescribeTags$, describeTags),
    writes(ModifyRule$, modifyRule),
    writes(ModifyListener$, modifyListener, "additional certificates, ALPN and mutual TLS are left as they are"),
  ],
};
