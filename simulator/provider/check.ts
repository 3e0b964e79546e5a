/** Check: what a resource's inputs are once defaults, names, region and tags are filled in, and what is wrong. */
import type { ResourceSchema, SchemaSource } from "../schema/index.ts";
import { type AutonamingRequest, nameFor } from "./autoname.ts";
import { isDefaulted } from "./diff.ts";
import type { ProviderSettings } from "./settings.ts";
import { allTags } from "./tags.ts";
import { type Failure, Validator } from "./validate.ts";
import type { JsonObject } from "./values.ts";
import { isAbsent, UNKNOWN } from "./values.ts";

export interface CheckRequest {
  readonly logicalName: string;
  /** Checked inputs of the object that is updated; undefined when a new one is to be made. */
  readonly olds: JsonObject | undefined;
  readonly news: JsonObject;
  /** Digits for the name of a new object. */
  readonly digits: (length: number) => string;
  readonly autonaming: AutonamingRequest | undefined;
}

export interface CheckResult {
  readonly inputs: JsonObject;
  readonly failures: readonly Failure[];
}

export function checkResource(
  schemas: SchemaSource,
  schema: ResourceSchema,
  settings: ProviderSettings,
  request: CheckRequest,
): CheckResult {
  const failures: Failure[] = [];
  const given: JsonObject = { ...request.news };
  if (schema.computed.has("tagsAll")) delete given.tagsAll;
  const defaults: string[] = [];
  const fillIn = (property: string, value: JsonObject[string] | undefined) => {
    if (value === undefined) return;
    given[property] = value;
    defaults.push(property);
  };

  const rule = schema.autoname;
  if (rule !== undefined && isAbsent(given[rule.property]) && isAbsent(given[`${rule.property}Prefix`])) {
    const { olds } = request;
    if (olds !== undefined && isDefaulted(olds, rule.property)) {
      fillIn(rule.property, olds[rule.property]);
    } else {
      const named = nameFor(rule, request.logicalName, given, request.digits, request.autonaming);
      if (named !== undefined && "problem" in named) {
        failures.push({ property: rule.property, reason: named.problem });
        given[rule.property] = UNKNOWN;
      } else {
        fillIn(rule.property, named?.name);
      }
    }
  }
  if (schema.region === "input" && isAbsent(given.region)) fillIn("region", settings.region ?? UNKNOWN);

  const validator = new Validator(schemas, schema.token);
  const inputs = validator.object(given, schema.inputs);
  for (const [name, property] of schema.inputs) {
    // Where the output is always present AWS itself chooses the value, and it shows only once the resource exists.
    if (property.default === undefined || !isAbsent(inputs[name]) || schema.outputs.get(name)?.required) continue;
    inputs[name] = property.default;
    defaults.push(name);
  }
  if (schema.taggable) {
    const tagsAll = allTags(settings.tags, inputs.tags);
    if (tagsAll !== undefined) inputs.tagsAll = tagsAll;
  }
  if (defaults.length > 0) inputs.__defaults = defaults.sort();
  return { inputs, failures: [...failures, ...validator.failures] };
}
