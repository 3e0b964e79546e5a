/** How commands reach the data plane that another terminal runs: HTTP on loopback, for this user only. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { DataPlaneStatus } from "./status.ts";

/** What can be done to a running data plane. */
export type Fault =
  | { readonly kind: "kill-task"; readonly task: string }
  | { readonly kind: "slow-task"; readonly task: string; readonly milliseconds: number }
  | { readonly kind: "lose-zone" | "restore-zone"; readonly zone: string };

/**
 * A data plane that commands, the AWS endpoint and a page can reach: the one on sockets, or a model in virtual time.
 * Who asks does not know which it is.
 */
export interface ControlledPlane {
  status(): DataPlaneStatus;
  killTask(id: string): string;
  slowTask(id: string, milliseconds: number): string;
  loseZone(zone: string): number;
  restoreZone(zone: string): boolean;
}

interface ControlRecord {
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

const recordFile = (home: string): string => join(home, "dataplane.json");

/**
 * Makes the data plane reachable and puts it on record.
 *
 * @returns ends both
 */
export async function serveControl(home: string, plane: ControlledPlane): Promise<() => void> {
  const token = randomBytes(24).toString("hex");
  const server = createServer((incoming, response) => void answer(plane, token, incoming, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const file = recordFile(home);
  const record: ControlRecord = { pid: process.pid, port, token };
  // Only the user may read the file, so only the user may send faults.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
  return () => {
    if (readRecord(home)?.pid === process.pid) rmSync(file, { force: true });
    server.close();
    server.closeAllConnections();
  };
}

/** What the running data plane of this cloud says; `undefined` when none runs. */
export async function dataPlaneStatus(home: string): Promise<DataPlaneStatus | undefined> {
  const record = readRecord(home);
  if (record === undefined) return undefined;
  try {
    return (await call(record, "GET", "/status")) as DataPlaneStatus;
  } catch (error) {
    if (["ECONNREFUSED", "ECONNRESET"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/**
 * @returns what it did, in one line
 * @throws Error when no data plane runs, or when there is no such task or zone
 */
export async function injectFault(home: string, fault: Fault): Promise<string> {
  const record = readRecord(home);
  if (record === undefined) throw new Error("nothing is served; start `causeway cloud serve` first");
  return ((await call(record, "POST", "/fault", fault)) as { done: string }).done;
}

async function answer(
  plane: ControlledPlane,
  token: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const given = Buffer.from(incoming.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    send(403, { error: "the token is not this process's" });
    return;
  }
  if (incoming.method === "GET") {
    send(200, plane.status());
    return;
  }
  let body = "";
  for await (const chunk of incoming) body += chunk;
  try {
    send(200, { done: inject(plane, JSON.parse(body) as Fault) });
  } catch (error) {
    send(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function inject(plane: ControlledPlane, fault: Fault): string {
  switch (fault.kind) {
    case "kill-task":
      return `killed task ${plane.killTask(fault.task)}`;
    case "slow-task":
      return `task ${plane.slowTask(fault.task, fault.milliseconds)} now answers ${fault.milliseconds} ms late`;
    case "lose-zone":
      return `lost zone ${fault.zone} with ${plane.loseZone(fault.zone)} tasks`;
    case "restore-zone":
      return plane.restoreZone(fault.zone) ? `zone ${fault.zone} is back` : `zone ${fault.zone} was not lost`;
  }
}

function call({ port, token }: ControlRecord, method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(
      { host: "127.0.0.1", port, method, path, headers, agent: false, timeout: 3_000 },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          try {
            const parsed = JSON.parse(text) as { error?: string };
            if (response.statusCode === 200) resolve(parsed);
            else reject(new Error(parsed.error ?? `status ${response.statusCode}`));
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("the data plane does not answer")));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function readRecord(home: string): ControlRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(home), "utf8")) as ControlRecord;
  } catch {
    return undefined;
  }
}
