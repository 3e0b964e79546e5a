import type { AccessLevel } from "../data/access-level-overrides.ts";
import { code, escaped } from "../report/markdown-text.ts";
import { type Paint, PLAIN } from "../report/text.ts";
import type { Privilege, RightsChange } from "./diff.ts";

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

/** Whether a right is one to give rights, or to become somebody else. */
export function givesRights({ level, action }: Privilege): boolean {
  return level === "Permissions management" || /^sts:AssumeRole/i.test(action);
}

/** What a change comes to, in one sentence: "4 rights more, 1 of them to give rights; 2 fewer". */
export function rightsText(changes: readonly RightsChange[]): string {
  const added = changes.flatMap((change) => change.added);
  const removed = changes.reduce((sum, change) => sum + change.removed.length, 0);
  const giving = added.filter(givesRights).length;
  const later = changes.filter(({ undecided }) => undecided.length > 0).length;
  const parts = [
    added.length === 0
      ? ""
      : `${count(added.length, "right")} more${giving > 0 ? `, ${giving} of them to give rights` : ""}`,
    removed === 0 ? "" : `${added.length === 0 ? count(removed, "right") : removed} fewer`,
    later === 0 ? "" : `${count(later, "holder")} known only when deployed`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "no rights change" : parts.join("; ");
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;

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

/** Whose rights they are: `hello-task (aws:iam/role:Role)`, and for policies of resources what they are about. */
export function holderText({ urn, kind }: Pick<RightsChange, "urn" | "kind">): string {
  const [, , types = "", name = urn] = urn.split("::");
  const about = { identity: "may", trust: "may be become by", resource: "may be used by" }[kind];
  return `${name} (${types.split("$").at(-1)}) ${about}`;
}

/** The changes for a person at a terminal. */
export function rightsReport(changes: readonly RightsChange[], paint: Paint = PLAIN): string {
  const lines = changes.flatMap((change) => [
    paint.bold(holderText(change)),
    ...groupsOf(change.added).map((group) => mark(group, paint.red("  + "), paint.yellow("  + "), groupText(group))),
    ...groupsOf(change.removed).map((group) => `${paint.green("  - ")}${groupText(group)}`),
    ...change.undecided.map((where) => paint.dim(`  ? ${where} is known only when it is deployed`)),
  ]);
  return lines.join("\n");
}

function mark(group: PrivilegeGroup, giving: string, other: string, text: string): string {
  return `${group.level === "Permissions management" || group.who !== undefined ? giving : other}${text}`;
}

/** The same as a section of a pull-request comment; empty where nothing changes. */
export function rightsSection(changes: readonly RightsChange[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.flatMap((change) => [
    ...groupsOf(change.added).map(
      (group) => [group.level === "Permissions management" ? "🔺" : "➕", change, group] as const,
    ),
    ...groupsOf(change.removed).map((group) => ["➖", change, group] as const),
  ]);
  const later = changes.filter(({ undecided }) => undecided.length > 0);
  return [
    `<details${rows.some(([sign]) => sign === "🔺") ? " open" : ""}><summary><b>Permissions</b>: ${rightsText(changes)}</summary>`,
    "",
    ...(rows.length === 0
      ? []
      : [
          "| | whose | actions | on | if |",
          "|---|---|---|---|---|",
          ...rows.map(([sign, change, group]) => row(sign, change, group)),
          "",
        ]),
    ...later.map(
      (change) => `- ${code(holderText(change))} is known only when deployed: ${change.undecided.map(code).join(", ")}`,
    ),
    ...(later.length > 0 ? [""] : []),
    "</details>",
    "",
  ];
}

function row(sign: string, change: RightsChange, group: PrivilegeGroup): string {
  const actions = groupText({ ...group, on: "", conditions: [] });
  return `| ${sign} | ${escaped(holderText(change))} | ${escaped(actions)} | ${code(group.on)} | ${group.conditions.map(code).join(" ")} |`;
}
