import { daysBetween } from "./days.ts";

/**
 * What a flag is for. `release`: a change on its way to everybody. `experiment`: two ways that are compared. `ops`: a
 * switch for bad days. `permission`: who may use something, for good.
 */
export const FLAG_KINDS = ["release", "experiment", "ops", "permission"] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

/** Kinds that are there for a while, and then have to be taken out of the code. */
export const PASSING_KINDS: readonly FlagKind[] = ["release", "experiment"];

/** Days after everybody has what a flag switches, within which the flag has to be gone. */
export const FLAG_REMOVAL_DAYS = 14;

/** What decides how long a flag may stay. */
export interface FlagLife {
  readonly kind: string;
  readonly expires?: string | undefined;
  readonly fullSince?: string | undefined;
}

/**
 * Why a flag should be gone; undefined when it may stay.
 *
 * @param today the day it is judged on, as `2026-01-31`
 */
export function staleness({ kind, expires, fullSince }: FlagLife, today: string): string | undefined {
  if (fullSince !== undefined && PASSING_KINDS.some((passing) => passing === kind)) {
    const days = Math.floor(daysBetween(fullSince, today));
    if (days > FLAG_REMOVAL_DAYS) return `everybody has had it since ${fullSince}, for ${days} days`;
  }
  if (expires !== undefined && expires < today) return `it expired on ${expires}`;
  return undefined;
}
