/** One listener of a load balancer: an HTTP server on loopback that does what the rules say. */
import { type Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { redirectTarget, sendError, sendFixed, sendRedirect } from "./answers.ts";
import type { CookieJar } from "./cookies.ts";
import { forward } from "./forward.ts";
import { clientAddress, requestHeaders } from "./headers.ts";
import type { MetricRecorder } from "./recorder.ts";
import { matchRule, type RequestFacts } from "./rules.ts";
import type { TargetGroupRuntime } from "./targets.ts";
import type { Action, Listener, LoadBalancer, Rule } from "./topology.ts";
import { chooseWeighted, type Random, seededRandom } from "./weights.ts";

/** What the listeners of one data plane share. */
export interface ListenerContext {
  readonly seed: string;
  readonly agent: Agent;
  readonly cookies: CookieJar;
  readonly recorder: MetricRecorder;
  targetGroup(arn: string): TargetGroupRuntime | undefined;
  /** The loopback port of another listener of the same load balancer. */
  loopbackPort(loadBalancerArn: string, port: number): number | undefined;
}

type Forward = Action & { readonly type: "forward" };

/** Ports at which listeners are looked for first; below the range from which systems give ports to clients. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

export class ListenerServer {
  readonly #context: ListenerContext;
  readonly #server: Server;
  /** One sequence of draws for each rule, so that rules do not disturb each other. */
  readonly #draws = new Map<string, Random>();
  #balancer: LoadBalancer;
  #listener: Listener;
  #requests = 0;
  port = 0;

  constructor(context: ListenerContext, balancer: LoadBalancer, listener: Listener) {
    this.#context = context;
    this.#balancer = balancer;
    this.#listener = listener;
    this.#server = createServer({ requestTimeout: 0 }, (request, response) => void this.#handle(request, response));
    this.#server.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nServer: awselb/2.0\r\nConnection: close\r\n\r\n");
    });
    this.update(balancer, listener);
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
    const start = Math.floor(seededRandom(this.#listener.arn)() * PORTS);
    for (let step = 0; step < PORTS; step++) {
      this.port = FIRST_PORT + ((start + step) % PORTS);
      if (await this.#tryPort(this.port)) return;
    }
    throw new Error(`no port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} is free for ${this.#listener.arn}`);
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
    const rule = matchRule(this.#listener.rules, facts);
    const place = { loadBalancer: this.#balancer.arnSuffix, zone: this.#nodeZone() };
    const { recorder } = this.#context;
    if (rule === undefined || rule.action.type === "unsupported") {
      recorder.failed(place, 501, now);
      sendError(response, 501, rule?.action.type === "unsupported" ? rule.action.what : "");
    } else if (rule.action.type === "fixed-response") {
      recorder.ruled(place, "HTTP_Fixed_Response_Count", now);
      sendFixed(response, rule.action);
    } else if (rule.action.type === "redirect") {
      recorder.ruled(place, "HTTP_Redirect_Count", now);
      this.#redirect(rule.action, facts, response);
    } else {
      await this.#forward(rule, rule.action, request, response, place.zone);
    }
  }

  async #forward(
    rule: Rule,
    action: Forward,
    request: IncomingMessage,
    response: ServerResponse,
    nodeZone: string,
  ): Promise<void> {
    const { recorder, cookies, agent } = this.#context;
    const now = Date.now();
    const node = { loadBalancer: this.#balancer.arnSuffix, zone: nodeZone };
    const groupArn = this.#chooseGroup(rule, action, request.headers.cookie, now);
    const runtime = groupArn === undefined ? undefined : this.#context.targetGroup(groupArn);
    const kept =
      runtime?.group.stickySeconds === undefined
        ? undefined
        : cookies.read("AWSALB", runtime.group.arn, request.headers.cookie, now);
    const target = runtime?.eligible().find(({ id }) => id === kept) ?? runtime?.choose(now);
    if (runtime === undefined || target === undefined) {
      recorder.failed(node, 503, now);
      sendError(response, 503);
      return;
    }
    const { group } = runtime;
    const setCookies: string[] = [];
    if (action.stickySeconds !== undefined) {
      setCookies.push(...cookies.issue("AWSALBTG", rule.arn, group.arn, action.stickySeconds, now));
    }
    if (group.stickySeconds !== undefined) {
      setCookies.push(...cookies.issue("AWSALB", group.arn, target.id, group.stickySeconds, now));
    }
    const place = { loadBalancer: this.#balancer.arnSuffix, zone: target.zone, targetGroup: group.arnSuffix };
    recorder.routed(place, now);
    const end = runtime.begin(target);
    const result = await forward(request, response, {
      agent,
      target,
      headers: requestHeaders(request, this.#balancer, this.#listener, now),
      idleTimeoutMs: this.#balancer.idleTimeoutSeconds * 1000,
      setCookies,
    });
    end();
    if (result.kind === "failed") {
      if (!result.connected) recorder.refused(place, Date.now());
      recorder.failed(node, result.status, Date.now());
      sendError(response, result.status);
      return;
    }
    if (result.status !== undefined) recorder.answered(place, result.status, result.seconds, Date.now());
    if (result.kind === "broken") response.destroy();
  }

  /** Stickiness comes before weight, even a weight of 0, as long as the rule still names the group. */
  #chooseGroup(rule: Rule, action: Forward, cookie: string | undefined, now: number): string | undefined {
    if (action.stickySeconds !== undefined) {
      const kept = this.#context.cookies.read("AWSALBTG", rule.arn, cookie, now);
      if (kept !== undefined && action.targetGroups.some(({ arn }) => arn === kept)) return kept;
    }
    let draw = this.#draws.get(rule.arn);
    if (draw === undefined) {
      draw = seededRandom(`${this.#context.seed}:${rule.arn}`);
      this.#draws.set(rule.arn, draw);
    }
    return chooseWeighted(action.targetGroups, draw)?.arn;
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
    const port = here ? this.#context.loopbackPort(this.#balancer.arn, Number(to.port)) : undefined;
    sendRedirect(response, action.status, port === undefined ? to : { ...to, protocol: "http", port: String(port) });
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
