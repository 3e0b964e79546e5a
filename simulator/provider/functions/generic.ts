/**
 * Answers for the many `get*` functions that only look a resource up: `ec2.getVpc` finds an `ec2.Vpc`, `ec2.getSubnets`
 * the ids of `ec2.Subnet`s, by the arguments that are outputs of the resource, by tags and by EC2 filters.
 */
import type { FunctionSchema, ResourceSchema, SchemaSource } from "../../schema/index.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isAbsent } from "../values.ts";
import { listFor, nothing } from "./lists.ts";
import { only, select } from "./lookup.ts";

/** Arguments that choose how to answer rather than what to look for. */
const MANNERS: ReadonlySet<string> = new Set(["filters", "region", "tags", "withDecryption"]);

/** Arguments that only AWS's default network answers to. */
const OF_DEFAULTS: ReadonlySet<string> = new Set(["default", "defaultForAz"]);

/** Where the function's name is not the type's. */
const OTHER_NOUNS: Readonly<Record<string, string>> = {
  "ec2/ElasticIp": "Eip",
  "index/ElasticIp": "Eip",
  "kms/PublicKey": "Key",
  "s3/BucketReplicationConfiguration": "BucketReplicationConfig",
  "s3/Object": "BucketObjectv2",
  "route53/QueryLogConfig": "ResolverQueryLogConfig",
};

/** The look-up for a function, or undefined when no resource type stands behind it. */
export function lookupFor(schemas: SchemaSource, schema: FunctionSchema): InvokeHandler | undefined {
  const [, module = "", name = ""] = schema.token.split(":");
  const area = module.split("/")[0] ?? "";
  const noun = name.replace(/^get/, "");
  const one = typeNamed(schemas, area, OTHER_NOUNS[`${area}/${noun}`] ?? noun);
  if (one !== undefined)
    return (args, context) => lookUpOne(schema, one, args, select(context, one.token, ...criteria(schema, one, args)));
  const member = schema.results.has("ids") ? typeNamed(schemas, area, singular(noun.replace(/Ids$/, ""))) : undefined;
  if (member === undefined) return NEVER_THERE.has(`${area}/${name}`) ? neverThere(schema) : listFor(schemas, schema);
  return (args, context) => {
    const found = select(context, member.token, ...criteria(schema, member, args));
    const arns: JsonObject = schema.results.has("arns") ? { arns: found.map(({ arn }) => arn ?? "") } : {};
    return { id: context.region, ids: found.map(({ id }) => id ?? ""), ...arns };
  };
}

/** Objects that no program can make: hardware, and what AWS or other companies give an account. It has none. */
const NEVER_THERE: ReadonlySet<string> = new Set([
  "cloudwatch/getEventSource",
  "ec2/getLocalGateway",
  "ec2/getPublicIpv4Pool",
  "ec2/getServiceLinkVirtualInterface",
  "ec2transitgateway/getDirectConnectGatewayAttachment",
  "iam/getUserSshKey",
]);

function neverThere(schema: FunctionSchema): InvokeHandler {
  return (args) => only(described(schema, args), []);
}

function described(schema: FunctionSchema, args: JsonObject): string {
  const given = Object.entries(args).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `${schema.token} {${given.join(", ")}}`;
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
  const outputs = only(described(schema, args), found);
  const result: JsonObject = {};
  for (const [name, property] of schema.results) {
    const value = outputs[name] ?? (isOwnId(type, name) ? outputs.id : undefined);
    if (name === "tags" && !isAbsent(outputs.tagsAll)) result[name] = outputs.tagsAll!;
    else if (!isAbsent(value)) result[name] = value!;
    else if (property.required && args[name] === undefined) result[name] = nothing(property);
  }
  return result;
}
