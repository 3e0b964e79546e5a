import { readFileSync } from "node:fs";
import { Property } from "../../../policies/framework/property.ts";
import { Report, type Rule, type StackRule } from "../../../policies/framework/rule.ts";
import { Stack, StackReport, type StackResource } from "../../../policies/framework/stack.ts";
import { RULE_SETS } from "../../../policies/rules/index.ts";
import type { Answer } from "./answers.ts";
import type { Check } from "./check.ts";

/** A file of `generated`: what others published, as Pulumi resources, and what they say of it. */
export interface Corpus {
  readonly sources: readonly Source[];
  readonly cases: readonly Case[];
}

/** What stands in one file of theirs. */
interface Case {
  /** Index of the source. */
  readonly s: number;
  /** Path in its repository. */
  readonly p: string;
  /** Name, type, inputs, and by property which of these resources went into it. */
  readonly r: readonly (readonly [string, string, Inputs, Readonly<Record<string, readonly number[]>>?])[];
  /** Their check, the resource (-1: one of them), and what they say of it. */
  readonly l: readonly (readonly [string, number, "pass" | "fail"])[];
}
type Inputs = Readonly<Record<string, unknown>>;

export interface Source {
  readonly repository: string;
  readonly commit: string;
  readonly licence: string;
  readonly what: string;
}

/** What a source says of a resource, and what our rule says. */
export interface Pair {
  readonly rule: string;
  readonly check: string;
  readonly source: number;
  /** Case and resource, as in `tests/x/main.tf aws_s3_bucket.y`. */
  readonly where: string;
  readonly label: "pass" | "fail";
  /** `open`: the rule waits for a value that the source leaves out; `silent`: it is not about this type. */
  readonly verdict: "pass" | "fail" | "open" | "silent";
  /** Why the label does not count, or why the rule is wrong for now. */
  readonly answer: Answer | undefined;
}

/** What the engine sends for a value that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What is judged, by what their checks are compared with, and why labels and rules say different things. */
export interface Collection {
  /** Its name in `generated`. */
  readonly file: string;
  readonly checks: readonly Check[];
  readonly answers: readonly Answer[];
}

/** What our rules say of a collection. */
export interface Measured {
  readonly sources: readonly Source[];
  readonly pairs: readonly Pair[];
}

const SETTINGS = new Map(RULE_SETS.map((set) => [set.name, readConfigOf(set)]));
const RULES_BY_ID = new Map(
  RULE_SETS.flatMap((set) =>
    [...set.rules, ...(set.stackRules ?? [])].map((rule) => [
      rule.id,
      { rule: rule as Rule<unknown> | StackRule<unknown>, config: SETTINGS.get(set.name) },
    ]),
  ),
);

function readConfigOf(set: unknown): unknown {
  return (set as { readConfig(values: object): unknown }).readConfig({});
}

function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== "object" || value === null) return value;
  if ("$" in value) return UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, known(one)]));
}

function stackOf(one: Case): Stack {
  const urn = (index: number) => `urn:pulumi:corpus::corpus::type::${index}`;
  const resources = one.r.map(
    ([name, type, inputs, references = {}], index): StackResource => ({
      ...{ type, name, urn: urn(index), parent: undefined },
      inputs: new Property("", known(inputs)),
      provider: new Property("", undefined),
      propertyDependencies: Object.fromEntries(
        Object.entries(references).map(([property, indexes]) => [property, indexes.map(urn)]),
      ),
    }),
  );
  return new Stack(resources);
}

/** What rules say of the resources of one stack; a rule on whole stacks is asked once. */
class Answers {
  readonly #stack: Stack;
  readonly #reports = new Map<string, StackReport>();

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  of(id: string, resource: StackResource): Pair["verdict"] {
    const found = RULES_BY_ID.get(id);
    if (found === undefined) throw new Error(`There is no rule ${id}.`);
    const { rule, config } = found;
    if ("appliesTo" in rule) {
      if (!rule.appliesTo(resource.type)) return "silent";
      const report = new Report();
      rule.evaluate(resource, report, config);
      return report.verdict === "undetermined" ? "open" : report.verdict;
    }
    const report = this.#reports.get(id) ?? new StackReport();
    if (!this.#reports.has(id)) {
      rule.evaluate(this.#stack, report, config);
      this.#reports.set(id, report);
    }
    if (report.failures.some(({ urn }) => urn === resource.urn)) return "fail";
    return report.waiting.some(({ urn }) => urn === resource.urn) ? "open" : "pass";
  }
}

/** A resource and all that is said of it elsewhere: what names it, and what names that. */
function withCompanions(resource: StackResource, stack: Stack): readonly StackResource[] {
  const found = new Set([resource]);
  for (const one of found) {
    for (const other of stack.resources) {
      if (Object.values(other.propertyDependencies).flat().includes(one.urn)) found.add(other);
    }
  }
  return [...found];
}

const ORDER = ["fail", "open", "pass", "silent"] as const;

/** Every label of a collection that one of our rules answers to. */
export function measure({ file, checks, answers }: Collection): Measured {
  const corpus: Corpus = JSON.parse(readFileSync(`test/policies/corpus/generated/${file}.json`, "utf8"));
  const pairs = corpus.cases.flatMap((one) => {
    const stack = stackOf(one);
    const judged = new Answers(stack);
    return one.l.flatMap(([check, index, label]) =>
      checks
        .filter(([id, relation]) => id === check && relation !== (label === "pass" ? "part" : "more"))
        .map(([, , ...rules]): Pair => {
          const resource = stack.resources[index];
          const about = resource === undefined ? stack.resources : withCompanions(resource, stack);
          const said = new Set(rules.flatMap((rule) => about.map((each) => judged.of(rule, each))));
          const where = resource === undefined ? one.p : `${one.p} ${resource.name}`;
          return {
            ...{ rule: rules[0] ?? "", check, source: one.s, where, label },
            verdict: ORDER.find((verdict) => said.has(verdict)) ?? "silent",
            answer: answers.find((answer) => answer.check === check && answer.where.test(where)),
          };
        }),
    );
  });
  return { sources: corpus.sources, pairs };
}

/** How often a rule and a label agree and disagree. */
export interface Score {
  /** The source says fail, and so does the rule. */
  readonly hits: number;
  /** The source says fail, the rule does not. */
  readonly misses: number;
  /** The source says pass, the rule fails. */
  readonly alarms: number;
  /** The source says pass, and so does the rule. */
  readonly rests: number;
}

/** Counts pairs; labels that are contested or ask something else, and values that are not known, do not count. */
export function score(pairs: readonly Pair[]): Score {
  const counted = pairs.filter(
    ({ answer, verdict }) => (answer === undefined || answer.kind === "open") && verdict !== "open",
  );
  const count = (label: Pair["label"], fails: boolean) =>
    counted.filter((pair) => pair.label === label && (pair.verdict === "fail") === fails).length;
  return {
    ...{ hits: count("fail", true), misses: count("fail", false) },
    ...{ alarms: count("pass", true), rests: count("pass", false) },
  };
}

/** Of what the rule reports, what the sources report as well. */
export const precision = ({ hits, alarms }: Score): number => hits / (hits + alarms);

/** Of what the sources report, what the rule reports as well. */
export const recall = ({ hits, misses }: Score): number => hits / (hits + misses);

/** Whether rule and label say the same. */
export const agrees = ({ label, verdict }: Pair): boolean => (label === "fail") === (verdict === "fail");

/** A share as pages write it, rounded down: 99.96 % is not all. */
export const percent = (part: number): string =>
  Number.isNaN(part) ? "" : `${(Math.floor(part * 1000) / 10).toFixed(1)} %`;
