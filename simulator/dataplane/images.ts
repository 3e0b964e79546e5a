/** The map from container image to local command. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

export interface LocalCommand {
  /** Program and arguments; `node` is the Node.js that runs the data plane. */
  readonly command: readonly string[];
  /** Absolute folder it runs in. */
  readonly cwd: string;
}

/** By image reference with digest, `name@sha256:…`. */
export type ImageMap = ReadonlyMap<string, LocalCommand>;

/**
 * Reads a file such as `{ "registry/name@sha256:…": { "command": ["node", "server.ts"] } }`. Commands run in the file's
 * folder.
 *
 * @throws Error when the file is missing or not of this form, naming every wrong entry
 */
export function readImageMap(file: string): ImageMap {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new Error(
      `${file}: give an object with a command by image, such as {"name@sha256:…": {"command": ["node", "x.js"]}}`,
    );
  }
  const map = new Map<string, LocalCommand>();
  const wrong: string[] = [];
  for (const [image, entry] of Object.entries(content)) {
    const command: unknown = (entry as { command?: unknown } | null)?.command;
    const valid = Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === "string");
    if (valid) map.set(image, { command, cwd: dirname(resolve(file)) });
    else wrong.push(`${file}: ${image}: "command" must be a list of strings with at least one`);
  }
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return map;
}

/** The same digest is the same image, whatever registry it is copied to. */
export function commandFor(images: ImageMap, image: string): LocalCommand | undefined {
  const exact = images.get(image);
  if (exact !== undefined) return exact;
  const digest = image.split("@")[1];
  if (digest === undefined) return undefined;
  return [...images].find(([reference]) => reference.endsWith(`@${digest}`))?.[1];
}
