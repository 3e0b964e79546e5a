import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fillFolder, hasHost, hostHash, installHost } from "./host.ts";

/** The version that is downloaded or built: the newest whose modules are served everywhere. */
export const ENGINE_VERSION = "3.259.0";

/** Where a stored engine came from. */
export type Origin = "download" | "build";

/** What is remembered of a stored engine, to notice damage before it is used. */
interface Manifest {
  readonly version: string;
  readonly origin: Origin;
  readonly sha256: string;
  /** The file as it was when its content was last compared; an unchanged file is not read again. */
  readonly stamp: string;
}

export interface StoredEngine {
  readonly binary: string;
  readonly version: string;
  readonly origin: Origin;
}

export type Checked = { engine: StoredEngine } | { problem: string } | undefined;

export function engineFolder(cacheRoot: string): string {
  return path.join(cacheRoot, "engine");
}

export function storedFolder(cacheRoot: string, origin: Origin): string {
  return path.join(engineFolder(cacheRoot), `pulumi-${ENGINE_VERSION}-${origin}`);
}

/** A stored engine, checked: its content is what was recorded, and it answered with its version. Undefined: none stored. */
export async function checkStored(folder: string): Promise<Checked> {
  if (!existsSync(folder)) return undefined;
  const binary = path.join(folder, "bin", "pulumi");
  const file = path.join(folder, "manifest.json");
  let manifest: Manifest;
  let stamp: string;
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
    stamp = stampOf(binary);
  } catch (error) {
    return { problem: `${folder} is not whole (${(error as Error).message})` };
  }
  if (stamp !== manifest.stamp) {
    const sha256 = await sha256Of(binary);
    if (sha256 !== manifest.sha256) return { problem: `${binary} is not the file that was stored: its sha256 differs` };
    const version = await versionOf(binary);
    if (version !== manifest.version) return { problem: `${binary} does not answer \`pulumi version\`` };
    writeFileAtomically(file, JSON.stringify({ ...manifest, stamp }, null, 2));
  }
  return { engine: { binary, version: manifest.version, origin: manifest.origin } };
}

/**
 * Completes a folder that a download or a build filled: records what is to be compared later.
 *
 * @throws Error when the executable does not answer with the expected version
 */
export async function recordStored(folder: string, origin: Origin): Promise<void> {
  const binary = path.join(folder, "bin", "pulumi");
  const version = await versionOf(binary);
  if (version !== ENGINE_VERSION) {
    throw new Error(
      `${origin} gave an executable that answers \`pulumi version\` with ${version ?? "nothing"}, not ${ENGINE_VERSION}`,
    );
  }
  const manifest: Manifest = { version, origin, sha256: await sha256Of(binary), stamp: stampOf(binary) };
  writeFileSync(path.join(folder, "manifest.json"), JSON.stringify(manifest, null, 2));
}

/** Moves a damaged engine out of the way, so that the next one can take its place. */
export function discardStored(folder: string): void {
  const aside = `${folder}.damaged-${process.pid}`;
  renameSync(folder, aside);
  rmSync(aside, { recursive: true, force: true });
}

/**
 * The folder that holds an engine beside this project's language host, under the hash of both; made when it is missing.
 * The engine takes executables beside its own as bundled with it.
 */
export async function withLanguageHost(
  cacheRoot: string,
  checkout: string,
  engine: { readonly binary: string; readonly version: string },
): Promise<string> {
  const identity = createHash("sha256")
    .update(`${engine.binary}\0${stampOf(engine.binary)}`)
    .digest("hex")
    .slice(0, 8);
  const folder = path.join(engineFolder(cacheRoot), `${engine.version}-${identity}-${hostHash(checkout)}`);
  const binDir = path.join(folder, "bin");
  if (hasHost(binDir) && existsSync(path.join(binDir, "pulumi"))) return binDir;
  if (existsSync(folder)) discardStored(folder);
  mkdirSync(path.dirname(folder), { recursive: true });
  await fillFolder(folder, async (temporary) => {
    const bin = path.join(temporary, "bin");
    mkdirSync(bin);
    place(engine.binary, path.join(bin, "pulumi"), engine.binary.startsWith(engineFolder(cacheRoot)));
    await installHost(checkout, bin);
  });
  return binDir;
}

/** A file of our own store never changes, so a second name is enough; anyone else's is copied, shared if the disk can. */
function place(from: string, to: string, own: boolean): void {
  try {
    if (own) {
      linkSync(from, to);
      return;
    }
  } catch {
    // Another file system, or one without hard links.
  }
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, 0o755);
}

/** Version a `pulumi` executable answers with, without the leading `v`; undefined when it does not answer in 30 s. */
export function versionOf(binary: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    execFile(binary, ["version"], { timeout: 30_000, killSignal: "SIGKILL", env }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim().replace(/^v/, "") || undefined),
    );
  });
}

/** What changes when a file's content does, without reading it. */
export function stampOf(file: string): string {
  const { size, mtimeMs, ino } = statSync(file);
  return `${size}-${mtimeMs}-${ino}`;
}

export function writeFileAtomically(file: string, content: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
