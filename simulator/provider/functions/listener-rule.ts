/** Listener rules, whose look-up tells actions and conditions in another shape than the resource. */
import { CloudError } from "../errors.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isObject } from "../values.ts";
import { select } from "./lookup.ts";

const LISTENER_RULE = "aws:lb/listenerRule:ListenerRule";

/** The look-up tells every block as a list, named in the plural. */
const BLOCKS: Readonly<Record<string, string>> = {
  authenticateCognito: "authenticateCognitos",
  authenticateOidc: "authenticateOidcs",
  fixedResponse: "fixedResponses",
  forward: "forwards",
  jwtValidation: "jwtValidations",
  redirect: "redirects",
  stickiness: "stickinesses",
  hostHeader: "hostHeaders",
  httpHeader: "httpHeaders",
  httpRequestMethod: "httpRequestMethods",
  pathPattern: "pathPatterns",
  sourceIp: "sourceIps",
};

/** By ARN, or by listener and priority; the weights are those of this moment. */
const getListenerRule: InvokeHandler = (args, context) => {
  const { arn, listenerArn, priority } = args;
  if ((arn === undefined) === (listenerArn === undefined)) {
    throw new CloudError("invalid", "aws:lb/getListenerRule: give either arn, or listenerArn and priority.");
  }
  const [rule] = select(context, LISTENER_RULE, { arn, listenerArn, priority });
  if (rule === undefined) {
    const wanted = arn === undefined ? `${String(listenerArn)}, priority ${String(priority)}` : String(arn);
    throw new CloudError("not-found", `reading ELBv2 Listener Rule (${wanted}): couldn't find resource`);
  }
  return {
    arn: rule.arn ?? "",
    listenerArn: rule.listenerArn ?? "",
    priority: rule.priority ?? 0,
    region: context.region,
    tags: rule.tagsAll ?? {},
    actions: list(rule.actions).map((action, index) => ({ order: index + 1, ...lookedUp(forwarding(action)) })),
    conditions: list(rule.conditions).map(lookedUp),
    transforms: list(rule.transforms).map(lookedUp),
  };
};

/** AWS tells a forward to one group as a forward with one weighted group. */
function forwarding(action: JsonObject): JsonObject {
  const { targetGroupArn: arn, forward } = action;
  if (action.type !== "forward" || arn === undefined || arn === "" || isObject(forward)) return action;
  return { ...action, forward: { targetGroups: [{ arn, weight: 1 }], stickiness: { enabled: false, duration: 0 } } };
}

function lookedUp(block: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(block).map(([name, value]): [string, Json] => {
      const plural = BLOCKS[name];
      if (plural === undefined || !isObject(value)) return [name, value];
      return [plural, [lookedUp(value)]];
    }),
  );
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export const listenerRuleFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:lb/getListenerRule:getListenerRule": getListenerRule,
  "aws:alb/getListenerRule:getListenerRule": getListenerRule,
};
