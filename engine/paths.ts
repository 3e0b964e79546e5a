import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Folder of what can be made again, per user. */
export function defaultCacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(env.XDG_CACHE_HOME || path.join(home(env), ".cache"), "causeway");
}

/** Folder of what simulated runs must keep, per user. */
export function defaultStateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(env.XDG_STATE_HOME || path.join(home(env), ".local", "state"), "causeway");
}

export function home(env: NodeJS.ProcessEnv): string {
  return env.HOME || os.homedir();
}

let namedCheckout: string | undefined;

/** For scripts outside of a checkout that use one: names it for the rest of the process. */
export function useCheckout(root: string): void {
  namedCheckout = root;
}

/**
 * Root of this checkout: the one that was named, or the nearest folder above the running script, or else above the working directory, that holds
 * the engine's Go module.
 *
 * @throws Error when neither lies in a checkout
 */
export function checkoutRoot(): string {
  if (namedCheckout !== undefined) return namedCheckout;
  const script = process.argv[1] && existsSync(process.argv[1]) ? realpathSync(process.argv[1]) : undefined;
  // A tool such as a test runner may be installed anywhere; our own scripts never are under node_modules.
  const ours = script !== undefined && !script.includes(`${path.sep}node_modules${path.sep}`);
  const starts = [...(ours ? [path.dirname(script)] : []), process.cwd()];
  for (const start of starts) {
    for (let folder = start; ; folder = path.dirname(folder)) {
      if (existsSync(path.join(folder, "engine", "go", "go.mod"))) return folder;
      if (folder === path.dirname(folder)) break;
    }
  }
  throw new Error("This command needs a checkout of causeway: run it inside one.");
}

/** Folders of one checkout's simulated runs; two checkouts never share state. */
export interface SimulatedWorkspace {
  /** Folder of all that follows. */
  readonly root: string;
  readonly backendUrl: string;
  readonly pulumiHome: string;
  /** Folder with a generated Pulumi.yaml, where stack configuration is kept. */
  readonly projectDir: string;
  /** File with the passphrase that encrypts the secrets of these stacks; made on first use. */
  readonly passphraseFile: string;
}

/**
 * Where simulated runs of a checkout keep state and configuration: per user, outside the checkout.
 * `CAUSEWAY_STATE_DIR` names one folder for several checkouts, which then work on the same stacks: the preview of a
 * pull request compares its head with what its base brought up.
 */
export function simulatedWorkspace(checkout: string, env: NodeJS.ProcessEnv = process.env): SimulatedWorkspace {
  const root = env.CAUSEWAY_STATE_DIR || path.join(defaultStateRoot(env), folderOf(realpathSync(checkout)));
  return {
    root,
    backendUrl: `file://${path.join(root, "backend")}`,
    pulumiHome: path.join(root, "pulumi-home"),
    projectDir: path.join(root, "project"),
    passphraseFile: path.join(root, "passphrase"),
  };
}

function folderOf(checkout: string): string {
  const hash = createHash("sha256").update(checkout).digest("hex").slice(0, 12);
  return `${path.basename(checkout)}-${hash}`;
}

/** Name of the Pulumi project in a folder. */
export function projectName(projectDir: string): string {
  const file = path.join(projectDir, "Pulumi.yaml");
  const name = /^name:\s*["']?([^\s"'#]+)/m.exec(readFileSync(file, "utf8"))?.[1];
  if (name === undefined) throw new Error(`${file} has no \`name\`: add the project's name.`);
  return name;
}
