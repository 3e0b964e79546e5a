/**
 * Clients of a load balancer, as a process of their own: each keeps one connection and sends the next request when it has
 * the answer to the last. No client tries again, and whatever is not a whole answer is a failure.
 */
import { connect, type Socket } from "node:net";

export interface Traffic {
  readonly port: number;
  readonly path: string;
  readonly requests: number;
  readonly connections: number;
}

export interface Outcome {
  readonly sent: number;
  readonly answered: number;
  readonly failures: readonly string[];
  readonly byStatus: Readonly<Record<string, number>>;
  /** By the header `x-build`. */
  readonly byBuild: Readonly<Record<string, number>>;
  readonly connections: number;
}

function run({ port, path, requests, connections }: Traffic): Promise<Outcome> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const byStatus: Record<string, number> = {};
  const byBuild: Record<string, number> = {};
  const failures: string[] = [];
  let sent = 0;
  let answered = 0;
  let opened = 0;
  return new Promise((resolve) => {
    let clients = connections;
    const leave = () => {
      clients--;
      if (clients === 0) resolve({ sent, answered, failures, byStatus, byBuild, connections: opened });
    };
    const open = () => {
      opened++;
      const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
      let text = "";
      let waiting = false;
      let over = false;
      const fail = (why: string) => {
        if (over) return;
        over = true;
        if (waiting) failures.push(why);
        socket.destroy();
        if (sent < requests) open();
        else leave();
      };
      const next = () => {
        if (sent === requests) {
          over = true;
          socket.end();
          leave();
          return;
        }
        sent++;
        waiting = true;
        socket.write(request);
      };
      socket.setEncoding("latin1");
      socket.on("connect", next);
      socket.on("error", ({ message }) => fail(message));
      socket.on("close", () => fail("closed before the answer was whole"));
      socket.on("data", (data: string) => {
        text += data;
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = text.slice(0, end);
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
        if (text.length < end + 4 + length) return;
        const status = head.slice(9, 12);
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        const build = /\r\nx-build: (\S+)/i.exec(head)?.[1] ?? "none";
        byBuild[build] = (byBuild[build] ?? 0) + 1;
        text = "";
        waiting = false;
        answered++;
        next();
      });
    };
    for (let count = 0; count < connections; count++) open();
  });
}

process.on("message", (traffic: Traffic) => {
  void run(traffic).then((outcome) => process.send?.(outcome));
});
process.on("disconnect", () => process.exit(0));
