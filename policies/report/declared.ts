import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { SourceLocation } from "./finding.ts";
import type { Checkout } from "./locations.ts";

const SOURCE = /\.[cm]?[jt]s$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const LEFT_OUT = new Set(["node_modules", "dist", "test", "tests", "__tests__"]);
/** A folder with more is no program; whoever has one gets no guess. */
const MOST_FILES = 2000;

/**
 * Where the sources make a resource of a type by a name that they spell out: `new aws.s3.Bucket("assets"`. Helps where the
 * SDK saw no place: Node gives none to what runs at the top of an ES module.
 *
 * @returns the place; undefined where there is none, or more than one
 */
export function declarationFinder({ root, project = root }: Checkout): (urn: string) => SourceLocation | undefined {
  let sources: readonly { readonly file: string; readonly text: string }[] | undefined;
  return (urn) => {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const name = urn.split("::").at(-1) ?? "";
    const className = type.split(":").at(-1) ?? "";
    if (type.startsWith("pulumi:") || name === "" || !/^\w+$/.test(className)) return undefined;
    sources ??= sourcesIn(project, root);
    const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const call = new RegExp(`\\bnew\\s+(?:[\\w$]+\\s*\\.\\s*)*${className}\\s*\\(\\s*(["'\`])${quoted}\\1`, "g");
    const found = sources.flatMap(({ file, text }) =>
      [...text.matchAll(call)].map(({ index }) => ({ file, text, index })),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) return undefined;
    return { file: only.file, line: only.text.slice(0, only.index).split("\n").length };
  };
}

function sourcesIn(project: string, root: string): { file: string; text: string }[] {
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (files.length > MOST_FILES || entry.name.startsWith(".") || LEFT_OUT.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && SOURCE.test(entry.name) && !DECLARATION.test(entry.name)) files.push(path);
    }
  };
  visit(project);
  if (files.length > MOST_FILES) return [];
  return files.map((path) => ({
    file: relative(root, path).split(sep).join("/"),
    text: readFileSync(path, "utf8"),
  }));
}
