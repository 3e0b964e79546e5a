/** One request on its way to a target and its answer on the way back. */
import { Agent, type ClientRequest, type IncomingMessage, request as open, type ServerResponse } from "node:http";
import { CONNECT_TIMEOUT_MS, type ForwardResult, type Mishap, resultOf } from "./exchange.ts";
import { endToEnd } from "./headers.ts";
import type { Target } from "./targets.ts";

export interface ForwardOptions {
  readonly agent: Agent;
  readonly target: Target;
  readonly headers: readonly string[];
  readonly idleTimeoutMs: number;
  /** Cookies that go out with the answer. */
  readonly setCookies: readonly string[];
}

/** Connections to targets are kept open, as the load balancer's own pool. */
export function targetAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 64 });
}

/** Sends the request on and streams the answer back. Settles when the exchange is over; never rejects. */
export function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { agent, target, headers, idleTimeoutMs, setCookies }: ForwardOptions,
): Promise<ForwardResult> {
  return new Promise((resolve) => {
    let started = performance.now();
    let upstream: ClientRequest | undefined;
    let connectTimer: NodeJS.Timeout | undefined;
    let slow: NodeJS.Timeout | undefined;
    let status: number | undefined;
    let connected = false;
    let over = false;
    const seconds = () => (performance.now() - started) / 1000;
    const finish = (result: ForwardResult) => {
      if (over) return;
      over = true;
      clearTimeout(connectTimer);
      clearTimeout(slow);
      response.off("close", onClientGone);
      if (result.kind !== "answered") upstream?.destroy();
      resolve(result);
    };
    const fail = (mishap: Mishap) => finish(resultOf(mishap, { connected, status, seconds: seconds() }));
    const onClientGone = () => fail("client-gone");
    response.on("close", onClientGone);

    const send = () => {
      started = performance.now();
      upstream = open({
        agent,
        host: target.host,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: [...headers],
        setHost: false,
      });
      connectTimer = setTimeout(() => fail("silence"), CONNECT_TIMEOUT_MS);
      upstream.on("socket", (socket) => {
        const ready = () => {
          connected = true;
          clearTimeout(connectTimer);
        };
        if (socket.connecting) socket.once("connect", ready);
        else ready();
      });
      // Counts from the last byte in either direction.
      upstream.setTimeout(idleTimeoutMs, () => fail("silence"));
      upstream.on("error", () => {
        // Of a lost zone nothing comes back, not even an end.
        if (target.reachable) fail("reset");
        else slow = setTimeout(() => fail("silence"), idleTimeoutMs);
      });
      upstream.on("response", (answer) => {
        status = answer.statusCode ?? 502;
        const took = seconds();
        const pairs = endToEnd(answer.rawHeaders);
        for (const cookie of setCookies) pairs.push(["Set-Cookie", cookie]);
        response.writeHead(status, answer.statusMessage, pairs.flat());
        answer.on("error", () => finish({ kind: "broken", status, seconds: took }));
        answer.on("aborted", () => finish({ kind: "broken", status, seconds: took }));
        // Out before the client may act on it: whoever sees the end of an answer sees it counted.
        answer.on("end", () => finish({ kind: "answered", status: status!, seconds: took }));
        answer.pipe(response);
      });
      incoming.pipe(upstream);
    };
    // In a lost zone nobody takes the connection, and nobody refuses it.
    if (!target.reachable) connectTimer = setTimeout(() => fail("silence"), CONNECT_TIMEOUT_MS);
    else if (target.slowMs === 0) send();
    else slow = setTimeout(send, target.slowMs);
  });
}
