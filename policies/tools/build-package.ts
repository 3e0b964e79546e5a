/**
 * Builds the publishable package into policies/dist:
 *
 *     node policies/tools/build-package.ts && npm pack ./policies/dist
 */
import { join, resolve } from "node:path";
import { buildPackage } from "./package.ts";

const root = resolve(import.meta.dirname, "../..");
const target = join(root, "policies/dist");
await buildPackage(root, target);
console.log(`${target} is ready for npm pack`);
