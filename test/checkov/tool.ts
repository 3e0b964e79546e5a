import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installPythonTool } from "../support/python-tool.ts";
import type { TerraformPlan } from "./terraform.ts";

const run = promisify(execFile);

const REQUIREMENTS = join(process.cwd(), "test", "checkov", "requirements.txt");
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
export function installCheckov(onProgress: (line: string) => void): Promise<string> {
  return installPythonTool(
    {
      name: "checkov",
      requirements: REQUIREMENTS,
      check: ["-m", "checkov.main", "--version"],
      purpose: "The scan needs checkov",
    },
    onProgress,
  );
}

/**
 * Lets checkov judge a plan, with what it brings along and nothing from the network or the user's own configuration.
 *
 * @throws Error when it could not read the plan or one of its checks crashed
 */
export function scan(python: string, plan: TerraformPlan): Promise<ScanReport> {
  // In lines, since findings quote the lines of their resource.
  return scanFile(python, "terraform_plan", "plan.json", JSON.stringify(plan, null, 1));
}

/** Lets checkov judge objects of a Kubernetes cluster. */
export function scanManifests(python: string, manifests: readonly object[]): Promise<ScanReport> {
  const documents = manifests.map((manifest) => JSON.stringify(manifest, null, 1));
  return scanFile(python, "kubernetes", "manifests.yaml", documents.join("\n---\n"));
}

async function scanFile(python: string, framework: string, name: string, text: string): Promise<ScanReport> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-checkov-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, text);
    const { stdout, stderr } = await run(
      python,
      [
        ...["-m", "checkov.main", "--file", file, "--framework", framework],
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
