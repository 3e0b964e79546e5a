import type { Json, PropertySchema, SchemaSource, TypeSchema } from "../../../simulator/schema/types.ts";
import { UNKNOWN } from "./wire.ts";

/**
 * What is wrong with a resource's inputs by the schema of the installed SDK: unknown and missing properties, values of
 * the wrong type, values outside a closed enumeration. Unknown values fit everywhere.
 */
export function checkInputs(
  schema: SchemaSource,
  type: string,
  name: string,
  inputs: Readonly<Record<string, unknown>>,
): string[] {
  const resource = schema.resource(type);
  if (resource === undefined) {
    const near = schema.suggest(type);
    return [`${name}: the SDK has no type ${type}${near.length > 0 ? `; near: ${near.join(", ")}` : ""}`];
  }
  const problems: string[] = [];
  checkProperties(schema, `${type} "${name}"`, "", resource.inputs, inputs, problems);
  return problems;
}

function checkProperties(
  schema: SchemaSource,
  where: string,
  path: string,
  properties: ReadonlyMap<string, PropertySchema>,
  value: Readonly<Record<string, unknown>>,
  problems: string[],
): void {
  for (const [key, item] of Object.entries(value)) {
    const property = properties.get(key);
    const at = path === "" ? key : `${path}.${key}`;
    if (property === undefined) {
      problems.push(`${where}: ${at}: no such property; there are ${[...properties.keys()].join(", ")}`);
    } else if (item !== undefined && item !== null) {
      checkValue(schema, where, at, property.type, item, problems);
    }
  }
  for (const property of properties.values()) {
    const given = value[property.name];
    if (property.required && (given === undefined || given === null)) {
      problems.push(`${where}: ${path === "" ? property.name : `${path}.${property.name}`}: required, but missing`);
    }
  }
}

function checkValue(
  schema: SchemaSource,
  where: string,
  at: string,
  type: TypeSchema,
  value: unknown,
  problems: string[],
): void {
  if (value === UNKNOWN) return;
  const wrong = (expected: string) =>
    problems.push(`${where}: ${at}: expected ${expected}, found ${JSON.stringify(value)}`);
  switch (type.kind) {
    case "string":
      if (typeof value !== "string") wrong("a string");
      else if (type.enum !== undefined && !type.enum.includes(value)) wrong(`one of ${type.enum.join(", ")}`);
      return;
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) wrong("a number");
      return;
    case "boolean":
      if (typeof value !== "boolean") wrong("a boolean");
      return;
    case "array":
      if (!Array.isArray(value)) wrong("a list");
      else value.forEach((item, n) => void checkValue(schema, where, `${at}[${n}]`, type.element, item, problems));
      return;
    case "map":
      if (!isPlainObject(value)) wrong("a map");
      else {
        for (const [key, item] of Object.entries(value)) {
          checkValue(schema, where, `${at}.${key}`, type.element, item, problems);
        }
      }
      return;
    case "object":
      if (!isPlainObject(value)) wrong("an object");
      else checkProperties(schema, where, at, schema.object(type.name).properties, value, problems);
      return;
    case "union": {
      const attempts = type.of.map((member) => {
        const found: string[] = [];
        checkValue(schema, where, at, member, value, found);
        return found;
      });
      if (attempts.every((found) => found.length > 0)) problems.push(...(attempts[0] ?? []));
      return;
    }
    case "any":
    case "asset":
    case "archive":
    case "resource":
      return;
  }
}

function isPlainObject(value: unknown): value is Record<string, Json> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
