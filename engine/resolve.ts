import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { buildEngine, probeGo } from "./install/build.ts";
import { downloadEngine } from "./install/download.ts";
import { fillFolder } from "./install/host.ts";
import { withInstallLock } from "./install/lock.ts";
import { findInVersionCache, findOnPath } from "./install/path.ts";
import {
  checkStored,
  discardStored,
  ENGINE_VERSION,
  engineFolder,
  type Origin,
  recordStored,
  type StoredEngine,
  storedFolder,
  withLanguageHost,
} from "./install/store.ts";
import { checkoutRoot, defaultCacheRoot, useCheckout } from "./paths.ts";
import { type Engine, type EngineOptions, EngineUnavailableError, type PassedOver } from "./types.ts";

interface Settings {
  readonly cacheRoot: string;
  readonly checkout: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly interval: number;
}

function settingsOf(options: EngineOptions): Settings {
  const env = options.env ?? process.env;
  if (options.checkout !== undefined) useCheckout(options.checkout);
  return {
    cacheRoot: options.cacheRoot ?? defaultCacheRoot(env),
    checkout: options.checkout ?? checkoutRoot(),
    env,
    onProgress: options.onProgress ?? (() => {}),
    interval: options.progressInterval ?? 15_000,
  };
}

/**
 * Looks for a usable engine without getting one: on PATH, then in the caches.
 *
 * @returns the engine, or the reasons why there is none yet
 */
export async function findEngine(
  options: EngineOptions = {},
): Promise<{ engine: Engine } | { engine: undefined; passedOver: readonly PassedOver[] }> {
  const settings = settingsOf(options);
  const passedOver: PassedOver[] = [];
  const engine = (await fromPath(settings, passedOver)) ?? (await fromCache(settings, passedOver));
  return engine === undefined ? { engine, passedOver } : { engine };
}

/**
 * Gives a checked engine: a fitting `pulumi` on PATH, the cache, the official download, or a build from Go modules with
 * this project's own language host; the first that works, in this order. What had to be fetched or built is kept for
 * this user, so it happens once.
 *
 * @throws EngineUnavailableError when no way works, with what each of them needs
 */
export async function resolveEngine(options: EngineOptions = {}): Promise<Engine> {
  const settings = settingsOf(options);
  const { onProgress } = settings;
  const found = await findEngine(options);
  if (found.engine !== undefined) return found.engine;
  for (const { reason } of found.passedOver) onProgress(`No engine yet: ${reason}.`);
  const folder = engineFolder(settings.cacheRoot);
  return withInstallLock(folder, onProgress, settings.interval, async () => {
    // Whoever held the lock before us may have brought it.
    const passedOver: PassedOver[] = found.passedOver.filter((p) => p.way === "path");
    const cached = await fromCache(settings, passedOver);
    if (cached !== undefined) return cached;
    removeLeftovers(folder);
    return (
      (await obtain(settings, passedOver, "download")) ??
      (await obtain(settings, passedOver, "build")) ??
      fail(passedOver)
    );
  });
}

function fail(passedOver: readonly PassedOver[]): never {
  throw new EngineUnavailableError(passedOver);
}

async function fromPath(settings: Settings, passedOver: PassedOver[]): Promise<Engine | undefined> {
  const { found, passedOver: reason } = await findOnPath(settings.env, settings.cacheRoot);
  if (reason) passedOver.push(reason);
  if (found === undefined) return undefined;
  const common = { version: found.version, source: "path", passedOver } as const;
  if (found.officialHost) {
    return { ...common, binary: found.binary, binDir: path.dirname(found.binary), languageHost: "official" };
  }
  const binDir = await withLanguageHost(settings.cacheRoot, settings.checkout, found);
  return { ...common, binary: path.join(binDir, "pulumi"), binDir, languageHost: "causeway" };
}

async function fromCache(settings: Settings, passedOver: PassedOver[]): Promise<Engine | undefined> {
  const problems: string[] = [];
  for (const origin of ["download", "build"] as const) {
    const checked = await checkStored(storedFolder(settings.cacheRoot, origin));
    if (checked === undefined) continue;
    if ("engine" in checked) return asEngine(settings, checked.engine, "cache", passedOver);
    problems.push(checked.problem);
  }
  const version = await findInVersionCache(settings.env);
  if (version !== undefined) {
    const binDir = path.dirname(version.binary);
    return {
      binary: version.binary,
      binDir,
      version: version.version,
      source: "cache",
      languageHost: "official",
      passedOver,
    };
  }
  passedOver.push({ way: "cache", reason: problems.length > 0 ? problems.join("; ") : "nothing is stored yet" });
  return undefined;
}

async function obtain(settings: Settings, passedOver: PassedOver[], way: Origin): Promise<Engine | undefined> {
  const { onProgress, checkout, cacheRoot, env } = settings;
  const target = storedFolder(cacheRoot, way);
  const fill = way === "download" ? fillByDownload : fillByBuild;
  try {
    const damaged = await checkStored(target);
    if (damaged !== undefined && "problem" in damaged) discardStored(target);
    await fillFolder(target, async (temporary) => {
      await fill(settings, temporary);
      await recordStored(temporary, way);
    });
    const checked = await checkStored(target);
    if (checked === undefined || "problem" in checked) throw new Error(checked?.problem ?? `${target} is missing`);
    return await asEngine({ ...settings, checkout, env }, checked.engine, way, passedOver);
  } catch (error) {
    const reason = (error as Error).message;
    const remedy =
      error instanceof MissingTool
        ? error.remedy
        : way === "download"
          ? "give this machine access to get.pulumi.com (HTTPS_PROXY is honoured)"
          : "give the go command access to its module proxy (GOPROXY) and run this again; it goes on where it was";
    passedOver.push({ way, reason, remedy });
    onProgress(
      `${way === "download" ? "The official download" : "The build from Go modules"} did not work: ${reason}.`,
    );
    return undefined;
  }
}

async function fillByDownload(settings: Settings, folder: string): Promise<void> {
  settings.onProgress(`Downloading Pulumi ${ENGINE_VERSION} …`);
  await downloadEngine(settings.checkout, folder, settings.env);
}

async function fillByBuild(settings: Settings, folder: string): Promise<void> {
  const go = await probeGo(settings.env);
  if (!go.ok) throw new MissingTool(go.detail, go.remedy ?? "");
  settings.onProgress(`Building Pulumi ${ENGINE_VERSION} from its Go modules, once for this user; some minutes …`);
  mkdirSync(path.join(folder, "bin"), { recursive: true });
  await buildEngine(settings.checkout, folder, settings.env, settings.onProgress, settings.interval);
}

class MissingTool extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

async function asEngine(
  settings: Settings,
  stored: StoredEngine,
  source: Engine["source"],
  passedOver: readonly PassedOver[],
): Promise<Engine> {
  const { version } = stored;
  if (stored.origin === "download") {
    const binDir = path.dirname(stored.binary);
    return { binary: stored.binary, binDir, version, source, languageHost: "official", passedOver };
  }
  const binDir = await withLanguageHost(settings.cacheRoot, settings.checkout, stored);
  return { binary: path.join(binDir, "pulumi"), binDir, version, source, languageHost: "causeway", passedOver };
}

/** What aborted runs left half made. We hold the lock, so nobody works on them. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^pulumi-.*\.(tmp|damaged)-/.test(name)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
