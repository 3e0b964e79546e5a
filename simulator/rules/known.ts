/** What is known of an object's properties: values without marks, and nothing where a value is not known yet. */
import { formatPath, type Path, parsePath } from "../provider/paths.ts";
import { isAbsent, isObject, isUnknown, type Json, type JsonObject, plain, unmark } from "../provider/values.ts";

export interface Place {
  readonly path: Path;
  readonly value: Json;
}

const PATHS = new Map<string, Path>();

function parsed(pattern: string): Path {
  let path = PATHS.get(pattern);
  if (path === undefined) {
    path = parsePath(pattern);
    PATHS.set(pattern, path);
  }
  return path;
}

export class Known {
  readonly #values: JsonObject;

  constructor(values: JsonObject) {
    this.#values = values;
  }

  /** All known values at a path, in which `[*]` stands for any element. */
  at(pattern: string): Place[] {
    const found: Place[] = [];
    collect(this.#values, parsed(pattern), [], found);
    return found;
  }

  /** The known value at a path. */
  get(pattern: string): Json | undefined {
    return this.at(pattern)[0]?.value;
  }

  /** Whether there is a value, known or not. */
  has(pattern: string): boolean {
    let value: Json | undefined = this.#values;
    for (const step of parsed(pattern)) {
      const bare = unmark(value);
      if (isUnknown(bare)) return true;
      value = isObject(bare) ? bare[step] : undefined;
    }
    return !isAbsent(value);
  }

  text(pattern: string): string | undefined {
    const value = this.get(pattern);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  number(pattern: string): number | undefined {
    const value = this.get(pattern);
    const number = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
  }

  flag(pattern: string): boolean {
    return this.get(pattern) === true;
  }

  /** The elements of a list, each with its own properties; empty when it is not known. */
  items(pattern: string): Known[] {
    return this.list(pattern).map((element) => new Known(isObject(element) ? element : {}));
  }

  /** The known elements of a list. */
  list(pattern: string): Json[] {
    return this.at(`${pattern}[*]`).map(({ value }) => value);
  }

  texts(pattern: string): string[] {
    return this.at(pattern).flatMap(({ value }) => (typeof value === "string" && value !== "" ? [value] : []));
  }

  /** The JSON in a text property; undefined when there is none or it is none. */
  json(pattern: string): Json | undefined {
    const text = this.text(pattern);
    return text === undefined ? undefined : parseJson(text).value;
  }
}

export function parseJson(text: string): { readonly value?: Json; readonly problem?: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function collect(value: Json | undefined, rest: Path, path: Path, found: Place[]): void {
  const bare = unmark(value);
  if (bare === undefined || bare === null || isUnknown(bare)) return;
  const [step, ...further] = rest;
  if (step === undefined) {
    found.push({ path, value: plain(bare) });
  } else if (step === "*") {
    const elements = Array.isArray(bare) ? [...bare.entries()] : isObject(bare) ? Object.entries(bare) : [];
    for (const [key, element] of elements) collect(element, further, [...path, key], found);
  } else if (isObject(bare)) {
    collect(bare[step], further, [...path, step], found);
  }
}

/**
 * The provider's name of a property: snake case, with the place in the one-element lists that the SDK shows as objects.
 *
 * `healthCheck.healthyThreshold` is `health_check.0.healthy_threshold`.
 */
export function attributeName(path: Path): string {
  const parts: string[] = [];
  path.forEach((step, at) => {
    parts.push(String(step).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    if (typeof step === "string" && typeof path[at + 1] === "string") parts.push("0");
  });
  return parts.join(".");
}

export { formatPath };
