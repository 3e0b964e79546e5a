/**
 * The simulated cloud: one process on loopback that answers the Pulumi engine in place of the AWS provider and keeps
 * what was created in a database file. It knows nothing of a particular program.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";
import {
  type CloudSettings,
  control,
  type ProcessRecord,
  type ProcessStatus,
  type ResetScope,
} from "./process/control.ts";
import { type CloudFiles, cloudFiles, cloudHome, codeFingerprint, daemonEntry, findRoot } from "./process/location.ts";
import { findNode } from "./process/node.ts";
import { SIMULATED_ACCOUNT_ID } from "./provider/settings.ts";

export type { CloudSettings, ProcessStatus, ResetScope } from "./process/control.ts";
export { SIMULATED_ACCOUNT_ID } from "./provider/settings.ts";

export interface CloudOptions {
  /** Folder of database, log and process records. @default `$CAUSEWAY_CLOUD_HOME`, else `causeway/cloud` in `$XDG_STATE_HOME` */
  readonly home?: string;
  /** Checkout whose code is to run. @default the one of the running script, else of the working folder */
  readonly root?: string;
  /**
   * Region of providers that name none, as the real one takes it from `AWS_REGION`.
   *
   * @default none: such a provider is refused
   */
  readonly region?: string;
  /**
   * Folder of the program. Types are those of the `@pulumi/aws` it has installed, whichever version that is.
   *
   * @default the version this checkout has installed; only with `region`
   */
  readonly program?: string;
  /** Minutes without a connection after which the process ends. @default 30 */
  readonly idleMinutes?: number;
}

export interface CloudHandle {
  readonly pid: number;
  readonly port: number;
  readonly account: string;
  /** What the Pulumi CLI needs in its environment to use this cloud. */
  readonly environment: Record<string, string>;
}

export interface CloudStatus {
  readonly home: string;
  readonly database: string;
  readonly log: string;
  /** The running processes, one for each version of the code; empty when the cloud is stopped. */
  readonly processes: readonly ProcessStatus[];
  /** Whether one of them runs the code of this checkout. */
  readonly current: ProcessStatus | undefined;
}

const DEFAULT_IDLE_MINUTES = 30;
/** A process of other code that no engine has used for so long makes room when a new one starts. */
const SUPERSEDED_AFTER_MS = 120_000;
const START_TIMEOUT_MS = 60_000;

/**
 * Joins the running cloud, or starts it. It goes on running when the caller ends.
 *
 * A process runs the code it was started with. Checkouts with the same code share one; other code starts its own
 * process on the same database, so no checkout ever talks to code that is not its own.
 *
 * @throws Error when it does not start, with what it said
 */
export async function startCloud(options: CloudOptions = {}): Promise<CloudHandle> {
  const record = await startProcess(options);
  if (options.region === undefined) return handleOf(record);
  const { program, region } = options;
  const { port } = await control(
    record,
    "port",
    { region, ...(program !== undefined && { program }) },
    START_TIMEOUT_MS,
  );
  return handleOf({ ...record, port }, region);
}

async function startProcess(options: CloudOptions): Promise<ProcessRecord> {
  const root = options.root ?? findRoot();
  const files = cloudFiles(options.home ?? cloudHome());
  const fingerprint = codeFingerprint(root);
  const running = await reach(files, fingerprint);
  if (running !== undefined) return running;

  mkdirSync(files.home, { recursive: true, mode: 0o700 });
  const release = await lock(files.home, {
    lockfilePath: files.startLock(fingerprint),
    stale: 10_000,
    retries: { retries: 600, minTimeout: 50, maxTimeout: 200 },
  });
  try {
    const meanwhile = await reach(files, fingerprint);
    if (meanwhile !== undefined) return meanwhile;
    const record = await spawnDaemon(root, files, fingerprint, options.idleMinutes ?? DEFAULT_IDLE_MINUTES);
    await retireSuperseded(files, fingerprint);
    return record;
  } finally {
    await release();
  }
}

/** What runs and what it holds. Starts nothing. */
export async function cloudStatus(options: CloudOptions = {}): Promise<CloudStatus> {
  const files = cloudFiles(options.home ?? cloudHome());
  const fingerprint = codeFingerprint(options.root ?? findRoot());
  const processes = (await everyProcess(files)).map((process) => process.status);
  return {
    home: files.home,
    database: files.database,
    log: files.log,
    processes,
    current: processes.find((process) => process.fingerprint === fingerprint),
  };
}

/**
 * Ends all processes of this user's cloud; what they hold stays on disk.
 *
 * @returns the ids of the ended processes
 */
export async function stopCloud(options: Pick<CloudOptions, "home"> = {}): Promise<number[]> {
  const files = cloudFiles(options.home ?? cloudHome());
  const processes = await everyProcess(files);
  for (const { record } of processes) {
    await control(record, "stop", {}).catch(() => undefined);
    await ended(record.pid);
  }
  return processes.map(({ record }) => record.pid);
}

/**
 * Forgets resources, all of them or those of one account or stack, as if AWS had lost them. Settings stay.
 *
 * @returns how many were forgotten
 */
export async function resetCloud(options: CloudOptions & { readonly only?: ResetScope } = {}): Promise<number> {
  const record = await recordOfStarted(options);
  if (options.only?.stack === undefined) {
    // What comes next gets the same ids again, and must not find the metrics of what was. Imported here, so that other
    // commands do not load the database.
    const { clearMetrics } = await import("./monitoring/metric-file.ts");
    clearMetrics(options.home ?? cloudHome());
  }
  return (await control(record, "reset", { ...options.only }, START_TIMEOUT_MS)).removed;
}

/** Changes settings of the cloud; they stay until they are changed again. Starts the cloud when it is stopped. */
export async function configureCloud(settings: CloudSettings, options: CloudOptions = {}): Promise<void> {
  await control(await recordOfStarted(options), "configure", settings);
}

async function recordOfStarted(options: CloudOptions): Promise<ProcessRecord> {
  await startCloud(options);
  const files = cloudFiles(options.home ?? cloudHome());
  const record = readRecord(files.record(codeFingerprint(options.root ?? findRoot())));
  if (record === undefined) throw new Error(`the simulated cloud ended right after its start; see ${files.log}`);
  return record;
}

function handleOf(
  { pid, port, randomPort, kubernetesPort, endpointPort }: ProcessRecord,
  region?: string,
): CloudHandle {
  return {
    pid,
    port,
    account: SIMULATED_ACCOUNT_ID,
    environment: {
      PULUMI_DEBUG_PROVIDERS: `aws:${port},random:${randomPort},kubernetes:${kubernetesPort}`,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${endpointPort}`,
      // The endpoint asks for a signature and for no particular key.
      AWS_ACCESS_KEY_ID: "simulated",
      AWS_SECRET_ACCESS_KEY: "simulated",
      // SDKs read the first, the AWS CLI the second.
      ...(region !== undefined && { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
    },
  };
}

/** The process of one code version, when it answers. */
async function reach(files: CloudFiles, fingerprint: string): Promise<ProcessRecord | undefined> {
  const record = readRecord(files.record(fingerprint));
  if (record === undefined || !isAlive(record.pid)) return undefined;
  try {
    const status = await control(record, "status", { joining: true });
    return status.fingerprint === fingerprint ? record : undefined;
  } catch {
    return undefined;
  }
}

async function everyProcess(files: CloudFiles): Promise<{ record: ProcessRecord; status: ProcessStatus }[]> {
  if (!existsSync(files.home)) return [];
  const records = readdirSync(files.home)
    .filter((name) => /^process-[0-9a-f]+\.json$/.test(name))
    .map((name) => ({ file: join(files.home, name), record: readRecord(join(files.home, name)) }));
  const answers = await Promise.all(
    records.map(async ({ file, record }) => {
      if (record === undefined) return [];
      try {
        return [{ record, status: await control(record, "status", {}) }];
      } catch {
        if (!isAlive(record.pid)) rmSync(file, { force: true });
        return [];
      }
    }),
  );
  return answers.flat();
}

async function retireSuperseded(files: CloudFiles, fingerprint: string): Promise<void> {
  for (const { record, status } of await everyProcess(files)) {
    const unused = status.connections === 0 && status.idleMs > SUPERSEDED_AFTER_MS;
    if (record.fingerprint !== fingerprint && unused) await control(record, "stop", {}).catch(() => undefined);
  }
}

async function spawnDaemon(
  root: string,
  files: CloudFiles,
  fingerprint: string,
  idleMinutes: number,
): Promise<ProcessRecord> {
  rmSync(files.record(fingerprint), { force: true });
  const startup = files.startup(fingerprint);
  const output = openSync(startup, "w", 0o600);
  const child = spawn(
    findNode(root),
    ["--disable-warning=ExperimentalWarning", daemonEntry(root), files.home, fingerprint, String(idleMinutes * 60_000)],
    {
      // Own session: what ends the command's process group does not end the cloud. No credentials are handed on.
      detached: true,
      cwd: files.home,
      stdio: ["ignore", output, output],
      env: Object.fromEntries(
        ["PATH", "HOME", "TMPDIR", "LANG"].flatMap((k) => (process.env[k] ? [[k, process.env[k]]] : [])),
      ),
    },
  );
  closeSync(output);
  child.unref();
  let exited = false;
  child.once("exit", () => {
    exited = true;
  });
  child.once("error", () => {
    exited = true;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!exited && Date.now() < deadline) {
    const record = await reach(files, fingerprint);
    if (record !== undefined) {
      rmSync(startup, { force: true });
      return record;
    }
    await sleep(25);
  }
  if (!exited && child.pid !== undefined) process.kill(child.pid);
  const said = readFileSync(startup, "utf8").trim();
  throw new Error(`the simulated cloud did not start${said ? `:\n${said}` : ` within ${START_TIMEOUT_MS / 1000} s`}`);
}

function readRecord(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessRecord;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function ended(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (isAlive(pid) && Date.now() < deadline) await sleep(20);
}
