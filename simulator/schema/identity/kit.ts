/** What identity rules are written with: the context, ARNs, kept random parts. */
import type { IdentityContext, Json, ResourceSchema } from "../types.ts";

export type Outputs = Record<string, Json>;

/** What a rule gives; outputs it does not name are filled in from the schema. */
export interface RuleResult {
  readonly id: string;
  readonly arn?: string;
  readonly outputs?: Outputs;
}

export type Rule = (kit: IdentityKit) => RuleResult;

const PARTITIONS: readonly (readonly [string, string, string])[] = [
  ["cn-", "aws-cn", "amazonaws.com.cn"],
  ["us-gov-", "aws-us-gov", "amazonaws.com"],
];

/** The context with the region the resource itself names, and helpers. */
export class IdentityKit {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  /** `amazonaws.com`, and `amazonaws.com.cn` in China. */
  readonly dnsSuffix: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly context: IdentityContext;

  constructor(context: IdentityContext) {
    this.context = context;
    this.inputs = context.inputs;
    this.region = text(context.inputs.region) ?? context.region;
    this.account = context.account;
    const [, partition, dnsSuffix] = PARTITIONS.find(([prefix]) => this.region.startsWith(prefix)) ?? [
      "",
      "aws",
      "amazonaws.com",
    ];
    this.partition = partition;
    this.dnsSuffix = dnsSuffix;
  }

  /** A string input; numbers are written out. */
  text(property: string): string | undefined {
    return text(this.inputs[property]);
  }

  /** A string input that Check has made sure of. */
  need(property: string): string {
    return this.text(property) ?? this.context.logicalName;
  }

  list(property: string): Json[] {
    const value = this.inputs[property];
    return Array.isArray(value) ? value : [];
  }

  flag(property: string): boolean {
    return this.inputs[property] === true;
  }

  /** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. */
  arn(service: string, resource: string, scope: { region?: "" | string; account?: "" | string } = {}): string {
    return `arn:${this.partition}:${service}:${scope.region ?? this.region}:${scope.account ?? this.account}:${resource}`;
  }

  /** The id the resource has, or a new one. */
  id(make: () => string): string {
    return this.context.previous?.id ?? make();
  }

  /** An EC2 style id: `vpc-0a1b2c3d4e5f67890`. */
  ec2Id(prefix: string): string {
    return this.id(() => this.newEc2Id(prefix));
  }

  newEc2Id(prefix: string): string {
    return `${prefix}-0${this.hex(16)}`;
  }

  /** The value a computed output has, or a new one: random parts stay over updates. */
  keep<T extends Json>(property: string, make: () => T): T {
    const before = this.context.previous?.outputs[property];
    return before !== undefined && before !== null && before !== "" ? (before as T) : make();
  }

  /**
   * A version that counts up when anything but tags was changed.
   *
   * @param count the version before, absent for the first
   */
  version(count: number | undefined): number {
    return (count ?? 0) + (count === undefined || this.isChanged() ? 1 : 0);
  }

  /** Whether an update changes anything but tags; true for a creation. */
  isChanged(): boolean {
    const before = this.context.previous?.outputs;
    if (!before) return true;
    return Object.entries(this.inputs).some(
      ([property, value]) =>
        property !== "tags" && property !== "tagsAll" && JSON.stringify(value) !== JSON.stringify(before[property]),
    );
  }

  /** A number output the resource has. */
  before(property: string): number | undefined {
    const value = Number(this.context.previous?.outputs[property] ?? Number.NaN);
    return Number.isNaN(value) ? undefined : value;
  }

  hex(length: number): string {
    return this.context.randomHex(length);
  }

  /** @param digits 32 hexadecimal ones that it is made of; random by default */
  uuid(digits: string = this.hex(32)): string {
    const h = digits;
    const variant = "89ab"[Number.parseInt(h[16]!, 16) % 4]!;
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
  }

  /** Upper-case letters and digits, as IAM ids and Route 53 zones have them. */
  base32(length: number): string {
    return alphabet(this.hex(length * 2), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
  }

  /** Mixed letters and digits, as the suffix of a secret's ARN. */
  base62(length: number): string {
    return alphabet(this.hex(length * 2), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
  }

  /** Lower-case letters and digits, as API Gateway ids have them. */
  base36(length: number): string {
    return alphabet(this.hex(length * 2), "abcdefghijklmnopqrstuvwxyz0123456789");
  }

  get now(): string {
    return this.context.now.toISOString().replace(/\.\d{3}Z$/, "Z");
  }

  /** Outputs of another resource of this cloud, when it is there. */
  other(reference: string | undefined): Readonly<Outputs> | undefined {
    return reference === undefined ? undefined : this.context.find?.(reference)?.outputs;
  }

  /** A text output of another resource. */
  otherText(reference: string | undefined, property: string): string | undefined {
    return text(this.other(reference)?.[property]);
  }
}

function alphabet(hex: string, letters: string): string {
  let out = "";
  for (let i = 0; i < hex.length; i += 2) out += letters[Number.parseInt(hex.slice(i, i + 2), 16) % letters.length];
  return out;
}

export function text(value: Json | undefined): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  return typeof value === "number" ? String(value) : undefined;
}

/** The last part of an ARN or path: the name in `…:cluster/main`. */
export function lastPart(reference: string): string {
  return reference.slice(Math.max(reference.lastIndexOf("/"), reference.lastIndexOf(":")) + 1);
}

/** Terraform's `hashcode.String`, which some ids end with: CRC-32 as a positive number. */
export function hashcode(value: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(value, "utf8")) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** An empty value of a property's type, or its documented default. */
export function emptyValue(schema: ResourceSchema, property: string): Json | undefined {
  const output = schema.outputs.get(property);
  if (!output) return undefined;
  const fallback = schema.inputs.get(property)?.default ?? output.default;
  if (fallback !== undefined) return fallback;
  if (!output.required) return undefined;
  switch (output.type.kind) {
    case "string":
      return output.type.enum?.[0] ?? "";
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "union":
      return "";
    case "map":
    case "object":
      return {};
    default:
      return undefined;
  }
}

/** A token that is new for each change. */
export function changing(kit: IdentityKit, property: string, make: () => string): string {
  return kit.isChanged() ? make() : kit.keep(property, make);
}
