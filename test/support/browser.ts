/** The Chromium on this machine, for tests of pages. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** It asks nobody for anything, so that a test needs no network. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts a Chromium with a profile of its own, which goes when it is closed. Where there is none and the machine lets it,
 * it is installed first.
 *
 * @throws Error that says how to get one
 */
export async function startBrowser(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  const executablePath = findChromium() ?? install(root);
  return chromium.launch({ executablePath, args: [...QUIET, ...(root ? ["--no-sandbox"] : [])] });
}

function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM_PATH) return env.CHROMIUM_PATH;
  const folders = [...(env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...MAC].find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function install(root: boolean): string {
  const debian = existsSync("/etc/os-release") && /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));
  if (!root || !debian) {
    throw new Error(
      "no Chromium was found: install it (Debian: apt-get install chromium; others: Chrome or Chromium), or set CHROMIUM_PATH",
    );
  }
  process.stderr.write("no Chromium was found; installing it with apt-get, which takes some minutes once\n");
  const command =
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium";
  const { status } = spawnSync("sh", ["-c", command], { stdio: ["ignore", 2, 2] });
  const found = findChromium();
  if (status === 0 && found !== undefined) return found;
  throw new Error(`Chromium could not be installed (apt-get ended with ${status}); install it, or set CHROMIUM_PATH`);
}
