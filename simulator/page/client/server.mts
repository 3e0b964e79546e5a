/** Talks to the page's server, with the key that came with the address. */
import type { StreamEvents } from "../views.ts";

const STORED = "causeway-page-key";

/** The key, out of the address bar and kept for a reload; undefined when there is none. */
export function takeKey(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given !== null) {
    sessionStorage.setItem(STORED, given);
    history.replaceState(null, "", location.pathname);
  }
  return given ?? sessionStorage.getItem(STORED) ?? undefined;
}

export class Server {
  readonly #headers: Readonly<Record<string, string>>;

  constructor(key: string) {
    this.#headers = { authorization: `Bearer ${key}` };
  }

  async get<T>(path: string, query: Readonly<Record<string, string>>): Promise<T> {
    return this.#read(await fetch(`${path}?${new URLSearchParams(query)}`, { headers: this.#headers }));
  }

  /** @throws Error with the sentence that says why not */
  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#read(await fetch(path, { method: "POST", headers: this.#headers, body: JSON.stringify(body) }));
  }

  async #read<T>(response: Response): Promise<T> {
    const value = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(value.error ?? `the server answered ${response.status}`);
    return value;
  }

  /** Follows the stream for ever, and comes back after it broke. `EventSource` cannot send the key. */
  async follow(
    take: (event: { readonly name: keyof StreamEvents; readonly json: string }) => void,
    connected: (state: "live" | "lost" | "refused") => void,
  ): Promise<void> {
    for (;;) {
      try {
        const response = await fetch("/api/stream", { headers: this.#headers });
        if (response.status === 401) {
          connected("refused");
          return;
        }
        if (response.body === null || !response.ok) throw new Error();
        connected("live");
        await readEvents(response.body, take);
      } catch {
        // Told below; what broke does not matter.
      }
      connected("lost");
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  }
}

async function readEvents(
  body: ReadableStream<Uint8Array>,
  take: (event: { readonly name: keyof StreamEvents; readonly json: string }) => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const [first = "", second = ""] = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      if (first.startsWith("event: ")) {
        take({ name: first.slice(7) as keyof StreamEvents, json: second.slice("data: ".length) });
      }
    }
  }
}
