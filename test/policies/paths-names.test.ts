/** What names a resource of a stack: ARNs and patterns of statements, names and ARNs in other resources. */
import { Property } from "../../policies/framework/property.ts";
import { Stack, type StackResource } from "../../policies/framework/stack.ts";
import { namesResource } from "../../policies/graph/names.ts";
import { References, valuesAt } from "../../policies/graph/references.ts";

type Inputs = Readonly<Record<string, unknown>>;
const LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const of = (type: string, inputs: Inputs, name = "orders"): StackResource => ({
  ...{ type, name, urn: `urn:pulumi:a::b::${type}::${name}`, parent: undefined, propertyDependencies: {} },
  ...{ inputs: new Property("", inputs), provider: new Property("", undefined) },
});

describe("a resource of a statement names", () => {
  const [FUNCTION, SERVICE] = ["aws:lambda/function:Function", "aws:ecs/service:Service"];
  const AT = "eu-west-1:111111111111";

  test.each<[string, string, Inputs, readonly string[], readonly string[]]>([
    [
      "a function by its name",
      FUNCTION,
      { name: "orders" },
      [`lambda:${AT}:function:orders`, "lambda:*:*:function:ord*", "lambda:eu-*:1*:function:orders", "lambda*"],
      [`lambda:${AT}:function:order`, "lambda:*:*:layer:orders", "s3*"],
    ],
    [
      "a function by the name that Pulumi makes",
      FUNCTION,
      {},
      ["lambda:*:*:function:orders-*"],
      [`lambda:${AT}:function:orders`],
    ],
    [
      "a role on its path",
      "aws:iam/role:Role",
      { name: "app", path: "/team/" },
      ["iam::111111111111:role/team/app", "iam::*:role/team/*"],
      ["iam::111111111111:role/app", "iam:eu-west-1:111111111111:role/team/app"],
    ],
    ["a user", "aws:iam/user:User", { name: "app" }, ["iam::111111111111:user/app"], ["iam::111111111111:role/app"]],
    [
      "a group",
      "aws:iam/group:Group",
      { name: "app" },
      ["iam::111111111111:group/app"],
      ["iam::111111111111:user/app"],
    ],
    [
      "a policy",
      "aws:iam/policy:Policy",
      { name: "app" },
      ["iam::111111111111:policy/app"],
      ["iam::111111111111:role/app"],
    ],
    [
      "an instance by any id",
      "aws:ec2/instance:Instance",
      {},
      [`ec2:${AT}:instance/*`, `ec2:${AT}:instance/?*`],
      [`ec2:${AT}:instance/i-1`, `ec2:${AT}:volume/*`],
    ],
    [
      "an instance by its id",
      "aws:ec2/instance:Instance",
      { id: "i-1" },
      [`ec2:${AT}:instance/i-1`],
      [`ec2:${AT}:instance/i-2`],
    ],
    [
      "a launch template by its id",
      "aws:ec2/launchTemplate:LaunchTemplate",
      { id: "lt-1" },
      [`ec2:${AT}:launch-template/lt-1`],
      [`ec2:${AT}:instance/lt-1`],
    ],
    [
      "a service by its tasks",
      SERVICE,
      { cluster: `arn:aws:ecs:${AT}:cluster/main` },
      [`ecs:${AT}:task/main/*`],
      [`ecs:${AT}:task/other/*`, `ecs:${AT}:service/main/orders`],
    ],
    [
      "a service by its tasks, although its own ARN is known",
      SERVICE,
      { cluster: "main", arn: `arn:aws:ecs:${AT}:service/main/orders` },
      [`ecs:${AT}:task/main/*`],
      [`ecs:${AT}:service/main/orders`],
    ],
    ["a service of a cluster yet to be made", SERVICE, {}, [`ecs:${AT}:task/*`], [`ecs:${AT}:task/main/*`]],
    [
      "a project",
      "aws:codebuild/project:Project",
      { name: "app" },
      [`codebuild:${AT}:project/app`],
      [`codebuild:${AT}:report-group/app`],
    ],
    [
      "a stack",
      "aws:cloudformation/stack:Stack",
      { name: "app" },
      [`cloudformation:${AT}:stack/app/*`],
      [`cloudformation:${AT}:stack/other/*`],
    ],
    [
      "a state machine",
      "aws:sfn/stateMachine:StateMachine",
      { name: "app" },
      [`states:${AT}:stateMachine:app`],
      [`states:${AT}:activity:app`],
    ],
    [
      "a notebook",
      "aws:sagemaker/notebookInstance:NotebookInstance",
      { name: "app" },
      [`sagemaker:${AT}:notebook-instance/app`],
      [`sagemaker:${AT}:app/app`],
    ],
    [
      "an endpoint",
      "aws:glue/devEndpoint:DevEndpoint",
      { name: "app" },
      [`glue:${AT}:devEndpoint/app`],
      [`glue:${AT}:job/app`],
    ],
    [
      "an App Runner service",
      "aws:apprunner/service:Service",
      { serviceName: "app" },
      [`apprunner:${AT}:service/app/*`],
      [`apprunner:${AT}:service/other/*`],
    ],
    [
      "a job definition",
      "aws:batch/jobDefinition:JobDefinition",
      { name: "app" },
      [`batch:${AT}:job-definition/app:*`],
      [`batch:${AT}:job-queue/app:*`],
    ],
    [
      "a deployment group",
      "aws:codedeploy/deploymentGroup:DeploymentGroup",
      { appName: "app", deploymentGroupName: "g" },
      [`codedeploy:${AT}:deploymentgroup:app/g`, `codedeploy:${AT}:deploymentgroup:app/*`],
      [`codedeploy:${AT}:deploymentgroup:x/g`],
    ],
    [
      "an agent's runtime",
      "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
      {},
      [`bedrock-agentcore:${AT}:runtime/*`],
      [`bedrock-agentcore:${AT}:browser/*`, `bedrock:${AT}:runtime/*`],
    ],
    [
      "an agent's browser",
      "aws:bedrock/agentcoreBrowser:AgentcoreBrowser",
      {},
      [`bedrock-agentcore:${AT}:browser-custom/*`],
      [`bedrock-agentcore:${AT}:runtime/*`, `bedrock:${AT}:browser-custom/*`],
    ],
    [
      "an agent's code interpreter",
      "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter",
      {},
      [`bedrock-agentcore:${AT}:code-interpreter-custom/*`],
      [`bedrock-agentcore:${AT}:runtime/*`, `bedrock:${AT}:code-interpreter-custom/*`],
    ],
    [
      "what has its ARN",
      "aws:s3/bucket:Bucket",
      { arn: "arn:aws:s3:::data" },
      ["s3:::data", "s3:::d*"],
      ["s3:::other"],
    ],
  ])("%s", (_, type, inputs, right, wrong) => {
    const one = of(type, inputs);
    for (const pattern of right) expect([pattern, namesResource(`arn:aws:${pattern}`, one)]).toEqual([pattern, true]);
    for (const pattern of wrong) expect([pattern, namesResource(`arn:aws:${pattern}`, one)]).toEqual([pattern, false]);
    expect(namesResource("*", one)).toBe(true);
    expect(namesResource(one.urn, one)).toBe(true);
    expect(namesResource(`${one.urn}-2`, one)).toBe(false);
  });

  test("nothing of which no ARN is known", () => {
    expect(namesResource("*", of("random:index/randomId:RandomId", {}))).toBe(false);
  });
});

describe("a property refers to a resource", () => {
  const [ROLE, QUEUE] = ["aws:iam/role:Role", "aws:sqs/queue:Queue"];
  const role = of(ROLE, { name: "worker", arn: "arn:aws:iam::111111111111:role/team/worker" }, "role");
  const queue = of(QUEUE, { name: "worker", id: "https://sqs.eu-west-1.amazonaws.com/1/worker" }, "queue");
  /** What a property refers to, and how many of its values may refer to anything. */
  const found = (inputs: Inputs, path: string, origins: readonly string[] = [], types: readonly string[] = [ROLE]) => {
    const from = {
      ...of("aws:test:Test", inputs, "from"),
      propertyDependencies: { [path.split(/[.[]/)[0]!]: origins },
    };
    const references = new References(new Stack([role, queue, from]));
    const { targets, open } = references.of(from, path, types);
    return [...targets.map(({ name }) => name), ...open.map((property) => `? ${property.path}`)];
  };

  test.each<[string, unknown, readonly string[]]>([
    ["its name", "worker", ["role"]],
    ["its ARN", "arn:aws:iam::111111111111:role/team/worker", ["role"]],
    ["its ARN in another account's words", "arn:aws:iam::222222222222:role/worker", ["role"]],
    ["an ARN of another service that ends alike", "arn:aws:ecs:eu-west-1:111111111111:task/worker", []],
    ["another name", "other", []],
    ["nothing", "", []],
    ["several", ["other", "worker"], ["role"]],
    ["what is not known and comes from nowhere", LATER, ["? role"]],
  ])("by %s", (_, role, expected) => {
    expect(found({ role }, "role")).toEqual(expected);
  });

  test("by where it comes from, once, and where it is not known only then", () => {
    expect(found({ role: LATER }, "role", [role.urn])).toEqual(["role"]);
    expect(found({ role: [LATER, "x", "worker"] }, "role", [role.urn])).toEqual(["role"]);
    // It is made of something else, and so is no role of the stack.
    expect(found({ role: LATER }, "role", [queue.urn])).toEqual([]);
    expect(found({ role: LATER }, "role", ["urn:of:nothing"])).toEqual(["? role"]);
    expect(found({}, "role", [role.urn])).toEqual([]);
    expect(found({ role: "worker" }, "role", [], [QUEUE])).toEqual(["queue"]);
  });

  test("at a path below lists and texts of JSON", () => {
    expect(found({ a: { b: [{ role: "x" }, { role: "worker" }] } }, "a.b[].role")).toEqual(["role"]);
    expect(found({ a: JSON.stringify({ role: "worker" }) }, "a.role")).toEqual(["role"]);
    expect(found({ a: "no JSON" }, "a.role")).toEqual([]);
    expect(valuesAt(new Property("", { a: ["x", "y"] }), "a").map(({ string }) => string)).toEqual(["x", "y"]);
  });

  test("anywhere within it", () => {
    const within = (inputs: Inputs, origins: readonly string[] = []) => {
      const from = { ...of("aws:test:Test", inputs, "from"), propertyDependencies: { a: origins } };
      return new References(new Stack([role, queue, from])).within(from, "a", [ROLE]).map(({ name }) => name);
    };
    expect(within({ a: { b: [{ c: "worker" }] }, d: "worker" })).toEqual(["role"]);
    expect(within({ a: [LATER, "x"], d: "worker" })).toEqual([]);
    expect(within({ a: "worker" }, [role.urn, queue.urn])).toEqual(["role"]);
  });
});
