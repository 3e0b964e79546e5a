/** Differences in effective permissions, against IAM's own way of deciding a request. */
import fc from "fast-check";
import { today } from "../../contracts/days.ts";
import type { Exemption } from "../../contracts/exemption.ts";
import { wildcardMatcher } from "../../policies/data/iam.ts";
import { toPolicy } from "../../policies/framework/adapter.ts";
import { analyze, analyzeStack, type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import { diffRights, type Rights, type RightsStatement, rightsText } from "../../policies/privileges/index.ts";
import { LATER, readRights } from "../../policies/privileges/rights.ts";
import { stackOf } from "../../policies/privileges/state.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { packConfig } from "../../policies/settings.ts";

const URN = "urn:pulumi:test::shop::aws:iam/role:Role::task";
const identity = (...statements: Partial<RightsStatement>[]): Rights[] => [
  { urn: URN, kind: "identity", statements: statements.map(statement), unread: [] },
];
const statement = (of: Partial<RightsStatement>): RightsStatement => ({
  effect: "Allow",
  actions: ["s3:GetObject"],
  notActions: [],
  resources: of.notResources ? [] : ["arn:aws:s3:::a/*"],
  notResources: [],
  principals: [],
  conditions: [],
  ...of,
});
const told = (before: Rights[], after: Rights[]) =>
  diffRights(before, after).flatMap(({ added, removed }) => [
    ...added.map(({ action, on }) => `+ ${action} ${on}`),
    ...removed.map(({ action, on }) => `- ${action} ${on}`),
  ]);

describe("a right is what may be done, however it is written", () => {
  const get = { actions: ["s3:GetObject"] };
  const put = { actions: ["s3:PutObject"] };
  test.each<[string, Rights[], Rights[], string[]]>([
    ["the same", identity(get), identity(get), []],
    ["two statements made one", identity(get, put), identity({ actions: ["s3:GetObject", "s3:PutObject"] }), []],
    ["one more", identity(get), identity(get, put), ["+ s3:PutObject arn:aws:s3:::a/*"]],
    ["one less", identity(get, put), identity(put), ["- s3:GetObject arn:aws:s3:::a/*"]],
    [
      "a narrower resource",
      identity(get),
      identity({ ...get, resources: ["arn:aws:s3:::a/b/*"] }),
      ["- s3:GetObject arn:aws:s3:::a/*"],
    ],
    [
      "a condition gone",
      identity({ ...get, conditions: ["Bool aws:securetransport true"] }),
      identity(get),
      ["+ s3:GetObject arn:aws:s3:::a/*"],
    ],
    [
      "a condition more",
      identity(get),
      identity({ ...get, conditions: ["Bool aws:securetransport true"] }),
      ["- s3:GetObject arn:aws:s3:::a/*"],
    ],
    [
      "a Deny gone",
      identity(get, { effect: "Deny", resources: ["arn:aws:s3:::a/secret/*"] }),
      identity(get),
      ["+ s3:GetObject arn:aws:s3:::a/secret/*"],
    ],
    [
      "what is allowed is denied anyway",
      identity({ effect: "Deny", actions: ["s3:*"], resources: ["*"] }),
      identity({ effect: "Deny", actions: ["s3:*"], resources: ["*"] }, get),
      [],
    ],
    [
      "a wildcard that says no more than was said",
      identity({
        actions: ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot"],
      }),
      identity({ actions: ["sts:AssumeRo*"] }),
      [],
    ],
    [
      "a boundary gone",
      [{ ...identity(get)[0]!, boundary: [statement({ ...get, resources: ["arn:aws:s3:::a/b/*"] })] }],
      identity(get),
      ["+ s3:GetObject arn:aws:s3:::a/*"],
    ],
  ])("%s", (_, before, after, expected) => expect(told(before, after)).toEqual(expected));

  test("an action that is newer than the data is told of", () =>
    expect(told([], identity({ actions: ["s3:BrandNewThing"] }))).toEqual(["+ s3:BrandNewThing arn:aws:s3:::a/*"]));

  test("somebody new who may become a role", () => {
    const trust = (...principals: string[]): Rights[] => [
      {
        urn: URN,
        kind: "trust",
        unread: [],
        statements: [statement({ actions: ["sts:AssumeRole"], resources: [], principals })],
      },
    ];
    expect(
      diffRights(
        trust("Service ecs-tasks.amazonaws.com"),
        trust("AWS 222222222222", "Service ecs-tasks.amazonaws.com"),
      ),
    ).toMatchObject([{ added: [{ action: "sts:AssumeRole", who: "AWS 222222222222" }], removed: [] }]);
  });

  test("what is not known could be the right that seems to be missing, so nothing is said of it", () => {
    const [known] = identity(get, put);
    const later: Rights[] = [{ ...identity(get)[0]!, unread: ["policy of task"] }];
    expect(diffRights([known!], later)).toMatchObject([{ removed: [], undecided: ["policy of task"] }]);
    expect(diffRights(later, [known!])).toMatchObject([{ added: [], undecided: ["policy of task"] }]);
    expect(rightsText(diffRights([known!], later))).toBe("1 holder known only when deployed");
  });
});

describe("against the way IAM decides", () => {
  const ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
  const names = ["a", "b", "ab", "ba", "aab", "abb"];
  const REQUESTS = ACTIONS.flatMap((action) => names.map((name) => ({ action, on: `arn:aws:s3:::x/${name}` })));
  const pattern = fc.constantFrom("a", "b", "*", "a*", "*b", "a?", "*a*", "ab*").map((one) => `arn:aws:s3:::x/${one}`);
  const one = fc
    .record({
      effect: fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const),
      actions: fc.subarray([...ACTIONS, "s3:*Object"], { minLength: 1, maxLength: 2 }),
      resources: fc.array(pattern, { minLength: 1, maxLength: 2 }),
      not: fc.integer({ min: 0, max: 39 }),
    })
    .map(({ not, resources, actions, effect }) =>
      statement({
        effect,
        ...(not === 0 ? { notActions: actions, actions: [] } : { actions }),
        ...(not === 1 ? { notResources: resources, resources: [] } : { resources }),
      }),
    );
  const documents = fc.array(one, { maxLength: 4 });
  const holder = fc.record({ statements: documents, boundary: fc.option(documents, { freq: 4, nil: undefined }) });
  type Holder = { statements: RightsStatement[]; boundary: RightsStatement[] | undefined };
  type Request = (typeof REQUESTS)[number];
  const any = (patterns: readonly string[], text: string) => patterns.some((one) => wildcardMatcher(one)(text));
  const about = (s: RightsStatement, { action, on }: Request) =>
    (s.notActions.length > 0 ? !any(s.notActions, action) : any(s.actions, action)) &&
    (s.notResources.length > 0 ? !any(s.notResources, on) : any(s.resources, on));
  const decide = (all: readonly RightsStatement[], request: Request) =>
    all.some((s) => s.effect === "Allow" && about(s, request)) &&
    !all.some((s) => s.effect === "Deny" && about(s, request));
  const may = ({ statements, boundary }: Holder, request: Request) =>
    decide(statements, request) && (boundary === undefined || decide(boundary, request));
  const rights = ({ statements, boundary }: Holder): Rights[] => [
    { urn: URN, kind: "identity", unread: [], statements, ...(boundary ? { boundary } : {}) },
  ];
  const RUNS = Number(process.env.RIGHTS_RUNS ?? 25);

  test("no request that is newly allowed is missing from what is told", () =>
    fc.assert(
      fc.property(holder, holder, (before, after) => {
        const [change] = diffRights(rights(before), rights(after));
        for (const request of REQUESTS.filter((r) => may(after, r) && !may(before, r))) {
          const { action, on } = request;
          const named = change?.added.some(
            (right) => right.action === action && (right.on.startsWith("all but ") || any([right.on], on)),
          );
          expect({ request, named }).toEqual({ request, named: true });
        }
      }),
      { numRuns: RUNS },
    ));

  test("whatever a value turns out to be, what is told as sure is so, and no right comes that is not told as possible", () =>
    fc.assert(
      fc.property(
        holder,
        holder,
        fc.subarray(ACTIONS, { minLength: 1 }),
        fc.constantFrom(...names),
        (before, rest, actions, name) => {
          const on = `arn:aws:s3:::x/${name}`;
          const later = statement({ actions, resources: [LATER], later: "policy of task" });
          const preview = { ...rest, statements: [...rest.statements, later] };
          const deployed = { ...rest, statements: [...rest.statements, statement({ actions, resources: [on] })] };
          const { added = [], possible = [] } = diffRights(rights(before), rights(preview))[0] ?? {};
          for (const request of REQUESTS.filter((r) => may(deployed, r) && !may(before, r))) {
            const told = [...added, ...possible].some(
              (right) =>
                right.action === request.action &&
                (right.on === LATER || right.on.startsWith("all but ") || any([right.on], request.on)),
            );
            expect({ request, told }).toEqual({ request, told: true });
          }
          for (const { action } of added.filter((right) => right.on === LATER)) {
            expect({ action, gained: may(deployed, { action, on }) && !may(before, { action, on }) }).toEqual({
              action,
              gained: true,
            });
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 2) },
    ));

  test("a document is no different from itself, whatever the order of its statements", () =>
    fc.assert(
      fc.property(holder, (one) => {
        const turned = { statements: one.statements.toReversed(), boundary: one.boundary };
        const [change] = diffRights(rights(one), rights(turned));
        expect(change).toBeUndefined();
      }),
      { numRuns: RUNS },
    ));
});

describe("rights to give rights", () => {
  const ROLE: HarnessResource = {
    type: "aws:iam/role:Role",
    name: "task",
    urn: URN,
    inputs: { name: "task-1", assumeRolePolicy: trust("Service", "ecs-tasks.amazonaws.com") },
  };
  function trust(kind: string, who: string): string {
    const statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { [kind]: who } };
    return JSON.stringify({ Statement: [statement] });
  }
  const policy = (text: unknown): HarnessResource => ({
    type: "aws:iam/rolePolicy:RolePolicy",
    name: "task-policy",
    inputs: { role: "task-1", policy: text },
  });
  const allowing = (...Action: string[]) =>
    policy(JSON.stringify({ Statement: [{ Effect: "Allow", Action, Resource: "arn:aws:iam::1:role/x" }] }));
  const rule = toPolicy({
    ...leastPrivilege,
    rules: [],
    stackRules: (leastPrivilege.stackRules ?? []).filter(({ id }) => id === "iam-privilege-growth"),
  });
  const rightsOf = (...resources: HarnessResource[]) =>
    readRights(
      stackOf(resources.map((one) => ({ urn: one.urn ?? `urn::${one.name}`, type: one.type, inputs: one.inputs }))),
    );
  const found = async (
    before: HarnessResource[] | undefined,
    after: HarnessResource[],
    exemptions: Exemption[] = [],
  ) => {
    const config = packConfig({ ...(before ? { rightsBefore: rightsOf(...before) } : {}), exemptions });
    const settings = { [rule.name]: config[rule.name]! };
    // As in a deployment, where each resource is judged before the stack is.
    const all = [...(await analyze([rule], after, settings)), ...(await analyzeStack([rule], after, settings))];
    return all.map(({ policy: name, level, message }) => `${name} ${level} ${message.split("\n")[0]}`);
  };

  test("may not grow unapproved, by a document or by a trust", async () => {
    const was = [ROLE, allowing("iam:GetRole", "sqs:SendMessage")];
    expect(await found(was, was)).toEqual([]);
    expect(await found(was, [ROLE, allowing("iam:GetRole", "sqs:SendMessage", "sqs:ReceiveMessage")])).toEqual([]);
    expect(await found(undefined, [ROLE, allowing("iam:PassRole")])).toEqual([]);
    expect(await found(was, [ROLE, allowing("iam:GetRole", "iam:PassRole")])).toEqual([
      expect.stringMatching(
        /^iam-privilege-growth mandatory .*"task" may do more that gives rights: iam:PassRole .*role\/x/,
      ),
    ]);
    const opened = { ...ROLE, inputs: { ...ROLE.inputs, assumeRolePolicy: trust("AWS", "arn:aws:iam::2:role/other") } };
    expect(await found(was, [opened, was[1]!])).toEqual([
      expect.stringMatching(/^iam-privilege-growth mandatory .*more may become "task": AWS arn:aws:iam::2:role\/other/),
    ]);
    const another = { ...ROLE, inputs: { ...ROLE.inputs, assumeRolePolicy: trust("Service", "lambda.amazonaws.com") } };
    expect(await found(was, [another, was[1]!])).toEqual([]);
  });

  test("wait for what is not known yet", async () =>
    expect(await found([ROLE], [ROLE, policy(UNKNOWN)])).toEqual([expect.stringMatching(/^undetermined advisory/)]));

  describe("that a component states, at the first preview of what it makes", () => {
    const AT = "urn:pulumi:test::shop::acme:jobs:Worker";
    const ROLE_ARN = "arn:aws:iam::1:role/made";
    interface Stated {
      readonly actions?: string[];
      readonly on?: unknown;
      readonly who?: object;
    }
    /** A component with a role: with `known` false, as a preview has it before anything of it is there. */
    const worker = (known: boolean, { actions = ["iam:PassRole"], on, who }: Stated = {}): HarnessResource[] => {
      const resource = on ?? (known ? ROLE_ARN : UNKNOWN);
      const trusted = {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: who ?? { Service: "ecs-tasks.amazonaws.com" },
      };
      const grants = [{ id: "Start", actions, resources: [resource] }];
      const text = (statement: object) => (known ? JSON.stringify({ Statement: [statement] }) : UNKNOWN);
      const child = { parent: `${AT}::jobs` };
      const role = `${AT}$aws:iam/role:Role::jobs`;
      const named = known ? { name: "jobs-1" } : {};
      return [
        {
          type: "acme:jobs:Worker",
          name: "jobs",
          urn: `${AT}::jobs`,
          inputs: { roles: { jobs: { trust: [trusted], grants } } },
        },
        {
          ...child,
          type: "aws:iam/role:Role",
          name: "jobs",
          urn: role,
          inputs: { ...named, assumeRolePolicy: text(trusted) },
        },
        {
          ...{ ...child, type: "aws:iam/rolePolicy:RolePolicy", name: "jobs" },
          inputs: {
            role: known ? "jobs-1" : UNKNOWN,
            policy: text({ Effect: "Allow", Action: actions, Resource: resource }),
          },
          propertyDependencies: { role: [role] },
        },
      ];
    };
    const GROWTH = /^iam-privilege-growth mandatory .*"jobs" may do more that gives rights: iam:PassRole/;

    test.each([true, false])("grow as well when documents are known: %s", async (known) => {
      expect(await found([ROLE], [ROLE, ...worker(known)])).toEqual([expect.stringMatching(GROWTH)]);
      // What it is to be on does not matter to the rule where no action gives rights.
      expect(await found([ROLE], [ROLE, ...worker(known, { actions: ["sqs:SendMessage"] })])).toEqual([]);
      const somebody = worker(known, { actions: ["sqs:SendMessage"], who: { AWS: known ? "222222222222" : UNKNOWN } });
      expect(await found([ROLE], [ROLE, ...somebody])).toEqual([
        expect.stringMatching(/^iam-privilege-growth mandatory .*more may become "jobs": AWS /),
      ]);
    });

    test("are waited for where the role has the right on something already, which it may turn out to be", async () => {
      expect(await found(worker(true), worker(false))).toEqual([expect.stringMatching(/^undetermined advisory/)]);
      const harmless = { actions: ["sqs:SendMessage"] };
      expect(await found(worker(true, harmless), worker(false, harmless))).toEqual([]);
      expect(await found(worker(true, { on: "*" }), worker(false))).toEqual([]);
      expect(await found(worker(true), worker(false, { on: ROLE_ARN }))).toEqual([]);
      expect(await found(worker(true), worker(false, { on: "*" }))).toEqual([expect.stringMatching(GROWTH)]);
    });
  });

  test("stop nothing once somebody has agreed to them", async () => {
    const agreed: Exemption = {
      ...{ rule: "iam-privilege-growth", urn: URN, reason: "starts the tasks of the new queue", owner: "web" },
      ...{ approver: "platform", ticket: "OPS-7", expires: today() },
    };
    expect(await found([ROLE], [ROLE, allowing("iam:PassRole")], [agreed])).toEqual([
      expect.stringMatching(/^iam-privilege-growth advisory/),
    ]);
    // Deployed, and the approval has not ended: the next change must not be stopped by it.
    const deployed = [ROLE, allowing("iam:PassRole")];
    expect(await found(deployed, deployed, [agreed])).toEqual([]);
  });
});
