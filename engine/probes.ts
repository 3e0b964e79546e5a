import * as semver from "semver";
import { findEngine } from "./resolve.ts";
import type { EngineOptions, Probe } from "./types.ts";

/** Node version the programs need: it runs TypeScript itself, and reads it from ES modules. */
export const NODE_MINIMUM = "24.0.0";

/** Whether the Node that runs this process can run the programs too. */
export function probeNode(version: string = process.versions.node): Probe {
  if (semver.gte(version, NODE_MINIMUM)) return { name: "Node.js", ok: true, detail: version };
  return {
    name: "Node.js",
    ok: false,
    detail: `${version} is too old: ${NODE_MINIMUM} or later is needed`,
    remedy: "run `npm ci`, which brings the right one for `npx causeway`; or install Node.js 24",
  };
}

/** Whether there is an engine, without getting one. */
export async function probeEngine(options: EngineOptions = {}): Promise<Probe> {
  const { engine, ...missing } = await findEngine(options);
  if (engine !== undefined) {
    const host = engine.languageHost === "official" ? "the official language host" : "causeway's own language host";
    const where = engine.source === "path" ? "from PATH" : "from the cache";
    return { name: "Pulumi engine", ok: true, detail: `${engine.version} ${where}, with ${host} (${engine.binary})` };
  }
  const reasons = "passedOver" in missing ? missing.passedOver.map((p) => p.reason).join("; ") : "";
  return {
    name: "Pulumi engine",
    ok: false,
    detail: `none yet: ${reasons}`,
    remedy: "run any command that needs it, such as `npx causeway preview local`: it downloads or builds the engine",
  };
}
