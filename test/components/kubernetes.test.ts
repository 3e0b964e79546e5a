import fc from "fast-check";
import {
  Cluster,
  type ClusterArgs,
  planCluster,
  planWorkload,
  Workload,
  type WorkloadArgs,
  type WorkloadPlanArgs,
} from "../../components/kubernetes/index.ts";
import { ProblemsError } from "../../contracts/problems.ts";
import { FieldErrors } from "../../simulator/kubernetes/fields.ts";
import { violations } from "../../simulator/kubernetes/pod-security.ts";
import { isQuantity } from "../../simulator/kubernetes/quantity.ts";
import { checkObject } from "../../simulator/kubernetes/rules/index.ts";
import { KubernetesSdk } from "../../simulator/kubernetes/schema.ts";
import { Shape } from "../../simulator/kubernetes/shape.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { type RecordedResource, type Recording, record } from "../support/harness.ts";

const args = (over: Partial<WorkloadArgs> = {}): WorkloadArgs => ({
  image: `ghcr.io/example/orders@sha256:${"1".repeat(64)}`,
  port: 8080,
  size: { cpuMillis: 250, memoryMiB: 256 },
  scaling: { min: 2, max: 6 },
  probes: { readinessPath: "/healthz" },
  dnsAddress: "172.20.0.10",
  ...over,
});

const FULL: Partial<WorkloadArgs> = {
  command: ["node", "server.js"],
  variables: { LOG_LEVEL: "info", CACHE: "/tmp" },
  ingress: { shop: { namespace: "shop", service: "web" }, probes: { cidr: "10.3.0.0/16" } },
  egress: { database: { cidr: "10.3.0.0/16", port: 5432 }, out: { cidr: "0.0.0.0/0", port: 443 } },
  writablePaths: [{ path: "/tmp", sizeMiB: 64 }],
  labels: { owner: "web", environment: "dev" },
};

type Mode = "known" | "unknown";
const orders = (over: Partial<WorkloadArgs> = {}, mode: Mode = "known") =>
  record(() => new Workload("orders", args(over)), { mode });

// biome-ignore lint/suspicious/noExplicitAny: a manifest as the API server takes it
type Manifest = any;
const one = (run: Recording, kind: string, name?: string): Manifest =>
  run.one(run.resources.find(({ type }) => type.endsWith(`:${kind}`))?.type ?? kind, name).inputs;
const deployment = (run: Recording): Manifest => one(run, "Deployment").spec;
const pod = (run: Recording): Manifest => deployment(run).template.spec;
const objects = (run: Recording): RecordedResource[] =>
  run.resources.filter(({ type }) => type.startsWith("kubernetes:"));

const sdk = new KubernetesSdk(process.cwd());

/** What the API server would say of an object, by the rules of the simulated cloud. */
function refusals({ type, inputs }: RecordedResource): string[] {
  const errors = new FieldErrors();
  const kind = sdk.kind(type)!;
  new Shape(sdk, errors).object(inputs as JsonObject, kind.properties!);
  checkObject(errors, kind, inputs as JsonObject);
  return errors.list.map(({ path, text }) => `${type} ${path.join(".")}: ${text}`);
}

describe.each<[string, Partial<WorkloadArgs>]>([
  ["the least that can be said", {}],
  ["everything that can be said", FULL],
])("%s", (_, over) => {
  test.each<Mode>(["known", "unknown"])("is objects that the API server takes, %s", async (mode) => {
    const run = await orders(over, mode);
    expect(objects(run).length).toBeGreaterThanOrEqual(8);
    expect(objects(run).flatMap(refusals)).toEqual([]);
  });

  test("the namespace admits only hardened pods, and this one is", async () => {
    const run = await orders(over);
    const { labels } = one(run, "Namespace").metadata;
    for (const mode of ["enforce", "audit", "warn"])
      expect(labels[`pod-security.kubernetes.io/${mode}`]).toBe("restricted");
    expect(violations("restricted", pod(run))).toBeUndefined();
    const [container] = pod(run).containers;
    // What the level does not ask for: a program in the container can change nothing, and has no key to the cluster.
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    expect(pod(run).automountServiceAccountToken).toBe(false);
    expect(one(run, "ServiceAccount").automountServiceAccountToken).toBe(false);
    expect(pod(run).serviceAccountName).toBe("orders");
    expect(pod(run).securityContext.runAsUser).toBeGreaterThan(0);
    expect(pod(run).hostNetwork ?? pod(run).hostPID ?? pod(run).hostIPC).toBeUndefined();
  });
});

describe("a replacement loses nobody", () => {
  test("no pod goes before its successor serves", async () => {
    expect(deployment(await orders()).strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
    });
  });

  test("a leaving pod serves on until everybody knows, and has time to finish before it is killed", async () => {
    const run = await orders({ drainSeconds: 20, shutdownSeconds: 60 });
    const [container] = pod(run).containers;
    expect(container.lifecycle.preStop).toEqual({ sleep: { seconds: 20 } });
    expect(pod(run).terminationGracePeriodSeconds).toBeGreaterThanOrEqual(20 + 60);
  });

  test("nodes can always be replaced, one pod at a time, and broken pods hold up none", async () => {
    const budget = one(await orders({ scaling: { min: 2 } }), "PodDisruptionBudget").spec;
    expect(budget).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" });
    expect(budget.minAvailable).toBeUndefined();
  });

  test("a slow pod gets no more requests long before it is restarted", async () => {
    const [{ readinessProbe, livenessProbe, startupProbe }] = pod(await orders()).containers;
    const patience = (probe: Manifest) => probe.periodSeconds * probe.failureThreshold;
    expect(patience(livenessProbe)).toBeGreaterThanOrEqual(3 * patience(readinessProbe));
    expect(patience(startupProbe)).toBeGreaterThanOrEqual(60);
    for (const probe of [readinessProbe, livenessProbe, startupProbe]) {
      expect(probe.timeoutSeconds).toBeLessThanOrEqual(probe.periodSeconds);
      expect(probe.httpGet).toMatchObject({ port: "http" });
    }
  });

  test("liveness can ask for less than readiness does", async () => {
    const run = await orders({ probes: { readinessPath: "/ready", livenessPath: "/alive" } });
    const [{ readinessProbe, livenessProbe }] = pod(run).containers;
    expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(["/ready", "/alive"]);
  });

  test("pods spread over zones, each revision by itself, and a lost zone is no place to wait for", async () => {
    const [zone, node] = pod(await orders()).topologySpreadConstraints;
    expect(zone).toMatchObject({
      topologyKey: "topology.kubernetes.io/zone",
      maxSkew: 1,
      whenUnsatisfiable: "DoNotSchedule",
      nodeTaintsPolicy: "Honor",
      matchLabelKeys: ["pod-template-hash"],
    });
    expect(zone.minDomains).toBeUndefined();
    expect(node).toMatchObject({ topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" });
  });
});

describe("who owns the number of pods", () => {
  test("the autoscaler, where there is one: an update never scales back", async () => {
    const run = await orders({ scaling: { min: 2, max: 6, targetCpuPercent: 70 } });
    expect(deployment(run)).not.toHaveProperty("replicas");
    const scaler = one(run, "HorizontalPodAutoscaler").spec;
    expect(scaler).toMatchObject({ minReplicas: 2, maxReplicas: 6 });
    expect(scaler.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name: "orders" });
    expect(scaler.metrics[0].resource.target.averageUtilization).toBe(70);
  });

  test("this program, where there is none", async () => {
    const run = await orders({ scaling: { min: 3 } });
    expect(deployment(run).replicas).toBe(3);
    expect(run.resources.filter(({ type }) => type.endsWith("HorizontalPodAutoscaler"))).toEqual([]);
  });
});

describe("who reaches whom", () => {
  const policies = (run: Recording): Record<string, Manifest> =>
    Object.fromEntries(
      objects(run)
        .filter(({ type }) => type.endsWith(":NetworkPolicy"))
        .map(({ inputs }: { inputs: Manifest }) => [inputs.metadata.name, inputs.spec]),
    );

  test("nobody, and out to names only, until something is declared", async () => {
    const found = policies(await orders());
    expect(Object.keys(found)).toEqual(["default-deny", "egress-dns"]);
    expect(found["default-deny"]).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const [dns] = found["egress-dns"].egress;
    expect(dns.ports.map(({ port }: { port: number }) => port)).toEqual([53, 53]);
    expect(dns.to[0].ipBlock.cidr).toBe("172.20.0.10/32");
  });

  test("what is declared, on the port of the pods and not of the service; credentials of the machine never", async () => {
    const found = policies(await orders({ ...FULL, servicePort: 8000 }));
    expect(found["ingress-shop"].ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
            podSelector: { matchLabels: { "app.kubernetes.io/name": "web" } },
          },
        ],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
    ]);
    expect(found["egress-database"].egress[0].ports).toEqual([{ port: 5432, protocol: "TCP" }]);
    expect(found["egress-out"].egress[0].to[0].ipBlock.except).toEqual(["169.254.0.0/16"]);
  });

  test("no pod runs before it is closed in, and none waits for the service, which waits for pods", async () => {
    const run = await orders(FULL);
    const { dependencies } = run.one("kubernetes:apps/v1:Deployment");
    const waits = (type: string) => dependencies.filter((urn) => urn.includes(type)).length;
    expect(waits(":NetworkPolicy::")).toBe(6);
    expect(waits(":Service::")).toBe(0);
    expect(run.one("kubernetes:core/v1:Service").inputs).toMatchObject({ spec: { type: "ClusterIP" } });
  });

  test("one more connection, variable or label changes or replaces no other object", async () => {
    const [before, after] = [
      await orders({ ingress: { shop: { namespace: "shop" } } }),
      await orders({
        ingress: { admin: { namespace: "admin" }, shop: { namespace: "shop" } },
        egress: { queue: { cidr: "10.0.0.0/8", port: 443 } },
      }),
    ];
    for (const [urn, inputs] of before.desired) expect([urn, after.desired.get(urn)]).toEqual([urn, inputs]);
    expect(after.desired.size - before.desired.size).toBe(2);
  });

  test("what cannot be changed later holds nothing that changes", async () => {
    const [before, after] = [await orders(), await orders({ ...FULL, image: args().image.replaceAll("1", "2") })];
    expect(deployment(after).selector).toEqual(deployment(before).selector);
    expect(one(after, "Service").spec.selector).toEqual(deployment(before).selector.matchLabels);
    expect(deployment(after).template.metadata.labels).toMatchObject(deployment(before).selector.matchLabels);
  });
});

describe("transforms", () => {
  test("reach one child and leave the others", async () => {
    const run = await orders({ transform: { service: { metadata: { name: "other" } } } });
    expect(one(run, "Service").metadata).toEqual({ name: "other" });
    expect(one(run, "Deployment").metadata.name).toBe("orders");
  });
});

describe("the plan", () => {
  const validArgs: fc.Arbitrary<WorkloadPlanArgs> = fc.record({
    service: fc.stringMatching(/^[a-z][a-z0-9]{0,18}$/),
    image: fc.constant(args().image),
    port: fc.integer({ min: 1024, max: 65_535 }),
    size: fc
      .tuple(
        fc.integer({ min: 10, max: 64_000 }),
        fc.integer({ min: 0, max: 8000 }),
        fc.integer({ min: 16, max: 9000 }),
      )
      .map(([cpuMillis, burst, memoryMiB]) => ({
        cpuMillis,
        cpuLimitMillis: Math.min(64_000, cpuMillis + burst),
        memoryMiB,
      })),
    scaling: fc
      .tuple(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 0, max: 50 }))
      .map(([min, more]) => ({ min, max: min + more })),
    probes: fc
      .tuple(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 5, max: 1800 }))
      .map(([intervalSeconds, startupSeconds]) => ({
        readinessPath: "/healthz",
        intervalSeconds,
        timeoutSeconds: 1,
        startupSeconds,
      })),
    drainSeconds: fc.integer({ min: 1, max: 300 }),
    shutdownSeconds: fc.integer({ min: 1, max: 3600 }),
    dnsAddress: fc.constant("172.20.0.10"),
  });

  /** Bytes or CPUs that a quantity means. */
  const amount = (text: string) => {
    const [, digits, unit = ""] = /^(\d+)(m|Mi|Gi)?$/.exec(text)!;
    return Number(digits) * { "": 1, m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30 }[unit]!;
  };

  test("for any arguments keeps what it promises", () => {
    fc.assert(
      fc.property(validArgs, (given) => {
        const plan = planWorkload("w", given);
        for (const kind of ["cpu", "memory", "ephemeral-storage"] as const) {
          expect(isQuantity(plan.requests[kind]) && isQuantity(plan.limits[kind])).toBe(true);
          expect(amount(plan.requests[kind])).toBeLessThanOrEqual(amount(plan.limits[kind]));
        }
        expect(amount(plan.requests.cpu)).toBeCloseTo(given.size.cpuMillis / 1000, 6);
        expect(plan.requests.memory).toBe(plan.limits.memory);
        expect(amount(plan.limits.memory)).toBe(given.size.memoryMiB * 2 ** 20);
        expect(plan.qualityOfService).toBe(plan.requests.cpu === plan.limits.cpu ? "Guaranteed" : "Burstable");
        expect(plan.terminationGracePeriodSeconds).toBeGreaterThan(given.drainSeconds! + given.shutdownSeconds!);
        expect(plan.livenessFailures).toBeGreaterThan(plan.readinessFailures);
        expect(plan.startupFailures * plan.startupIntervalSeconds).toBeGreaterThanOrEqual(given.probes.startupSeconds!);
        // Exactly one of the two owns the number of pods.
        expect([plan.replicas, plan.autoscaler].filter((owner) => owner !== undefined)).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  test("amounts are written as the API server stores them", () => {
    const plan = planWorkload("w", args({ size: { cpuMillis: 1500, cpuLimitMillis: 2000, memoryMiB: 2048 } }));
    expect(plan.limits).toMatchObject({ cpu: "2", memory: "2Gi" });
    expect(plan.requests.cpu).toBe("1500m");
  });

  const problemsOf = (over: Partial<WorkloadArgs>): string[] => {
    try {
      planWorkload("w", args(over));
    } catch (error) {
      if (error instanceof ProblemsError) return error.problems.map(({ property }) => property);
      throw error;
    }
    return [];
  };

  test.each<[string, Partial<WorkloadArgs>, string]>([
    ["an image by tag", { image: "ghcr.io/example/orders:latest" }, "image"],
    ["a port of root", { port: 80 }, "port"],
    ["root", { user: 0 }, "user"],
    ["one pod", { scaling: { min: 1 } }, "scaling.min"],
    ["fewer at most than at least", { scaling: { min: 4, max: 3 } }, "scaling.max"],
    [
      "a limit below the request",
      { size: { cpuMillis: 500, cpuLimitMillis: 250, memoryMiB: 64 } },
      "size.cpuLimitMillis",
    ],
    ["no path", { probes: { readinessPath: "healthz" } }, "probes.readinessPath"],
    [
      "checks that overlap",
      { probes: { readinessPath: "/", intervalSeconds: 5, timeoutSeconds: 5 } },
      "probes.timeoutSeconds",
    ],
    ["a name with dots", { service: "a.b" }, "service"],
    ["the platform's own variable", { variables: { PORT: "1" } }, "variables.PORT"],
    ["a system directory to write to", { writablePaths: [{ path: "/etc", sizeMiB: 1 }] }, "writablePaths[0].path"],
    [
      "two directories of one name",
      {
        writablePaths: [
          { path: "/tmp/a", sizeMiB: 1 },
          { path: "/tmp-a", sizeMiB: 1 },
        ],
      },
      "writablePaths[1].path",
    ],
    ["no network", { egress: { out: { cidr: "10.0.0.1/8", port: 1 } } }, "egress.out.cidr"],
    ["another name server", { egress: { dns: { cidr: "10.0.0.0/8", port: 53 } } }, "egress.dns"],
    ["a label with a space", { labels: { owner: "the web" } }, "labels.owner"],
    ["a name for the name server", { dnsAddress: "kube-dns" }, "dnsAddress"],
  ])("refuses %s", (_, over, property) => {
    expect(problemsOf(over)).toEqual([property]);
  });

  test("tells all that is wrong at once, before anything is registered", async () => {
    expect(problemsOf({ image: "x", port: 1, scaling: { min: 0 } })).toEqual(["image", "port", "scaling.min"]);
    await expect(orders({ port: 1 })).rejects.toThrow('"orders": 1 problem, nothing was changed');
  });
});

describe("the cluster", () => {
  const clusterArgs = (over: Partial<ClusterArgs> = {}): ClusterArgs => ({
    clusterName: "dev",
    version: "1.34",
    region: "eu-west-1",
    accountId: "000000000000",
    subnetIds: { a: "subnet-a", b: "subnet-b" },
    protect: true,
    ...over,
  });
  const cluster = (over: Partial<ClusterArgs> = {}, mode: Mode = "known") =>
    record(() => ({ kubeconfig: new Cluster("kubernetes", clusterArgs(over)).kubeconfig }), { mode });
  const eks = (run: Recording): Manifest => run.one("aws:eks:Cluster").inputs;

  test("has no public address unless networks are named, and then only for them", async () => {
    expect(eks(await cluster()).vpcConfig).toMatchObject({ endpointPrivateAccess: true, endpointPublicAccess: false });
    expect(eks(await cluster({ apiNetworks: ["203.0.113.0/24"] })).vpcConfig).toMatchObject({
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });

  test("encrypts secrets and logs with its own key, keeps every log, and cannot be deleted by accident", async () => {
    const run = await cluster();
    expect(eks(run).encryptionConfig).toMatchObject({ resources: ["secrets"] });
    expect(eks(run).encryptionConfig.provider.keyArn).toContain(`key/${run.one("aws:kms:Key").id}`);
    expect(eks(run).enabledClusterLogTypes).toEqual([
      "api",
      "audit",
      "authenticator",
      "controllerManager",
      "scheduler",
    ]);
    expect(eks(run).deletionProtection).toBe(true);
    expect(run.one("aws:eks:Cluster").protect).toBe(true);
    const group = run.one("aws:cloudwatch:LogGroup");
    expect(group.inputs).toMatchObject({ name: "/aws/eks/dev/cluster", retentionInDays: 30 });
    expect(String(run.one("aws:kms:Key").inputs.policy)).toContain(":log-group:/aws/eks/dev/cluster*");
    // EKS would make the group itself, without key and for ever.
    expect(run.one("aws:eks:Cluster").dependencies).toContain(group.urn);
  });

  test("is not left without the rights to take away what it made", async () => {
    const run = await cluster();
    const attachments = run.all("aws:iam:RolePolicyAttachment");
    expect(attachments).toHaveLength(7);
    for (const { urn } of attachments) expect(run.one("aws:eks:Cluster").dependencies).toContain(urn);
  });

  test("knows people by their roles only", async () => {
    const run = await cluster({ adminRoleArns: ["arn:aws:iam::000000000000:role/teams/platform-admin"] });
    expect(eks(run).accessConfig.authenticationMode).toBe("API");
    expect(run.all("aws:eks:AccessEntry").map(({ name }) => name)).toEqual(["kubernetes-platform-admin"]);
    expect(run.one("aws:eks:AccessPolicyAssociation").inputs.accessScope).toEqual({ type: "cluster" });
  });

  test("its kubeconfig holds no secret: the AWS CLI asks for a token", async () => {
    const run = await cluster();
    const config = JSON.parse(String(run.outputs.kubeconfig));
    expect(Object.keys(config.users[0].user)).toEqual(["exec"]);
    expect(config.users[0].user.exec.args).toEqual(expect.arrayContaining(["get-token", "dev", "eu-west-1"]));
  });

  test("can be previewed before it exists", async () => {
    const run = await cluster({}, "unknown");
    expect(run.resources.filter(({ custom }) => custom).length).toBeGreaterThan(10);
  });

  test.each<[string, Partial<ClusterArgs>, string]>([
    ["everybody", { apiNetworks: ["0.0.0.0/0"] }, "apiNetworks[0]"],
    ["no version", { version: "latest" }, "version"],
    ["a user", { adminRoleArns: ["arn:aws:iam::000000000000:user/me"] }, "adminRoleArns[0]"],
    ["public service addresses", { serviceCidr: "8.8.0.0/16" }, "serviceCidr"],
    ["a name with dots", { clusterName: "a.b" }, "clusterName"],
  ])("refuses %s", (_, over, property) => {
    expect(() => planCluster("kubernetes", clusterArgs(over))).toThrow(`"kubernetes": ${property}: `);
  });

  test("names the address of the cluster's DNS", () => {
    expect(planCluster("kubernetes", clusterArgs()).dnsAddress).toBe("172.20.0.10");
    expect(planCluster("kubernetes", clusterArgs({ serviceCidr: "10.100.0.0/16" })).dnsAddress).toBe("10.100.0.10");
  });
});
