/** The gRPC server: connections in, provider and control services behind them. Can also run inside a test. */
import { createServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { invokeHandlers } from "../provider/functions/index.ts";
import { Invoke } from "../provider/invoke.ts";
import { type CreateLatency, ProviderService } from "../provider/service.ts";
import type { SchemaSource } from "../schema/index.ts";
import type { CloudStore } from "../store/store.ts";
import { type ControlHandlers, controlImplementation, controlService } from "./control.ts";

export interface CloudServer {
  readonly port: number;
  /** Open connections. */
  connections(): number;
  /** Milliseconds since an engine last called, or since the start or the last `touch`. */
  idleMs(): number;
  /** Counts as a call: somebody is about to use the cloud. */
  touch(): void;
  /** Answers what has been asked, then closes. */
  close(): Promise<void>;
}

export interface ServerParts {
  readonly schemas: SchemaSource;
  readonly store: CloudStore;
  readonly onError: (method: string, error: unknown) => void;
  readonly control?: { readonly token: string; readonly handlers: ControlHandlers };
}

/** How long requests under way may take when the server closes, in milliseconds. */
const GRACE_MS = 3_000;

/** Serves on a free port of the loopback interface. */
export async function serveCloud(parts: ServerParts): Promise<CloudServer> {
  const { schemas, store, onError } = parts;
  let lastActive = Date.now();
  const provider = new ProviderService({
    schemas,
    store,
    onError,
    onCall: () => {
      lastActive = Date.now();
    },
    invoke: new Invoke(schemas, store, invokeHandlers),
    createLatency: () => createLatency(store),
  });
  const grpc = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  grpc.addService(providerGrpc.ResourceProviderService, provider.implementation());
  if (parts.control) {
    grpc.addService(controlService, controlImplementation(parts.control.token, parts.control.handlers));
  }

  // Own sockets, so that a closed connection takes along what its Configure said.
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      provider.sessions.drop(peer);
    });
    injector.injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    connections: () => sockets.size,
    idleMs: () => Date.now() - lastActive,
    touch: () => {
      lastActive = Date.now();
    },
    close: async () => {
      listener.close();
      injector.drain(GRACE_MS);
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => {
          grpc.forceShutdown();
          resolve();
        }, GRACE_MS);
        grpc.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      });
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Kept in the database, so that it holds for every process and survives a restart. */
export function createLatency(store: CloudStore): CreateLatency {
  const stored = store.setting("createLatency");
  return { beforeStoreMs: 0, afterStoreMs: 0, ...(stored && (JSON.parse(stored) as Partial<CreateLatency>)) };
}
