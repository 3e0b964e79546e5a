import { CLOUDSPLAINING } from "./cloudsplaining.ts";
import type { CorpusDocument } from "./corpus.ts";
import { type AboutAction, Facts } from "./facts.ts";
import type { FindingClass, Side } from "./finding-class.ts";
import { gaveUp, LOOKED_NO_FURTHER, PARLIAMENT } from "./parliament.ts";
import { TRUST } from "./trust.ts";

/** All kinds of findings that are compared. */
export const CLASSES: readonly FindingClass[] = [...CLOUDSPLAINING, ...TRUST, ...PARLIAMENT];

/** What the judges said of one document. */
export interface Verdict {
  readonly id: string;
  readonly cloudsplaining: Readonly<Record<string, readonly string[]>> & { readonly error?: string };
  readonly parliament: readonly { readonly issue: string; readonly detail: unknown }[] | { readonly error: string };
}

/** How a class fared over a corpus: things both found, and things only one found, by the reason. */
export interface Comparison {
  readonly judge: string;
  readonly name: string;
  readonly rule: string;
  readonly items: FindingClass["items"];
  /** What our rule finds, in documents too that the judge broke on. */
  ours: number;
  both: number;
  readonly onlyJudge: Record<string, number>;
  readonly onlyOurs: Record<string, number>;
}

/** A difference that has no reason. */
export interface Unexplained {
  readonly id: string;
  readonly name: string;
  readonly side: Side;
  readonly item: string;
}

export interface Outcome {
  readonly documents: number;
  /** Documents that a judge broke on and says nothing of. */
  readonly broken: Record<string, number>;
  readonly classes: readonly Comparison[];
  readonly unexplained: readonly Unexplained[];
}

/** What a judge found of a class in a document; undefined where it broke on the document. */
function found({ judge, name }: FindingClass, verdict: Verdict): Set<string> | undefined {
  if (judge === "cloudsplaining") {
    const { error } = verdict.cloudsplaining;
    const items = verdict.cloudsplaining[name] ?? [];
    // Of the action "*" it lists all services there are.
    return error ? undefined : new Set(name === "ServiceWildcard" && items.length > MOST_SERVICES ? ["*"] : items);
  }
  if ("error" in verdict.parliament) return undefined;
  const issues = name.split(", ");
  const its = verdict.parliament.filter(({ issue }) => issues.includes(issue));
  if (name === "RESOURCE_STAR") return new Set(its.flatMap(({ detail }) => detail as string[]));
  if (name === "RESOURCE_MISMATCH")
    return new Set(its.flatMap(({ detail }) => (detail as { action: string }[]).map(({ action }) => action)));
  if (name === "UNKNOWN_CONDITION_FOR_ACTION")
    return new Set(its.flatMap(({ detail }) => /^Unknown condition (\S+) for/.exec(String(detail))?.[1] ?? []));
  if (name.startsWith("UNKNOWN_ACTION"))
    return new Set(its.map(({ detail }) => String(detail).replace(/^Unknown (action|prefix) /, "")));
  return new Set(its.length > 0 ? ["document"] : []);
}

/** Compares what the judges said of a corpus with what our rules say of it, thing by thing. */
export function compare(
  corpus: readonly CorpusDocument[],
  verdicts: ReadonlyMap<string, Verdict>,
  about: (action: string) => AboutAction | undefined,
): Outcome {
  const classes = CLASSES.map(
    ({ judge, name, rule, items }): Comparison => ({
      judge,
      name,
      rule,
      items,
      ours: 0,
      both: 0,
      onlyJudge: {},
      onlyOurs: {},
    }),
  );
  const unexplained: Unexplained[] = [];
  const broken: Record<string, number> = {};
  for (const its of corpus) {
    const { id, account } = its;
    const verdict = verdicts.get(id);
    if (!verdict) throw new Error(`The judges said nothing of ${id}.`);
    const facts = new Facts(its);
    const lower = (items: Iterable<string>) => new Map([...items].map((item) => [item.toLowerCase(), item]));
    for (const [index, one] of CLASSES.entries()) {
      if ((one.inTrust ?? false) !== (account !== undefined)) continue;
      const comparison = classes[index] as Comparison;
      const ours = lower(one.ours(facts));
      comparison.ours += ours.size;
      const judged = found(one, verdict);
      if (!judged) {
        broken[one.judge] = (broken[one.judge] ?? 0) + (CLASSES[index - 1]?.judge !== one.judge ? 1 : 0);
        continue;
      }
      const theirs = lower(withPrefixes(one, judged, facts));
      const issues = Array.isArray(verdict.parliament) ? verdict.parliament.map(({ issue }) => issue as string) : [];
      const differs = (item: string, side: Side, into: Record<string, number>): void => {
        const reason =
          (one.judge === "parliament" && side === "ours" && gaveUp(issues) ? LOOKED_NO_FURTHER : undefined) ??
          one.why(item, side, facts, about(item));
        if (reason) into[reason] = (into[reason] ?? 0) + 1;
        else unexplained.push({ id, name: `${one.judge} ${one.name}`, side, item });
      };
      for (const [key, item] of theirs) {
        if (ours.has(key)) comparison.both += 1;
        else differs(item, "judge", comparison.onlyJudge);
      }
      for (const [key, item] of ours) if (!theirs.has(key)) differs(item, "ours", comparison.onlyOurs);
    }
  }
  return { documents: corpus.length, broken, classes, unexplained };
}

/** Nobody names so many services one by one. */
const MOST_SERVICES = 300;

/** Of an unknown service parliament names the prefix: then all of its actions are meant. */
function withPrefixes(one: FindingClass, items: Set<string>, facts: Facts): Iterable<string> {
  if (!one.name.startsWith("UNKNOWN_ACTION")) return items;
  const written = facts.statements.flatMap(({ actions, notActions }) => [...actions.known, ...notActions.known]);
  return [...items].flatMap((item) =>
    item.includes(":") ? [item] : written.filter((action) => action.toLowerCase().startsWith(`${item.toLowerCase()}:`)),
  );
}
