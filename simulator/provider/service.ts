/** The Pulumi `ResourceProvider` protocol: messages in, the simulated cloud's answers out. */
import { setTimeout as sleep } from "node:timers/promises";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { AWS_RULES, type Rules } from "../rules/index.ts";
import type { ResourceSchema, SchemaSource } from "../schema/index.ts";
import type { CloudStore } from "../store/store.ts";
import type { Unanswered } from "../store/unanswered.ts";
import { checkResource } from "./check.ts";
import { diffResource } from "./diff.ts";
import { CloudError } from "./errors.ts";
import type { Invoke } from "./invoke.ts";
import { nameDigits } from "./origin.ts";
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
} from "./protocol.ts";
import { Resources, type UpdateRequest } from "./resources.ts";
import { type Session, Sessions } from "./session.ts";
import { type Caller, readSettings, SIMULATED_ACCOUNT_ID, unknownSettings } from "./settings.ts";
import { storedType } from "./uniqueness.ts";
import { isAbsent, plainObject, sameValue } from "./values.ts";

/** How long creates take, in milliseconds. AWS may lose an answer before or after it has made the object. */
export interface CreateLatency {
  readonly beforeStoreMs: number;
  readonly afterStoreMs: number;
}

export interface ProviderParts extends Listeners {
  readonly schemas: SchemaSource;
  readonly store: CloudStore;
  readonly unanswered: Unanswered;
  readonly invoke: Invoke;
  /** What AWS refuses. @default AWS_RULES */
  readonly rules?: Rules;
  readonly createLatency: () => CreateLatency;
  /** How long a create waits for what would allow it, in milliseconds. @default 10,000 */
  readonly settlingMs?: number;
}

export class ProviderService {
  readonly sessions = new Sessions();
  readonly #parts: ProviderParts;
  readonly #resources: Resources;
  readonly #rules: Rules;

  constructor(parts: ProviderParts) {
    this.#parts = parts;
    this.#rules = parts.rules ?? AWS_RULES;
    this.#resources = new Resources(parts.schemas, parts.store, this.#rules);
  }

  /** What `Server.addService` takes. */
  implementation(): UntypedServiceImplementation {
    const answer = answering(this.#parts, "cloud");
    const method = <Request, Response>(
      name: string,
      handle: (session: Session, request: Request) => Response | Promise<Response>,
    ) => answer(name, (peer, request: Request) => handle(this.sessions.of(peer), request));
    /** Of objects that the engine names by their ids: it was told of them. */
    const known = <Request extends Known, Response>(
      name: string,
      handle: (session: Session, request: Request) => Response | Promise<Response>,
    ) =>
      method(name, (session, request: Request) => {
        this.#parts.unanswered.known(storedType(tokenOf(request)), request.getId());
        return handle(session, request);
      });
    return {
      handshake: method("Handshake", (session, request: pb.ProviderHandshakeRequest) => {
        session.attach(request.getEngineAddress());
        return handshakeOf({ autonaming: true });
      }),
      attach: method("Attach", (session, request: pluginPb.PluginAttach) => {
        session.attach(request.getAddress());
        return new emptyPb.Empty();
      }),
      getPluginInfo: method("GetPluginInfo", () => pluginInfoOf(this.#parts.schemas.version)),
      getSchema: method("GetSchema", () => schemaOf("aws", this.#parts.schemas.version)),
      checkConfig: method("CheckConfig", async (session, request: pb.CheckRequest) => {
        const response = new pb.CheckResponse();
        const news = toObject(request.getNews());
        if (session.defaultRegion !== undefined && isAbsent(news.region)) news.region = session.defaultRegion;
        response.setInputs(toStruct(news));
        const { failures, ignored } = readSettings(news, this.#caller(session));
        const all = [...failures, ...unknownSettings(this.#parts.schemas, news)];
        response.setFailuresList(all.map(toFailure));
        if (ignored.length > 0) {
          const what = ignored.join(", ");
          await session.warn(
            request.getUrn(),
            `not used on the simulated cloud, where everything is in account ${SIMULATED_ACCOUNT_ID}: ${what}`,
          );
        }
        return response;
      }),
      diffConfig: method("DiffConfig", (_, request: pb.DiffRequest) => {
        const olds = toObject(request.getOldInputs() ?? request.getOlds());
        return sameOrNot(sameValue(olds, toObject(request.getNews())));
      }),
      configure: method("Configure", (session, request: pb.ConfigureRequest) => {
        const { settings, failures } = readSettings(toObject(request.getArgs()), this.#caller(session));
        if (failures.length > 0) throw new CloudError("invalid", failures.map((f) => f.reason).join("\n"));
        session.configure(settings);
        return configuredWith({ autonaming: true });
      }),
      check: method("Check", (session, request: pb.CheckRequest) => this.#check(session, request)),
      diff: known("Diff", (session, request: pb.DiffRequest) => this.#diff(session, request)),
      create: method("Create", (session, request: pb.CreateRequest) => this.#create(session, request)),
      read: known("Read", (session, request: pb.ReadRequest) => this.#read(session, request)),
      update: known("Update", (session, request: pb.UpdateRequest) => this.#update(session, request)),
      delete: known("Delete", (session, request: pb.DeleteRequest) => {
        const schema = this.#schema(tokenOf(request));
        this.#resources.delete(schema, session.settings(), request.getId(), toObject(request.getProperties()));
        return new emptyPb.Empty();
      }),
      invoke: method("Invoke", (session, request: pb.InvokeRequest) => {
        const args = plainObject(toObject(request.getArgs()));
        const answer = this.#parts.invoke.call(request.getTok(), session.settings(), args);
        const response = new pb.InvokeResponse();
        if ("failures" in answer) response.setFailuresList(answer.failures.map(toFailure));
        else response.setReturn(toStruct(answer.result));
        return response;
      }),
      cancel: method("Cancel", () => new emptyPb.Empty()),
    };
  }

  #caller(session: Session): Caller {
    return {
      keepsStateApart: session.keepsStateApart,
      issued: (accessKey) => this.#parts.store.find(SIMULATED_ACCOUNT_ID, "", accessKey) !== undefined,
    };
  }

  #schema(token: string): ResourceSchema {
    const schema = this.#parts.schemas.resource(token);
    if (schema !== undefined) return schema;
    const near = this.#parts.schemas.suggest(token)[0];
    throw new CloudError(
      "not-simulated",
      `${token} is not a resource type of @pulumi/aws ${this.#parts.schemas.version}` +
        (near === undefined ? "" : `; did you mean ${near}?`),
    );
  }

  #check(session: Session, request: pb.CheckRequest): pb.CheckResponse {
    const schema = this.#schema(tokenOf(request));
    const { inputs, failures } = checkResource(this.#parts.schemas, schema, session.settings(), {
      logicalName: nameOf(request),
      olds: request.hasOlds() ? toObject(request.getOlds()) : undefined,
      news: toObject(request.getNews()),
      digits: nameDigits(this.#parts.store, session.settings().account, request.getUrn()),
      autonaming: autonamingOf(request),
    });
    const response = new pb.CheckResponse();
    response.setInputs(toStruct(inputs));
    response.setFailuresList([...failures, ...this.#rules.check(schema.token, inputs)].map(toFailure));
    return response;
  }

  async #diff(session: Session, request: pb.DiffRequest): Promise<pb.DiffResponse> {
    const schema = this.#schema(tokenOf(request));
    const state = toObject(request.getOlds());
    const oldInputs = request.hasOldInputs() ? toObject(request.getOldInputs()) : state;
    const diff = diffResource(schema, oldInputs, state, toObject(request.getNews()), request.getIgnorechangesList());
    if (diff.changes.length > 0 && !schema.replacement.known) {
      await session.warn(
        request.getUrn(),
        `what forces replacement is not known for ${schema.token}; shown as update, though AWS may replace it`,
      );
    }
    return differenceOf(diff);
  }

  async #create(session: Session, request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const schema = this.#schema(tokenOf(request));
    const inputs = toObject(request.getProperties());
    const response = new pb.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(toStruct(this.#resources.previewCreate(schema, inputs)));
      return response;
    }
    const settings = session.settings();
    const { beforeStoreMs, afterStoreMs } = this.#parts.createLatency();
    if (beforeStoreMs > 0) await sleep(beforeStoreMs);
    const urn = request.getUrn();
    const answer = await settled(this.#parts.settlingMs ?? SETTLING_MS, () =>
      this.#parts.unanswered.make(urn, () => this.#resources.create(schema, settings, urn, nameOf(request), inputs)),
    );
    if (afterStoreMs > 0) await sleep(afterStoreMs);
    this.#parts.unanswered.answered(urn, answer.key);
    response.setId(answer.id);
    response.setProperties(toStruct(answer.state));
    return response;
  }

  #read(session: Session, request: pb.ReadRequest): pb.ReadResponse {
    const answer = this.#resources.read(
      this.#schema(tokenOf(request)),
      session.settings(),
      request.getId(),
      request.hasInputs() ? toObject(request.getInputs()) : undefined,
      request.hasProperties() ? toObject(request.getProperties()) : undefined,
    );
    const response = new pb.ReadResponse();
    if (answer === undefined) return response;
    response.setId(answer.id);
    response.setProperties(toStruct(answer.state));
    response.setInputs(toStruct(answer.inputs));
    return response;
  }

  #update(session: Session, request: pb.UpdateRequest): pb.UpdateResponse {
    const schema = this.#schema(tokenOf(request));
    const state = toObject(request.getOlds());
    const olds = { inputs: request.hasOldInputs() ? toObject(request.getOldInputs()) : state, state };
    const news = toObject(request.getNews());
    const update: UpdateRequest = {
      urn: request.getUrn(),
      logicalName: nameOf(request),
      id: request.getId(),
      olds,
      news,
      ignoreChanges: request.getIgnorechangesList(),
    };
    const response = new pb.UpdateResponse();
    const updated = request.getPreview()
      ? this.#resources.previewUpdate(schema, session.settings(), update)
      : this.#resources.update(schema, session.settings(), update);
    response.setProperties(toStruct(updated));
    return response;
  }
}

const SETTLING_MS = 10_000;
const LOOK_EVERY_MS = 150;

/**
 * Creates that nothing in the program orders are under way together, and their order here follows from the machine. So
 * that it decides nothing, one that only another's absence speaks against waits for that other.
 */
async function settled<T>(settlingMs: number, create: () => T): Promise<T> {
  for (let left = Math.ceil(settlingMs / LOOK_EVERY_MS); ; left--) {
    try {
      return create();
    } catch (error) {
      if (left <= 0 || !(error instanceof CloudError) || error.refusal?.passing !== true) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
