import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { build } from "esbuild";

/** What the code of functions is made of, besides installed packages, which the lockfile stands for. */
const SOURCES = ["contracts/**/*.ts", "delivery/**/*.ts", "functions/**/*.ts", "package-lock.json"];

/** Packages that were written for CommonJS ask for Node's own modules by `require`. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * The code of a function as one file: the same bytes for the same sources, wherever they lie and whoever bundles.
 *
 * It is kept in `dist/`, by what it was made of, since bundling takes a second and previews are many.
 *
 * @param root the checkout
 * @param name the function's folder in `functions/`
 * @returns path of the file
 * @throws Error when a source cannot be bundled
 */
export async function bundleFunction(root: string, name: string): Promise<string> {
  const folder = join(root, "dist", "functions", `${name}-${sourcesDigest(root)}`);
  const file = join(folder, "index.mjs");
  if (existsSync(file)) return file;
  mkdirSync(join(root, "dist", "functions"), { recursive: true });
  const partial = mkdtempSync(join(root, "dist", "functions", "partial-"));
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [`functions/${name}/handler.ts`],
      outfile: join(partial, "index.mjs"),
      bundle: true,
      platform: "node",
      target: "node24",
      format: "esm",
      minify: true,
      legalComments: "none",
      banner: { js: REQUIRE },
      logLevel: "silent",
    });
    renameSync(partial, folder);
  } catch (error) {
    // Another run was faster; its result is the same.
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return file;
}

/** The code of a function as Lambda takes it. */
export async function functionCode(root: string, name: string): Promise<pulumi.asset.Archive> {
  const file = await bundleFunction(root, name);
  // A relative path: the state of a stack says nothing about whose checkout made it.
  const asset = new pulumi.asset.FileAsset(relative(process.cwd(), file));
  return new pulumi.asset.AssetArchive({ "index.mjs": asset });
}

function sourcesDigest(root: string): string {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
