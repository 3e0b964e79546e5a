import type { AccessLevel } from "../data/access-level-overrides.ts";
import type { IamAction } from "../data/iam.ts";
import { type Atom, actionsOf, atomsOf, common, covers, isOpen, mayMeet } from "./atoms.ts";
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

/** A right that a value may turn out to add or remove, which is known only when it is deployed. */
export interface PossiblePrivilege extends Privilege {
  /** Where the value stands. */
  readonly where: string;
}

/** What becomes of the rights of one holder. */
export interface RightsChange {
  readonly urn: string;
  readonly kind: Rights["kind"];
  readonly added: readonly Privilege[];
  readonly removed: readonly Privilege[];
  readonly possible: readonly PossiblePrivilege[];
  /** Where something stands that will be known only when it is deployed, and may add or remove any right. */
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
    const more = was.unread.length > 0 ? NOTHING : gained(was, is);
    const less = is.unread.length > 0 ? NOTHING : gained(is, was);
    return {
      urn: of.urn,
      kind: of.kind,
      added: more.sure,
      removed: less.sure,
      possible: [...more.possible, ...less.possible],
      undecided: [...new Set([...is.unread, ...was.unread])],
    };
  });
  return changes.filter(({ added, removed, ...later }) => added.length + removed.length + laterIn(later).length > 0);
}

/** Where something stands that may change the rights of a holder, and is known only when it is deployed. */
export function laterIn({ undecided, possible }: Pick<RightsChange, "undecided" | "possible">): readonly string[] {
  return [...new Set([...undecided, ...possible.map(({ where }) => where)])];
}

type Joined = Pick<Rights, "statements" | "unread"> & { readonly boundary: readonly RightsStatement[] | undefined };

function join(parts: readonly Rights[] | undefined = []): Joined {
  return {
    statements: parts.flatMap(({ statements }) => statements),
    unread: parts.flatMap(({ unread }) => unread),
    boundary: parts.flatMap(({ boundary }) => (boundary ? [boundary] : []))[0],
  };
}

interface Gain {
  readonly sure: readonly Privilege[];
  readonly possible: readonly PossiblePrivilege[];
}

const NOTHING: Gain = { sure: [], possible: [] };

/**
 * The rights in the second that the first does not have. Where two patterns meet in part only, more is told rather than
 * less: nothing that is gained is missing.
 */
function gained(was: Joined, is: Joined): Gain {
  const known = new Set(was.statements.map((statement) => JSON.stringify(statement)));
  const sameLimits = limits(was) === limits(is);
  const allowing = is.statements.filter(({ effect }) => effect === "Allow");
  const sure = new Map<string, Privilege>();
  const possible = new Map<string, PossiblePrivilege>();
  const take = (action: IamAction, atom: Atom, statement: RightsStatement): void => {
    const { on, who, conditions } = atom;
    const privilege = { action: action.name, level: action.level, on, ...(who === "" ? {} : { who }), conditions };
    const where = openIn(was, is, action, atom, statement);
    if (where === undefined) sure.set(JSON.stringify(privilege), privilege);
    else possible.set(JSON.stringify(privilege), { ...privilege, where });
  };
  for (const statement of allowing) {
    if (sameLimits && statement.later === undefined && known.has(JSON.stringify(statement))) continue;
    for (const action of actionsOf(statement)) {
      for (const atom of atomsOf(statement).flatMap((one) => leftBy(is, action, one))) {
        if (!isAllowed(was, action, atom)) take(action, atom, statement);
      }
    }
  }
  // A Deny that is gone gives back what it named, although no Allow was touched.
  const denials = new Set(denialsOf(is).map((statement) => JSON.stringify(statement)));
  for (const denial of denialsOf(was).filter((one) => !denials.has(JSON.stringify(one)))) {
    for (const action of actionsOf(denial)) {
      for (const statement of allowing.filter((one) => actionsOf(one).has(action))) {
        const given = atomsOf(statement).filter((atom) => !isOpen(atom));
        const back = atomsOf(denial).flatMap((denied) => given.flatMap((atom) => common(atom, denied)));
        for (const atom of back.flatMap((one) => leftBy(is, action, one))) take(action, atom, statement);
      }
    }
  }
  const ordered = <P extends Privilege>(found: ReadonlyMap<string, P>): P[] =>
    [...found.values()].sort((a, b) => compare(a.action, b.action) || compare(a.on, b.on));
  return { sure: ordered(sure), possible: ordered(possible) };
}

/**
 * Where a value stands that decides whether a right is gained; undefined where it is gained whatever the values are: of a
 * right that nobody had on anything it does not matter what it will be on.
 */
function openIn(
  was: Joined,
  is: Joined,
  action: IamAction,
  atom: Atom,
  statement: RightsStatement,
): string | undefined {
  const allowed = was.statements.filter(({ effect }) => effect === "Allow");
  if (!isOpen(atom)) {
    return allowed.find((one) => one.later !== undefined && mayMeet(one, action, atom))?.later;
  }
  const hadSome = allowed.some((one) => mayMeet(one, action, atom));
  const deniedSome = denialsOf(is).some((denial) => mayMeet(denial, action, atom));
  const within = is.boundary === undefined || says(is.boundary, "Allow", action, atom);
  if (!hadSome && !deniedSome && within) return undefined;
  return [statement, ...(is.boundary ?? [])].find(({ later }) => later !== undefined)?.later;
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
