/** Fills in what a rule did not say. */
import type { IdentityContext, Json, ResourceSchema } from "../types.ts";
import { emptyValue, IdentityKit, type Outputs, type RuleResult, text } from "./kit.ts";

/** States a resource is in once its creation has succeeded. */
const SETTLED: readonly (readonly [RegExp, string])[] = [[/^(status|state|lifecycleState)$/, "ACTIVE"]];

const TIME = /(^|[a-z])(At|Date|Time|Timestamp)$|^(created|updated|creation)\w*(Date|Time|At)$/;

/**
 * All outputs for a resource: those of the rule, what was there before, documented defaults, and for the rest what the
 * property's name says or an empty value of its type. Inputs that are set are not repeated.
 */
export function completeOutputs(schema: ResourceSchema, context: IdentityContext, result: RuleResult): Outputs {
  const kit = new IdentityKit(context);
  const isGiven = (property: string) => (context.inputs[property] ?? null) !== null;
  const outputs: Outputs = {};
  for (const [property, value] of Object.entries(result.outputs ?? {}))
    if (!isGiven(property) && schema.outputs.has(property)) outputs[property] = value;
  for (const property of schema.outputs.keys()) {
    if (property in outputs || property === "tagsAll" || isGiven(property)) continue;
    const value = previousValue(schema, context, property) ?? general(schema, kit, property, result);
    if (value !== undefined) outputs[property] = value;
  }
  return outputs;
}

/** Computed values stay; an input that was removed goes back to its default. */
function previousValue(schema: ResourceSchema, context: IdentityContext, property: string): Json | undefined {
  const before = context.previous?.outputs[property];
  if (before === undefined || before === null) return undefined;
  const stays = schema.computed.has(property) || schema.outputs.get(property)!.required;
  return stays ? before : undefined;
}

function general(schema: ResourceSchema, kit: IdentityKit, property: string, result: RuleResult): Json | undefined {
  const output = schema.outputs.get(property)!;
  const isText = output.type.kind === "string";
  if (property === "region") return kit.region;
  if (property === "arn" && result.arn !== undefined) return result.arn;
  if (isText && schema.computed.has(property)) {
    if (/^(accountId|ownerId|ownerAccountId|registryId|awsAccountId)$/.test(property)) return kit.account;
    const settled = SETTLED.find(([name]) => name.test(property));
    if (settled) return output.type.kind === "string" ? (output.type.enum?.[0] ?? settled[1]) : settled[1];
    if (TIME.test(property)) return kit.now;
  }
  const named = text(kit.inputs.name);
  if (isText && property === "namePrefix" && named !== undefined) return "";
  return emptyValue(schema, property);
}
