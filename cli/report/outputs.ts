import type { OutputMap } from "@pulumi/pulumi/automation/index.js";

/** Outputs as they may be shown: secrets are replaced, at any depth the engine marks them. */
export function maskedOutputs(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, output]) => [name, output.secret ? "[secret]" : output.value]),
  );
}
