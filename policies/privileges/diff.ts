import type { AccessLevel } from "../data/access-level-overrides.ts";
import { expandAction, type IamAction, iamAction } from "../data/iam.ts";
import { patternsMeet } from "../iam/match.ts";
import { coversPattern, isEverything } from "../iam/scope.ts";
import type { Rights, RightsStatement } from "./rights.ts";

/** One thing that somebody may do. */
export interface Privilege {
  /** As AWS writes it, such as `iam:PassRole`. */
  readonly action: string;
  readonly level: AccessLevel;
  /** The resources, as the document names them; `all but …` where it names those that are left out. */
  readonly on: string;
  /** Who may, where the document is a resource's; absent where the holder may. */
  readonly who?: string;
  readonly conditions: readonly string[];
}

/** What becomes of the rights of one holder. */
export interface RightsChange {
  readonly urn: string;
  readonly kind: Rights["kind"];
  readonly added: readonly Privilege[];
  readonly removed: readonly Privilege[];
  /** Where something stands that will be known only when it is deployed, and may add or remove more. */
  readonly undecided: readonly string[];
}

/**
 * What a change adds to effective permissions and what it takes away: a right that is worded anew, or moved to another
 * document, is the same right; one that another statement denies, or a boundary cuts off, is none.
 *
 * @returns holders in the order of their URNs, only those of whom something can be said
 */
export function diffRights(before: readonly Rights[], after: readonly Rights[]): RightsChange[] {
  const key = ({ urn, kind }: Rights): string => `${urn} ${kind}`;
  const [old, now] = [Map.groupBy(before, key), Map.groupBy(after, key)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].sort().map((holder): RightsChange => {
    const [was, is] = [join(old.get(holder)), join(now.get(holder))];
    const of = (now.get(holder) ?? old.get(holder))?.[0] as Rights;
    // What is not known, of the old as of the new, could be the right that seems to be missing.
    const added = was.unread.length > 0 ? [] : gained(was, is);
    const removed = is.unread.length > 0 ? [] : gained(is, was);
    return { urn: of.urn, kind: of.kind, added, removed, undecided: [...new Set([...is.unread, ...was.unread])] };
  });
  return changes.filter(({ added, removed, undecided }) => added.length + removed.length + undecided.length > 0);
}

type Joined = Pick<Rights, "statements" | "unread"> & { readonly boundary: readonly RightsStatement[] | undefined };

function join(parts: readonly Rights[] | undefined = []): Joined {
  return {
    statements: parts.flatMap(({ statements }) => statements),
    unread: parts.flatMap(({ unread }) => unread),
    boundary: parts.flatMap(({ boundary }) => (boundary ? [boundary] : []))[0],
  };
}

/**
 * The rights in the second that the first does not have. Where two patterns meet in part only, more is told rather than
 * less: nothing that is gained is missing.
 */
function gained(was: Joined, is: Joined): Privilege[] {
  const known = new Set(was.statements.map((statement) => JSON.stringify(statement)));
  const sameLimits = limits(was) === limits(is);
  const allowing = is.statements.filter(({ effect }) => effect === "Allow");
  const found = new Map<string, Privilege>();
  const take = (action: IamAction, { on, who, conditions }: Atom): void => {
    const privilege = { action: action.name, level: action.level, on, ...(who === "" ? {} : { who }), conditions };
    found.set(JSON.stringify(privilege), privilege);
  };
  for (const statement of allowing) {
    if (sameLimits && known.has(JSON.stringify(statement))) continue;
    for (const action of actionsOf(statement)) {
      for (const atom of atomsOf(statement).flatMap((one) => leftBy(is, action, one))) {
        if (!isAllowed(was, action, atom)) take(action, atom);
      }
    }
  }
  // A Deny that is gone gives back what it named, although no Allow was touched.
  const denials = new Set(denialsOf(is).map((statement) => JSON.stringify(statement)));
  for (const denial of denialsOf(was).filter((one) => !denials.has(JSON.stringify(one)))) {
    for (const action of actionsOf(denial)) {
      const given = allowing.filter((statement) => actionsOf(statement).has(action)).flatMap(atomsOf);
      for (const denied of atomsOf(denial)) {
        const back = given.flatMap((atom) => common(atom, denied));
        for (const atom of back.flatMap((one) => leftBy(is, action, one))) take(action, atom);
      }
    }
  }
  return [...found.values()].sort((a, b) => compare(a.action, b.action) || compare(a.on, b.on));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is denied, by the documents or by the boundary: neither is stronger. */
function denialsOf({ statements, boundary = [] }: Joined): readonly RightsStatement[] {
  return [...statements, ...boundary].filter(({ effect }) => effect === "Deny");
}

/** What cuts rights down, as one text: where it is the same, an Allow that is there as before gives what it gave. */
function limits(joined: Joined): string {
  const texts = (statements: readonly RightsStatement[] | undefined) =>
    statements?.map((one) => JSON.stringify(one)).sort();
  return JSON.stringify([texts(denialsOf(joined)), texts(joined.boundary) ?? null]);
}

interface Atom {
  readonly on: string;
  readonly who: string;
  readonly conditions: readonly string[];
}

/** Marks what is about everything but what it names. */
const ALL_BUT = "all but ";

function atomsOf(statement: RightsStatement): Atom[] {
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

/** Whether all of an atom is allowed by some statement, denied by none, and within the boundary. */
function isAllowed(joined: Joined, action: IamAction, atom: Atom): boolean {
  const { statements, boundary = statements } = joined;
  const allowed = says(statements, "Allow", action, atom) && says(boundary, "Allow", action, atom);
  return allowed && !says(denialsOf(joined), "Deny", action, atom);
}

/** What denials and the boundary leave of an atom that is allowed. */
function leftBy(joined: Joined, action: IamAction, atom: Atom): Atom[] {
  const limits = joined.boundary?.filter(({ effect }) => effect === "Allow");
  const within = limits
    ?.filter((statement) => actionsOf(statement).has(action))
    .flatMap(atomsOf)
    .flatMap((limit) =>
      common(atom, { ...limit, who: atom.who }).map((one) => ({
        ...one,
        conditions: [...new Set([...atom.conditions, ...limit.conditions])].sort(),
      })),
    );
  return (within ?? [atom]).filter((one) => !says(denialsOf(joined), "Deny", action, one));
}

function says(
  statements: readonly RightsStatement[],
  effect: "Allow" | "Deny",
  action: IamAction,
  atom: Atom,
): boolean {
  return statements.some((statement) => statement.effect === effect && covers(statement, action, atom));
}

/** What is in one atom as well as in another, under the first one's conditions; of patterns that meet in part, the second. */
function common(atom: Atom, other: Atom): Atom[] {
  const who = coversPrincipal(atom.who, other.who)
    ? other.who
    : coversPrincipal(other.who, atom.who)
      ? atom.who
      : undefined;
  if (who === undefined || !meetsResource(atom.on, other.on)) return [];
  return [{ on: coversResource(other.on, atom.on) ? atom.on : other.on, who, conditions: atom.conditions }];
}

/** Whether a statement is about all that an atom is about, under no more conditions. */
function covers(statement: RightsStatement, action: IamAction, atom: Atom): boolean {
  if (!actionsOf(statement).has(action)) return false;
  if (statement.conditions.some((condition) => !atom.conditions.includes(condition))) return false;
  if (!principalsOf(statement).some((who) => coversPrincipal(who, atom.who))) return false;
  const resources = resourcesOf(statement);
  // What can be limited to nothing is about everything, whatever is named; AWS ignores other resources then.
  if (action.resourceTypes.length === 0 && atom.who === "") return resources.length > 0;
  return resources.some((on) => coversResource(on, atom.on));
}

function coversPrincipal(wide: string, narrow: string): boolean {
  return wide === narrow || wide === "*" || (wide === "AWS *" && narrow.startsWith("AWS "));
}

function coversResource(wide: string, narrow: string): boolean {
  if (wide === narrow || isEverything(wide)) return true;
  if (wide.startsWith(ALL_BUT)) {
    if (narrow.startsWith(ALL_BUT)) return false;
    const left = wide.slice(ALL_BUT.length).split(", ");
    return !left.some((pattern) => patternsMeet(pattern, narrow));
  }
  return !narrow.startsWith(ALL_BUT) && coversPattern(wide, narrow);
}

/** Whether something may be in both; what is left out of one is taken to leave enough. */
function meetsResource(one: string, other: string): boolean {
  const [open, named] = one.startsWith(ALL_BUT) ? [one, other] : [other, one];
  if (!open.startsWith(ALL_BUT)) return patternsMeet(one, other);
  const left = open.slice(ALL_BUT.length).split(", ");
  return named.startsWith(ALL_BUT) || !left.some((pattern) => coversPattern(pattern, named));
}

const expanded = new WeakMap<RightsStatement, ReadonlySet<IamAction>>();

function actionsOf(statement: RightsStatement): ReadonlySet<IamAction> {
  const cached = expanded.get(statement);
  if (cached) return cached;
  const excluded = new Set(statement.notActions.flatMap(expand));
  const all =
    statement.notActions.length > 0
      ? expandAction("*").filter((action) => !excluded.has(action))
      : statement.actions.flatMap(expand);
  const set = new Set(all);
  expanded.set(statement, set);
  return set;
}

const unlisted = new Map<string, IamAction>();

function expand(name: string): readonly IamAction[] {
  if (/[*?]/.test(name)) return expandAction(name);
  const known = iamAction(name);
  if (known) return [known];
  // Newer than the data, or a slip of the pen: told all the same, and kept as one and the same action.
  const key = name.toLowerCase();
  const made = unlisted.get(key) ?? { name, level: "Write", resourceTypes: ["unknown"] };
  unlisted.set(key, made);
  return [made];
}
