/** The SDKs of programs: a program sees the types, defaults and functions of the `@pulumi/aws` it has installed. */
import { openSchema, type SchemaSource } from "../schema/index.ts";

export class ProgramSdks {
  readonly #own: SchemaSource;
  readonly #byRoot = new Map<string, SchemaSource>();

  /** @param own taken where a program has none installed, or the same version */
  constructor(own: SchemaSource) {
    this.#own = own;
  }

  /** @param program a folder from which `@pulumi/aws` resolves as it does for the program */
  of(program: string): SchemaSource {
    const found = this.#open(program);
    if (found === undefined || found.version === this.#own.version) return this.#own;
    const key = `${found.root} ${found.version}`;
    const known = this.#byRoot.get(key) ?? found;
    this.#byRoot.set(key, known);
    return known;
  }

  #open(program: string): SchemaSource | undefined {
    try {
      return openSchema(program, this.#own);
    } catch {
      return undefined; // not installed: the program itself will say so
    }
  }
}
