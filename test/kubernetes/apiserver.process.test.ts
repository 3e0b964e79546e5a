/**
 * Lets a real Kubernetes API server, which nobody here wrote, judge both sides: the objects of our components, and what
 * the simulated cloud refuses. It is built once for each user.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Workload, type WorkloadArgs } from "../../components/kubernetes/index.ts";
import { getEnvironment } from "../../environments/index.ts";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import { type JsonObject, plainObject } from "../../simulator/provider/values.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { buildEnvironment } from "../../stacks/environment.ts";
import { createProvider } from "../../stacks/provider.ts";
import { CHANGES } from "../simulator/kubernetes/changes.ts";
import { RIGHT_MANIFESTS } from "../simulator/kubernetes/right-manifests.ts";
import {
  deployment,
  HARDENED,
  NAMESPACE,
  POD,
  podSpec,
  WRONG_MANIFESTS,
} from "../simulator/kubernetes/wrong-manifests.ts";
import { Provider } from "../simulator/provider-client.ts";
import { type RecordedResource, record } from "../support/harness.ts";
import { apiServerBinary } from "./apiserver.ts";
import { type KubernetesObject, RealCluster } from "./cluster.ts";

const real = new RealCluster();
const folder = mkdtempSync(join(tmpdir(), "causeway-kubernetes-"));
const store = new CloudStore(join(folder, "cloud.db"));
let server: CloudServer;
let simulated: Provider;

const say = (line: string) => process.stderr.write(`${line}\n`);

// On a new machine the server is built first.
beforeAll(async () => {
  await real.start(await apiServerBinary({ onProgress: say }));
  server = await serveCloud({ schemas: openSchema(process.cwd()), store, onError: () => undefined });
  simulated = await new Provider(server.kubernetesPort).configure({ clusterIdentifier: "judged" });
}, 90 * 60_000);

afterAll(async () => {
  simulated?.close();
  await server?.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
  await real.stop();
}, 60_000);

/** `spec.ports[0].port: Invalid value: 0: must be …` without the value, which the server prints as it has it in memory. */
const withoutValue = (text: string) =>
  text.replace(/(Invalid|Unsupported) value: ([{[].*[}\]]|null): /, "$1 value: …: ");

/** What the server has to say, one line for each mistake. */
function said({ body }: { readonly body: KubernetesObject }): string[] {
  const causes: { field: string; message: string }[] = body.details?.causes ?? [];
  return causes.map(({ field, message }) => withoutValue(`${field}: ${message}`));
}

describe("of wrong manifests, the simulated cloud says what the real server says", () => {
  test.each(WRONG_MANIFESTS)("$title", async ({ type, manifest, unreadable }) => {
    const { inputs, failures } = await simulated.check(type, "wrong", manifest);
    const answer = await real.create(type, plainObject(inputs));
    if (unreadable !== undefined) {
      expect([answer.status, answer.body.reason]).toEqual([400, "BadRequest"]);
      expect(answer.body.message).toContain(unreadable);
      expect(failures).toHaveLength(1);
      return;
    }
    expect([answer.status, answer.body.reason]).toEqual([422, "Invalid"]);
    const ours = failures.map(({ reason }) => withoutValue(reason.replace(/^.*? is invalid: /, "")));
    expect(ours.sort()).toEqual(said(answer).sort());
  });
});

/** An object's own parts, without what each server draws or counts by itself. */
function ownParts({ metadata: _metadata, status: _status, ...parts }: KubernetesObject): KubernetesObject {
  if (parts.spec === undefined) return parts;
  const { clusterIP, clusterIPs, ...spec } = parts.spec;
  return { ...parts, spec: clusterIP === "None" ? { ...spec, clusterIP, clusterIPs } : spec };
}

describe("right manifests are taken, and get the real server's defaults", () => {
  test.each(RIGHT_MANIFESTS)("$title", async ({ title, type, manifest }) => {
    const answer = await real.create(type, manifest);
    expect([answer.body.message, answer.status]).toEqual([undefined, 201]);
    const { state } = await simulated.make(type, title, manifest);
    expect(ownParts(plainObject(state))).toEqual(ownParts(answer.body));
  });
});

describe("what cannot be changed, the simulated cloud does not change", () => {
  test.each(CHANGES)("$title", async ({ title, type, before, after, outcome, needlessly }) => {
    const made = await simulated.make(type, title, before);
    const { inputs } = await simulated.check(type, title, after, { olds: made.inputs });
    const { replaces } = await simulated.diff(type, made, inputs);
    const updated = await simulated.update(type, title, made, inputs).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const { apiVersion, kind, ...manifest } = plainObject(made.inputs);
    expect((await real.apply(type, { apiVersion, kind, ...manifest }, { write: true })).body.message).toBeUndefined();
    const answer = await real.apply(type, plainObject(inputs));

    const ours = replaces.length > 0 ? "replaced" : updated === undefined ? "changed" : "refused";
    expect(ours).toBe(outcome);
    expect(answer.status === 200).toBe(outcome === "changed" || needlessly === true);
    // The server shows the difference of specs as it has them in memory.
    const message = answer.body.message?.replaceAll(/\n@@[\s\S]*?(?=, \w+: |\]?$)/g, "");
    if (outcome === "refused") expect(updated).toBe(message);
  });
});

describe("pod security decides as the real server does", () => {
  const pods: [string, JsonObject][] = [
    ["hardened", podSpec({ securityContext: HARDENED })],
    ["bare", podSpec()],
    ["as anybody", podSpec({ securityContext: { ...HARDENED, runAsNonRoot: false } })],
    ["as root", podSpec({ securityContext: { ...HARDENED, runAsUser: 0 } })],
    [
      "on the machine's disk",
      { ...podSpec({ securityContext: HARDENED }), volumes: [{ name: "h", hostPath: { path: "/" } }] },
    ],
    ["on the machine's network", { ...podSpec({ securityContext: HARDENED }), hostNetwork: true }],
    ["privileged", podSpec({ securityContext: { privileged: true }, ports: [{ containerPort: 80, hostPort: 80 }] })],
    [
      "with more rights",
      podSpec({ securityContext: { ...HARDENED, capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } } }),
    ],
    ["unconfined", podSpec({ securityContext: { ...HARDENED, seccompProfile: { type: "Unconfined" } } })],
  ];
  const levels = ["baseline", "restricted"];

  beforeAll(async () => {
    for (const level of levels) {
      const namespace = { metadata: { name: level, labels: { "pod-security.kubernetes.io/enforce": level } } };
      await simulated.make(NAMESPACE, level, namespace);
      expect((await real.create(NAMESPACE, namespace)).status).toBe(201);
    }
  });

  test.each(levels.flatMap((level) => pods.map(([title, spec]) => [level, title, spec] as const)))(
    "%s: %s",
    async (namespace, title, spec) => {
      const pod = { metadata: { name: title.replaceAll(/[^a-z]/g, "-"), namespace }, spec };
      const answer = await real.create(POD, pod);
      const verdict = await simulated.make(POD, title, pod).then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(verdict).toBe(answer.status === 201 ? undefined : answer.body.message);
    },
  );

  test("workloads are made with a warning, and their pods are not", async () => {
    const answer = await real.create("kubernetes:apps/v1:Deployment", deployment({}, "restricted"));
    expect(answer.status).toBe(201);
    expect(answer.warnings.join()).toContain('would violate PodSecurity "restricted:latest"');
    await expect(
      simulated.make("kubernetes:apps/v1:Deployment", "loose", deployment({}, "restricted")),
    ).rejects.toThrow("never becomes ready");
  });
});

describe("the build", () => {
  /** A go command that "builds" a script, and keeps a record of its builds. */
  function fakeGo(cacheRoot: string, build: string): NodeJS.ProcessEnv {
    const tools = join(cacheRoot, "tools");
    mkdirSync(tools, { recursive: true });
    const script = `#!/bin/sh
case "$1" in
env) echo go1.26.8; echo local;;
list) echo one; echo two;;
build) echo build >> "${cacheRoot}/builds"; ${build}; while [ "$1" != -o ]; do shift; done; echo built > "$2";;
esac`;
    writeFileSync(join(tools, "go"), script, { mode: 0o755 });
    return { ...process.env, PATH: `${tools}:${process.env.PATH}` };
  }

  const cacheOf = (name: string) => join(folder, name);
  const builds = (cacheRoot: string) => readFileSync(join(cacheRoot, "builds"), "utf8").trim().split("\n").length;

  test("says what to do where there is no Go, and where it fails", async () => {
    const onProgress = () => undefined;
    const none = { onProgress, cacheRoot: cacheOf("none"), env: { ...process.env, PATH: cacheOf("nothing") } };
    await expect(apiServerBinary(none)).rejects.toThrow(/there is no go on PATH: install Go .*npm run test:quick/);
    const env = fakeGo(cacheOf("fails"), "echo example.com/a: connection refused >&2; exit 1");
    await expect(apiServerBinary({ onProgress, cacheRoot: cacheOf("fails"), env })).rejects.toThrow(
      /connection refused\ngive the go command access to its module proxy \(GOPROXY\)/,
    );
  });

  test("happens once for all who need it, shows how far it is, and again when what is stored was damaged", async () => {
    const cacheRoot = cacheOf("shared");
    const lines: string[] = [];
    const options = { cacheRoot, env: fakeGo(cacheRoot, "true"), onProgress: (line: string) => void lines.push(line) };
    const [binary, same] = await Promise.all([apiServerBinary(options), apiServerBinary(options)]);
    expect([same, builds(cacheRoot)]).toEqual([binary, 1]);
    expect(lines.join("\n")).toMatch(
      /about six minutes[\s\S]*compiled 0 of 2 packages[\s\S]*Built the Kubernetes API server/,
    );
    writeFileSync(binary, "something else");
    expect([await apiServerBinary(options), builds(cacheRoot)]).toEqual([binary, 2]);
  });
});

/** Everything that a workload can be told. */
const FULL: WorkloadArgs = {
  image: `ghcr.io/example/orders@sha256:${"1".repeat(64)}`,
  port: 8080,
  servicePort: 8000,
  size: { cpuMillis: 1000, cpuLimitMillis: 1500, memoryMiB: 2048, diskMiB: 960 },
  scaling: { min: 2, max: 6 },
  probes: { readinessPath: "/ready", livenessPath: "/alive", startupSeconds: 90 },
  command: ["node", "server.js"],
  variables: { LOG_LEVEL: "info" },
  dnsAddress: "172.20.0.10",
  ingress: { shop: { namespace: "shop", service: "web" }, probes: { cidr: "10.3.0.0/16" } },
  egress: { database: { cidr: "10.3.0.0/16", port: 5432 }, out: { cidr: "0.0.0.0/0", port: 443 } },
  writablePaths: [{ path: "/tmp", sizeMiB: 64 }],
  labels: { owner: "web", environment: "dev" },
};

const ACCOUNT = "000000000000";
const BUILDS: [string, () => unknown][] = [
  ["a workload with everything", () => new Workload("orders", FULL)],
  [
    "a workload without an autoscaler",
    () => new Workload("plain", { ...FULL, scaling: { min: 3 }, writablePaths: [], ingress: {}, egress: {} }),
  ],
  [
    "the environment dev",
    () =>
      buildEnvironment(getEnvironment("dev"), {
        accountId: ACCOUNT,
        provider: createProvider(getEnvironment("dev"), ACCOUNT),
      }),
  ],
];

const IN_CLUSTER = /^kubernetes:/;
const byDependency = ({ type }: RecordedResource) => (type === NAMESPACE ? 0 : 1);

/** Every leaf of what was sent is in what is stored, in the same spelling: a refresh finds no difference. */
function expectStored(sent: KubernetesObject, stored: KubernetesObject): void {
  expect(stored).toMatchObject(sent);
}

describe.each(BUILDS)("%s", (_, build) => {
  let objects: { readonly type: string; readonly name: string; readonly manifest: KubernetesObject }[];

  beforeAll(async () => {
    const run = await record(build, { stack: "dev" });
    objects = run.resources
      .filter(({ type }) => IN_CLUSTER.test(type))
      .sort((a, b) => byDependency(a) - byDependency(b))
      .map(({ type, name, inputs }) => ({ type, name, manifest: JSON.parse(JSON.stringify(inputs)) }));
    expect(objects.length).toBeGreaterThanOrEqual(7);
  });

  test("is taken by the server, without a warning, and stored in the words in which it is written", async () => {
    for (const { type, manifest } of objects) {
      const answer = await real.create(type, manifest);
      expect([answer.body.message, answer.warnings]).toEqual([undefined, []]);
      expectStored(manifest, answer.body);
    }
  });

  test("changes nothing when it is applied again, as the Pulumi provider does", async () => {
    for (const { type, manifest } of objects) {
      const { body: before } = await real.read(type, manifest);
      const { apiVersion, kind } = before;
      const { status, body } = await real.apply(type, { apiVersion, kind, ...manifest });
      expect([status, body.spec, body.metadata.generation]).toEqual([200, before.spec, before.metadata.generation]);
    }
  });

  test("has in the simulated cloud the defaults that the server gives it", async () => {
    for (const { type, name, manifest } of objects) {
      const { body } = await real.read(type, manifest);
      const { state } = await simulated.make(type, name, manifest);
      expect(ownParts(plainObject(state))).toEqual(ownParts(body));
    }
  });

  test("runs pods that its own namespace admits", async () => {
    for (const { manifest } of objects.filter(({ type }) => type.endsWith(":Deployment"))) {
      const { namespace } = manifest.metadata;
      const pod = (spec: KubernetesObject) => ({ metadata: { name: "one", namespace }, spec });
      const { spec } = manifest.spec.template;
      const answer = await real.create(POD, pod(spec), { dryRun: true });
      expect([answer.body.message, answer.warnings]).toEqual([undefined, []]);
      const [container] = spec.containers;
      for (const weaker of [
        { ...spec, securityContext: { ...spec.securityContext, seccompProfile: undefined } },
        {
          ...spec,
          containers: [{ ...container, securityContext: { ...container.securityContext, capabilities: {} } }],
        },
        { ...spec, containers: [{ ...container, securityContext: { allowPrivilegeEscalation: true } }] },
        { ...spec, hostNetwork: true },
      ]) {
        const refused = await real.create(POD, pod(weaker), { dryRun: true });
        expect([refused.status, refused.body.reason]).toEqual([403, "Forbidden"]);
      }
    }
  });
});
