/** What the installed `@pulumi/kubernetes` itself says of each kind: its properties and their types. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseType, readMembers } from "../schema/declarations.ts";
import type { TypeSchema } from "../schema/index.ts";

/** An API kind: `apps/v1`, `Deployment`. */
export interface ObjectKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** What the SDK declares; undefined for custom resources, whose shape their own definition has. */
  readonly properties: Properties | undefined;
}

export interface Property {
  readonly type: TypeSchema;
  readonly required: boolean;
}

export type Properties = ReadonlyMap<string, Property>;

/** The namespace of each nested type: `core.v1.Container`. */
const OPENING =
  /^(?:export declare namespace (\w+) \{| {4}namespace (\w+) \{| {8}interface (\w+) \{| {8}export interface (\w+) \{)$/gm;

export class KubernetesSdk {
  readonly version: string;
  readonly #root: string;
  readonly #kinds = new Map<string, ObjectKind | undefined>();
  readonly #objects = new Map<string, Properties>();
  #nested: { readonly text: string; readonly offsets: ReadonlyMap<string, number> } | undefined;

  /**
   * @param baseDir a directory from which `@pulumi/kubernetes` resolves
   * @throws Error when it does not
   */
  constructor(baseDir: string) {
    const manifest = createRequire(join(baseDir, "resolve.js")).resolve("@pulumi/kubernetes/package.json");
    this.#root = dirname(manifest);
    this.version = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
  }

  /** The kind of a token such as `kubernetes:apps/v1:Deployment`; a custom resource where the SDK has no such class. */
  kind(token: string): ObjectKind | undefined {
    if (!this.#kinds.has(token)) this.#kinds.set(token, this.#read(token));
    return this.#kinds.get(token);
  }

  /** The properties of a nested type: `input.core.v1.Container`. */
  object(name: string): Properties {
    let properties = this.#objects.get(name);
    if (properties === undefined) {
      const { text, offsets } = this.#index();
      const offset = offsets.get(name.slice("input.".length));
      if (offset === undefined) throw new Error(`@pulumi/kubernetes ${this.version} has no nested type ${name}`);
      properties = propertiesAt(text, offset);
      this.#objects.set(name, properties);
    }
    return properties;
  }

  #read(token: string): ObjectKind | undefined {
    const [, groupVersion, kind] = /^kubernetes:([^:]+):(\w+)$/.exec(token) ?? [];
    if (groupVersion === undefined || kind === undefined) return undefined;
    const [first = "", second] = groupVersion.split("/");
    const [group, version] = second === undefined ? ["", first] : [first === "core" ? "" : first, second];
    const folder = (group || "core").split(".")[0]!;
    return { group, version, kind, properties: this.#declared(join(this.#root, folder, version), token, kind) };
  }

  /** `apiservice.js` declares `APIService`, `networkPolicy.js` declares `NetworkPolicy`. */
  #declared(folder: string, token: string, kind: string): Properties | undefined {
    const file =
      existsSync(folder) && readdirSync(folder).find((name) => name.toLowerCase() === `${kind.toLowerCase()}.js`);
    if (!file || !readFileSync(join(folder, file), "utf8").includes(`__pulumiType = '${token}'`)) return undefined;
    const text = readFileSync(join(folder, file.replace(/\.js$/, ".d.ts")), "utf8");
    return propertiesAt(text, text.indexOf(`export interface ${kind}Args {`));
  }

  #index() {
    if (this.#nested !== undefined) return this.#nested;
    const text = readFileSync(join(this.#root, "types", "input.d.ts"), "utf8");
    const offsets = new Map<string, number>();
    let [group, version] = ["", ""];
    for (const match of text.matchAll(OPENING)) {
      if (match[1] !== undefined) group = match[1];
      else if (match[2] !== undefined) version = match[2];
      else offsets.set(`${group}.${version}.${match[3] ?? match[4]}`, match.index);
    }
    this.#nested = { text, offsets };
    return this.#nested;
  }
}

/** The SDK's enums name values that clusters of other versions extend, so any string passes; the rules hold the few that count. */
const SCOPE = { enumValues: () => [], resourceToken: () => undefined, isImported: () => false };

function propertiesAt(text: string, offset: number): Properties {
  return new Map(
    readMembers(text, offset).map((member) => [
      member.name,
      { type: withoutEnums(parseType(member.type, SCOPE)), required: !member.optional },
    ]),
  );
}

function withoutEnums(type: TypeSchema): TypeSchema {
  if (type.kind === "union") {
    const of = type.of.map(withoutEnums);
    const kinds = new Set(of.map((part) => JSON.stringify(part)));
    return kinds.size === 1 ? of[0]! : { kind: "union", of };
  }
  return type.kind === "string" ? { kind: "string" } : type;
}
