import type { PolicyConfigSchema } from "@pulumi/policy";
import { daysBetween } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";

/** The longest that a violation may be put off, in days. */
export const LONGEST_EXEMPTION_DAYS = 365;

const FIELDS = ["rule", "urn", "reason", "owner", "approver", "ticket", "expires"] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What is wrong with an exemption as it is written down, one line each. */
export function problemsOf(exemption: Readonly<Record<string, unknown>>, today: string): string[] {
  const problems: string[] = [];
  for (const field of FIELDS) {
    const value = exemption[field];
    if (typeof value !== "string" || value.trim() === "") problems.push(`${field} is missing`);
  }
  const { expires, owner, approver, urn } = exemption as Partial<Exemption>;
  if (typeof expires === "string" && (!DAY.test(expires) || Number.isNaN(Date.parse(expires)))) {
    problems.push("expires is no day such as 2027-01-31");
  } else if (typeof expires === "string" && daysBetween(today, expires) > LONGEST_EXEMPTION_DAYS) {
    problems.push(`expires is more than ${LONGEST_EXEMPTION_DAYS} days away`);
  }
  if (owner !== undefined && owner === approver) problems.push("owner and approver are the same: nobody agreed");
  if (urn === "*")
    problems.push("urn is *: that switches the rule off; set its level instead, where everybody sees it");
  return problems;
}

/** Whether an exemption is about a resource. */
export function covers(exemption: Pick<Exemption, "urn">, urn: string): boolean {
  const pattern = exemption.urn
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${pattern}$`, "s").test(urn);
}

/** The exemptions of a run. */
export class Exemptions {
  readonly all: readonly Exemption[];
  readonly #today: string;

  constructor(all: readonly Exemption[], today: string) {
    this.all = all;
    this.#today = today;
  }

  /** The exemption that is about a violation: the one that still holds, or the one that ended last. */
  of(rule: string, urn: string): { readonly exemption: Exemption; readonly holds: boolean } | undefined {
    const about = this.all.filter((one) => one.rule === rule && covers(one, urn));
    const latest = about.toSorted((a, b) => (a.expires < b.expires ? 1 : -1))[0];
    return latest && { exemption: latest, holds: latest.expires >= this.#today };
  }
}

/** What a report says of it. Nothing in it comes from the program, so nothing in it is secret. */
export function told({ reason, owner, approver, ticket, expires }: Exemption): string {
  return `until ${expires}: ${reason} (${owner}, agreed by ${approver}, ${ticket})`;
}

/** JSON schema of one, as the engine checks it. */
export const EXEMPTION_SCHEMA: PolicyConfigSchema["properties"][string] = {
  type: "object",
  properties: Object.fromEntries(FIELDS.map((field) => [field, { type: "string" as const, minLength: 1 }])),
  required: [...FIELDS],
  additionalProperties: false,
};
