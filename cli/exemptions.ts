import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { today } from "../contracts/days.ts";
import type { Exemption } from "../contracts/exemption.ts";
import { ProblemCollector } from "../contracts/problems.ts";
import {
  EXEMPTIONS_FILE,
  loadEnvironments,
  ORGANISATION,
  parseExemptions,
  withExemption,
} from "../environments/index.ts";
import { exemptionProblems, RULES } from "../policies/index.ts";
import type { SourceLocation } from "../policies/report/index.ts";

/** An exemption of an environment, and where it is written. */
export interface ListedExemption {
  readonly environment: string;
  readonly exemption: Exemption;
  /** Line of `environments/exemptions.json`. */
  readonly line: number;
}

/**
 * The exemptions of all environments.
 *
 * @throws ProblemsError with all that is wrong in the file
 */
export function loadExemptions(checkout: string): ListedExemption[] {
  const problems = new ProblemCollector(EXEMPTIONS_FILE);
  const listed = parseExemptions(readText(checkout), [...loadEnvironments().keys()], problems).map((written) => {
    addProblems(problems, `${written.property}.`, written.exemption);
    return {
      environment: written.environment,
      line: written.line,
      exemption: written.exemption as unknown as Exemption,
    };
  });
  problems.throwIfAny("exemptions from policies");
  return listed;
}

/** The exemptions of one environment; those of the others have to be in order all the same. */
export function exemptionsFor(checkout: string, environment: string): Exemption[] {
  return loadExemptions(checkout).flatMap((one) => (one.environment === environment ? one.exemption : []));
}

/** Where an environment's exemption is written. */
export function placeOfExemption(
  checkout: string,
  environment: string,
  { rule, urn }: Pick<Exemption, "rule" | "urn">,
): SourceLocation | undefined {
  const one = loadExemptions(checkout).find(
    (listed) => listed.environment === environment && listed.exemption.rule === rule && listed.exemption.urn === urn,
  );
  return one && { file: EXEMPTIONS_FILE, line: one.line };
}

/** Records what keeps an exemption from being given, under `prefix` and the property's name. */
export function addProblems(
  problems: ProblemCollector,
  prefix: string,
  exemption: Readonly<Record<string, unknown>>,
): void {
  for (const { property, message, remedy } of exemptionProblems(exemption, today())) {
    problems.add(`${prefix}${property}`, `${message}.`, remedy);
  }
  const { rule, owner } = exemption;
  if (typeof rule === "string" && rule !== "" && !RULES.some(({ id }) => id === rule)) {
    problems.add(`${prefix}rule`, `there is no rule "${rule}".`, `Near: ${nearestRules(rule).join(", ")}.`);
  }
  const owners: readonly string[] = ORGANISATION.owners;
  if (typeof owner === "string" && owner.trim() !== "" && !owners.includes(owner)) {
    problems.add(`${prefix}owner`, `"${owner}" is no team of the organisation.`, `Known: ${owners.join(", ")}.`);
  }
}

/** Writes one exemption more into the checkout, for people to review. */
export function writeExemption(checkout: string, environment: string, exemption: Exemption): void {
  const path = join(checkout, EXEMPTIONS_FILE);
  const text = withExemption(readText(checkout), environment, exemption);
  // Whoever reads it meanwhile finds the one or the other.
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function readText(checkout: string): string {
  const path = join(checkout, EXEMPTIONS_FILE);
  return existsSync(path) ? readFileSync(path, "utf8") : "{}\n";
}

/** Ids of rules that share most of their words with what somebody typed. */
export function nearestRules(typed: string): string[] {
  const words = typed.split("-");
  const shared = (id: string) => id.split("-").filter((word) => words.includes(word)).length;
  return RULES.map(({ id }) => id)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 5);
}
