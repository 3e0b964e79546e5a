import { baseline } from "./baseline.ts";
import { disposable } from "./disposable.ts";
import { greeter } from "./services/greeter.ts";

/** Shared by the teams, on AWS: the first place a change meets the real cloud. */
export const dev = baseline(
  "dev",
  {
    kind: "dev",
    network: { endpoints: { interface: [] } },
    data: { database: { instances: 1, multiAz: false } },
    alerts: {
      routes: {
        P0: { email: ["platform@example.com"], https: [] },
        P1: { email: ["platform@example.com"], https: [] },
      },
    },
    budget: { monthlyUsd: 650 },
  },
  { with: [disposable, { file: "environments/services/greeter.ts", layer: greeter }] },
);
