import { Modules } from "./modules.ts";

interface Case {
  readonly name: string;
  readonly run: () => unknown;
}

type Each = (rows: readonly unknown[]) => (name: string, run: (...row: unknown[]) => unknown) => void;

/** Test files of the checkout, run in this process, again and again, as far as they need of jest. */
export class Runner {
  readonly modules: Modules;
  #cases: Case[] = [];
  #path: string[] = [];

  constructor(root: string, expect: unknown) {
    const test = Object.assign((name: string, run: () => unknown) => this.#add(name, run), {
      each: this.#each((name, run) => this.#add(name, run)),
    });
    const describe = Object.assign((name: string, run: () => void) => this.#group(name, run), {
      each: this.#each((name, run) => this.#group(name, run as () => void)),
    });
    this.modules = new Modules(root, { test, describe, expect });
  }

  /** The tests that a file declares. */
  casesOf(file: string): readonly Case[] {
    this.#cases = [];
    this.#path = [];
    this.modules.load(file);
    return this.#cases;
  }

  #add(name: string, run: () => unknown): void {
    this.#cases.push({ name: [...this.#path, name].join(" › "), run });
  }

  #group(name: string, run: () => void): void {
    this.#path.push(name);
    run();
    this.#path.pop();
  }

  #each(add: (name: string, run: () => unknown) => void): Each {
    return (rows) => (name, run) => {
      for (const row of rows) {
        const values = Array.isArray(row) ? row : [row];
        let at = 0;
        add(
          name.replace(/%[sdijp]/g, () => String(values[at++])),
          () => run(...values),
        );
      }
    };
  }
}
