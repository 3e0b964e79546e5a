import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const NAME = "causeway-policies";

/** What users import: all rules and packs, the harness to test packs with, and reports on what they find. */
const ENTRIES = {
  index: "policies/library.ts",
  harness: "policies/harness/index.ts",
  report: "policies/report/index.ts",
} as const;

/**
 * Makes the policies a package that any project can install: JavaScript, since Node refuses TypeScript under
 * node_modules, with declarations, and the pack folders ready to be run.
 *
 * @param root root of the repository
 * @param target folder of the package; what is in it is lost
 */
export async function buildPackage(root: string, target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { build } = await import("esbuild");
  await build({
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, file)])),
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    packages: "external",
    outdir: target,
    logLevel: "warning",
  });
  declare(root, target);
  const version = copyPacks(root, target);
  for (const file of ["LICENSE"]) cpSync(join(root, file), join(target, file));
  copyPages(root, target);
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest(root, version), null, 2)}\n`);
}

/** Declarations next to the JavaScript; they keep the sources' folders, so they lie in one of their own. */
function declare(root: string, target: string): void {
  const settings = mkdtempSync(join(target, "tsc-"));
  const config = join(settings, "tsconfig.json");
  const types = join(target, "types");
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: root,
        outDir: types,
        typeRoots: [join(root, "node_modules/@types")],
      },
      include: [],
      files: Object.values(ENTRIES).map((file) => join(root, file)),
    }),
  );
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { stdio: "pipe" });
  rmSync(settings, { recursive: true });
  rewriteSpecifiers(types);
  for (const [name, file] of Object.entries(ENTRIES)) {
    const source = `./types/${file.replace(/\.ts$/, ".js")}`;
    writeFileSync(join(target, `${name}.d.ts`), `export * from "${source}";\n`);
  }
}

function rewriteSpecifiers(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) rewriteSpecifiers(path);
    else writeFileSync(path, readFileSync(path, "utf8").replace(/(["']\.{1,2}\/[^"']+)\.ts(["'])/g, "$1.js$2"));
  }
}

/** The README, and the pages that it and messages name, where their links lead to each other. */
function copyPages(root: string, target: string): void {
  const guides = "docs/guides";
  const written = (from: string, to: string, text: (page: string) => string) =>
    writeFileSync(join(target, to), text(readFileSync(join(root, from), "utf8")));
  mkdirSync(join(target, guides), { recursive: true });
  written("policies/README.md", "README.md", (page) => page.replaceAll("](../docs/", "](docs/"));
  for (const name of readdirSync(join(root, guides)).filter((file) => /^policy-.*\.md$/.test(file))) {
    written(`${guides}/${name}`, `${guides}/${name}`, (page) => page.replaceAll("](../../policies/", "](../../"));
  }
}

/** @returns version of the packs, which is the package's */
function copyPacks(root: string, target: string): string {
  const serve = readFileSync(join(root, "policies/pack.js"), "utf8");
  writeFileSync(join(target, "pack.js"), serve.replaceAll("packs.ts", "index.js"));
  const packs = join(root, "policies/pack");
  let version = "";
  for (const pack of readdirSync(packs)) {
    const folder = join(target, "pack", pack);
    cpSync(join(packs, pack), folder, { recursive: true });
    version = (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
  }
  return version;
}

function manifest(root: string, version: string): object {
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    license: string;
    dependencies: Record<string, string>;
  };
  const peers = ["@pulumi/policy", "@pulumi/pulumi", "google-protobuf"];
  return {
    name: NAME,
    version,
    description: "Policy packs for Pulumi on AWS that read IAM documents and know which types take tags",
    license: own.license,
    type: "module",
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./harness": { types: "./harness.d.ts", default: "./harness.js" },
      "./report": { types: "./report.d.ts", default: "./report.js" },
      "./package.json": "./package.json",
    },
    engines: { node: ">=22.12" },
    peerDependencies: Object.fromEntries(peers.map((name) => [name, `^${own.dependencies[name]}`])),
  };
}
