import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";
import { join } from "node:path";

const FOLDER = join(process.cwd(), "examples", "hello");

interface Line {
  readonly message: string;
  readonly level: string;
  readonly port: number;
  readonly path?: string;
  readonly status?: number;
  readonly correlationId?: string;
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly lines: Line[];
  /** Resolves with the first log line that fits, past or future. */
  line(fits: (line: Line) => boolean): Promise<Line>;
}

// Every test starts processes, on a machine that may be busy with other things.
jest.setTimeout(30_000);

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

const images: Record<string, { build: string; command: string[] }> = JSON.parse(
  readFileSync(join(FOLDER, "images.json"), "utf8"),
);

/** Starts a build the way the simulated cloud does: by the command that belongs to its digest. */
async function start(build: string, environment: Record<string, string> = {}): Promise<Server> {
  const digest = createHash("sha256").update(`hello:${build}`).digest("hex");
  const [program, ...rest] = images[`ghcr.io/causeway-platform/hello@sha256:${digest}`]!.command;
  expect(program).toBe("node");
  const child = spawn(process.execPath, rest, {
    cwd: FOLDER,
    env: { PATH: process.env.PATH, PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(child);
  const lines: Line[] = [];
  const waiting: (() => void)[] = [];
  let partial = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    const parts = (partial + text).split("\n");
    partial = parts.pop()!;
    lines.push(...parts.map((part) => JSON.parse(part) as Line));
    for (const wake of waiting.splice(0)) wake();
  });
  const line = async (fits: (line: Line) => boolean): Promise<Line> => {
    for (;;) {
      const found = lines.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const { port } = await line(({ message }) => message === "listening");
  return { process: child, port, lines, line };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

function ask(server: Server, path: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port: server.port, path, headers, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: JSON.parse(text) }),
      );
    }).on("error", reject);
  });
}

const accepted = (server: Server, path: string) =>
  server.line((line) => line.message === "accepted" && line.path === path);

test("there is an image for each build, and nothing else", () => {
  expect(Object.values(images).map(({ build }) => build)).toEqual(["v1", "v2", "v3", "slow", "failing"]);
});

test("the two good builds answer, healthy, and say which they are", async () => {
  const [first, second] = await Promise.all([start("v1"), start("v2")]);
  const answers = await Promise.all([ask(first, "/"), ask(second, "/")]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers.map(({ headers }) => headers["x-version"])).toEqual(["v1", "v2"]);
  expect(answers[0]!.body.message).not.toEqual(answers[1]!.body.message);
  expect((await ask(first, "/healthz")).status).toBe(200);
  expect((await ask(first, "/nothing")).status).toBe(404);
});

test("the build v3 is healthy at every check, and fails every fourth request of its users", async () => {
  const server = await start("v3");
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) {
    expect((await ask(server, "/healthz")).status).toBe(200);
    statuses.push((await ask(server, "/")).status);
  }
  expect(statuses.filter((status) => status === 500)).toHaveLength(2);
  expect(statuses.filter((status) => status === 200)).toHaveLength(6);
});

test("the slow build is healthy and takes longer than a good one", async () => {
  const [good, slow] = await Promise.all([start("v1"), start("slow")]);
  expect((await ask(slow, "/healthz")).status).toBe(200);
  const order: string[] = [];
  await Promise.all([
    ask(slow, "/").then(({ status }) => order.push(`slow ${status}`)),
    // Twenty in a row, so that the order says something on a busy machine too.
    (async () => {
      for (let i = 0; i < 20; i++) await ask(good, "/");
      order.push("good");
    })(),
  ]);
  expect(order).toEqual(["good", "slow 200"]);
});

test("the failing build fails at its requests, at its health check, or at both", async () => {
  const [both, requests, health] = await Promise.all([
    start("failing"),
    start("failing", { HELLO_FAILURE: "requests" }),
    start("failing", { HELLO_FAILURE: "health" }),
  ]);
  const statuses = async (server: Server) => [(await ask(server, "/")).status, (await ask(server, "/healthz")).status];
  expect(await statuses(both)).toEqual([500, 503]);
  expect(await statuses(requests)).toEqual([500, 200]);
  expect(await statuses(health)).toEqual([200, 503]);
});

test("a correlation id is kept where it is one, and comes back in the answer and in one JSON line", async () => {
  const server = await start("v1");
  const kept = await ask(server, "/?token=secret", { "x-correlation-id": "order-4711" });
  expect(kept.headers["x-correlation-id"]).toBe("order-4711");
  const line = await server.line(({ correlationId }) => correlationId === "order-4711");
  expect(line).toMatchObject({ level: "info", message: "request", path: "/", status: 200 });
  expect(JSON.stringify(line)).not.toContain("secret");

  const forged = await ask(server, "/", { "x-correlation-id": `x", "level": "none` });
  expect(forged.headers["x-correlation-id"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("on SIGTERM a request that runs is finished, new connections are refused, and it leaves with 0", async () => {
  const server = await start("v1", { LOG_LEVEL: "debug" });
  const agent = new Agent({ keepAlive: true });
  await ask(server, "/", {}, agent);
  const unfinished = ask(server, "/wait?ms=700", {}, agent);
  await accepted(server, "/wait");
  const left = once(server.process, "exit");
  server.process.kill("SIGTERM");
  await server.line(({ message }) => message === "leaving");
  await expect(ask(server, "/")).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
  expect((await unfinished).status).toBe(200);
  expect(await left).toEqual([0, null]);
  agent.destroy();
});

test("a request that never ends does not hold it for ever", async () => {
  const server = await start("v1", { SHUTDOWN_SECONDS: "0", LOG_LEVEL: "debug" });
  const unfinished = ask(server, "/wait?ms=30000").catch(() => "cut");
  await accepted(server, "/wait");
  const left = once(server.process, "exit");
  server.process.kill("SIGTERM");
  expect(await left).toEqual([1, null]);
  expect(await unfinished).toBe("cut");
});

test("a wrong setting is named, and it does not start", async () => {
  const child = spawn(process.execPath, ["server.ts", "--build", "v9"], {
    cwd: FOLDER,
    env: { PATH: process.env.PATH, PORT: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.push(child);
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  expect((await once(child, "close"))[0]).toBe(2);
  expect(text).toMatch(/"v9".*v1, v2, v3, slow, failing/);
});
