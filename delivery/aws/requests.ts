import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** Where requests to a URL really go. */
export interface Reached {
  readonly host: string;
  readonly port: number;
  /** Certificate authority to trust in place of the public ones, in PEM. */
  readonly authority?: string | undefined;
}

/** @returns undefined when the URL's own name and port are meant */
export type Reach = (url: URL) => Promise<Reached | undefined>;

/** What is asked for. */
export interface Question {
  /** Address of the listener. */
  readonly base: string;
  /** Host name that users ask for. */
  readonly host: string | undefined;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  /** What the version calls itself: the header `x-version`. */
  readonly version: string | undefined;
}

/** A request that got no answer; the reason in a few words. */
export interface NoAnswer {
  readonly status: undefined;
  readonly problem: string;
}

const TIMEOUT_MS = 10_000;

/** Sent at the same time, so that a slow version does not make a test long. */
const AT_ONCE = 10;

/**
 * Sends requests as users do: each on a connection of its own, without cookies, spread over all addresses of the load
 * balancer, since each of its nodes hears of new weights by itself.
 *
 * @param stop says when nothing may be sent any more; what was not sent is missing in the answer
 */
export async function ask(
  question: Question,
  count: number,
  reach: Reach | undefined,
  stop: () => boolean,
): Promise<readonly (Answer | NoAnswer)[]> {
  const url = new URL(question.path, question.base);
  const reached = (await reach?.(url)) ?? undefined;
  const addresses = reached === undefined ? await addressesOf(url.hostname) : [reached.host];
  const answers: (Answer | NoAnswer)[] = [];
  let sent = 0;
  const sender = async () => {
    while (sent < count && !stop()) {
      const address = addresses[sent % addresses.length]!;
      sent += 1;
      answers.push(await send(url, question.host, address, reached));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, sender));
  return answers;
}

async function addressesOf(name: string): Promise<readonly string[]> {
  const all = await lookup(name.replace(/^\[|\]$/g, ""), { all: true });
  // A host without IPv6 can do without it: a load balancer has IPv4 addresses as well.
  const four = all.filter(({ family }) => family === 4);
  return (four.length > 0 ? four : all).map(({ address }) => address);
}

function send(
  url: URL,
  host: string | undefined,
  address: string,
  reached: Reached | undefined,
): Promise<Answer | NoAnswer> {
  const secure = url.protocol === "https:";
  const port = reached?.port ?? (url.port === "" ? (secure ? 443 : 80) : Number(url.port));
  const options = {
    host: address,
    port,
    path: `${url.pathname}${url.search}`,
    method: "GET",
    agent: false as const,
    timeout: TIMEOUT_MS,
    headers: { host: host ?? url.host, "user-agent": "causeway-release", connection: "close" },
  };
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ status: undefined, problem: error.code ?? error.message });
    const outgoing = secure
      ? httpsRequest({
          ...{ ...options, servername: host ?? url.hostname, ca: reached?.authority },
          // Which name users ask for is not known, and a load balancer's own is in no certificate.
          ...(host === undefined ? { checkServerIdentity: () => undefined } : {}),
        })
      : httpRequest(options);
    outgoing.on("response", (incoming) => {
      const version = incoming.headers["x-version"];
      incoming.on("error", fail);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, version: Array.isArray(version) ? version[0] : version }),
      );
      incoming.resume();
    });
    outgoing.on("timeout", () =>
      outgoing.destroy(Object.assign(new Error("no answer"), { code: "no answer in time" })),
    );
    outgoing.on("error", fail);
    outgoing.end();
  });
}
