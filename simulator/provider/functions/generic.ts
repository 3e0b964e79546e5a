/**
 * Answers for the many `get*` functions that only look a resource up: `ec2.getVpc` finds an `ec2.Vpc`, `ec2.getSubnets`
 * the ids of `ec2.Subnet`s, by the arguments that are outputs of the resource, by tags and by EC2 filters.
 */
import type { FunctionSchema, PropertySchema, ResourceSchema, SchemaSource } from "../../schema/index.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isAbsent } from "../values.ts";
import { only, select } from "./lookup.ts";

/** Arguments that choose how to answer rather than what to look for. */
const MANNERS: ReadonlySet<string> = new Set(["filters", "region", "tags", "withDecryption"]);

/** Arguments that only AWS's default network answers to. */
const OF_DEFAULTS: ReadonlySet<string> = new Set(["default", "defaultForAz"]);

/** The look-up for a function, or undefined when no resource type stands behind it. */
export function lookupFor(schemas: SchemaSource, schema: FunctionSchema): InvokeHandler | undefined {
  const [, module = "", name = ""] = schema.token.split(":");
  const area = module.split("/")[0] ?? "";
  const noun = name.replace(/^get/, "");
  const one = typeNamed(schemas, area, noun);
  if (one !== undefined)
    return (args, context) => lookUpOne(schema, one, args, select(context, one.token, ...criteria(schema, one, args)));
  const member = schema.results.has("ids") ? typeNamed(schemas, area, singular(noun)) : undefined;
  if (member === undefined) return undefined;
  return (args, context) => {
    const found = select(context, member.token, ...criteria(schema, member, args));
    const arns: JsonObject = schema.results.has("arns") ? { arns: found.map(({ arn }) => arn ?? "") } : {};
    return { id: context.region, ids: found.map(({ id }) => id ?? ""), ...arns };
  };
}

function typeNamed(schemas: SchemaSource, area: string, noun: string): ResourceSchema | undefined {
  return schemas.resource(
    `aws:${area === "alb" ? "lb" : area}/${noun.charAt(0).toLowerCase()}${noun.slice(1)}:${noun}`,
  );
}

function singular(noun: string): string {
  return noun.endsWith("ies") ? `${noun.slice(0, -3)}y` : noun.replace(/s$/, "");
}

function criteria(
  schema: FunctionSchema,
  type: ResourceSchema,
  args: JsonObject,
): [Record<string, Json | undefined>, { tags?: Json; filters?: Json }] {
  const wanted: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(args)) {
    if (MANNERS.has(name) || !schema.arguments.has(name)) continue;
    if (name === "id" || type.outputs.has(name)) wanted[name] = value;
    else if (OF_DEFAULTS.has(name)) wanted[name] = value === true ? true : undefined;
    else if (isOwnId(type, name)) wanted.id = value;
    else if (name === "name" || name.endsWith("Name")) wanted[type.autoname?.property ?? "id"] = value;
  }
  return [wanted, { ...(args.tags && { tags: args.tags }), ...(args.filters && { filters: args.filters }) }];
}

/** `vpcId` of a Vpc. */
function isOwnId(type: ResourceSchema, name: string): boolean {
  const noun = type.token.split(":").at(-1) ?? "";
  return name.toLowerCase() === `${noun}id`.toLowerCase();
}

function lookUpOne(schema: FunctionSchema, type: ResourceSchema, args: JsonObject, found: JsonObject[]): JsonObject {
  const given = Object.entries(args).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const outputs = only(`${schema.token} {${given.join(", ")}}`, found);
  const result: JsonObject = {};
  for (const [name, property] of schema.results) {
    const value = outputs[name] ?? (isOwnId(type, name) ? outputs.id : undefined);
    if (name === "tags" && !isAbsent(outputs.tagsAll)) result[name] = outputs.tagsAll!;
    else if (!isAbsent(value)) result[name] = value!;
    else if (property.required && args[name] === undefined) result[name] = nothing(property);
  }
  return result;
}

/** What the provider answers where AWS says nothing. */
function nothing(property: PropertySchema): Json {
  switch (property.type.kind) {
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "map":
    case "object":
      return {};
    default:
      return "";
  }
}
