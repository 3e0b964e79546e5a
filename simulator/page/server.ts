/** The page's server: loopback only, for those who have its key, and with no way in for other sites. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Fault, injectFault } from "../dataplane/control.ts";
import { ACCOUNT, changeWeights, EditRefused, openForEditing, type Weight } from "../live/index.ts";
import { cloudFiles } from "../process/location.ts";
import { CloudStore } from "../store/store.ts";
import { buildPage, type Page } from "./build.ts";
import { resourceDetail, searchResources } from "./resources.ts";
import type { ResourcePage } from "./views.ts";
import { CloudWatch } from "./watch.ts";

/** More than any change that the page sends. */
const LARGEST_BODY = 64 * 1024;
const ROWS = 200;
/** So that nothing in between takes a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000;

export interface PageServer {
  readonly port: number;
  /** Carries the key behind a `#`, where browsers keep it to themselves. */
  readonly url: string;
  readonly key: string;
  close(): Promise<void>;
}

/** A request that is answered with a status and a sentence. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @param home folder of the cloud @param root checkout whose code runs */
export async function servePage(home: string, root: string): Promise<PageServer> {
  const page = await buildPage(root);
  const store = new CloudStore(cloudFiles(home).database);
  const watch = new CloudWatch(home, store, ACCOUNT);
  const key = randomBytes(24).toString("base64url");
  await watch.start();
  const parts: Parts = { home, root, store, watch, key, page };
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 500;
      send(response, status, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    key,
    url: `http://127.0.0.1:${port}/#key=${key}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await watch.close();
      await closed;
      store.close();
    },
  };
}

interface Parts {
  readonly home: string;
  readonly root: string;
  readonly store: CloudStore;
  readonly watch: CloudWatch;
  readonly key: string;
  readonly page: Page;
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  checkHost(request);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const method = request.method ?? "GET";
  if (url.pathname === "/" && method === "GET") {
    response.writeHead(200, {
      ...HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": parts.page.policy,
    });
    response.end(parts.page.html);
    return;
  }
  if (url.pathname === "/favicon.ico") {
    response.writeHead(204, HEADERS).end();
    return;
  }
  checkKey(parts.key, request);
  switch (`${method} ${url.pathname}`) {
    case "GET /api/stream":
      stream(parts.watch, response);
      return;
    case "GET /api/resources":
      send(response, 200, resources(parts, url.searchParams));
      return;
    case "GET /api/resource":
      send(response, 200, resource(parts, url.searchParams));
      return;
    case "POST /api/weights":
      send(response, 200, setWeights(parts, await body(request)));
      return;
    case "POST /api/fault":
      send(response, 200, await fault(parts, await body(request)));
      return;
    default:
      throw new Refusal(404, `there is no ${method} ${url.pathname}`);
  }
}

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** A name that somebody else's server answers for must not lead here: the Host header tells by which name it was asked. */
function checkHost({ headers }: IncomingMessage): void {
  const name = (headers.host ?? "").replace(/:\d+$/, "");
  if (name !== "127.0.0.1" && name !== "localhost") {
    throw new Refusal(403, "this page answers at 127.0.0.1 and localhost only");
  }
}

function checkKey(key: string, { headers }: IncomingMessage): void {
  const given = Buffer.from(headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${key}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Refusal(401, "the key is not this page's; run `npx causeway cloud open` for the address with the key");
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  response.writeHead(status, { ...HEADERS, "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(value));
}

/** Server-sent events: what is now, then every change. */
function stream(watch: CloudWatch, response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" });
  const end = watch.listen((name, json) => response.write(`event: ${name}\ndata: ${json}\n\n`));
  const beat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT_MS);
  response.on("close", () => {
    clearInterval(beat);
    end();
  });
}

function resources({ store }: Parts, query: URLSearchParams): ResourcePage {
  const search = query.get("search") ?? "";
  return searchResources(store, ACCOUNT, { search, service: query.get("service") ?? "", limit: ROWS });
}

function resource({ store }: Parts, query: URLSearchParams) {
  const [type, id] = [query.get("type"), query.get("id")];
  const detail =
    type && id ? resourceDetail(store, { account: ACCOUNT, region: query.get("region") ?? "", type, id }) : undefined;
  if (detail === undefined) throw new Refusal(404, "this resource does not exist any more");
  return detail;
}

async function body(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > LARGEST_BODY) throw new Refusal(413, "that is more than the page ever sends");
  }
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, as for any other document that is no object.
  }
  throw new Refusal(400, "the request is not a JSON object");
}

function setWeights({ home, root }: Parts, { rule, weights }: Record<string, unknown>) {
  const given = Array.isArray(weights) ? (weights as Partial<Weight>[]) : [];
  const read = given.map(({ targetGroup, weight }) => ({ targetGroup: String(targetGroup), weight: Number(weight) }));
  if (typeof rule !== "string" || read.length === 0) throw new Refusal(400, "say which rule, and its weights");
  const whole = read.every(({ weight }) => Number.isInteger(weight));
  if (!whole) throw new Refusal(400, "a weight is a whole number from 0 to 999");
  const opened = openForEditing(home, root);
  if (opened === undefined) throw new Refusal(409, "nothing is up");
  try {
    changeWeights(opened, ACCOUNT, rule, read);
    return { rule, weights: read };
  } catch (error) {
    if (error instanceof EditRefused) throw new Refusal(409, error.message);
    throw error;
  } finally {
    opened.close();
  }
}

async function fault({ home, watch }: Parts, given: Record<string, unknown>) {
  const asked = readFault(given);
  try {
    const done = await injectFault(home, asked);
    // Zones and slow tasks are seen in the status; a killed task looks like any other that ended.
    if (asked.kind === "kill-task") watch.note("fault", done);
    return { done };
  } catch (error) {
    throw new Refusal(409, (error as Error).message);
  }
}

function readFault({ kind, task, zone, milliseconds }: Record<string, unknown>): Fault {
  if (kind === "kill-task" && typeof task === "string") return { kind, task };
  if (kind === "slow-task" && typeof task === "string" && Number.isInteger(milliseconds) && Number(milliseconds) >= 0) {
    return { kind, task, milliseconds: Number(milliseconds) };
  }
  if ((kind === "lose-zone" || kind === "restore-zone") && typeof zone === "string") return { kind, zone };
  throw new Refusal(400, "there is no such fault");
}
