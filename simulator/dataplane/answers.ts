/** What a load balancer says in its own name. */
import type { ServerResponse } from "node:http";
import type { Action } from "./topology.ts";

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

/** An error page as an application load balancer sends it. */
export function sendError(response: ServerResponse, status: number, remark = ""): void {
  const title = `${status} ${REASONS[status] ?? "Error"}`;
  const why = remark === "" ? "" : `<p>${remark}</p>\r\n`;
  const body =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n${why}</body>\r\n</html>\r\n`;
  send(response, status, { "content-type": "text/html" }, body);
}

export function sendFixed(response: ServerResponse, action: Action & { type: "fixed-response" }): void {
  const type: Record<string, string> =
    action.body === "" ? {} : { "content-type": `${action.contentType}; charset=utf-8` };
  send(response, action.status, type, action.body);
}

export interface RedirectFacts {
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  /** With the leading slash. */
  readonly path: string;
  readonly query: string;
}

/** The address that a redirect action makes of a request's. */
export function redirectTarget(action: Action & { type: "redirect" }, from: RedirectFacts): RedirectFacts {
  const fill = (template: string) =>
    template
      .replaceAll("#{protocol}", from.protocol.toLowerCase())
      .replaceAll("#{host}", from.host)
      .replaceAll("#{port}", from.port)
      .replaceAll("#{path}", from.path.replace(/^\//, ""))
      .replaceAll("#{query}", from.query);
  return {
    protocol: fill(action.protocol).toLowerCase(),
    host: fill(action.host),
    port: fill(action.port),
    path: fill(action.path),
    query: fill(action.query),
  };
}

export function sendRedirect(response: ServerResponse, status: number, to: RedirectFacts): void {
  const query = to.query === "" ? "" : `?${to.query}`;
  send(response, status, { location: `${to.protocol}://${to.host}:${to.port}${to.path}${query}` }, "");
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  if (response.headersSent) {
    // Part of an answer is out: only an aborted connection tells the client that it is not whole.
    response.destroy();
    return;
  }
  response.writeHead(status, { server: "awselb/2.0", ...headers, "content-length": Buffer.byteLength(body) });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
