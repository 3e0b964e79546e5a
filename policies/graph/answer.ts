import type { Property } from "../framework/property.ts";
import type { StackResource } from "../framework/stack.ts";

/** A value that is not known yet and that decides: the resource it stands in, and where. */
export interface Blocker {
  readonly resource: StackResource;
  readonly property: Property;
}

/** Whether something holds: yes, no, or it depends on values that are not known yet. */
export type Answer = boolean | readonly Blocker[];

export const isOpen = (answer: Answer): answer is readonly Blocker[] => typeof answer !== "boolean";

/** All of them hold. Later ones are not asked once one does not. */
export function all(...questions: readonly (() => Answer)[]): Answer {
  const blockers: Blocker[] = [];
  for (const ask of questions) {
    const answer = ask();
    if (answer === false) return false;
    if (isOpen(answer)) blockers.push(...answer);
  }
  return blockers.length === 0 ? true : blockers;
}

/** One of them holds. Later ones are not asked once one does. */
export function any<T>(of: Iterable<T>, ask: (one: T) => Answer): Answer {
  const blockers: Blocker[] = [];
  for (const one of of) {
    const answer = ask(one);
    if (answer === true) return true;
    if (isOpen(answer)) blockers.push(...answer);
  }
  return blockers.length === 0 ? false : blockers;
}

/** What cutting a step costs, in rough order: a narrower grant, another trust, other rights, another role. */
export const COST = { narrow: 1, trust: 2, rights: 3, another: 4 } as const;
