/** What the data plane serves, as the control plane's records say it at one moment. Plain values, read from the store. */
import { isObject, type Json, type JsonObject, plain } from "../provider/values.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";

export interface Topology {
  readonly loadBalancers: readonly LoadBalancer[];
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  readonly services: readonly EcsService[];
  /** What is in the store and is not served, each with a reason. */
  readonly problems: readonly string[];
}

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  /** `app/name/id`: the value of the `LoadBalancer` dimension. */
  readonly arnSuffix: string;
  readonly zones: readonly string[];
  readonly idleTimeoutSeconds: number;
  readonly clientKeepAliveSeconds: number;
  readonly xffMode: string;
  readonly dropInvalidHeaders: boolean;
  readonly listeners: readonly Listener[];
}

export interface Listener {
  readonly arn: string;
  readonly port: number;
  readonly protocol: string;
  /** By priority; the default action comes last, with no conditions. */
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly arn: string;
  readonly priority: number | "default";
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export type Condition =
  | { readonly field: "host" | "path"; readonly values: readonly string[]; readonly regexValues: readonly string[] }
  | {
      readonly field: "header";
      readonly name: string;
      readonly values: readonly string[];
      readonly regexValues: readonly string[];
    }
  | { readonly field: "method" | "source-ip"; readonly values: readonly string[] }
  | { readonly field: "query"; readonly pairs: readonly { readonly key?: string; readonly value: string }[] };

export type Action =
  | {
      readonly type: "forward";
      readonly targetGroups: readonly { readonly arn: string; readonly weight: number }[];
      /** How long a client stays with the target group it got; `undefined` without stickiness. */
      readonly stickySeconds: number | undefined;
    }
  | {
      readonly type: "redirect";
      readonly protocol: string;
      readonly host: string;
      readonly port: string;
      readonly path: string;
      readonly query: string;
      readonly status: number;
    }
  | { readonly type: "fixed-response"; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly type: "unsupported"; readonly what: string };

export interface HealthCheck {
  readonly enabled: boolean;
  readonly path: string;
  /** `undefined`: the port that the target is registered with. */
  readonly port: number | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly matcher: string;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly arnSuffix: string;
  readonly algorithm: string;
  readonly slowStartSeconds: number;
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheck;
  /** How long a client stays with the target it got; `undefined` without stickiness. */
  readonly stickySeconds: number | undefined;
}

export interface EcsService {
  readonly arn: string;
  readonly name: string;
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly circuitBreaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly healthCheckGraceSeconds: number;
  readonly zones: readonly string[];
  readonly region: string;
  readonly definition: TaskDefinition;
  readonly targets: readonly {
    readonly targetGroupArn: string;
    readonly container: string;
    readonly containerPort: number;
  }[];
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly ports: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names and where the values would come from; the values are never read. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly stopTimeoutSeconds: number;
  readonly logGroup: string | undefined;
}

const ELB_MODULES = ["aws:lb", "aws:alb", "aws:elasticloadbalancingv2"];

/** Reads everything the data plane needs in one transaction, so that no half of a change is seen. */
export function readTopology(store: CloudStore, account: string): Topology {
  return store.transaction(() => new Reader(store, account).read());
}

class Reader {
  readonly #store: CloudStore;
  readonly #account: string;
  readonly #problems: string[] = [];

  constructor(store: CloudStore, account: string) {
    this.#store = store;
    this.#account = account;
  }

  read(): Topology {
    const rules = this.#elb("listenerRule", "ListenerRule");
    const listeners = this.#elb("listener", "Listener");
    const loadBalancers = this.#elb("loadBalancer", "LoadBalancer")
      .filter((r) => text(r.state.loadBalancerType, "application") === "application")
      .map((r) => this.#loadBalancer(r, listeners, rules));
    const targetGroups = this.#elb("targetGroup", "TargetGroup").map((r) => toTargetGroup(r.state));
    const definitions = this.#list("aws:ecs/taskDefinition:TaskDefinition");
    const services = this.#list("aws:ecs/service:Service").flatMap((r) => this.#service(r, definitions));
    return {
      loadBalancers,
      targetGroups: new Map(targetGroups.map((group) => [group.arn, group])),
      services,
      problems: this.#problems,
    };
  }

  #list(type: string): Entry[] {
    return this.#store.list(this.#account, type).map(toRecord);
  }

  #elb(token: string, name: string): Entry[] {
    return ELB_MODULES.flatMap((module) => this.#list(`${module}/${token}:${name}`));
  }

  #zoneOf(subnet: string): string[] {
    const found = this.#store.find(this.#account, "", subnet);
    const zone = found && text(toRecord(found).state.availabilityZone);
    return zone ? [zone] : [];
  }

  #loadBalancer({ state }: Entry, listeners: readonly Entry[], rules: readonly Entry[]): LoadBalancer {
    const arn = text(state.arn);
    const subnets = [...texts(state.subnets), ...objects(state.subnetMappings).map((m) => text(m.subnetId))];
    return {
      arn,
      name: text(state.name),
      arnSuffix: text(state.arnSuffix, arn.split(":loadbalancer/")[1] ?? arn),
      zones: [...new Set(subnets.flatMap((subnet) => this.#zoneOf(subnet)))].sort(),
      idleTimeoutSeconds: number(state.idleTimeout, 60),
      clientKeepAliveSeconds: number(state.clientKeepAlive, 3600),
      xffMode: text(state.xffHeaderProcessingMode, "append"),
      dropInvalidHeaders: state.dropInvalidHeaderFields === true,
      listeners: listeners
        .filter((listener) => text(listener.state.loadBalancerArn) === arn)
        .map((listener) => this.#listener(listener, rules))
        .sort((a, b) => a.port - b.port),
    };
  }

  #listener({ state }: Entry, rules: readonly Entry[]): Listener {
    const arn = text(state.arn);
    const own = rules
      .filter((rule) => text(rule.state.listenerArn) === arn)
      .map((rule) => this.#rule(rule.state))
      .sort((a, b) => Number(a.priority) - Number(b.priority));
    const otherwise: Rule = {
      arn,
      priority: "default",
      conditions: [],
      action: this.#action(arn, objects(state.defaultActions)),
    };
    return { arn, port: number(state.port, 80), protocol: text(state.protocol, "HTTP"), rules: [...own, otherwise] };
  }

  #rule(state: JsonObject): Rule {
    const arn = text(state.arn);
    if (objects(state.transforms).length > 0) this.#problems.push(`${arn}: its transforms are not applied`);
    return {
      arn,
      priority: number(state.priority, 0),
      conditions: objects(state.conditions).flatMap(toConditions),
      action: this.#action(arn, objects(state.actions)),
    };
  }

  #action(arn: string, actions: readonly JsonObject[]): Action {
    const ordered = [...actions].sort((a, b) => number(a.order, 0) - number(b.order, 0));
    const other = ordered.find((action) => !["forward", "redirect", "fixed-response"].includes(text(action.type)));
    if (other !== undefined || ordered.length === 0) {
      const what = `the action ${text(other?.type, "of this rule")} is not simulated`;
      this.#problems.push(`${arn}: ${what}; its requests are answered with 501`);
      return { type: "unsupported", what };
    }
    return toAction(ordered.at(-1)!);
  }

  #service({ state }: Entry, definitions: readonly Entry[]): EcsService[] {
    const arn = text(state.arn, text(state.id));
    const wanted = text(state.taskDefinition);
    const definition = findDefinition(definitions, wanted);
    if (definition === undefined) {
      this.#problems.push(`${arn}: its task definition ${wanted || "(none)"} does not exist, so no task runs`);
      return [];
    }
    const network = objects(state.networkConfiguration)[0];
    const breaker = objects(state.deploymentCircuitBreaker)[0];
    return [
      {
        arn,
        name: text(state.name),
        desiredCount: number(state.desiredCount, text(state.schedulingStrategy) === "DAEMON" ? 1 : 0),
        minimumHealthyPercent: number(state.deploymentMinimumHealthyPercent, 100),
        maximumPercent: number(state.deploymentMaximumPercent, 200),
        circuitBreaker: { enable: breaker?.enable === true, rollback: breaker?.rollback === true },
        healthCheckGraceSeconds: number(state.healthCheckGracePeriodSeconds, 0),
        zones: [...new Set(texts(network?.subnets).flatMap((subnet) => this.#zoneOf(subnet)))].sort(),
        region: arn.split(":")[3] ?? "",
        definition: toDefinition(definition.state),
        targets: objects(state.loadBalancers).map((target) => ({
          targetGroupArn: text(target.targetGroupArn),
          container: text(target.containerName),
          containerPort: number(target.containerPort, 0),
        })),
      },
    ];
  }
}

interface Entry {
  readonly state: JsonObject;
}

function toRecord(resource: StoredResource): Entry {
  return { state: plain({ ...resource.inputs, ...resource.state }) as JsonObject };
}

/** A service names its definition by ARN, by `family:revision`, or by family, which means the newest revision. */
function findDefinition(definitions: readonly Entry[], wanted: string): Entry | undefined {
  const exact = definitions.find(({ state }) => text(state.arn) === wanted || text(state.arn).endsWith(`/${wanted}`));
  if (exact !== undefined) return exact;
  return definitions
    .filter(({ state }) => text(state.family) === wanted)
    .sort((a, b) => number(b.state.revision, 0) - number(a.state.revision, 0))[0];
}

function toDefinition(state: JsonObject): TaskDefinition {
  const containers = JSON.parse(text(state.containerDefinitions, "[]")) as JsonObject[];
  return { arn: text(state.arn), family: text(state.family), containers: containers.map(toContainer) };
}

function toContainer(container: JsonObject): Container {
  const options = objects(container.logConfiguration)[0];
  const log = options?.logDriver === "awslogs" ? objects(options.options)[0] : undefined;
  const pairs = (list: Json | undefined, value: string) =>
    Object.fromEntries(objects(list).map((entry) => [text(entry.name), text(entry[value])]));
  return {
    name: text(container.name),
    image: text(container.image),
    essential: container.essential !== false,
    ports: objects(container.portMappings).map((mapping) => number(mapping.containerPort, 0)),
    environment: pairs(container.environment, "value"),
    secrets: pairs(container.secrets, "valueFrom"),
    // The default of ECS.
    stopTimeoutSeconds: number(container.stopTimeout, 30),
    logGroup: text(log?.["awslogs-group"]) || undefined,
  };
}

function toTargetGroup(state: JsonObject): TargetGroup {
  const check = objects(state.healthCheck)[0] ?? {};
  const sticky = objects(state.stickiness)[0];
  const port = text(check.port, "traffic-port");
  const arn = text(state.arn);
  return {
    arn,
    name: text(state.name),
    arnSuffix: text(state.arnSuffix, arn.split(":").at(-1) ?? arn),
    algorithm: text(state.loadBalancingAlgorithmType, "round_robin"),
    slowStartSeconds: number(state.slowStart, 0),
    deregistrationDelaySeconds: number(state.deregistrationDelay, 300),
    // Defaults of CreateTargetGroup for an application load balancer.
    healthCheck: {
      enabled: check.enabled !== false,
      path: text(check.path, "/"),
      port: port === "traffic-port" ? undefined : Number(port),
      intervalSeconds: number(check.interval, 30),
      timeoutSeconds: number(check.timeout, 5),
      healthyThreshold: number(check.healthyThreshold, 5),
      unhealthyThreshold: number(check.unhealthyThreshold, 2),
      matcher: text(check.matcher, "200"),
    },
    // Application cookies need the application's own cookie and are not followed.
    stickySeconds:
      sticky !== undefined && sticky.enabled !== false && text(sticky.type) === "lb_cookie"
        ? number(sticky.cookieDuration, 86_400)
        : undefined,
  };
}

function toConditions(condition: JsonObject): Condition[] {
  const part = (name: string) => objects(condition[name])[0];
  const patterns = (from: JsonObject) => ({ values: texts(from.values), regexValues: texts(from.regexValues) });
  const found: Condition[] = [];
  const host = part("hostHeader");
  if (host) found.push({ field: "host", ...patterns(host) });
  const path = part("pathPattern");
  if (path) found.push({ field: "path", ...patterns(path) });
  const header = part("httpHeader");
  if (header) found.push({ field: "header", name: text(header.httpHeaderName).toLowerCase(), ...patterns(header) });
  const method = part("httpRequestMethod");
  if (method) found.push({ field: "method", values: texts(method.values) });
  const source = part("sourceIp");
  if (source) found.push({ field: "source-ip", values: texts(source.values) });
  const pairs = objects(condition.queryStrings);
  if (pairs.length > 0) {
    found.push({
      field: "query",
      pairs: pairs.map((pair) => ({ ...(pair.key ? { key: text(pair.key) } : {}), value: text(pair.value) })),
    });
  }
  return found;
}

function toAction(action: JsonObject): Action {
  if (action.type === "redirect") {
    const to = objects(action.redirect)[0] ?? {};
    return {
      type: "redirect",
      protocol: text(to.protocol, "#{protocol}"),
      host: text(to.host, "#{host}"),
      port: text(to.port, "#{port}"),
      path: text(to.path, "/#{path}"),
      query: text(to.query, "#{query}"),
      status: text(to.statusCode) === "HTTP_301" ? 301 : 302,
    };
  }
  if (action.type === "fixed-response") {
    const answer = objects(action.fixedResponse)[0] ?? {};
    return {
      type: "fixed-response",
      status: number(answer.statusCode, 200),
      contentType: text(answer.contentType, "text/plain"),
      body: text(answer.messageBody),
    };
  }
  const forward = objects(action.forward)[0];
  const sticky = objects(forward?.stickiness)[0];
  const groups = objects(forward?.targetGroups).map((g) => ({ arn: text(g.arn), weight: number(g.weight, 1) }));
  return {
    type: "forward",
    targetGroups: groups.length > 0 ? groups : [{ arn: text(action.targetGroupArn), weight: 1 }],
    stickySeconds: sticky?.enabled === true ? number(sticky.duration, 3600) : undefined,
  };
}

function text(value: Json | undefined, otherwise = ""): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function number(value: Json | undefined, otherwise: number): number {
  const parsed = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : otherwise;
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((item) => text(item)) : [];
}

/** A list of objects, or the one object where the schema has a list of at most one. */
function objects(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}
