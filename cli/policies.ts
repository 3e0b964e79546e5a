import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exemption } from "../contracts/exemption.ts";
import { TAG_KEYS } from "../contracts/tags.ts";
import { type Environment, type EnvironmentKind, ORGANISATION } from "../environments/index.ts";
import { analyzePackPath, type PolicySettings, packConfig } from "../policies/index.ts";
import { exemptionsFor } from "./exemptions.ts";

/** What the engine is given to run the policies, and how to clean up behind it. */
export interface PolicyRun {
  /** Names of the packs, as findings carry them. */
  readonly names: readonly string[];
  readonly options: { readonly policyPacks: string[]; readonly policyPackConfigs: string[] };
  dispose(): void;
}

/**
 * Rules about what must not be lost. An environment that is thrown away with all that is in it (`protect` is off) breaks
 * them on purpose: what could not be deleted could not be thrown away.
 */
export const ABOUT_KEEPING = [
  "database-backup-retention",
  "database-deletion-protection",
  "database-final-snapshot",
  "eks-deletion-protection",
  "elb-deletion-protection",
  "kms-deletion-window",
  "rds-cluster-reader",
  "rds-multi-az",
  "s3-no-force-destroy",
] as const;

/**
 * Kinds of environments in which rules put right by themselves what they can. In none: what an environment is, is what the
 * program says. It is a setting and no option of the command, since a deployment without it would take back what one
 * with it has put right.
 */
const FIXING: readonly EnvironmentKind[] = [];

/** How strictly an environment is judged, in one place for all of them. */
export function policySettings(
  environment: Environment,
  how: Pick<PolicySettings, "rightsBefore"> & {
    readonly advisory: boolean;
    readonly exemptions?: readonly Exemption[];
  },
): PolicySettings {
  return {
    // Where users or other teams depend on it, what the rules find stops the change.
    enforcement: how.advisory || environment.kind === "dev" ? "advisory" : "mandatory",
    rules: environment.protect ? {} : Object.fromEntries(ABOUT_KEEPING.map((id) => [id, "disabled" as const])),
    fix: FIXING.includes(environment.kind),
    exemptions: how.exemptions ?? [],
    ...(how.rightsBefore === undefined ? {} : { rightsBefore: how.rightsBefore }),
    allowedTagValues: {
      [TAG_KEYS.owner]: [...ORGANISATION.owners],
      [TAG_KEYS.costCentre]: [...ORGANISATION.costCentres],
      [TAG_KEYS.environment]: [environment.name],
    },
  };
}

/** All rules as one pack, configured by the environment: a pack is a process of its own, so one is enough. */
export function policyOptions(
  environment: Environment,
  checkout: string,
  how: Pick<PolicySettings, "rightsBefore"> & { readonly advisory: boolean },
): PolicyRun {
  const exemptions = exemptionsFor(checkout, environment.name);
  const folder = mkdtempSync(join(tmpdir(), "causeway-policies-"));
  const file = join(folder, "config.json");
  const config = packConfig(policySettings(environment, { ...how, exemptions }));
  writeFileSync(file, JSON.stringify(config));
  return {
    names: ["causeway"],
    options: { policyPacks: [analyzePackPath(checkout)], policyPackConfigs: [file] },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
