/** Requests to the load balancers that are served, as from users: at an even rate, on kept connections, nothing tried again. */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { DataPlaneStatus, ListenerStatus } from "./status.ts";

/** What became of all requests. */
export interface VisitorCounts {
  readonly sent: number;
  readonly answered: number;
  /** By status of the answer; `none` for those without one. */
  readonly byStatus: Readonly<Record<string, number>>;
}

export interface Visitors {
  counts(): VisitorCounts;
  /** Sends no more, and waits for the answers that are still to come. */
  stop(): Promise<VisitorCounts>;
}

/** Connections are used in turn: one that nobody used for a minute is closed by the load balancer, maybe just now. */
const AGENT = { keepAlive: true, maxSockets: 20, scheduling: "fifo" } as const;
const TIMEOUT_MS = 30_000;
/** Listeners change seldom. */
const LOOK_MS = 1_000;

/**
 * Sends requests for `/` to the first listener of each load balancer until it is stopped, at random moments as
 * independent users would.
 *
 * @param status of the data plane, asked for its listeners again and again
 * @param hosts host names that users ask for, in turn; the listener's own address when there is none
 */
export function sendVisitors(
  requestsPerSecond: number,
  status: () => DataPlaneStatus,
  hosts: readonly string[] = [],
): Visitors {
  const agents = { http: new HttpAgent(AGENT), https: httpsAgent(status) };
  const byStatus: Record<string, number> = {};
  let sent = 0;
  let answered = 0;
  let stopped = false;
  let idle: (() => void) | undefined;
  let entries: readonly URL[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const settle = (kind: string) => {
    answered++;
    byStatus[kind] = (byStatus[kind] ?? 0) + 1;
    if (stopped && answered === sent) idle?.();
  };
  const send = (url: URL) => {
    sent++;
    const secure = url.protocol === "https:";
    const host = hosts[Math.floor(sent / Math.max(1, entries.length)) % Math.max(1, hosts.length)];
    const headers = { "user-agent": "causeway-visitor", ...(host === undefined ? {} : { host }) };
    const options = { timeout: TIMEOUT_MS, headers };
    let settled = false;
    const once = (kind: string) => {
      if (!settled) settle(kind);
      settled = true;
    };
    const outgoing = secure
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http });
    outgoing.on("response", (incoming) => {
      incoming.on("error", () => once("none"));
      incoming.on("end", () => once(String(incoming.statusCode)));
      incoming.resume();
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => once("none"));
    outgoing.end();
  };
  let due = performance.now();
  const next = () => {
    if (stopped) return;
    const now = performance.now();
    if (now - lookedAt > LOOK_MS) {
      lookedAt = now;
      entries = entriesOf(status());
    }
    // A busy machine wakes late: those that were due meanwhile are sent now, but never a flood.
    due = Math.max(due, now - 1_000);
    while (due <= now) {
      const url = entries[sent % Math.max(1, entries.length)];
      if (url !== undefined) send(url);
      due += (-Math.log(1 - Math.random()) / requestsPerSecond) * 1_000;
    }
    timer = setTimeout(next, Math.min(due - now, LOOK_MS));
  };
  next();
  const counts = (): VisitorCounts => ({ sent, answered, byStatus: { ...byStatus } });
  return {
    counts,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (answered < sent) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      agents.http.destroy();
      agents.https.destroy();
      return counts();
    },
  };
}

function httpsAgent(status: () => DataPlaneStatus): HttpsAgent {
  const { authority } = status();
  const ca = authority === undefined ? {} : { ca: readFileSync(authority) };
  return new HttpsAgent({ ...AGENT, ...ca });
}

/**
 * Where users come in: of each load balancer the listener for HTTPS, else the one with the lowest port. Nobody comes
 * before something is there to come to.
 */
function entriesOf({ listeners, targetGroups }: DataPlaneStatus): readonly URL[] {
  if (!targetGroups.some(({ targets }) => targets.some(({ state }) => state === "healthy"))) return [];
  const entries = new Map<string, ListenerStatus>();
  for (const listener of listeners) {
    const known = entries.get(listener.loadBalancerArn);
    if (known === undefined || rank(listener) < rank(known)) entries.set(listener.loadBalancerArn, listener);
  }
  return [...entries.values()].filter(({ url }) => url !== "").map(({ url }) => new URL(url));
}

const rank = ({ port }: ListenerStatus): number => (port === 443 ? 0 : port);
