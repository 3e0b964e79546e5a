import { baseline } from "./baseline.ts";

/** The rehearsal: production's shape at a smaller size, where releases and restores are tried out. */
export const staging = baseline("staging", {
  kind: "staging",
  services: { hello: { scaling: { max: 6 }, release: { soakMinutes: 15 } } },
  data: { database: { serverless: { minAcu: 0.5, maxAcu: 4 }, seedStrategy: "sanitised" } },
  backup: { vaultLock: undefined, copyRegion: undefined },
  alerts: {
    routes: {
      P0: { email: ["platform@example.com"], https: [] },
      P1: { email: ["platform@example.com"], https: [] },
    },
  },
  budget: { monthlyUsd: 1200 },
});
