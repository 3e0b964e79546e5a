import type * as pulumi from "@pulumi/pulumi";
import { PASSING_KINDS } from "../../contracts/flag-life.ts";
import { type Flag, flagNames, flagSchema } from "../../contracts/flags.ts";
import { ProblemCollector } from "../../contracts/problems.ts";

/** What decides the flags of an environment; see `FeatureFlagsArgs`. */
export interface FeatureFlagsPlanArgs {
  readonly environment: string;
  readonly flags: readonly Flag[];
  /** ARNs of alarms that take a flag's rollout back when they fire; AppConfig watches five at most. */
  readonly alarmArns: readonly pulumi.Input<string>[];
  /** Minutes over which a gradual rollout reaches everybody, in five equal steps, 5 to 1440. @default 50 */
  readonly rolloutMinutes?: number;
  /** Minutes after the last step in which an alarm still takes it back, 0 to 1440. @default 30 */
  readonly bakeMinutes?: number;
}

export interface StrategyPlan {
  readonly key: "gradual" | "kill-switch";
  readonly description: string;
  readonly durationMinutes: number;
  readonly bakeMinutes: number;
  readonly growthFactor: number;
}

export interface FeatureFlagsPlan {
  readonly names: ReturnType<typeof flagNames>;
  /** The first version: every flag off. */
  readonly document: string;
  /** What each version has to be like: only flags that are declared. */
  readonly validator: string;
  readonly strategies: readonly StrategyPlan[];
}

const MOST_ALARMS = 5;

/**
 * Decides names, the first version and how versions reach programs.
 *
 * @throws ProblemsError with everything that is wrong
 */
export function planFeatureFlags(name: string, args: FeatureFlagsPlanArgs): FeatureFlagsPlan {
  const problems = new ProblemCollector(name);
  const { rolloutMinutes = 50, bakeMinutes = 30 } = args;
  problems.require(args.flags.length > 0, "flags", "there is none.", "Declare a flag, or leave the component out.");
  const seen = new Set<string>();
  args.flags.forEach((flag, index) => {
    const at = `flags[${index}]`;
    for (const { path, message } of flagSchema.safeParse(flag).error?.issues ?? []) {
      problems.add([at, ...path].join("."), `${message}.`, "See contracts/flags.ts.");
    }
    problems.require(!seen.has(flag.key), `${at}.key`, `"${flag.key}" stands twice.`, "Give each flag its own key.");
    seen.add(flag.key);
    problems.require(
      flag.expires !== undefined || !PASSING_KINDS.includes(flag.kind),
      `${at}.expires`,
      `the ${flag.kind} flag "${flag.key}" has no end.`,
      "Say by which day it is gone from the code.",
    );
  });
  problems.require(
    args.alarmArns.length <= MOST_ALARMS,
    "alarmArns",
    `${args.alarmArns.length} alarms are more than the ${MOST_ALARMS} that AppConfig watches.`,
    "Choose those that users would notice.",
  );
  for (const [property, minutes, least] of [
    ["rolloutMinutes", rolloutMinutes, 5],
    ["bakeMinutes", bakeMinutes, 0],
  ] as const) {
    problems.require(
      Number.isInteger(minutes) && minutes >= least && minutes <= 1440,
      property,
      `${minutes} is not a whole number from ${least} to 1440.`,
      "AppConfig rolls out within a day.",
    );
  }
  problems.throwIfAny(`feature flags ${name}`);
  return {
    names: flagNames(args.environment),
    document: JSON.stringify(firstVersion(args.flags)),
    validator: JSON.stringify(onlyDeclared([...seen].sort())),
    strategies: [
      {
        key: "gradual",
        description: "A fifth more of the programs at each step, taken back by alarms",
        durationMinutes: rolloutMinutes,
        bakeMinutes,
        growthFactor: 20,
      },
      {
        key: "kill-switch",
        description: "Everywhere at once",
        durationMinutes: 0,
        bakeMinutes: 0,
        growthFactor: 100,
      },
    ],
  };
}

/** AppConfig's own form of feature flags. */
function firstVersion(flags: readonly Flag[]) {
  const byKey = [...flags].sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    version: "1",
    flags: Object.fromEntries(
      byKey.map(({ key, description, kind }) => [
        key,
        { name: key, description, ...(PASSING_KINDS.includes(kind) ? { _deprecation: { status: "planned" } } : {}) },
      ]),
    ),
    values: Object.fromEntries(byKey.map(({ key }) => [key, { enabled: false }])),
  };
}

function onlyDeclared(keys: readonly string[]) {
  const declared = { type: "object", propertyNames: { enum: keys } };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    required: ["version", "flags", "values"],
    properties: { version: { const: "1" }, flags: declared, values: declared },
  };
}
