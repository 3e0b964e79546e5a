import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { defaultCacheRoot } from "../../engine/index.ts";

const run = promisify(execFile);

const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** A program from the Python package index that tests run. */
export interface PythonTool {
  readonly name: string;
  /** Path of the file with every package and its version, as `pip freeze` prints them. */
  readonly requirements: string;
  /** Arguments for Python that show that it works. */
  readonly check: readonly string[];
  /** Beginning of the sentence that tells somebody without Python what it is for. */
  readonly purpose: string;
}

/**
 * The Python of a virtual environment with the tool in it, made on first use and kept per user.
 *
 * @throws Error saying what to install where there is no Python, or what pip said
 */
export async function installPythonTool(tool: PythonTool, onProgress: (line: string) => void): Promise<string> {
  const { name, requirements } = tool;
  const python = await describePython(tool);
  const identity = createHash("sha256").update(readFileSync(requirements)).update(python);
  const tools = join(defaultCacheRoot(), "tools");
  const folder = join(tools, `${name}-${identity.digest("hex").slice(0, 16)}`);
  if (existsSync(pythonOf(folder))) return pythonOf(folder);
  // What is left of a Python that was removed.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(tools, { recursive: true });
  removeAborted(tools, `${name}-partial-`);
  onProgress(`Installing ${name} into a virtual environment, once per user (a minute or two).`);
  const partial = mkdtempSync(join(tools, `${name}-partial-`));
  const orExplain = async <T>(what: string, running: Promise<T>): Promise<T> => {
    try {
      return await running;
    } catch (error) {
      const { stderr, stdout } = error as { stderr?: string; stdout?: string };
      const said = [stdout, stderr].filter(Boolean).join("\n").trim() || String(error);
      throw new Error(`${what} failed; ${name} could not be installed:\n${said}`, { cause: error });
    }
  };
  try {
    await orExplain("python3 -m venv", run("python3", ["-m", "venv", partial], { timeout: INSTALL_TIMEOUT_MS }));
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
    await orExplain("pip install", run(pythonOf(partial), pip, { timeout: INSTALL_TIMEOUT_MS }));
    await orExplain(tool.check.join(" "), run(pythonOf(partial), [...tool.check]));
    try {
      // Only scripts in bin/ know the folder's name, and none of them is used.
      renameSync(partial, folder);
    } catch (error) {
      // Another run was faster; its result is the same.
      if (!existsSync(pythonOf(folder))) throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return pythonOf(folder);
}

const pythonOf = (folder: string) => join(folder, "bin", "python");

async function describePython({ purpose }: PythonTool): Promise<string> {
  try {
    const { stdout } = await run("python3", ["-c", "import sys; print(sys.version_info[:2], sys.base_prefix)"]);
    return stdout;
  } catch (error) {
    throw new Error(
      `${purpose}, which runs on Python: install Python 3.9 or newer with its venv module, so that ` +
        "`python3` starts it (on Debian: apt-get install python3 python3-venv), or leave it out with " +
        "`npm run test:quick`.",
      { cause: error },
    );
  }
}

/** Folders of installations that were killed; nobody installs for an hour. */
function removeAborted(tools: string, prefix: string): void {
  for (const entry of readdirSync(tools).filter((name) => name.startsWith(prefix))) {
    const path = join(tools, entry);
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}
