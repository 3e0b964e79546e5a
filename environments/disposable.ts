import type { WrittenLayer } from "./definition.ts";

/** An environment nobody misses: it is destroyed and made again, and its data comes from the seeding job. */
export const disposable: WrittenLayer = {
  file: "environments/disposable.ts",
  layer: {
    zones: ["a", "b"],
    protect: false,
    network: { nat: "one" },
    entry: { deletionProtection: false },
    data: {
      database: {
        serverless: { minAcu: 0.5, maxAcu: 2 },
        backupRetentionDays: 1,
        deletionProtection: false,
        dataClass: "transient",
        seedStrategy: "test-data",
      },
    },
    // A locked vault cannot be destroyed, and nobody restores test data from another region.
    backup: { vaultLock: undefined, copyRegion: undefined },
    services: { hello: { scaling: { min: 2, max: 4 }, release: { bakeMinutes: 1, soakMinutes: 1 } } },
  },
};
