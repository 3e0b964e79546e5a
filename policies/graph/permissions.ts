import { ESCALATION_PATHS } from "../data/escalation-paths.ts";
import { iamAction } from "../data/iam.ts";
import { isPrincipalOf } from "../data/service-principals.ts";
import type { StackResource } from "../framework/stack.ts";
import type { Condition, Statement, Strings } from "../iam/document.ts";
import { isLimitedBy, isTooWide } from "../iam/scope.ts";
import { type Answer, all, any, type Blocker } from "./answer.ts";
import type { Grants, Identity } from "./identities.ts";
import { keyOf, keyOfPattern, matches, namesResource } from "./names.ts";

/** Actions that paths are made of: the only ones that are asked for. */
const ACTIONS = [...new Set(["sts:AssumeRole", ...ESCALATION_PATHS.flatMap(({ actions }) => actions)])];

/**
 * What an action is asked for: one resource, any one whatever it is called, or all there are, whatever they are called.
 */
export type Scope = StackResource | "something" | "everything";

/** Who asks, and what a role is passed to. */
export interface Asking {
  readonly holder: Identity;
  /** Services that a role is passed to. @default the action passes no role */
  readonly services?: readonly string[];
}

/** Keys whose conditions a workload of the account satisfies, or that say nothing about what it reaches. */
export const HARMLESS: ReadonlySet<string> = new Set([
  ...["aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"],
  ...["aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"],
  ...["aws:securetransport", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"],
]);

interface Written {
  readonly statement: Statement;
  readonly grants: Grants;
}

/** The statements of some documents, by the actions they are about. */
class Statements {
  readonly #allow = new Map<string, Written[]>();
  readonly #deny = new Map<string, Written[]>();
  readonly #named = new Map<string, ReadonlySet<string> | "any">();

  constructor(documents: Iterable<Grants>) {
    for (const grants of documents) {
      for (const statement of grants.statements) {
        const byAction =
          statement.effect === "Allow" ? this.#allow : statement.effect === "Deny" ? this.#deny : undefined;
        if (!byAction) continue;
        for (const action of actionsOf(statement)) {
          const same = byAction.get(action);
          if (same) same.push({ statement, grants });
          else byAction.set(action, [{ statement, grants }]);
        }
      }
    }
  }

  allowing(action: string): readonly Written[] {
    return this.#allow.get(action) ?? [];
  }

  /** Whether some statement may be about a resource: most name a few, and a stack has many. */
  mayName(action: string, resource: StackResource): boolean {
    let named = this.#named.get(action);
    if (named === undefined) {
      named = namedBy(this.allowing(action));
      this.#named.set(action, named);
    }
    return named === "any" || named.has(keyOf(resource)) || named.has(resource.urn);
  }

  /** Whether a statement refuses it whatever the conditions; what refuses under a condition is not counted on. */
  refuses(action: string, scope: Scope): boolean {
    const all = scope === "something" ? "everything" : scope;
    return (this.#deny.get(action) ?? []).some(
      // What it is not about, and is not known yet, may be this.
      ({ statement: { conditions, notResources }, statement }) =>
        conditions.length + notResources.unknown.length === 0 && reaches(statement, action, all, []) === true,
    );
  }
}

/** What statements name, as far as they do so without wildcards, variables and values that are not known yet. */
function namedBy(written: readonly Written[]): ReadonlySet<string> | "any" {
  const named = new Set<string>();
  for (const { statement } of written) {
    const { resources, notResources } = statement;
    if (resources.unknown.length + notResources.known.length + notResources.unknown.length > 0) return "any";
    for (const pattern of resources.known) {
      if (!pattern.startsWith("urn:pulumi:") && /[*?$]/.test(pattern)) return "any";
      named.add(keyOfPattern(pattern));
    }
  }
  return named;
}

/** The actions of paths that a pattern is about, kept by pattern. */
const byPattern = new Map<string, readonly string[]>();

function matched(patterns: readonly string[]): readonly string[] {
  const all = patterns.map((pattern) => {
    const found = byPattern.get(pattern) ?? ACTIONS.filter((action) => matches(pattern, action));
    byPattern.set(pattern, found);
    return found;
  });
  return [...new Set(all.flat())];
}

function actionsOf({ actions, notActions }: Statement): readonly string[] {
  if (actions.known.length > 0) return matched(actions.known);
  if (notActions.known.length === 0 || notActions.unknown.length > 0) return [];
  const excluded = matched(notActions.known);
  return ACTIONS.filter((action) => !excluded.includes(action));
}

/** What was asked before: the same action is part of many paths. */
const answers = new WeakMap<Identity, Map<string, Map<Scope, Answer>>>();
const statementsOf = new WeakMap<Identity, Statements>();
const boundaryOf = new WeakMap<Identity, Statements>();

function written(identity: Identity): Statements {
  let statements = statementsOf.get(identity);
  if (!statements) {
    statements = new Statements([identity, ...identity.groups].flatMap(({ grants }) => grants));
    statementsOf.set(identity, statements);
  }
  return statements;
}

/** Whether an identity is given an action by any document, on anything: asked before all else, since few are. */
export function hasAction({ holder }: Asking, action: string): boolean {
  return written(holder).allowing(action).length > 0;
}

/** Whether an identity may do something, by all its documents together, without what its boundary takes away. */
export function may(asking: Asking, action: string, scope: Scope): Answer {
  if (typeof scope !== "string" && !mayReach(asking.holder, action, scope)) return false;
  const byAction = answers.get(asking.holder) ?? new Map<string, Map<Scope, Answer>>();
  answers.set(asking.holder, byAction);
  const key = asking.services ? `${action} ${asking.services.join()}` : action;
  const byScope = byAction.get(key) ?? new Map<Scope, Answer>();
  byAction.set(key, byScope);
  const answer = byScope.get(scope) ?? decide(asking, action, scope);
  byScope.set(scope, answer);
  return answer;
}

function decide(asking: Asking, action: string, scope: Scope): Answer {
  const { holder } = asking;
  const own = written(holder);
  if (own.refuses(action, scope)) return false;
  return all(
    () => allows(own, asking, action, scope),
    () => {
      const { boundary } = holder;
      if (!boundary) return true;
      const limits = boundaryOf.get(holder) ?? new Statements(boundary.grants);
      boundaryOf.set(holder, limits);
      if (limits.refuses(action, scope)) return false;
      const answer = allows(limits, asking, action, scope);
      return answer === false && boundary.unread.length > 0 ? boundary.unread : answer;
    },
  );
}

/** Whether any statement may give an identity an action on a resource: a quick no for most pairs of a stack. */
export function mayReach(holder: Identity, action: string, resource: StackResource): boolean {
  return written(holder).mayName(action, resource);
}

/** Where an identity is given an action: for people who look for what to change. */
export function givenIn({ holder }: Asking, action: string): string | undefined {
  return written(holder).allowing(action)[0]?.grants.where;
}

function allows(statements: Statements, asking: Asking, action: string, scope: Scope): Answer {
  return any(statements.allowing(action), ({ statement, grants }) =>
    all(
      () => conditionsHold(statement, asking, scope, grants),
      () => {
        const unknown = [...statement.resources.unknown, ...statement.notResources.unknown];
        const may = typeof scope === "string" || grants.origins.length === 0 || grants.origins.includes(scope.urn);
        return reaches(
          statement,
          action,
          scope,
          may ? unknown.map((property) => ({ resource: grants.resource, property })) : [],
          asking.holder,
        );
      },
    ),
  );
}

/**
 * Whether a statement is about a resource. A resource that is not known yet is some resource, and never all: a value that
 * another resource makes is a name.
 *
 * @param open what of the statement's resources is not known, as far as it may be this one
 */
function reaches(
  { resources, notResources }: Statement,
  action: string,
  scope: Scope,
  open: readonly Blocker[],
  holder?: Identity,
): Answer {
  const excluded = (strings: Strings): boolean => strings.known.length + strings.unknown.length > 0;
  if (scope === "something") return true;
  if (scope === "everything") {
    if (excluded(notResources)) return true;
    const known = iamAction(action);
    return resources.known.some((pattern) => known === undefined || isTooWide(known, pattern));
  }
  if (excluded(notResources)) {
    if (notResources.known.some((pattern) => namesResource(pattern, scope))) return false;
    return open.length > 0 ? open : true;
  }
  const named = resources.known.some((pattern) => namesResource(own(pattern, holder), scope));
  return named || (open.length > 0 ? open : false);
}

/** IAM puts the user's own name in place of its variable. */
function own(pattern: string, holder: Identity | undefined): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own variable looks like it
  const variable = "${aws:username}";
  if (holder?.kind !== "user" || !pattern.includes(variable)) return pattern;
  return pattern.replaceAll(variable, holder.resource.inputs.get("name").string ?? `${holder.resource.name}-0000000`);
}

function conditionsHold(statement: Statement, asking: Asking, scope: Scope, { resource }: Grants): Answer {
  const narrowing = statement.conditions.filter((condition) =>
    isLimitedBy({ ...statement, conditions: [condition] }, (key) => !HARMLESS.has(key)),
  );
  return all(...narrowing.map((condition) => () => holds(condition, asking, scope, resource)));
}

/** Whether a condition lets this through. One that nobody can judge from a stack narrows. */
function holds({ key, values }: Condition, { holder, services }: Asking, scope: Scope, from: StackResource): Answer {
  const unknown = values.unknown.map((property): Blocker => ({ resource: from, property }));
  const oneOf = (texts: readonly string[]): Answer =>
    values.known.some((value) => texts.some((text) => matches(value, text))) || (unknown.length > 0 ? unknown : false);
  if (key === "iam:passedtoservice" && services) {
    return values.known.some((value) => isPrincipalOf(value, services)) || (unknown.length > 0 ? unknown : false);
  }
  if (key === "aws:principalarn") {
    return (
      values.known.some((value) => namesResource(value, holder.resource)) || (unknown.length > 0 ? unknown : false)
    );
  }
  if (key === "iam:policyarn") return oneOf(["arn:aws:iam::aws:policy/AdministratorAccess"]);
  const tag = /^[a-z0-9-]+:resourcetag\/(.+)$/.exec(key)?.[1];
  if (tag === undefined || typeof scope === "string") return false;
  const tags = scope.inputs.get("tags");
  const value = tags.unknown ? tags : tags.entries().find(([name]) => name.toLowerCase() === tag)?.[1];
  if (value?.unknown) return [{ resource: scope, property: value }];
  return value?.string === undefined ? false : oneOf([value.string]);
}
