/** Definitions of state machines, in Amazon States Language, by the package `asl-validator` with AWS's codes. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { isObject, type Json, type JsonObject } from "../provider/values.ts";
import { parseJson } from "./known.ts";

export interface AslProblem {
  readonly code: string;
  readonly message: string;
}

interface Found {
  readonly "Error code": string;
  readonly Message: string;
}
type Validate = (
  definition: object,
  options: { readonly checkPaths: boolean; readonly checkArn: boolean },
) => { readonly errors: readonly Found[] };

let validate: Validate | undefined;

/** The package compiles its schemas as it is loaded, which takes a second: only where there are state machines. */
function validator(): Validate {
  validate ??= createRequire(process.argv[1] ?? join(process.cwd(), "index.js"))("asl-validator") as Validate;
  return validate;
}

/** What Step Functions calls otherwise than the package. */
const CODES: Readonly<Record<string, readonly [code: string, message?: string]>> = {
  MISSING_TERMINAL_STATE: ["MISSING_END_STATE", "Workflow has no terminal state"],
};

/** Parts of a state whose content is the author's, in which a field `States` is no state machine. */
const CONTENT = new Set(["Arguments", "Assign", "ItemSelector", "Output", "Parameters", "Result", "ResultSelector"]);

function withoutContent(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutContent);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, part]): [string, Json] => [
    key,
    CONTENT.has(key) && isObject(part) ? {} : withoutContent(part),
  ]);
  return Object.fromEntries(entries);
}

/** A definition is looked at when it is planned, previewed and created; it stays what it is. */
const SEEN = new Map<string, readonly AslProblem[]>();
const KEPT = 64;

/** What is wrong with a definition, by the codes of `ValidateStateMachineDefinition`; nothing when AWS takes it. */
export function aslProblems(text: string): readonly AslProblem[] {
  let problems = SEEN.get(text);
  if (problems === undefined) {
    problems = look(text);
    if (SEEN.size >= KEPT) SEEN.clear();
    SEEN.set(text, problems);
  }
  return problems;
}

function look(text: string): readonly AslProblem[] {
  const { value, problem } = parseJson(text);
  if (problem !== undefined) return [{ code: "INVALID_JSON_DESCRIPTION", message: problem }];
  if (!isObject(value)) return [{ code: "INVALID_JSON_DESCRIPTION", message: "The definition is not a JSON object" }];
  // Functions and services in a `Resource` may be written in ways that the package does not know.
  const { errors } = validator()(withoutContent(value) as JsonObject, { checkPaths: true, checkArn: false });
  // What follows the first is noise of the alternatives that a schema has.
  const schema = errors.filter((error) => error["Error code"] === "SCHEMA_VALIDATION_FAILED").slice(0, 1);
  return (schema.length > 0 ? schema : errors).map(problemOf);
}

function problemOf({ "Error code": found, Message: said }: Found): AslProblem {
  const [code, words] = CODES[found] ?? [found];
  return { code, message: words ?? said.replace("'StartAt'|'Next'|'Default'", "'Next'").trim() };
}
