/** Actions and conditions of listeners and rules: as the API has them, and as programs do. */
import type { Action, RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Json, JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import { number, objects, present, text, texts } from "../values.ts";

const invalid = (message: string) => new AwsError("ValidationError", message);

export function actionsOf(stored: Json | undefined): Action[] {
  return objects(stored).map(toAction);
}

function toAction(action: JsonObject): Action {
  const type = text(action.type);
  const Order = number(action.order);
  if (type === "redirect") {
    const to = objects(action.redirect)[0] ?? {};
    const RedirectConfig = {
      Protocol: text(to.protocol) ?? "#{protocol}",
      Port: text(to.port) ?? "#{port}",
      Host: text(to.host) ?? "#{host}",
      Path: text(to.path) ?? "/#{path}",
      Query: text(to.query) ?? "#{query}",
      StatusCode: (text(to.statusCode) ?? "HTTP_302") as "HTTP_301" | "HTTP_302",
    };
    return present({ Type: "redirect" as const, Order, RedirectConfig });
  }
  if (type === "fixed-response") {
    const answer = objects(action.fixedResponse)[0] ?? {};
    const FixedResponseConfig = present({
      MessageBody: text(answer.messageBody),
      StatusCode: text(answer.statusCode) ?? "200",
      ContentType: text(answer.contentType),
    });
    return present({ Type: "fixed-response" as const, Order, FixedResponseConfig });
  }
  if (type !== "forward") return present({ Type: type as Action["Type"], Order });
  const forward = objects(action.forward)[0];
  const listed = objects(forward?.targetGroups).map((group) => ({
    TargetGroupArn: text(group.arn) ?? "",
    Weight: number(group.weight) ?? 1,
  }));
  const groups = listed.length > 0 ? listed : [{ TargetGroupArn: text(action.targetGroupArn) ?? "", Weight: 1 }];
  const sticky = objects(forward?.stickiness)[0];
  const stickiness =
    sticky?.enabled === true
      ? { Enabled: true, DurationSeconds: number(sticky.duration) ?? 3600 }
      : present({ Enabled: false, DurationSeconds: number(sticky?.duration) });
  return present({
    Type: "forward" as const,
    Order,
    // The short form stands beside the long one where it says the same.
    TargetGroupArn: groups.length === 1 ? groups[0]!.TargetGroupArn : undefined,
    ForwardConfig: { TargetGroups: groups, TargetGroupStickinessConfig: stickiness },
  });
}

/** ARNs of the target groups that actions send to. */
export function targetGroupsIn(stored: Json | undefined): string[] {
  return objects(stored).flatMap((action) => {
    const forwards = objects(action.forward).flatMap(({ targetGroups }) => objects(targetGroups));
    const arns = [text(action.targetGroupArn), ...forwards.map(({ arn }) => text(arn))];
    return arns.filter((arn) => arn !== undefined);
  });
}

/**
 * Actions as a program would have written them, so that a refresh shows what was changed and nothing else.
 *
 * @throws AwsError for what AWS refuses
 */
export function storedActions(actions: readonly Action[], before: Json | undefined): JsonObject[] {
  if (actions.length === 0) throw invalid("A rule must have at least one action");
  const olds = objects(before);
  return actions.map((action, at) => storedAction(action, actions.length, olds[at] ?? {}));
}

function storedAction(action: Action, count: number, before: JsonObject): JsonObject {
  const { Type, Order, TargetGroupArn, ForwardConfig, RedirectConfig, FixedResponseConfig } = action;
  const order: JsonObject = Order !== undefined && (count > 1 || before.order !== undefined) ? { order: Order } : {};
  switch (Type) {
    case "redirect": {
      if (RedirectConfig === undefined) throw invalid("A redirect action must have a redirect config");
      const { Host, Path, Port, Protocol, Query, StatusCode } = RedirectConfig;
      const parts = { host: Host, path: Path, port: Port, protocol: Protocol, query: Query, statusCode: StatusCode };
      return { type: Type, ...order, redirect: present(parts) as JsonObject };
    }
    case "fixed-response": {
      if (FixedResponseConfig === undefined) throw invalid("A fixed-response action must have a fixed response config");
      const { ContentType, MessageBody, StatusCode } = FixedResponseConfig;
      const parts = { contentType: ContentType, messageBody: MessageBody, statusCode: StatusCode };
      return { type: Type, ...order, fixedResponse: present(parts) as JsonObject };
    }
    case "forward":
      break;
    default:
      throw invalid(`the simulated cloud does not keep actions of type '${Type}' that come through the API`);
  }
  const groups = ForwardConfig?.TargetGroups ?? [];
  if (groups.length === 0) {
    if (!TargetGroupArn) throw invalid("A forward action must have at least one target group");
    return { type: Type, ...order, targetGroupArn: TargetGroupArn };
  }
  if (TargetGroupArn && (groups.length > 1 || groups[0]?.TargetGroupArn !== TargetGroupArn)) {
    throw invalid("You cannot specify both a target group ARN and a forward config with other target groups");
  }
  if (groups.length > 5) throw invalid("A forward action can specify up to 5 target groups");
  for (const { Weight = 1, TargetGroupArn: arn } of groups) {
    if (Number.isInteger(Weight) && Weight >= 0 && Weight <= 999) continue;
    throw invalid(`The weight '${Weight}' of target group '${arn}' must be between 0 and 999, inclusive`);
  }
  // A forward to one group that was written in the short form stays in it.
  if (groups.length === 1 && before.forward === undefined && text(before.targetGroupArn) !== undefined) {
    return { type: Type, ...order, targetGroupArn: groups[0]?.TargetGroupArn ?? "" };
  }
  const stickiness = storedStickiness(ForwardConfig?.TargetGroupStickinessConfig, objects(before.forward)[0]);
  return {
    type: Type,
    ...order,
    forward: {
      targetGroups: groups.map(({ TargetGroupArn: arn = "", Weight = 1 }) => ({ arn, weight: Weight })),
      ...stickiness,
    },
  };
}

function storedStickiness(
  given: { readonly Enabled?: boolean; readonly DurationSeconds?: number } | undefined,
  before: JsonObject | undefined,
): JsonObject {
  const old = objects(before?.stickiness)[0];
  if (given?.Enabled === true) {
    const duration = given.DurationSeconds;
    if (duration === undefined) throw invalid("A duration must be specified when stickiness is enabled");
    if (duration < 1 || duration > 604_800) {
      throw invalid(`Stickiness duration '${duration}' must be between 1 and 604800 seconds`);
    }
    return { stickiness: { enabled: true, duration } };
  }
  // Nothing where there was nothing: what is off needs no word.
  if (old === undefined) return {};
  return { stickiness: { ...old, enabled: false } };
}

const CONFIGS = {
  "host-header": ["HostHeaderConfig", "hostHeader"],
  "path-pattern": ["PathPatternConfig", "pathPattern"],
  "http-request-method": ["HttpRequestMethodConfig", "httpRequestMethod"],
  "source-ip": ["SourceIpConfig", "sourceIp"],
} as const;

export function conditionsOf(stored: Json | undefined): RuleCondition[] {
  return objects(stored).flatMap((condition) => {
    const found: RuleCondition[] = [];
    for (const [Field, [config, property]] of Object.entries(CONFIGS)) {
      const part = objects(condition[property])[0];
      if (part === undefined) continue;
      const values = texts(part.values);
      const regex = texts(part.regexValues);
      // Both patterns are listed the old way too.
      const legacy = Field === "host-header" || Field === "path-pattern" ? { Values: values } : {};
      const RegexValues = regex.length > 0 ? { RegexValues: regex } : {};
      found.push({ Field, ...legacy, [config]: { Values: values, ...RegexValues } });
    }
    const header = objects(condition.httpHeader)[0];
    if (header !== undefined) {
      const HttpHeaderConfig = present({ HttpHeaderName: text(header.httpHeaderName), Values: texts(header.values) });
      found.push({ Field: "http-header", HttpHeaderConfig });
    }
    const pairs = objects(condition.queryStrings);
    if (pairs.length > 0) {
      const Values = pairs.map(({ key, value }) => present({ Key: text(key), Value: text(value) }));
      found.push({ Field: "query-string", QueryStringConfig: { Values } });
    }
    return found;
  });
}

/** @throws AwsError for a field that AWS does not have */
export function storedConditions(conditions: readonly RuleCondition[]): JsonObject[] {
  return conditions.map((condition): JsonObject => {
    const { Field = "", Values, HttpHeaderConfig, QueryStringConfig } = condition;
    if (Field === "http-header") {
      const { HttpHeaderName = "", Values: values = [] } = HttpHeaderConfig ?? {};
      return { httpHeader: { httpHeaderName: HttpHeaderName, values } };
    }
    if (Field === "query-string") {
      const pairs = QueryStringConfig?.Values ?? [];
      return { queryStrings: pairs.map(({ Key, Value = "" }) => ({ ...(Key && { key: Key }), value: Value })) };
    }
    if (!(Field in CONFIGS)) throw invalid(`Condition field '${Field}' is not valid`);
    const [config, property] = CONFIGS[Field as keyof typeof CONFIGS];
    const given = condition[config] as { Values?: string[]; RegexValues?: string[] } | undefined;
    const regexValues = given?.RegexValues ?? [];
    const values = given?.Values ?? Values ?? [];
    return {
      [property]: { ...(values.length > 0 && { values }), ...(regexValues.length > 0 && { regexValues }) },
    };
  });
}
