/** Where the simulated cloud's code and its files are. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";

/** The folder of the user's cloud: `CAUSEWAY_CLOUD_HOME`, else `causeway/cloud` in the XDG state folder. */
export function cloudHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CAUSEWAY_CLOUD_HOME) return resolve(env.CAUSEWAY_CLOUD_HOME);
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "causeway", "cloud");
}

export interface CloudFiles {
  readonly home: string;
  readonly database: string;
  readonly log: string;
  /** Says where the process of one code version is. */
  record(fingerprint: string): string;
  /** What that process printed before it was ready. */
  startup(fingerprint: string): string;
  startLock(fingerprint: string): string;
}

export function cloudFiles(home: string): CloudFiles {
  return {
    home,
    database: join(home, "cloud.db"),
    log: join(home, "cloud.log"),
    record: (fingerprint) => join(home, `process-${fingerprint}.json`),
    startup: (fingerprint) => join(home, `startup-${fingerprint}.log`),
    startLock: (fingerprint) => join(home, `start-${fingerprint}.lock`),
  };
}

/**
 * The checkout that holds the simulator's code: upwards from the running script, else from the working folder.
 *
 * @throws Error when neither is inside a checkout
 */
export function findRoot(): string {
  const script = process.argv[1];
  const starts = [script && existsSync(script) ? dirname(realpathSync(script)) : undefined, process.cwd()];
  for (const start of starts) {
    for (let folder = start; folder !== undefined; folder = dirname(folder) === folder ? undefined : dirname(folder)) {
      if (existsSync(daemonEntry(folder))) return folder;
    }
  }
  throw new Error(`the simulated cloud's code was not found from ${process.cwd()}; run the command inside a checkout`);
}

export function daemonEntry(root: string): string {
  return join(root, "simulator", "process", "daemon.ts");
}

/**
 * Stands for the code that would run: the simulator's own files and the SDKs whose types it reads. Checkouts with the
 * same code share a process; another code gets its own, on the same database.
 */
export function codeFingerprint(root: string): string {
  const folder = join(root, "simulator");
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).startsWith("tools"))
    .sort();
  for (const file of files) hash.update(relative(folder, file)).update("\0").update(readFileSync(file)).update("\0");
  for (const sdk of ["@pulumi/aws", "@pulumi/kubernetes"]) {
    const manifest = createRequire(daemonEntry(root)).resolve(`${sdk}/package.json`);
    hash.update((JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version);
  }
  return hash.digest("hex").slice(0, 12);
}
