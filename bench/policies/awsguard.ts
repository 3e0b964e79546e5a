/** AWSGuard's rules, as its own package has them; it is no dependency of ours, so it is fetched beside the checkout. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ResourceValidationPolicy } from "@pulumi/policy";

const VERSION = "0.3.1";
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "causeway", `awsguard-${VERSION}`);
const installed = join(folder, "node_modules", "@pulumi", "awsguard");

/**
 * AWSGuard's rules on single resources. Its two rules on stacks call AWS, so they are left out.
 *
 * @throws Error when it is not there and cannot be fetched, with how to get it
 */
export function awsGuardPolicies(): ResourceValidationPolicy[] {
  if (!existsSync(installed)) fetchAwsGuard();
  const require = createRequire(join(installed, "index.js"));
  const found = new Map<string, ResourceValidationPolicy>();
  // Its entry point registers them for a server of its own; the files export them one by one.
  for (const file of readdirSync(installed).filter((name) => name.endsWith(".js"))) {
    for (const policy of Object.values(require(join(installed, file)) as Record<string, unknown>)) {
      if (isResourcePolicy(policy)) found.set(policy.name, policy);
    }
  }
  return [...found.values()];
}

function fetchAwsGuard(): void {
  process.stderr.write(`fetching AWSGuard ${VERSION} to ${folder}\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const args = ["install", "--ignore-scripts", "--no-fund", "--no-audit", "--omit=dev", `@pulumi/awsguard@${VERSION}`];
  try {
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new Error(`AWSGuard could not be fetched. Run "npm ${args.join(" ")}" in ${folder}.`, { cause: error });
  }
}

function isResourcePolicy(value: unknown): value is ResourceValidationPolicy {
  return typeof value === "object" && value !== null && "name" in value && "validateResource" in value;
}

/** Types a policy is about. */
export function typesOf({ validateResource }: ResourceValidationPolicy): string[] {
  return [validateResource ?? []].flat().flatMap((validate) => {
    const { __pulumiType: type } = validate as { readonly __pulumiType?: string };
    return type ?? [];
  });
}
