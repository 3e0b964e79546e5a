/**
 * Functions that list what an account has: `iam.getRoles` the names and ARNs of `iam.Role`s, `s3.getBuckets` an object for
 * each bucket. Which output of the resource a result holds follows from the result's name.
 */
import type { FunctionSchema, PropertySchema, ResourceSchema, SchemaSource, TypeSchema } from "../../schema/index.ts";
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { isAbsent } from "../values.ts";
import { select } from "./lookup.ts";

/** Where the function's name does not tell the type: what it lists. */
const MEMBERS: Readonly<Record<string, string>> = {
  "autoscaling/getAmiIds": "autoscaling/group:Group",
  "ec2/getEips": "ec2/eip:Eip",
  "ec2/getHosts": "ec2/dedicatedHost:DedicatedHost",
  "iam/getRolePolicyAttachments": "iam/rolePolicyAttachment:RolePolicyAttachment",
  "s3/getFilesFileSystems": "s3/filesFileSystem:FilesFileSystem",
  "lb/getLbs": "lb/loadBalancer:LoadBalancer",
};

/** Objects that no program can make: hardware, and what AWS or other companies give an account. It has none. */
const NEVER_THERE: ReadonlySet<string> = new Set([
  "cloudwatch/getContributorManagedInsightRules",
  "dynamodb/getBackups",
  "ec2/getLocalGatewayVirtualInterfaceGroups",
  "ec2/getLocalGateways",
  "ec2/getPublicIpv4Pools",
  "ssm/getInstances",
]);

/** Names of results and arguments that differ from the resource's own. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  attachedPolicies: "policies",
  baselineId: "id",
  baselineName: "name",
  bucketArn: "arn",
  bucketRegion: "region",
  policyName: "name",
  roleName: "role",
};

/** The list, or undefined where the function is none, or of what is not known. */
export function listFor(schemas: SchemaSource, schema: FunctionSchema): InvokeHandler | undefined {
  const [, module = "", name = ""] = schema.token.split(":");
  const area = (module.split("/")[0] ?? "").replace(/^alb$/, "lb");
  const lists = [...schema.results.values()].filter(
    ({ type, name: result }) => type.kind === "array" && result !== "filters",
  );
  if (NEVER_THERE.has(`${area}/${name}`)) {
    return ({ region }, context) => ({
      id: String(region ?? context.region),
      ...Object.fromEntries(lists.map((result) => [result.name, []])),
    });
  }
  const member = memberOf(schemas, area, name);
  if (member === undefined || lists.length === 0) return undefined;
  return (args, context) => {
    const equal: Record<string, Json | undefined> = {};
    for (const [argument, value] of Object.entries(args)) {
      const output = OTHER_NAMES[argument] ?? argument;
      if (argument !== "region" && argument !== "tags" && member.outputs.has(output)) equal[output] = value;
    }
    const found = select(context, member.token, equal, {
      ...(args.tags && { tags: args.tags }),
      ...(args.filters && { filters: args.filters }),
    }).filter((outputs) => begins(outputs, member, args) && inStyle(outputs, member, args));
    return {
      id: context.region || context.account,
      ...Object.fromEntries(
        lists.map((result) => [result.name, found.flatMap((outputs) => element(schemas, result, outputs, member))]),
      ),
    };
  };
}

function memberOf(schemas: SchemaSource, area: string, name: string): ResourceSchema | undefined {
  const told = MEMBERS[`${area}/${name}`];
  if (told !== undefined) return schemas.resource(`aws:${told}`);
  const plural = name.replace(/^get/, "");
  const singulars = [plural.replace(/ies$/, "y"), plural.replace(/(?<=[sxh])es$/, ""), plural.replace(/s$/, "")];
  for (const noun of singulars) {
    if (noun === plural) continue;
    const type = schemas.resource(`aws:${area}/${noun.charAt(0).toLowerCase()}${noun.slice(1)}:${noun}`);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** Arguments such as `namePrefix`, `logGroupNamePrefix`, `prefix` and `pathPrefix`. */
function begins(outputs: JsonObject, member: ResourceSchema, args: JsonObject): boolean {
  return Object.entries(args).every(([argument, prefix]) => {
    if (!/prefix$/i.test(argument) || member.inputs.has(argument)) return true;
    const actual = argument === "pathPrefix" ? outputs.path : nameOf(outputs, member);
    return String(actual ?? "").startsWith(String(prefix));
  });
}

function inStyle(outputs: JsonObject, member: ResourceSchema, args: JsonObject): boolean {
  return args.nameRegex === undefined || new RegExp(String(args.nameRegex)).test(String(nameOf(outputs, member)));
}

function nameOf(outputs: JsonObject, member: ResourceSchema): Json {
  return outputs[member.autoname?.property ?? "name"] ?? outputs.name ?? outputs.id ?? "";
}

/** What one object adds to a result. */
function element(schemas: SchemaSource, result: PropertySchema, outputs: JsonObject, member: ResourceSchema): Json[] {
  const type: TypeSchema = result.type.kind === "array" ? result.type.element : result.type;
  if (type.kind === "object") {
    const properties = schemas.object(type.name).properties;
    return [
      Object.fromEntries(
        [...properties.values()].map((property) => {
          const value = outputs[OTHER_NAMES[property.name] ?? property.name] ?? outputs[property.name];
          return [property.name, isAbsent(value) ? nothing(property) : value!];
        }),
      ),
    ];
  }
  const one = result.name.replace(/s$/, "");
  const own = outputs[one];
  if (!isAbsent(own)) return [own!];
  if (/arns?$/i.test(one)) return [outputs.arn ?? ""];
  if (/names?$/i.test(one)) return [nameOf(outputs, member)];
  if (/urls?$/i.test(one)) return [outputs.url ?? outputs.id ?? ""];
  return [outputs.id ?? ""];
}

/** What the provider answers where AWS says nothing. */
export function nothing(property: PropertySchema): Json {
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
