import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { Script } from "node:vm";
import { transformSync } from "@swc/core";

type Require = (specifier: string) => unknown;
type Wrapper = (exports: object, require: Require, module: { exports: unknown }, filename: string) => void;

interface Source {
  readonly run: Wrapper;
  /** Files it imports. */
  readonly imports: readonly string[];
}

/**
 * The modules of a checkout, compiled once, of which one at a time can be another: what depends on it is then evaluated
 * anew, and everything else stays as it is. What no mutant touches is compiled and evaluated once in all.
 */
export class Modules {
  readonly #root: string;
  readonly #globals: Readonly<Record<string, unknown>>;
  readonly #sources = new Map<string, Source>();
  readonly #evaluated = new Map<string, { exports: unknown }>();
  readonly #outside: NodeJS.Require;

  /** @param globals what the modules see besides Node's own, such as `test` and `expect` */
  constructor(root: string, globals: Readonly<Record<string, unknown>>) {
    this.#root = root;
    this.#globals = globals;
    this.#outside = createRequire(join(root, "package.json"));
  }

  /** The exports of a file of the checkout, by its path from there. */
  load(file: string): unknown {
    return this.#load(join(this.#root, file));
  }

  /** Files of the checkout that import this one, also by others between them. */
  dependents(file: string): Set<string> {
    const all = new Set([join(this.#root, file)]);
    for (let before = 0; before !== all.size; ) {
      before = all.size;
      for (const [path, { imports }] of this.#sources) if (imports.some((one) => all.has(one))) all.add(path);
    }
    return new Set([...all].map((path) => relative(this.#root, path)));
  }

  /** Runs something while a file has another text. */
  async with<T>(file: string, text: string, run: () => Promise<T>): Promise<T> {
    const path = join(this.#root, file);
    const original = this.#sources.get(path);
    const stale = [...this.dependents(file)].map((one) => join(this.#root, one));
    const kept = stale.flatMap((one): [string, { exports: unknown }][] => {
      const module = this.#evaluated.get(one);
      this.#evaluated.delete(one);
      return module ? [[one, module]] : [];
    });
    try {
      this.#sources.set(path, this.#compile(path, text));
      return await run();
    } finally {
      if (original) this.#sources.set(path, original);
      for (const one of stale) this.#evaluated.delete(one);
      for (const [one, module] of kept) this.#evaluated.set(one, module);
    }
  }

  #load(path: string): unknown {
    const known = this.#evaluated.get(path);
    if (known) return known.exports;
    const module = { exports: {} as unknown };
    this.#evaluated.set(path, module);
    if (path.endsWith(".json")) {
      module.exports = JSON.parse(readFileSync(path, "utf8"));
      return module.exports;
    }
    let source = this.#sources.get(path);
    if (!source) {
      source = this.#compile(path, readFileSync(path, "utf8"));
      this.#sources.set(path, source);
    }
    try {
      source.run(module.exports as object, (specifier) => this.#require(path, specifier), module, path);
    } catch (error) {
      this.#evaluated.delete(path);
      throw error;
    }
    return module.exports;
  }

  #require(from: string, specifier: string): unknown {
    if (!specifier.startsWith(".")) return this.#outside(specifier);
    return this.#load(join(dirname(from), specifier));
  }

  #compile(path: string, text: string): Source {
    const { code } = transformSync(text, {
      filename: path,
      swcrc: false,
      jsc: { parser: { syntax: "typescript" }, target: "es2022" },
      module: { type: "commonjs" },
    });
    const names = Object.keys(this.#globals);
    const script = new Script(`(${names.join(",")}) => (exports, require, module, __filename) => {${code}\n}`, {
      filename: path,
    });
    const run = (script.runInThisContext() as (...globals: unknown[]) => Wrapper)(...Object.values(this.#globals));
    const imports = [...code.matchAll(/\brequire\("(\.[^"]+)"\)/g)].map(([, specifier = ""]) =>
      join(dirname(path), specifier),
    );
    return { run, imports: imports.filter((one) => existsSync(one)) };
  }
}
