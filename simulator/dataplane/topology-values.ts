/** The parts of a topology, each made of the properties of one stored resource. Pure. */
import { isObject, type Json, type JsonObject } from "../provider/values.ts";
import type { Action, Condition, Container, TargetGroup, TaskDefinition } from "./topology.ts";

export function toDefinition(state: JsonObject): TaskDefinition {
  const containers = JSON.parse(text(state.containerDefinitions, "[]")) as JsonObject[];
  const reserved = (own: Json | undefined, each: string) =>
    number(own, 0) || containers.reduce((sum, container) => sum + number(container[each], 0), 0) || undefined;
  return {
    arn: text(state.arn),
    family: text(state.family),
    cpu: reserved(state.cpu, "cpu"),
    memoryMiB: reserved(state.memory, "memory"),
    containers: containers.map(toContainer),
  };
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

export function toTargetGroup(state: JsonObject): TargetGroup {
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

export function toConditions(condition: JsonObject): Condition[] {
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

export function toAction(action: JsonObject): Action {
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

export function text(value: Json | undefined, otherwise = ""): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : otherwise;
}

export function number(value: Json | undefined, otherwise: number): number {
  const parsed = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : otherwise;
}

export function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((item) => text(item)) : [];
}

/** A list of objects, or the one object where the schema has a list of at most one. */
export function objects(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}
