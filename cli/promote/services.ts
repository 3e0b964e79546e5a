import { type Problem, ProblemsError } from "../../contracts/problems.ts";
import { type Environment, loadEnvironments } from "../../environments/index.ts";

/**
 * The services to promote: those that are named, or all that both environments have.
 *
 * @throws ProblemsError with every name that means nothing
 */
export function servicesOf(from: Environment, to: Environment, named: readonly string[]): string[] {
  const problems: Problem[] = [];
  const add = (property: string, message: string, remedy: string) =>
    problems.push({ where: "promotion", property, message, remedy });
  if (!loadEnvironments().has(to.name)) {
    add(to.name, "a preview is as its pull request says.", "Promote to an environment that stays.");
  }
  const has = (environment: Environment, name: string) => environment.services.some((service) => service.name === name);
  const both = from.services.map(({ name }) => name).filter((name) => has(to, name));
  for (const name of named) {
    for (const environment of [from, to]) {
      if (has(environment, name)) continue;
      if (Object.hasOwn(environment.kubernetes?.services ?? {}, name)) {
        add(
          name,
          `in ${environment.name} it is on Kubernetes, where nothing is released.`,
          "Write its image in its file.",
        );
      } else {
        add(name, `${environment.name} has no such service.`, `In both: ${both.join(", ") || "none"}.`);
      }
    }
  }
  if (named.length === 0 && both.length === 0) {
    add("services", `${from.name} and ${to.name} have none in common.`, "Add the service first.");
  }
  if (problems.length > 0) throw new ProblemsError(`promotion from ${from.name} to ${to.name}`, problems);
  return named.length === 0 ? both : [...new Set(named)];
}
