import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadPromoted, PROMOTED_FILE } from "../../environments/index.ts";
import { CommandError } from "../exit-codes.ts";
import type { PromotedService } from "./plan.ts";

/** The file as it is with other images for one environment; everything else in it stays, in its place. */
export function withImagesOf(text: string, environment: string, services: readonly PromotedService[]): string {
  const promoted = JSON.parse(text) as Record<string, Record<string, string>>;
  const images = Object.fromEntries(services.map(({ service, after }) => [service, after]));
  return `${JSON.stringify({ ...promoted, [environment]: { ...promoted[environment], ...images } }, undefined, 2)}\n`;
}

/**
 * Writes the images of an environment into the checkout, for people to review.
 *
 * @throws ProblemsError when an environment would not be valid with them
 * @throws CommandError `refused` when there is more to review in that file than this promotion
 */
export function writeImages(
  checkout: string,
  environment: string,
  services: readonly PromotedService[],
  { dryRun }: { readonly dryRun: boolean },
): void {
  refuseOtherChanges(checkout);
  const path = join(checkout, PROMOTED_FILE);
  const text = withImagesOf(readFileSync(path, "utf8"), environment, services);
  loadPromoted(JSON.parse(text));
  if (dryRun) return;
  // Whoever reads it meanwhile finds the one or the other.
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** What is reviewed is this promotion alone, and nobody's unfinished work is written over. */
function refuseOtherChanges(checkout: string): void {
  let status: string;
  try {
    status = execFileSync("git", ["-C", checkout, "status", "--porcelain", "--", PROMOTED_FILE], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr || error).trim();
    throw new CommandError(
      "refused",
      `A promotion is a change to be reviewed, and git cannot say what has changed here: ${said}`,
    );
  }
  if (status.trim() === "") return;
  throw new CommandError(
    "refused",
    `${PROMOTED_FILE} has changes that are not committed; nothing was written. Commit them or take them back first: \`git diff -- ${PROMOTED_FILE}\`.`,
  );
}
