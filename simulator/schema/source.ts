/** The schema source of one installed `@pulumi/aws`. */
import { withoutVersionSuffix } from "../data/replacement/index.ts";
import { autonameOf } from "./autoname.ts";
import { completeOutputs } from "./identity/complete.ts";
import { generalIdentity } from "./identity/general.ts";
import { IdentityKit } from "./identity/kit.ts";
import { RULES } from "./identity/rules.ts";
import { readFunction, readObject, readProvider, readResource } from "./reader.ts";
import { replacementOf } from "./replacement.ts";
import { type SdkEntry, SdkFiles } from "./sdk.ts";
import type {
  FunctionSchema,
  Identity,
  IdentityContext,
  ObjectSchema,
  PropertySchema,
  ResourceSchema,
  SchemaSource,
} from "./types.ts";

/**
 * Reads types on demand: opening takes a millisecond, a type a few, the first nested type some 60 (an index over the
 * SDK's nested types). Listing all, or looking up a former token, reads every file once.
 *
 * @param baseDir a directory from which `@pulumi/aws` resolves, such as that of the program
 * @param reference a newer release, asked for what releases before 7 do not say: which types have a region
 * @throws Error when it does not
 */
export function openSchema(baseDir: string, reference?: SchemaSource): SchemaSource {
  return new SdkSchemaSource(new SdkFiles(baseDir), reference);
}

/** `ec2/Vpc` for `aws:ec2/vpc:Vpc`: the key of all tables. */
export function typeName(entry: SdkEntry): string {
  return `${entry.module}/${entry.token.slice(entry.token.lastIndexOf(":") + 1)}`;
}

class SdkSchemaSource implements SchemaSource {
  readonly #sdk: SdkFiles;
  readonly #resources = new Map<string, ResourceSchema>();
  readonly #functions = new Map<string, FunctionSchema>();
  readonly #objects = new Map<string, ObjectSchema>();
  readonly #reference: SchemaSource | undefined;
  #provider: ReadonlyMap<string, PropertySchema> | undefined;

  constructor(sdk: SdkFiles, reference: SchemaSource | undefined) {
    this.#sdk = sdk;
    this.#reference = reference;
  }

  get version(): string {
    return this.#sdk.version;
  }

  get root(): string {
    return this.#sdk.root;
  }

  get resources(): readonly string[] {
    return this.#tokens("resource");
  }

  get functions(): readonly string[] {
    return this.#tokens("function");
  }

  get provider(): ReadonlyMap<string, PropertySchema> {
    this.#provider ??= readProvider(this.#sdk);
    return this.#provider;
  }

  resource(token: string): ResourceSchema | undefined {
    const entry = this.#sdk.entry(token);
    if (entry?.kind !== "resource") return undefined;
    let schema = this.#resources.get(entry.token);
    if (!schema) {
      const declared = readResource(this.#sdk, entry);
      const name = typeName(entry);
      schema = {
        ...declared,
        ...this.#regionOf(entry.token, declared.inputs),
        replacement: replacementOf(name, declared.inputs),
        autoname: autonameOf(name, declared.inputs),
      };
      this.#resources.set(entry.token, schema);
    }
    return schema;
  }

  function(token: string): FunctionSchema | undefined {
    const entry = this.#sdk.entry(token);
    if (entry?.kind !== "function") return undefined;
    let schema = this.#functions.get(entry.token);
    if (!schema) {
      schema = readFunction(this.#sdk, entry);
      this.#functions.set(entry.token, schema);
    }
    return schema;
  }

  object(name: string): ObjectSchema {
    let schema = this.#objects.get(name);
    if (!schema) {
      const read = readObject(this.#sdk, name);
      if (!read) throw new Error(`@pulumi/aws ${this.version} has no nested type ${name}`);
      schema = read;
      this.#objects.set(name, schema);
    }
    return schema;
  }

  suggest(token: string): readonly string[] {
    const wanted = token.toLowerCase();
    const name = wanted.slice(wanted.lastIndexOf(":") + 1);
    const scored: { token: string; score: number }[] = [];
    for (const candidate of this.#sdk.index.keys()) {
      const lower = candidate.toLowerCase();
      const near = distance(name, lower.slice(lower.lastIndexOf(":") + 1));
      if (near > Math.max(2, name.length / 3)) continue;
      const score = near * 2 + distance(wanted, lower);
      scored.push({ token: candidate, score });
    }
    return scored
      .sort((a, b) => a.score - b.score)
      .slice(0, 3)
      .map((s) => s.token);
  }

  identify(token: string, context: IdentityContext): Identity {
    const entry = this.#sdk.entry(token);
    const schema = this.resource(token);
    if (!entry || !schema) {
      const near = this.suggest(token);
      const hint = near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : "";
      throw new Error(`@pulumi/aws ${this.version} has no resource type ${token}.${hint}`);
    }
    const name = typeName(entry);
    const kit = new IdentityKit(context);
    const rule = RULES[name] ?? RULES[name.replace(/^alb\//, "lb/")] ?? RULES[withoutVersionSuffix(name)];
    const { result, source } = rule
      ? { result: rule(kit), source: "rule" as const }
      : generalIdentity(name, schema, kit);
    const outputs = completeOutputs(schema, context, result);
    return { id: result.id, ...(result.arn === undefined ? {} : { arn: result.arn }), outputs, source };
  }

  /** Releases from 7 on take a region for each resource of a regional service; an older `region` means something else. */
  #regionOf(token: string, inputs: ReadonlyMap<string, PropertySchema>): Pick<ResourceSchema, "region"> {
    if (Number.parseInt(this.version, 10) >= 7) return inputs.has("region") ? { region: "input" } : {};
    const newer = this.#reference?.resource(token);
    return newer !== undefined && newer.region === undefined ? {} : { region: "provider" };
  }

  #tokens(kind: SdkEntry["kind"]): readonly string[] {
    return [...this.#sdk.index.values()].filter((e) => e.kind === kind).map((e) => e.token);
  }
}

/** Edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change));
    }
    row = next;
  }
  return row[b.length]!;
}
