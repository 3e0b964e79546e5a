import { expandAction, type IamAction, iamAction } from "../data/iam.ts";
import type { Statement } from "./document.ts";

/** Whether an action of a document is a pattern. */
export const isWildcard = (text: string): boolean => /[*?]/.test(text);

/**
 * The actions that are meant: those named, those a wildcard matches, and with `NotAction` all others.
 *
 * @param unlisted what a name stands for that AWS's own data does not have. @default nothing
 */
export function expandActions(
  actions: readonly string[],
  notActions: readonly string[],
  unlisted: (name: string) => readonly IamAction[] = () => [],
): readonly IamAction[] {
  const expand = (names: readonly string[]): readonly IamAction[] => [
    ...new Set(names.flatMap((name) => (isWildcard(name) ? expandAction(name) : (iamAction(name) ?? unlisted(name))))),
  ];
  if (notActions.length === 0) return expand(actions);
  const excluded = new Set(expand(notActions));
  return expandAction("*").filter((action) => !excluded.has(action));
}

const actionsByStatement = new WeakMap<Statement, readonly IamAction[]>();

/** The actions a statement is about, as far as it is known. */
export function actionsOf(statement: Statement): readonly IamAction[] {
  const cached = actionsByStatement.get(statement);
  if (cached) return cached;
  const all = expandActions(statement.actions.known, statement.notActions.known);
  actionsByStatement.set(statement, all);
  return all;
}
