/** How commands talk to the running cloud: a small gRPC service with JSON messages, beside the provider protocol. */
import { Client, credentials, type ServiceError, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { CreateLatency } from "../provider/service.ts";
import type { Counts } from "../store/store.ts";

/** What the process writes about itself, for those who want to reach it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly port: number;
  /** Port of the `random` provider. */
  readonly randomPort: number;
  /** Port of the AWS endpoint, over HTTP. */
  readonly endpointPort: number;
  /** Port of the `kubernetes` provider. */
  readonly kubernetesPort: number;
  /** Only the user may read the file, so only the user may control the process. */
  readonly token: string;
  readonly fingerprint: string;
  readonly since: string;
}

export interface ProcessStatus {
  readonly pid: number;
  readonly port: number;
  readonly since: string;
  readonly fingerprint: string;
  /** Version of the `@pulumi/aws` it serves. */
  readonly sdkVersion: string;
  /** Engine connections open now. */
  readonly connections: number;
  /** Milliseconds since the last call of an engine. */
  readonly idleMs: number;
  readonly resources: Counts;
  /** Bytes. */
  readonly databaseSize: number;
}

export interface CloudSettings {
  /** How long creates take before and after the object is stored. */
  readonly createLatency?: Partial<CreateLatency>;
  /** Seed of everything that is made up from now on: ids, names, passwords, addresses. */
  readonly seed?: string;
  /** The time, ISO 8601, at which everything is made from now on; empty for the time of day. */
  readonly time?: string;
}

export interface ResetScope {
  /** Twelve digits. */
  readonly account?: string;
  /** `project/stack`. */
  readonly stack?: string;
}

/** The calls: what each takes and gives. */
export interface ControlCalls {
  /** `joining`: the caller is about to use the cloud, so it does not count as idle. */
  status: { request: { readonly joining?: boolean }; response: ProcessStatus };
  stop: { request: Record<string, never>; response: { readonly pid: number } };
  reset: { request: ResetScope; response: { readonly removed: number } };
  /**
   * Makes a port for providers that name no region. With a program's folder, whose state is kept apart from that of
   * stacks on AWS, types are those of the SDK that folder has installed.
   */
  port: {
    request: { readonly region: string; readonly program?: string };
    response: { readonly port: number; readonly sdkVersion: string };
  };
  configure: { request: CloudSettings; response: { readonly createLatency: CreateLatency } };
}

type CallName = keyof ControlCalls;
type Envelope = { readonly token: string; readonly body: unknown };

const NAMES: readonly CallName[] = ["status", "stop", "reset", "port", "configure"];
const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const fromBytes = (bytes: Buffer): unknown => JSON.parse(bytes.toString("utf8"));
const pathOf = (name: CallName): string => `/causeway.cloud.Control/${name}`;

export const controlService = Object.fromEntries(
  NAMES.map((name) => [
    name,
    {
      path: pathOf(name),
      requestStream: false,
      responseStream: false,
      requestSerialize: toBytes,
      requestDeserialize: fromBytes,
      responseSerialize: toBytes,
      responseDeserialize: fromBytes,
    } as const,
  ]),
);

export type ControlHandlers = {
  [Name in CallName]: (
    request: ControlCalls[Name]["request"],
  ) => ControlCalls[Name]["response"] | Promise<ControlCalls[Name]["response"]>;
};

export function controlImplementation(token: string, handlers: ControlHandlers): UntypedServiceImplementation {
  const method =
    (name: CallName) => async (call: { request: unknown }, callback: (e: unknown, r?: unknown) => void) => {
      const envelope = call.request as Envelope;
      if (envelope.token !== token) {
        callback({ code: 16, details: "the control token is not this process's" });
        return;
      }
      try {
        callback(null, await (handlers[name] as (request: unknown) => unknown)(envelope.body));
      } catch (error) {
        callback({ code: 13, details: error instanceof Error ? error.message : String(error) });
      }
    };
  return Object.fromEntries(NAMES.map((name) => [name, method(name)])) as unknown as UntypedServiceImplementation;
}

/**
 * Calls the process that a record speaks of.
 *
 * @throws Error when it does not answer in time or is another process
 */
export function control<Name extends CallName>(
  record: Pick<ProcessRecord, "port" | "token">,
  name: Name,
  body: ControlCalls[Name]["request"],
  timeoutMs = 3_000,
): Promise<ControlCalls[Name]["response"]> {
  const client = new Client(`127.0.0.1:${record.port}`, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      pathOf(name),
      toBytes,
      fromBytes,
      { token: record.token, body } satisfies Envelope,
      { deadline: Date.now() + timeoutMs } as never,
      (error: ServiceError | null, response?: unknown) => {
        client.close();
        if (error !== null) reject(error);
        else resolve(response as ControlCalls[Name]["response"]);
      },
    );
  });
}
