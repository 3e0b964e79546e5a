import { UnknownValueError, unknownCheckingProxy } from "@pulumi/policy";

/** Every placeholder of the engine for a value that is not known yet is a UUID. */
const PLACEHOLDER_LENGTH = 36;

/** Whether a raw value is the engine's placeholder for something that is not known before deployment. */
export function isUnknown(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== PLACEHOLDER_LENGTH) return false;
  try {
    // The placeholders are internal to @pulumi/policy; its own proxy is the public way to recognise them.
    return unknownCheckingProxy({ value }).value === undefined;
  } catch (error) {
    if (error instanceof UnknownValueError) return true;
    throw error;
  }
}

/** What can be said about a property: it has a value, its value comes later, or it is not set. */
export type PropertyState = "known" | "unknown" | "absent";

/**
 * A property of a resource, read without tripping over values that are not known yet.
 *
 * The SDK hands a policy objects that throw at the first unknown value, even when it only iterates over them, so one
 * unknown tag would hide all others. A `Property` reads the value below that guard: each step down keeps its path, and
 * below an unknown value everything is unknown with the path of the value that blocks.
 */
export class Property {
  /** Path from the resource's inputs, such as `tags.owner`; the blocking path where the property is unknown. */
  readonly path: string;
  readonly state: PropertyState;
  readonly #value: unknown;

  constructor(path: string, value: unknown) {
    this.path = path;
    this.#value = value;
    this.state = isUnknown(value) ? "unknown" : value === undefined || value === null ? "absent" : "known";
  }

  /** The inputs of a resource as the SDK hands them over. */
  static ofInputs(inputs: object): Property {
    const plain: Record<string, unknown> = {};
    for (const key of Object.keys(inputs)) {
      plain[key] = Object.getOwnPropertyDescriptor(inputs, key)?.value;
    }
    return new Property("", plain);
  }

  get known(): boolean {
    return this.state === "known";
  }

  get unknown(): boolean {
    return this.state === "unknown";
  }

  get absent(): boolean {
    return this.state === "absent";
  }

  /** The property one step down. */
  get(key: string): Property {
    if (this.unknown) return this;
    const value = isObject(this.#value) && Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
    return new Property(this.path ? `${this.path}.${key}` : key, value);
  }

  /** The names of the properties one step down; none for what is no object. */
  keys(): string[] {
    return isObject(this.#value) ? Object.keys(this.#value) : [];
  }

  entries(): [string, Property][] {
    return this.keys().map((key) => [key, this.get(key)]);
  }

  /** The elements of a list; a single value counts as a list of one, as it does in IAM documents. */
  items(): Property[] {
    if (this.absent) return [];
    if (!Array.isArray(this.#value)) return [this];
    return this.#value.map((element, index) => new Property(`${this.path}[${index}]`, element));
  }

  get isList(): boolean {
    return Array.isArray(this.#value);
  }

  get isObject(): boolean {
    return isObject(this.#value);
  }

  /** The value as the engine sent it, placeholders included. For building another property of it, not for reading. */
  get raw(): unknown {
    return this.#value;
  }

  /** The value when it is a known string. */
  get string(): string | undefined {
    return this.known && typeof this.#value === "string" ? this.#value : undefined;
  }

  /** The value when it is a known boolean; providers also take `"true"` and `"false"`. */
  get boolean(): boolean | undefined {
    if (this.#value === true || this.#value === "true") return true;
    if (this.#value === false || this.#value === "false") return false;
    return undefined;
  }

  /** The value when it is a known number, or the text of one. */
  get number(): number | undefined {
    if (typeof this.#value === "number") return this.#value;
    const text = this.string?.trim();
    return text && Number.isFinite(Number(text)) ? Number(text) : undefined;
  }

  /**
   * The same property with the object that its JSON text holds; itself when it is no text.
   *
   * @returns undefined when the text is no JSON
   */
  parsed(): Property | undefined {
    const text = this.string;
    if (text === undefined) return this;
    try {
      return new Property(this.path, JSON.parse(text));
    } catch {
      // The parser's message quotes the text, which may be a secret.
      return undefined;
    }
  }
}

/**
 * The properties at a path below another; `[]` stands for each element of a list.
 *
 * @param open what a step is taken into, such as the object in a text. @default the property itself
 */
export function propertiesAt(from: Property, path: string, open = (property: Property) => property): Property[] {
  let found = [from];
  for (const step of path.split(".")) {
    const list = step.endsWith("[]");
    const key = list ? step.slice(0, -2) : step;
    found = found
      .map((property) => open(property).get(key))
      .flatMap((property) => (list ? property.items() : [property]));
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
