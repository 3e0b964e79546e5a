/**
 * Runs the examples of the installed SDK's documentation on the simulated cloud.
 *
 *   node test/simulator/sdk-examples/measure.ts              all of them; writes verdicts.json and the page in docs/guides
 *   node test/simulator/sdk-examples/measure.ts NAME …       these, whose verdicts it prints as JSON
 *   node test/simulator/sdk-examples/measure.ts --page       none; writes the page from what is on record
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Example, extractExamples, wholePrograms } from "./extract.ts";
import { runExamples } from "./run.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");

/** What is on record: one line for each example. */
interface Verdicts {
  readonly version: string;
  readonly verdicts: Readonly<Record<string, string>>;
}

const named = process.argv.slice(2);
const examples = extractExamples(root);
if (named[0] === "--page") {
  const { version, verdicts } = JSON.parse(readFileSync(join(here, "verdicts.json"), "utf8")) as Verdicts;
  const recorded = examples.filter(({ name }) => name in verdicts);
  writePage(
    version,
    recorded.map((example) => [example, readLine(verdicts[example.name] ?? "")]),
  );
} else if (named.length > 0) {
  const wanted = examples.filter(({ name }) => named.includes(name));
  const runs = await runExamples(root, wanted);
  process.stdout.write(
    `${JSON.stringify(Object.fromEntries(runs.map((run) => [run.example.name, line(verdictOf(run))])))}\n`,
  );
} else {
  const started = Date.now();
  const whole = wholePrograms(root, examples);
  process.stderr.write(`${whole.length} of ${examples.length} examples are whole programs\n`);
  const verdicts: [Example, Verdict][] = [];
  await runExamples(root, whole, (run) => {
    const verdict = verdictOf(run);
    verdicts.push([run.example, verdict]);
    if (verdict.kind === "failed") process.stderr.write(`${run.example.name}: ${verdict.why}\n`);
  });
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/@pulumi/aws/package.json"), "utf8")) as {
    version: string;
  };
  const record: Verdicts = {
    version,
    verdicts: Object.fromEntries(verdicts.map(([{ name }, verdict]) => [name, line(verdict)])),
  };
  writeFileSync(join(here, "verdicts.json"), `${JSON.stringify(record, undefined, 2)}\n`);
  writePage(version, verdicts);
  process.stderr.write(`${Math.round((Date.now() - started) / 1000)} s\n`);
}
// The SDK keeps connections of programs that have ended.
process.exit(0);

function writePage(version: string, verdicts: readonly (readonly [Example, Verdict])[]): void {
  writeFileSync(join(root, "docs/guides/simulated-cloud-examples.md"), page(version, examples.length, verdicts));
}

function readLine(text: string): Verdict {
  const [, kind, why = ""] = /^(created|refused|failed)(?:: (.*))?$/s.exec(text) ?? [];
  return kind === "refused" || kind === "failed" ? { kind, why } : { kind: "created" };
}

function line(verdict: Verdict): string {
  return verdict.kind === "created" ? "created" : `${verdict.kind}: ${verdict.why}`;
}

function page(version: string, total: number, verdicts: readonly (readonly [Example, Verdict])[]): string {
  const count = (service: string | undefined, kind?: Verdict["kind"]) =>
    verdicts.filter(
      ([example, verdict]) =>
        (service === undefined || example.service === service) && (kind === undefined || verdict.kind === kind),
    ).length;
  const row = (title: string, service?: string) =>
    `| ${title} | ${count(service)} | ${count(service, "created")} | ${count(service, "refused")} | ${count(service, "failed")} |`;
  const services = [...new Set(verdicts.map(([{ service }]) => service))].sort();
  const why = new Map<string, number>();
  for (const [, verdict] of verdicts)
    if (verdict.kind === "refused") why.set(verdict.why, (why.get(verdict.why) ?? 0) + 1);
  const failed = verdicts.flatMap(([{ name }, verdict]) =>
    verdict.kind === "failed" ? [`- \`${name}\`: ${verdict.why.replace(/\s+/g, " ")}`] : [],
  );
  const right = count(undefined, "created") + count(undefined, "refused");
  return `# The SDK's own examples on the simulated cloud

The documentation of \`@pulumi/aws\` ${version} has ${total} TypeScript examples for these services; ${verdicts.length} of them
compile as they stand, the others use what they do not declare. Each runs in a cloud of its own, previewed, created and
deleted: ${((right / verdicts.length) * 100).toFixed(1)} % are created, or refused for what AWS would refuse them for. Written by
\`node test/simulator/sdk-examples/measure.ts\`.

| service | examples | created | rightly refused | wrongly failed |
| --- | --: | --: | --: | --: |
${services.map((service) => row(service, service)).join("\n")}
${row("**all**")}

What is rightly refused:

${[...why]
  .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  .map(([reason, times]) => `- ${reason}: ${times}`)
  .join("\n")}

${failed.length === 0 ? "None fails wrongly." : `What fails wrongly:\n\n${failed.join("\n")}`}
`;
}
