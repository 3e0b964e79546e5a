/** The REST protocol with JSON: which part of a request or an answer holds which member, by the operation's schema. */
import type { IncomingHttpHeaders } from "node:http";
import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef, StaticOperationSchema } from "@smithy/types";
import type { Operation } from "./types.ts";

interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

interface HttpTrait {
  readonly method: string;
  readonly template: string;
  readonly status: number;
}

/** Method, path and status of an operation; undefined where its model has none. */
function httpOf(schema: StaticOperationSchema): HttpTrait | undefined {
  const traits: unknown = schema[3];
  if (typeof traits !== "object" || traits === null || !("http" in traits)) return undefined;
  const [method, template, status] = traits.http as [string, string, number];
  return { method, template: template.split("?")[0] ?? template, status };
}

export function statusOf(operation: Operation): number {
  return httpOf(operation.schema)?.status ?? 200;
}

/** The operation that a method and a path mean, with what stands in its path. */
export function matchOperation(
  operations: readonly Operation[],
  { method, path }: HttpRequest,
): { operation: Operation; labels: Readonly<Record<string, string>> } | undefined {
  const segments = pathOf(path).split("/");
  for (const operation of operations) {
    const http = httpOf(operation.schema);
    if (http?.method !== method) continue;
    const template = http.template.split("/");
    if (template.length !== segments.length) continue;
    const labels: Record<string, string> = {};
    const fits = template.every((part, at) => {
      const label = /^\{(\w+)\}$/.exec(part)?.[1];
      const segment = decodeURIComponent(segments[at] ?? "");
      if (label !== undefined) labels[label] = segment;
      return label === undefined ? part === segment : segment !== "";
    });
    if (fits) return { operation, labels };
  }
  return undefined;
}

const pathOf = (path: string): string => (path.split("?")[0] ?? "").replace(/(.)\/$/, "$1");

/** Members that stand in the path, the query, the headers, or are the body itself. */
export function readBound(
  input: SchemaRef,
  request: HttpRequest,
  labels: Readonly<Record<string, string>>,
  body: Buffer,
): { readonly values: Record<string, unknown>; readonly bodyIsMember: boolean } {
  const query = new URLSearchParams(request.path.split("?")[1] ?? "");
  const values: Record<string, unknown> = {};
  let bodyIsMember = false;
  for (const [name, member] of NormalizedSchema.of(input).structIterator()) {
    const { httpLabel, httpQuery, httpHeader, httpPayload } = member.getMergedTraits();
    let text: string | undefined;
    if (httpLabel) text = labels[name];
    else if (httpQuery !== undefined) text = query.get(httpQuery) ?? undefined;
    else if (httpHeader !== undefined) text = request.headers[httpHeader.toLowerCase()]?.toString();
    else if (httpPayload) {
      bodyIsMember = true;
      values[name] = new Uint8Array(body);
    }
    if (text === undefined) continue;
    values[name] = member.isNumericSchema() ? Number(text) : member.isBooleanSchema() ? text === "true" : text;
  }
  return { values, bodyIsMember };
}

interface Bound {
  readonly headers: Readonly<Record<string, string>>;
  /** The body itself, where a member is it. */
  readonly payload: Uint8Array | undefined;
  /** What the body holds as JSON. */
  readonly rest: Record<string, unknown>;
}

export function writeBound(output: SchemaRef, value: Readonly<Record<string, unknown>>): Bound {
  const headers: Record<string, string> = {};
  const rest: Record<string, unknown> = {};
  let payload: Uint8Array | undefined;
  for (const [name, member] of NormalizedSchema.of(output).structIterator()) {
    const { httpHeader, httpPayload } = member.getMergedTraits();
    const given = value[name];
    if (httpPayload) payload = given instanceof Uint8Array ? given : new Uint8Array();
    else if (given === undefined) continue;
    else if (httpHeader !== undefined) headers[httpHeader.toLowerCase()] = String(given);
    else rest[name] = given;
  }
  return { headers, payload, rest };
}
