/**
 * How our rules agree with independent judges, as it was last measured by `node test/judges/run.ts`: the page says it,
 * every difference has a reason, and our rules still find what they found then.
 */
import { readFileSync } from "node:fs";
import { CLASSES } from "../judges/compare.ts";
import { type CorpusDocument, escalations, generated, trusts } from "../judges/corpus.ts";
import { Facts } from "../judges/facts.ts";
import { GENERATED_COUNT, PAGE, page, RESULTS, type Results } from "../judges/page.ts";

const results = JSON.parse(readFileSync(RESULTS, "utf8")) as Results;

test("the page says what was measured", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(page(results));
});

test("every difference has a reason, and no access level that is corrected elsewhere differs", () => {
  const outcomes = Object.values(results.corpora);
  expect(outcomes.flatMap(({ unexplained }) => unexplained)).toEqual([]);
  expect(outcomes.reduce((sum, { documents }) => sum + documents, 0)).toBeGreaterThanOrEqual(2_000);
  expect(results.levels.differing).toEqual([]);
});

const NEVER_MISSED = ["PrivilegeEscalation", "DataExfiltration", "AssumableByAnyPrincipal"];

test("no way to more rights, no reading of data and nobody let in that cloudsplaining finds is missed", () => {
  for (const { classes } of Object.values(results.corpora)) {
    const missed = classes.filter(({ name }) => NEVER_MISSED.includes(name));
    expect(missed.map(({ onlyJudge }) => onlyJudge)).toEqual([{}, {}, {}]);
  }
});

/** EVERY_DOCUMENT=1 asks about the generated documents too, which takes some seconds. */
const CORPORA: readonly [name: string, corpus: readonly CorpusDocument[]][] = [
  ["escalation", escalations()],
  ["trust", trusts()],
  ...(process.env.EVERY_DOCUMENT ? [["generated", generated(GENERATED_COUNT)] as [string, CorpusDocument[]]] : []),
];

test.each(CORPORA)("our rules find in the %s documents what they found when the judges were asked", (name, corpus) => {
  const facts = corpus.map((one) => new Facts(one));
  const found = CLASSES.map((one) => ({
    name: one.name,
    ours: facts
      .filter(({ resource }) => (one.inTrust ?? false) === (resource.type === "aws:iam/role:Role"))
      .reduce((sum, its) => sum + new Set([...one.ours(its)].map((item) => item.toLowerCase())).size, 0),
  }));
  // Where a rule is meant to find something else now: ask the judges again.
  expect(found).toEqual(results.corpora[name]?.classes.map(({ name: of, ours }) => ({ name: of, ours })));
});
