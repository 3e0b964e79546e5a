/** The map: what is stored, drawn together with what the running data plane says of it. */
import type { DataPlaneStatus } from "../dataplane/status.ts";
import { logicalName } from "../live/index.ts";
import { weightsOf } from "../live/weights.ts";
import { type Json, plainObject } from "../provider/values.ts";
import { type CloudStore, stackOf } from "../store/store.ts";
import { networkOf } from "./network.ts";
import { colourOf, type Entry, type List, objects, type ServiceEntry, serviceOf, text, texts } from "./read.ts";
import type { BalancerView, CloudView, GroupView, RuleView, ServiceCount, TargetHealth, TaskView } from "./views.ts";

/** What the running data plane adds to the records. */
export interface Served {
  readonly status: DataPlaneStatus | undefined;
  /** Requests of late to a target group, by its ARN. */
  readonly recent: (targetGroup: string) => number;
}

/** Reads everything in one transaction, so that no half of a change is drawn. */
export function readMap(store: CloudStore, account: string, world: Served): CloudView {
  const { status } = world;
  return store.transaction(() => {
    const list: List = (type) =>
      store.list(account, type).map((stored) => ({ stored, is: plainObject({ ...stored.inputs, ...stored.state }) }));
    const counts = store.counts();
    const services = readServices(list);
    return {
      account,
      total: counts.total,
      stacks: Object.keys(counts.byStack),
      services: countServices(counts.byType),
      balancers: readBalancers(list, services, world),
      vpcs: networkOf(list, services, tasksOf(services, status)),
      ...(status === undefined
        ? {}
        : { serving: { since: status.since, lostZones: status.lostZones, problems: status.problems } }),
    };
  });
}

function countServices(byType: Readonly<Record<string, number>>): ServiceCount[] {
  const counts = new Map<string, number>();
  for (const [type, count] of Object.entries(byType)) {
    counts.set(serviceOf(type), (counts.get(serviceOf(type)) ?? 0) + count);
  }
  return [...counts].map(([service, count]) => ({ service, count })).sort((a, b) => (a.service < b.service ? -1 : 1));
}

function readServices(list: List): ServiceEntry[] {
  return list("aws:ecs/service:Service").map(({ stored, is }) => ({
    name: text(is.name),
    subnets: texts(objects(is.networkConfiguration)[0]?.subnets),
    colour: colourOf(logicalName(stored), text(is.name)),
    desired: Number(is.desiredCount ?? 0),
    targetGroups: objects(is.loadBalancers).map(({ targetGroupArn }) => text(targetGroupArn)),
  }));
}

/** What runs of each service, by its name. */
function tasksOf(services: readonly ServiceEntry[], status: DataPlaneStatus | undefined) {
  const targets = new Map(
    status?.targetGroups.flatMap((group) => group.targets.map((t) => [t.task, t] as const)) ?? [],
  );
  const colours = new Map(services.map(({ name, colour }) => [name, colour]));
  const sorted = [...(status?.tasks ?? [])].sort((a, b) =>
    a.service < b.service ? -1 : a.service > b.service ? 1 : 0,
  );
  return sorted.map(({ id, service, definition, zone, status: state }) => {
    const target = targets.get(id);
    const task: TaskView = {
      ...{ id, service, definition, status: state, slowMs: target?.slowMs ?? 0 },
      colour: colours.get(service) ?? "other",
      ...(target === undefined ? {} : { health: target.state }),
    };
    return { zone, task };
  });
}

const RULE = "aws:lb/listenerRule:ListenerRule";
const LISTENER = "aws:lb/listener:Listener";

function readBalancers(list: List, services: readonly ServiceEntry[], world: Served): BalancerView[] {
  const { status } = world;
  const listeners = list(LISTENER);
  const rules = list(RULE);
  const groups = new Map(list("aws:lb/targetGroup:TargetGroup").map((entry) => [text(entry.is.arn), entry]));
  return list("aws:lb/loadBalancer:LoadBalancer").map(({ stored, is }) => {
    const own = listeners
      .filter((listener) => listener.is.loadBalancerArn === is.arn)
      .sort((a, b) => Number(a.is.port) - Number(b.is.port));
    const urlOf = (port: Json | undefined) =>
      status?.listeners.find((served) => served.loadBalancer === is.name && served.port === Number(port))?.url;
    return {
      arn: text(is.arn),
      name: text(is.name),
      stack: stackOf(stored.urn),
      scheme: is.internal === true ? "internal" : "internet-facing",
      listeners: own.map(({ is: { protocol, port } }) => {
        const url = urlOf(port);
        return { protocol: text(protocol) || "HTTP", port: Number(port), ...(url === undefined ? {} : { url }) };
      }),
      rules: own.flatMap((listener) => {
        const label = `${text(listener.is.protocol) || "HTTP"} ${Number(listener.is.port)}`;
        const forwarding = [
          ...rules
            .filter((rule) => rule.is.listenerArn === listener.is.arn)
            .sort((a, b) => Number(a.is.priority) - Number(b.is.priority))
            .map((rule) => ruleView(rule, "actions", label, groups, services, world)),
          ruleView(listener, "defaultActions", label, groups, services, world),
        ];
        return forwarding.filter(({ groups }) => groups.length > 0);
      }),
    };
  });
}

function ruleView(
  { stored, is }: Entry,
  property: string,
  listener: string,
  groups: ReadonlyMap<string, Entry>,
  services: readonly ServiceEntry[],
  world: Served,
): RuleView {
  const forward = objects(is[property]).map((action) => objects(action.forward)[0]);
  return {
    arn: stored.arn ?? stored.id,
    name: logicalName(stored),
    listener,
    priority: is.priority === undefined ? "default" : Number(is.priority),
    when: conditionText(is.conditions) || "everything",
    sticky: forward.some((one) => objects(one?.stickiness)[0]?.enabled === true),
    groups: weightsOf(is[property]).map(({ targetGroup, weight }) =>
      groupView(stored.arn, targetGroup, weight, groups.get(targetGroup), services, world),
    ),
  };
}

function groupView(
  rule: string | undefined,
  arn: string,
  weight: number,
  entry: Entry | undefined,
  services: readonly ServiceEntry[],
  { status, recent }: Served,
): GroupView {
  const served = status?.targetGroups.find((group) => group.arn === arn);
  const serves = status?.listeners
    .flatMap(({ rules }) => rules)
    .find((one) => one.arn === rule)
    ?.weights.find((group) => group.targetGroupArn === arn)?.weight;
  const name = entry === undefined ? arn : text(entry.is.name);
  const targets: Record<TargetHealth, number> = { initial: 0, healthy: 0, unhealthy: 0, draining: 0 };
  for (const { state } of served?.targets ?? []) targets[state]++;
  return {
    ...{ arn, name, weight, targets },
    ...(serves === undefined ? {} : { serves }),
    recent: recent(arn),
    colour: colourOf(entry === undefined ? "" : logicalName(entry.stored), name),
    desired: services
      .filter(({ targetGroups }) => targetGroups.includes(arn))
      .reduce((sum, { desired }) => sum + desired, 0),
  };
}

/** The conditions in words, such as `host api.example.com and path /v1/*`. */
function conditionText(conditions: Json | undefined): string {
  return objects(conditions)
    .flatMap((condition) =>
      Object.entries(condition).flatMap(([field, value]) => {
        const parts = objects(value).map((part) =>
          Array.isArray(part.values)
            ? texts(part.values).join(" or ")
            : [text(part.key), text(part.value)].filter((word) => word !== "").join(" = "),
        );
        return parts.length === 0 ? [] : [`${FIELDS[field] ?? field} ${parts.join(" or ")}`];
      }),
    )
    .join(" and ");
}

const FIELDS: Readonly<Record<string, string>> = {
  hostHeader: "host",
  pathPattern: "path",
  httpHeader: "header",
  httpRequestMethod: "method",
  queryStrings: "query",
  sourceIp: "from",
};
