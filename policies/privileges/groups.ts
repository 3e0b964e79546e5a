import type { AccessLevel } from "../data/access-level-overrides.ts";
import type { Privilege } from "./diff.ts";

/** Rights that differ only in the action, told in one line. */
export interface PrivilegeGroup {
  readonly level: AccessLevel;
  readonly actions: readonly string[];
  readonly on: string;
  readonly who?: string;
  readonly conditions: readonly string[];
}

/** The heaviest first: who may give rights may have all others. */
const LEVELS: readonly AccessLevel[] = ["Permissions management", "Write", "Tagging", "Read", "List"];

/** Actions of one service and level on the same resources, together, so that a wildcard is a line and not a page. */
export function groupsOf(privileges: readonly Privilege[]): PrivilegeGroup[] {
  const byGround = Map.groupBy(privileges, ({ action, level, on, who, conditions }) =>
    JSON.stringify([LEVELS.indexOf(level), action.split(":")[0], on, who ?? "", conditions]),
  );
  return [...byGround.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, same]) => {
      const { action: _, ...ground } = same[0] as Privilege;
      return { ...ground, actions: same.map(({ action }) => action) };
    });
}

const MOST_ACTIONS = 6;

/** One group in words: `iam:PassRole (Permissions management) on arn:…, if StringEquals …`. */
export function groupText({ actions, level, on, who, conditions }: PrivilegeGroup): string {
  const shown = actions.slice(0, MOST_ACTIONS).join(", ");
  const rest = actions.length > MOST_ACTIONS ? ` and ${actions.length - MOST_ACTIONS} more` : "";
  return [
    who === undefined ? "" : `${who}: `,
    `${shown}${rest} (${level})`,
    on === "" ? "" : ` on ${on}`,
    conditions.length === 0 ? "" : `, if ${conditions.join(" and ")}`,
  ].join("");
}
