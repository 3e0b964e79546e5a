import type { PolicyConfigSchema } from "@pulumi/policy";
import { today } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";
import { EXEMPTION_SCHEMA, Exemptions } from "./exemptions.ts";
import type { Rule, RuleSet, RuleWords, StackRule } from "./rule.ts";

export type Level = "advisory" | "mandatory" | "disabled";

/** The settings every rule set has. */
export interface CommonConfig {
  readonly failClosed: boolean;
  /** Levels of rules that differ from the policy's, by rule. */
  readonly rules: Readonly<Record<string, Level>>;
  readonly exemptions: Exemptions;
}

/** What the settings of a run make of a set. */
export interface Settings<Config> {
  readonly common: CommonConfig;
  readonly config: Config;
  /** The rules about a type that are on; undefined when none is about it, on or off. */
  rulesFor(type: string): readonly Rule<Config>[] | undefined;
  /** The rules over whole stacks that are on. */
  readonly stackRules: readonly StackRule<Config>[];
}

/**
 * Reads the settings of a set, once for as long as the engine sends the same: it sends them with every resource.
 *
 * @throws Error where the settings name one that the set doesn't have; the engine lets those pass
 */
export function settingsReader<Config>(
  set: RuleSet<Config>,
): (values: Readonly<Record<string, unknown>>) => Settings<Config> {
  let last: { readonly values: Readonly<Record<string, unknown>>; readonly settings: Settings<Config> } | undefined;
  return (values) => {
    if (!last || !isSame(last.values, values)) last = { values, settings: readSettings(set, values) };
    return last.settings;
  };
}

function isSame(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function readSettings<Config>(set: RuleSet<Config>, values: Readonly<Record<string, unknown>>): Settings<Config> {
  const known = configSchema(set).properties;
  const stray = Object.keys(values).filter((key) => !Object.hasOwn(known, key));
  if (stray.length > 0) {
    const names = stray.map((key) => `"${key}"`).join(", ");
    throw new Error(`The policy "${set.name}" has no setting ${names}; it has ${Object.keys(known).join(", ")}.`);
  }
  const common = readCommonConfig(set, values);
  const isOn = ({ id }: RuleWords): boolean => common.rules[id] !== "disabled";
  const byType = new Map<string, readonly Rule<Config>[] | undefined>();
  return {
    common,
    config: set.readConfig(values),
    stackRules: (set.stackRules ?? []).filter(isOn),
    rulesFor(type) {
      if (!byType.has(type)) {
        const about = set.rules.filter((rule) => rule.appliesTo(type));
        byType.set(type, about.length > 0 ? about.filter(isOn) : undefined);
      }
      return byType.get(type);
    },
  };
}

function readCommonConfig<Config>(set: RuleSet<Config>, values: Readonly<Record<string, unknown>>): CommonConfig {
  const bySet = levels(values.sets);
  const ofParts = (set.parts ?? []).flatMap((part) => {
    const level = bySet[part.name];
    return level ? rulesOf(part).map(({ id }): [string, Level] => [id, level]) : [];
  });
  return {
    failClosed: values.failClosed === true,
    rules: { ...Object.fromEntries(ofParts), ...levels(values.rules) },
    exemptions: new Exemptions(Array.isArray(values.exemptions) ? (values.exemptions as Exemption[]) : [], today()),
  };
}

/** The engine holds the values to the schema. */
function levels(value: unknown): Readonly<Record<string, Level>> {
  return typeof value === "object" && value !== null ? (value as Record<string, Level>) : {};
}

/** All rules of a set, on single resources and over stacks. */
export function rulesOf({ rules, stackRules = [] }: Pick<RuleSet<unknown>, "rules" | "stackRules">): RuleWords[] {
  return [...rules, ...stackRules];
}

/** The settings of a set's policy. */
export function configSchema<Config>(set: RuleSet<Config>): PolicyConfigSchema {
  const level = { type: "string" as const, enum: ["advisory", "mandatory", "disabled"] };
  const levelsOf = (names: readonly string[], description: string): PolicyConfigSchema["properties"][string] => ({
    type: "object",
    description,
    properties: Object.fromEntries(names.map((name) => [name, level])),
    additionalProperties: false,
  });
  const properties: PolicyConfigSchema["properties"] = {
    failClosed: {
      type: "boolean",
      default: false,
      description: "Whether a resource that can't be judged before deployment stops the preview.",
    },
    rules: levelsOf(
      rulesOf(set).map(({ id }) => id),
      "Enforcement level of single rules by their id; a rule not named has the level of its set.",
    ),
    ...(set.parts && {
      sets: levelsOf(
        set.parts.map(({ name }) => name),
        "Enforcement level of the rules of a set; a set not named has the level of the policy.",
      ),
    }),
    exemptions: {
      type: "array",
      items: EXEMPTION_SCHEMA,
      description: "Violations that somebody answers for, each until a day.",
    },
    ...set.configProperties,
  };
  return { properties };
}
