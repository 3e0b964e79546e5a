import { join } from "node:path";
import { today } from "../contracts/days.ts";
import type { Exemption } from "../contracts/exemption.ts";
import { type Level, rulesOf } from "./framework/config.ts";
import { problemsOf } from "./framework/exemptions.ts";
import type { RuleSet } from "./framework/rule.ts";
import { nearest } from "./iam/nearest.ts";
import type { Rights } from "./privileges/rights.ts";
import { ALL_RULES, RULE_SETS, RULES, ruleSetOf } from "./rules/index.ts";

/** The packs that can be run from a checkout. `platform` holds all rules and starts one process. */
export const PACKS = [
  "platform",
  "least-privilege",
  "security",
  "resilience",
  "kubernetes",
  "cost",
  "tagging",
] as const;
export type PackName = (typeof PACKS)[number];
/** The sets of rules, each of which has a pack of its own. */
export type SetName = Exclude<PackName, "platform">;

/** How strictly the rules apply. What is left out is as strict as it gets, except `failClosed`. */
export interface PolicySettings {
  /** Whether violations stop a deployment. @default "mandatory" */
  readonly enforcement?: "mandatory" | "advisory";
  /**
   * Whether a resource that can't be judged before deployment stops the preview. A document that names a resource yet to
   * be created can't be, so with this a first preview needs grants that are plain data.
   *
   * @default false: it is reported, and judged in the deployment itself, when all inputs are known
   */
  readonly failClosed?: boolean;
  /** Level of the rules of a set. @default `enforcement` */
  readonly sets?: Readonly<Partial<Record<SetName, Level>>>;
  /**
   * Level of single rules by their id. `remediate`: what breaks the rule is put right where that harms nothing, and what is
   * not stops the deployment as `mandatory` does.
   *
   * @default their set's
   */
  readonly rules?: Readonly<Record<string, Level | "remediate">>;
  /**
   * Whether all rules that can put right what breaks them, except those that are disabled. What they set is the engine's
   * to keep up: without the setting the next deployment sets it back to what the program says.
   *
   * @default false
   */
  readonly fix?: boolean;
  /** Violations that somebody answers for, each until a day. @default none */
  readonly exemptions?: readonly Exemption[];
  /** Account ids that count as one's own, besides the provider's `allowedAccountIds`. */
  readonly accounts?: readonly string[];
  /** What identities and roles had when the stack was last deployed, by `readRights`. @default nothing is compared */
  readonly rightsBefore?: readonly Rights[];
  /** Tag keys every taggable resource carries. @default the platform's five */
  readonly requiredTags?: readonly string[];
  /** Values a tag may have, by its key. @default data-class: the classes of data; others: any but an empty one */
  readonly allowedTagValues?: Readonly<Record<string, readonly string[]>>;
  /** Values with which missing tags are filled in, where the rules put things right. @default none is made up */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Settings that single sets have; the others have all of them. */
const SETTINGS_OF_SETS = [
  ...([
    "accounts",
    "rightsBefore",
    "requiredTags",
    "allowedTagValues",
    "tags",
  ] as const satisfies (keyof PolicySettings)[]),
];
const SETTINGS: readonly string[] = [
  ...(["enforcement", "failClosed", "sets", "rules", "fix", "exemptions"] satisfies (keyof PolicySettings)[]),
  ...SETTINGS_OF_SETS,
];

/** Content of the file for `--policy-pack-config`, by policy. */
export type PackConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Folder of a pack, for `--policy-pack`. */
export function analyzePackPath(repositoryRoot: string, pack: PackName = "platform"): string {
  return join(repositoryRoot, "policies", "pack", pack);
}

/**
 * The settings in the form `--policy-pack-config` takes, for any of the packs: a section for the policy of each.
 *
 * Every section names its enforcement level: the engine refuses a section without one when the pack doesn't have the
 * policy, and so one file serves all packs.
 *
 * @throws Error with all that is wrong, when a setting, set or rule is named that there is none of, or an exemption cannot
 *   be given
 */
export function packConfig(settings: PolicySettings): PackConfig {
  const exemptions = settings.exemptions ?? [];
  const wrong = [...straySettings(settings), ...wrongExemptions(exemptions)];
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const section = (name: string, level: Level, ids: ReadonlySet<string>, known: object) => {
    const own = Object.entries(settings.rules ?? {}).filter(([id]) => ids.has(id));
    const given = exemptions.filter(({ rule }) => ids.has(rule));
    const content = {
      enforcementLevel: level,
      failClosed: settings.failClosed ?? false,
      ...(own.length > 0 ? { rules: Object.fromEntries(own.map(([id, said]) => [id, levelOf(said)])) } : {}),
      ...(given.length > 0 ? { exemptions: given } : {}),
      ...settingsAmong(settings, known),
    };
    return [name, content] as const;
  };
  const idsOf = (set: Parameters<typeof rulesOf>[0]) => new Set(rulesOf(set).map(({ id }) => id));
  const level = settings.enforcement ?? "mandatory";
  const [name, all] = section(ALL_RULES.name, level, idsOf(ALL_RULES), ALL_RULES.configProperties);
  return Object.fromEntries<Readonly<Record<string, unknown>>>([
    [name, settings.sets ? { ...all, sets: settings.sets } : all],
    ...RULE_SETS.map((set) =>
      section(set.name, settings.sets?.[set.name as SetName] ?? level, idsOf(set), set.configProperties),
    ),
    ...RULE_SETS.flatMap((set) => fixSections(set, settings)),
  ]);
}

/** The section of each fix of a set that is on: its policy has the name of its rule. */
function fixSections(set: RuleSet<unknown>, settings: PolicySettings): [string, Readonly<Record<string, unknown>>][] {
  const { rules = {}, sets = {}, exemptions = [] } = settings;
  return set.rules.flatMap(({ id, fix }): [string, Readonly<Record<string, unknown>>][] => {
    const said = rules[id] ?? sets[set.name as SetName];
    if (!fix || !(said === "remediate" || (settings.fix && said !== "disabled"))) return [];
    const given = exemptions.filter(({ rule }) => rule === id);
    const content = {
      ...(given.length > 0 ? { exemptions: given } : {}),
      ...settingsAmong(settings, set.configProperties),
    };
    return [[id, { enforcementLevel: "remediate", ...content }]];
  });
}

/** How strictly a rule judges what it did not put right. */
const levelOf = (said: Level | "remediate"): Level => (said === "remediate" ? "mandatory" : said);

/** The settings that a set has of its own. */
function settingsAmong(settings: PolicySettings, known: object): Readonly<Record<string, unknown>> {
  const own = SETTINGS_OF_SETS.filter((key) => Object.hasOwn(known, key) && settings[key] !== undefined);
  return Object.fromEntries(own.map((key) => [key, settings[key]]));
}

/** What is named that there is none of. */
function straySettings(settings: PolicySettings): string[] {
  const stray = (what: string, names: readonly string[], known: readonly string[], list: string) =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => {
        const meant = nearest(name, known);
        return `There is no ${what} "${name}"${meant ? `, but "${meant}"` : ""}; ${list}.`;
      });
  const sets = RULE_SETS.map(({ name }) => name);
  return [
    ...stray("setting", Object.keys(settings), SETTINGS, `there are ${SETTINGS.join(", ")}`),
    ...stray("set of rules", Object.keys(settings.sets ?? {}), sets, `there are ${sets.join(", ")}`),
    ...stray(
      "policy rule",
      Object.keys(settings.rules ?? {}),
      RULES.map(({ id }) => id),
      "docs/guides/policy-rules.md lists them",
    ),
    ...Object.entries(settings.rules ?? {})
      .filter(([id, said]) => said === "remediate" && RULES.some((rule) => rule.id === id && !rule.fix))
      .map(
        ([id]) => `The policy rule "${id}" puts nothing right by itself; docs/guides/policy-rules.md says which do.`,
      ),
  ];
}

function wrongExemptions(exemptions: readonly Exemption[]): string[] {
  const wrong = exemptions.flatMap((exemption, index) =>
    [
      ...problemsOf({ ...exemption }, today()),
      ...(ruleSetOf(exemption.rule) ? [] : [`there is no rule "${exemption.rule}"`]),
    ].map((problem) => `  exemptions[${index}] (${exemption.rule}): ${problem}`),
  );
  return wrong.length > 0 ? [`Exemptions that cannot be given:\n${wrong.join("\n")}`] : [];
}
