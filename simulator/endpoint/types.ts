/** One operation of the endpoint, and what it works with. */
import type { StaticErrorSchema, StaticOperationSchema } from "@smithy/types";
import type { JsonObject } from "../provider/values.ts";
import type { SchemaSource } from "../schema/index.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";

export interface Operation {
  readonly schema: StaticOperationSchema;
  readonly changes: boolean;
  /** What differs from AWS, for the page in the guides; empty when nothing is known to. */
  readonly note: string;
  handle(input: Record<string, unknown>, call: EndpointCall): unknown;
}

/** A service as its own model describes it. */
export interface Service {
  /** Its name in the AWS CLI. */
  readonly name: string;
  /** The version of its API, by which query requests name it. */
  readonly version: string;
  /** What stands before an operation's name in `X-Amz-Target`. */
  readonly target: string;
  /** Namespace of its XML answers; services without the query protocol have none. */
  readonly xmlNamespace?: string;
  /** Its requests are told apart by method and path. */
  readonly isRest?: boolean;
  /** Its JSON answers carry the query protocol's error codes too. */
  readonly queryCompatible?: boolean;
  /** What a throttled call is refused with: its code, or the error where the model has one. */
  readonly throttling: string | StaticErrorSchema;
  readonly operations: readonly Operation[];
}

/** What an operation may use: the cloud in the region of the request. */
export interface EndpointCall {
  readonly account: string;
  readonly region: string;
  readonly store: CloudStore;
  readonly schemas: SchemaSource;
  /** Whether a fault lets it see what was a while ago. */
  readonly stale: boolean;
  /** Objects of a type in the region, oldest first, without marks of secrets. */
  list(type: string): Entry[];
  create(type: string, name: string, inputs: JsonObject): Entry;
  /** Writes some properties of an object by the same way, and under the same rules, as a program's update. */
  update(entry: Entry, changes: JsonObject): Entry;
  remove(entry: Entry): void;
  /** Folder of the cloud, where its data plane and metrics are found; undefined when the cloud has none. */
  readonly home: string | undefined;
}

/** An object of the cloud. */
export interface Entry {
  readonly id: string;
  readonly arn: string;
  readonly createdAt: Date;
  /** Without marks of secrets. */
  readonly state: JsonObject;
  readonly stored: StoredResource;
}

/** An operation that only reads. */
export function reads<Input, Output>(
  schema: StaticOperationSchema,
  handle: (input: Input, call: EndpointCall) => Output | Promise<Output>,
  note = "",
): Operation {
  return { schema, changes: false, note, handle: handle as Operation["handle"] };
}

/** An operation that changes something. */
export function writes<Input, Output>(
  schema: StaticOperationSchema,
  handle: (input: Input, call: EndpointCall) => Output | Promise<Output>,
  note = "",
): Operation {
  return { schema, changes: true, note, handle: handle as Operation["handle"] };
}
