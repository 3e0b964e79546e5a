/**
 * Asks cloudsplaining and parliament about the same documents as our rules and says where they differ, and why:
 *
 *     python3 -m venv /tmp/judges && /tmp/judges/bin/pip install cloudsplaining==0.9.1 parliament==1.6.4
 *     node test/judges/run.ts /tmp/judges/bin/python [checkout of MAMIP]
 *
 * https://github.com/zoph-io/MAMIP keeps AWS's managed policies, and what IAM Access Analyzer found in them. Writes `test/judges/generated/results.json` and
 * `docs/guides/policy-judges.md`; ends with 1 where a difference has no reason.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { iamAction } from "../../policies/data/iam.ts";
import { compareAnalyzer } from "./analyzer.ts";
import { compare, type Outcome, type Verdict } from "./compare.ts";
import { type CorpusDocument, escalations, generated, trusts } from "./corpus.ts";
import type { AboutAction } from "./facts.ts";
import { GENERATED_COUNT, PAGE, page, RESULTS, type Results } from "./page.ts";

const [python, checkout] = process.argv.slice(2);
if (!python) throw new Error("Say which Python has the judges: node test/judges/run.ts <python> [checkout of MAMIP]");

const corpora: readonly [name: string, corpus: readonly CorpusDocument[]][] = [
  ["generated", generated(GENERATED_COUNT)],
  ["escalation", escalations()],
  ["trust", trusts()],
  ...(checkout ? [["managed", managed(join(checkout, "policies"))] as [string, CorpusDocument[]]] : []),
];
const outcomes: [string, Outcome][] = [];
let versions: Results["versions"] = {};
for (const [name, corpus] of corpora) {
  const verdicts = new Map(ask<Verdict>(corpus).map((verdict) => [verdict.id, verdict]));
  const missing = new Set<string>();
  compare(corpus, verdicts, (action) => void missing.add(action));
  const [told] = ask<{ about: Record<string, AboutAction> }>([
    { about: [...missing].filter((one) => /^[\w-]+:\w+$/.test(one)) },
  ]);
  const outcome = compare(corpus, verdicts, (action) => told?.about[action]);
  outcomes.push([name, outcome]);
  for (const { id, name: of, side, item } of outcome.unexplained.slice(0, 400)) {
    console.error(`no reason: ${of}, ${side === "judge" ? "not ours" : "only ours"}: ${item} in ${id}`);
  }
}
const analyzer = checkout ? compareAnalyzer(join(checkout, "findings"), corpora.at(-1)?.[1] ?? []) : undefined;
for (const one of analyzer?.unexplained ?? []) console.error(`no reason: Access Analyzer: ${one}`);
const results: Results = {
  versions,
  levels: levels(),
  corpora: Object.fromEntries(outcomes),
  ...(analyzer ? { analyzer: analyzer.classes } : {}),
};
const unexplained = outcomes.reduce(
  (sum, [, { unexplained: its }]) => sum + its.length,
  (analyzer?.unexplained.length ?? 0) + results.levels.differing.length,
);
if (unexplained === 0) {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(PAGE, page(results));
}
console.log(
  `${outcomes.map(([name, { documents }]) => `${name}: ${documents}`).join(", ")}; ${unexplained} without a reason`,
);
process.exitCode = unexplained === 0 ? 0 : 1;

/** Whether our access levels are those that policy_sentry corrects. */
function levels(): Results["levels"] {
  const [answer] = ask<{ levels: Record<string, string> }>([{ levels: true }]);
  const known = Object.entries(answer?.levels ?? {}).filter(([name]) => iamAction(name));
  const differing = known.filter(([name, level]) => iamAction(name)?.level.toLowerCase() !== level.toLowerCase());
  return { corrected: known.length, differing: differing.map(([name]) => name) };
}

/** One line for the judges, one line from them. */
function ask<Answer>(lines: readonly object[]): Answer[] {
  const { stdout, stderr, status } = spawnSync(python ?? "", ["-W", "ignore", "test/judges/judge.py"], {
    input: lines.map((line) => JSON.stringify(line)).join("\n"),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`The judges ended with ${status}: ${stderr}`);
  const [first = "{}", ...rest] = stdout.trim().split("\n");
  versions = (JSON.parse(first) as Pick<Results, "versions">).versions;
  return rest.map((line) => JSON.parse(line) as Answer);
}

/** AWS's managed policies, each in a file as `aws iam get-policy-version` shows it. */
function managed(path: string): CorpusDocument[] {
  return readdirSync(path).flatMap((id) => {
    try {
      const { PolicyVersion } = JSON.parse(readFileSync(join(path, id), "utf8")) as {
        PolicyVersion: { Document: CorpusDocument["document"] };
      };
      return [{ id, document: PolicyVersion.Document }];
    } catch {
      console.error(`${id} is no policy`);
      return [];
    }
  });
}
