/**
 * Which properties of a type go together, with the messages of the provider's schema.
 *
 * Wording: hashicorp/terraform-plugin-sdk `helper/schema`, `ExactlyOneOf`, `ConflictsWith`, `RequiredWith`.
 */
import { attributeName, type Known } from "./known.ts";
import type { PlanRule, TypeName } from "./types.ts";

/** A property by its own name, or with the one the provider has for it where that is another. */
type Property = string | readonly [property: string, attribute: string];

const propertyOf = (one: Property): string => (typeof one === "string" ? one : one[0]);
const attributeOf = (one: Property): string => (typeof one === "string" ? attributeName(one.split(".")) : one[1]);

function list(properties: readonly Property[]): string {
  return `\`${properties.map(attributeOf).sort().join(",")}\``;
}

const given = (values: Known, properties: readonly Property[]) =>
  properties.filter((one) => values.has(propertyOf(one)));

/** One of the properties, and no other of them; of a block's properties only where there is the block. */
export function exactlyOne(type: TypeName, ...properties: readonly Property[]): PlanRule {
  const first = attributeOf(properties[0]!);
  const block = propertyOf(properties[0]!).split(".").slice(0, -1).join(".");
  return {
    types: [type],
    refuse: (values) => {
      if (block !== "" && !values.has(block)) return undefined;
      const there = given(values, properties);
      if (there.length === 1) return undefined;
      return there.length === 0
        ? `"${first}": one of ${list(properties)} must be specified`
        : `"${first}": only one of ${list(properties)} can be specified, but ${list(there)} were specified.`;
    },
  };
}

/** At most one of the properties. */
export function conflicting(type: TypeName, ...properties: readonly Property[]): PlanRule {
  return {
    types: [type],
    refuse: (values) => {
      const [one, other] = given(values, properties);
      return one === undefined || other === undefined
        ? undefined
        : `"${attributeOf(one)}": conflicts with ${attributeOf(other)}`;
    },
  };
}

/** The first of the properties asks for the others. */
export function requiring(type: TypeName, ...properties: readonly Property[]): PlanRule {
  const first = properties[0]!;
  return {
    types: [type],
    refuse: (values) =>
      !values.has(propertyOf(first)) || given(values, properties).length === properties.length
        ? undefined
        : `"${attributeOf(first)}": all of ${list(properties)} must be specified`,
  };
}
