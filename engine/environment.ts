import path from "node:path";
import { defaultCacheRoot } from "./paths.ts";
import type { Engine } from "./types.ts";

/**
 * Environment variables with which any process uses an engine as this project means it: the engine first on PATH, then
 * the Node that runs this process, because the language host starts the `node` of PATH.
 */
export function engineEnvironment(engine: Engine, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const first = [engine.binDir, path.dirname(process.execPath)];
  const rest = (env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "" && !first.includes(folder));
  return {
    PATH: [...first, ...rest].join(path.delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Hints to sign up for a hosted service do not belong into the output of a file backend.
    PULUMI_DIY_BACKEND_NO_LEGACY_WARNING: "true",
    // A program and a policy pack load about 1,500 modules in each run; with their code cached that takes half the time.
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE || path.join(defaultCacheRoot(env), "node"),
  };
}
