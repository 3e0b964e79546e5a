/** Random inputs around those of a fixture: what programs have besides, secrets, unknown values and assets anywhere. */
import fc from "fast-check";
import { archive, asset, secret, UNKNOWN } from "../../../policies/harness/index.ts";

type Inputs = Readonly<Record<string, unknown>>;

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const hash = fc.stringMatching(/^[0-9a-f]{8}$/);
const file = fc.oneof(
  fc.record({ path: word, hash }).map(asset),
  fc.record({ text: fc.string({ minLength: 1 }), hash }).map(asset),
  fc.record({ path: word, hash }).map(archive),
);
const files = fc.oneof(
  file,
  fc.record({ assets: fc.dictionary(word, file, { minKeys: 1, maxKeys: 3 }), hash }).map(archive),
);
const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
  fc.constant(UNKNOWN),
  files,
);

/** Any value that an input may have. */
const anything = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    leaf,
    fc.array(tie("node"), { maxLength: 3 }),
    fc.dictionary(word, tie("node"), { maxKeys: 3 }),
    tie("node").map(secret),
  ),
})).node;

/** What is done to inputs: something more, or what is there becomes a secret or is not known yet. */
export interface Disturbance {
  readonly what: "more" | "secret" | "unknown";
  /** Where, as a number that any inputs have a place for. */
  readonly where: number;
  readonly key: string;
  readonly value: unknown;
}

export const disturbances: fc.Arbitrary<Disturbance[]> = fc.array(
  fc.record({
    what: fc.oneof(
      { weight: 4, arbitrary: fc.constant("more" as const) },
      { weight: 3, arbitrary: fc.constant("secret" as const) },
      { weight: 1, arbitrary: fc.constant("unknown" as const) },
    ),
    where: fc.nat(),
    // No property of any type begins with it.
    key: word.map((name) => `x${name.toUpperCase()}`),
    value: anything,
  }),
  { maxLength: 5 },
);

/** Inputs that were disturbed. */
export function disturbed(inputs: Inputs, what: readonly Disturbance[]): Inputs {
  return what.reduce<Inputs>((now, one) => {
    const copy = structured(now) as Record<string, unknown>;
    const places = placesIn(copy);
    if (one.what === "more") {
      const holders: Record<string, unknown>[] = [copy, ...places.map(([at, key]) => at[key]).filter(isObject)];
      const holder = holders[one.where % holders.length] ?? copy;
      holder[one.key] = one.value;
      return copy;
    }
    const place = places[one.where % Math.max(places.length, 1)];
    if (place) place[0][place[1]] = one.what === "secret" ? secret(place[0][place[1]]) : UNKNOWN;
    return copy;
  }, inputs);
}

type Place = readonly [Record<string, unknown>, string];

/** Every place below the inputs that is neither within a secret nor within an asset. */
function placesIn(value: unknown): Place[] {
  if (!isObject(value) && !Array.isArray(value)) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [[holder, key] as const, ...placesIn(holder[key])]);
}

/** A copy that shares secrets and assets, which nobody changes. */
function structured(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structured);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, structured(item)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
