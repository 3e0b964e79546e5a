/** Turns the SDK's files into schemas. */
import { type NameScope, parseType, readMembers } from "./declarations.ts";
import { deprecation, documentedDefault, firstParagraph, importExamples } from "./documentation.ts";
import { formerTokens, type SdkEntry, type SdkFiles } from "./sdk.ts";
import type { FunctionSchema, ObjectSchema, PropertySchema, ResourceSchema } from "./types.ts";

/** What the SDK itself says of a resource type; names, replacement and identity come from tables. */
export type DeclaredResource = Omit<ResourceSchema, "region" | "replacement" | "autoname">;

const NONE: ReadonlySet<string> = new Set();

export function readResource(sdk: SdkFiles, entry: SdkEntry): DeclaredResource {
  const declarations = sdk.read(`${entry.path}.d.ts`);
  const javascript = sdk.read(`${entry.path}.js`);
  const name = entry.token.slice(entry.token.lastIndexOf(":") + 1);
  const scope = scopeOf(sdk, entry, declarations);
  const secrets = secretProperties(javascript);
  const inputs = properties(declarations, `export interface ${name}Args {`, scope, secrets);
  const outputs = properties(declarations, `export declare class ${name} extends `, scope, secrets);
  for (const [property, value] of Object.entries(sdkDefaults(javascript))) {
    const input = inputs.get(property);
    if (input) inputs.set(property, { ...input, default: value });
  }
  const computed = new Set([...outputs.keys()].filter((p) => !inputs.has(p)));
  return {
    token: entry.token,
    inputs,
    outputs,
    computed,
    secrets,
    taggable: inputs.has("tags") && computed.has("tagsAll"),
    importExamples: importExamples(declarations, entry.token),
    aliases: formerTokens(javascript),
    ...optionalDeprecation(classComment(declarations, name)),
  };
}

export function readFunction(sdk: SdkFiles, entry: SdkEntry): FunctionSchema {
  const declarations = sdk.read(`${entry.path}.d.ts`);
  const name = entry.token.slice(entry.token.lastIndexOf(":") + 1);
  const base = name.charAt(0).toUpperCase() + name.slice(1);
  const scope = scopeOf(sdk, entry, declarations);
  return {
    token: entry.token,
    arguments: properties(declarations, `export interface ${base}Args {`, scope, NONE),
    results: properties(declarations, `export interface ${base}Result {`, scope, NONE),
  };
}

export function readObject(sdk: SdkFiles, name: string): ObjectSchema | undefined {
  const found = sdk.nested(name);
  if (!found) return undefined;
  const scope = { ...nestedScope(sdk), isImported: (type: string) => importsName(found.text, type) };
  return { name, properties: schemas(found.text, found.offset, scope, NONE) };
}

/** What the provider's own configuration accepts. */
export function readProvider(sdk: SdkFiles): ReadonlyMap<string, PropertySchema> {
  const declarations = sdk.read("provider.d.ts");
  const secrets = secretProperties(sdk.read("provider.js"));
  const scope = { ...nestedScope(sdk), isImported: (type: string) => importsName(declarations, type) };
  return properties(declarations, "export interface ProviderArgs {", scope, secrets);
}

function properties(text: string, opening: string, scope: NameScope, secrets: ReadonlySet<string>) {
  const start = text.indexOf(opening);
  return start < 0 ? new Map<string, PropertySchema>() : schemas(text, start, scope, secrets);
}

function schemas(text: string, start: number, scope: NameScope, secrets: ReadonlySet<string>) {
  const found = new Map<string, PropertySchema>();
  for (const member of readMembers(text, start)) {
    const type = parseType(member.type, scope);
    const fallback = documentedDefault(member.doc, type);
    found.set(member.name, {
      name: member.name,
      type,
      required: !member.optional,
      secret: secrets.has(member.name),
      ...(fallback === undefined ? {} : { default: fallback }),
      ...optionalDeprecation(member.doc),
      description: firstParagraph(member.doc),
    });
  }
  return found;
}

function optionalDeprecation(doc: string): { deprecated?: string } {
  const deprecated = deprecation(doc);
  return deprecated === undefined ? {} : { deprecated };
}

function classComment(declarations: string, name: string): string {
  const at = declarations.indexOf(`export declare class ${name} extends `);
  const open = declarations.lastIndexOf("/**", at);
  return declarations.slice(open, at).replace(/^ \* ?/gm, "");
}

function secretProperties(javascript: string): ReadonlySet<string> {
  const additional = /additionalSecretOutputs: \[([^\]]*)\]/.exec(javascript)?.[1] ?? "";
  const wrapped = javascript.matchAll(/resourceInputs\["(\w+)"\] = .*pulumi\.secret\(/g);
  return new Set([...[...additional.matchAll(/"(\w+)"/g)].map((m) => m[1]!), ...[...wrapped].map((m) => m[1]!)]);
}

/**
 * Values the SDK fills in before it sends them: `(args?.description) ?? "Managed by Pulumi"`, and in releases before 7
 * `(_a = (args ? args.description : undefined)) !== null && _a !== void 0 ? _a : "Managed by Pulumi"`.
 */
function sdkDefaults(javascript: string): Record<string, string> {
  const found = javascript.matchAll(
    /resourceInputs\["(\w+)"\] = \((?:args\?\.\w+\) \?\?|_\w+ = \(.*\)\) !== null && .* \? _\w+ :) "([^"]*)";/g,
  );
  return Object.fromEntries([...found].map((m) => [m[1]!, m[2]!]));
}

function nestedScope(sdk: SdkFiles): NameScope {
  return { enumValues: (name) => sdk.enumValues(name), resourceToken: () => undefined };
}

function importsName(text: string, name: string): boolean {
  return new RegExp(`^import \\{[^}]*\\b${name}\\b[^}]*\\} from "\\.`, "m").test(text);
}

/** Resource classes a file imports: `import { Topic } from "../sns"`. */
function scopeOf(sdk: SdkFiles, entry: SdkEntry, declarations: string): NameScope {
  const imported = new Map<string, string>();
  for (const match of declarations.matchAll(/^import \{ ([^}]+) \} from "(\.[^"]*)";$/gm)) {
    const module = match[2]!.startsWith("../") ? match[2]!.slice(3).replace(/\/index$/, "") : entry.module;
    for (const name of match[1]!.split(",")) imported.set(name.trim(), module);
  }
  return {
    enumValues: (name) => sdk.enumValues(name),
    isImported: (name) => imported.has(name),
    resourceToken: (name) => {
      const module = imported.get(name);
      return module === undefined ? undefined : sdk.entry(`aws:${module}:${name}`)?.token;
    },
  };
}
