/**
 * One thing that is wrong with an input, written for whoever has to repair it at night.
 */
export interface Problem {
  /** Where the value was written: a file relative to the repository root, or the component's name. */
  readonly where: string;
  /** The property in dotted form, such as `services[0].image`; empty when the whole input is meant. */
  readonly property: string;
  /** What is wrong, with the value that was found. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/**
 * All that is wrong with one input, at once.
 *
 * Plans and models collect every problem before they throw, so that one run of the command is enough to repair an
 * input. Nothing has been changed when it is thrown.
 */
export class ProblemsError extends Error {
  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    const lines = problems.map(
      (p) => `  ${[p.where, p.property].filter(Boolean).join(": ")}: ${p.message} ${p.remedy}`,
    );
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${subject}: ${count}, nothing was changed\n${lines.join("\n")}`);
    this.name = "ProblemsError";
    this.problems = problems;
  }
}

/** Collects problems of one input and throws them together. */
export class ProblemCollector {
  readonly problems: Problem[] = [];
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  /** Records a problem and goes on. */
  add(property: string, message: string, remedy: string): void {
    this.problems.push({ where: this.#where, property, message, remedy });
  }

  /** Records a problem unless the condition holds. */
  require(condition: boolean, property: string, message: string, remedy: string): void {
    if (!condition) this.add(property, message, remedy);
  }

  /**
   * @throws ProblemsError when anything was recorded
   */
  throwIfAny(subject: string): void {
    if (this.problems.length > 0) throw new ProblemsError(subject, this.problems);
  }
}
