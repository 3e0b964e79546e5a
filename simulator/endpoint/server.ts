/** The AWS endpoint: an HTTP server on loopback that unmodified SDKs and the AWS CLI talk to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Rules } from "../rules/index.ts";
import type { SchemaSource } from "../schema/index.ts";
import type { CloudStore } from "../store/store.ts";
import { RecentChanges } from "./faults.ts";
import type { WireAnswer } from "./protocols.ts";

export interface EndpointParts {
  readonly store: CloudStore;
  readonly schemas: SchemaSource;
  readonly rules?: Rules;
  /** Folder of the cloud, where its data plane and metrics are found. */
  readonly home?: string | undefined;
  /** Called at every request. */
  readonly onCall: () => void;
  /** Called with every failure that is not one of the cloud's own refusals. */
  readonly onError: (operation: string, error: unknown) => void;
}

/** What its requests work with. */
export interface ServedParts extends EndpointParts {
  readonly changes: RecentChanges;
}

export interface Endpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** More than any API of AWS takes. */
const LONGEST_BODY = 10_000_000;

/** Serves on a free port of the loopback interface. */
export async function serveEndpoint(settings: EndpointParts): Promise<Endpoint> {
  const parts: ServedParts = { ...settings, changes: new RecentChanges() };
  const server = createServer({ keepAlive: true }, (request, response) => {
    parts.onCall();
    void handle(parts, request, response).catch((error: unknown) => {
      parts.onError(`${request.method} ${request.url}`, error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 3_000).unref();
      }),
  };
}

async function handle(parts: ServedParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    chunks.push(chunk);
  }
  // The clients' schemas take a moment to load, and most clouds are never asked.
  const { answerRequest } = await import("./answer.ts");
  const body = Buffer.concat(chunks);
  const answer = await answerRequest(parts, {
    ...{ method: request.method ?? "GET", path: request.url ?? "/", headers: request.headers, body },
  });
  if (answer === "cut") {
    request.socket.destroy();
    return;
  }
  send(response, answer);
}

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
