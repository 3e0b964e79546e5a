import { baseline } from "./baseline.ts";

/** What users depend on. The baseline already has production's strength, so there is little to say. */
export const production = baseline("production", {
  kind: "production",
  zones: ["a", "b", "c"],
  network: { nat: "per-zone" },
  data: { database: { seedStrategy: "full" } },
  budget: { monthlyUsd: 3000 },
});
