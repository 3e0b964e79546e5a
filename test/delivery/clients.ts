/**
 * Users of a load balancer, as a process of their own: each keeps one connection and its cookies, and sends the next
 * request when it has the answer to the last; some ask for what takes long. Nobody tries again, and whatever is not a
 * whole answer is a failure.
 */
import { connect, type Socket } from "node:net";

export interface Users {
  readonly port: number;
  readonly connections: number;
  /** Every so many-th user takes cookies; 0: nobody. */
  readonly sticky: number;
  /** Every so many-th request of a user is a slow one ... */
  readonly slowEvery: number;
  /** ... which takes this long. */
  readonly slowMs: number;
}

export interface Tally {
  readonly sent: number;
  readonly answered: number;
  readonly failures: readonly string[];
  readonly byStatus: Readonly<Record<string, number>>;
  readonly connections: number;
}

const tally = {
  sent: 0,
  answered: 0,
  failures: [] as string[],
  byStatus: {} as Record<string, number>,
  connections: 0,
};
let ending = false;
let open = 0;

function user({ port, slowEvery, slowMs }: Users, takesCookies: boolean): void {
  let cookie = "";
  let requests = 0;
  open++;
  const enter = () => {
    tally.connections++;
    const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
    let text = "";
    let waiting = false;
    let over = false;
    const leave = (why: string) => {
      if (over) return;
      over = true;
      if (waiting) tally.failures.push(why);
      socket.destroy();
      if (!ending) setTimeout(enter, 20);
      else open--;
    };
    const next = () => {
      if (ending) {
        leave("");
        return;
      }
      requests++;
      tally.sent++;
      waiting = true;
      const path = requests % slowEvery === 0 ? `/wait?ms=${slowMs}` : "/build";
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${cookie}\r\n`);
    };
    // Longer than anything that may be asked for here.
    socket.setTimeout(60_000, () => leave("no answer in 60 s"));
    socket.setEncoding("latin1");
    socket.on("connect", next);
    socket.on("error", ({ message }) => leave(message));
    socket.on("close", () => leave("closed before the answer was whole"));
    socket.on("data", (data: string) => {
      text += data;
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = text.slice(0, end);
      const length = /\r\ncontent-length: (\d+)/i.exec(head);
      const whole = length === null ? text.endsWith("0\r\n\r\n") : text.length >= end + 4 + Number(length[1]);
      if (!whole) return;
      const status = head.slice(9, 12);
      tally.byStatus[status] = (tally.byStatus[status] ?? 0) + 1;
      if (takesCookies) {
        const set = [...head.matchAll(/\r\nset-cookie: ([^;\r]+)/gi)].map(([, pair]) => pair);
        if (set.length > 0) cookie = `Cookie: ${set.join("; ")}\r\n`;
      }
      text = "";
      waiting = false;
      tally.answered++;
      next();
    });
  };
  enter();
}

process.on("message", (message: Users | "end") => {
  if (message === "end") {
    ending = true;
    return;
  }
  for (let index = 0; index < message.connections; index++) {
    user(message, message.sticky > 0 && index % message.sticky === 0);
  }
  const report = setInterval(() => {
    process.send?.({ ...tally, over: open === 0 });
    if (open === 0) clearInterval(report);
  }, 100);
});
process.on("disconnect", () => process.exit(0));
