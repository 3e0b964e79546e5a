import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { StackAddress } from "./locks.ts";

/**
 * Removes attribute files that were cut off. The engine's file storage (gocloud.dev's fileblob) replaces a file whole, but
 * writes the `.attrs` beside it in place: killed there, it leaves one that makes the stack unreadable ("failed to load
 * checkpoint: EOF"). Without one the storage assumes what it would have written.
 *
 * @returns the files that were removed
 */
export function removeTornAttributes({ backendUrl, project, stack }: StackAddress): string[] {
  const root = path.join(fileURLToPath(backendUrl), ".pulumi");
  const folders: [folder: string, ofStack: (name: string) => boolean][] = [
    [root, () => true],
    [path.join(root, "stacks", project), (name) => name.startsWith(`${stack}.json`)],
  ];
  return folders.flatMap(([folder, ofStack]) =>
    entries(folder)
      .filter((name) => name.endsWith(".attrs") && ofStack(name))
      .map((name) => path.join(folder, name))
      .filter((file) => {
        if (isWhole(file)) return false;
        rmSync(file, { force: true });
        return true;
      }),
  );
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
