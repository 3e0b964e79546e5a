import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import path from "node:path";
import * as semver from "semver";
import { home } from "../paths.ts";
import type { PassedOver } from "../types.ts";
import { stampOf, versionOf, writeFileAtomically } from "./store.ts";

/** Versions this project works with: the language protocol it speaks, up to the next major one. */
export const ENGINE_RANGE = ">=3.230.0 <4";

/** A `pulumi` somebody else installed. */
export interface Found {
  readonly binary: string;
  readonly version: string;
  /** Whether Pulumi's own host for nodejs lies beside it or on PATH. */
  readonly officialHost: boolean;
}

/** The first fitting `pulumi` on PATH. What this project put there itself is no find. */
export async function findOnPath(
  env: NodeJS.ProcessEnv,
  cacheRoot: string,
): Promise<{ found?: Found; passedOver?: PassedOver }> {
  const folders = (env.PATH ?? "").split(path.delimiter).filter(Boolean);
  const own = existsSync(cacheRoot) ? realpathSync(cacheRoot) : cacheRoot;
  const unfit: string[] = [];
  for (const folder of folders) {
    const candidate = path.join(folder, "pulumi");
    if (!isExecutable(candidate)) continue;
    const binary = realpathSync(candidate);
    if (binary.startsWith(own + path.sep)) continue;
    const version = await rememberedVersion(binary, cacheRoot);
    if (version === undefined) unfit.push(`${candidate} does not answer \`pulumi version\``);
    else if (!semver.satisfies(version, ENGINE_RANGE, { includePrerelease: true })) {
      unfit.push(`${candidate} is ${version}, and ${ENGINE_RANGE} is needed`);
    } else {
      const hosts = [path.dirname(binary), folder, ...folders].map((f) => path.join(f, "pulumi-language-nodejs"));
      const officialHost = hosts.some((host) => isExecutable(host) && !realpathSync(host).startsWith(own + path.sep));
      return { found: { binary, version, officialHost } };
    }
  }
  return {
    passedOver: {
      way: "path",
      reason: unfit.length > 0 ? unfit.join("; ") : "there is no pulumi on PATH",
      remedy: `install Pulumi ${ENGINE_RANGE}: https://www.pulumi.com/docs/install/`,
    },
  };
}

/** The newest fitting engine in the version cache of Pulumi's Automation API (~/.pulumi/versions). */
export async function findInVersionCache(env: NodeJS.ProcessEnv): Promise<Found | undefined> {
  const root = path.join(home(env), ".pulumi", "versions");
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).filter((name) => semver.satisfies(name, ENGINE_RANGE));
  for (const version of versions.sort(semver.rcompare)) {
    const binary = path.join(root, version, "bin", "pulumi");
    const officialHost = isExecutable(path.join(root, version, "bin", "pulumi-language-nodejs"));
    if (officialHost && (await versionOf(binary)) === version) return { binary, version, officialHost };
  }
  return undefined;
}

/** Asking takes a third of a second, so the answer is kept for as long as the file stays the same. */
async function rememberedVersion(binary: string, cacheRoot: string): Promise<string | undefined> {
  const file = path.join(cacheRoot, "engine", "path.json");
  const stamp = `${binary} ${stampOf(binary)}`;
  try {
    const remembered = JSON.parse(readFileSync(file, "utf8"));
    if (remembered.stamp === stamp && typeof remembered.version === "string") return remembered.version;
  } catch {
    // Nothing remembered.
  }
  const version = await versionOf(binary);
  if (version !== undefined) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomically(file, JSON.stringify({ stamp, version }));
  }
  return version;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
