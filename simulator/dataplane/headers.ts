/** Headers on the way through a load balancer. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { LoadBalancer } from "./topology.ts";

/** They speak of one connection, and each side has its own. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names and values as they came, one after the other, without those of the connection. */
export function endToEnd(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) pairs.push([name, rawHeaders[at + 1] ?? ""]);
  }
  return pairs;
}

/** What the target gets: the client's headers and those by which it learns of the client. */
export function requestHeaders(
  request: IncomingMessage,
  balancer: LoadBalancer,
  listener: { readonly port: number; readonly protocol: string },
  now: number,
): string[] {
  const client = clientAddress(request);
  const own: [string, string][] = [
    ["X-Forwarded-Proto", listener.protocol.toLowerCase()],
    ["X-Forwarded-Port", String(listener.port)],
    ["X-Amzn-Trace-Id", traceId(request.headers["x-amzn-trace-id"], now)],
  ];
  const sent = request.headers["x-forwarded-for"];
  const known = Array.isArray(sent) ? sent.join(", ") : sent;
  if (balancer.xffMode === "append") own.push(["X-Forwarded-For", known ? `${known}, ${client}` : client]);
  if (balancer.xffMode === "preserve" && known) own.push(["X-Forwarded-For", known]);
  const replaced = new Set([...own.map(([name]) => name.toLowerCase()), "x-forwarded-for"]);
  const passed = endToEnd(request.rawHeaders).filter(([name]) => {
    if (replaced.has(name.toLowerCase())) return false;
    return !balancer.dropInvalidHeaders || /^[-A-Za-z0-9]+$/.test(name);
  });
  const framing: [string, string][] =
    request.headers["transfer-encoding"] === undefined ? [] : [["Transfer-Encoding", "chunked"]];
  return [...passed, ...framing, ...own].flat();
}

/** A new trace; or the client's, with this hop noted in front. */
function traceId(sent: string | readonly string[] | undefined, now: number): string {
  const id = `1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
  const given = Array.isArray(sent) ? sent.join(";") : sent;
  if (!given) return `Root=${id}`;
  const kept = (given as string).split(";").filter((part) => !part.trim().startsWith("Self="));
  return (given as string).includes("Root=") ? `Self=${id};${kept.join(";")}` : `Root=${id};${kept.join(";")}`;
}

export function clientAddress(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}
