import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { defaultCacheRoot } from "../../engine/index.ts";
import type { TerraformPlan } from "./terraform.ts";

const run = promisify(execFile);

const REQUIREMENTS = join(process.cwd(), "test", "checkov", "requirements.txt");
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const SCAN_TIMEOUT_MS = 5 * 60_000;

/** One check on one resource. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  /** Address of the resource, such as `aws_vpc.production_network`. */
  readonly resource: string;
}

export interface ScanReport {
  /** How many resources the scanner read. */
  readonly resources: number;
  readonly passed: number;
  readonly failed: readonly CheckResult[];
}

/**
 * The Python of a virtual environment with checkov in it, made on first use and kept per user.
 *
 * @throws Error saying what to install where there is no Python, or what pip said
 */
export async function installCheckov(onProgress: (line: string) => void): Promise<string> {
  const python = await describePython();
  const identity = createHash("sha256").update(readFileSync(REQUIREMENTS)).update(python);
  const tools = join(defaultCacheRoot(), "tools");
  const folder = join(tools, `checkov-${identity.digest("hex").slice(0, 16)}`);
  if (existsSync(pythonOf(folder))) return pythonOf(folder);
  // What is left of a Python that was removed.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(tools, { recursive: true });
  removeAborted(tools);
  onProgress("Installing checkov into a virtual environment, once per user (a minute or two).");
  const partial = mkdtempSync(join(tools, "checkov-partial-"));
  try {
    await orExplain("python3 -m venv", run("python3", ["-m", "venv", partial], { timeout: INSTALL_TIMEOUT_MS }));
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
    await orExplain("pip install", run(pythonOf(partial), pip, { timeout: INSTALL_TIMEOUT_MS }));
    await orExplain("checkov --version", run(pythonOf(partial), ["-m", "checkov.main", "--version"]));
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

async function describePython(): Promise<string> {
  try {
    const { stdout } = await run("python3", ["-c", "import sys; print(sys.version_info[:2], sys.base_prefix)"]);
    return stdout;
  } catch (error) {
    throw new Error(
      "The scan needs checkov, which runs on Python: install Python 3.9 or newer with its venv module, so that " +
        "`python3` starts it (on Debian: apt-get install python3 python3-venv), or leave the scan out with " +
        "`npm run test:quick`.",
      { cause: error },
    );
  }
}

async function orExplain<T>(what: string, running: Promise<T>): Promise<T> {
  try {
    return await running;
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    const said = [stdout, stderr].filter(Boolean).join("\n").trim() || String(error);
    throw new Error(`${what} failed; checkov could not be installed:\n${said}`, { cause: error });
  }
}

/** Folders of installations that were killed; nobody installs for an hour. */
function removeAborted(tools: string): void {
  for (const entry of readdirSync(tools).filter((name) => name.startsWith("checkov-partial-"))) {
    const path = join(tools, entry);
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Lets checkov judge a plan, with what it brings along and nothing from the network or the user's own configuration.
 *
 * @throws Error when it could not read the plan or one of its checks crashed
 */
export async function scan(python: string, plan: TerraformPlan): Promise<ScanReport> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-checkov-"));
  try {
    const file = join(folder, "plan.json");
    // In lines, since findings quote the lines of their resource.
    writeFileSync(file, JSON.stringify(plan, null, 1));
    const { stdout, stderr } = await run(
      python,
      [
        ...["-m", "checkov.main", "--file", file, "--framework", "terraform_plan"],
        ...["--output", "json", "--skip-download", "--soft-fail", "--compact"],
      ],
      { cwd: folder, env: quietEnvironment(folder), maxBuffer: 1 << 28, timeout: SCAN_TIMEOUT_MS },
    );
    return readReport(stdout, stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without the variables and home folder that could configure checkov or name an account of its vendor's platform. */
function quietEnvironment(home: string): NodeJS.ProcessEnv {
  const foreign = /^(CKV|CHECKOV|BC|PRISMA|BRIDGECREW|PYTHON)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), HOME: home, LOG_LEVEL: "WARNING" };
}

interface RawCheck {
  readonly check_id: string;
  readonly check_name: string;
  readonly resource: string;
}

interface RawReport {
  readonly results?: {
    readonly passed_checks: readonly RawCheck[];
    readonly failed_checks: readonly RawCheck[];
    readonly parsing_errors: readonly string[];
  };
  readonly summary?: { readonly resource_count: number };
}

function readReport(stdout: string, stderr: string): ScanReport {
  let raw: RawReport;
  try {
    raw = JSON.parse(stdout);
  } catch (error) {
    throw new Error(`checkov gave no report:\n${stdout}\n${stderr}`, { cause: error });
  }
  const { results, summary } = raw;
  if (results === undefined || summary === undefined || results.parsing_errors.length > 0) {
    throw new Error(`checkov could not read the plan: ${results?.parsing_errors.join(", ") ?? stdout}\n${stderr}`);
  }
  // A check that crashes is only logged, and neither passes nor fails.
  const crashed = stderr.split("\n").filter((line) => /Failed to run|Traceback|\bERROR\b/.test(line));
  if (crashed.length > 0) throw new Error(`checkov's own checks crashed:\n${crashed.join("\n")}`);
  return {
    resources: summary.resource_count,
    passed: results.passed_checks.length,
    failed: results.failed_checks.map((raw) => ({
      check: raw.check_id,
      title: raw.check_name,
      resource: raw.resource,
    })),
  };
}
