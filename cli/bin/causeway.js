#!/usr/bin/env node
// Plain JavaScript on purpose: it must be readable by the oldest Node someone may start it with, so that Node can be
// told apart from a broken program. Node runs TypeScript itself from 22.18 and 24 on; a checkout carries its own Node 24.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { goOnIn } from "./own-node.js";

const OLDEST_MAJOR = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const major = Number(process.versions.node.split(".")[0]);

if (major >= OLDEST_MAJOR) {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "causeway", "node"));
  const { main } = await import("../main.ts");
  await main(process.argv, root);
} else {
  const own = join(root, "node_modules", "node", "bin", "node");
  if (!existsSync(own)) {
    process.stderr.write(
      `causeway needs Node ${OLDEST_MAJOR} or newer and this is ${process.version}: run "npm ci" in the checkout, which brings it, or install it.\n`,
    );
    process.exit(10);
  }
  const path = [dirname(own), process.env.PATH ?? ""].join(":");
  goOnIn(own, process.argv.slice(1), { ...process.env, PATH: path });
}
