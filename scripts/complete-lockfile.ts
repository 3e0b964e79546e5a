/**
 * Completes package-lock.json after `npm install`: `npm ci` refuses a lockfile that lacks an optional package, and npm
 * leaves out those that a registry mirror of one platform does not have. What is added is skipped on other platforms.
 *
 * Usage: node scripts/complete-lockfile.ts
 */
import { readFileSync, writeFileSync } from "node:fs";

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const OS = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32", "aix"];
const CPU = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"];

/** Operating system, processor and C library, as platform packages say them in their names. */
function platformOf(name: string): Pick<LockEntry, "os" | "cpu" | "libc"> {
  const words = (name.split("/").at(-1) ?? "").split("-");
  const find = (known: readonly string[]) => words.filter((word) => known.includes(word)).slice(-1);
  const libc = words.some((word) => word.startsWith("musl")) ? ["musl"] : [];
  const cpu = find(CPU);
  const os = find(OS);
  return { ...(cpu.length > 0 ? { cpu } : {}), ...(os.length > 0 ? { os } : {}), ...(libc.length > 0 ? { libc } : {}) };
}

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockEntry> };
let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[key] !== undefined || !/^\d/.test(version) || platform.cpu === undefined) continue;
    lock.packages[key] = { version, ...(entry.dev ? { dev: true } : {}), optional: true, ...platform };
    added += 1;
  }
}
const [root, ...others] = Object.entries(lock.packages);
const sorted = Object.fromEntries([root!, ...others.sort(([a], [b]) => a.localeCompare(b, "en"))]);
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, undefined, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);
