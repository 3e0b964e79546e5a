/** Holds a manifest against the types of its kind: the API server takes no other fields and converts no values. */
import { closest } from "../provider/closest.ts";
import { formatPath, type Path } from "../provider/paths.ts";
import {
  isAbsent,
  isAsset,
  isInternal,
  isObject,
  isUnknown,
  type Json,
  type JsonObject,
  unmark,
} from "../provider/values.ts";
import type { TypeSchema } from "../schema/index.ts";
import type { FieldErrors } from "./fields.ts";
import { isQuantity, QUANTITY_PATTERN } from "./quantity.ts";
import type { KubernetesSdk, Properties } from "./schema.ts";

/** Fields whose values are quantities, by the end of their path; the SDK calls them strings. */
const QUANTITIES = [
  /\.(requests|limits|capacity|hard|min|max|default|defaultRequest|overhead)\.[^.]+$/,
  /\.(sizeLimit|averageValue|divisor)$/,
];

export class Shape {
  readonly #sdk: KubernetesSdk;
  readonly #errors: FieldErrors;

  constructor(sdk: KubernetesSdk, errors: FieldErrors) {
    this.#sdk = sdk;
    this.#errors = errors;
  }

  object(value: JsonObject, properties: Properties, path: Path = []): void {
    for (const [key, given] of Object.entries(value)) {
      if (isInternal(key) || isAbsent(given)) continue;
      const property = properties.get(key);
      if (property === undefined) {
        const near = closest(key, properties.keys());
        const hint = near === undefined ? "" : `; did you mean "${near}"?`;
        this.#errors.other([...path, key], `field not declared in schema${hint}`);
      } else this.#value(given, property.type, [...path, key]);
    }
    for (const [key, property] of properties) {
      if (property.required && isAbsent(value[key])) this.#errors.required([...path, key]);
    }
  }

  #value(given: Json, type: TypeSchema, path: Path): void {
    if (isUnknown(given) || isAbsent(given)) return;
    const bare = unmark(given)!;
    const expect = (fits: boolean, what: string) => {
      if (!fits) this.#errors.other(path, `expected ${what}, got ${nameOf(bare)}`);
      return fits;
    };
    switch (type.kind) {
      case "string":
        // Quantities may be written as numbers.
        if (typeof bare === "number" && QUANTITIES.some((pattern) => pattern.test(formatPath(path)))) return;
        if (expect(typeof bare === "string", "string")) this.#quantity(bare as string, path);
        return;
      case "number":
        expect(typeof bare === "number", "numeric (int or float)");
        return;
      case "boolean":
        expect(typeof bare === "boolean", "boolean");
        return;
      case "array":
        if (expect(Array.isArray(bare), "list")) {
          (bare as Json[]).forEach((element, at) => {
            this.#value(element, type.element, [...path, at]);
          });
        }
        return;
      case "map":
        if (!expect(isObject(bare) && !isAsset(bare), "map")) return;
        for (const [key, element] of Object.entries(bare as JsonObject))
          this.#value(element, type.element, [...path, key]);
        return;
      case "object":
        if (expect(isObject(bare) && !isAsset(bare), "map"))
          this.object(bare as JsonObject, this.#sdk.object(type.name), path);
        return;
      case "union":
        this.#union(bare, type.of, path);
    }
  }

  #union(bare: Json, alternatives: readonly TypeSchema[], path: Path): void {
    const fitting = alternatives.find((type) => nameOf(bare) === WORDS[type.kind]);
    if (fitting !== undefined) this.#value(bare, fitting, path);
    else if (!alternatives.some((type) => WORDS[type.kind] === undefined)) {
      const words = alternatives.map((type) => WORDS[type.kind]);
      this.#errors.other(path, `expected ${words.join(" or ")}, got ${nameOf(bare)}`);
    }
  }

  #quantity(text: string, path: Path): void {
    if (isQuantity(text) || !QUANTITIES.some((pattern) => pattern.test(formatPath(path)))) return;
    this.#errors.other(path, `quantities must match the regular expression '${QUANTITY_PATTERN}'`);
  }
}

const WORDS: Partial<Record<TypeSchema["kind"], string>> = {
  string: "string",
  number: "number",
  boolean: "boolean",
  array: "list",
  map: "map",
  object: "map",
};

/** What a value is, without saying what is in it: it may be a secret. */
function nameOf(value: Json): string {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" ? "map" : typeof value;
}
