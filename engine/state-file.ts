import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { StackAddress } from "./recovery/locks.ts";
import type { StackExport } from "./recovery/pending.ts";

/** Where a backend in a folder keeps a stack, in each of the forms that it writes: the first is plain text. */
export function stackFiles(backendFolder: string, project: string, stack: string): readonly [string, ...string[]] {
  const file = path.join(backendFolder, ".pulumi", "stacks", project, `${stack}.json`);
  return [file, `${file}.gz`, `${file}.zst`];
}

/** The state in a backend's plain file, in the form of an export; undefined where it is kept in another form. */
export function readStateFile({ backendUrl, project, stack }: StackAddress): StackExport | undefined {
  const [file] = stackFiles(fileURLToPath(backendUrl), project, stack);
  if (!existsSync(file)) return undefined;
  const { version, checkpoint } = JSON.parse(readFileSync(file, "utf8"));
  return { version, deployment: checkpoint?.latest ?? {} };
}
