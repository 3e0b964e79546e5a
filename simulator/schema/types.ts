/**
 * What the simulated cloud knows about resource types: shape, replacement, names and identities.
 *
 * Everything is read from the installed `@pulumi/aws` itself or from the tables under `simulator/data/`; nothing here
 * knows a particular program.
 */

/** A plain value as the provider protocol carries it, with secrets unwrapped. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * The type of a value.
 *
 * The SDK does not tell integers from other numbers, so there is only `number`. Object types are named and looked up
 * with `SchemaSource.object`, because some of them contain themselves (WAF statements, QuickSight visuals).
 */
export type TypeSchema =
  | { readonly kind: "string"; readonly enum?: readonly string[] }
  | { readonly kind: "number" }
  | { readonly kind: "boolean" }
  | { readonly kind: "any" }
  | { readonly kind: "asset" }
  | { readonly kind: "archive" }
  /** A reference to another resource, passed as an object by some overloads. */
  | { readonly kind: "resource"; readonly token: string }
  | { readonly kind: "array"; readonly element: TypeSchema }
  | { readonly kind: "map"; readonly element: TypeSchema }
  | { readonly kind: "object"; readonly name: string }
  | { readonly kind: "union"; readonly of: readonly TypeSchema[] };

export interface PropertySchema {
  readonly name: string;
  readonly type: TypeSchema;
  /** Inputs: an error when missing. Outputs: always present once the resource exists. */
  readonly required: boolean;
  readonly secret: boolean;
  /** The default the documentation names, where it names one clearly and the type fits. */
  readonly default?: string | number | boolean;
  /** The deprecation message. */
  readonly deprecated?: string;
  /** First paragraph of the documentation. */
  readonly description: string;
}

/** A nested object type. */
export interface ObjectSchema {
  readonly name: string;
  readonly properties: ReadonlyMap<string, PropertySchema>;
}

/**
 * Which inputs force a replacement.
 *
 * Paths are dotted with `[*]` for any element of an array and `.*` for any key of a map: `name`, `logging.bucket`,
 * `ebsBlockDevices[*].deviceName`. A changed value below a path counts as well.
 */
export type ReplacementKnowledge =
  | { readonly known: true; readonly paths: readonly string[]; readonly source: string }
  | { readonly known: false };

/** How the provider names a resource whose name was left unset: `<logical name>-<7 hex digits>`. */
export interface AutonameRule {
  /** The input that is filled in. */
  readonly property: string;
  /** Longest name the service accepts, in characters. */
  readonly maxLength: number;
  /** The service lower-cases or refuses capitals. */
  readonly lowerCase: boolean;
  /** Between logical name and random part. @default "-" */
  readonly separator: string;
  /** What a name has to begin with, such as `alias/`; counted in `maxLength`. @default "" */
  readonly prefix: string;
  /** What a name has to end with, such as `.fifo`; counted in `maxLength`. */
  readonly suffix?: (inputs: Readonly<Record<string, Json>>) => string;
}

export interface ResourceSchema {
  /** As the SDK sends it: `aws:ec2/vpc:Vpc`. */
  readonly token: string;
  readonly inputs: ReadonlyMap<string, PropertySchema>;
  /** All outputs: those that mirror an input, and those the cloud computes. */
  readonly outputs: ReadonlyMap<string, PropertySchema>;
  /** Outputs that are no inputs (`/*out*\/` in the SDK). */
  readonly computed: ReadonlySet<string>;
  /** Additional secret outputs, and inputs the SDK wraps as secrets. */
  readonly secrets: ReadonlySet<string>;
  readonly replacement: ReplacementKnowledge;
  readonly autoname: AutonameRule | undefined;
  /**
   * Where the region of an object comes from: its own `region` input, or the provider alone (all releases before 7).
   * Absent for the types of global services.
   */
  readonly region?: "input" | "provider";
  /** Takes `tags` and has `tagsAll`: the provider's default tags apply. */
  readonly taggable: boolean;
  /** Import ids from the documentation, such as `vpc-a01106c2`. */
  readonly importExamples: readonly string[];
  /** Former tokens of the type. */
  readonly aliases: readonly string[];
  readonly deprecated?: string;
}

/** A `get*` function. */
export interface FunctionSchema {
  /** As the SDK sends it: `aws:ec2/getVpc:getVpc`. */
  readonly token: string;
  readonly arguments: ReadonlyMap<string, PropertySchema>;
  readonly results: ReadonlyMap<string, PropertySchema>;
}

/** What an identity depends on. The same context, with the same random source, gives the same identity. */
export interface IdentityContext {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly logicalName: string;
  /** Checked inputs: autonamed, secrets unwrapped. */
  readonly inputs: Readonly<Record<string, Json>>;
  /** The cloud's clock. */
  readonly now: Date;
  /** Lower-case hex digits, never the same twice. */
  randomHex(length: number): string;
  /** 1, 2, 3 … for each counter name, never given back: task definition revisions, address allocation. */
  next(counter: string): number;
  /** Another resource of this account by its id, ARN or name: its token and outputs. */
  find?(reference: string): { readonly token: string; readonly outputs: Readonly<Record<string, Json>> } | undefined;
  /** The resources of this account that have a text among their outputs, at any depth. */
  mentioning?(text: string): readonly { readonly token: string; readonly outputs: Readonly<Record<string, Json>> }[];
  /** On update: what it was. Identities and random parts stay, the rest is derived anew. */
  readonly previous?: { readonly id: string; readonly outputs: Readonly<Record<string, Json>> };
}

export interface Identity {
  readonly id: string;
  readonly arn?: string;
  /**
   * All outputs that the inputs do not give, for the state of a created or updated resource: ids, ARNs, names, DNS
   * names, documented defaults, and for computed outputs no rule speaks of an empty value of their type. `tagsAll` is
   * not among them: it needs the provider's default tags.
   */
  readonly outputs: Readonly<Record<string, Json>>;
  /** Whether a rule for this type, or only the form learnt from its import examples or a general one, made the id. */
  readonly source: "rule" | "learnt" | "general";
}

/** Everything known about the types of one installed SDK. */
export interface SchemaSource {
  /** Version of the installed `@pulumi/aws`, without a leading "v". */
  readonly version: string;
  /** Where it is installed. */
  readonly root: string;
  /** All resource tokens, sorted. */
  readonly resources: readonly string[];
  /** All function tokens, sorted. */
  readonly functions: readonly string[];
  /** Takes both forms, `aws:ec2/vpc:Vpc` and `aws:ec2:Vpc`, and former tokens. */
  resource(token: string): ResourceSchema | undefined;
  function(token: string): FunctionSchema | undefined;
  /** @throws Error when no type of that name exists, which a `TypeSchema` of this source never leads to. */
  object(name: string): ObjectSchema;
  /** What the provider's own configuration accepts. */
  readonly provider: ReadonlyMap<string, PropertySchema>;
  /** Names near a mistyped token, best first, for error messages. */
  suggest(token: string): readonly string[];
  /**
   * @throws Error for a token this SDK does not have
   */
  identify(token: string, context: IdentityContext): Identity;
}
