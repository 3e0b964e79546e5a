/** One listener of a load balancer: an HTTP server on loopback that does what the rules say. */
import { type Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { redirectTarget, sendError, sendFixed, sendRedirect } from "./answers.ts";
import { type Authority, covers, type KeyAndCertificate } from "./certificates.ts";
import type { CookieJar } from "./cookies.ts";
import { countResult, countRouting } from "./exchange.ts";
import { forward } from "./forward.ts";
import { clientAddress, requestHeaders } from "./headers.ts";
import type { MetricRecorder } from "./recorder.ts";
import type { Router, Routing } from "./router.ts";
import type { RequestFacts } from "./rules.ts";
import type { Action, Listener, LoadBalancer } from "./topology.ts";
import { seededRandom } from "./weights.ts";

/** What the listeners of one data plane share. */
export interface ListenerContext {
  readonly agent: Agent;
  readonly cookies: CookieJar;
  readonly recorder: MetricRecorder;
  readonly router: Router;
  /** Where another listener of the same load balancer really is. */
  loopback(loadBalancerArn: string, port: number): URL | undefined;
  /** Signs the certificates of HTTPS listeners. */
  authority(): Promise<Authority>;
}

/** Ports at which listeners are looked for first; below the range from which systems give ports to clients. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

export class ListenerServer {
  readonly #context: ListenerContext;
  readonly #server: Server;
  #balancer: LoadBalancer;
  #listener: Listener;
  #requests = 0;
  port = 0;

  constructor(context: ListenerContext, balancer: LoadBalancer, listener: Listener) {
    this.#context = context;
    this.#balancer = balancer;
    this.#listener = listener;
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#server =
      listener.protocol === "HTTPS"
        ? createTlsServer({ requestTimeout: 0, SNICallback: (host, done) => this.#present(host, done) }, handle)
        : createServer({ requestTimeout: 0 }, handle);
    this.#server.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nServer: awselb/2.0\r\nConnection: close\r\n\r\n");
    });
    this.update(balancer, listener);
  }

  /** Where clients find it. */
  get url(): string {
    return `${this.protocol.toLowerCase()}://127.0.0.1:${this.port}/`;
  }

  get protocol(): string {
    return this.#listener.protocol;
  }

  /** Takes what changed; requests from now on see it. */
  update(balancer: LoadBalancer, listener: Listener): void {
    this.#balancer = balancer;
    this.#listener = listener;
    this.#server.keepAliveTimeout = balancer.idleTimeoutSeconds * 1000;
    this.#server.headersTimeout = balancer.idleTimeoutSeconds * 1000;
  }

  /** Listens on the port that follows from the ARN, or the next free one. */
  async listen(): Promise<void> {
    if (this.#server instanceof TlsServer) {
      // Shown to clients that name no host, which is what they do when they connect to an address.
      const { key, certificate } = await this.#certificate(undefined);
      this.#server.setSecureContext({ key, cert: certificate });
    }
    const start = Math.floor(seededRandom(this.#listener.arn)() * PORTS);
    for (let step = 0; step < PORTS; step++) {
      this.port = FIRST_PORT + ((start + step) % PORTS);
      if (await this.#tryPort(this.port)) return;
    }
    throw new Error(`no port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} is free for ${this.#listener.arn}`);
  }

  /** The certificate for a host: the first that names it, else the default one, as the listener's documentation has it. */
  async #certificate(host: string | undefined): Promise<KeyAndCertificate> {
    const { certificates } = this.#listener;
    const named = host === undefined ? undefined : certificates.find(({ domains }) => covers(domains, host));
    return (await this.#context.authority()).issue((named ?? certificates[0])?.domains ?? []);
  }

  #present(host: string, done: (error: Error | null, context?: SecureContext) => void): void {
    this.#certificate(host).then(
      ({ key, certificate }) => done(null, createSecureContext({ key, cert: certificate })),
      (error: Error) => done(error),
    );
  }

  #tryPort(port: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
        else reject(error);
      };
      this.#server.once("error", onError);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", onError);
        resolve((this.#server.address() as AddressInfo).port === port);
      });
    });
  }

  /** Takes no new connections and settles when the requests in progress are answered, at the latest after the grace. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const force = setTimeout(() => this.#server.closeAllConnections(), graceMs);
      this.#server.close(() => {
        clearTimeout(force);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = Date.now();
    const facts = factsOf(request);
    const { recorder, router, cookies } = this.#context;
    const cookie = request.headers.cookie;
    const recall = (name: "AWSALBTG" | "AWSALB", scope: string) => cookies.read(name, scope, cookie, now);
    const routing = router.route(this.#listener.rules, facts, recall, now);
    const node = { loadBalancer: this.#balancer.arnSuffix, zone: this.#nodeZone() };
    countRouting(recorder, node, routing, now);
    switch (routing.kind) {
      case "refused":
        sendError(response, routing.status, routing.remark);
        break;
      case "fixed":
        sendFixed(response, routing.action);
        break;
      case "redirect":
        this.#redirect(routing.action, facts, response);
        break;
      case "forward":
        await this.#forward(routing, request, response, node);
    }
  }

  async #forward(
    routing: Routing & { readonly kind: "forward" },
    request: IncomingMessage,
    response: ServerResponse,
    node: { readonly loadBalancer: string; readonly zone: string },
  ): Promise<void> {
    const { recorder, cookies, agent } = this.#context;
    const { runtime, target, remember } = routing;
    const now = Date.now();
    const end = runtime.begin(target);
    const result = await forward(request, response, {
      agent,
      target,
      headers: requestHeaders(request, this.#balancer, this.#listener, now),
      idleTimeoutMs: this.#balancer.idleTimeoutSeconds * 1000,
      setCookies: remember.flatMap(({ name, scope, choice, seconds }) =>
        cookies.issue({ name, scope, choice, seconds }, now, this.protocol === "HTTPS"),
      ),
    });
    end();
    countResult(recorder, node, routing, result, Date.now());
    if (result.kind === "failed") sendError(response, result.status);
    if (result.kind === "broken") response.destroy();
  }

  #redirect(action: Action & { type: "redirect" }, facts: RequestFacts, response: ServerResponse): void {
    const host = facts.host.replace(/:\d+$/, "");
    const to = redirectTarget(action, {
      protocol: this.#listener.protocol,
      host,
      port: String(this.#listener.port),
      path: facts.path,
      query: facts.query,
    });
    // A client on loopback is sent to where the other listener really is; nobody listens on 443 of this machine.
    const here = ["127.0.0.1", "localhost"].includes(host) && to.host === host;
    const at = here ? this.#context.loopback(this.#balancer.arn, Number(to.port)) : undefined;
    const really = at && { ...to, protocol: at.protocol.replace(":", ""), port: at.port };
    sendRedirect(response, action.status, really ?? to);
  }

  /** Clients find the nodes of a load balancer in turn, one in each zone. */
  #nodeZone(): string {
    const { zones } = this.#balancer;
    return zones[this.#requests++ % Math.max(1, zones.length)] ?? "";
  }
}

function factsOf(request: IncomingMessage): RequestFacts {
  const [path = "/", ...query] = (request.url ?? "/").split("?");
  const headers = new Map<string, string[]>();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[at + 1] ?? ""]);
  }
  return {
    method: request.method ?? "GET",
    host: request.headers.host ?? "",
    path,
    query: query.join("?"),
    headers,
    sourceIp: clientAddress(request),
  };
}
