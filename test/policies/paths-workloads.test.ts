/** Which workloads ways to more rights begin with: pods, and what is open to the internet. */
import { UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import { iam, resource, role, service, worker } from "./fixtures/paths.ts";
import { ADMIN_WORKER, rights, ways } from "./support/paths.ts";

describe("pods", () => {
  const ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
  const irsa = (subject: string) =>
    role(
      "worker",
      { Federated: iam("oidc-provider", ISSUER) },
      {
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: { [`${ISSUER}:sub`]: subject, [`${ISSUER}:aud`]: "sts.amazonaws.com" } },
      },
    );
  const account = (
    annotations: Readonly<Record<string, unknown>> = { "eks.amazonaws.com/role-arn": iam("role", "worker") },
  ) =>
    resource("kubernetes:core/v1:ServiceAccount", "account", {
      metadata: { name: "orders", namespace: "shop", annotations },
    });
  const pods = (spec: Readonly<Record<string, unknown>> = {}, namespace = "shop") =>
    resource("kubernetes:apps/v1:Deployment", "orders", {
      metadata: { name: "orders", namespace },
      spec: {
        template: {
          metadata: { labels: { app: "orders" } },
          spec: { serviceAccountName: "orders", containers: [{ name: "c" }], ...spec },
        },
      },
    });
  const SUBJECT = "system:serviceaccount:shop:orders";

  test("have the role of their service account, where its trust policy lets them in", async () => {
    expect(await ways(irsa(SUBJECT), rights(), account(), pods())).toEqual(ADMIN_WORKER);
    const dormant = ["iam-path-dormant worker"];
    expect(await ways(irsa("system:serviceaccount:shop:billing"), rights(), account(), pods())).toEqual(dormant);
    expect(await ways(irsa(SUBJECT), rights(), account(), pods({}, "blog"))).toEqual(dormant);
    expect(await ways(irsa(SUBJECT), rights(), account(), pods({ serviceAccountName: "default" }))).toEqual(dormant);
    expect(await ways(irsa(SUBJECT), rights(), account({}), pods())).toEqual(dormant);
    // Another account of that name, in the namespace of the pods, is let in; they have none there.
    expect(await ways(irsa("system:serviceaccount:blog:orders"), rights(), account(), pods({}, "blog"))).toEqual(
      dormant,
    );
  });

  test("have the role that EKS associates with their service account", async () => {
    const associated = (serviceAccount: string) =>
      resource("aws:eks/podIdentityAssociation:PodIdentityAssociation", "one", {
        clusterName: "main",
        namespace: "shop",
        serviceAccount,
        roleArn: iam("role", "worker"),
      });
    const trusting = role("worker", service("pods.eks"), { Action: ["sts:AssumeRole", "sts:TagSession"] });
    expect(await ways(trusting, rights(), associated("orders"), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(trusting, rights(), associated("billing"), pods())).toEqual(["iam-path-dormant worker"]);
    expect(await ways(role("worker", service("ec2")), rights(), associated("orders"), pods())).toEqual([
      "iam-path-dormant worker",
    ]);
  });

  test("may have any role with a way, where theirs comes from outside of the program", async () => {
    const stack = [role("worker", service("ec2")), rights(), pods()];
    const annotated = account({ "eks.amazonaws.com/role-arn": UNKNOWN });
    expect(await ways(stack, annotated)).toEqual([
      "iam-path-dormant worker",
      "undetermined(iam-path-to-admin) account",
    ]);
  });

  const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
  const nodes = (limit: unknown) => [
    role("worker", service("ec2")),
    rights(),
    resource(TEMPLATE, "nodes", { metadataOptions: { httpPutResponseHopLimit: limit } }),
    resource(
      "aws:eks/nodeGroup:NodeGroup",
      "nodes",
      { clusterName: "main", nodeRoleArn: iam("role", "worker"), launchTemplate: { id: "lt-1", version: "1" } },
      { launchTemplate: [urn(TEMPLATE, "nodes")] },
    ),
  ];

  test("have the role of their node by its metadata service, with a hop limit that lets them or by being the node", async () => {
    const dormant = ["iam-path-dormant worker"];
    expect(await ways(nodes(1), pods())).toEqual(dormant);
    expect(await ways(nodes(2), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(UNKNOWN), pods())).toEqual(["undetermined(iam-path-to-admin) nodes"]);
    expect(await ways(nodes(1), pods({ hostNetwork: true }))).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(1), pods({ containers: [{ securityContext: { privileged: true } }] }))).toEqual(
      ADMIN_WORKER,
    );
    expect(await ways(nodes(1), pods({ volumes: [{ hostPath: { path: "/" } }] }))).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(1), pods({ volumes: [{ hostPath: { path: "/mnt/data" } }] }))).toEqual(dormant);
  });

  test("are kept off it by a network policy for all of them, but not where they have the host's network", async () => {
    const held = resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "deny", {
      metadata: { name: "deny", namespace: "shop" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
    expect(await ways(nodes(2), pods(), held)).toEqual(["iam-path-dormant worker"]);
    expect(await ways(nodes(2), pods({ hostNetwork: true }), held)).toEqual(ADMIN_WORKER);
  });
});

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
});
