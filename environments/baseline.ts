import { type Definition, define, type Layer, type WrittenLayer } from "./definition.ts";
import type { EnvironmentKind } from "./model/environment.ts";
import { hello } from "./services/hello.ts";

/**
 * What every environment is unless it says otherwise: production's strength. An environment's own file holds only its
 * deviations, so parity is what happens when nobody writes anything, and a new environment starts out safe.
 */
const BASELINE: Layer = {
  region: "eu-west-1",
  zones: ["a", "b", "c"],
  protect: true,

  network: {
    tiers: ["public", "private", "isolated"],
    nat: "per-zone",
    endpoints: { gateway: ["s3", "dynamodb"], interface: ["ecr.api", "ecr.dkr", "logs", "secretsmanager"] },
    flowLogs: { retentionDays: 90 },
  },

  entry: {
    public: true,
    httpsOnly: true,
    // A placeholder: put your certificate's ARN here before the first `up` on AWS.
    certificateArn: "arn:aws:acm:eu-west-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
    accessLogs: { retentionDays: 90 },
    deletionProtection: true,
  },

  logs: { retentionDays: 30 },

  data: {
    database: {
      engine: "aurora-postgresql",
      version: "17.5",
      serverless: { minAcu: 1, maxAcu: 16 },
      instances: 2,
      multiAz: true,
      backupRetentionDays: 14,
      deletionProtection: true,
      dataClass: "critical",
      seedStrategy: "test-data",
    },
  },

  backup: {
    vaultLock: { mode: "governance", minRetentionDays: 7, maxRetentionDays: 365 },
    copyRegion: "eu-central-1",
    plans: {
      internal: { schedule: "daily", retentionDays: 35 },
      personal: { schedule: "daily", continuous: true, retentionDays: 35 },
      critical: { schedule: "hourly", continuous: true, retentionDays: 35 },
    },
  },
  recovery: { rpoMinutes: 5, rtoMinutes: 60 },

  // Placeholders: these hosts are reserved for examples and reach nobody.
  alerts: {
    routes: {
      P0: { email: ["oncall@example.com"], https: ["https://paging.example.com/causeway"] },
      P1: { email: ["oncall@example.com"], https: ["https://paging.example.com/causeway"] },
      P2: { email: ["platform@example.com"] },
      P3: { email: ["platform@example.com"] },
      P4: { email: [] },
    },
  },

  tags: { owner: "platform", costCentre: "shared-infrastructure", dataClass: "none" },
};

/** An environment's own file: its kind and its deviations from the baseline. */
export type Deviations = Layer & { readonly kind: EnvironmentKind };

interface Options {
  /** Layers between the baseline and the environment's own deviations. */
  readonly with?: readonly WrittenLayer[];
  /** File that holds the deviations. @default `environments/<name>.ts` */
  readonly file?: string;
}

/** An environment as the baseline with its deviations. */
export function baseline(name: string, deviations: Deviations, options: Options = {}): Definition {
  const file = options.file ?? `environments/${name}.ts`;
  return define(file, [
    { file: "environments/services/hello.ts", layer: hello },
    { file: "environments/baseline.ts", layer: BASELINE },
    ...(options.with ?? []),
    { file, layer: { name, ...deviations } },
  ]);
}
