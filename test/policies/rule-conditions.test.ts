/** What rules are made of: conditions on settings, on what they hold, and on a second resource. */
import { toPolicy } from "../../policies/framework/adapter.ts";
import { companionRule } from "../../policies/framework/companion-rule.ts";
import {
  allOf,
  anyOf,
  atLeast,
  atLeastItems,
  between,
  type Check,
  each,
  given,
  isTrue,
  noneOf,
  notGiven,
  oneOf,
  onlyIf,
  parsed,
  setting,
} from "../../policies/framework/condition.ts";
import { Property } from "../../policies/framework/property.ts";
import { Report } from "../../policies/framework/rule.ts";
import { analyzeStack, UNKNOWN } from "../../policies/harness/index.ts";

const BUCKET = "aws:s3/bucket:Bucket";

describe("conditions", () => {
  const LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const said = (check: Check, inputs: Readonly<Record<string, unknown>>): string[] => {
    const report = new Report();
    check(new Property("", inputs), report);
    return [...report.failures, ...report.blocking.map((path) => `waits for ${path}`)];
  };

  test("say what a setting is not, where it is, and what it has to be where it is not set", () => {
    const sizes = setting("disks[].size", between(1, 8));
    expect(said(sizes, { disks: [{ size: 1 }, { size: 8 }, { size: "4" }] })).toEqual([]);
    expect(said(sizes, { disks: [{ size: 0 }, { size: 9 }, { size: "many" }, {}, { size: LATER }] })).toEqual([
      ...["disks[0].size is not 1 to 8", "disks[1].size is not 1 to 8", "disks[2].size is not 1 to 8"],
      ...["disks[3].size is not set; it has to be 1 to 8", "waits for disks[4].size"],
    ]);
    expect(said(setting("size", atLeast(2)), { size: 1 })).toEqual(["size is not at least 2"]);
    expect(said(setting("mode", oneOf(["on"])), { mode: "off" })).toEqual(["mode is not on"]);
    expect(said(setting("mode", oneOf(["on", "auto"])), { mode: "off" })).toEqual(["mode is not one of on, auto"]);
    expect(said(setting("ids[]", noneOf(["*"])), { ids: ["a", "*"] })).toEqual(["ids[1] is *"]);
  });

  test("something is given when there is anything in it", () => {
    const name = setting("name", given);
    for (const value of ["a", 0, false, ["a"], { a: 1 }])
      expect({ value, said: said(name, { name: value }) }).toEqual({ value, said: [] });
    for (const value of ["", [], {}]) expect(said(name, { name: value })).toEqual(["name is not set"]);
    for (const value of ["", []]) expect(said(setting("name", notGiven), { name: value })).toEqual([]);
    for (const value of ["a", ["a"], 0]) expect(said(setting("name", notGiven), { name: value })).toHaveLength(1);
  });

  test("of which one has to hold fail together, and wait only for what may still make one hold", () => {
    const either = anyOf(setting("a", isTrue()), setting("b", isTrue()), setting("c", isTrue()));
    expect(said(either, { a: false, b: true, c: LATER })).toEqual([]);
    expect(said(either, { a: false, b: LATER, c: false })).toEqual(["waits for b"]);
    // Who reads it is told what to do, and not to make a replica of the database.
    expect(said(either, { a: false, b: false })).toEqual(["a is not true, unless b is true or c is true"]);
    const list = anyOf(atLeastItems("zones", 2), atLeastItems("subnets", 2), setting("ids[]", given));
    expect(said(list, {})).toEqual(["zones names fewer than 2, and subnets names fewer than 2, unless ids is set"]);
    // What fails whatever the unknown half of it will be is no hope.
    const both = anyOf(allOf(setting("a", isTrue()), setting("b", isTrue())), setting("c", isTrue()));
    expect(said(both, { a: false, b: LATER, c: LATER })).toEqual(["waits for c"]);
  });

  test("that matter only where another holds are not asked elsewhere", () => {
    const when = onlyIf(setting("public", isTrue()), setting("tls", isTrue()));
    expect(said(when, { public: false, tls: false })).toEqual([]);
    expect(said(when, { public: false, tls: LATER })).toEqual([]);
    expect(said(when, { public: true, tls: false })).toEqual(["tls is not true"]);
    expect(said(when, { public: true, tls: LATER })).toEqual(["waits for tls"]);
    expect(said(when, { public: LATER, tls: true })).toEqual([]);
    expect(said(when, { public: LATER, tls: false })).toEqual(["waits for public"]);
  });

  test("on what a text holds as JSON leave alone what is none, and wait for the text", () => {
    const inner = parsed("documents[].text", setting("mode", oneOf(["on"])));
    const text = (value: unknown) => ({ documents: [{ text: value }] });
    expect(said(inner, text('{"mode":"on"}'))).toEqual([]);
    expect(said(inner, text('{"mode":"off"}'))).toEqual(["documents[0].text.mode is not on"]);
    expect(said(inner, text(LATER))).toEqual(["waits for documents[0].text"]);
    for (const none of ["{", undefined]) expect(said(inner, text(none))).toEqual([]);
    expect(said(parsed("outer.text", setting("mode", oneOf(["on"]))), { outer: { text: "{}" } })).toEqual([
      "outer.text.mode is not set; it has to be on",
    ]);
  });

  test("on each element of a list are asked of what is known, and wait for the rest", () => {
    const each1 = each("outer.list", setting("on", isTrue()));
    expect(said(each1, { outer: { list: [{ on: true }, { on: false }, LATER] } })).toEqual([
      ...["outer.list[1].on is not true", "waits for outer.list[2]"],
    ]);
    expect(said(each1, { outer: { list: LATER } })).toEqual(["waits for outer.list"]);
    for (const none of [{}, { outer: {} }, { outer: { list: [] } }]) expect(said(each1, none)).toEqual([]);
    // The whole is an element too, as what a text holds may be.
    expect(said(each("", setting("on", isTrue())), { on: false })).toEqual(["on is not true"]);
  });

  test("on the length of a list count what is not known yet", () => {
    const two = atLeastItems("outer.list", 2);
    expect(said(two, { outer: { list: ["a", LATER] } })).toEqual([]);
    expect(said(two, { outer: { list: ["a"] } })).toEqual(["outer.list names fewer than 2"]);
    expect(said(two, { outer: { list: LATER } })).toEqual(["waits for outer.list"]);
    expect(said(two, {})).toEqual(["outer.list names fewer than 2"]);
  });

  test("on a second resource say what is wrong with the one that is there", async () => {
    const companion = companionRule({
      ...{
        id: "has-log",
        title: "Has a log",
        why: "why",
        severity: "low",
        remedy: "remedy",
        url: "https://example.com",
      },
      ...{ controls: {}, of: BUCKET, missing: "has no log" },
      companions: [{ type: "aws:test:Log", by: "bucket", check: setting("on", isTrue()) }],
    });
    const policy = toPolicy({
      ...{ name: "set", title: "Set", description: "A set.", rules: [], stackRules: [companion] },
      ...{ configProperties: {}, readConfig: () => undefined },
    });
    const judged = async (...logs: readonly Readonly<Record<string, unknown>>[]) => {
      const resources = logs.map((inputs, index) => ({ type: "aws:test:Log", name: `log-${index}`, inputs }));
      const bucket = { type: BUCKET, name: "main", inputs: { bucket: "main" } };
      const [finding] = await analyzeStack([policy], [bucket, ...resources]);
      return finding?.message.split("\n")[0];
    };
    expect(await judged({ bucket: "main", on: true })).toBeUndefined();
    expect(await judged({ bucket: "main", on: false }, { bucket: "main", on: true })).toBeUndefined();
    expect(await judged()).toBe("Has a log: has no log");
    expect(await judged({ bucket: "other", on: true })).toBe("Has a log: has no log");
    expect(await judged({ bucket: "main", on: false })).toBe("Has a log: has no log; in log-0, on is not true");
    expect(await judged({ bucket: "main", on: UNKNOWN })).toMatch(/^undetermined: on is not known/);
    expect(await judged({ bucket: UNKNOWN, on: true })).toMatch(/^undetermined: bucket is not known/);
  });
});
