/** How changes of rights are told: grouped, the heaviest first, at a terminal and in a pull request. */
import type { RightsChange } from "../../policies/privileges/diff.ts";
import { groupsOf, groupText } from "../../policies/privileges/groups.ts";
import type { Privilege } from "../../policies/privileges/index.ts";
import { givesRights, holderText, rightsReport, rightsSection, rightsText } from "../../policies/privileges/report.ts";

const right = (action: string, more: Partial<Privilege> = {}): Privilege => ({
  ...{ action, level: "Write", on: "arn:aws:sqs:::a", conditions: [] },
  ...more,
});
const change = (of: Partial<RightsChange>): RightsChange => ({
  ...{ urn: "urn:pulumi:test::shop::a:b:C$aws:iam/role:Role::task", kind: "identity" },
  ...{ added: [], removed: [], possible: [], undecided: [] },
  ...of,
});
const PASS = right("iam:PassRole", { level: "Permissions management", on: "arn:aws:iam::1:role/x" });

describe("rights in one line", () => {
  const lines = (...rights: Privilege[]) => groupsOf(rights).map(groupText);

  test("are those of one service, level, resource, holder and condition", () => {
    expect(lines(right("sqs:SendMessage"), right("sqs:DeleteMessage"))).toEqual([
      "sqs:SendMessage, sqs:DeleteMessage (Write) on arn:aws:sqs:::a",
    ]);
    for (const other of [
      right("sns:Publish"),
      right("sqs:ListQueues", { level: "List" }),
      right("sqs:DeleteMessage", { on: "arn:aws:sqs:::b" }),
      right("sqs:DeleteMessage", { who: "AWS 1" }),
      right("sqs:DeleteMessage", { conditions: ["Bool a true"] }),
    ]) {
      expect(lines(right("sqs:SendMessage"), other)).toHaveLength(2);
    }
  });

  test("begin with those that give rights, and end with those that only list", () => {
    const levels = ["List", "Read", "Tagging", "Write", "Permissions management"] as const;
    const told = groupsOf(levels.map((level) => right(`sqs:${level[0]}`, { level }))).map(({ level }) => level);
    expect(told).toEqual(levels.toReversed());
  });

  test("say who may, on what and if; where there is nothing to say, nothing", () => {
    const conditions = ["Bool a true", "StringEquals b c"];
    expect(lines(right("sts:AssumeRole", { on: "", who: "AWS 1", conditions }))).toEqual([
      "AWS 1: sts:AssumeRole (Write), if Bool a true and StringEquals b c",
    ]);
  });

  test("name six actions and count the others", () => {
    const many = (count: number) => lines(...Array.from({ length: count }, (_, index) => right(`sqs:A${index}`)));
    expect(many(6)[0]).toBe("sqs:A0, sqs:A1, sqs:A2, sqs:A3, sqs:A4, sqs:A5 (Write) on arn:aws:sqs:::a");
    expect(many(8)[0]).toContain("sqs:A5 and 2 more (Write)");
  });
});

describe("a change", () => {
  test.each<[string, Partial<RightsChange>[], string]>([
    ["of nothing", [], "no rights change"],
    ["that adds", [{ added: [right("sqs:A")] }], "1 right more"],
    ["that adds what gives rights", [{ added: [right("sqs:A"), PASS] }], "2 rights more, 1 of them to give rights"],
    ["that takes away", [{ removed: [right("sqs:A"), right("sqs:B")] }], "2 rights fewer"],
    ["that takes away one", [{ removed: [right("sqs:A")] }], "1 right fewer"],
    [
      "of several",
      [{ added: [PASS] }, { added: [right("sqs:A")], removed: [PASS, PASS, PASS] }],
      "2 rights more, 1 of them to give rights; 3 fewer",
    ],
    ["that is not known", [{ undecided: ["a of b"] }, {}, { undecided: ["c"] }], "2 holders known only when deployed"],
    [
      "that may add",
      [{ added: [right("sqs:A")], possible: [{ ...PASS, where: "a of b" }] }],
      "1 right more; 1 holder known only when deployed",
    ],
  ])("%s in one sentence", (_, changes, expected) => {
    expect(rightsText(changes.map(change))).toBe(expected);
  });

  test("gives rights by becoming somebody else too", () => {
    expect([PASS, right("sts:AssumeRole"), right("STS:AssumeRoleWithSAML")].every(givesRights)).toBe(true);
    expect([right("sts:TagSession"), right("xsts:AssumeRole"), right("sqs:A")].some(givesRights)).toBe(false);
  });

  test("names the holder by what its document says of it", () => {
    expect(holderText(change({}))).toBe("task (aws:iam/role:Role) may");
    expect(holderText(change({ kind: "trust" }))).toBe("task (aws:iam/role:Role) may be become by");
    expect(holderText(change({ kind: "resource", urn: "urn:pulumi:t::s::aws:s3/bucket:Bucket::a" }))).toBe(
      "a (aws:s3/bucket:Bucket) may be used by",
    );
  });

  const paint = {
    red: mark("red"),
    yellow: mark("yellow"),
    green: mark("green"),
    bold: mark("bold"),
    dim: mark("dim"),
  };
  function mark(name: string) {
    return (text: string) => `<${name}>${text}</>`;
  }

  test("is shown with what gives rights, or lets somebody in, in red", () => {
    const lines = (of: Partial<RightsChange>) =>
      rightsReport([change(of)], paint as unknown as NonNullable<Parameters<typeof rightsReport>[1]>).split("\n");
    expect(lines({ added: [PASS, right("sqs:A")], removed: [right("sqs:B")], undecided: ["a of b"] })).toEqual([
      "<bold>task (aws:iam/role:Role) may</>",
      "<red>  + </>iam:PassRole (Permissions management) on arn:aws:iam::1:role/x",
      "<yellow>  + </>sqs:A (Write) on arn:aws:sqs:::a",
      "<green>  - </>sqs:B (Write) on arn:aws:sqs:::a",
      "<dim>  ? a of b is known only when it is deployed</>",
    ]);
    expect(lines({ added: [right("sts:AssumeRole", { who: "AWS 1" })] })[1]).toMatch(/^<red>/);
  });

  test("is folded in a pull request unless it gives rights", () => {
    expect(rightsSection([])).toEqual([]);
    const harmless = rightsSection([change({ added: [right("sqs:A")], removed: [PASS] })]);
    expect(harmless[0]).toBe("<details><summary><b>Permissions</b>: 1 right more; 1 fewer</summary>");
    expect(harmless.filter((line) => /^\| [➕➖]/u.test(line))).toHaveLength(2);
    const giving = rightsSection([change({ added: [PASS], undecided: ["a of b"] })]);
    expect(giving[0]).toMatch(/^<details open>/);
    expect(giving.join("\n")).toMatch(/^\| 🔺 \| task .*iam:PassRole/m);
    expect(giving.join("\n")).toMatch(/is known only when deployed: .*a of b/);
    const later = rightsSection([change({ undecided: ["a of b"] })]);
    expect(later.join("\n")).not.toContain("|");
    for (const section of [harmless, giving, later]) expect(section.slice(-2)).toEqual(["</details>", ""]);
  });
});
