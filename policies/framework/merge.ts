import type { RuleSet } from "./rule.ts";

/**
 * Several sets as one, and so one policy: for every policy the SDK decodes each resource anew, and for every policy over
 * whole stacks all resources.
 *
 * Rules stay what they are, reported under their own names; each reads its set's settings among those of all.
 *
 * @throws Error where two sets have a rule or a setting of one name
 */
export function mergeSets(
  words: Pick<RuleSet<unknown>, "name" | "title" | "description">,
  parts: readonly RuleSet<unknown>[],
): RuleSet<object> {
  const rules = parts.flatMap((set) => set.rules);
  const stackRules = parts.flatMap((set) => set.stackRules ?? []);
  unique(
    "rule",
    [...rules, ...stackRules].map(({ id }) => id),
  );
  unique(
    "setting",
    parts.flatMap((set) => Object.keys(set.configProperties)),
  );
  return {
    ...words,
    parts,
    rules,
    stackRules,
    configProperties: Object.assign({}, ...parts.map((set) => set.configProperties)),
    readConfig: (values) => Object.assign({}, ...parts.map((set) => set.readConfig(values))),
  };
}

function unique(what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`Two of the sets have a ${what} "${twice}".`);
}
