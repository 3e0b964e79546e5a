import type { AboutAction, Facts } from "./facts.ts";

/** Who found something that the other did not. */
export type Side = "judge" | "ours";

/** A kind of finding that a judge has and that one of our rules has too, compared thing by thing: an action, a method. */
export interface FindingClass {
  readonly judge: "cloudsplaining" | "parliament";
  readonly name: string;
  readonly rule: string;
  /** What of a document's findings is compared. */
  readonly items: "action" | "method" | "service" | "key" | "principal" | "document";
  /** Whether it is a kind of finding in trust policies, or in those of identities. @default false */
  readonly inTrust?: boolean;
  ours(facts: Facts): Iterable<string>;
  /** Why one found what the other did not; undefined where nobody knows. */
  why(item: string, side: Side, facts: Facts, about: AboutAction | undefined): string | undefined;
}

/** Whether a statement holds only under a condition. */
export const isConditional = (statement: { readonly conditions: readonly unknown[] }): boolean =>
  statement.conditions.length > 0;
