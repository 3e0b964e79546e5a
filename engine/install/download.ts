import { existsSync } from "node:fs";
import path from "node:path";
import { supervise } from "../process/supervise.ts";
import { ENGINE_VERSION } from "./store.ts";

/** Downloading 150 MB takes a minute; what takes longer than this will not come. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * Downloads the official engine with its language hosts into a folder.
 *
 * @throws Error with the reason, after 8 s when the site cannot be reached
 */
export async function downloadEngine(checkout: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const script = path.join(checkout, "engine", "install", "download-main.ts");
  const ended = await supervise(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, ENGINE_VERSION, folder],
    {
      cwd: checkout,
      // Node looks at HTTPS_PROXY only when it is told to.
      env: { ...env, NODE_USE_ENV_PROXY: "1" },
      timeout: TIMEOUT_MS,
    },
  );
  if (ended.timedOut) throw new Error(`it did not finish within ${TIMEOUT_MS / 60_000} minutes`);
  if (ended.code !== 0) throw new Error(ended.stderr.trim().split("\n").at(-1) ?? `exit code ${ended.code}`);
  if (!existsSync(path.join(folder, "bin", "pulumi-language-nodejs"))) {
    throw new Error("the official archive came without the language host for nodejs");
  }
}
