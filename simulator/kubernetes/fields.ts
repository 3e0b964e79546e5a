/** What an API server says is wrong with a field, and looking into values that may not be known yet. */
import type { Path } from "../provider/paths.ts";
import { isAbsent, isObject, isUnknown, type Json, type JsonObject } from "../provider/values.ts";

export interface FieldError {
  readonly path: Path;
  /** As the API server puts it: `Invalid value: 0: must be greater than 0`. */
  readonly text: string;
}

/** Properties whose keys are data, and written in brackets. */
const MAPS = ["data", "binaryData", "labels", "annotations", "limits", "requests"];

/** A path as the API server writes it: `data[tls.crt]`, `spec.containers[0].resources.limits[cpu]`. */
export function fieldPath(path: Path): string {
  return path.reduce<string>((text, step, at) => {
    const before = String(path[at - 1]);
    // The amount that a claim asks for is looked up as in a map, wherever it should stand.
    const looked = before === "resources" && step === "storage";
    if (typeof step === "number" || MAPS.includes(before) || looked) return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Collects what is wrong, in the API server's words. */
export class FieldErrors {
  readonly list: FieldError[] = [];

  required(path: Path, detail = ""): void {
    this.#add(path, detail === "" ? "Required value" : `Required value: ${detail}`);
  }

  invalid(path: Path, value: Json, detail: string): void {
    this.#add(path, `Invalid value: ${JSON.stringify(value)}: ${detail}`);
  }

  unsupported(path: Path, value: Json, supported: readonly string[]): void {
    const values = supported.map((one) => JSON.stringify(one)).join(", ");
    this.#add(path, `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}`);
  }

  duplicate(path: Path, value: Json): void {
    this.#add(path, `Duplicate value: ${JSON.stringify(value)}`);
  }

  notFound(path: Path, value: Json): void {
    this.#add(path, `Not found: ${JSON.stringify(value)}`);
  }

  forbidden(path: Path, detail: string): void {
    this.#add(path, `Forbidden: ${detail}`);
  }

  tooLong(path: Path, most: number): void {
    this.#add(path, `Too long: may not be more than ${most} bytes`);
  }

  other(path: Path, text: string): void {
    this.#add(path, text);
  }

  #add(path: Path, text: string): void {
    this.list.push({ path, text });
  }
}

/** The object, or an empty one where there is none or it is not known yet. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The list, or an empty one where there is none or it is not known yet. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && !isUnknown(value) ? value : undefined;
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Left out, null or empty text: what a Go struct takes for not set. */
export function isUnset(value: Json | undefined): boolean {
  return isAbsent(value) || value === "";
}
