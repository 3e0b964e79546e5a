/** Which workloads everybody on the internet can use, and so the ways that begin with them. */
import { UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import { iam, resource, role, service, worker } from "./fixtures/paths.ts";
import { ADMIN_WORKER, rights, ways } from "./support/paths.ts";

type Inputs = Readonly<Record<string, unknown>>;

describe("what is open to the internet", () => {
  const FUNCTION = "aws:lambda/function:Function";
  const url = (authorizationType: unknown) =>
    resource("aws:lambda/functionUrl:FunctionUrl", "url", { functionName: "worker", authorizationType });

  test("a function by its URL", async () => {
    const stack = [...worker(), rights()];
    expect(await ways(stack, url("NONE"))).toEqual(["iam-path-from-internet url", ...ADMIN_WORKER]);
    expect(await ways(stack, url("AWS_IAM"))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, url(UNKNOWN))).toEqual([...ADMIN_WORKER, "undetermined(iam-path-from-internet) url"]);
    expect(await ways(worker(), url("NONE"))).toEqual([]);
  });

  test.each([
    ["NONE", ["iam-path-from-internet route", ...ADMIN_WORKER]],
    ["JWT", ADMIN_WORKER],
  ])("a function by a route with authorization %s", async (authorizationType, expected) => {
    const INTEGRATION = "aws:apigatewayv2/integration:Integration";
    const stack = [
      ...worker(),
      rights(),
      resource(INTEGRATION, "to", { integrationUri: UNKNOWN }, { integrationUri: [urn(FUNCTION, "worker")] }),
      resource(
        "aws:apigatewayv2/route:Route",
        "route",
        { authorizationType, target: UNKNOWN },
        { target: [urn(INTEGRATION, "to")] },
      ),
    ];
    expect(await ways(stack)).toEqual(expected);
  });

  test.each([
    [{ authorization: "NONE" }, ["iam-path-from-internet post", ...ADMIN_WORKER]],
    [{ authorization: "AWS_IAM" }, ADMIN_WORKER],
    [{ authorization: "NONE", apiKeyRequired: true }, ADMIN_WORKER],
    [{ authorization: "NONE", httpMethod: "GET" }, ADMIN_WORKER],
  ])("a function by a method with %j", async (method, expected) => {
    const [API, PLACE] = ["aws:apigateway/restApi:RestApi", "aws:apigateway/resource:Resource"] as const;
    const stack = (types: string) => [
      ...worker(),
      rights(),
      resource(API, "api", { endpointConfiguration: { types } }),
      resource(PLACE, "orders", {}),
      resource(
        "aws:apigateway/method:Method",
        "post",
        { httpMethod: "POST", resourceId: UNKNOWN, ...method },
        { resourceId: [urn(PLACE, "orders")] },
      ),
      resource(
        "aws:apigateway/integration:Integration",
        "post",
        { httpMethod: "POST", restApi: UNKNOWN, resourceId: UNKNOWN, uri: UNKNOWN },
        { restApi: [urn(API, "api")], resourceId: [urn(PLACE, "orders")], uri: [urn(FUNCTION, "worker")] },
      ),
    ];
    expect(await ways(stack("REGIONAL"))).toEqual(expected);
    expect(await ways(stack("PRIVATE"))).toEqual(ADMIN_WORKER);
  });

  test.each([
    ["internet-facing", { app: "orders" }, ["iam-path-from-internet entry", ...ADMIN_WORKER]],
    ["internal", { app: "orders" }, ADMIN_WORKER],
    ["internet-facing", { app: "shop" }, ADMIN_WORKER],
  ])("pods behind a service that is %s to %j", async (scheme, selector, expected) => {
    const metadata = { name: "orders", namespace: "shop" };
    const stack = [
      role("worker", service("ec2")),
      rights(),
      resource("aws:eks/nodeGroup:NodeGroup", "nodes", { clusterName: "main", nodeRoleArn: iam("role", "worker") }),
      resource("kubernetes:apps/v1:Deployment", "orders", {
        metadata,
        spec: { template: { metadata: { labels: { app: "orders" } }, spec: { containers: [{ name: "c" }] } } },
      }),
      resource("kubernetes:core/v1:Service", "entry", {
        metadata: { ...metadata, annotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": scheme } },
        spec: { type: "LoadBalancer", selector },
      }),
    ];
    expect(await ways(stack)).toEqual(expected);
  });

  test.each([
    ["that faces it", false, "forward", ["iam-path-from-internet entry", ...ADMIN_WORKER]],
    ["that is internal", true, "forward", ADMIN_WORKER],
    ["that has people sign in", false, "authenticate-oidc", ADMIN_WORKER],
  ])("a service behind a load balancer %s", async (_, internal, type, expected) => {
    const [LB, LISTENER, GROUP, TASKS] = [
      "aws:lb/loadBalancer:LoadBalancer",
      "aws:lb/listener:Listener",
      "aws:lb/targetGroup:TargetGroup",
      "aws:ecs/taskDefinition:TaskDefinition",
    ] as const;
    const stack = [
      role("worker", service("ecs-tasks")),
      rights(),
      resource(TASKS, "orders", { taskRoleArn: iam("role", "worker") }),
      resource(LB, "entry", { internal }),
      resource(
        LISTENER,
        "https",
        { loadBalancerArn: UNKNOWN, defaultActions: [{ type, targetGroupArn: UNKNOWN }] },
        { loadBalancerArn: [urn(LB, "entry")], defaultActions: [urn(GROUP, "orders")] },
      ),
      resource(GROUP, "orders", {}),
      resource(
        "aws:ecs/service:Service",
        "orders",
        { taskDefinition: UNKNOWN, loadBalancers: [{ targetGroupArn: UNKNOWN }] },
        { taskDefinition: [urn(TASKS, "orders")], loadBalancers: [urn(GROUP, "orders")] },
      ),
    ];
    expect(await ways(stack)).toEqual(expected);
  });

  const OPEN = (by: string) => [`iam-path-from-internet ${by}`, ...ADMIN_WORKER];
  const ARN = (name: string) => `arn:aws:elasticloadbalancing:eu-west-1:111111111111:${name}`;
  /** What listens and forwards, of one of the two names of its package, with ARNs as they are known once it is there. */
  const balancing = (module: string, rule: Inputs = {}, internal: unknown = undefined) => [
    resource(`aws:${module}/loadBalancer:LoadBalancer`, "entry", { arn: ARN("loadbalancer/a"), internal }),
    resource(`aws:${module}/loadBalancer:LoadBalancer`, "inner", { arn: ARN("loadbalancer/b"), internal: true }),
    resource(`aws:${module}/listener:Listener`, "https", {
      ...{
        arn: ARN("listener/a"),
        loadBalancerArn: ARN("loadbalancer/a"),
        defaultActions: [{ type: "fixed-response" }],
      },
    }),
    resource(`aws:${module}/listener:Listener`, "other", {
      arn: ARN("listener/b"),
      loadBalancerArn: ARN("loadbalancer/b"),
    }),
    resource(`aws:${module}/listenerRule:ListenerRule`, "orders", {
      listenerArn: ARN("listener/a"),
      actions: [{ type: "forward", targetGroupArn: ARN("targetgroup/a") }],
      ...rule,
    }),
    resource(`aws:${module}/targetGroup:TargetGroup`, "orders", { arn: ARN("targetgroup/a") }),
  ];

  test.each(["lb", "alb"])("a function and an instance behind a rule of a load balancer of aws.%s", async (module) => {
    const target = (targetId: string, group = "targetgroup/a") =>
      resource(`aws:${module}/targetGroupAttachment:TargetGroupAttachment`, "orders", {
        targetGroupArn: ARN(group),
        targetId,
      });
    const stack = [...worker(), rights()];
    expect(await ways(stack, balancing(module), target("worker"))).toEqual(OPEN("entry"));
    expect(await ways(stack, balancing(module, {}, false), target("worker"))).toEqual(OPEN("entry"));
    expect(await ways(stack, balancing(module, {}, true), target("worker"))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, balancing(module), target("worker", "targetgroup/b"))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, balancing(module), target("another"))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, balancing(module, { listenerArn: ARN("listener/b") }), target("worker"))).toEqual(
      ADMIN_WORKER,
    );
    const forward = { type: "forward", targetGroupArn: ARN("targetgroup/a") };
    const signIn = { actions: [{ type: "authenticate-cognito" }, forward] };
    expect(await ways(stack, balancing(module, signIn), target("worker"))).toEqual(ADMIN_WORKER);
    expect((await ways(stack, balancing(module, {}, UNKNOWN), target("worker"))).join()).toContain("undetermined");

    const instance = [
      role("worker", service("ec2")),
      rights(),
      resource("aws:iam/instanceProfile:InstanceProfile", "profile", { name: "profile", role: "worker" }),
      resource("aws:ec2/instance:Instance", "worker", { id: "i-1", iamInstanceProfile: "profile" }),
    ];
    expect(await ways(instance, balancing(module), target("i-1"))).toEqual(OPEN("entry"));
    expect(await ways(instance, balancing(module), target("i-2"))).toEqual(ADMIN_WORKER);
  });

  test("the instances that a group puts behind a load balancer", async () => {
    const fleet = (targetGroupArns: readonly string[]) => [
      role("worker", service("ec2")),
      rights(),
      resource("aws:iam/instanceProfile:InstanceProfile", "profile", { name: "profile", role: "worker" }),
      resource("aws:ec2/launchTemplate:LaunchTemplate", "web", { id: "lt-1", iamInstanceProfile: { name: "profile" } }),
      resource("aws:autoscaling/group:Group", "web", { launchTemplate: { id: "lt-1" }, targetGroupArns }),
    ];
    expect(await ways(fleet([ARN("targetgroup/a")]), balancing("lb"))).toEqual(OPEN("entry"));
    expect(await ways(fleet([ARN("targetgroup/b")]), balancing("lb"))).toEqual(ADMIN_WORKER);
  });

  test("a route that says nothing of authorization, and not one of another function", async () => {
    const INTEGRATION = "aws:apigatewayv2/integration:Integration";
    const api = (uri: string, authorizationType?: unknown) => [
      resource(INTEGRATION, "to", { id: "abc", integrationUri: uri }),
      resource(
        "aws:apigatewayv2/route:Route",
        "route",
        { authorizationType, target: UNKNOWN },
        { target: [urn(INTEGRATION, "to")] },
      ),
    ];
    const stack = [...worker(), rights()];
    expect(await ways(stack, api("worker"))).toEqual(OPEN("route"));
    expect(await ways(stack, api("worker", UNKNOWN))).toEqual([
      ...ADMIN_WORKER,
      "undetermined(iam-path-from-internet) route",
    ]);
    expect(await ways(stack, api("other"))).toEqual(ADMIN_WORKER);
  });

  test("a method of the root of an API, of its own place and verb", async () => {
    const API = "aws:apigateway/restApi:RestApi";
    const root = { resourceId: UNKNOWN };
    const from = { resourceId: [urn(API, "api")] };
    const method = (more: Inputs, refers = from) =>
      resource(
        "aws:apigateway/method:Method",
        "any",
        { httpMethod: "ANY", authorization: "NONE", apiKeyRequired: false, ...root, ...more },
        refers,
      );
    const stack = [
      ...worker(),
      rights(),
      resource(API, "api", {}),
      resource(
        "aws:apigateway/integration:Integration",
        "any",
        { httpMethod: "ANY", ...root, uri: "worker" },
        { ...from, restApi: [urn(API, "api")] },
      ),
    ];
    expect(await ways(stack, method({}))).toEqual(OPEN("any"));
    expect(await ways(stack, method({}, { resourceId: [] }))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, method({ httpMethod: "GET" }))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, method({ apiKeyRequired: UNKNOWN }))).toEqual([
      ...ADMIN_WORKER,
      "undetermined(iam-path-from-internet) any",
    ]);
  });

  test("pods behind a service by all labels that it asks for, and not by none", async () => {
    const metadata = { name: "orders", namespace: "shop" };
    const stack = (labels: unknown, spec: Inputs, annotation = "alb.ingress.kubernetes.io/scheme") => [
      role("worker", service("ec2")),
      rights(),
      resource("aws:eks/nodeGroup:NodeGroup", "nodes", { clusterName: "main", nodeRoleArn: iam("role", "worker") }),
      resource("kubernetes:apps/v1:Deployment", "orders", {
        metadata,
        spec: { template: { metadata: { labels }, spec: { containers: [{ name: "c" }] } } },
      }),
      resource("kubernetes:core/v1:Service", "entry", {
        ...{ metadata: { ...metadata, annotations: { [annotation]: "internet-facing" } }, spec },
      }),
    ];
    const both = { selector: { app: "orders", tier: "web" } };
    expect(await ways(stack({ app: "orders", tier: "web", more: "x" }, both))).toEqual(OPEN("entry"));
    expect(await ways(stack({ app: "orders" }, both))).toEqual(ADMIN_WORKER);
    expect(await ways(stack({ app: "orders" }, {}))).toEqual(ADMIN_WORKER);
    expect(await ways(stack({ app: "orders", tier: "web" }, both, "example.com/scheme"))).toEqual(ADMIN_WORKER);
    expect((await ways(stack({ app: "orders", tier: UNKNOWN }, both))).join()).toContain(
      "undetermined(iam-path-from-internet)",
    );
  });
});
