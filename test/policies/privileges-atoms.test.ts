/** What one statement says of what another allows: all of it, some of it, and what they have in common. */
import { iamAction } from "../../policies/data/iam.ts";
import { type Atom, atomsOf, common, covers, isOpen, mayMeet } from "../../policies/privileges/atoms.ts";
import { diffRights } from "../../policies/privileges/diff.ts";
import { LATER, type Rights, type RightsStatement } from "../../policies/privileges/rights.ts";

const GET = iamAction("s3:GetObject")!;
/** It accepts only the resource `*`. */
const LIST = iamAction("s3:ListAllMyBuckets")!;
const A = "arn:aws:s3:::a/*";
const statement = (of: Partial<RightsStatement> = {}): RightsStatement => ({
  ...{ effect: "Allow", actions: ["s3:GetObject", "s3:ListAllMyBuckets"], notActions: [] },
  ...{ resources: of.notResources || of.principals ? [] : [A], notResources: [], principals: [], conditions: [] },
  ...of,
});
const atom = (of: Partial<Atom> = {}): Atom => ({ on: A, who: "", conditions: [], ...of });
const role = (name: string) => `AWS arn:aws:iam::1:role/${name}`;

test("a statement says each of its resources of each of its principals", () => {
  expect(atomsOf(statement({ resources: ["a", "b"], conditions: ["c"] }))).toEqual([
    { on: "a", who: "", conditions: ["c"] },
    { on: "b", who: "", conditions: ["c"] },
  ]);
  expect(atomsOf(statement({ notResources: ["a", "b"] }))).toEqual([atom({ on: "all but a, b" })]);
  // Who may become a role is said of no resource; of an identity's rights nothing is known yet then.
  expect(atomsOf(statement({ principals: ["*", role("x")] })).map(({ on, who }) => [on, who])).toEqual([
    ["", "*"],
    ["", role("x")],
  ]);
  expect(atomsOf(statement({ resources: ["a"], principals: ["*"] })).map(({ on }) => on)).toEqual(["a"]);
  expect(atomsOf(statement({ resources: [] }))).toEqual([]);
});

test("it is open while what it is on, who it is about or when it holds is not known", () => {
  expect(isOpen(atom())).toBe(false);
  for (const open of [{ on: LATER }, { who: `AWS ${LATER}` }, { conditions: ["a", `StringEquals b ${LATER}`] }])
    expect(isOpen(atom(open))).toBe(true);
});

describe("a resource", () => {
  test.each<[Partial<RightsStatement>, string, boolean, boolean]>([
    [{ resources: [A] }, A, true, true],
    [{ resources: ["arn:aws:s3:::*"] }, A, true, true],
    [{ resources: ["arn:aws:s3:::b/*", A] }, A, true, true],
    [{ resources: ["arn:aws:s3:::a/b/*"] }, A, false, true],
    [{ resources: ["arn:aws:s3:::b/*"] }, A, false, false],
    [{ resources: [A] }, "*", false, false],
    [{ resources: ["*"] }, "*", true, true],
    [{ resources: ["*"] }, `all but ${A}`, true, true],
    [{ resources: [A] }, `all but ${A}`, false, false],
    [{ resources: [A] }, "all but arn:aws:s3:::b/*", false, true],
    [{ resources: ["arn:aws:s3:::a*"] }, `all but ${A}`, false, true],
    [{ notResources: [A] }, A, false, false],
    [{ notResources: ["arn:aws:s3:::b/*"] }, A, true, true],
    [{ notResources: ["arn:aws:s3:::b/*", "arn:aws:s3:::a/secret"] }, A, false, true],
    [{ notResources: ["arn:aws:s3:::b/*", "arn:aws:s3:::*"] }, A, false, false],
    [{ notResources: [A] }, `all but ${A}`, true, true],
    [{ notResources: [A] }, "all but arn:aws:s3:::b/*", false, true],
    [{ notResources: [A] }, "*", false, true],
    [{ resources: [LATER] }, A, false, true],
    [{ resources: [A] }, LATER, false, true],
    [{ resources: [LATER] }, LATER, false, true],
    [{ resources: ["*"] }, LATER, true, true],
    [{ resources: [LATER] }, "*", false, false],
    [{ notResources: [A] }, LATER, false, true],
    [{ resources: [] }, A, false, false],
  ])("%j: all of %s %s, some of it %s", (of, on, all, some) => {
    const one = statement({ ...(of.notResources ? { resources: [] } : {}), ...of });
    expect([covers(one, GET, atom({ on })), mayMeet(one, GET, atom({ on }))]).toEqual([all, some]);
  });

  test("is any for an action that is limited to none, in the documents of whoever has it", () => {
    expect(covers(statement(), LIST, atom({ on: "*" }))).toBe(true);
    expect(mayMeet(statement(), LIST, atom({ on: "*" }))).toBe(true);
    expect(covers(statement({ resources: [] }), LIST, atom({ on: "*" }))).toBe(false);
    expect(mayMeet(statement({ resources: [] }), LIST, atom({ on: "*" }))).toBe(false);
    const ofBucket = statement({ resources: ["arn:aws:s3:::b"], principals: ["*"] });
    expect(covers(ofBucket, LIST, atom({ who: "*" }))).toBe(false);
    expect(mayMeet(ofBucket, LIST, atom({ who: "*" }))).toBe(false);
  });
});

describe("a principal", () => {
  test.each([
    ["*", role("x"), true, true],
    ["*", "Service s3.amazonaws.com", true, true],
    ["AWS *", role("x"), true, true],
    ["AWS *", "Service s3.amazonaws.com", false, false],
    [role("x"), role("x"), true, true],
    [role("x"), role("y"), false, false],
    [role("x"), "*", false, true],
    [role("x"), "AWS *", false, true],
    ["Service x", "AWS *", false, false],
    ["everybody else", role("x"), false, false],
    ["everybody else", `AWS ${LATER}`, false, true],
    [`AWS ${LATER}`, "everybody else", false, true],
    [`AWS ${LATER}`, role("x"), false, true],
    [`AWS ${LATER}`, `AWS ${LATER}`, false, true],
    [`AWS ${LATER}`, "Service s3.amazonaws.com", false, false],
    [`Service ${LATER}`, "*", false, true],
    [role("x"), `AWS ${LATER}`, false, true],
    ["*", `AWS ${LATER}`, true, true],
  ])("%s: all of %s %s, some of it %s", (principal, who, all, some) => {
    const one = statement({ principals: ["Federated x", principal] });
    expect([covers(one, GET, atom({ on: "", who })), mayMeet(one, GET, atom({ on: "", who }))]).toEqual([all, some]);
  });
});

test("a statement says nothing of other actions, nor where its conditions need not hold", () => {
  const put = statement({ actions: ["s3:PutObject"] });
  expect([covers(put, GET, atom()), mayMeet(put, GET, atom())]).toEqual([false, false]);
  const [tls, mfa] = ["Bool aws:securetransport true", "Bool aws:multifactorauthpresent true"];
  const under = (...conditions: string[]) => statement({ conditions });
  expect(covers(under(), GET, atom({ conditions: [tls] }))).toBe(true);
  expect(covers(under(tls), GET, atom({ conditions: [mfa, tls] }))).toBe(true);
  expect(covers(under(tls), GET, atom({ conditions: [mfa] }))).toBe(false);
  expect(covers(under(tls, mfa), GET, atom({ conditions: [mfa] }))).toBe(false);
  const later = `StringEquals aws:sourceaccount ${LATER}`;
  expect(covers(under(later), GET, atom({ conditions: [later] }))).toBe(false);
  expect(mayMeet(under(tls), GET, atom())).toBe(true);
});

test.each<[string, Partial<Atom>, Partial<Atom>, Partial<Atom> | undefined]>([
  ["the narrower resource", { on: "*" }, { on: A }, { on: A }],
  ["the narrower resource, the other way round", { on: A }, { on: "*" }, { on: A }],
  ["nothing of two that do not meet", { on: A }, { on: "arn:aws:s3:::b/*" }, undefined],
  [
    "the second of two that meet in part",
    { on: "arn:aws:s3:::a*" },
    { on: "arn:aws:s3:::*b" },
    { on: "arn:aws:s3:::*b" },
  ],
  ["what is not known yet", { on: LATER }, { on: A }, { on: LATER }],
  ["the narrower principal", { who: "*" }, { who: role("x") }, { who: role("x") }],
  ["the narrower principal, the other way round", { who: role("x") }, { who: "AWS *" }, { who: role("x") }],
  ["nothing of two principals", { who: role("x") }, { who: role("y") }, undefined],
  ["the first one's conditions", { conditions: ["a"] }, { conditions: ["b"] }, { conditions: ["a"] }],
])("two have in common %s", (_, one, other, expected) => {
  expect(common(atom(one), atom(other))).toEqual(expected ? [atom(expected)] : []);
});

describe("a change of a holder", () => {
  const rights = (...statements: RightsStatement[]): Rights[] => [
    { urn: "urn:a", kind: "resource", statements, unread: [] },
  ];
  const told = (before: Rights[], after: Rights[]) =>
    diffRights(before, after).flatMap(({ added, removed, possible }) => [
      ...added.map(({ action, on, who }) => `+ ${action} ${on} ${who ?? ""}`.trim()),
      ...removed.map(({ action, on, who }) => `- ${action} ${on} ${who ?? ""}`.trim()),
      ...possible.map(({ action, on, where }) => `? ${action} ${on} ${where}`),
    ]);
  const get = (of: Partial<RightsStatement> = {}) => statement({ actions: ["s3:GetObject"], resources: [A], ...of });

  test("is told of principals, where one more is let in or fewer are", () => {
    const [one, all] = [get({ principals: [role("x")] }), get({ principals: ["*"] })];
    expect(told(rights(one), rights(all))).toEqual([`+ s3:GetObject ${A} *`]);
    expect(told(rights(all), rights(one))).toEqual([`- s3:GetObject ${A} *`]);
    expect(told(rights(one), rights(one, get({ principals: ["Service a"] })))).toEqual([
      `+ s3:GetObject ${A} Service a`,
    ]);
  });

  test("is possible where it hangs on a value, sure where it does not", () => {
    const later = (of: Partial<RightsStatement>) => get({ resources: [LATER], later: "policy of task", ...of });
    expect(told(rights(), rights(later({})))).toEqual([`+ s3:GetObject ${LATER}`]);
    expect(told(rights(get()), rights(get(), later({})))).toEqual([`? s3:GetObject ${LATER} policy of task`]);
    const denied = get({ effect: "Deny" });
    expect(told(rights(denied), rights(denied, later({})))).toEqual([`? s3:GetObject ${LATER} policy of task`]);
    // What was known and is not any more may be the same.
    expect(told(rights(get()), rights(later({})))).toContain(`? s3:GetObject ${LATER} policy of task`);
    expect(told(rights(later({})), rights(get()))).toContain(`? s3:GetObject ${A} policy of task`);
  });

  test("within a boundary is what both allow, under the conditions of both", () => {
    const bounded = (statements: RightsStatement[], boundary: RightsStatement[]): Rights[] => [
      { urn: "urn:a", kind: "identity", statements, boundary, unread: [] },
    ];
    const narrow = get({ resources: ["arn:aws:s3:::a/b/*"] });
    expect(told([], bounded([get()], [narrow]))).toEqual(["+ s3:GetObject arn:aws:s3:::a/b/*"]);
    expect(told([], bounded([get()], []))).toEqual([]);
    expect(told([], bounded([get()], [get(), get({ effect: "Deny" })]))).toEqual([]);
    expect(told(bounded([get()], [narrow]), bounded([get()], [get()]))).toEqual([`+ s3:GetObject ${A}`]);
    const under = (condition: string, of: Partial<RightsStatement> = {}) => get({ conditions: [condition], ...of });
    const [change] = diffRights([], bounded([under("b")], [under("a"), get({ actions: ["s3:PutObject"] })]));
    expect(change!.added.map(({ conditions }) => conditions)).toEqual([["a", "b"]]);
  });

  test("is none of the order of statements and denials, and is told in order", () => {
    const [a, b] = [get(), get({ effect: "Deny", resources: ["arn:aws:s3:::a/secret"] })];
    expect(told(rights(a, b), rights(b, a))).toEqual([]);
    const many = statement({ actions: ["sqs:SendMessage", "s3:GetObject"], resources: ["arn:b", "arn:a"] });
    expect(told([], rights(many))).toEqual([
      ...["+ s3:GetObject arn:a", "+ s3:GetObject arn:b", "+ sqs:SendMessage arn:a", "+ sqs:SendMessage arn:b"],
    ]);
  });

  test("of what is not in AWS's data is one and the same, in any case", () => {
    const brandNew = (name: string) => rights(get({ actions: [name] }));
    expect(told(brandNew("s3:BrandNew"), brandNew("S3:brandnew"))).toEqual([]);
    expect(told([], brandNew("s3:Newest"))).toEqual([`+ s3:Newest ${A}`]);
    expect(told(brandNew("s3:Newer"), rights(get({ actions: ["s3:Newer"], resources: ["arn:b"] })))).toEqual([
      "+ s3:Newer arn:b",
      `- s3:Newer ${A}`,
    ]);
  });

  test("of several holders is told of each, by name", () => {
    const of = (urn: string): Rights => ({ urn, kind: "identity", statements: [get()], unread: [] });
    expect(diffRights([of("urn:c")], [of("urn:b"), of("urn:a"), of("urn:c")]).map(({ urn }) => urn)).toEqual([
      ...["urn:a", "urn:b"],
    ]);
  });
});
