import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** Files of the bundle, without the wrapper. */
const ENTRIES = { "language-host": "main.ts", "parent-watch": "parent-watch.ts" } as const;

/**
 * Node runs the bundle from the folder the wrapper lies in, so nothing points into a checkout. NODE_OPTIONS is meant
 * for the program, not for the host.
 */
const WRAPPER = `#!/bin/sh
CAUSEWAY_HOST_NODE_OPTIONS=\${NODE_OPTIONS-}
export CAUSEWAY_HOST_NODE_OPTIONS
unset NODE_OPTIONS
if ! command -v node >/dev/null 2>&1; then
  echo "pulumi-language-nodejs: there is no node on PATH; install Node.js 24 or add it to PATH." >&2
  exit 127
fi
exec node "\${0%/*}/language-host.cjs" "$@"
`;

/**
 * The provider of `pulumi.dynamic` resources, which the official engine brings along too. It runs from the SDK of the
 * program it is started for, in the program's folder.
 */
const DYNAMIC_PROVIDER = `#!/bin/sh
script=$(node -p 'require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [process.cwd()] })') || exit 1
exec node --require="\${0%/*}/parent-watch.cjs" "$script" "$@"
`;

/** Executables of the bundle, with their content. */
const SCRIPTS = { "pulumi-language-nodejs": WRAPPER, "pulumi-resource-pulumi-nodejs": DYNAMIC_PROVIDER } as const;

/** Hash of all that the bundle is made of: its sources, the scripts, and the versions of what it takes in. */
export function hostHash(checkout: string): string {
  const hash = createHash("sha256").update(JSON.stringify(SCRIPTS));
  const sources = path.join(checkout, "engine", "language-host");
  for (const file of readdirSync(sources).sort()) {
    hash.update(file).update(readFileSync(path.join(sources, file)));
  }
  for (const dependency of ["@pulumi/pulumi", "@grpc/grpc-js", "google-protobuf", "esbuild"]) {
    hash.update(`${dependency}@${installedVersion(checkout, dependency)}`);
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * Bundles the language host into a folder: its executables and the files they need.
 *
 * @throws Error when esbuild is not installed or refuses the sources
 */
export async function installHost(checkout: string, folder: string): Promise<void> {
  const { build } = await import("esbuild");
  const sources = path.join(checkout, "engine", "language-host");
  await build({
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, path.join(sources, file)])),
    absWorkingDir: checkout,
    bundle: true,
    platform: "node",
    // The engine may be used with a Node older than ours: the host only has to start it.
    target: "node18",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    outdir: folder,
    define: { HOST_VERSION: JSON.stringify(installedVersion(checkout, "@pulumi/pulumi")) },
    logLevel: "silent",
  });
  for (const [name, content] of Object.entries(SCRIPTS)) {
    writeFileSync(path.join(folder, name), content);
    chmodSync(path.join(folder, name), 0o755);
  }
}

/** Whether a folder holds a whole language host of this project. */
export function hasHost(folder: string): boolean {
  return [...Object.keys(SCRIPTS), ...Object.keys(ENTRIES).map((name) => `${name}.cjs`)].every((file) =>
    existsSync(path.join(folder, file)),
  );
}

/**
 * Makes a folder whole or not at all: it is filled under another name and then renamed. When another process was first,
 * its folder stays.
 */
export async function fillFolder(target: string, fill: (temporary: string) => Promise<void> | void): Promise<void> {
  const temporary = mkdtempSync(`${target}.tmp-${process.pid}-`);
  try {
    await fill(temporary);
    chmodSync(temporary, 0o755);
    renameSync(temporary, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function installedVersion(checkout: string, dependency: string): string {
  const require = createRequire(path.join(checkout, "package.json"));
  return JSON.parse(readFileSync(require.resolve(`${dependency}/package.json`), "utf8")).version;
}
