/**
 * How many small faults in the rules the tests notice.
 *
 * Changes the rules one condition, comparison or value at a time, and runs the tests that are about the file, in this
 * process, until one fails. What nobody notices is printed, unless it is known to change nothing.
 *
 * Usage: node test/policies/mutation/mutation.ts [FILE ...] [--sample N] [--seed S]
 *
 * `--sample` tries only so many, of all files, chosen by the seed; of them together less is asked, by three standard errors.
 */
import { globSync } from "node:fs";
import { parseArgs } from "node:util";
import { expect } from "expect";
import { EQUIVALENT, isOneOf } from "./equivalent.ts";
import type { Mutant } from "./mutants.ts";
import { type Outcome, Survey } from "./survey.ts";

const SCOPE = [
  "policies/rules/*/*.ts",
  "policies/{iam,graph,privileges}/*.ts",
  "policies/framework/{condition,companion-rule,setting-rule}.ts",
];
/** Least share of the faults that has to be noticed, of all and of each set. */
const LEAST = 0.85;

const known = (outcome: Outcome) => isOneOf(EQUIVALENT, outcome);
/** The set a file belongs to. */
const groupOf = (file: string) => /^policies\/rules\/([^/]+)\//.exec(file)?.[1] ?? file.split("/")[1] ?? file;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" } },
});
const files =
  positionals.length > 0
    ? positionals
    : SCOPE.flatMap((pattern) => globSync(pattern))
        .filter((file) => !file.endsWith("fixes.ts"))
        .sort();
const survey = new Survey(process.cwd(), expect);
const chosen = values.sample === undefined ? undefined : sample(Number(values.sample), Number(values.seed));
const all: Outcome[] = [];
for (const file of chosen ? chosen.keys() : files) {
  for (const name of await survey.failing(file)) process.stderr.write(`without any change this fails: ${name}\n`);
  const started = performance.now();
  const mutants = chosen?.get(file) ?? survey.mutantsOf(file);
  const outcomes: Outcome[] = [];
  for (const mutant of mutants) outcomes.push(await survey.try(file, mutant));
  all.push(...outcomes);
  const lived = outcomes.filter(({ killedBy }) => killedBy === undefined);
  process.stderr.write(
    `${file}: ${mutants.length - lived.length} of ${mutants.length}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  );
  for (const outcome of lived) {
    if (known(outcome)) continue;
    process.stdout.write(
      `${file}:${outcome.line}: ${outcome.kind}: ${outcome.original.replace(/\s+/g, " ").slice(0, 80)} → ${outcome.replacement}\n`,
    );
  }
}

process.stdout.write("\n| set | faults | noticed | change nothing | share |\n| --- | ---: | ---: | ---: | ---: |\n");
const row = (name: string, outcomes: readonly Outcome[]): number => {
  const noticed = outcomes.filter(({ killedBy }) => killedBy !== undefined).length;
  const nothing = outcomes.filter((outcome) => outcome.killedBy === undefined && known(outcome)).length;
  const share = noticed / (outcomes.length - nothing);
  process.stdout.write(`| ${name} | ${outcomes.length} | ${noticed} | ${nothing} | ${(share * 100).toFixed(1)} % |\n`);
  return share;
};
const groups = [...Map.groupBy(all, ({ file }) => groupOf(file))].map(([name, outcomes]) => row(name, outcomes));
const total = row("all", all);
const error = Math.sqrt((LEAST * (1 - LEAST)) / all.length);
const enough = chosen ? total >= LEAST - 3 * error : [total, ...groups].every((share) => share >= LEAST);
process.exitCode = enough ? 0 : 1;

/** So many of all mutants, by file; the same for the same seed and sources. */
function sample(count: number, seed: number): Map<string, Mutant[]> {
  const every = files.flatMap((file) => survey.mutantsOf(file).map((mutant) => ({ file, mutant })));
  const taken = Array.from({ length: count }, (_, index) => {
    // Steps of the golden ratio lie evenly, wherever they begin.
    const at = Math.floor((((seed + index) * 0.618_033_988_749_895) % 1) * every.length);
    return every[at];
  }).filter((one) => one !== undefined);
  return new Map(
    [...Map.groupBy(taken, ({ file }) => file)].map(([file, all]) => [file, all.map((one) => one.mutant)]),
  );
}
