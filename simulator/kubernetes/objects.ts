/** The objects of clusters: made, read, changed and deleted in the cloud's store. */
import { createHash } from "node:crypto";
import { CloudError } from "../provider/errors.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import {
  isAbsent,
  isInternal,
  isObject,
  type Json,
  type JsonObject,
  knownString,
  plainObject,
  secret,
  UNKNOWN,
  unmark,
} from "../provider/values.ts";
import type { CloudStore, ResourceKey, StoredResource } from "../store/store.ts";
import type { ClusterSettings } from "./cluster.ts";
import { FieldErrors, fieldPath, objectOf, textOf } from "./fields.ts";
import { isBuiltInClusterScoped, qualifiedKind, qualifiedResource } from "./kinds.ts";
import { liveObject } from "./live.ts";
import { podSpecOf, policyOf, violations } from "./pod-security.ts";
import { checkChange } from "./rules/changes.ts";
import type { ObjectKind } from "./schema.ts";

/** Every cluster has them from the start. */
const FIRST_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];
const NAMESPACE = "kubernetes:core/v1:Namespace";

export interface Written {
  readonly id: string;
  readonly key: ResourceKey;
  readonly state: JsonObject;
  /** What the API server warns of. */
  readonly warnings: readonly string[];
  /** Why it is there but will never be ready. */
  readonly notReady?: string;
}

export class ClusterObjects {
  readonly #store: CloudStore;

  constructor(store: CloudStore) {
    this.#store = store;
  }

  /** Whether objects of the kind live outside of namespaces; of custom resources their definition says so. */
  isClusterScoped(settings: ClusterSettings, kind: ObjectKind): boolean {
    if (kind.properties !== undefined) return isBuiltInClusterScoped(kind);
    return this.#store
      .list(accountOf(settings), "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")
      .some((definition) => {
        const spec = objectOf(definition.inputs.spec);
        return spec.group === kind.group && objectOf(spec.names).kind === kind.kind && spec.scope === "Cluster";
      });
  }

  /** What is known of an object before it exists. */
  preview(kind: ObjectKind, inputs: JsonObject, previous?: JsonObject): JsonObject {
    const state = Object.fromEntries(Object.entries(inputs).filter(([key]) => !isInternal(key)));
    const before = objectOf(previous?.metadata);
    const identity = { uid: before.uid ?? UNKNOWN, creationTimestamp: before.creationTimestamp ?? UNKNOWN };
    if (isObject(unmark(state.metadata)))
      state.metadata = { ...objectOf(state.metadata), ...identity, resourceVersion: UNKNOWN };
    if (kind.properties === undefined) return state;
    if (qualifiedKind(kind) === "Service" && isObject(state.spec)) {
      const { clusterIP, clusterIPs } = objectOf(previous?.spec);
      state.spec = { clusterIP: clusterIP ?? UNKNOWN, clusterIPs: clusterIPs ?? UNKNOWN, ...state.spec };
    }
    if (state.spec !== undefined) state.status = UNKNOWN;
    return marked(kind, state);
  }

  /**
   * @throws CloudError when the API server would refuse it: no such namespace, the name is taken, a pod that its
   * namespace does not allow
   */
  create(settings: ClusterSettings, kind: ObjectKind, token: string, urn: string, inputs: JsonObject): Written {
    return this.#store.transaction(() => {
      const { name, namespace } = namesOf(inputs);
      this.#requireNamespace(settings, namespace);
      const key = keyOf(settings, token, inputs);
      const existing = this.#store.get(key);
      const first = qualifiedKind(kind) === "Namespace" && FIRST_NAMESPACES.includes(name);
      if ((existing !== undefined || first) && !settings.upsert) {
        throw new CloudError(
          "already-exists",
          `resource ${key.id} was not successfully created by the Kubernetes API server: ${qualifiedResource(kind)} "${name}" already exists`,
        );
      }
      return this.#write(settings, kind, key, urn, inputs, existing);
    });
  }

  /** @throws CloudError when it is gone, or when the API server would refuse it */
  update(settings: ClusterSettings, kind: ObjectKind, token: string, urn: string, inputs: JsonObject): Written {
    return this.#store.transaction(() => {
      const key = keyOf(settings, token, inputs);
      const existing = this.#store.get(key);
      if (existing === undefined) {
        const { name } = namesOf(inputs);
        throw new CloudError(
          "not-found",
          `${qualifiedResource(kind)} "${name}" not found. Refresh the stack so that it is created again.`,
        );
      }
      return this.#write(settings, kind, key, urn, inputs, existing);
    });
  }

  #write(
    settings: ClusterSettings,
    kind: ObjectKind,
    key: ResourceKey,
    urn: string,
    inputs: JsonObject,
    existing: StoredResource | undefined,
  ): Written {
    const { name, namespace } = namesOf(inputs);
    const security = this.#podSecurity(settings, kind, namespace, inputs);
    if (security.refused !== undefined && kind.kind === "Pod") {
      throw new CloudError("invalid", `pods "${name}" is forbidden: violates PodSecurity ${security.refused}`);
    }
    const seed = this.#store.setting("seed") ?? "causeway";
    const generation = existing === undefined ? this.#store.counters.next(key.account, `generation ${urn}`) : 0;
    const now = new Date().toISOString();
    const state = marked(
      kind,
      liveObject(kind, inputs, existing?.state, {
        digits: (purpose, length) =>
          createHash("sha256")
            .update([seed, key.account, key.type, key.id, urn, generation, purpose].join("\n"))
            .digest("hex")
            .slice(0, length),
        now: now.replace(/\.\d+Z$/, "Z"),
        region: settings.region,
      }),
    );
    if (existing !== undefined) refuseChange(kind, name, plainObject(existing.state), plainObject(state));
    const notReady =
      security.refused === undefined
        ? undefined
        : `${qualifiedResource(kind)} "${name}" never becomes ready: each of its pods is forbidden: violates PodSecurity ${security.refused}`;
    if (notReady !== undefined) state.status = unavailable(name, notReady);
    this.#store.put({
      ...key,
      arn: undefined,
      uniqueName: undefined,
      urn,
      inputs,
      state,
      createdAt: existing?.createdAt ?? now,
    });
    return { id: key.id, key, state, warnings: security.warnings, ...(notReady !== undefined && { notReady }) };
  }

  /** What the labels of the namespace say to the pods of an object. */
  #podSecurity(
    settings: ClusterSettings,
    kind: ObjectKind,
    namespace: string,
    inputs: JsonObject,
  ): { refused?: string; warnings: string[] } {
    const spec = kind.properties === undefined ? undefined : podSpecOf(kind.kind, plainObject(inputs));
    const home = spec && this.#store.get({ account: accountOf(settings), region: "", type: NAMESPACE, id: namespace });
    if (spec === undefined || home === undefined) return { warnings: [] };
    const policy = policyOf(objectOf(plainObject(objectOf(home.inputs.metadata)).labels));
    const warned = violations(policy.warn, spec);
    const refused = violations(policy.enforce, spec);
    return {
      warnings:
        warned === undefined || (kind.kind === "Pod" && refused !== undefined)
          ? []
          : [`would violate PodSecurity "${policy.warn}:${policy.warnVersion}": ${warned}`],
      ...(refused !== undefined && { refused: `"${policy.enforce}:${policy.enforceVersion}": ${refused}` }),
    };
  }

  #requireNamespace(settings: ClusterSettings, namespace: string): void {
    if (namespace === "" || FIRST_NAMESPACES.includes(namespace)) return;
    if (this.#store.get({ account: accountOf(settings), region: "", type: NAMESPACE, id: namespace }) !== undefined)
      return;
    throw new CloudError("not-found", `namespaces "${namespace}" not found`);
  }

  /** By `namespace/name`, or by name alone where there are no namespaces or the provider's is meant. */
  read(settings: ClusterSettings, kind: ObjectKind, token: string, id: string): StoredResource | undefined {
    const key = { account: accountOf(settings), region: "", type: token };
    const full = id.includes("/") || this.isClusterScoped(settings, kind) ? id : `${settings.namespace}/${id}`;
    return this.#store.get({ ...key, id: full });
  }

  /** A namespace takes along what is in it. Deleting what is gone is no error. */
  delete(settings: ClusterSettings, token: string, id: string): void {
    this.#store.transaction(() => {
      const account = accountOf(settings);
      if (token === NAMESPACE) {
        for (const object of this.#store.inAccount(account))
          if (object.id.startsWith(`${id}/`)) this.#store.remove(object);
      }
      this.#store.remove({ account, region: "", type: token, id });
    });
  }
}

/** @throws CloudError in the API server's words when the object cannot become that */
function refuseChange(kind: ObjectKind, name: string, before: JsonObject, after: JsonObject): void {
  const errors = new FieldErrors();
  checkChange(errors, kind, before, after);
  if (errors.list.length === 0) return;
  const said = errors.list.map(({ path, text }) => `${fieldPath(path)}: ${text}`);
  const list = said.length === 1 ? said[0] : `[${said.join(", ")}]`;
  throw new CloudError("invalid", `${qualifiedKind(kind)} "${name}" is invalid: ${list}`);
}

/** Each cluster is apart from the others and from the account's own resources. */
function accountOf(settings: ClusterSettings): string {
  return `${SIMULATED_ACCOUNT_ID}/kubernetes/${settings.cluster}`;
}

function namesOf(inputs: JsonObject): { name: string; namespace: string } {
  const metadata = objectOf(unmark(inputs.metadata));
  return { name: knownString(metadata.name) ?? "", namespace: knownString(metadata.namespace) ?? "" };
}

function keyOf(settings: ClusterSettings, token: string, inputs: JsonObject): ResourceKey {
  const { name, namespace } = namesOf(inputs);
  return {
    account: accountOf(settings),
    region: "",
    type: token,
    id: namespace === "" ? name : `${namespace}/${name}`,
  };
}

/** The values of secrets are secret, wherever they come from. */
function marked(kind: ObjectKind, state: JsonObject): JsonObject {
  if (qualifiedKind(kind) !== "Secret") return state;
  const values = Object.entries(state).map(([key, value]): [string, Json] =>
    ["data", "stringData"].includes(key) && !isAbsent(value) ? [key, secret(value)] : [key, value],
  );
  return Object.fromEntries(values);
}

function unavailable(name: string, message: string): JsonObject {
  return {
    replicas: 0,
    conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: textOf(message) ?? name }],
  };
}
