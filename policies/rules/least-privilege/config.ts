import type { Rule } from "../../framework/rule.ts";
import type { Rights } from "../../privileges/rights.ts";

/** Settings of the least-privilege rules. */
export interface LeastPrivilegeConfig {
  /** Accounts that count as one's own, besides those the provider is allowed to work in. */
  readonly accounts: readonly string[];
  /** What identities and roles were given when the stack was last deployed. Absent before its first deployment. */
  readonly rightsBefore: readonly Rights[] | undefined;
}

export type LeastPrivilegeRule = Rule<LeastPrivilegeConfig>;

/** Names in a message: the first few, and how many more there are. */
export function listed(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A string of a document as a message may show it: an action in its grammar, never free text. */
export function shownAction(action: string): string {
  return /^(\*|[a-z0-9*?-]{1,40}:[a-z0-9*?-]{1,80})$/i.test(action) ? `"${action}"` : "an entry that is no action";
}
