import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mismatch, providerOf, type Search, searchFor } from "../../cli/settle/candidates.ts";
import { identificationOf, identifiedTypes } from "../../cli/settle/identification.ts";
import { settledLine, unsettledText } from "../../cli/settle/index.ts";
import type { Answer } from "../../cli/settle/questions.ts";
import type { StackExport, StateResource } from "../../engine/index.ts";

const PROVIDER = "urn:pulumi:dev::causeway::pulumi:providers:aws::aws";
const provider = { args: { region: "eu-west-1" }, region: "eu-west-1", account: "123456789012" };

function resource(type: string, inputs: Record<string, unknown>): StateResource {
  return { urn: `urn:pulumi:dev::causeway::${type}::thing`, type, custom: true, inputs, provider: `${PROVIDER}::1` };
}
const create = (type: string, inputs: Record<string, unknown>) =>
  searchFor({ type: "creating", resource: resource(type, inputs) }, provider);
const idsOf = (search: Search) => (search.kind === "read" ? search.ids : search.kind);
const answered = (search: Search, answer: Answer) => (search.kind === "ask" ? search.ids(answer) : search);

describe("the table", () => {
  test("knows every type that the components create, so that a killed `up` rarely needs a person", () => {
    const used = ["components", "stacks"].flatMap((folder) =>
      readdirSync(join(process.cwd(), folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) => [
          ...readFileSync(join(process.cwd(), folder, file), "utf8").matchAll(/new aws\.([a-z0-9A-Z]+)\.([A-Z]\w+)/g),
        ])
        .map(([, area, name]) => `${area}/${name}`),
    );
    expect(used.length).toBeGreaterThan(40);
    expect([...new Set(used)].filter((type) => !identifiedTypes.includes(type))).toEqual([]);
  });

  test("leaves what it does not know to a person, and never to a second create", () => {
    expect(identificationOf("aws:sqs/nobodyKnows:NobodyKnows").by).toBe("person");
    expect(identificationOf("kubernetes:core/v1:Secret").by).toBe("person");
    expect(identificationOf("random:index/randomId:RandomId").by).toBe("repeating");
    expect(identificationOf("causeway:network:Network", false).by).toBe("repeating");
  });
});

describe("ids that follow from the inputs", () => {
  test.each([
    ["aws:iam/role:Role", { name: "web-1a2b3c4" }, "web-1a2b3c4"],
    ["aws:iam/rolePolicy:RolePolicy", { role: "web", name: "logs" }, "web:logs"],
    ["aws:iam/policy:Policy", { name: "read" }, "arn:aws:iam::123456789012:policy/read"],
    ["aws:iam/policy:Policy", { name: "read", path: "/team/" }, "arn:aws:iam::123456789012:policy/team/read"],
    ["aws:budgets/budget:Budget", { name: "all" }, "123456789012:all"],
    ["aws:sns/topic:Topic", { name: "p0" }, "arn:aws:sns:eu-west-1:123456789012:p0"],
    [
      "aws:ecs/service:Service",
      { name: "hello", cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/main" },
      "arn:aws:ecs:eu-west-1:123456789012:service/main/hello",
    ],
    // 1080289494 is what Terraform's own tests have for 0.0.0.0/0.
    ["aws:ec2/route:Route", { routeTableId: "rtb-1", destinationCidrBlock: "0.0.0.0/0" }, "r-rtb-11080289494"],
  ])("%s %j → %s", (type, inputs, id) => {
    expect(create(type, inputs)).toEqual({ kind: "read", ids: [id], named: true });
  });

  test("are not guessed when an input, or the account, is not known", () => {
    expect(create("aws:iam/role:Role", {}).kind).toBe("person");
    const topic = resource("aws:sns/topic:Topic", { name: "p0" });
    expect(searchFor({ type: "creating", resource: topic }, { ...provider, account: undefined }).kind).toBe("person");
  });
});

describe("ids that AWS makes", () => {
  const inputs = { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24", tagsAll: { Name: "a", environment: "dev" } };

  test("are found by all tags of the create, in the resource's own region", () => {
    const search = create("aws:ec2/subnet:Subnet", inputs);
    expect(search).toMatchObject({
      kind: "ask",
      question: {
        args: {
          region: "eu-west-1",
          resourceTypeFilters: ["ec2:subnet"],
          tagFilters: [
            { key: "Name", values: ["a"] },
            { key: "environment", values: ["dev"] },
          ],
        },
      },
    });
    const arn = "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-1";
    const found = { result: { resourceTagMappingLists: [{ resourceArn: arn }] } };
    expect(idsOf(answered(search, found))).toEqual(["subnet-1"]);
  });

  test("a question that was refused is no answer: a person is asked", () => {
    const refused = answered(create("aws:ec2/subnet:Subnet", inputs), { error: "AccessDeniedException" });
    expect(refused).toMatchObject({ kind: "person", why: expect.stringContaining("AccessDeniedException") });
    const association = create("aws:ec2/routeTableAssociation:RouteTableAssociation", {
      subnetId: "subnet-1",
      routeTableId: "rtb-1",
    });
    expect(answered(association, { error: "AccessDenied" }).kind).toBe("person");
    expect(idsOf(answered(association, { error: "query returned no results" }))).toEqual([]);
  });

  test("without tags nothing is found, so a person is asked", () => {
    expect(create("aws:ec2/subnet:Subnet", { vpcId: "vpc-1" }).kind).toBe("person");
  });

  test("the association of a subnet with another table is not the one", () => {
    const search = create("aws:ec2/routeTableAssociation:RouteTableAssociation", {
      subnetId: "subnet-1",
      routeTableId: "rtb-1",
    });
    const association = (routeTableId: string) => ({
      result: { associations: [{ subnetId: "subnet-1", routeTableId, routeTableAssociationId: "rtbassoc-1" }] },
    });
    expect(idsOf(answered(search, association("rtb-1")))).toEqual(["rtbassoc-1"]);
    expect(idsOf(answered(search, association("rtb-2")))).toEqual([]);
  });
});

describe("what was found is ours", () => {
  test("only when what tells it apart is the same", () => {
    const subnet = resource("aws:ec2/subnet:Subnet", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" });
    expect(mismatch(subnet, { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" })).toBeUndefined();
    expect(mismatch(subnet, { vpcId: "vpc-2", cidrBlock: "10.0.0.0/24" })).toContain("vpc-2");
    const rule = resource("aws:lb/listenerRule:ListenerRule", { listenerArn: "arn", priority: 10 });
    expect(mismatch(rule, { listenerArn: "arn", priority: "10" })).toBeUndefined();
  });

  test("by its tags when its name is one that somebody else may have taken", () => {
    const inputs = { name: "/causeway/dev/web", tagsAll: { environment: "dev" } };
    const type = "aws:cloudwatch/logGroup:LogGroup";
    expect(mismatch(resource(type, inputs), { name: inputs.name, tagsAll: { environment: "dev" } })).toBeUndefined();
    expect(mismatch(resource(type, inputs), { name: inputs.name, tagsAll: {} })).toContain("environment=dev");
    // A name with random digits is ours even before its tags are written, which S3 does with a call of its own.
    const bucket = resource("aws:s3/bucket:Bucket", {
      bucket: "logs-1a2b3c4",
      __defaults: ["bucket"],
      tagsAll: { a: "b" },
    });
    expect(mismatch(bucket, { bucket: "logs-1a2b3c4", tagsAll: {} })).toBeUndefined();
  });
});

test("the provider's settings are the stack's own, without secrets and default tags", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" };
  const inputs = {
    region: "eu-west-1",
    allowedAccountIds: '["123456789012"]',
    defaultTags: '{"tags":{"a":"b"}}',
    secretKey: secret,
    version: "7.0.0",
  };
  const state: StackExport = {
    version: 3,
    deployment: { resources: [{ urn: PROVIDER, type: "pulumi:providers:aws", custom: true, id: "1", inputs }] },
  };
  expect(providerOf(state, resource("aws:ec2/vpc:Vpc", { region: "us-east-1" }))).toEqual({
    args: { region: "eu-west-1", allowedAccountIds: '["123456789012"]', version: "7.0.0" },
    region: "us-east-1",
    account: "123456789012",
  });
});

test("a person is told what, why, where to look and both ways on", () => {
  const selection = resource("aws:backup/selection:Selection", { name: "daily-1", planId: "p-1", region: "eu-west-1" });
  const operation = { type: "creating", resource: selection } as const;
  const search = searchFor(operation, provider);
  if (search.kind !== "person") throw new Error(`unexpected: ${search.kind}`);
  const text = unsettledText("dev", [{ operation, why: search.why, look: search.look }]);
  expect(text).toContain("nothing was changed");
  expect(text).toContain(selection.urn);
  expect(text).toContain("list-backup-selections --backup-plan-id p-1 --region eu-west-1, for the name daily-1");
  expect(text).toContain("npx causeway up dev --adopt 'thing=<its id>'");
  expect(text).toContain("npx causeway up dev --forget-pending");
  const adopted = {
    urn: selection.urn,
    type: selection.type,
    operation: "creating",
    action: "adopted",
    id: "s-1",
  } as const;
  expect(settledLine(adopted)).toBe("adopted s-1 as thing (created by the command that was cut off)");
});
