import type { z } from "zod";
import type { Problem } from "../../contracts/problems.ts";
import { RELEASE_STRATEGIES } from "../../contracts/vocabulary.ts";
import { knownKeys } from "./draft.ts";
import { nearest } from "./nearest.ts";
import type { IssueParams } from "./text.ts";
import { show } from "./text.ts";

type Found = Omit<Problem, "where">;

/** A path in dotted form, such as `services[0].image`. */
export function propertyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step], input);
}

function withSuggestion(word: unknown, known: readonly string[], otherwise: string): string {
  const meant = typeof word === "string" ? nearest(word, known) : undefined;
  return meant === undefined ? otherwise : `Did you mean ${JSON.stringify(meant)}? ${otherwise}`;
}

const ARTICLES: Record<string, string> = {
  object: "an object",
  record: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

/** Zod's issues as problems, each with the value found and what to do. */
export function problemsOf(schema: z.ZodType, input: unknown, issues: readonly z.core.$ZodIssue[]): Found[] {
  return issues.flatMap((issue): Found[] => {
    const property = propertyPath(issue.path);
    const found = valueAt(input, issue.path);
    const one = (message: string, remedy: string): Found[] => [{ property, message, remedy }];
    switch (issue.code) {
      case "custom":
        return one(issue.message, (issue.params as IssueParams | undefined)?.remedy ?? "Correct it.");
      case "unrecognized_keys": {
        const known = knownKeys(schema, input, issue.path);
        return issue.keys.map((key) => ({
          property: propertyPath([...issue.path, key]),
          message: `"${key}" is not a known key.`,
          remedy: withSuggestion(key, known, known.length > 0 ? `Known keys: ${known.join(", ")}.` : "Remove it."),
        }));
      }
      case "invalid_type": {
        const expected = ARTICLES[issue.expected] ?? issue.expected;
        if (found === undefined) return one("it is missing.", `Add it: ${expected}.`);
        return one(`${show(found)} is not ${expected}.`, `Write ${expected}.`);
      }
      case "invalid_value": {
        const known = issue.values.map(String);
        const choice = `Write ${known.length === 1 ? known[0] : `one of: ${known.join(", ")}`}.`;
        if (found === undefined) return one("it is missing.", choice);
        return one(`${show(found)} is not a value it can have.`, withSuggestion(found, known, choice));
      }
      case "invalid_union": {
        const strategies = RELEASE_STRATEGIES.join(", ");
        if (issue.discriminator === "strategy") {
          const strategy = valueAt(input, issue.path);
          return one(
            `${show(strategy)} is not a release strategy.`,
            withSuggestion(strategy, RELEASE_STRATEGIES, `Write one of: ${strategies}.`),
          );
        }
        return one(`${show(found)} has none of the forms it can have.`, "Write a text or a list of texts.");
      }
      case "too_small":
      case "too_big": {
        const bound = issue.code === "too_small" ? issue.minimum : issue.maximum;
        const side = issue.code === "too_small" ? "least" : "most";
        if (Array.isArray(found)) {
          return one(`${found.length} entries, at ${side} ${bound} are needed.`, `Write at ${side} ${bound}.`);
        }
        const limit = issue.inclusive ? `at ${side} ${bound}` : `${side === "least" ? "more" : "less"} than ${bound}`;
        return one(`${show(found)} is out of range.`, `Write ${limit}.`);
      }
      case "not_multiple_of":
        return one(`${show(found)} is not a multiple of ${issue.divisor}.`, `Write a multiple of ${issue.divisor}.`);
      case "invalid_format":
        if (issue.format === "email") return one(`${show(found)} is not an e-mail address.`, "Write user@example.com.");
        return one(`${show(found)} is not an HTTPS address.`, "Write https://host/path.");
      case "invalid_key": {
        const nested = issue.issues[0];
        const remedy = nested?.code === "custom" ? (nested.params as IssueParams | undefined)?.remedy : undefined;
        return one(nested?.message ?? `${show(issue.path.at(-1))} is not a key it can have.`, remedy ?? "Rename it.");
      }
      default:
        return one(`${show(found)}: ${issue.message}.`, "Correct it.");
    }
  });
}
