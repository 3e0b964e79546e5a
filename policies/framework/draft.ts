import { Secret } from "@pulumi/policy";
import { isUnknown, Property } from "./property.ts";

/** Why a change cannot be made safely; its message completes "not put right by itself: …" and quotes no value. */
export class Refusal extends Error {}

/** What an edit answers where everything stays as it is. */
export const KEEP: unique symbol = Symbol("as it is");

/**
 * New value for what is there, or `KEEP`. The raw value is for building on: it may hold secrets, which stay secrets.
 * `byDefault` says that the provider filled it in and nobody wrote it.
 */
export type Edit = (now: Property, raw: unknown, byDefault: boolean) => unknown;

/**
 * The inputs of a resource while a rule puts them right.
 *
 * The engine replaces a resource's inputs with what a remediation hands back, so nothing may be read and built anew: a
 * copy has secrets in plain text and stumbles over what is not known yet. A draft writes single values in place, below
 * the SDK's guards; what it does not write stays the very same value. What it overwrites stays as secret as it was.
 */
export class Draft {
  readonly #inputs: object;
  readonly #written: (() => void)[] = [];

  /** @param inputs as the SDK hands them to a remediation */
  constructor(inputs: object) {
    this.#inputs = inputs;
  }

  /** The inputs as they are at the moment, secrets opened, as rules read them. */
  get inputs(): Property {
    return new Property("", opened(this.#inputs));
  }

  get changed(): boolean {
    return this.#written.length > 0;
  }

  /** Takes back everything that was written. */
  undo(): void {
    for (const takeBack of this.#written.reverse()) takeBack();
    this.#written.length = 0;
  }

  /** The value at a path as it is, secret where it is secret, to be put somewhere else as well. */
  copy(path: readonly string[]): unknown {
    let secret = false;
    let value: unknown = this.#inputs;
    for (const step of path) {
      value = isPlainObject(value) ? rawAt({ holder: value, key: step, path: "" }) : undefined;
      if (value instanceof Secret) {
        secret = true;
        value = innermost(value);
      }
    }
    return secret ? new Secret(value) : value;
  }

  /**
   * Edits the values at a path.
   *
   * @param path dotted as in `setting`, `[]` for each element of a list, `[2]` for one; a list of steps where keys may hold
   *   dots
   * @param parents whether objects on the way that are not there are made
   * @throws Refusal where something on the way is not known yet, is no object, or is not there and may not be made
   */
  edit(path: string | readonly string[], edit: Edit, parents: "made" | "given" = "made"): void {
    const steps = typeof path === "string" ? path.split(/\.|(?=\[)/) : path;
    this.#walk({ holder: { inputs: this.#inputs }, key: "inputs", path: "" }, steps, edit, parents);
  }

  #walk(place: Place, steps: readonly string[], edit: Edit, parents: "made" | "given"): void {
    const raw = rawAt(place);
    const value = raw instanceof Secret ? innermost(raw) : raw;
    if (isUnknown(value)) throw new Refusal(`${place.path} is not known before the deployment`);
    const [step, ...rest] = steps;
    const absent = value === undefined || value === null;
    if (step === undefined) {
      const next = edit(new Property(place.path, opened(value)), value, isDefault(place));
      if (next !== KEEP) this.#write(place, next);
    } else if (/^\[\d*\]$/.test(step)) {
      if (absent) return;
      // One in the place of a list counts as a list of one, as it does for rules.
      if (!Array.isArray(value)) this.#walk(place, rest, edit, parents);
      else {
        for (const key of value.keys()) {
          if (step !== "[]" && step !== `[${key}]`) continue;
          this.#walk({ holder: value, key, path: `${place.path}[${key}]` }, rest, edit, parents);
        }
      }
    } else {
      const path = place.path ? `${place.path}.${step}` : step;
      if (absent && edit(new Property(path, undefined), undefined, false) === KEEP) return;
      if (absent && parents === "given") throw new Refusal(`${place.path} is not there`);
      const holder = absent ? {} : value;
      if (!isPlainObject(holder)) throw new Refusal(`${place.path} is no object`);
      if (absent) this.#write(place, holder);
      this.#walk({ holder, key: step, path }, rest, edit, parents);
    }
  }

  #write(place: Place, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(place.holder, place.key);
    this.#written.push(() => {
      if (before) Object.defineProperty(place.holder, place.key, before);
      else Reflect.deleteProperty(place.holder, place.key);
    });
    // Defining goes past the SDK's proxies, whose setter would wrap a secret once more.
    Object.defineProperty(place.holder, place.key, {
      value: before?.value instanceof Secret ? new Secret(value) : value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}

interface Place {
  readonly holder: object;
  readonly key: string | number;
  readonly path: string;
}

/** A value below the SDK's proxies: their traps see reads, not descriptors. */
function rawAt({ holder, key }: Place): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

/** Providers that are bridged from Terraform name beside the inputs those that they filled in. */
function isDefault({ holder, key }: Place): boolean {
  const defaults = rawAt({ holder, key: "__defaults", path: "" });
  return Array.isArray(defaults) && defaults.includes(key);
}

function innermost(secret: Secret): unknown {
  return secret.value instanceof Secret ? innermost(secret.value) : secret.value;
}

/** A copy without the marks of secrets, for reading. Assets and archives are the same objects. */
function opened(value: unknown): unknown {
  if (value instanceof Secret) return opened(value.value);
  if (Array.isArray(value)) return value.map(opened);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, opened(rawAt({ holder: value, key, path: "" }))]));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
