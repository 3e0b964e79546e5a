/**
 * Whether the tests see every rule pass, fail and wait, and with it every control that a rule answers to: runs them in this
 * process and writes down what each rule says on the way. Prints what no test has seen.
 *
 * Usage: node test/policies/mutation/verdicts.ts
 */
import { expect } from "expect";
import type * as sets from "../../../policies/rules/index.ts";
import { Runner } from "./runner.ts";
import { SUITES } from "./survey.ts";

const VERDICTS = ["pass", "fail", "undetermined"] as const;
/** What a rule reports to, on single resources and over stacks. */
interface AnyReport {
  readonly verdict?: (typeof VERDICTS)[number];
  readonly failures: readonly unknown[];
  readonly waiting: readonly unknown[];
}

const runner = new Runner(process.cwd(), expect);
const { RULE_SETS, RULES } = runner.modules.load("policies/rules/index.ts") as typeof sets;
const seen = new Map(RULES.map(({ id }) => [id, new Set<string>()]));
for (const rule of RULE_SETS.flatMap(({ rules, stackRules = [] }) => [...rules, ...stackRules])) {
  const evaluate = rule.evaluate as (subject: unknown, report: AnyReport, config: unknown) => void;
  Object.assign(rule, {
    evaluate(subject: unknown, report: AnyReport, config: unknown) {
      evaluate.call(rule, subject, report, config);
      const said = seen.get(rule.id);
      if (report.failures.length > 0) said?.add("fail");
      if (report.waiting.length > 0) said?.add("undetermined");
      if (report.failures.length + report.waiting.length === 0) said?.add("pass");
    },
  });
}

let failed = 0;
for (const suite of SUITES) {
  for (const { name, run } of runner.casesOf(suite)) {
    try {
      await run();
    } catch (error) {
      failed += 1;
      process.stdout.write(`${suite} › ${name} fails: ${error instanceof Error ? error.message : error}\n`);
    }
  }
}

const missing = RULES.flatMap(({ id, controls }) => {
  const unseen = VERDICTS.filter((verdict) => !seen.get(id)?.has(verdict));
  const claimed = Object.values(controls).flat();
  return [
    ...unseen.map((verdict) => `${id}: no test sees it say ${verdict}, for ${claimed.join(", ")}`),
    ...(claimed.length === 0 ? [`${id}: answers to no control`] : []),
  ];
});
for (const line of missing) process.stdout.write(`${line}\n`);
const claims = new Set(
  RULES.flatMap(({ controls }) => Object.entries(controls).flatMap(([name, ids]) => ids.map((id) => `${name} ${id}`))),
);
process.stdout.write(
  `${RULES.length} rules with ${claims.size} controls, ${missing.length} gaps, ${failed} tests that fail\n`,
);
process.exitCode = missing.length + failed === 0 ? 0 : 1;
