/** Which roles pods have, by their service account or their node, and so the ways that begin with them. */
import { UNKNOWN } from "../../policies/harness/index.ts";
import { urn } from "./fixtures/fixtures.ts";
import { iam, resource, role, service } from "./fixtures/paths.ts";
import { ADMIN_WORKER, rights, ways } from "./support/paths.ts";

type Inputs = Readonly<Record<string, unknown>>;

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

  const dormant = ["iam-path-dormant worker"];

  test("that name no service account have the default one of their namespace", async () => {
    const byDefault = pods({ serviceAccountName: undefined });
    const annotations = { "eks.amazonaws.com/role-arn": iam("role", "worker") };
    const own = (name: string) =>
      resource("kubernetes:core/v1:ServiceAccount", "own", { metadata: { name, namespace: "shop", annotations } });
    const trusting = irsa("system:serviceaccount:shop:*");
    expect(await ways(trusting, rights(), own("default"), byDefault)).toEqual(ADMIN_WORKER);
    expect(await ways(trusting, rights(), own("orders"), byDefault)).toEqual(dormant);
    const associated = (serviceAccount: string) => association({ serviceAccount });
    expect(await ways(podRole, rights(), associated("default"), byDefault)).toEqual(ADMIN_WORKER);
    expect(await ways(podRole, rights(), associated("orders"), byDefault)).toEqual(dormant);
  });

  const podRole = role("worker", service("pods.eks"), { Action: ["sts:AssumeRole", "sts:TagSession"] });
  const association = (more: Inputs, refers: Readonly<Record<string, readonly string[]>> = {}) =>
    resource(
      "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      "one",
      {
        ...{ clusterName: "main", namespace: "shop", serviceAccount: "orders", roleArn: iam("role", "worker") },
        ...more,
      },
      refers,
    );

  test("have an association of their namespace, with the role that it names or is made with", async () => {
    expect(await ways(podRole, rights(), association({ namespace: "blog" }), pods())).toEqual(dormant);
    expect(await ways(podRole, rights(), association({ namespace: UNKNOWN }), pods())).toEqual(ADMIN_WORKER);
    const made = association({ roleArn: UNKNOWN }, { roleArn: [urn("aws:iam/role:Role", "worker")] });
    expect(await ways(podRole, rights(), made, pods())).toEqual(ADMIN_WORKER);
    expect(await ways(podRole, rights(), association({ roleArn: iam("role", "other") }), pods())).toEqual(dormant);
  });

  test("are known by where their account, its role and their namespace come from", async () => {
    const ACCOUNT = urn("kubernetes:core/v1:ServiceAccount", "account");
    const named = (refers: readonly string[]) => ({
      ...pods({ serviceAccountName: UNKNOWN }),
      propertyDependencies: { spec: refers },
    });
    expect(await ways(irsa(SUBJECT), rights(), account(), named([ACCOUNT]))).toEqual(ADMIN_WORKER);
    expect(await ways(irsa(SUBJECT), rights(), account(), named([]))).toEqual(dormant);
    const made = {
      ...account({ "eks.amazonaws.com/role-arn": UNKNOWN }),
      propertyDependencies: { metadata: [urn("aws:iam/role:Role", "worker")] },
    };
    expect(await ways(irsa(SUBJECT), rights(), made, pods())).toEqual(ADMIN_WORKER);

    const NAMESPACE = "kubernetes:core/v1:Namespace";
    const space = (name: string) => resource(NAMESPACE, name, { metadata: { name } });
    const within = (name: string) => {
      const one = pods();
      const metadata = { name: "orders", namespace: UNKNOWN };
      return {
        ...one,
        inputs: { ...one.inputs, metadata },
        propertyDependencies: { metadata: [urn(NAMESPACE, name)] },
      };
    };
    const spaces = [space("shop"), space("blog")];
    expect(await ways(irsa(SUBJECT), rights(), account(), within("shop"), spaces)).toEqual(ADMIN_WORKER);
    expect(await ways(irsa(SUBJECT), rights(), account(), within("blog"), spaces)).toEqual(dormant);
    // Of a namespace that nothing is known of, it may be this one.
    expect(await ways(irsa(SUBJECT), rights(), account(), within("other"), spaces)).toEqual(ADMIN_WORKER);
  });

  test("have a role where every subject of its trust policy lets them in, or may", async () => {
    const trusting = (statement: Inputs) => [
      role("worker", { Federated: iam("oidc-provider", ISSUER) }, statement),
      rights(),
    ];
    const web = { Action: "sts:AssumeRoleWithWebIdentity" };
    const subjects = (...all: unknown[]) => ({ ...web, Condition: { StringLike: { [`${ISSUER}:sub`]: all } } });
    expect(await ways(trusting(subjects("system:serviceaccount:a:b", SUBJECT)), account(), pods())).toEqual(
      ADMIN_WORKER,
    );
    expect(await ways(trusting(subjects("system:serviceaccount:shop:*")), account(), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(trusting(web), account(), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(trusting(subjects("system:serviceaccount:a:b")), account(), pods())).toEqual(dormant);
    const later = resource(
      "aws:iam/role:Role",
      "worker",
      { name: "worker", assumeRolePolicy: UNKNOWN },
      {
        assumeRolePolicy: ["urn:of:a:cluster"],
      },
    );
    expect(await ways(later, rights(), account(), pods())).toEqual(["undetermined(iam-path-to-admin) worker"]);
  });

  test("have no role that lets in a service, or a node's, by their account", async () => {
    for (const name of ["lambda", "ec2"])
      expect(await ways(role("worker", service(name)), rights(), account(), pods())).toEqual(dormant);
  });

  test("have the role of nodes whose metadata service answers them", async () => {
    const options = (metadataOptions: Inputs) => {
      const [trusting, may, , group] = nodes(2);
      return [trusting!, may!, resource(TEMPLATE, "nodes", { metadataOptions }), group!];
    };
    expect(await ways(options({ httpPutResponseHopLimit: 2, httpEndpoint: "disabled" }), pods())).toEqual(dormant);
    expect(await ways(options({ httpPutResponseHopLimit: 2, httpEndpoint: "enabled" }), pods())).toEqual(ADMIN_WORKER);
    expect(await ways(options({}), pods())).toEqual(dormant);
    // A template that is not in the stack may have any limit, EKS's own has one of 2.
    const [trusting, may, , group] = nodes(2);
    const bare = (launchTemplate?: Inputs) =>
      resource("aws:eks/nodeGroup:NodeGroup", "nodes", { ...group!.inputs, launchTemplate });
    expect(await ways(trusting!, may!, bare({ id: "lt-9", version: "1" }), pods())).toEqual(dormant);
    expect(await ways(trusting!, may!, bare(), pods())).toEqual(ADMIN_WORKER);
    const made = resource(
      "aws:eks/nodeGroup:NodeGroup",
      "nodes",
      { clusterName: "main", nodeRoleArn: UNKNOWN },
      { nodeRoleArn: [urn("aws:iam/role:Role", "worker")] },
    );
    expect(await ways(trusting!, may!, made, pods())).toEqual(ADMIN_WORKER);
  });

  test("of EKS's auto mode have their node's role only by being the node", async () => {
    const cluster = resource(
      "aws:eks/cluster:Cluster",
      "main",
      { computeConfig: { nodeRoleArn: UNKNOWN } },
      {
        computeConfig: [urn("aws:iam/role:Role", "worker")],
      },
    );
    const stack = [role("worker", service("ec2")), rights(), cluster];
    expect(await ways(stack, pods())).toEqual(dormant);
    expect(await ways(stack, pods({ hostNetwork: true }))).toEqual(ADMIN_WORKER);
    expect(await ways(stack, pods({ hostNetwork: UNKNOWN }))).toEqual(["undetermined(iam-path-to-admin) orders"]);
  });

  test.each([
    ...["/", "/etc/kubernetes", "/proc", "/root/.ssh", "/run/containerd", "/sys/fs", "/var/run/docker.sock"],
    "/var/lib/kubelet/pods",
  ])("are the node by its folder %s", async (path) => {
    const volume = (one: string) => pods({ volumes: [{ emptyDir: {} }, { hostPath: { path: one } }] });
    expect(await ways(nodes(1), volume(path))).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(1), volume(`/mnt${path}`))).toEqual(dormant);
    expect(await ways(nodes(1), volume("/var/lib/app"))).toEqual(dormant);
  });

  test("are the node by any container that is privileged", async () => {
    const privileged = { securityContext: { privileged: true } };
    expect(await ways(nodes(1), pods({ initContainers: [{}, privileged] }))).toEqual(ADMIN_WORKER);
    expect(await ways(nodes(1), pods({ containers: [{ securityContext: { privileged: false } }] }))).toEqual(dormant);
  });

  test.each([
    ["for some pods only", { podSelector: { matchLabels: { app: "x" } }, policyTypes: ["Egress"] }, "shop"],
    ["for what comes in only", { podSelector: {}, policyTypes: ["Ingress"] }, "shop"],
    ["of another namespace", { podSelector: {}, policyTypes: ["Egress"] }, "blog"],
  ])("are not kept off it by a network policy %s", async (_, spec, namespace) => {
    const held = resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "deny", {
      metadata: { name: "deny", namespace },
      spec,
    });
    expect(await ways(nodes(2), pods(), held)).toEqual(ADMIN_WORKER);
  });
});
