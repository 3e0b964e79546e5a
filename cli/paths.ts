import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";

/** Where one checkout keeps what simulated runs leave behind. Nothing of it lies in the checkout. */
export interface StatePaths {
  /** The folder that holds all the others. */
  readonly root: string;
  /** Pulumi's file backend: stacks, their history and locks. */
  readonly backend: string;
  /** Pulumi's own home. */
  readonly pulumiHome: string;
  /** Stack configuration, written anew by each command. */
  readonly config: string;
}

/**
 * The state folder of a checkout: `CAUSEWAY_STATE_DIR` when it is set, else one folder for each checkout under
 * `$XDG_STATE_HOME/causeway` (default `~/.local/state/causeway`).
 */
export function statePaths(checkout: string, env: NodeJS.ProcessEnv = process.env): StatePaths {
  const path = realpathSync(checkout);
  const id = `${basename(path)}-${createHash("sha256").update(path).digest("hex").slice(0, 12)}`;
  const base = env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state");
  const root = env.CAUSEWAY_STATE_DIR || join(base, "causeway", "checkouts", id);
  return { root, backend: join(root, "backend"), pulumiHome: join(root, "pulumi-home"), config: join(root, "config") };
}

/** Makes the folders; only the user may read them, because state may hold encrypted secrets and their key. */
export function ensureStatePaths(paths: StatePaths): void {
  for (const folder of [paths.root, paths.backend, paths.pulumiHome, paths.config]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** The passphrase that encrypts secrets in the simulated state: random, made once, readable by its user only. */
export function statePassphrase(paths: StatePaths): string {
  const file = join(paths.root, "passphrase");
  if (!existsSync(file)) {
    try {
      writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    } catch (error) {
      // Another command made it in the same moment; its passphrase is as good.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return readFileSync(file, "utf8").trim();
}
