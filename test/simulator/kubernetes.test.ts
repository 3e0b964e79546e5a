/** The kubernetes provider as the engine meets it: over gRPC, with a server of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CloudServer, serveCloud } from "../../simulator/process/server.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore } from "../../simulator/store/store.ts";
import { CHANGES } from "./kubernetes/changes.ts";
import {
  CONFIG_MAP,
  DEPLOYMENT,
  deployment,
  HARDENED,
  NAMESPACE,
  POD,
  podSpec,
  SECRET,
  WRONG_MANIFESTS,
} from "./kubernetes/wrong-manifests.ts";
import { type Made, Provider, secretOf, UNKNOWN } from "./provider-client.ts";

const folder = mkdtempSync(join(tmpdir(), "kubernetes-"));
const store = new CloudStore(join(folder, "cloud.db"));
let server: CloudServer;
let provider: Provider;
let other: Provider;

const kubeconfig = (server: string) =>
  JSON.stringify({
    "current-context": "main",
    contexts: [{ name: "main", context: { cluster: "main" } }],
    clusters: [{ name: "main", cluster: { server } }],
  });

beforeAll(async () => {
  server = await serveCloud({ schemas: openSchema(process.cwd()), store, onError: () => undefined });
  provider = await new Provider(server.kubernetesPort).configure({ kubeconfig: kubeconfig("https://one.example.com") });
  other = await new Provider(server.kubernetesPort).configure({ kubeconfig: kubeconfig("https://two.example.com") });
});

afterAll(async () => {
  provider.close();
  other.close();
  await server.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

it("makes objects with the server's defaults and status, unchanged by a second check and a refresh, and gone after delete", async () => {
  const { inputs, failures } = await provider.check(DEPLOYMENT, "web", deployment({ replicas: 2 }));
  expect(failures).toEqual([]);
  expect(inputs).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "default" } });
  const made = await provider.create(DEPLOYMENT, "web", inputs);
  expect(made.id).toBe("default/web");
  expect(made.state).toMatchObject({ spec: { progressDeadlineSeconds: 600 }, status: { readyReplicas: 2 } });
  expect(await provider.diff(DEPLOYMENT, made, inputs)).toMatchObject({ changes: "none" });
  expect(await provider.read(DEPLOYMENT, made.id, made)).toEqual(made);
  expect((await provider.read(DEPLOYMENT, "default/web"))?.inputs).toEqual(inputs);
  const before = made.state.metadata as JsonObject;
  const changed = { ...inputs, spec: { ...(inputs.spec as JsonObject), replicas: 3 } };
  const updated = await provider.update(DEPLOYMENT, "web", made, changed);
  expect(updated.state).toMatchObject({ metadata: { uid: before.uid, generation: 2 }, status: { readyReplicas: 3 } });
  await expect(provider.create(DEPLOYMENT, "second", inputs)).rejects.toThrow('deployments.apps "web" already exists');
  await provider.delete(DEPLOYMENT, updated);
  expect(await provider.read(DEPLOYMENT, made.id, made)).toBeUndefined();
});

it.each(WRONG_MANIFESTS)("refuses $title where it stands", async ({ type, manifest, property, reason }) => {
  const { failures } = await provider.check(type, "wrong", manifest);
  expect(failures).toContainEqual({ property, reason: expect.stringContaining(reason) });
});

it.each(CHANGES)("holds to what can become of $title: $outcome", async ({ title, type, before, after, outcome }) => {
  const made = await other.make(type, title, before);
  const { inputs } = await other.check(type, title, after, { olds: made.inputs });
  const { replaces } = await other.diff(type, made, inputs);
  expect(replaces.length > 0).toBe(outcome === "replaced");
  if (outcome === "replaced") return;
  const updated = other.update(type, title, made, inputs);
  if (outcome === "changed") expect((await updated).id).toBe(made.id);
  else {
    await expect(updated).rejects.toThrow(" is invalid: ");
    expect((await other.read(type, made.id, made))?.state).toEqual(made.state);
  }
});

it("lets a claim grow and not shrink", async () => {
  const claim = (storage: string) => ({
    metadata: { name: "grows" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  });
  const type = "kubernetes:core/v1:PersistentVolumeClaim";
  const made = await provider.make(type, "grows", claim("1Gi"));
  const of = (storage: string) => ({ ...made.inputs, spec: claim(storage).spec });
  const grown = await provider.update(type, "grows", made, of("2Gi"));
  await expect(provider.update(type, "grows", grown, of("1Gi"))).rejects.toThrow(
    "spec.resources.requests[storage]: Forbidden: field can not be less than status.capacity",
  );
});

it("passes over what is not known yet, and knows little of what is not made yet", async () => {
  const unknown = deployment({ selector: { matchLabels: { app: UNKNOWN } }, replicas: UNKNOWN });
  const { inputs, failures } = await provider.check(DEPLOYMENT, "web", unknown);
  expect(failures).toEqual([]);
  const planned = await provider.create(DEPLOYMENT, "web", inputs, true);
  expect(planned.state).toMatchObject({ metadata: { name: "web", uid: UNKNOWN }, status: UNKNOWN });
});

it("makes up names as the real provider does and keeps them; a given name is freed before it is taken again", async () => {
  const { inputs } = await provider.check(CONFIG_MAP, "settings", { data: { a: "1" } });
  const { name, annotations } = inputs.metadata as { name: string; annotations: JsonObject };
  expect(name).toMatch(/^settings-[0-9a-f]{8}$/);
  expect(annotations).toEqual({ "pulumi.com/autonamed": "true" });
  const again = await provider.check(CONFIG_MAP, "settings", { data: { a: "2" } }, { olds: inputs });
  expect(again.inputs.metadata).toEqual(inputs.metadata);
  const made = await provider.create(CONFIG_MAP, "settings", inputs);
  expect(await provider.diff(CONFIG_MAP, made, again.inputs)).toMatchObject({
    replaces: ["data"],
    deleteBeforeReplace: false,
    details: { "data.a": "UPDATE_REPLACE" },
  });
  const named = await provider.make(DEPLOYMENT, "named", deployment());
  const moved = deployment({ selector: { matchLabels: { app: "api" } } }, "default");
  const checked = { ...named.inputs, ...moved };
  expect(await provider.diff(DEPLOYMENT, named, checked)).toMatchObject({
    replaces: ["spec"],
    deleteBeforeReplace: true,
  });
  await provider.delete(DEPLOYMENT, named);
});

it("keeps secrets secret and what the server makes of them", async () => {
  const made = await provider.make(SECRET, "login", { stringData: secretOf({ password: "hunter2" }) });
  expect(made.state.stringData).toBeUndefined();
  expect(made.state.data).toEqual(secretOf({ password: Buffer.from("hunter2").toString("base64") }));
});

it("wants the namespace to exist, and deletes what is in it along with it", async () => {
  const inside = deployment({}, "shop");
  await expect(provider.make(DEPLOYMENT, "inside", inside)).rejects.toThrow('namespaces "shop" not found');
  const shop = await provider.make(NAMESPACE, "shop", { metadata: { name: "shop" } });
  expect(shop.id).toBe("shop");
  const made = await provider.make(DEPLOYMENT, "inside", inside);
  expect(await other.read(DEPLOYMENT, made.id, made)).toBeUndefined();
  await expect(other.make(DEPLOYMENT, "inside", inside)).rejects.toThrow('namespaces "shop" not found');
  await provider.delete(NAMESPACE, shop);
  expect(await provider.read(DEPLOYMENT, made.id, made)).toBeUndefined();
});

it("admits to a restricted namespace what is hardened; other pods are refused, and their workloads never become ready", async () => {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await provider.make(NAMESPACE, "safe", { metadata: { name: "safe", labels } });
  const hardened = podSpec({ securityContext: HARDENED });
  expect(await provider.make(DEPLOYMENT, "fine", deployment({}, "safe", hardened))).toMatchObject({ id: "safe/web" });
  const pod = {
    metadata: { name: "bare", namespace: "safe" },
    spec: podSpec({ securityContext: { ...HARDENED, runAsNonRoot: false } }),
  };
  await expect(provider.make(POD, "bare", pod)).rejects.toThrow(
    'pods "bare" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (container "web" must not set securityContext.runAsNonRoot=false)',
  );
  const loose = { ...deployment({}, "safe"), metadata: { name: "loose", namespace: "safe" } };
  await expect(provider.make(DEPLOYMENT, "loose", loose)).rejects.toThrow(
    /deployments\.apps "loose" never becomes ready: .*allowPrivilegeEscalation != false/,
  );
  expect((await provider.read(DEPLOYMENT, "safe/loose"))?.state.status).toMatchObject({ replicas: 0 });
});

it("takes custom resources, and reads manifests for the SDK", async () => {
  const made: Made = await provider.make("kubernetes:eks.amazonaws.com/v1:NodeClass", "general", {
    spec: { anything: [1] },
  });
  expect(made.state).toMatchObject({ apiVersion: "eks.amazonaws.com/v1", kind: "NodeClass", spec: { anything: [1] } });
  const text = "kind: A\n---\nkind: B\nmetadata: {namespace: x}\n";
  expect(await provider.invoke("kubernetes:yaml:decode", { text, defaultNamespace: "y" })).toEqual({
    result: [
      { kind: "A", metadata: { namespace: "y" } },
      { kind: "B", metadata: { namespace: "x" } },
    ],
  });
  await expect(provider.invoke("kubernetes:helm:template", {})).rejects.toThrow(/helm/i);
});

it("says what is wrong with a kubeconfig before anything is made with it", async () => {
  const { failures } = await provider.checkConfig({ kubeconfig: kubeconfig("https://x"), context: "nowhere" });
  expect(failures).toEqual([{ property: "kubeconfig", reason: 'context "nowhere" does not exist in the kubeconfig' }]);
});
