/** The gRPC server: connections in, provider and control services behind them. Can also run inside a test. */
import { createServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { serveEndpoint } from "../endpoint/server.ts";
import { KubernetesSdk } from "../kubernetes/schema.ts";
import { KubernetesService } from "../kubernetes/service.ts";
import { invokeHandlers } from "../provider/functions/index.ts";
import { Invoke } from "../provider/invoke.ts";
import { seedOfNext, timeOf } from "../provider/origin.ts";
import { type CreateLatency, ProviderService } from "../provider/service.ts";
import { drawFrom } from "../random/draw.ts";
import { randomProvider } from "../random/service.ts";
import type { Rules } from "../rules/index.ts";
import type { SchemaSource } from "../schema/index.ts";
import type { CloudStore } from "../store/store.ts";
import { Unanswered } from "../store/unanswered.ts";
import { type ControlHandlers, controlImplementation, controlService } from "./control.ts";

export interface CloudServer {
  readonly port: number;
  /** Port of the `random` provider: the engine wants each provider at an address of its own. */
  readonly randomPort: number;
  /** Port of the AWS endpoint, over HTTP. */
  readonly endpointPort: number;
  /** Port of the `kubernetes` provider. */
  readonly kubernetesPort: number;
  /**
   * A port where providers that name no region use this one, as the real ones take it from their environment.
   *
   * @param sdk of a program whose state is kept apart from that of stacks on AWS: its types are those of this port
   */
  portFor(region: string, sdk?: SchemaSource): Promise<number>;
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
  /** Folder from which `@pulumi/kubernetes` resolves. @default the working folder */
  readonly sdkFolder?: string;
  /** Folder of the cloud, where its data plane and metrics are found. */
  readonly home?: string;
  readonly onError: (method: string, error: unknown) => void;
  /** What AWS refuses; all its rules unless given. */
  readonly rules?: Rules;
  /** How long a create waits for what the program makes at the same moment. @default as `ProviderParts` has it */
  readonly settlingMs?: number;
  readonly control?: { readonly token: string; readonly handlers: ControlHandlers };
}

/** How long requests under way may take when the server closes, in milliseconds. */
const GRACE_MS = 3_000;

/** Serves on a free port of the loopback interface. */
export async function serveCloud(parts: ServerParts): Promise<CloudServer> {
  const { schemas, store, onError } = parts;
  let lastActive = Date.now();
  const onCall = () => {
    lastActive = Date.now();
  };
  const unanswered = new Unanswered(store);
  const providerOf = (sdk: SchemaSource) => {
    const service = new ProviderService({
      schemas: sdk,
      store,
      unanswered,
      onError,
      onCall,
      invoke: new Invoke(sdk, store, invokeHandlers),
      createLatency: () => createLatency(store),
      ...(parts.rules && { rules: parts.rules }),
      ...(parts.settlingMs !== undefined && { settlingMs: parts.settlingMs }),
    });
    const server = new Server(UNLIMITED);
    server.addService(providerGrpc.ResourceProviderService, service.implementation());
    return { server, sessions: service.sessions };
  };
  const aws = providerOf(schemas);
  if (parts.control) {
    aws.server.addService(controlService, controlImplementation(parts.control.token, parts.control.handlers));
  }
  const random = new Server(UNLIMITED);
  const source = (urn: string) => ({ draw: drawFrom(seedOfNext(store, urn)), now: timeOf(store).getTime() });
  random.addService(providerGrpc.ResourceProviderService, randomProvider({ source, onCall, onError }));

  const clusters = new KubernetesService({
    sdk: new KubernetesSdk(parts.sdkFolder ?? process.cwd()),
    store,
    unanswered,
    onCall,
    onError,
  });
  const kubernetes = new Server(UNLIMITED);
  kubernetes.addService(providerGrpc.ResourceProviderService, clusters.implementation());

  const own = await Promise.all([
    listen(aws.server, { closed: (peer) => aws.sessions.drop(peer) }),
    listen(random),
    listen(kubernetes, { closed: (peer) => clusters.drop(peer) }),
  ]);
  const endpoint = await serveEndpoint({
    ...{ store, schemas, home: parts.home, onCall, onError },
    ...(parts.rules && { rules: parts.rules }),
  });
  const providers = new Map([[schemas, aws]]);
  const regional = new Map<string, Promise<Listener>>();
  const listeners: Listener[] = [...own];
  const listenFor = async (region: string, sdk: SchemaSource | undefined) => {
    const { server, sessions } = providers.get(sdk ?? schemas) ?? providerOf(sdk ?? schemas);
    providers.set(sdk ?? schemas, { server, sessions });
    const listener = await listen(server, {
      opened: (peer) => {
        sessions.of(peer).useRegion(region);
        if (sdk !== undefined) sessions.of(peer).keepStateApart();
      },
      closed: (peer) => sessions.drop(peer),
    });
    listeners.push(listener);
    return listener;
  };
  return {
    port: own[0].port,
    randomPort: own[1].port,
    kubernetesPort: own[2].port,
    endpointPort: endpoint.port,
    portFor: async (region, sdk) => {
      const key = `${region} ${sdk?.root}`;
      const listener = regional.get(key) ?? listenFor(region, sdk);
      regional.set(key, listener);
      return (await listener).port;
    },
    connections: () => listeners.reduce((sum, listener) => sum + listener.connections(), 0),
    idleMs: () => Date.now() - lastActive,
    touch: onCall,
    close: async () => {
      await Promise.all([endpoint.close(), ...listeners.map((listener) => listener.close())]);
      unanswered.tidy();
    },
  };
}

const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

interface Listener {
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}

/** Own sockets, so that a closed connection takes along what its Configure said. */
async function listen(
  grpc: Server,
  on: { opened?: (peer: string) => void; closed?: (peer: string) => void } = {},
): Promise<Listener> {
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.add(socket);
    on.opened?.(peer);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      on.closed?.(peer);
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
