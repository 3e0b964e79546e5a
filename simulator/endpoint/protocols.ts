/**
 * AWS's wire protocols, from the service's side. The SDK's own codecs do the work: they write and read any shape by its
 * schema, and the clients export the schemas of their operations.
 */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { JsonCodec2, XmlShapeSerializer } from "@aws-sdk/core/protocols";
import { CborCodec } from "@smithy/core/cbor";
import { deref } from "@smithy/core/schema";
import type { StaticStructureSchema } from "@smithy/types";
import { AwsError } from "./errors.ts";
import { readForm } from "./form.ts";
import { matchOperation, readBound, statusOf as restStatusOf, writeBound } from "./rest.ts";
import type { Operation, Service } from "./types.ts";

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

interface Protocol {
  read(operation: Operation, request: WireRequest): Promise<Record<string, unknown>>;
  write(service: Service, operation: Operation, output: object, requestId: string): WireAnswer;
  refuse(service: Service | undefined, error: AwsError, requestId: string): WireAnswer;
}

export interface Exchange {
  /** The operation that is asked for, by name. */
  readonly name: string;
  readonly service: Service | undefined;
  readonly operation: Operation | undefined;
  readonly requestId: string;
  input(): Promise<Record<string, unknown>>;
  answer(output: object): WireAnswer;
  refuse(error: AwsError): WireAnswer;
}

/** Epoch seconds; ISO 8601 in XML: what the models' traits do not say otherwise. */
const EPOCH_SECONDS = 7;
const DATE_TIME = 5;

const jsonCodec = new JsonCodec2({ timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, jsonName: false });

function encoded(codec: JsonCodec2 | CborCodec, schema: StaticStructureSchema | "unit", value: object): Uint8Array {
  if (schema === "unit") return Buffer.from("{}");
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  // The codec's bytes warn when they are taken for a string, which Node's writers do.
  const bytes = serializer.flush();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const inputOf = (operation: Operation) => deref(operation.schema[4]) as StaticStructureSchema | "unit";
const outputOf = (operation: Operation) => deref(operation.schema[5]) as StaticStructureSchema | "unit";

const json = (version: string): Protocol => ({
  read: async (operation, { body }) => {
    const schema = inputOf(operation);
    if (schema === "unit" || body.length === 0) return {};
    try {
      return (await jsonCodec.createDeserializer().read(schema, body.toString("utf8"))) as Record<string, unknown>;
    } catch (error) {
      throw new AwsError("SerializationException", error instanceof Error ? error.message : "not JSON");
    }
  },
  write: (_, operation, output, requestId) => ({
    status: 200,
    headers: { "content-type": `application/x-amz-json-${version}`, "x-amzn-requestid": requestId },
    body: encoded(jsonCodec, outputOf(operation), output),
  }),
  refuse: (service, error, requestId) => ({
    status: statusOf(error),
    headers: {
      "content-type": `application/x-amz-json-${version}`,
      "x-amzn-requestid": requestId,
      "x-amzn-errortype": error.shape,
      ...(service?.queryCompatible && { "x-amzn-query-error": `${error.code};${faultOf(error)}` }),
    },
    body: JSON.stringify({ __type: error.shape, message: error.message, ...members(error) }),
  }),
});

/** Members of an error beside its message, as JSON. */
function members({ schema, members }: AwsError): object {
  if (schema === undefined || Object.keys(members).length === 0) return {};
  const text = Buffer.from(encoded(jsonCodec, schema as unknown as StaticStructureSchema, members)).toString("utf8");
  return JSON.parse(text) as object;
}

const cborCodec = new CborCodec();

const cbor: Protocol = {
  read: async (operation, { body }) => {
    const schema = inputOf(operation);
    if (schema === "unit" || body.length === 0) return {};
    return (await cborCodec.createDeserializer().read(schema, body)) as Record<string, unknown>;
  },
  write: (_, operation, output, requestId) => {
    const schema = outputOf(operation);
    return {
      status: 200,
      headers: cborHeaders(requestId),
      body: schema === "unit" ? new Uint8Array([0xa0]) : encoded(cborCodec, schema, output),
    };
  },
  refuse: (service, error, requestId) => {
    const shape: StaticStructureSchema = [3, "smithy", "Error", 0, ["__type", "message"], [0, 0]];
    return {
      status: statusOf(error),
      headers: {
        ...cborHeaders(requestId),
        ...(service?.queryCompatible && { "x-amzn-query-error": `${error.code};${faultOf(error)}` }),
      },
      body: encoded(cborCodec, shape, { __type: error.shape, message: error.message }),
    };
  },
};

const cborHeaders = (requestId: string) => ({
  "content-type": "application/cbor",
  "smithy-protocol": "rpc-v2-cbor",
  "x-amzn-requestid": requestId,
});

const query: Protocol = {
  read: async (operation, { body }) => {
    const schema = inputOf(operation);
    return schema === "unit" ? {} : readForm(schema, body.toString("utf8"));
  },
  write: (service, operation, output, requestId) => {
    const [, namespace, name] = operation.schema;
    const schema = outputOf(operation);
    const metadata: StaticStructureSchema = [3, namespace, "ResponseMetadata", 0, ["RequestId"], [0]];
    const values = { ResponseMetadata: { RequestId: requestId } };
    const wrapped: StaticStructureSchema =
      schema === "unit"
        ? [3, namespace, `${name}Response`, 0, ["ResponseMetadata"], [() => metadata]]
        : [3, namespace, `${name}Response`, 0, [`${name}Result`, "ResponseMetadata"], [() => schema, () => metadata]];
    return xml(service, 200, wrapped, { [`${name}Result`]: output, ...values }, requestId);
  },
  refuse: (service, error, requestId) => {
    const details: StaticStructureSchema = [3, "aws", "Error", 0, ["Type", "Code", "Message"], [0, 0, 0]];
    const response: StaticStructureSchema = [3, "aws", "ErrorResponse", 0, ["Error", "RequestId"], [() => details, 0]];
    const values = { Type: faultOf(error), Code: error.code, Message: error.message };
    return xml(service, error.status, response, { Error: values, RequestId: requestId }, requestId);
  },
};

function xml(
  service: Service | undefined,
  status: number,
  schema: StaticStructureSchema,
  values: object,
  requestId: string,
): WireAnswer {
  const serializer = new XmlShapeSerializer({
    timestampFormat: { useTrait: true, default: DATE_TIME },
    httpBindings: false,
    xmlNamespace: service?.xmlNamespace ?? "",
    serviceNamespace: schema[1],
  });
  serializer.write(schema, values);
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: `<?xml version="1.0"?>\n${String(serializer.flush())}`,
  };
}

const rest: Protocol = {
  read: async (operation, request) => {
    const schema = inputOf(operation);
    const matched = matchOperation([operation], request);
    if (schema === "unit" || matched === undefined) return {};
    const { values, bodyIsMember } = readBound(schema, request, matched.labels, request.body);
    if (bodyIsMember || request.body.length === 0) return values;
    try {
      const text = request.body.toString("utf8");
      return { ...((await jsonCodec.createDeserializer().read(schema, text)) as Record<string, unknown>), ...values };
    } catch (error) {
      throw new AwsError("SerializationException", error instanceof Error ? error.message : "not JSON");
    }
  },
  write: (_, operation, output, requestId) => {
    const schema = outputOf(operation);
    const common = { "x-amzn-requestid": requestId };
    if (schema === "unit") return { status: restStatusOf(operation), headers: common, body: "" };
    const { headers, payload, rest } = writeBound(schema, output as Record<string, unknown>);
    return {
      status: restStatusOf(operation),
      headers: { "content-type": "application/json", ...common, ...headers },
      body: payload ?? encoded(jsonCodec, schema, rest),
    };
  },
  refuse: (_, error, requestId) => ({
    status: error.status,
    headers: { "content-type": "application/json", "x-amzn-requestid": requestId, "x-amzn-errortype": error.shape },
    body: JSON.stringify({ Message: error.message, ...members(error) }),
  }),
};

/** The query protocol has a status for each error, the others one for all that a caller did wrong. */
const statusOf = ({ status }: AwsError): number => (status < 500 ? 400 : status);

const faultOf = ({ status }: AwsError): string => (status < 500 ? "Sender" : "Receiver");

/** Which operation of which service a request asks for, and how to answer it. */
export function openExchange(services: readonly Service[], request: WireRequest): Exchange {
  const { protocol, service, name } = identify(services, request);
  const operation = service?.operations.find(({ schema }) => schema[2] === name);
  const requestId = randomUUID();
  return {
    name,
    service,
    operation,
    requestId,
    input: () => (operation === undefined ? Promise.resolve({}) : protocol.read(operation, request)),
    answer: (output) => {
      if (service === undefined || operation === undefined) throw new Error(`${name} is not known`);
      return protocol.write(service, operation, output, requestId);
    },
    refuse: (error) => protocol.refuse(service, error, requestId),
  };
}

function identify(
  services: readonly Service[],
  request: WireRequest,
): { protocol: Protocol; service: Service | undefined; name: string } {
  const { path, headers, body } = request;
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const [prefix = "", name = ""] = target.split(".");
    const version = String(headers["content-type"]).includes("1.0") ? "1.0" : "1.1";
    return { protocol: json(version), service: services.find((one) => one.target === prefix), name };
  }
  const rpc = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path);
  if (rpc !== null && headers["smithy-protocol"] === "rpc-v2-cbor") {
    return { protocol: cbor, service: services.find((one) => one.target === rpc[1]), name: rpc[2] ?? "" };
  }
  if (path !== "/" && !/^\/\?/.test(path)) {
    for (const one of services.filter(({ isRest }) => isRest)) {
      const matched = matchOperation(one.operations, request);
      if (matched !== undefined) return { protocol: rest, service: one, name: matched.operation.schema[2] };
    }
    const signed = /Credential=[^/,\s]+\/\d{8}\/[a-z0-9-]+\/([a-z0-9-]+)\//.exec(headers.authorization ?? "")?.[1];
    const name = `${request.method} ${path.split("?")[0]}`;
    return { protocol: rest, service: services.find((one) => one.isRest && one.name === signed), name };
  }
  const form = new URLSearchParams(body.toString("utf8"));
  const version = form.get("Version");
  const service = services.find((one) => one.xmlNamespace !== undefined && one.version === version);
  return { protocol: query, service, name: form.get("Action") ?? "" };
}
