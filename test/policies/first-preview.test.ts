/** What is judged while documents, or parts of them, are not known yet. */
import { toPolicy } from "../../policies/framework/adapter.ts";
import { UNDETERMINED } from "../../policies/framework/findings.ts";
import { analyze, type HarnessResource, UNKNOWN } from "../../policies/harness/index.ts";
import { leastPrivilege } from "../../policies/rules/least-privilege/index.ts";
import { documentText, judge, OWN, rules, TYPES } from "./support/documents.ts";

const grants = (...list: unknown[]): HarnessResource => ({ type: TYPES.service, inputs: { args: { grants: list } } });

describe("grants of components", () => {
  const read = { id: "Read", actions: ["s3:GetObject"], resources: [UNKNOWN] };

  test("are judged at the first preview, when their document is not known", async () => {
    expect(await judge(grants(read))).toEqual([]);
    const wide = { id: "Write", actions: ["dynamodb:PutItem"], resources: [UNKNOWN, "*"] };
    const findings = await judge(grants(read, wide));
    expect(rules(findings)).toEqual(["iam-wildcard-resource"]);
    expect(findings[0]!.message).toContain("args.grants, statement Write");
    expect(rules(await judge(grants({ ...read, actions: ["s3:*"] })))).toEqual(["iam-wildcard-action"]);
  });

  test("are grants by their form, not by their name", async () => {
    const acl = {
      type: "causeway:data:Bucket",
      inputs: { grants: [{ id: "x", permissions: ["READ"], type: "Group" }] },
    };
    expect(await judge(acl)).toEqual([]);
  });
});

describe("documents that a component states", () => {
  const COMPONENT = "urn:pulumi:test::harness::acme:jobs:Worker::jobs";
  const read = { id: "Read", actions: ["s3:GetObject"], resources: ["arn:aws:s3:::data/*"] };
  const lambda = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const component = (roles: unknown): HarnessResource => ({
    type: "acme:jobs:Worker",
    name: "jobs",
    urn: COMPONENT,
    inputs: { roles },
  });
  const child = (type: string, name: string, inputs: Readonly<Record<string, unknown>>): HarnessResource => ({
    ...{ type, name, inputs, parent: COMPONENT, provider: OWN },
    urn: `urn:pulumi:test::harness::acme:jobs:Worker$${type}::${name}`,
  });
  const policy = (name: string, document: unknown = UNKNOWN) => child(TYPES.rolePolicy, name, { policy: document });
  const trust = (name: string) => child(TYPES.role, name, { assumeRolePolicy: UNKNOWN });

  /** What is said of the children. */
  async function said(roles: unknown, ...children: HarnessResource[]): Promise<string[]> {
    const findings = await analyze([toPolicy(leastPrivilege)], [component(roles), ...children]);
    return findings
      .filter(({ urn }) => urn !== COMPONENT)
      .map(({ policy: id, urn }) => `${id} ${urn.split("::").at(-1)}`)
      .sort();
  }
  const jobs = (more: Readonly<Record<string, unknown>>, trusted: readonly unknown[] = [lambda]) => ({
    jobs: { trust: trusted, grants: [{ ...read, ...more }] },
  });

  test("stand for what is not known, and only for that", async () => {
    expect(await said(jobs({}), policy("jobs"), trust("jobs"))).toEqual([]);
    expect(await said(jobs({ actions: ["s3:Get*"] }), policy("jobs"), trust("jobs"))).toEqual([
      "iam-wildcard-action jobs",
    ]);
    expect(await said(jobs({}, [{ ...lambda, Principal: "*" }]), policy("jobs"), trust("jobs"))).toEqual([
      "iam-any-principal jobs",
    ]);
    const known = documentText({ Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" });
    expect(await said(jobs({ actions: ["s3:Get*"] }), policy("jobs", known))).toEqual([]);
    const account = [{ ...lambda, Principal: { AWS: "222222222222" } }];
    expect(await said(jobs({}, account), trust("jobs"))).toEqual(["iam-trust-cross-account jobs"]);
  });

  test("are found by the name of the role, alone or with a dash and more", async () => {
    expect(await said(jobs({}), policy("jobs-network"))).toEqual([]);
    expect(await said(jobs({}), policy("jobsnetwork"))).toEqual([`${UNDETERMINED} jobsnetwork`]);
    expect(await said(jobs({}), policy("other"), trust("other"))).toEqual([
      `${UNDETERMINED} other`,
      `${UNDETERMINED} other`,
    ]);
    const two = { ...jobs({}), "jobs-write": { trust: [], grants: [{ ...read, actions: ["s3:Put*"] }] } };
    expect(await said(two, policy("jobs-write"), policy("jobs-read"))).toEqual(["iam-wildcard-action jobs-write"]);
  });

  test("are what has their form: anything else is waited for", async () => {
    const open = [`${UNDETERMINED} jobs`];
    for (const roles of [undefined, UNKNOWN, "jobs", {}, { jobs: {} }, { jobs: { trust: [lambda], grants: "all" } }]) {
      expect({ roles, found: await said(roles, policy("jobs")) }).toEqual({ roles, found: open });
    }
    for (const wrong of [{ id: 1 }, { actions: "s3:GetObject" }, { resources: "*" }]) {
      expect(await said({ jobs: { grants: [read, { ...read, ...wrong }] } }, policy("jobs"))).toEqual(open);
    }
    expect(await said({ jobs: { grants: [read] } }, trust("jobs"))).toEqual(open);
    expect(await said({ jobs: { trust: [lambda] } }, policy("jobs"))).toEqual(open);
  });

  test("keep their conditions, and name what is not there yet", async () => {
    const stop = { actions: ["ec2:StopInstances"], resources: ["*"] };
    expect(await said(jobs(stop), policy("jobs"))).toContain("iam-wildcard-resource jobs");
    const tagged = { ...stop, conditions: { StringEquals: { "aws:ResourceTag/owner": "jobs" } } };
    expect(await said(jobs(tagged), policy("jobs"))).toEqual([]);
    const group = { type: "aws:cloudwatch/logGroup:LogGroup", name: "jobs" };
    expect(await said(jobs({ actions: ["logs:PutLogEvents"], resources: [group, UNKNOWN] }), policy("jobs"))).toEqual(
      [],
    );
  });

  test("have the size that they will have about", async () => {
    const many = (count: number) => ({ resources: Array.from({ length: count }, () => UNKNOWN) });
    expect(await said(jobs(many(85)), policy("jobs"))).toEqual([]);
    expect(await said(jobs(many(120)), policy("jobs"))).toEqual(["iam-document-size jobs"]);
    const named = Array.from({ length: 120 }, (_, index) => ({ type: "aws:s3/bucket:Bucket", name: `b${index}` }));
    expect(await said(jobs({ resources: named }), policy("jobs"))).toEqual(["iam-document-size jobs"]);
    // White space is no part of it.
    const Sid = "x".repeat(2_100);
    expect(await said(jobs({}, [{ ...lambda, Sid }]), trust("jobs"))).toEqual(["iam-document-size jobs"]);
  });
});

describe("one unknown hides nothing", () => {
  test("of another document on the same resource", async () => {
    const findings = await judge({
      type: TYPES.role,
      provider: OWN,
      inputs: {
        assumeRolePolicy: documentText({ Action: "sts:AssumeRole", Principal: "*" }),
        inlinePolicies: [
          { policy: UNKNOWN },
          { policy: documentText({ Action: "s3:*", Resource: "arn:aws:s3:::data/*" }) },
        ],
      },
    });
    expect(rules(findings)).toEqual(["iam-any-principal", "iam-wildcard-action", UNDETERMINED].sort());
    expect(findings.find((f) => f.policy === UNDETERMINED)!.message).toContain("inlinePolicies[0].policy");
  });

  test("of a statement nothing is known of, and its neighbours are judged", async () => {
    const open = { Effect: "Allow", Action: "sqs:*", Resource: "arn:aws:sqs:eu-west-1:111111111111:jobs" };
    const findings = await judge({ type: TYPES.rolePolicy, inputs: { policy: { Statement: [UNKNOWN, open] } } });
    expect(rules(findings)).toEqual(["iam-wildcard-action", UNDETERMINED]);
    expect(findings.find((f) => f.policy === UNDETERMINED)!.message).toContain("policy.Statement[0] is not known");
    expect(rules(await judge({ type: TYPES.rolePolicy, inputs: { policy: { Statement: [UNKNOWN] } } }))).toEqual([
      UNDETERMINED,
    ]);
  });

  test("of another statement, where a document is given as an object", async () => {
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "s3:GetObject", Resource: UNKNOWN },
        { Effect: "Allow", Action: "sqs:*", Resource: "arn:aws:sqs:eu-west-1:111111111111:jobs" },
      ],
    };
    const findings = await judge({ type: TYPES.rolePolicy, inputs: { policy } });
    expect(rules(findings)).toEqual(["iam-wildcard-action", UNDETERMINED]);
    expect(findings.find((f) => f.policy === UNDETERMINED)!.message).toContain("policy.Statement[0].Resource");
  });
});
