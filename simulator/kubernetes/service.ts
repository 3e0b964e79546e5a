/** The `kubernetes` provider: the Pulumi `ResourceProvider` protocol over clusters that live in the cloud's store. */
import { createHash, randomBytes } from "node:crypto";
import {
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { parseAllDocuments } from "yaml";
import { diffResource } from "../provider/diff.ts";
import { CloudError } from "../provider/errors.ts";
import { formatPath } from "../provider/paths.ts";
import { Sessions } from "../provider/session.ts";
import {
  isAbsent,
  isInternal,
  isObject,
  isUnknown,
  type Json,
  type JsonObject,
  knownString,
  plain,
  plainObject,
  sameValue,
  unmark,
} from "../provider/values.ts";
import type { ResourceSchema } from "../schema/index.ts";
import type { CloudStore } from "../store/store.ts";
import type { Unanswered } from "../store/unanswered.ts";
import { type ClusterSettings, checkSettings, meansOtherCluster, readSettings } from "./cluster.ts";
import { FieldErrors, fieldPath, objectOf } from "./fields.ts";
import { qualifiedKind, replacementPaths } from "./kinds.ts";
import { ClusterObjects, type Written } from "./objects.ts";
import { checkObject } from "./rules/index.ts";
import type { KubernetesSdk, ObjectKind } from "./schema.ts";
import { Shape } from "./shape.ts";

type Struct = InstanceType<typeof structPb.Struct>;

export interface KubernetesParts {
  readonly sdk: KubernetesSdk;
  readonly store: CloudStore;
  readonly unanswered: Unanswered;
  /** Called at every call of an engine. */
  readonly onCall: () => void;
  /** Called with every failure that is not a refusal. */
  readonly onError: (method: string, error: unknown) => void;
}

/** An object that is there but does not come up: it is kept in the stack, as the real provider keeps it. */
class NotReady extends Error {
  readonly written: Written;
  readonly inputs: JsonObject;

  constructor(written: Written, inputs: JsonObject) {
    super(written.notReady);
    this.written = written;
    this.inputs = inputs;
  }
}

/** Marks an object whose name was made up, as the real provider does. */
const AUTONAMED = "pulumi.com/autonamed";
/** Tokens of the SDK that are no objects of a cluster. */
const NOT_OBJECTS: Readonly<Record<string, string>> = {
  "helm.sh": "Helm releases are not simulated: their templates are rendered by Helm itself",
  kustomize: "Kustomize is not simulated: its files are read by Kustomize itself",
  yaml: "yaml.v2 components are made by the real provider; use ConfigFile or ConfigGroup of the module yaml, which the SDK makes itself",
};

export class KubernetesService {
  readonly sessions = new Sessions();
  readonly #clusters = new Map<string, ClusterSettings>();
  readonly #parts: KubernetesParts;
  readonly #objects: ClusterObjects;

  constructor(parts: KubernetesParts) {
    this.#parts = parts;
    this.#objects = new ClusterObjects(parts.store);
  }

  /** The connection is closed, and what Configure said goes with it. */
  drop(peer: string): void {
    this.sessions.drop(peer);
    this.#clusters.delete(peer);
  }

  /** What `Server.addService` takes. */
  implementation(): UntypedServiceImplementation {
    return {
      handshake: this.#method("Handshake", (peer, request: pb.ProviderHandshakeRequest) => {
        this.sessions.of(peer).attach(request.getEngineAddress());
        const response = new pb.ProviderHandshakeResponse();
        response.setAcceptSecrets(true);
        response.setSupportsAutonamingConfiguration(true);
        return response;
      }),
      attach: this.#method("Attach", (peer, request: pluginPb.PluginAttach) => {
        this.sessions.of(peer).attach(request.getAddress());
        return new emptyPb.Empty();
      }),
      getPluginInfo: this.#method("GetPluginInfo", () => {
        const info = new pluginPb.PluginInfo();
        info.setVersion(this.#parts.sdk.version);
        return info;
      }),
      getSchema: this.#method("GetSchema", () => {
        const response = new pb.GetSchemaResponse();
        response.setSchema(JSON.stringify({ name: "kubernetes", version: this.#parts.sdk.version }));
        return response;
      }),
      checkConfig: this.#method("CheckConfig", (_, request: pb.CheckRequest) => {
        const response = new pb.CheckResponse();
        response.setInputs(request.getNews());
        for (const { property, reason } of checkSettings(toObject(request.getNews())))
          response.addFailures(failure(property, reason));
        return response;
      }),
      diffConfig: this.#method("DiffConfig", (_, request: pb.DiffRequest) => {
        const olds = toObject(request.getOldInputs() ?? request.getOlds());
        const news = toObject(request.getNews());
        const response = new pb.DiffResponse();
        const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
        response.setChanges(sameValue(olds, news) ? DIFF_NONE : DIFF_SOME);
        if (meansOtherCluster(olds, news)) response.setReplacesList(["kubeconfig"]);
        return response;
      }),
      configure: this.#method("Configure", (peer, request: pb.ConfigureRequest) => {
        const config = toObject(request.getArgs());
        const [wrong] = checkSettings(config);
        if (wrong !== undefined) throw new CloudError("invalid", wrong.reason);
        this.#clusters.set(peer, readSettings(config));
        const response = new pb.ConfigureResponse();
        response.setAcceptsecrets(true);
        response.setSupportspreview(true);
        response.setSupportsAutonamingConfiguration(true);
        return response;
      }),
      check: this.#method("Check", (peer, request: pb.CheckRequest) => this.#check(peer, request)),
      diff: this.#method("Diff", (peer, request: pb.DiffRequest) => {
        this.#known(request);
        return this.#diff(peer, request);
      }),
      create: this.#method("Create", (peer, request: pb.CreateRequest) => this.#create(peer, request)),
      read: this.#method("Read", (peer, request: pb.ReadRequest) => {
        this.#known(request);
        return this.#read(peer, request);
      }),
      update: this.#method("Update", (peer, request: pb.UpdateRequest) => {
        this.#known(request);
        return this.#update(peer, request);
      }),
      delete: this.#method("Delete", (peer, request: pb.DeleteRequest) => {
        this.#known(request);
        this.#objects.delete(this.#cluster(peer), typeOf(request), request.getId());
        return new emptyPb.Empty();
      }),
      invoke: this.#method("Invoke", (_, request: pb.InvokeRequest) => invoke(request)),
      construct: this.#method("Construct", (_, request: pb.ConstructRequest): pb.ConstructResponse => {
        throw new CloudError("not-simulated", reasonFor(request.getType()) ?? `${request.getType()} is not simulated`);
      }),
      cancel: this.#method("Cancel", () => new emptyPb.Empty()),
    };
  }

  #method<Request, Response>(
    name: string,
    handle: (peer: string, request: Request) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return async (call: ServerUnaryCall<Request, Response>, callback) => {
      this.#parts.onCall();
      try {
        callback(null, await handle(call.getPeer(), call.request));
      } catch (error) {
        const details = error instanceof Error ? error.message : String(error);
        if (error instanceof NotReady) callback({ code: status.UNKNOWN, details, metadata: initFailed(error) });
        else if (error instanceof CloudError) callback({ code: status.UNKNOWN, details });
        else {
          this.#parts.onError(`kubernetes ${name}`, error);
          callback({ code: status.INTERNAL, details: `the simulated cluster failed in ${name}: ${details}` });
        }
      }
    };
  }

  #cluster(peer: string): ClusterSettings {
    const settings = this.#clusters.get(peer);
    if (settings !== undefined) return settings;
    throw new CloudError(
      "invalid",
      "the simulated cloud does not know this provider instance any more (it was restarted meanwhile); run the command again",
    );
  }

  #kind(token: string): ObjectKind {
    const reason = reasonFor(token);
    if (reason !== undefined) throw new CloudError("not-simulated", `${token}: ${reason}`);
    const kind = this.#parts.sdk.kind(token);
    if (kind === undefined)
      throw new CloudError(
        "not-simulated",
        `${token} is not a resource type of @pulumi/kubernetes ${this.#parts.sdk.version}`,
      );
    if (kind.properties !== undefined && /(List|Patch)$/.test(kind.kind)) {
      throw new CloudError(
        "not-simulated",
        `${token} is not simulated: write the ${kind.kind.replace(/(List|Patch)$/, "")} itself`,
      );
    }
    return kind;
  }

  #check(peer: string, request: pb.CheckRequest): pb.CheckResponse {
    const settings = this.#cluster(peer);
    const kind = this.#kind(typeOf(request));
    const response = new pb.CheckResponse();
    const news = toObject(request.getNews());
    const inputs: JsonObject = Object.fromEntries(
      Object.entries(news).filter(([key, value]) => !isInternal(key) && !isAbsent(value)),
    );
    inputs.apiVersion ??= kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
    inputs.kind ??= kind.kind;
    const metadata = unmark(inputs.metadata) ?? {};
    if (isObject(metadata)) inputs.metadata = this.#named(settings, kind, request, metadata);
    const errors = new FieldErrors();
    const bare = plainObject(inputs);
    if (kind.properties !== undefined) new Shape(this.#parts.sdk, errors).object(bare, kind.properties);
    checkObject(errors, kind, bare);
    const name = knownString(objectOf(bare.metadata).name) ?? nameOf(request);
    const told = new Set<string>();
    for (const { path, text } of errors.list) {
      const property = formatPath(path);
      // What is missing is missing both to the type and to the rules.
      if (told.has(property) && text.startsWith("Required value")) continue;
      told.add(property);
      response.addFailures(
        failure(property, `${qualifiedKind(kind)} "${name}" is invalid: ${fieldPath(path)}: ${text}`),
      );
    }
    response.setInputs(structPb.Struct.fromJavaScript(inputs));
    return response;
  }

  /** Fills in what the provider chooses: a name when there is none, and the namespace. */
  #named(settings: ClusterSettings, kind: ObjectKind, request: pb.CheckRequest, given: JsonObject): JsonObject {
    const metadata = { ...given };
    if (isAbsent(metadata.name) && isAbsent(metadata.generateName)) {
      const name = this.#autoname(request);
      if (name !== undefined) {
        metadata.name = name;
        const annotations = unmark(metadata.annotations);
        if (isAbsent(annotations) || isObject(annotations))
          metadata.annotations = { ...objectOf(annotations), [AUTONAMED]: "true" };
      }
    }
    if (this.#objects.isClusterScoped(settings, kind)) delete metadata.namespace;
    else if (isAbsent(metadata.namespace)) metadata.namespace = settings.namespace;
    return metadata;
  }

  #autoname(request: pb.CheckRequest): string | undefined {
    const before = objectOf(unmark(toObject(request.getOlds()).metadata));
    if (objectOf(before.annotations)[AUTONAMED] === "true") return knownString(before.name);
    const options = request.getAutonaming();
    const { DISABLE } = pb.CheckRequest.AutonamingOptions.Mode;
    if (options !== undefined) return options.getMode() === DISABLE ? undefined : options.getProposedName();
    const given = request.getRandomseed_asU8();
    const seed = given.length > 0 ? given : randomBytes(16);
    return `${nameOf(request)}-${createHash("sha256").update(seed).update(request.getUrn()).digest("hex").slice(0, 8)}`;
  }

  #diff(peer: string, request: pb.DiffRequest): pb.DiffResponse {
    const kind = this.#kind(typeOf(request));
    const { configMapMutable, secretMutable } = this.#cluster(peer);
    const state = toObject(request.getOlds());
    const olds = request.hasOldInputs() ? toObject(request.getOldInputs()) : state;
    const news = toObject(request.getNews());
    const immutable = unmark(olds.immutable) === true;
    const paths = replacementPaths(kind, { configMapMutable, secretMutable, immutable });
    const diff = diffResource(comparable(paths), olds, {}, news, request.getIgnorechangesList());
    const response = new pb.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
    response.setChanges(diff.changes.length === 0 ? DIFF_NONE : DIFF_SOME);
    response.setHasdetaileddiff(true);
    response.setDiffsList([...new Set(diff.changes.map((change) => String(change.path[0])))]);
    response.setReplacesList([...diff.replaces]);
    response.setDeletebeforereplace(diff.replaces.length > 0 && keepsItsName(olds, news));
    for (const { path, kind: change, replace } of diff.changes) {
      const detail = new pb.PropertyDiff();
      const kinds = pb.PropertyDiff.Kind;
      const [plainKind, replacing] = {
        add: [kinds.ADD, kinds.ADD_REPLACE],
        delete: [kinds.DELETE, kinds.DELETE_REPLACE],
        update: [kinds.UPDATE, kinds.UPDATE_REPLACE],
      }[change];
      detail.setKind((replace ? replacing : plainKind)!);
      detail.setInputdiff(true);
      response.getDetaileddiffMap().set(formatPath(path), detail);
    }
    return response;
  }

  async #create(peer: string, request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const token = typeOf(request);
    const kind = this.#kind(token);
    const inputs = toObject(request.getProperties());
    const response = new pb.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(structPb.Struct.fromJavaScript(this.#objects.preview(kind, inputs)));
      return response;
    }
    const urn = request.getUrn();
    const written = this.#parts.unanswered.make(urn, () =>
      this.#objects.create(this.#cluster(peer), kind, token, urn, inputs),
    );
    try {
      await this.#tell(peer, urn, written, inputs);
    } finally {
      this.#parts.unanswered.answered(urn, written.key);
    }
    response.setId(written.id);
    response.setProperties(structPb.Struct.fromJavaScript(written.state));
    return response;
  }

  #known(request: { getId(): string; getType(): string; getUrn(): string }): void {
    this.#parts.unanswered.known(typeOf(request), request.getId());
  }

  #read(peer: string, request: pb.ReadRequest): pb.ReadResponse {
    const token = typeOf(request);
    const stored = this.#objects.read(this.#cluster(peer), this.#kind(token), token, request.getId());
    const response = new pb.ReadResponse();
    if (stored === undefined) return response;
    const known = toObject(request.getInputs());
    response.setId(stored.id);
    response.setProperties(structPb.Struct.fromJavaScript(stored.state));
    const inputs = Object.keys(known).length === 0 ? stored.inputs : refreshed(known, stored.inputs);
    response.setInputs(structPb.Struct.fromJavaScript(inputs));
    return response;
  }

  async #update(peer: string, request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const token = typeOf(request);
    const kind = this.#kind(token);
    const inputs = toObject(request.getNews());
    const response = new pb.UpdateResponse();
    if (request.getPreview()) {
      response.setProperties(
        structPb.Struct.fromJavaScript(this.#objects.preview(kind, inputs, toObject(request.getOlds()))),
      );
      return response;
    }
    const written = this.#objects.update(this.#cluster(peer), kind, token, request.getUrn(), inputs);
    await this.#tell(peer, request.getUrn(), written, inputs);
    response.setProperties(structPb.Struct.fromJavaScript(written.state));
    return response;
  }

  async #tell(peer: string, urn: string, written: Written, inputs: JsonObject): Promise<void> {
    for (const warning of written.warnings) await this.sessions.of(peer).warn(urn, warning);
    if (written.notReady !== undefined) throw new NotReady(written, inputs);
  }
}

/** The inputs on record with the values the cluster has now; what somebody else has added stays theirs. */
function refreshed(known: JsonObject, live: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, value]): [string, Json][] => {
      if (isInternal(key)) return [[key, value]];
      const now = live[key];
      if (isAbsent(now)) return isAbsent(value) ? [[key, value]] : [];
      if (isObject(value) && isObject(now) && isObject(unmark(value)) && unmark(value) === value)
        return [[key, refreshed(value, now)]];
      return [[key, sameValue(value, now) ? value : now!]];
    }),
  );
}

/** What the comparison of inputs needs of a schema: which paths replace. */
function comparable(paths: readonly string[]): ResourceSchema {
  const schema = {
    token: "",
    inputs: new Map(),
    outputs: new Map(),
    computed: new Set<string>(),
    secrets: new Set<string>(),
    replacement: { known: true as const, paths, source: "forceNew of the kubernetes provider" },
    autoname: undefined,
    taggable: false,
    importExamples: [],
    aliases: [],
    region: false,
  };
  return schema as unknown as ResourceSchema;
}

/** Two objects of one name cannot be in one namespace at a time. */
function keepsItsName(olds: JsonObject, news: JsonObject): boolean {
  const [before, after] = [objectOf(unmark(olds.metadata)), objectOf(unmark(news.metadata))];
  if (objectOf(unmark(after.annotations))[AUTONAMED] === "true" || isUnknown(after.name)) return false;
  return sameValue(before.name, after.name) && sameValue(before.namespace, after.namespace);
}

function invoke(request: pb.InvokeRequest): pb.InvokeResponse {
  const token = request.getTok();
  if (token !== "kubernetes:yaml:decode") {
    throw new CloudError("not-simulated", reasonFor(token) ?? `${token} is not a function of the kubernetes provider`);
  }
  const { text, defaultNamespace } = toObject(request.getArgs());
  const source = plain(text ?? "");
  const response = new pb.InvokeResponse();
  const objects = parseAllDocuments(typeof source === "string" ? source : "").flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CloudError("invalid", `failed to decode YAML: ${error.message}`);
    const value = document.toJS() as Json;
    return isObject(value) ? [inNamespace(value, defaultNamespace)] : [];
  });
  response.setReturn(structPb.Struct.fromJavaScript({ result: objects }));
  return response;
}

function inNamespace(object: JsonObject, namespace: Json | undefined): JsonObject {
  const metadata = objectOf(object.metadata);
  if (typeof namespace !== "string" || namespace === "" || !isAbsent(metadata.namespace)) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}

function reasonFor(token: string): string | undefined {
  const [, first = ""] = /^kubernetes:([^:/]+)/.exec(token) ?? [];
  return NOT_OBJECTS[first];
}

/** How the engine learns that an object exists although its creation failed. */
function initFailed({ message, written, inputs }: NotReady): Metadata {
  const failed = new pb.ErrorResourceInitFailed();
  failed.setId(written.id);
  failed.setProperties(structPb.Struct.fromJavaScript(written.state));
  failed.setInputs(structPb.Struct.fromJavaScript(inputs));
  failed.setReasonsList([message]);
  const detail = new anyPb.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new statusPb.Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(message);
  answer.addDetails(detail);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return metadata;
}

function failure(property: string, reason: string): pb.CheckFailure {
  const message = new pb.CheckFailure();
  message.setProperty(property);
  message.setReason(reason);
  return message;
}

/** Engines before 3.140 send only the URN. */
function typeOf(request: { getType(): string; getUrn(): string }): string {
  return request.getType() || (request.getUrn().split("::")[2] ?? "").split("$").at(-1)!;
}

function nameOf(request: { getName(): string; getUrn(): string }): string {
  return request.getName() || request.getUrn().split("::").slice(3).join("::");
}

function toObject(struct: Struct | undefined): JsonObject {
  return (struct?.toJavaScript() ?? {}) as JsonObject;
}
