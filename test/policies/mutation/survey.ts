import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ENDLESS, isOneOf } from "./equivalent.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { Runner } from "./runner.ts";

/** The tests that judge the rules themselves, of which those are asked that a changed file can reach. */
export const SUITES = [
  ...["patterns", "iam", "rules", "rule-conditions", "tagging", "framework", "packs"],
  ...["privileges-atoms", "privileges-read", "privileges-told", "privileges"],
  ...["least-privilege", "least-privilege-edges", "first-preview", "trust", "statements", "conditions", "escalation"],
  ...["paths-names", "paths-rights", "paths-given", "paths", "paths-identities", "paths-pods", "paths-internet"],
].map((name) => `test/policies/${name}.test.ts`);
/** The suite whose tests have the names of rules; of it only those are asked whose rules a file can reach. */
const BY_RULE = "test/policies/rules.test.ts";

/** Tests that ask thousands of actions; what only they would notice counts as not noticed. */
const SLOW = [
  "each of the actions works on each of its own ARNs",
  "no action is reported for an ARN of its own",
  "no request that is newly allowed is missing",
  "is of the installed data",
];

export interface Outcome extends Mutant {
  readonly file: string;
  readonly original: string;
  /** The line it is in, as it stands. */
  readonly text: string;
  /** The test that noticed; undefined when none did. */
  readonly killedBy: string | undefined;
}

/** Tries mutants in this process. */
export class Survey {
  readonly #root: string;
  readonly #runner: Runner;
  /** What noticed most lately is asked first. */
  readonly #keen = new Map<string, number>();
  readonly #useless = new Set<string>();
  #turn = 0;

  constructor(root: string, expect: unknown) {
    this.#root = root;
    this.#runner = new Runner(root, expect);
    for (const suite of SUITES) this.#runner.casesOf(suite);
  }

  mutantsOf(file: string): Mutant[] {
    return mutantsOf(file, readFileSync(join(this.#root, file), "utf8"));
  }

  /** Tests that fail as the sources stand; they notice nothing, and are not asked from then on. */
  async failing(file: string): Promise<readonly string[]> {
    const failing: string[] = [];
    for (;;) {
      const { killedBy } = await this.try(file, { start: 0, end: 0, replacement: "", kind: "nothing", line: 1 });
      if (killedBy === undefined) return failing;
      if (this.#useless.has(killedBy)) throw new Error(`${file} can't be judged: ${killedBy}`);
      failing.push(killedBy);
      this.#useless.add(killedBy);
    }
  }

  async try(file: string, mutant: Mutant): Promise<Outcome> {
    const text = readFileSync(join(this.#root, file), "utf8");
    const line = text.split("\n")[mutant.line - 1]?.trim() ?? "";
    const outcome = { ...mutant, file, original: text.slice(mutant.start, mutant.end), text: line };
    if (isOneOf(ENDLESS, outcome)) return { ...outcome, killedBy: "never ends" };
    const changed = text.slice(0, mutant.start) + mutant.replacement + text.slice(mutant.end);
    const [suites, rules] = [this.#suitesOf(file), this.#rulesOf(file)];
    const killedBy = await this.#runner.modules
      .with(file, changed, () => this.#firstFailing(suites, rules))
      // What does not even load is noticed by everybody.
      .catch((error: Error) => `loading: ${error.message}`);
    return { ...outcome, killedBy };
  }

  #suitesOf(file: string): readonly string[] {
    const dependents = this.#runner.modules.dependents(file);
    return SUITES.filter((suite) => dependents.has(suite));
  }

  /** Ids of the rules in a file and in what imports it. */
  #rulesOf(file: string): ReadonlySet<string> {
    const files = [...this.#runner.modules.dependents(file)].filter(
      (one) => one.startsWith("policies/rules/") && !one.endsWith("/index.ts"),
    );
    const exported = files.flatMap((one) => Object.values(this.#runner.modules.load(one) as object));
    return new Set(exported.flatMap((one) => (typeof one === "object" && one && "id" in one ? [String(one.id)] : [])));
  }

  async #firstFailing(suites: readonly string[], rules: ReadonlySet<string>): Promise<string | undefined> {
    const keenness = (name: string) => this.#keen.get(name) ?? 0;
    const keenestFirst = <T>(all: readonly T[], nameOf: (one: T) => string): T[] =>
      all.toSorted((a, b) => keenness(nameOf(b)) - keenness(nameOf(a)));
    // One suite after the other: most have something to prepare.
    for (const suite of keenestFirst(suites, (one) => one)) {
      const cases = this.#runner
        .casesOf(suite)
        .filter(({ name }) => suite !== BY_RULE || rules.has(name.split(" › ").at(-1) ?? ""))
        .map(({ name, run }) => ({ name: `${suite} › ${name}`, run }))
        .filter(({ name }) => !this.#useless.has(name) && !SLOW.some((slow) => name.includes(slow)));
      for (const { name, run } of keenestFirst(cases, (one) => one.name)) {
        try {
          await run();
        } catch {
          this.#turn += 1;
          this.#keen.set(name, this.#turn).set(suite, this.#turn);
          return name;
        }
      }
    }
    return undefined;
  }
}
