/** Which Node.js runs the cloud's process. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** First release that runs TypeScript and has node:sqlite, both without a flag. */
export const OLDEST_NODE = 24;

/**
 * The running Node.js, or when it is too old the checkout's own or the first fitting one on PATH.
 *
 * @throws Error when there is none
 */
export function findNode(root: string, env: NodeJS.ProcessEnv = process.env): string {
  if (major(process.versions.node) >= OLDEST_NODE) return process.execPath;
  const folders = [join(root, "node_modules", ".bin"), ...(env.PATH ?? "").split(delimiter)];
  for (const folder of folders) {
    const candidate = join(folder, "node");
    if (!existsSync(candidate)) continue;
    const { stdout, status } = spawnSync(candidate, ["--version"], { encoding: "utf8" });
    if (status === 0 && major(stdout.trim().replace(/^v/, "")) >= OLDEST_NODE) return candidate;
  }
  throw new Error(
    `the simulated cloud needs Node.js ${OLDEST_NODE} or newer, and this is ${process.versions.node}; run "npm ci", ` +
      "which brings a fitting one, or install it",
  );
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}
