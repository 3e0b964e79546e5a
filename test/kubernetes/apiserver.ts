/** The real Kubernetes API server, built once for each user from its own Go modules. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { buildGoProgram, probeGo } from "../../engine/install/build.ts";
import { fillFolder } from "../../engine/install/host.ts";
import { withInstallLock } from "../../engine/install/lock.ts";
import { stampOf } from "../../engine/install/store.ts";
import { defaultCacheRoot } from "../../engine/paths.ts";

const SOURCE = join(process.cwd(), "test", "kubernetes", "apiserver");
const TITLE = "the Kubernetes API server";
/** Milliseconds between two lines of progress. */
const INTERVAL_MS = 10_000;

export interface BuildOptions {
  readonly onProgress: (line: string) => void;
  /** @default the user's cache folder */
  readonly cacheRoot?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The version that go.mod names. */
export function apiServerVersion(): string {
  const version = /k8s\.io\/kubernetes v(\S+)/.exec(readFileSync(join(SOURCE, "go.mod"), "utf8"))?.[1];
  if (version === undefined) throw new Error(`${SOURCE}/go.mod names no version of k8s.io/kubernetes`);
  return version;
}

/**
 * The executable: the stored one, compared with what was recorded of it, or a new one. Building takes about six minutes,
 * once for each user and version; two who need it at a time build it once.
 *
 * @throws Error that says what to do where there is no Go, or its modules cannot be had
 */
export async function apiServerBinary(options: BuildOptions): Promise<string> {
  const env = options.env ?? process.env;
  const root = join(options.cacheRoot ?? defaultCacheRoot(env), "kubernetes");
  const folder = join(root, `apiserver-${apiServerVersion()}-${sourceHash()}`);
  if (await isWhole(folder)) return binaryOf(folder);
  return withInstallLock(
    root,
    options.onProgress,
    INTERVAL_MS,
    async () => {
      if (await isWhole(folder)) return binaryOf(folder);
      rmSync(folder, { recursive: true, force: true });
      await explainedBuild(folder, env, options.onProgress);
      return binaryOf(folder);
    },
    TITLE,
  );
}

const binaryOf = (folder: string) => join(folder, "apiserver");
const manifestOf = (folder: string) => join(folder, "manifest.json");

async function explainedBuild(folder: string, env: NodeJS.ProcessEnv, onProgress: BuildOptions["onProgress"]) {
  const go = await probeGo(env, "it");
  const leaveOut = "or leave these tests out with `npm run test:quick`";
  if (!go.ok) {
    throw new Error(`These tests ask a real Kubernetes API server, and ${go.detail}: ${go.remedy}, ${leaveOut}.`);
  }
  onProgress(`Building ${TITLE} ${apiServerVersion()} from its Go modules, once for this user; about six minutes …`);
  try {
    await fillFolder(folder, async (temporary) => {
      const program = { title: TITLE, version: apiServerVersion(), module: SOURCE, package: "." };
      await buildGoProgram(program, binaryOf(temporary), env, onProgress, INTERVAL_MS);
      await record(temporary);
    });
  } catch (error) {
    const remedy = `give the go command access to its module proxy (GOPROXY) and run this again, which goes on where it was, ${leaveOut}`;
    throw new Error(`${TITLE} could not be built: ${(error as Error).message}\n${remedy}.`, { cause: error });
  }
}

/** What is built depends on these files alone. */
function sourceHash(): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(SOURCE, file)));
  return hash.digest("hex").slice(0, 12);
}

async function record(folder: string): Promise<void> {
  const sha256 = await sha256Of(binaryOf(folder));
  writeFileSync(manifestOf(folder), JSON.stringify({ sha256, stamp: stampOf(binaryOf(folder)) }));
}

/** Whether the stored executable is the one that was built; an unchanged file is not read again. */
async function isWhole(folder: string): Promise<boolean> {
  if (!existsSync(binaryOf(folder)) || !existsSync(manifestOf(folder))) return false;
  let manifest: { sha256?: string; stamp?: string };
  try {
    manifest = JSON.parse(readFileSync(manifestOf(folder), "utf8"));
  } catch {
    return false;
  }
  const stamp = stampOf(binaryOf(folder));
  if (manifest.stamp === stamp) return true;
  if ((await sha256Of(binaryOf(folder))) !== manifest.sha256) return false;
  const temporary = `${manifestOf(folder)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ ...manifest, stamp }));
  renameSync(temporary, manifestOf(folder));
  return true;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
