/** The `random` provider: makes values and leaves them in the stack's state, like the real one. It keeps none. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { closest } from "../provider/closest.ts";
import type { Change } from "../provider/diff.ts";
import { CloudError } from "../provider/errors.ts";
import {
  answering,
  configuredWith,
  differenceOf,
  handshakeOf,
  type Listeners,
  pluginInfoOf,
  sameOrNot,
  schemaOf,
  toFailure,
  tokenOf,
  toObject,
  toStruct,
} from "../provider/protocol.ts";
import type { Json, JsonObject } from "../provider/values.ts";
import {
  containsUnknown,
  isAbsent,
  isInternal,
  isObject,
  isSecret,
  isUnknown,
  plainObject,
  sameValue,
  secret,
  UNKNOWN,
  unmark,
  withoutAbsent,
} from "../provider/values.ts";
import { effective, type RandomType, randomTypes, type Source } from "./types.ts";

/** Version of the `@pulumi/random` whose types these are. */
const VERSION = "4.21.2";

export interface RandomParts extends Listeners {
  /** What the next object of a URN is made from. */
  readonly source: (urn: string) => Source;
}

/** What `Server.addService` takes. */
export function randomProvider(parts: RandomParts): UntypedServiceImplementation {
  const answer = answering(parts, "random provider", "random ");
  const method = <Request, Response>(name: string, handle: (request: Request) => Response) =>
    answer(name, (_, request: Request) => handle(request));
  return {
    handshake: method("Handshake", () => handshakeOf({ autonaming: false })),
    attach: method("Attach", () => new emptyPb.Empty()),
    getPluginInfo: method("GetPluginInfo", () => pluginInfoOf(VERSION)),
    getSchema: method("GetSchema", () => schemaOf("random", VERSION)),
    checkConfig: method("CheckConfig", (request: pb.CheckRequest) => {
      const response = new pb.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: method("DiffConfig", () => sameOrNot(true)),
    configure: method("Configure", () => configuredWith({ autonaming: false })),
    check: method("Check", check),
    diff: method("Diff", diff),
    create: method("Create", (request: pb.CreateRequest) => create(request, parts.source)),
    read: method("Read", read),
    // Only how inputs are written can change without a replacement: a default that is now given, a secret mark.
    update: method("Update", (request: pb.UpdateRequest) => {
      const type = typeOf(request);
      const response = new pb.UpdateResponse();
      response.setProperties(toStruct(withInputs(type, toObject(request.getOlds()), toObject(request.getNews()))));
      return response;
    }),
    delete: method("Delete", () => new emptyPb.Empty()),
    invoke: method("Invoke", (request: pb.InvokeRequest): pb.InvokeResponse => {
      throw new CloudError("not-found", `${request.getTok()} is not a function of the random provider; it has none`);
    }),
    cancel: method("Cancel", () => new emptyPb.Empty()),
  };
}

function check(request: pb.CheckRequest): pb.CheckResponse {
  const type = typeOf(request);
  const news = toObject(request.getNews());
  const inputs: JsonObject = {};
  const response = new pb.CheckResponse();
  const fail = (property: string, reason: string) => response.addFailures(toFailure({ property, reason }));
  for (const [name, value] of Object.entries(news)) {
    if (isInternal(name) || isAbsent(value)) continue;
    const rule = type.inputs[name];
    if (rule === undefined) {
      const near = closest(name, Object.keys(type.inputs));
      fail(
        name,
        `"${name}" is not a property of ${tokenOf(request)}; ${near ? `did you mean "${near}"?` : "remove it"}`,
      );
      continue;
    }
    const fitting = isUnknown(value) ? unmark(value) : fitted(unmark(value)!, rule.kind);
    if (fitting === undefined) fail(name, `expected ${EXPECTED[rule.kind]}`);
    else if (typeof fitting === "number" && rule.atLeast !== undefined && fitting < rule.atLeast) {
      fail(name, `must be at least ${rule.atLeast}, got ${fitting}`);
    } else inputs[name] = isSecret(value) ? secret(fitting) : fitting;
  }
  for (const [name, rule] of Object.entries(type.inputs)) {
    if (rule.required && isAbsent(news[name])) fail(name, `"${name}" is required and was not given`);
  }
  if (response.getFailuresList().length === 0 && !containsUnknown(inputs)) {
    const given = plainObject(inputs);
    const problems = type.refuse?.({ ...effective(type, given), ...given }) ?? [];
    for (const { property, reason } of problems) fail(property, reason);
  }
  response.setInputs(toStruct(inputs));
  return response;
}

const EXPECTED = {
  string: "a string",
  number: "a whole number",
  boolean: "true or false",
  strings: "a list of strings",
  map: "a map of strings",
} as const;

/** The value in its property's form, or undefined when it cannot be. Unknown parts of it stay. */
function fitted(bare: Json, kind: keyof typeof EXPECTED): Json | undefined {
  const text = (value: Json): Json => (typeof value === "number" || typeof value === "boolean" ? String(value) : value);
  switch (kind) {
    case "string":
      return ["string", "number", "boolean"].includes(typeof bare) ? text(bare) : undefined;
    case "number": {
      const number = typeof bare === "string" && bare.trim() !== "" ? Number(bare) : bare;
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case "boolean":
      return typeof bare === "boolean" ? bare : bare === "true" || bare === "false" ? bare === "true" : undefined;
    case "strings":
      return Array.isArray(bare) ? bare.map(text) : undefined;
    case "map":
      if (!isObject(bare)) return undefined;
      return Object.fromEntries(Object.entries(bare).map(([key, value]) => [key, text(value)]));
  }
}

/** Every input decides about the value, so every real change makes a new one. */
function diff(request: pb.DiffRequest): pb.DiffResponse {
  const type = typeOf(request);
  const ignored = request.getIgnorechangesList().map((path) => path.split(/[.[]/)[0]);
  const state = toObject(request.getOlds());
  const olds = effective(type, request.hasOldInputs() ? toObject(request.getOldInputs()) : state);
  const news = effective(type, toObject(request.getNews()));
  const changed = Object.keys(type.inputs).filter((name) => {
    if (ignored.includes(name)) return false;
    return isUnknown(news[name]) || !sameValue(olds[name], news[name]);
  });
  const changes = changed.map((name): Change => {
    const kind = isAbsent(olds[name]) ? "add" : isAbsent(news[name]) ? "delete" : "update";
    return { path: [name], kind, replace: true };
  });
  return differenceOf({ changes, replaces: changed, deleteBeforeReplace: false });
}

function create(request: pb.CreateRequest, source: RandomParts["source"]): pb.CreateResponse {
  const type = typeOf(request);
  const inputs = toObject(request.getProperties());
  const response = new pb.CreateResponse();
  if (request.getPreview()) {
    const unknown = Object.fromEntries(type.computed.map((name) => [name, UNKNOWN]));
    response.setProperties(toStruct(withInputs(type, unknown, inputs)));
    return response;
  }
  const { id, outputs } = type.make(effective(type, plainObject(inputs)), source(request.getUrn()));
  response.setId(id);
  response.setProperties(toStruct(withInputs(type, { ...outputs, id }, inputs)));
  return response;
}

/** A refresh finds what the stack has on record, since nothing else has the value; an import reads it from the id. */
function read(request: pb.ReadRequest): pb.ReadResponse {
  const type = typeOf(request);
  const state = toObject(request.getProperties());
  const response = new pb.ReadResponse();
  if (Object.keys(state).length > 0) {
    response.setId(request.getId());
    response.setProperties(request.getProperties());
    response.setInputs(request.getInputs());
    return response;
  }
  if (type.parse === undefined) {
    throw new CloudError("invalid", `${tokenOf(request)} cannot be imported: its value lives only in a stack's state`);
  }
  const found = type.parse(request.getId());
  if (found === undefined) {
    throw new CloudError("invalid", `the import id of ${tokenOf(request)} has to be ${type.importForm}`);
  }
  response.setId(found.id);
  response.setProperties(toStruct(withInputs(type, { ...found.outputs, id: found.id }, found.inputs)));
  response.setInputs(toStruct(found.inputs));
  return response;
}

/** The whole state: inputs with their defaults, and what was made, secret where it is. */
function withInputs(type: RandomType, made: JsonObject, inputs: JsonObject): JsonObject {
  const state: JsonObject = { ...effective(type, inputs) };
  for (const [name, value] of Object.entries(made)) {
    if (type.computed.includes(name) || name === "id")
      state[name] = type.secrets.includes(name) ? secret(value) : value;
  }
  return withoutAbsent(state);
}

function typeOf(request: { getType(): string; getUrn(): string }): RandomType {
  const token = tokenOf(request);
  const type = randomTypes.get(token);
  if (type !== undefined) return type;
  const near = closest(token, randomTypes.keys());
  throw new CloudError(
    "not-simulated",
    `${token} is not a resource type of @pulumi/random ${VERSION}${near ? `; did you mean ${near}?` : ""}`,
  );
}
