import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Exemption } from "../contracts/exemption.ts";
import type { ProblemCollector } from "../contracts/problems.ts";
import { previewNumber } from "./address-plan.ts";
import { nearest } from "./model/nearest.ts";
import { isRecord, type Loose } from "./model/record.ts";
import { show } from "./model/text.ts";

/**
 * Policy violations that somebody answers for, each until a day, by environment. `causeway policy exempt` writes them and
 * people review them; one that has ended blocks from that day on, and one that excuses nothing is reported until it is
 * taken out.
 */
export const EXEMPTIONS_FILE = "environments/exemptions.json";

/** What is written of one exemption; whether it can be given is for the policies to say. */
export interface WrittenExemption {
  readonly environment: string;
  /** Path in the file, such as `production[0]`. */
  readonly property: string;
  readonly exemption: Loose;
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
}

const FIELDS: readonly string[] = [
  "rule",
  "urn",
  "reason",
  "owner",
  "approver",
  "ticket",
  "expires",
] satisfies (keyof Exemption)[];

/**
 * Reads the content of `exemptions.json`.
 *
 * @param environments names of the environments that stay
 * @param problems collects what is not as it should be; such an entry is left out
 */
export function parseExemptions(
  text: string,
  environments: readonly string[],
  problems: ProblemCollector,
): WrittenExemption[] {
  const written = parsed(text, problems);
  if (written === undefined) return [];
  const lines = linesOf(text);
  return Object.entries(written).flatMap(([environment, list]) => {
    checkEnvironment(environment, environments, problems);
    if (!Array.isArray(list)) {
      problems.add(environment, `${show(list)} is not a list.`, "Write the environment's exemptions in brackets.");
      return [];
    }
    return list.flatMap((exemption: unknown, index): WrittenExemption[] => {
      const property = `${environment}[${index}]`;
      if (!isRecord(exemption)) {
        problems.add(property, `${show(exemption)} is not an object.`, `Write ${FIELDS.join(", ")}.`);
        return [];
      }
      for (const key of Object.keys(exemption).filter((name) => !FIELDS.includes(name))) {
        const meant = nearest(key, FIELDS);
        const remedy = `${meant === undefined ? "" : `Did you mean "${meant}"? `}Known: ${FIELDS.join(", ")}.`;
        problems.add(`${property}.${key}`, `"${key}" is not a known key.`, remedy);
      }
      return [{ environment, property, exemption, line: lines(environment, index) }];
    });
  });
}

/** The content of the file with one exemption more; everything else in it stays, in its place. */
export function withExemption(text: string, environment: string, exemption: Exemption): string {
  const written = JSON.parse(text) as Record<string, readonly Exemption[]>;
  const ordered = Object.fromEntries(FIELDS.map((field) => [field, exemption[field as keyof Exemption]]));
  const next = { ...written, [environment]: [...(written[environment] ?? []), ordered] };
  return `${JSON.stringify(next, undefined, 2)}\n`;
}

function parsed(text: string, problems: ProblemCollector): Loose | undefined {
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    problems.add("", `it is no JSON: ${(error as Error).message}.`, "Correct it, or take the last change back.");
    return undefined;
  }
  if (isRecord(written)) return written;
  problems.add("", `${show(written)} is not an object.`, 'Write { "<environment>": [ … ] }.');
  return undefined;
}

function checkEnvironment(name: string, environments: readonly string[], problems: ProblemCollector): void {
  if (environments.includes(name) || previewNumber(name) !== undefined) return;
  const meant = nearest(name, environments);
  const remedy = `${meant === undefined ? "" : `Did you mean "${meant}"? `}Known: ${environments.join(", ")}, pr-<number>.`;
  problems.add(name, `there is no environment "${name}".`, remedy);
}

/** JSON is YAML, whose parser knows where things stand. */
function linesOf(text: string): (environment: string, index: number) => number {
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter });
  return (environment, index) => {
    const pairs = isMap<unknown, Node>(contents) ? contents.items : [];
    const list = pairs.find(({ key }) => isScalar(key) && key.value === environment)?.value;
    const item = isSeq<Node>(list) ? list.items[index] : undefined;
    return lineCounter.linePos(item?.range?.[0] ?? 0).line;
  };
}
