import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What stands for the code of a function. */
export type FunctionCode = (event: unknown) => Promise<unknown>;

/**
 * Stands before moto, which cannot run functions without Docker: a call of a function runs its code in this process, as
 * AWS Lambda would, and everything else is passed on.
 */
export class FunctionsProxy {
  /** By name. */
  readonly functions = new Map<string, FunctionCode>();
  /** Where everything else goes. Set it before anything but a function is called. */
  endpoint = "";
  readonly #server: Server = createServer((incoming, outgoing) => {
    this.#answer(incoming, outgoing).catch((error: unknown) => outgoing.writeHead(500).end(String(error)));
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(incoming.url ?? "") ?? [];
    if (name === undefined) return this.#pass(incoming, outgoing);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const code = this.functions.get(decodeURIComponent(name).split(":").at(-1) ?? "");
    if (code === undefined) {
      const body = JSON.stringify({ Type: "User", Message: `Function not found: ${name}` });
      outgoing.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" }).end(body);
      return;
    }
    try {
      const result = await code(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      const body = JSON.stringify({ errorType, errorMessage, trace: [] });
      outgoing.writeHead(200, { "content-type": "application/json", "x-amz-function-error": "Unhandled" }).end(body);
    }
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url, headers } = incoming;
    const onward = request(new URL(url ?? "/", this.endpoint), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", (error) => outgoing.writeHead(502).end(error.message));
    incoming.pipe(onward);
  }
}
