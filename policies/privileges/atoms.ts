import type { IamAction } from "../data/iam.ts";
import { expandActions } from "../iam/actions.ts";
import { patternsMeet } from "../iam/match.ts";
import { coversPattern, isEverything } from "../iam/scope.ts";
import { LATER, type RightsStatement } from "./rights.ts";

/** The smallest thing a statement says beside its actions: something that somebody is allowed or refused to use. */
export interface Atom {
  readonly on: string;
  readonly who: string;
  readonly conditions: readonly string[];
}

/** Marks what is about everything but what it names. */
const ALL_BUT = "all but ";

const EVERYBODY: readonly string[] = ["*", "everybody else"];

const isLater = (text: string): boolean => text.includes(LATER);

export function atomsOf(statement: RightsStatement): Atom[] {
  const { conditions } = statement;
  return resourcesOf(statement).flatMap((on) => principalsOf(statement).map((who): Atom => ({ on, who, conditions })));
}

function principalsOf({ principals }: RightsStatement): readonly string[] {
  return principals.length > 0 ? principals : [""];
}

function resourcesOf({ resources, notResources, principals }: RightsStatement): readonly string[] {
  if (notResources.length > 0) return [ALL_BUT + notResources.join(", ")];
  // Who may become a role is said without a resource; elsewhere none means that none is known yet.
  return resources.length === 0 && principals.length > 0 ? [""] : resources;
}

/** Whether it is not known yet what an atom is about, who it is about, or when it holds. */
export function isOpen({ on, who, conditions }: Atom): boolean {
  return isLater(on) || isLater(who) || conditions.some(isLater);
}

/** Whether a statement is about all that an atom is about, under no more conditions. */
export function covers(statement: RightsStatement, action: IamAction, atom: Atom): boolean {
  if (!actionsOf(statement).has(action)) return false;
  if (statement.conditions.some((condition) => isLater(condition) || !atom.conditions.includes(condition)))
    return false;
  if (!principalsOf(statement).some((who) => coversPrincipal(who, atom.who))) return false;
  const resources = resourcesOf(statement);
  // What can be limited to nothing is about everything, whatever is named; AWS ignores other resources then.
  if (action.resourceTypes.length === 0 && atom.who === "") return resources.length > 0;
  return resources.some((on) => coversResource(on, atom.on));
}

/**
 * Whether a statement may turn out to be about some of what an atom is about. What is known later is a name that another
 * resource gets, and so never everything.
 */
export function mayMeet(statement: RightsStatement, action: IamAction, atom: Atom): boolean {
  if (!actionsOf(statement).has(action)) return false;
  if (!principalsOf(statement).some((who) => meetsPrincipal(who, atom.who))) return false;
  const resources = resourcesOf(statement);
  if (action.resourceTypes.length === 0 && atom.who === "") return resources.length > 0;
  const wide = (on: string): boolean => isEverything(on) || on.startsWith(ALL_BUT);
  return resources.some((on) => (isEverything(atom.on) ? wide(on) : meetsResource(on, atom.on)));
}

/** What is in one atom as well as in another, under the first one's conditions; of patterns that meet in part, the second. */
export function common(atom: Atom, other: Atom): Atom[] {
  const who = coversPrincipal(atom.who, other.who)
    ? other.who
    : coversPrincipal(other.who, atom.who)
      ? atom.who
      : undefined;
  if (who === undefined || !meetsResource(atom.on, other.on)) return [];
  const whole = isLater(atom.on) || coversResource(other.on, atom.on);
  return [{ on: whole ? atom.on : other.on, who, conditions: atom.conditions }];
}

function coversPrincipal(wide: string, narrow: string): boolean {
  if (wide === "*" || (wide === "AWS *" && narrow.startsWith("AWS "))) return true;
  return wide === narrow && !isLater(wide);
}

/** Of somebody who is not known yet, only of which kind it is can be compared. */
function meetsPrincipal(one: string, other: string): boolean {
  const kind = (who: string): string => who.slice(0, who.indexOf(" "));
  if (isLater(one) || isLater(other))
    return [one, other].some((who) => EVERYBODY.includes(who)) || kind(one) === kind(other);
  return coversPrincipal(one, other) || coversPrincipal(other, one);
}

function coversResource(wide: string, narrow: string): boolean {
  if (isEverything(wide)) return true;
  // What is not known yet could be anything, also what is left out or what has the same name here.
  if (isLater(wide) || isLater(narrow)) return false;
  if (wide === narrow) return true;
  if (wide.startsWith(ALL_BUT)) {
    if (narrow.startsWith(ALL_BUT)) return false;
    const left = wide.slice(ALL_BUT.length).split(", ");
    return !left.some((pattern) => patternsMeet(pattern, narrow));
  }
  return !narrow.startsWith(ALL_BUT) && coversPattern(wide, narrow);
}

/** Whether something may be in both; what is left out of one is taken to leave enough. */
function meetsResource(one: string, other: string): boolean {
  if (isLater(one) || isLater(other)) return true;
  const [open, named] = one.startsWith(ALL_BUT) ? [one, other] : [other, one];
  if (!open.startsWith(ALL_BUT)) return patternsMeet(one, other);
  const left = open.slice(ALL_BUT.length).split(", ");
  return named.startsWith(ALL_BUT) || !left.some((pattern) => coversPattern(pattern, named));
}

const expanded = new WeakMap<RightsStatement, ReadonlySet<IamAction>>();

export function actionsOf(statement: RightsStatement): ReadonlySet<IamAction> {
  const cached = expanded.get(statement);
  if (cached) return cached;
  const set = new Set(expandActions(statement.actions, statement.notActions, unlistedAction));
  expanded.set(statement, set);
  return set;
}

const unlisted = new Map<string, readonly IamAction[]>();

/** Newer than the data, or a slip of the pen: told all the same, and kept as one and the same action. */
function unlistedAction(name: string): readonly IamAction[] {
  const key = name.toLowerCase();
  const made = unlisted.get(key) ?? [{ name, level: "Write", resourceTypes: ["unknown"] }];
  unlisted.set(key, made);
  return made;
}
