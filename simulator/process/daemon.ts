/** The simulated cloud's process. Started by `startCloud`; takes its folder, fingerprint and idle time as arguments. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { openSchema } from "../schema/index.ts";
import { CloudStore } from "../store/store.ts";
import type { ControlHandlers, ProcessRecord } from "./control.ts";
import { cloudFiles } from "./location.ts";
import { Log } from "./log.ts";
import { ProgramSdks } from "./program-sdks.ts";
import { createLatency, serveCloud } from "./server.ts";

const [home = "", fingerprint = "", idleMs = "1800000"] = process.argv.slice(2);
const files = cloudFiles(home);
const log = new Log(files.log);
const recordFile = files.record(fingerprint);
const schemas = openSchema(import.meta.dirname);
const sdks = new ProgramSdks(schemas);
const store = new CloudStore(files.database);
const token = randomBytes(24).toString("hex");
const since = new Date().toISOString();

const handlers: ControlHandlers = {
  status: ({ joining }) => {
    const idleMs = server.idleMs();
    if (joining) server.touch();
    return {
      pid: process.pid,
      port: server.port,
      since,
      fingerprint,
      sdkVersion: schemas.version,
      connections: server.connections() - 1,
      idleMs,
      resources: store.counts(),
      databaseSize: store.size(),
    };
  },
  stop: () => {
    // After the answer has left.
    setTimeout(() => void leave("stopped by a command"), 20);
    return { pid: process.pid };
  },
  reset: (scope) => {
    const removed = store.reset(scope);
    log.write(`reset of ${scope.stack ?? scope.account ?? "everything"}: ${removed} resources`);
    return { removed };
  },
  port: async ({ region, program }) => {
    const sdk = program === undefined ? undefined : sdks.of(program);
    return { port: await server.portFor(region, sdk), sdkVersion: (sdk ?? schemas).version };
  },
  configure: (settings) =>
    store.transaction(() => {
      const latency = { ...createLatency(store), ...settings.createLatency };
      store.set("createLatency", JSON.stringify(latency));
      if (settings.seed !== undefined) store.set("seed", settings.seed);
      if (settings.time !== undefined) store.set("time", settings.time);
      return { createLatency: latency };
    }),
};

const server = await serveCloud({
  sdkFolder: import.meta.dirname,
  schemas,
  store,
  home,
  control: { token, handlers },
  onError: (method, error) => log.write(`${method}: ${error instanceof Error ? error.stack : "failed"}`),
});

const { port, randomPort, endpointPort, kubernetesPort } = server;
const record: ProcessRecord = {
  pid: process.pid,
  port,
  randomPort,
  endpointPort,
  kubernetesPort,
  token,
  fingerprint,
  since,
};
writeFileSync(`${recordFile}.${process.pid}`, JSON.stringify(record), { mode: 0o600 });
renameSync(`${recordFile}.${process.pid}`, recordFile);
const ports = `aws ${schemas.version} on port ${port}, random on port ${randomPort}, kubernetes on port ${kubernetesPort}`;
log.write(`serving ${ports}, AWS's own API on port ${endpointPort}, code ${fingerprint}`);

/** Whether those who start a cloud would still find this one. */
function isOnRecord(): boolean {
  if (!existsSync(recordFile)) return false;
  return (JSON.parse(readFileSync(recordFile, "utf8")) as ProcessRecord).pid === process.pid;
}

let leaving = false;
async function leave(reason: string): Promise<void> {
  if (leaving) return;
  leaving = true;
  if (isOnRecord()) rmSync(recordFile, { force: true });
  await server.close();
  store.close();
  log.write(`ended: ${reason}`);
  process.exit(0);
}

process.on("SIGTERM", () => void leave("terminated"));
process.on("SIGINT", () => void leave("interrupted"));
setInterval(
  () => {
    if (server.connections() > 0) return;
    if (server.idleMs() > Number(idleMs)) void leave("idle");
    else if (!isOnRecord()) void leave("replaced, or its folder is gone");
  },
  Math.min(5_000, Number(idleMs)),
);
