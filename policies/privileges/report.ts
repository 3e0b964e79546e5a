import { code, escaped } from "../report/markdown-text.ts";
import { type Paint, PLAIN } from "../report/text.ts";
import { laterIn, type Privilege, type RightsChange } from "./diff.ts";
import { groupsOf, groupText, type PrivilegeGroup } from "./groups.ts";

/** Whether a right is one to give rights, or to become somebody else. */
export function givesRights({ level, action }: Privilege): boolean {
  return level === "Permissions management" || /^sts:AssumeRole/i.test(action);
}

/** What a change comes to, in one sentence: "4 rights more, 1 of them to give rights; 2 fewer". */
export function rightsText(changes: readonly RightsChange[]): string {
  const added = changes.flatMap((change) => change.added);
  const removed = changes.reduce((sum, change) => sum + change.removed.length, 0);
  const giving = added.filter(givesRights).length;
  const later = changes.filter((change) => laterIn(change).length > 0).length;
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
    ...laterIn(change).map((where) => paint.dim(`  ? ${where} is known only when it is deployed`)),
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
  const later = changes.filter((change) => laterIn(change).length > 0);
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
      (change) => `- ${code(holderText(change))} is known only when deployed: ${laterIn(change).map(code).join(", ")}`,
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
