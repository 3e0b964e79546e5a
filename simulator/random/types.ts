/** The resource types of the `random` provider: their inputs, what they make, and how an existing value is imported. */
import { createHash } from "node:crypto";
import type { Json } from "../provider/values.ts";
import { bcryptHash } from "./bcrypt.ts";
import { bytesFrom, type Draw, drawFrom, shuffled } from "./draw.ts";
import { ADJECTIVES, ADVERBS, ANIMALS } from "./words.ts";

type Values = Record<string, Json>;

interface InputRule {
  readonly kind: "string" | "number" | "boolean" | "strings" | "map";
  readonly required?: true;
  readonly default?: Json;
  /** Smallest number. */
  readonly atLeast?: number;
}

/** What a new object is: its id and what it has besides its inputs. */
export interface Value {
  readonly id: string;
  readonly outputs: Readonly<Values>;
}

/** What a value is made from. */
export interface Source {
  readonly draw: Draw;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface RandomType {
  readonly inputs: Readonly<Record<string, InputRule>>;
  /** Outputs that are no inputs. */
  readonly computed: readonly string[];
  readonly secrets: readonly string[];
  /** What is wrong with inputs that fit each for itself; called when all are known. */
  readonly refuse?: (inputs: Values) => readonly { readonly property: string; readonly reason: string }[];
  /** @param inputs with defaults */
  readonly make: (inputs: Values, source: Source) => Value;
  /** The object that an import id stands for, with the inputs it gets; absent where the provider imports nothing. */
  readonly parse?: (id: string) => (Value & { readonly inputs: Values }) | undefined;
  /** Form of the import id, for messages. */
  readonly importForm?: string;
}

const KEEPERS = { keepers: { kind: "map" } } as const;
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
const CLASSES = [
  { flag: "numeric", minimum: "minNumeric", characters: "0123456789" },
  { flag: "lower", minimum: "minLower", characters: "abcdefghijklmnopqrstuvwxyz" },
  { flag: "upper", minimum: "minUpper", characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  { flag: "special", minimum: "minSpecial", characters: SPECIAL },
] as const;

const TEXT_INPUTS: RandomType["inputs"] = {
  ...KEEPERS,
  length: { kind: "number", required: true, atLeast: 1 },
  lower: { kind: "boolean", default: true },
  minLower: { kind: "number", default: 0, atLeast: 0 },
  minNumeric: { kind: "number", default: 0, atLeast: 0 },
  minSpecial: { kind: "number", default: 0, atLeast: 0 },
  minUpper: { kind: "number", default: 0, atLeast: 0 },
  number: { kind: "boolean" },
  numeric: { kind: "boolean" },
  overrideSpecial: { kind: "string" },
  special: { kind: "boolean", default: true },
  upper: { kind: "boolean", default: true },
};

/** `number` is the former name of `numeric`; each says what the other one does. */
function numericOf(inputs: Values): Json {
  return inputs.numeric ?? inputs.number ?? true;
}

function refuseText(inputs: Values): { property: string; reason: string }[] {
  const problems: { property: string; reason: string }[] = [];
  if (inputs.number !== undefined && inputs.numeric !== undefined && inputs.number !== inputs.numeric) {
    problems.push({ property: "number", reason: '"number" is the former name of "numeric"; give only "numeric"' });
  }
  if (![numericOf(inputs), inputs.lower, inputs.upper, inputs.special].includes(true)) {
    problems.push({
      property: "special",
      reason: 'at least one of "special", "upper", "lower", "numeric" must be true',
    });
  }
  const minima = CLASSES.reduce((sum, { minimum }) => sum + Number(inputs[minimum]), 0);
  if (Number(inputs.length) < minima) {
    const reason = `must be at least ${minima}, the sum of minUpper, minLower, minNumeric and minSpecial; got ${inputs.length}`;
    problems.push({ property: "length", reason });
  }
  return problems;
}

function makeText(inputs: Values, draw: Draw): string {
  const on: Values = { ...inputs, numeric: numericOf(inputs) };
  const override = typeof inputs.overrideSpecial === "string" ? inputs.overrideSpecial : "";
  const sets = CLASSES.map((one) => ({
    characters: one.flag === "special" && override !== "" ? override : one.characters,
    count: Number(inputs[one.minimum]),
    used: on[one.flag] === true,
  }));
  const pick = (characters: string) => characters[draw(characters.length)]!;
  const chosen = sets.flatMap(({ characters, count }) => Array.from({ length: count }, () => pick(characters)));
  const all = sets.map(({ characters, used }) => (used ? characters : "")).join("");
  while (chosen.length < Number(inputs.length)) chosen.push(pick(all));
  return shuffled(chosen, draw).join("");
}

const textOutputs = (inputs: Values): Values => ({ number: numericOf(inputs), numeric: numericOf(inputs) });

function bytesOf(base64: string, encoding: "base64" | "base64url"): Buffer | undefined {
  const bytes = Buffer.from(base64, encoding);
  return bytes.length > 0 && bytes.toString(encoding).replace(/=+$/, "") === base64.replace(/=+$/, "")
    ? bytes
    : undefined;
}

function idOutputs(bytes: Buffer, prefix: string): Values {
  const hex = bytes.toString("hex");
  const forms = {
    b64Std: bytes.toString("base64"),
    b64Url: bytes.toString("base64url"),
    dec: `${BigInt(`0x${hex}`)}`,
    hex,
  };
  return Object.fromEntries(Object.entries(forms).map(([name, value]) => [name, `${prefix}${value}`]));
}

/** RFC 9562, version 4, from 16 bytes. */
function uuid4({ draw }: Source): string {
  return uuidOf(bytesFrom(draw, 16), 4);
}

/** RFC 9562: 48 bits of milliseconds, then random bits; ids made later sort later. */
function uuid7({ draw, now }: Source): string {
  const bytes = bytesFrom(draw, 16);
  bytes.writeUIntBE(now, 0, 6);
  return uuidOf(bytes, 7);
}

function uuidOf(bytes: Buffer, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function uuidType(make: (source: Source) => string): RandomType {
  const value = (id: string): Value => ({ id, outputs: { result: id } });
  return {
    inputs: KEEPERS,
    computed: ["result"],
    secrets: [],
    make: (_, source) => value(make(source)),
    parse: (id) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? { ...value(id), inputs: {} } : undefined),
    importForm: "a UUID",
  };
}

/** An imported password has the salt that its text gives, so that importing it again says the same. */
function saltOf(password: string): Uint8Array {
  return createHash("sha256").update(`salt\n${password}`).digest().subarray(0, 16);
}

/** The draw of the resource's own `seed`, where it has one. */
function seeded(seed: Json | undefined, draw: Draw): Draw {
  return typeof seed === "string" && seed !== "" ? drawFrom(seed) : draw;
}

const TYPES: Readonly<Record<string, RandomType>> = {
  RandomBytes: {
    inputs: { ...KEEPERS, length: { kind: "number", required: true, atLeast: 1 } },
    computed: ["base64", "hex"],
    secrets: ["base64", "hex"],
    make: (inputs, { draw }) => {
      const bytes = bytesFrom(draw, Number(inputs.length));
      return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
    parse: (id) => {
      const bytes = bytesOf(id, "base64");
      if (bytes === undefined) return undefined;
      const outputs = { base64: bytes.toString("base64"), hex: bytes.toString("hex") };
      return { id: "none", outputs, inputs: { length: bytes.length } };
    },
    importForm: "the value as base64",
  },
  RandomId: {
    inputs: { ...KEEPERS, byteLength: { kind: "number", required: true, atLeast: 1 }, prefix: { kind: "string" } },
    computed: ["b64Std", "b64Url", "dec", "hex"],
    secrets: [],
    make: (inputs, { draw }) => {
      const bytes = bytesFrom(draw, Number(inputs.byteLength));
      return { id: bytes.toString("base64url"), outputs: idOutputs(bytes, String(inputs.prefix ?? "")) };
    },
    parse: (id) => {
      const comma = id.lastIndexOf(",");
      const prefix = comma < 0 ? undefined : id.slice(0, comma);
      const bytes = bytesOf(id.slice(comma + 1), "base64url");
      if (bytes === undefined) return undefined;
      const inputs: Values = { byteLength: bytes.length, ...(prefix === undefined ? {} : { prefix }) };
      return { id: bytes.toString("base64url"), outputs: idOutputs(bytes, prefix ?? ""), inputs };
    },
    importForm: "the value as base64url, behind a prefix and a comma if it has one",
  },
  RandomInteger: {
    inputs: {
      ...KEEPERS,
      max: { kind: "number", required: true },
      min: { kind: "number", required: true },
      seed: { kind: "string" },
    },
    computed: ["result"],
    secrets: [],
    refuse: ({ min, max }) => {
      if (Number(min) > Number(max)) return [{ property: "min", reason: `${min} is greater than max, ${max}` }];
      const wide = Number(max) - Number(min) >= 2 ** 48;
      return wide ? [{ property: "max", reason: "must be less than 2^48 above min" }] : [];
    },
    make: ({ min, max, seed }, { draw }) => {
      const result = Number(min) + seeded(seed, draw)(Number(max) - Number(min) + 1);
      return { id: String(result), outputs: { result } };
    },
    parse: (id) => {
      const [, result, min, max, seed] = /^(-?\d+),(-?\d+),(-?\d+)(?:,(.+))?$/.exec(id) ?? [];
      if (result === undefined) return undefined;
      const inputs: Values = { min: Number(min), max: Number(max), ...(seed === undefined ? {} : { seed }) };
      return { id: result, outputs: { result: Number(result) }, inputs };
    },
    importForm: "result,min,max or result,min,max,seed",
  },
  RandomPassword: {
    inputs: TEXT_INPUTS,
    computed: ["bcryptHash", "result"],
    secrets: ["bcryptHash", "result"],
    refuse: refuseText,
    make: (inputs, { draw }) => {
      const result = makeText(inputs, draw);
      const hash = bcryptHash(result, bytesFrom(draw, 16));
      return { id: "none", outputs: { ...textOutputs(inputs), result, bcryptHash: hash } };
    },
    parse: (id) => ({
      id: "none",
      outputs: { number: true, numeric: true, result: id, bcryptHash: bcryptHash(id, saltOf(id)) },
      inputs: { length: id.length },
    }),
    importForm: "the password",
  },
  RandomPet: {
    inputs: {
      ...KEEPERS,
      length: { kind: "number", default: 2, atLeast: 1 },
      prefix: { kind: "string" },
      separator: { kind: "string", default: "-" },
    },
    computed: [],
    secrets: [],
    make: ({ length, prefix, separator }, { draw }) => {
      const pick = (words: readonly string[]) => words[draw(words.length)]!;
      const words = [pick(ANIMALS)];
      if (Number(length) > 1) words.unshift(pick(ADJECTIVES));
      while (words.length < Number(length)) words.unshift(pick(ADVERBS));
      if (typeof prefix === "string" && prefix !== "") words.unshift(prefix);
      return { id: words.join(String(separator)), outputs: {} };
    },
  },
  RandomShuffle: {
    inputs: {
      ...KEEPERS,
      inputs: { kind: "strings", required: true },
      resultCount: { kind: "number", atLeast: 0 },
      seed: { kind: "string" },
    },
    computed: ["results"],
    secrets: [],
    make: ({ inputs, resultCount, seed }, source) => {
      const elements = Array.isArray(inputs) ? inputs : [];
      const count = elements.length === 0 ? 0 : Number(resultCount ?? elements.length);
      const draw = seeded(seed, source.draw);
      const results: Json[] = [];
      // More than there are: whole rounds, so that none comes much more often than another.
      while (results.length < count) results.push(...shuffled(elements, draw).slice(0, count - results.length));
      return { id: "-", outputs: { results } };
    },
  },
  RandomString: {
    inputs: TEXT_INPUTS,
    computed: ["result"],
    secrets: [],
    refuse: refuseText,
    make: (inputs, { draw }) => {
      const result = makeText(inputs, draw);
      return { id: result, outputs: { ...textOutputs(inputs), result } };
    },
    parse: (id) => ({
      id,
      outputs: { number: true, numeric: true, result: id },
      inputs: { length: id.length },
    }),
    importForm: "the string",
  },
  RandomUuid: uuidType(uuid4),
  RandomUuid4: uuidType(uuid4),
  RandomUuid7: uuidType(uuid7),
};

/** By token, as the SDK sends it: `random:index/randomPet:RandomPet`. */
export const randomTypes: ReadonlyMap<string, RandomType> = new Map(
  Object.entries(TYPES).map(([name, type]) => [`random:index/${name.replace("R", "r")}:${name}`, type]),
);

/** Inputs with the defaults filled in: what the object is made from. */
export function effective(type: RandomType, inputs: Values): Values {
  const result: Values = {};
  for (const [name, rule] of Object.entries(type.inputs)) {
    const value = inputs[name] ?? rule.default;
    if (value !== undefined && value !== null) result[name] = value;
  }
  return "numeric" in type.inputs ? { ...result, ...textOutputs(inputs) } : result;
}
