/**
 * The service that a local environment runs: an HTTP server with builds that work, are slow, or fail.
 *
 * It keeps the contract that the platform has with every service: it listens on PORT, says at /healthz whether it can
 * work, writes one JSON line for each request, and on SIGTERM finishes what it has before it goes.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const BUILDS = ["v1", "v2", "v3", "slow", "failing"] as const;
const LEVELS = ["debug", "info", "warn", "error"] as const;
const FAILURES = ["requests", "health", "both"] as const;

const GREETINGS: Readonly<Record<(typeof BUILDS)[number], string>> = {
  v1: "Hello",
  v2: "Hello again",
  v3: "Hello, most of the time",
  slow: "Hello, at last",
  failing: "",
};

/** What the load balancer waits on a silent connection is 60 s: it must be the one that closes first. */
const KEEP_ALIVE_MS = 65_000;
/** Far above the objective of any service. */
const SLOW_MS = 800;
const LONGEST_WAIT_MS = 30_000;

const { values: flags } = parseArgs({ options: { build: { type: "string" } } });
const build = choice("--build or HELLO_BUILD", flags.build ?? process.env.HELLO_BUILD ?? "v1", BUILDS);
const logLevel = choice("LOG_LEVEL", process.env.LOG_LEVEL ?? "info", LEVELS);
const failure = choice("HELLO_FAILURE", process.env.HELLO_FAILURE ?? "both", FAILURES);
const port = whole("PORT", process.env.PORT ?? "8080", 0, 65_535);
const shutdownSeconds = whole("SHUTDOWN_SECONDS", process.env.SHUTDOWN_SECONDS ?? "30", 0, 110);

let leaving = false;
let answered = 0;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: KEEP_ALIVE_MS + 1000 }, (req, res) => {
  void handle(req, res);
});

async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const started = performance.now();
  const correlationId = correlationIdOf(req);
  const url = new URL(req.url ?? "/", "http://hello");
  res.setHeader("x-correlation-id", correlationId);
  res.setHeader("x-version", build);
  log("debug", "accepted", { correlationId, path: url.pathname });
  res.once("close", () => {
    // Without the query, which may hold what nobody should read in a log.
    log(url.pathname === "/healthz" ? "debug" : res.statusCode >= 500 ? "error" : "info", "request", {
      correlationId,
      traceId: req.headers["x-amzn-trace-id"],
      method: req.method,
      path: url.pathname,
      status: res.statusCode,
      finished: res.writableFinished,
      durationMs: Math.round(performance.now() - started),
    });
  });
  const { status, body } = await answer(req.method ?? "GET", url);
  // Asked after the answer is ready: a request that was in progress when SIGTERM came must not keep its connection.
  if (leaving) res.setHeader("connection", "close");
  const text = `${JSON.stringify(body)}\n`;
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  res.end(req.method === "HEAD" ? undefined : text);
}

async function answer(method: string, url: URL): Promise<{ status: number; body: object }> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: { error: `${method} is not supported` } };
  if (url.pathname === "/healthz") {
    const healthy = !(build === "failing" && failure !== "requests");
    return { status: healthy ? 200 : 503, body: { healthy, build } };
  }
  if (build === "failing" && failure !== "health") return { status: 500, body: { error: "this build always fails" } };
  // What no health check sees, and a smoke test seldom.
  if (build === "v3" && answered++ % 4 === 3) return { status: 500, body: { error: "this build fails now and then" } };
  if (build === "slow") await sleep(SLOW_MS);
  if (url.pathname === "/") return { status: 200, body: { message: GREETINGS[build], build } };
  if (url.pathname === "/wait") {
    const milliseconds = Number(url.searchParams.get("ms") ?? "1000");
    if (!(milliseconds >= 0 && milliseconds <= LONGEST_WAIT_MS)) {
      return { status: 400, body: { error: `ms must be from 0 to ${LONGEST_WAIT_MS}` } };
    }
    await sleep(milliseconds);
    return { status: 200, body: { waitedMs: milliseconds, build } };
  }
  return { status: 404, body: { error: "not found" } };
}

/** The caller's id where it is one, since it ends in logs and in a header; a new one otherwise. */
function correlationIdOf(req: IncomingMessage): string {
  const given = req.headers["x-correlation-id"];
  return typeof given === "string" && /^[\w.:=-]{1,128}$/.test(given) ? given : randomUUID();
}

function log(level: (typeof LEVELS)[number], message: string, fields: object = {}): void {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(logLevel)) return;
  const line = { time: new Date().toISOString(), level, message, service: "hello", build, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Takes no new connections, finishes the requests it has, and goes; after the time it has, it goes anyway. */
function leave(signal: string): void {
  if (leaving) return;
  leaving = true;
  log("info", "leaving", { signal, shutdownSeconds });
  server.close(() => {
    log("info", "left");
    process.exit(0);
  });
  setTimeout(() => {
    log("error", "left with unfinished requests");
    process.exit(1);
  }, shutdownSeconds * 1000).unref();
}

function choice<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T;
  return refuse(`${name} is "${value}"; choose one of ${allowed.join(", ")}`);
}

function whole(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (value.trim() !== "" && Number.isInteger(number) && number >= least && number <= most) return number;
  return refuse(`${name} is "${value}"; give a whole number from ${least} to ${most}`);
}

function refuse(reason: string): never {
  process.stderr.write(`hello: ${reason}\n`);
  process.exit(2);
}

process.on("SIGTERM", leave);
process.on("SIGINT", leave);
server.on("error", (error) => {
  log("error", "cannot listen", { port, error: error.message });
  process.exit(1);
});
// In a container every interface; on a machine that people share, HOST keeps it on loopback.
server.listen({ port, host: process.env.HOST }, () =>
  log("info", "listening", { port: (server.address() as AddressInfo).port }),
);
