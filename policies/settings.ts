import { join } from "node:path";
import { today } from "../contracts/days.ts";
import type { Exemption } from "../contracts/exemption.ts";
import { problemsOf } from "./framework/exemptions.ts";
import { stackPolicyName } from "./framework/stack-adapter.ts";
import { RULE_SETS, ruleSetOf } from "./rules/index.ts";

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
  /** Level of single rules by their id. */
  readonly rules?: Readonly<Record<string, "mandatory" | "advisory" | "disabled">>;
  /** Violations that somebody answers for, each until a day. @default none */
  readonly exemptions?: readonly Exemption[];
  /** Account ids that count as one's own, besides the provider's `allowedAccountIds`. */
  readonly accounts?: readonly string[];
  /** Tag keys every taggable resource carries. @default the platform's five */
  readonly requiredTags?: readonly string[];
  /** Values a tag may have, by its key. @default data-class: the classes of data; others: any but an empty one */
  readonly allowedTagValues?: Readonly<Record<string, readonly string[]>>;
}

/** Content of the file for `--policy-pack-config`, by policy. */
export type PackConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Folder of a pack, for `--policy-pack`. */
export function analyzePackPath(repositoryRoot: string, pack: PackName = "platform"): string {
  return join(repositoryRoot, "policies", "pack", pack);
}

/**
 * The settings in the form `--policy-pack-config` takes, for any of the packs.
 *
 * Every section names its enforcement level: the engine refuses a section without one when the pack doesn't have the
 * policy, and so one file serves all packs.
 *
 * @throws Error when a rule is named that there is none of, or an exemption cannot be given, with all that is wrong
 */
export function packConfig(settings: PolicySettings): PackConfig {
  const rules: Record<string, Record<string, string>> = {};
  for (const [id, level] of Object.entries(settings.rules ?? {})) {
    const set = ruleSetOf(id);
    if (!set) throw new Error(`There is no policy rule "${id}" to set to ${level}; policies/README.md lists them.`);
    rules[set] = { ...rules[set], [id]: level };
  }
  const common = (set: string): Record<string, unknown> => ({
    enforcementLevel: settings.enforcement ?? "mandatory",
    failClosed: settings.failClosed ?? false,
    ...(rules[set] ? { rules: rules[set] } : {}),
  });
  const exemptions = settings.exemptions ?? [];
  const wrong = exemptions.flatMap((exemption, index) =>
    [
      ...problemsOf({ ...exemption }, today()),
      ...(ruleSetOf(exemption.rule) ? [] : [`there is no rule "${exemption.rule}"`]),
    ].map((problem) => `  exemptions[${index}] (${exemption.rule}): ${problem}`),
  );
  if (wrong.length > 0) throw new Error(`Exemptions that cannot be given:\n${wrong.join("\n")}`);
  const exempted = (set: string) => exemptions.filter(({ rule }) => ruleSetOf(rule) === set);
  const own: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "least-privilege": settings.accounts ? { accounts: settings.accounts } : {},
    tagging: {
      ...(settings.requiredTags ? { requiredTags: settings.requiredTags } : {}),
      ...(settings.allowedTagValues ? { allowedTagValues: settings.allowedTagValues } : {}),
    },
  };
  return Object.fromEntries(
    RULE_SETS.flatMap((set) => {
      const given = exempted(set.name);
      const section = {
        ...common(set.name),
        ...(given.length > 0 ? { exemptions: given } : {}),
        ...own[set.name],
      };
      return [set.name, stackPolicyName(set.name)].map((name) => [name, section]);
    }),
  );
}
