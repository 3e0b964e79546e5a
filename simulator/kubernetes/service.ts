/** The `kubernetes` provider: the Pulumi `ResourceProvider` protocol over clusters that live in the cloud's store. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { CloudError } from "../provider/errors.ts";
import {
  answering,
  autonamingOf,
  configuredWith,
  differenceOf,
  handshakeOf,
  type Known,
  type Listeners,
  nameOf,
  pluginInfoOf,
  sameOrNot,
  schemaOf,
  toFailure,
  tokenOf,
  toObject,
  toStruct,
} from "../provider/protocol.ts";
import { Sessions } from "../provider/session.ts";
import { isAbsent, isInternal, isObject, type Json, type JsonObject, sameValue, unmark } from "../provider/values.ts";
import type { CloudStore } from "../store/store.ts";
import type { Unanswered } from "../store/unanswered.ts";
import { checkInputs } from "./check.ts";
import { type ClusterSettings, checkSettings, meansOtherCluster, readSettings } from "./cluster.ts";
import { diffObject } from "./diff.ts";
import { initFailed, NotReady } from "./not-ready.ts";
import { ClusterObjects, type Written } from "./objects.ts";
import type { KubernetesSdk, ObjectKind } from "./schema.ts";
import { kindOf, whyNotSimulated } from "./tokens.ts";
import { decodeYaml } from "./yaml.ts";

export interface KubernetesParts extends Listeners {
  readonly sdk: KubernetesSdk;
  readonly store: CloudStore;
  readonly unanswered: Unanswered;
}

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
    const failed = (error: unknown) => (error instanceof NotReady ? initFailed(error) : undefined);
    const method = answering(this.#parts, "cluster", "kubernetes ", failed);
    /** Of objects that the engine names by their ids: it was told of them. */
    const known = <Request extends Known, Response>(
      name: string,
      handle: (peer: string, request: Request) => Response | Promise<Response>,
    ) =>
      method(name, (peer, request: Request) => {
        this.#parts.unanswered.known(tokenOf(request), request.getId());
        return handle(peer, request);
      });
    return {
      handshake: method("Handshake", (peer, request: pb.ProviderHandshakeRequest) => {
        this.sessions.of(peer).attach(request.getEngineAddress());
        return handshakeOf({ autonaming: true });
      }),
      attach: method("Attach", (peer, request: pluginPb.PluginAttach) => {
        this.sessions.of(peer).attach(request.getAddress());
        return new emptyPb.Empty();
      }),
      getPluginInfo: method("GetPluginInfo", () => pluginInfoOf(this.#parts.sdk.version)),
      getSchema: method("GetSchema", () => schemaOf("kubernetes", this.#parts.sdk.version)),
      checkConfig: method("CheckConfig", (_, request: pb.CheckRequest) => {
        const response = new pb.CheckResponse();
        response.setInputs(request.getNews());
        response.setFailuresList(checkSettings(toObject(request.getNews())).map(toFailure));
        return response;
      }),
      diffConfig: method("DiffConfig", (_, request: pb.DiffRequest) => {
        const olds = toObject(request.getOldInputs() ?? request.getOlds());
        const news = toObject(request.getNews());
        return sameOrNot(sameValue(olds, news), meansOtherCluster(olds, news) ? ["kubeconfig"] : []);
      }),
      configure: method("Configure", (peer, request: pb.ConfigureRequest) => {
        const config = toObject(request.getArgs());
        const [wrong] = checkSettings(config);
        if (wrong !== undefined) throw new CloudError("invalid", wrong.reason);
        this.#clusters.set(peer, readSettings(config));
        return configuredWith({ autonaming: true });
      }),
      check: method("Check", (peer, request: pb.CheckRequest) => this.#check(peer, request)),
      diff: known("Diff", (peer, request: pb.DiffRequest) => this.#diff(peer, request)),
      create: method("Create", (peer, request: pb.CreateRequest) => this.#create(peer, request)),
      read: known("Read", (peer, request: pb.ReadRequest) => this.#read(peer, request)),
      update: known("Update", (peer, request: pb.UpdateRequest) => this.#update(peer, request)),
      delete: known("Delete", (peer, request: pb.DeleteRequest) => {
        this.#objects.delete(this.#cluster(peer), tokenOf(request), request.getId());
        return new emptyPb.Empty();
      }),
      invoke: method("Invoke", (_, request: pb.InvokeRequest) => invoke(request)),
      construct: method("Construct", (_, request: pb.ConstructRequest): pb.ConstructResponse => {
        throw new CloudError(
          "not-simulated",
          whyNotSimulated(request.getType()) ?? `${request.getType()} is not simulated`,
        );
      }),
      cancel: method("Cancel", () => new emptyPb.Empty()),
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
    return kindOf(this.#parts.sdk, token);
  }

  #check(peer: string, request: pb.CheckRequest): pb.CheckResponse {
    const settings = this.#cluster(peer);
    const kind = this.#kind(tokenOf(request));
    const { inputs, failures } = checkInputs(this.#parts.sdk, kind, {
      urn: request.getUrn(),
      logicalName: nameOf(request),
      olds: toObject(request.getOlds()),
      news: toObject(request.getNews()),
      namespace: this.#objects.isClusterScoped(settings, kind) ? undefined : settings.namespace,
      autonaming: autonamingOf(request),
      seed: request.getRandomseed_asU8(),
    });
    const response = new pb.CheckResponse();
    response.setInputs(toStruct(inputs));
    response.setFailuresList(failures.map(toFailure));
    return response;
  }

  #diff(peer: string, request: pb.DiffRequest): pb.DiffResponse {
    const olds = toObject(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
    const kind = this.#kind(tokenOf(request));
    const news = toObject(request.getNews());
    return differenceOf(diffObject(this.#cluster(peer), kind, olds, news, request.getIgnorechangesList()));
  }

  async #create(peer: string, request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const token = tokenOf(request);
    const kind = this.#kind(token);
    const inputs = toObject(request.getProperties());
    const response = new pb.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(toStruct(this.#objects.preview(kind, inputs)));
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
    response.setProperties(toStruct(written.state));
    return response;
  }

  #read(peer: string, request: pb.ReadRequest): pb.ReadResponse {
    const token = tokenOf(request);
    const stored = this.#objects.read(this.#cluster(peer), this.#kind(token), token, request.getId());
    const response = new pb.ReadResponse();
    if (stored === undefined) return response;
    const known = toObject(request.getInputs());
    response.setId(stored.id);
    response.setProperties(toStruct(stored.state));
    const inputs = Object.keys(known).length === 0 ? stored.inputs : refreshed(known, stored.inputs);
    response.setInputs(toStruct(inputs));
    return response;
  }

  async #update(peer: string, request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const token = tokenOf(request);
    const kind = this.#kind(token);
    const inputs = toObject(request.getNews());
    const response = new pb.UpdateResponse();
    if (request.getPreview()) {
      response.setProperties(toStruct(this.#objects.preview(kind, inputs, toObject(request.getOlds()))));
      return response;
    }
    const written = this.#objects.update(this.#cluster(peer), kind, token, request.getUrn(), inputs);
    await this.#tell(peer, request.getUrn(), written, inputs);
    response.setProperties(toStruct(written.state));
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

function invoke(request: pb.InvokeRequest): pb.InvokeResponse {
  const token = request.getTok();
  if (token !== "kubernetes:yaml:decode") {
    const why = whyNotSimulated(token) ?? `${token} is not a function of the kubernetes provider`;
    throw new CloudError("not-simulated", why);
  }
  const response = new pb.InvokeResponse();
  response.setReturn(toStruct({ result: decodeYaml(toObject(request.getArgs())) }));
  return response;
}
