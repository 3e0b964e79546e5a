import type { Check, Condition } from "./condition.ts";
import { type Draft, KEEP, Refusal } from "./draft.ts";
import type { Property } from "./property.ts";
import { Report, type RuleResource } from "./rule.ts";

/** How one type is put right: what is set, and setting it. */
export interface Change<Config = unknown> {
  /** Paths of what it may write, in the form of `setting`; nothing else ever changes. */
  readonly sets: readonly string[];
  /** The same for people, such as `enableKeyRotation: true`. */
  readonly says: readonly string[];
  /** @throws Refusal where it would not be safe; what was written until then is taken back */
  make(draft: Draft, resource: RuleResource, config: Config): void;
}

/** What people and reports need of a fix. */
export interface FixWords {
  /** What it sets, for people. */
  readonly says: readonly string[];
  /** Types it is for; resources of others are only reported. @default all that the rule is about */
  readonly types?: readonly string[];
}

/** How a rule puts right what breaks it. */
export interface Fix<Config> extends FixWords {
  /** The change for a type; undefined for those that are only reported. */
  changeFor(type: string): Change<Config> | undefined;
}

/** A fix made of changes by type. */
export function fixOf<Config>(changes: Readonly<Record<string, Change<Config>>>): Fix<Config> {
  return {
    says: [...new Set(Object.values(changes).flatMap(({ says }) => says))],
    types: Object.keys(changes),
    changeFor: (type) => (Object.hasOwn(changes, type) ? changes[type] : undefined),
  };
}

/** Limits of a change. */
export interface PutOptions {
  /** `given`: an object on the way that is not there is not made, since making it would decide more than the value. */
  readonly parents?: "made" | "given";
  /** Values that stay because somebody wrote them down on purpose; why, as it follows the path. @default none */
  readonly keep?: string;
}

/**
 * Sets a value where the condition does not hold; where it does, everything stays.
 *
 * @param value one that the condition holds of
 */
export function put(path: string, condition: Condition, value: unknown, options: PutOptions = {}): Change {
  return {
    sets: [path],
    says: [`${path}: ${typeof value === "string" ? value : JSON.stringify(value)}`],
    make(draft) {
      draft.edit(
        path,
        (now, _, byDefault) => {
          if (now.absent ? condition.whenAbsent === "holds" : condition.holds(now)) return KEEP;
          if (!now.absent && !byDefault && options.keep) throw new Refusal(`${now.path} ${options.keep}`);
          // Each resource has its own, since another fix may write into it.
          return JSON.parse(JSON.stringify(value));
        },
        options.parents,
      );
    },
  };
}

/** Adds an element to a list that does not have it, and makes the list where there is none. */
export function add(path: string, item: string): Change {
  return {
    sets: [path],
    says: [`${path}: + ${item}`],
    make(draft) {
      draft.edit(path, (now, raw) => {
        if (now.items().some(({ string }) => string === item)) return KEEP;
        if (now.items().some(({ unknown }) => unknown)) throw new Refusal(`${now.path} is not known in full`);
        return [...(Array.isArray(raw) ? raw : now.absent ? [] : [raw]), item];
      });
    },
  };
}

/** Several changes, one after the other. */
export function together<Config>(...changes: readonly Change<Config>[]): Change<Config> {
  return {
    sets: changes.flatMap(({ sets }) => sets),
    says: changes.flatMap(({ says }) => says),
    make(draft, resource, config) {
      for (const change of changes) change.make(draft, resource, config);
    },
  };
}

/**
 * A change that is safe only where a check passes.
 *
 * @param otherwise why not, where it doesn't: completes "not put right by itself: …"
 */
export function onlyWhere<Config>(check: Check, otherwise: string, change: Change<Config>): Change<Config> {
  return {
    ...change,
    make(draft, resource, config) {
      if (!passes(check, draft.inputs)) throw new Refusal(otherwise);
      change.make(draft, resource, config);
    },
  };
}

function passes(check: Check, inputs: Property): boolean {
  const report = new Report();
  check(inputs, report);
  return report.verdict === "pass";
}
