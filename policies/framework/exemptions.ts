import type { PolicyConfigSchema } from "@pulumi/policy";
import { daysBetween } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";

/** The longest that a violation may be put off, in days. */
export const LONGEST_EXEMPTION_DAYS = 365;

const FIELDS = ["rule", "urn", "reason", "owner", "approver", "ticket", "expires"] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** One thing that keeps an exemption from being given. */
export interface ExemptionProblem {
  readonly property: keyof Exemption;
  /** What is wrong, as it follows the property's name. */
  readonly message: string;
  readonly remedy: string;
}

const EXPLANATIONS: Readonly<Record<keyof Exemption, string>> = {
  rule: "Name the rule.",
  urn: "Name the resource; * stands for any text.",
  reason: "Say why the rule may be broken here.",
  owner: "Name the team that puts it right.",
  approver: "Name who agreed, somebody other than the owner.",
  ticket: "Name where the work on it is tracked.",
  expires: "Name the last day on which it holds, as YYYY-MM-DD.",
};

/** What is wrong with an exemption as it is written down; that it has ended is not. */
export function exemptionProblems(exemption: Readonly<Record<string, unknown>>, today: string): ExemptionProblem[] {
  const problems: ExemptionProblem[] = [];
  const add = (property: keyof Exemption, message: string, remedy = EXPLANATIONS[property]) =>
    problems.push({ property, message, remedy });
  for (const field of FIELDS) {
    const value = exemption[field];
    if (typeof value !== "string" || value.trim() === "") add(field, "is missing");
  }
  const { expires, owner, approver, urn } = exemption as Partial<Exemption>;
  if (typeof expires === "string" && expires.trim() !== "") {
    if (!isDay(expires)) add("expires", "is no day such as 2027-01-31");
    else if (daysBetween(today, expires) > LONGEST_EXEMPTION_DAYS) {
      add("expires", `is more than ${LONGEST_EXEMPTION_DAYS} days away`, "Name a nearer day; it can be renewed.");
    }
  }
  if (isSame(owner, approver)) add("approver", "is the owner too: nobody else agreed");
  if (typeof urn === "string" && urn.trim() !== "") {
    if (!/^(urn:|\*)/.test(urn)) {
      add(
        "urn",
        "is no URN",
        "Name the resource as urn:pulumi:<stack>::<project>::<type>::<name>; * stands for any text.",
      );
    } else if (namesNothing(urn)) {
      add(
        "urn",
        "is every resource: that switches the rule off",
        "Set the rule's level instead, where everybody sees it.",
      );
    }
  }
  return problems;
}

/** Whether a pattern says no more than which stack and project it is about. */
function namesNothing(urn: string): boolean {
  const rest = urn.replace(/^urn:(pulumi:([^:*]*(::([^:*]*(::)?)?)?)?)?/, "");
  return rest.replace(/[*:]/g, "") === "";
}

/** What is wrong with an exemption as it is written down, one line each. */
export function problemsOf(exemption: Readonly<Record<string, unknown>>, today: string): string[] {
  return exemptionProblems(exemption, today).map(({ property, message }) => `${property} ${message}`);
}

/** Whether a text is a day of the calendar: 2027-02-30 is none. */
function isDay(text: string): boolean {
  const time = DAY.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isSame(a: unknown, b: unknown): boolean {
  return typeof a === "string" && typeof b === "string" && a.trim() !== "" && fold(a) === fold(b);
}

const fold = (name: string): string => name.trim().toLowerCase();

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
