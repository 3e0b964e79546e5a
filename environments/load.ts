import { type Problem, ProblemCollector, ProblemsError } from "../contracts/problems.ts";
import { checkAddressPlan, isNetwork, overlap, PREVIEW_NUMBERS, previewNumber } from "./address-plan.ts";
import type { Definition } from "./definition.ts";
import { dev } from "./dev.ts";
import { local } from "./local.ts";
import type { Environment } from "./model/environment.ts";
import { nearest } from "./model/nearest.ts";
import { parseEnvironment } from "./parse.ts";
import { preview } from "./preview.ts";
import { production } from "./production.ts";
import { checkPromoted, PROMOTED, withPromoted } from "./promoted.ts";
import { staging } from "./staging.ts";

/** The environments that stay. A new one is added here; previews come from their template. */
const DEFINITIONS: readonly Definition[] = [local, dev, staging, production];

/** Environments and where they were written. */
interface Loaded {
  readonly env: Environment;
  readonly definition: Definition;
}

/** What is wrong between environments: two of a name, addresses in common. */
function problemsBetween(loaded: readonly Loaded[]): Problem[] {
  return loaded.flatMap(({ env, definition }, index) => {
    const collector = new ProblemCollector(definition.file);
    for (const { env: other } of loaded.slice(0, index)) {
      if (other.name === env.name) {
        collector.add("name", `"${env.name}" is the name of another environment.`, "Rename one of them.");
      } else if (isNetwork(env.network.cidr) && overlap(env.network.cidr, other.network.cidr)) {
        const previews = env.kind === "preview" && other.kind === "preview";
        collector.add(
          "network.cidr",
          `${env.network.cidr} overlaps ${other.network.cidr} of ${other.name}.`,
          previews
            ? "Blocks of previews are used in turn: destroy the older one, or open the pull request anew."
            : "Leave it out to get the environment's own block of the address plan.",
        );
      }
    }
    return collector.problems;
  });
}

/**
 * Validates environments one by one and against each other.
 *
 * @param promoted images by environment and service, in place of those that services are written with
 * @throws ProblemsError with the problems of all of them
 */
export function loadDefinitions(
  definitions: readonly Definition[],
  promoted: unknown = {},
): ReadonlyMap<string, Environment> {
  const problems: Problem[] = [...checkAddressPlan()];
  const loaded: Loaded[] = [];
  for (const written of definitions) {
    const definition = withPromoted(written, promoted);
    try {
      const env = parseEnvironment(definition.input, definition.file, { locate: definition.locate });
      loaded.push({ env, definition });
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  problems.push(...problemsBetween(loaded));
  if (problems.length > 0) throw new ProblemsError("environments", withoutRepeats(problems));
  for (const { env, definition } of loaded) sources.set(env, definition);
  return new Map(loaded.map(({ env }) => [env.name, env]));
}

/** What is wrong in a shared file shows up in every environment: it is said once. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  const key = (problem: Problem) => JSON.stringify([problem.where, problem.property, problem.message]);
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}

const sources = new WeakMap<Environment, Definition>();
let permanent: ReadonlyMap<string, Environment> | undefined;

/** The definition an environment was loaded from; none for one that was parsed directly. */
export function definitionOf(env: Environment): Definition | undefined {
  return sources.get(env);
}

/**
 * All environments that stay, by name. Previews are made on demand, see {@link getEnvironment}.
 *
 * @throws ProblemsError with the problems of all files
 */
export function loadEnvironments(): ReadonlyMap<string, Environment> {
  permanent ??= loadPromoted(PROMOTED);
  return permanent;
}

/**
 * All environments that stay, as they would be with these images in `images.json`.
 *
 * @throws ProblemsError with the problems of that file and all others
 */
export function loadPromoted(promoted: unknown): ReadonlyMap<string, Environment> {
  const problems = checkPromoted(promoted, DEFINITIONS);
  try {
    const environments = loadDefinitions(DEFINITIONS, promoted);
    if (problems.length === 0) return environments;
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    problems.push(...error.problems);
  }
  throw new ProblemsError("environments", problems);
}

/**
 * One environment: one of those that stay, or `pr-<number>`.
 *
 * All environments are validated, since one that overlaps another or breaks a shared file is not fit to go up.
 *
 * @throws ProblemsError when the name is unknown, or any environment has problems
 */
export function getEnvironment(name: string): Environment {
  const known = loadEnvironments();
  const env = known.get(name);
  if (env !== undefined) return env;
  const number = previewNumber(name);
  if (number !== undefined) return loadDefinitions([...DEFINITIONS, preview(number)], PROMOTED).get(name)!;

  const { least, most } = PREVIEW_NUMBERS;
  const previews = `pr-<number> (${least} to ${most})`;
  const meant = nearest(name, [...known.keys()]);
  const problem =
    name.startsWith("pr-") || name === "preview"
      ? { message: `"${name}" names no preview.`, remedy: `Write ${previews}, such as pr-12.` }
      : {
          message: `there is no environment "${name}".`,
          remedy: `${meant === undefined ? "" : `Did you mean "${meant}"? `}Known: ${[...known.keys(), previews].join(", ")}.`,
        };
  throw new ProblemsError("environments", [{ where: "environments", property: "", ...problem }]);
}
