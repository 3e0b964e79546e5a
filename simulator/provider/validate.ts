/** Holds inputs against the type's schema and collects everything that is wrong with them. */
import type { PropertySchema, SchemaSource, TypeSchema } from "../schema/index.ts";
import { closest } from "./closest.ts";
import { formatPath, type Path } from "./paths.ts";
import type { Json, JsonObject } from "./values.ts";
import {
  containsSecret,
  containsUnknown,
  isAbsent,
  isAsset,
  isInternal,
  isObject,
  isSecret,
  isUnknown,
  plain,
  secret,
  UNKNOWN,
  unmark,
} from "./values.ts";

export interface Failure {
  /** Property path in the engine's notation. */
  readonly property: string;
  readonly reason: string;
}

/** Checks values against schemas, and brings them into the form the schema asks for where AWS takes both. */
export class Validator {
  readonly failures: Failure[] = [];
  readonly #schema: SchemaSource;
  /** What the inputs belong to, for messages. */
  readonly #subject: string;

  constructor(schema: SchemaSource, subject: string) {
    this.#schema = schema;
    this.#subject = subject;
  }

  /** The object with values in their schema's form. Unknown and missing properties are failures. */
  object(
    value: JsonObject,
    properties: ReadonlyMap<string, PropertySchema>,
    path: Path = [],
    subject = this.#subject,
  ): JsonObject {
    const result: JsonObject = {};
    for (const [written, given] of Object.entries(value)) {
      if (isInternal(written) || isAbsent(given)) continue;
      const key = properties.has(written) ? written : inCamelCase(written, properties);
      const property = properties.get(key);
      if (property === undefined) {
        const near = closest(key, properties.keys());
        const hint = near === undefined ? "remove it" : `did you mean "${near}"?`;
        this.#fail([...path, key], `"${key}" is not a property of ${subject}; ${hint}`);
      } else {
        result[key] = this.value(given, property.type, [...path, key]);
      }
    }
    for (const [key, property] of properties) {
      if (property.required && isAbsent(value[key]) && isAbsent(result[key]) && property.default === undefined) {
        this.#fail([...path, key], `"${key}" is required by ${subject} and was not given`);
      }
    }
    return result;
  }

  value(given: Json, type: TypeSchema, path: Path): Json {
    if (isUnknown(given) || isAbsent(given)) return given;
    const bare = unmark(given)!;
    const fitted = this.#fit(bare, type, path);
    return isSecret(given) ? secret(fitted) : fitted;
  }

  #fit(bare: Json, type: TypeSchema, path: Path): Json {
    switch (type.kind) {
      case "any":
      case "resource":
        return bare;
      case "string":
        return this.#fitString(bare, type.enum, path);
      case "number":
        if (typeof bare === "number") return bare;
        if (typeof bare === "string" && bare.trim() !== "" && Number.isFinite(Number(bare))) return Number(bare);
        return this.#mismatch(bare, "a number", path);
      case "boolean":
        if (typeof bare === "boolean") return bare;
        if (bare === "true" || bare === "false") return bare === "true";
        return this.#mismatch(bare, "true or false", path);
      case "asset":
      case "archive":
        return isAsset(bare) ? bare : this.#mismatch(bare, `a pulumi ${type.kind}`, path);
      case "array":
        if (!Array.isArray(bare)) return this.#mismatch(bare, "a list", path);
        return bare.map((element, at) => this.value(element, type.element, [...path, at]));
      case "map":
        if (!isObject(bare) || isAsset(bare)) return this.#mismatch(bare, "an object", path);
        return this.#map(bare, type.element, path);
      case "object":
        if (!isObject(bare) || isAsset(bare)) return this.#mismatch(bare, "an object", path);
        return this.object(bare, this.#schema.object(type.name).properties, path, `"${formatPath(path)}"`);
      case "union":
        return this.#union(bare, type.of, path);
    }
  }

  #map(bare: JsonObject, element: TypeSchema, path: Path): JsonObject {
    const result: JsonObject = {};
    for (const [key, given] of Object.entries(bare)) {
      if (!isInternal(key) && !isAbsent(given)) result[key] = this.value(given, element, [...path, key]);
    }
    return result;
  }

  /** AWS takes numbers and booleans where it stores a string; enums are checked by AWS itself, exactly. */
  #fitString(bare: Json, allowed: readonly string[] | undefined, path: Path): Json {
    if (typeof bare === "number" || typeof bare === "boolean") return String(bare);
    if (typeof bare !== "string") return this.#mismatch(bare, "a string", path);
    if (allowed !== undefined && !allowed.includes(bare)) {
      this.#fail(path, `"${bare}" is none of the allowed values: ${allowed.join(", ")}`);
    }
    return bare;
  }

  /** The first alternative without a failure; else what the first alternative says is wrong. */
  #union(bare: Json, alternatives: readonly TypeSchema[], path: Path): Json {
    if ((isObject(bare) || Array.isArray(bare)) && !isAsset(bare) && isDocument(alternatives)) {
      const text = containsUnknown(bare) ? UNKNOWN : JSON.stringify(plain(bare));
      return containsSecret(bare) ? secret(text) : text;
    }
    let first: readonly Failure[] | undefined;
    for (const type of alternatives) {
      const attempt = new Validator(this.#schema, this.#subject);
      const fitted = attempt.value(bare, type, path);
      if (attempt.failures.length === 0) return fitted;
      first ??= attempt.failures;
    }
    this.failures.push(...(first ?? []));
    return bare;
  }

  #mismatch(bare: Json, expected: string, path: Path): Json {
    this.#fail(path, `expected ${expected}, got ${describe(bare)}`);
    return bare;
  }

  #fail(path: Path, reason: string): void {
    this.failures.push({ property: formatPath(path), reason });
  }
}

/** Terraform's name of a property (`cidr_blocks`) is taken as well: the provider's own names are made from these. */
function inCamelCase(written: string, properties: ReadonlyMap<string, PropertySchema>): string {
  const camel = written.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [camel, `${camel}s`].find((name) => camel !== written && properties.has(name)) ?? written;
}

/**
 * The provider takes a policy as an object too, and hands it on as the text that AWS stores. Releases before 7 declare
 * documents by hand-written types, of which only the name is known.
 */
function isDocument(alternatives: readonly TypeSchema[]): boolean {
  return (
    alternatives.some((type) => type.kind === "string") &&
    alternatives.some(
      (type) => type.kind === "any" || (type.kind === "object" && type.name.endsWith(".PolicyDocument")),
    )
  );
}

/** What a value is, without saying what is in it: it may be a secret. */
function describe(value: Json): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isAsset(value)) return "an asset";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
