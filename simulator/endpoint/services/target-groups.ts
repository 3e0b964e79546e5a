/** Elastic Load Balancing v2: target groups, who sends to them, and how their targets are. */
import type {
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DescribeTargetGroupAttributes$,
  DescribeTargetGroups$,
  DescribeTargetHealth$,
  TargetGroupNotFoundException$,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../errors.ts";
import { type EndpointCall, type Entry, reads, type Service } from "../types.ts";
import { number, objects, page, present, text } from "../values.ts";
import { LISTENER, RULE, TARGET_GROUP, wellFormed, withArns, withNames } from "./balancing-lookup.ts";
import { targetGroupsIn } from "./balancing-shapes.ts";
import { targetHealth } from "./target-health.ts";

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
    chosen = withNames(all, Names, noTargetGroup);
  } else if (LoadBalancerArn) {
    chosen = all.filter(({ arn }) => balancers.get(arn)?.has(LoadBalancerArn));
  }
  const { items, next } = page(chosen, Marker, PageSize ?? 400);
  const TargetGroups = items.map((entry) => targetGroup(entry, [...(balancers.get(entry.arn) ?? [])]));
  return present({ TargetGroups, NextMarker: next });
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

export const TARGET_GROUP_OPERATIONS: Service["operations"] = [
  reads(DescribeTargetGroups$, describeTargetGroups),
  reads(DescribeTargetGroupAttributes$, describeTargetGroupAttributes),
  reads(
    DescribeTargetHealth$,
    describeTargetHealth,
    "what `cloud serve` runs; without it no target is registered but those attached by address, `initial` or `unused`",
  ),
];
