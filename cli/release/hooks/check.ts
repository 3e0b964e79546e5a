import { ProblemCollector } from "../../../contracts/problems.ts";
import { isCommand, type ReleasePlan } from "../../../contracts/release.ts";
import { wordsOf } from "./words.ts";

/**
 * Refuses hooks that nobody could run, before anything begins.
 *
 * @param runBy who would run the release
 * @throws ProblemsError with every such hook
 */
export function checkHooks({ service, environment, hooks }: ReleasePlan, runBy: "here" | "platform"): void {
  const problems = new ProblemCollector(`release of ${service} in ${environment}`);
  for (const hook of hooks) {
    const property = `hooks.${hook.id}.target`;
    if (!isCommand(hook)) {
      problems.require(
        /^arn:aws[a-z-]*:(lambda|states):/.test(hook.target),
        property,
        `"${hook.target}" is neither a Lambda function nor a state machine.`,
        "Name the ARN of one, or a command.",
      );
      continue;
    }
    const words = wordsOf(hook.target);
    problems.require(
      words !== undefined && !words[0]!.startsWith("-"),
      property,
      `"${hook.target}" is no command.`,
      "Write a program and its arguments, with each quote closed; put what needs a shell into a script.",
    );
    problems.require(
      runBy === "here",
      property,
      `"${hook.target}" is a command, and ${environment} runs its releases itself, where there are none.`,
      "Name the ARN of a Lambda function or state machine, or run the release in this terminal: --here.",
    );
  }
  problems.throwIfAny(`The release of ${service} cannot start`);
}
