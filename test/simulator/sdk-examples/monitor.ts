/**
 * The least of an engine that a program needs: what the SDK registers and asks for goes on to the simulated cloud, each
 * resource checked, then created. It keeps no state, so that a thousand programs can run where the real engine runs one.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type handleUnaryCall, Server, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { isAsset, isObject, type Json, type JsonObject } from "../../../simulator/provider/values.ts";
import { type Made, Provider } from "../provider-client.ts";

export type Step = "program" | "function" | "check" | "preview" | "create" | "delete";

export interface Failure {
  readonly step: Step;
  /** Token of the type or function. */
  readonly about: string;
  readonly message: string;
}

const PROVIDERS = "pulumi:providers:";

export class Monitor {
  readonly failures: Failure[] = [];
  dryRun = false;
  readonly #server = new Server();
  readonly #port: number;
  readonly #folder: string;
  #address = "";
  #region = "";
  #providers = new Map<string, Promise<Provider>>();
  #made: { readonly type: string; readonly made: Made; readonly provider: Provider }[] = [];

  /**
   * @param port of the simulated cloud
   * @param folder the program's working directory, which its relative paths are of
   */
  constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
  }

  get address(): string {
    return this.#address;
  }

  async listen(): Promise<this> {
    this.#server.addService(resourceGrpc.ResourceMonitorService, {
      supportsFeature: answer((request: pb.SupportsFeatureRequest) => {
        const response = new pb.SupportsFeatureResponse();
        response.setHassupport(request.getId() === "secrets" || request.getId() === "aliasSpecs");
        return response;
      }),
      registerResource: answer((request: pb.RegisterResourceRequest) => this.#register(request)),
      readResource: answer((request: pb.ReadResourceRequest) => this.#read(request)),
      invoke: answer((request: pb.ResourceInvokeRequest) => this.#invoke(request)),
      registerResourceOutputs: answer(() => new emptyPb.Empty()),
      signalAndWaitForShutdown: answer(() => new emptyPb.Empty()),
    });
    this.#server.addService(engineGrpc.EngineService, {
      log: answer(() => new emptyPb.Empty()),
      getRootResource: answer(() => new enginePb.GetRootResourceResponse()),
      setRootResource: answer(() => new enginePb.SetRootResourceResponse()),
    });
    const port = await new Promise<number>((done, fail) => {
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? fail(error) : done(bound),
      );
    });
    this.#address = `127.0.0.1:${port}`;
    return this;
  }

  /**
   * Forgets the program before.
   *
   * @param region of providers that name none
   */
  async reset(region = ""): Promise<void> {
    this.#region = region;
    for (const provider of this.#providers.values()) (await provider.catch(() => undefined))?.close();
    this.#providers.clear();
    this.#made = [];
    this.failures.length = 0;
  }

  /** Deletes what was created, the last first, as a destroy does. */
  async destroy(): Promise<void> {
    for (const { type, made, provider } of this.#made.reverse()) {
      await this.#noting("delete", type, () => provider.delete(type, made)).catch(() => undefined);
    }
    this.#made = [];
  }

  async close(): Promise<void> {
    await this.reset();
    this.#server.forceShutdown();
  }

  async #register(request: pb.RegisterResourceRequest): Promise<pb.RegisterResourceResponse> {
    const [type, name] = [request.getType(), request.getName()];
    const response = new pb.RegisterResourceResponse();
    const urn = `urn:pulumi:dev::example::${type}::${name}`;
    response.setUrn(urn);
    const inputs = (request.getObject()?.toJavaScript() ?? {}) as JsonObject;
    if (!request.getCustom()) {
      response.setObject(structPb.Struct.fromJavaScript({}));
      return response;
    }
    if (type.startsWith(PROVIDERS)) {
      const provider = this.#connect(inputs);
      this.#providers.set(`${urn}::${name}`, provider);
      await this.#noting("check", type, () => provider);
      response.setId(name);
      response.setObject(request.getObject());
      return response;
    }
    const provider = await this.#provider(request.getProvider());
    const checked = await this.#noting("check", type, async () => {
      this.#findAssets(inputs);
      const { inputs: filled, failures } = await provider.check(type, name, inputs, { seed: urn });
      if (failures.length > 0) throw new Error(failures.map((f) => `${f.property}: ${f.reason}`).join("; "));
      return filled;
    });
    const made = await this.#noting(this.dryRun ? "preview" : "create", type, () =>
      provider.create(type, name, checked, this.dryRun),
    );
    if (!this.dryRun) this.#made.push({ type, made, provider });
    response.setId(made.id);
    response.setObject(structPb.Struct.fromJavaScript(made.state));
    return response;
  }

  async #read(request: pb.ReadResourceRequest): Promise<pb.ReadResourceResponse> {
    const provider = await this.#provider(request.getProvider());
    const type = request.getType();
    const found = await this.#noting("function", type, async () => {
      const read = await provider.read(type, request.getId());
      if (read === undefined) throw new Error(`resource '${request.getId()}' does not exist`);
      return read;
    });
    const response = new pb.ReadResourceResponse();
    response.setUrn(`urn:pulumi:dev::example::${type}::${request.getName()}`);
    response.setProperties(structPb.Struct.fromJavaScript(found.state));
    return response;
  }

  async #invoke(request: pb.ResourceInvokeRequest): Promise<pb.ResourceInvokeResponse> {
    const provider = await this.#provider(request.getProvider());
    const token = request.getTok();
    const args = (request.getArgs()?.toJavaScript() ?? {}) as JsonObject;
    const result = await this.#noting("function", token, () => provider.invoke(token, args));
    const response = new pb.ResourceInvokeResponse();
    response.setReturn(structPb.Struct.fromJavaScript(result));
    return response;
  }

  #provider(reference: string): Promise<Provider> {
    let provider = this.#providers.get(reference);
    if (provider === undefined) {
      provider = this.#connect({});
      this.#providers.set(reference, provider);
    }
    return provider;
  }

  async #connect(config: JsonObject): Promise<Provider> {
    const provider = new Provider(this.#port);
    const { inputs, failures } = await provider.checkConfig({ region: this.#region, ...config });
    if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
    return provider.configure(inputs);
  }

  /** The engine reads assets to tell whether they have changed. */
  #findAssets(value: Json): void {
    if (isAsset(value)) {
      if (typeof value.path === "string" && !existsSync(resolve(this.#folder, value.path))) {
        throw new Error(`failed to open asset file '${value.path}': no such file or directory`);
      }
      for (const inner of isObject(value.assets) ? Object.values(value.assets) : []) this.#findAssets(inner);
      return;
    }
    const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    for (const one of inner) this.#findAssets(one);
  }

  async #noting<T>(step: Step, about: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      this.failures.push({ step, about, message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }
}

function answer<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async (call: ServerUnaryCall<Request, Response>, callback) => {
    try {
      callback(null, await handle(call.request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}
