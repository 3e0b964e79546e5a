/**
 * What the engine does with a program, step by step, over the provider protocol of the simulated cloud and without a
 * process: read, check, diff, hooks, update. Between any two steps somebody else may do something.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { invokeHandlers } from "../../simulator/provider/functions/index.ts";
import { Invoke } from "../../simulator/provider/invoke.ts";
import { ProviderService } from "../../simulator/provider/service.ts";
import type { JsonObject } from "../../simulator/provider/values.ts";
import { NO_RULES } from "../../simulator/rules/index.ts";
import { openSchema } from "../../simulator/schema/index.ts";
import { CloudStore, type StoredResource } from "../../simulator/store/store.ts";
import { Unanswered } from "../../simulator/store/unanswered.ts";

const { Struct } = structPb;
const ACCOUNT = "000000000000";
const REGION = "eu-west-1";

/** Thousands of writes do not have to survive a power cut. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
/** What the engine says in a preview for what is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The provider service, called as gRPC calls it. */
export class Cloud {
  readonly #home = mkdtempSync(join(FOLDER, "cloud-model-"));
  readonly store = new CloudStore(join(this.#home, "cloud.db"));
  readonly #unanswered = new Unanswered(this.store);
  readonly #methods: Record<string, (call: unknown, done: (error: unknown, value?: unknown) => void) => void>;

  constructor() {
    const schemas = openSchema(process.cwd());
    const service = new ProviderService({
      ...{ schemas, store: this.store, unanswered: this.#unanswered, rules: NO_RULES },
      invoke: new Invoke(schemas, this.store, invokeHandlers),
      createLatency: () => ({ beforeStoreMs: 0, afterStoreMs: 0 }),
      onCall: () => {},
      onError: (method, error) => {
        throw new Error(`${method}: ${String(error)}`);
      },
    });
    this.#methods = service.implementation() as never;
  }

  async configure(): Promise<void> {
    const request = new pb.ConfigureRequest();
    request.setArgs(Struct.fromJavaScript({ region: REGION }));
    await this.call("configure", request);
  }

  call<Response>(method: string, request: unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#methods[method]!({ request, getPeer: () => "engine" }, (error, value) => {
        if (error) reject(new Error((error as { details: string }).details));
        else resolve(value as Response);
      });
    });
  }

  async invoke(token: string, args: JsonObject): Promise<JsonObject> {
    const request = new pb.InvokeRequest();
    request.setTok(token);
    request.setArgs(Struct.fromJavaScript(args));
    const response = await this.call<pb.InvokeResponse>("invoke", request);
    return (response.getReturn()?.toJavaScript() ?? {}) as JsonObject;
  }

  stored(type: string, id: string): StoredResource | undefined {
    return this.store.get({ account: ACCOUNT, region: REGION, type, id });
  }

  /** From outside of Pulumi. */
  write(type: string, id: string, change: (state: JsonObject) => JsonObject): void {
    const found = this.stored(type, id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    this.store.put({ ...found, state: change(found.state) });
  }

  close(): void {
    this.#unanswered.tidy();
    this.store.close();
    rmSync(this.#home, { recursive: true });
  }
}

/** A resource as a program declares it. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  /** From the outputs of what was declared before, by name. */
  readonly inputs: (outputs: (name: string) => JsonObject) => JsonObject;
  readonly ignoreChanges?: readonly string[];
  /** Throws to refuse the update. */
  readonly beforeUpdate?: () => Promise<void>;
}

interface Kept {
  readonly type: string;
  readonly id: string;
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
}

/** Where something else may happen; `update`: between a hook's answer and the write, which follow each other at once. */
export type Pause = (at: "step" | "update") => Promise<void>;

const urnOf = (type: string, name: string) => `urn:pulumi:test::app::${type}::${name}`;
const object = (struct: InstanceType<typeof Struct> | undefined) => (struct?.toJavaScript() ?? {}) as JsonObject;

/** A stack: its state, and what can be done with it. */
export class Stack {
  readonly #cloud: Cloud;
  readonly #state = new Map<string, Kept>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  has(name: string): boolean {
    return this.#state.has(name);
  }

  outputs(name: string): JsonObject {
    const kept = this.#state.get(name);
    if (kept === undefined) throw new Error(`there is no "${name}" yet`);
    return { ...kept.outputs, id: kept.id };
  }

  async refresh(pause: Pause): Promise<void> {
    for (const [name, { type, id, inputs, outputs }] of [...this.#state]) {
      await pause("step");
      const request = new pb.ReadRequest();
      request.setId(id);
      request.setUrn(urnOf(type, name));
      request.setType(type);
      request.setInputs(Struct.fromJavaScript(inputs));
      request.setProperties(Struct.fromJavaScript(outputs));
      const read = await this.#cloud.call<pb.ReadResponse>("read", request);
      if (read.getId() === "") this.#state.delete(name);
      else this.#state.set(name, { type, id, inputs: object(read.getInputs()), outputs: object(read.getProperties()) });
    }
  }

  /**
   * Brings the cloud to what is declared.
   *
   * @param preview only says what it would do
   * @returns names of what is created, updated and deleted
   * @throws what a hook throws; what was done before it stays done, and is kept
   */
  async run(declared: readonly Declared[], pause: Pause, preview = false): Promise<string[]> {
    const changes: string[] = [];
    for (const resource of declared) {
      await pause("step");
      if (await this.#one(resource, pause, preview)) changes.push(resource.name);
    }
    const gone = [...this.#state].filter(([name]) => !declared.some((resource) => resource.name === name)).reverse();
    for (const [name, { type, id, outputs }] of gone) {
      changes.push(name);
      if (preview) continue;
      await pause("step");
      const request = new pb.DeleteRequest();
      request.setId(id);
      request.setUrn(urnOf(type, name));
      request.setType(type);
      request.setProperties(Struct.fromJavaScript(outputs));
      await this.#cloud.call("delete", request);
      this.#state.delete(name);
    }
    return changes;
  }

  async #one(resource: Declared, pause: Pause, preview: boolean): Promise<boolean> {
    const { type, name, ignoreChanges = [] } = resource;
    const old = this.#state.get(name);
    const given = resource.inputs((of) =>
      preview && !this.has(of) ? { arn: UNKNOWN, id: UNKNOWN } : this.outputs(of),
    );
    // The engine puts the old inputs in the place of ignored ones before anybody is asked.
    const kept = ignoreChanges.filter((path) => old?.inputs[path] !== undefined);
    const news = { ...given, ...Object.fromEntries(kept.map((path) => [path, old!.inputs[path]!])) };
    const check = new pb.CheckRequest();
    check.setUrn(urnOf(type, name));
    check.setType(type);
    check.setName(name);
    check.setNews(Struct.fromJavaScript(news));
    if (old !== undefined) check.setOlds(Struct.fromJavaScript(old.inputs));
    const inputs = object((await this.#cloud.call<pb.CheckResponse>("check", check)).getInputs());
    if (old === undefined) {
      if (preview) return true;
      await pause("step");
      const request = new pb.CreateRequest();
      request.setUrn(urnOf(type, name));
      request.setType(type);
      request.setName(name);
      request.setProperties(Struct.fromJavaScript(inputs));
      const made = await this.#cloud.call<pb.CreateResponse>("create", request);
      this.#state.set(name, { type, id: made.getId(), inputs, outputs: object(made.getProperties()) });
      return true;
    }
    const about = <Request extends pb.DiffRequest | pb.UpdateRequest>(request: Request): Request => {
      request.setId(old.id);
      request.setUrn(urnOf(type, name));
      request.setType(type);
      request.setOlds(Struct.fromJavaScript(old.outputs));
      request.setOldInputs(Struct.fromJavaScript(old.inputs));
      request.setNews(Struct.fromJavaScript(inputs));
      request.setIgnorechangesList([...ignoreChanges]);
      return request;
    };
    const diff = await this.#cloud.call<pb.DiffResponse>("diff", about(new pb.DiffRequest()));
    if (diff.getReplacesList().length > 0) throw new Error(`${name} would be replaced`);
    if (diff.getChanges() !== pb.DiffResponse.DiffChanges.DIFF_SOME) {
      if (!preview) this.#state.set(name, { ...old, inputs });
      return false;
    }
    if (preview) return true;
    await pause("step");
    await resource.beforeUpdate?.();
    await pause("update");
    const updated = await this.#cloud.call<pb.UpdateResponse>("update", about(new pb.UpdateRequest()));
    this.#state.set(name, { ...old, inputs, outputs: object(updated.getProperties()) });
    return true;
  }
}
