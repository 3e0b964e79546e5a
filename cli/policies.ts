import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TAG_KEYS } from "../contracts/tags.ts";
import { type Environment, ORGANISATION } from "../environments/index.ts";
import { analyzePackPath, packConfig } from "../policies/index.ts";

/** What the engine is given to run the policies, and how to clean up behind it. */
export interface PolicyRun {
  /** Names of the packs, as findings carry them. */
  readonly names: readonly string[];
  readonly options: { readonly policyPacks: string[]; readonly policyPackConfigs: string[] };
  dispose(): void;
}

/** All rules as one pack, configured by the environment: a pack is a process of its own, so one is enough. */
export function policyOptions(environment: Environment, checkout: string, how: { advisory: boolean }): PolicyRun {
  const folder = mkdtempSync(join(tmpdir(), "causeway-policies-"));
  const file = join(folder, "config.json");
  const config = packConfig({
    // Where users or other teams depend on it, what the rules find stops the change.
    enforcement: how.advisory || environment.kind === "dev" ? "advisory" : "mandatory",
    allowedTagValues: {
      [TAG_KEYS.owner]: [...ORGANISATION.owners],
      [TAG_KEYS.costCentre]: [...ORGANISATION.costCentres],
      [TAG_KEYS.environment]: [environment.name],
    },
  });
  writeFileSync(file, JSON.stringify(config));
  return {
    names: ["causeway"],
    options: { policyPacks: [analyzePackPath(checkout)], policyPackConfigs: [file] },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
