/** Talks to the simulated cloud as the engine does: gRPC over loopback, one connection per provider instance. */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { JsonObject } from "../../simulator/provider/values.ts";

const { Struct } = structPb;
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";

export const secretOf = (value: JsonObject[string]): JsonObject => ({
  [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270",
  value,
});

export function urnOf(type: string, name: string, stack = "test"): string {
  return `urn:pulumi:${stack}::app::${type}::${name}`;
}

export interface Checked {
  readonly inputs: JsonObject;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

export interface Diffed {
  readonly changes: "none" | "some";
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
  /** Kinds by property path, such as `{ cidrBlock: "UPDATE_REPLACE" }`. */
  readonly details: Record<string, string>;
}

export interface Made {
  readonly id: string;
  readonly inputs: JsonObject;
  readonly state: JsonObject;
}

const KINDS = ["ADD", "ADD_REPLACE", "DELETE", "DELETE_REPLACE", "UPDATE", "UPDATE_REPLACE"];

/** One provider instance. */
export class Provider {
  readonly client: InstanceType<typeof providerGrpc.ResourceProviderClient>;

  constructor(port: number) {
    this.client = new providerGrpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  close(): void {
    this.client.close();
  }

  async attach(address: string): Promise<void> {
    const request = new pluginPb.PluginAttach();
    request.setAddress(address);
    await promised((done) => this.client.attach(request, done));
  }

  async checkConfig(config: JsonObject): Promise<Checked> {
    const request = new pb.CheckRequest();
    request.setNews(Struct.fromJavaScript(config));
    return toChecked(await promised<pb.CheckResponse>((done) => this.client.checkConfig(request, done)));
  }

  async configure(config: JsonObject = { region: "eu-west-1" }): Promise<this> {
    const request = new pb.ConfigureRequest();
    request.setArgs(Struct.fromJavaScript(config));
    await promised((done) => this.client.configure(request, done));
    return this;
  }

  async check(
    type: string,
    name: string,
    news: JsonObject,
    options: { olds?: JsonObject; autonaming?: { name: string; mode: 0 | 1 | 2 }; seed?: string } = {},
  ): Promise<Checked> {
    const request = new pb.CheckRequest();
    request.setUrn(urnOf(type, name));
    request.setType(type);
    request.setName(name);
    request.setNews(Struct.fromJavaScript(news));
    if (options.olds) request.setOlds(Struct.fromJavaScript(options.olds));
    if (options.seed) request.setRandomseed(Buffer.from(options.seed));
    if (options.autonaming) {
      const autonaming = new pb.CheckRequest.AutonamingOptions();
      autonaming.setProposedName(options.autonaming.name);
      autonaming.setMode(options.autonaming.mode);
      request.setAutonaming(autonaming);
    }
    return toChecked(await promised<pb.CheckResponse>((done) => this.client.check(request, done)));
  }

  async diff(type: string, made: Made, news: JsonObject, ignoreChanges: string[] = []): Promise<Diffed> {
    const request = new pb.DiffRequest();
    request.setId(made.id);
    request.setUrn(urnOf(type, "diffed"));
    request.setType(type);
    request.setOlds(Struct.fromJavaScript(made.state));
    request.setOldInputs(Struct.fromJavaScript(made.inputs));
    request.setNews(Struct.fromJavaScript(news));
    request.setIgnorechangesList(ignoreChanges);
    const response = await promised<pb.DiffResponse>((done) => this.client.diff(request, done));
    const details = response.toObject().detaileddiffMap.map(([path, { kind }]) => [path, KINDS[kind]]);
    return {
      changes: response.getChanges() === 2 ? "some" : "none",
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
      details: Object.fromEntries(details) as Record<string, string>,
    };
  }

  async create(type: string, name: string, inputs: JsonObject, preview = false): Promise<Made> {
    const request = new pb.CreateRequest();
    request.setUrn(urnOf(type, name));
    request.setType(type);
    request.setName(name);
    request.setProperties(Struct.fromJavaScript(inputs));
    request.setPreview(preview);
    const response = await promised<pb.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), inputs, state: toObject(response.getProperties()) };
  }

  /** Check and create, as `up` does; throws what Check finds. */
  async make(type: string, name: string, news: JsonObject): Promise<Made> {
    const { inputs, failures } = await this.check(type, name, news);
    if (failures.length > 0) throw new Error(failures.map((f) => `${f.property}: ${f.reason}`).join("\n"));
    return this.create(type, name, inputs);
  }

  async update(
    type: string,
    name: string,
    made: Made,
    news: JsonObject,
    options: { preview?: boolean; ignoreChanges?: string[] } = {},
  ): Promise<Made> {
    const request = new pb.UpdateRequest();
    request.setId(made.id);
    request.setUrn(urnOf(type, name));
    request.setType(type);
    request.setName(name);
    request.setOlds(Struct.fromJavaScript(made.state));
    request.setOldInputs(Struct.fromJavaScript(made.inputs));
    request.setNews(Struct.fromJavaScript(news));
    request.setPreview(options.preview ?? false);
    request.setIgnorechangesList(options.ignoreChanges ?? []);
    const response = await promised<pb.UpdateResponse>((done) => this.client.update(request, done));
    return { id: made.id, inputs: news, state: toObject(response.getProperties()) };
  }

  /** Refresh with what the stack has on record, import without; undefined when there is no such object. */
  async read(type: string, id: string, made?: Made): Promise<Made | undefined> {
    const request = new pb.ReadRequest();
    request.setId(id);
    request.setUrn(urnOf(type, "read"));
    request.setType(type);
    if (made) {
      request.setInputs(Struct.fromJavaScript(made.inputs));
      request.setProperties(Struct.fromJavaScript(made.state));
    }
    const response = await promised<pb.ReadResponse>((done) => this.client.read(request, done));
    if (response.getId() === "") return undefined;
    return { id: response.getId(), inputs: toObject(response.getInputs()), state: toObject(response.getProperties()) };
  }

  async delete(type: string, made: Made): Promise<void> {
    const request = new pb.DeleteRequest();
    request.setId(made.id);
    request.setUrn(urnOf(type, "deleted"));
    request.setType(type);
    request.setProperties(Struct.fromJavaScript(made.state));
    await promised<emptyPb.Empty>((done) => this.client.delete(request, done));
  }

  async invoke(token: string, args: JsonObject = {}): Promise<JsonObject> {
    const request = new pb.InvokeRequest();
    request.setTok(token);
    request.setArgs(Struct.fromJavaScript(args));
    const response = await promised<pb.InvokeResponse>((done) => this.client.invoke(request, done));
    const failures = response.getFailuresList().map((f) => `${f.getProperty()}: ${f.getReason()}`);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    return toObject(response.getReturn());
  }
}

function toChecked(response: pb.CheckResponse): Checked {
  return {
    inputs: toObject(response.getInputs()),
    failures: response.getFailuresList().map((f) => ({ property: f.getProperty(), reason: f.getReason() })),
  };
}

function toObject(struct: InstanceType<typeof structPb.Struct> | undefined): JsonObject {
  return (struct?.toJavaScript() ?? {}) as JsonObject;
}

function promised<T>(call: (done: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error ? reject(new Error(error.details)) : resolve(response)));
  });
}
