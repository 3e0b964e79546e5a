import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { defaultCacheRoot } from "../../engine/index.ts";
import type { Template } from "./cloudformation.ts";

export const VERSIONS = { "cdk-nag": "3.0.2", "aws-cdk-lib": "2.276.0" } as const;
export const PACKS = ["AwsSolutionsChecks", "NIST80053R5Checks", "HIPAASecurityChecks", "PCIDSS321Checks"] as const;

/** A rule of a pack on one resource, by the template's name for it. */
export interface NagFinding {
  readonly rule: string;
  readonly resource: string;
}

/** Runs the packs on a template; run by Node in the folder where they are installed. */
const SCRIPT = `
const { App, Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const nag = require("cdk-nag");
const [templateFile, ...packs] = process.argv.slice(2);
const app = new App();
new CfnInclude(new Stack(app, "Stack"), "Template", { templateFile });
const found = packs.flatMap((name) =>
  new nag[name](app).validateScope(app).violations.flatMap(({ ruleName, violatingResources, violatingConstructs }) =>
    (violatingResources ?? violatingConstructs).map(({ resourceLogicalId, constructPath }) => ({
      rule: ruleName.replace(/\\[.*$/, ""),
      resource: (resourceLogicalId ?? constructPath).split("/").at(-1),
    })),
  ),
);
process.stdout.write(JSON.stringify(found));
`;

/**
 * The folder with cdk-nag in it, fetched on first use and kept per user: it is no dependency of ours.
 *
 * @throws Error when npm cannot fetch it
 */
export function installCdkNag(): string {
  const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  const folder = join(defaultCacheRoot(), "tools", wanted.join("-"));
  if (existsSync(join(folder, "node_modules", "cdk-nag"))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const options = ["--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
  execFileSync("npm", ["install", ...options, ...wanted, "constructs@^10"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
}

/** What the packs say of a template. */
export async function runCdkNag(folder: string, template: Template): Promise<readonly NagFinding[]> {
  const temporary = mkdtempSync(join(tmpdir(), "causeway-cdk-nag-"));
  try {
    const [file, script] = [join(temporary, "template.json"), join(folder, "run.cjs")];
    writeFileSync(file, JSON.stringify(template));
    writeFileSync(script, SCRIPT);
    const { stdout } = await promisify(execFile)(process.execPath, [script, file, ...PACKS], {
      ...{ cwd: temporary, maxBuffer: 1 << 27, timeout: 5 * 60_000 },
    });
    return JSON.parse(stdout);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
