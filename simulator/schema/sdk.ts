/** The files of an installed `@pulumi/aws`: which exist, which type each declares, and their nested types. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readEnums } from "./declarations.ts";

/** A token as the SDK sends it, split: `aws:ec2/vpc:Vpc` is module `ec2`, file `vpc`, name `Vpc`. */
const FULL_TOKEN = /^aws:(\w+)\/(\w+):(\w+)$/;
const SHORT_TOKEN = /^aws:(\w+):(\w+)$/;

/** An entry of the SDK: a resource type or a function. */
export interface SdkEntry {
  readonly token: string;
  /** Path without extension. */
  readonly path: string;
  readonly module: string;
  readonly kind: "resource" | "function";
}

export class SdkFiles {
  readonly version: string;
  readonly root: string;
  #index: ReadonlyMap<string, SdkEntry> | undefined;
  readonly #enums = new Map<string, ReadonlyMap<string, readonly string[]>>();
  readonly #nested = new Map<string, { text: string; offsets: Map<string, number> }>();
  readonly #entries = new Map<string, SdkEntry | undefined>();
  readonly #modules = new Map<string, Map<string, string>>();

  /**
   * @param baseDir a directory from which `@pulumi/aws` resolves, such as that of the program
   * @throws Error when it does not
   */
  constructor(baseDir: string) {
    let manifest: string;
    try {
      manifest = createRequire(join(baseDir, "resolve.js")).resolve("@pulumi/aws/package.json");
    } catch (cause) {
      throw new Error(`@pulumi/aws is not installed where ${baseDir} could find it. Run \`npm ci\` there.`, { cause });
    }
    this.root = dirname(manifest);
    this.version = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version.replace(/^v/, "");
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** Full, short and former tokens. */
  entry(token: string): SdkEntry | undefined {
    if (!this.#entries.has(token)) this.#entries.set(token, this.#find(token));
    return this.#entries.get(token);
  }

  /** Every type and function, by token. Reads all files, so only listing and former tokens need it. */
  get index(): ReadonlyMap<string, SdkEntry> {
    this.#index ??= this.#readIndex();
    return this.#index;
  }

  /** The values of `ec2.Tenancy` or of a root enum such as `Region`. */
  enumValues(name: string): readonly string[] | undefined {
    const dot = name.lastIndexOf(".");
    const module = dot < 0 ? "" : name.slice(0, dot);
    let enums = this.#enums.get(module);
    if (!enums) {
      try {
        enums = readEnums(this.read(join("types/enums", module, "index.d.ts")));
      } catch {
        enums = new Map(); // a module without enums
      }
      this.#enums.set(module, enums);
    }
    return enums.get(name.slice(dot + 1));
  }

  /** Text and offset of a nested type: `input.ec2.VpcFilter`. */
  nested(name: string): { text: string; offset: number } | undefined {
    const direction = name.slice(0, name.indexOf("."));
    let file = this.#nested.get(direction);
    if (!file) {
      const text = this.read(`types/${direction}.d.ts`);
      file = { text, offsets: nestedOffsets(text) };
      this.#nested.set(direction, file);
    }
    const offset = file.offsets.get(name.slice(direction.length + 1));
    return offset === undefined ? undefined : { text: file.text, offset };
  }

  #find(token: string): SdkEntry | undefined {
    const full = FULL_TOKEN.exec(token);
    const short = SHORT_TOKEN.exec(token);
    const [module, name] = full ? [full[1]!, full[3]!] : short ? [short[1]!, short[2]!] : ["", ""];
    if (module === "" || name === "") return undefined;
    const file = this.#module(module === "index" ? "" : module).get(name.toLowerCase());
    const entry = file === undefined ? undefined : this.#declared(file, module);
    if (entry && (entry.token === token || (short && entry.token.endsWith(`:${name}`)))) return entry;
    return full ? this.#formerly(token) : undefined;
  }

  #formerly(token: string): SdkEntry | undefined {
    for (const entry of this.index.values()) {
      if (entry.kind === "resource" && formerTokens(this.read(`${entry.path}.js`)).includes(token)) return entry;
    }
    return undefined;
  }

  /** Paths of a module's files by lower-cased name. `kendra/index_.js` declares `Index`: `index.js` is taken. */
  #module(module: string): Map<string, string> {
    let files = this.#modules.get(module);
    if (!files) {
      files = new Map();
      let names: string[] = [];
      try {
        names = readdirSync(join(this.root, module));
      } catch {
        // no such module: no files
      }
      for (const name of names) {
        if (!name.endsWith(".d.ts") || name === "index.d.ts") continue;
        const stem = name.slice(0, -".d.ts".length);
        files.set(stem.replace(/_$/, "").toLowerCase(), module === "" ? stem : `${module}/${stem}`);
      }
      this.#modules.set(module, files);
    }
    return files;
  }

  #declared(path: string, module: string): SdkEntry | undefined {
    const text = this.read(`${path}.js`);
    const resource = /(?:static |\w\.)__pulumiType = '(aws:[^']+)'/.exec(text);
    if (resource) return { token: resource[1]!, path, module, kind: "resource" };
    const called = /\.invoke(?:Output)?\("(aws:[^"]+)"/.exec(text);
    return called ? { token: called[1]!, path, module, kind: "function" } : undefined;
  }

  #readIndex(): Map<string, SdkEntry> {
    const entries: SdkEntry[] = [];
    const modules = readdirSync(this.root, { withFileTypes: true })
      .filter((e) => e.isDirectory() && e.name !== "types" && e.name !== "config" && e.name !== "node_modules")
      .map((e) => e.name);
    for (const module of ["", ...modules]) {
      for (const path of this.#module(module).values()) {
        const entry = this.#declared(path, module === "" ? "index" : module);
        if (entry) entries.push(entry);
      }
    }
    entries.sort((a, b) => (a.token < b.token ? -1 : 1));
    return new Map(entries.map((e) => [e.token, e]));
  }
}

/** Former tokens a resource's file names. */
export function formerTokens(javascript: string): string[] {
  const list = /const aliasOpts = \{ aliases: \[(.*)\] \};/.exec(javascript)?.[1] ?? "";
  return [...list.matchAll(/type: "([^"]+)"/g)].map((m) => m[1]!);
}

function nestedOffsets(text: string): Map<string, number> {
  const offsets = new Map<string, number>();
  let namespace = "";
  for (const match of text.matchAll(
    /^(?:export declare namespace (\w+) \{|(?:export | {4})interface (\w+) \{|\})$/gm,
  )) {
    if (match[1]) namespace = `${match[1]}.`;
    else if (match[2]) offsets.set(`${match[0].startsWith("export") ? "" : namespace}${match[2]}`, match.index);
    else namespace = "";
  }
  return offsets;
}
