import * as pulumi from "@pulumi/pulumi";
import * as resproto from "@pulumi/pulumi/proto/resource_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Json, SchemaSource } from "../../../simulator/schema/types.ts";
import { Identities } from "./identities.ts";
import type { AliasParts, RecordedResource } from "./recording.ts";
import { checkInputs } from "./schema-check.ts";
import { applyTransforms } from "./transforms.ts";
import { decodeProperties } from "./wire.ts";

type Callback<R> = (error: Error | null, response?: R) => void;
type Request = resproto.RegisterResourceRequest;
type Outputs = Record<string, unknown>;

/** What of the SDK's mock monitor is replaced. The SDK does not promise these names; test/support pins them. */
export interface MonitorSeam {
  registerResource(req: Request, callback: Callback<resproto.RegisterResourceResponse>): Promise<void>;
  registerResourceOutputs(req: resproto.RegisterResourceOutputsRequest, callback: Callback<object>): void;
  registerResourceHook(req: unknown, callback: Callback<object>): void;
  registerErrorHook(req: unknown, callback: Callback<object>): void;
}

export interface RecorderOptions {
  readonly preview: boolean;
  readonly project: string;
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  readonly schema: SchemaSource;
  readonly checkInputs: boolean;
  /** Outputs of a created resource over those the harness makes up. */
  readonly mockOutputs?: (resource: RecordedResource) => Outputs | undefined;
  /** Results of provider functions by token, such as `aws:index/getCallerIdentity:getCallerIdentity`. */
  readonly calls?: Readonly<Record<string, (inputs: Outputs) => Outputs>>;
}

/** Answers a program's registrations in the engine's place and keeps what was sent. */
export class Recorder {
  readonly resources: RecordedResource[] = [];
  /** What does not fit the SDK's schema, one line each. */
  readonly problems: string[] = [];
  readonly #options: RecorderOptions;
  readonly #transforms = new Map<string, readonly pulumi.ResourceTransform[]>();
  readonly #stackTransforms: pulumi.ResourceTransform[] = [];
  readonly #identities: Identities;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#identities = new Identities(options);
  }

  /** Takes the engine's place, from here on and until the next recorder does. */
  install(): void {
    const { project, stack, preview } = this.#options;
    void pulumi.runtime.setMocks(
      {
        newResource: (args) => ({ id: args.id ?? "", state: args.inputs }),
        call: (args) => {
          const answer = this.#options.calls?.[args.token];
          if (answer === undefined) {
            const details = `the program called ${args.token}; give its result as calls["${args.token}"]`;
            // The SDK takes the text from where gRPC would have put it.
            throw Object.assign(new Error(details), { details });
          }
          return answer(args.inputs);
        },
        registerTransform: (transform) => void this.#stackTransforms.push(transform),
      },
      project,
      stack,
      preview,
    );
    const monitor = pulumi.runtime.getMonitor() as unknown as MonitorSeam & { transformCallbacks: TransformCallbacks };
    monitor.registerResource = async (req, callback) => {
      try {
        callback(null, await this.#register(req, monitor.transformCallbacks));
      } catch (error) {
        callback(error instanceof Error ? error : new Error(String(error)));
      }
    };
    monitor.registerResourceOutputs = (req, callback) => {
      const resource = this.resources.find((r) => r.urn === req.getUrn());
      if (resource) resource.outputs = decodeProperties(fields(req.getOutputs())).value;
      callback(null, {});
    };
    monitor.registerResourceHook = (_req, callback) => callback(null, {});
    monitor.registerErrorHook = (_req, callback) => callback(null, {});
  }

  async #register(req: Request, callbacks: TransformCallbacks): Promise<resproto.RegisterResourceResponse> {
    const urn = this.#urn(req);
    const own = req.getTransformsList().flatMap((callback) => callbacks.get(callback.getToken()) ?? []);
    const inherited = this.#transforms.get(req.getParent()) ?? [];
    this.#transforms.set(urn, [...own, ...inherited]);
    const wire = await applyTransforms(req, [...own, ...inherited, ...this.#stackTransforms], fields(req.getObject()));
    const { value: inputs, secrets } = decodeProperties(wire);
    if (this.resources.some((other) => other.urn === urn)) {
      throw new Error(`two resources have the URN ${urn}: give one of them another name`);
    }
    if (this.#options.checkInputs && req.getCustom() && req.getType().startsWith("aws:")) {
      this.problems.push(...checkInputs(this.#options.schema, req.getType(), req.getName(), inputs));
    }
    const named = req.getCustom() ? this.#named(req, inputs) : {};
    const known = req.getCustom() && !this.#options.preview;
    const identity = known
      ? this.#identities.identify(req.getType(), req.getName(), urn, { ...inputs, ...named })
      : undefined;
    const resource: RecordedResource = {
      ...describe(req),
      urn,
      inputs,
      secretInputs: secrets,
      id: identity?.id,
      outputs: undefined,
    };
    this.resources.push(resource);
    const mocked = known ? this.#options.mockOutputs?.(resource) : undefined;
    const state = { ...wire, ...named, ...identity?.outputs, ...mocked };

    const response = new resproto.RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(identity?.id ?? "");
    response.setObject(Struct.fromJavaScript(state as Record<string, Json>));
    return response;
  }

  /** The name that the provider gives a resource without one. Like the real one it is known at preview already. */
  #named(req: Request, inputs: Outputs): Outputs {
    try {
      return this.#identities.autoname(req.getType(), req.getName(), inputs);
    } catch (error) {
      this.problems.push(`${req.getType()} "${req.getName()}": ${error instanceof Error ? error.message : error}`);
      return {};
    }
  }

  #urn(req: Request): string {
    const { stack, project } = this.#options;
    const parentType = req.getParent() === "" ? undefined : req.getParent().split("::")[2];
    const type = parentType === undefined ? req.getType() : `${parentType}$${req.getType()}`;
    return `urn:pulumi:${stack}::${project}::${type}::${req.getName()}`;
  }
}

type TransformCallbacks = ReadonlyMap<string, pulumi.ResourceTransform>;

function fields(struct: Struct | undefined): Record<string, unknown> {
  return (struct?.toJavaScript() ?? {}) as Record<string, unknown>;
}

function describe(req: Request): Omit<RecordedResource, "urn" | "inputs" | "secretInputs" | "id" | "outputs"> {
  const timeouts = req.getCustomtimeouts()?.toObject() ?? {};
  const hooks = req.getHooks()?.toObject() ?? {};
  return {
    type: req.getType(),
    name: req.getName(),
    custom: req.getCustom(),
    parent: req.getParent() || undefined,
    protect: req.hasProtect() ? req.getProtect() : undefined,
    retainOnDelete: req.hasRetainondelete() ? req.getRetainondelete() : undefined,
    deleteBeforeReplace: req.getDeletebeforereplacedefined() ? req.getDeletebeforereplace() : undefined,
    ignoreChanges: req.getIgnorechangesList(),
    replaceOnChanges: req.getReplaceonchangesList(),
    aliases: req.getAliasesList().map((alias) => {
      const spec = alias.getSpec();
      if (spec === undefined) return alias.getUrn();
      const parts: AliasParts = {
        ...(spec.getName() ? { name: spec.getName() } : {}),
        ...(spec.getType() ? { type: spec.getType() } : {}),
        ...(spec.getParenturn() ? { parentUrn: spec.getParenturn() } : {}),
        ...(spec.getNoparent() ? { noParent: true } : {}),
      };
      return parts;
    }),
    dependencies: req.getDependenciesList(),
    propertyDependencies: Object.fromEntries(
      req
        .getPropertydependenciesMap()
        .getEntryList()
        .map(([key]) => [key, req.getPropertydependenciesMap().get(key)?.getUrnsList() ?? []]),
    ),
    provider: req.getProvider(),
    providers: Object.fromEntries(req.getProvidersMap().getEntryList()),
    deletedWith: req.getDeletedwith() || undefined,
    additionalSecretOutputs: req.getAdditionalsecretoutputsList(),
    customTimeouts: Object.fromEntries(Object.entries<string>({ ...timeouts }).filter(([, value]) => value !== "")),
    importId: req.getImportid() || undefined,
    hooks: Object.fromEntries(
      Object.entries(hooks)
        .filter(([, names]) => Array.isArray(names) && names.length > 0)
        .map(([moment, names]) => [moment.replace(/List$/, ""), names as string[]]),
    ),
  };
}
