import { baseline } from "./baseline.ts";
import { disposable } from "./disposable.ts";

/** A developer's own, on the simulated cloud: no account, no cost. */
export const local = baseline(
  "local",
  {
    kind: "local",
    entry: { httpsOnly: false, certificateArn: undefined },
    budget: { monthlyUsd: 1 },
    // A release to watch from beginning to end: it takes minutes, by metrics that only the simulated cloud has.
    services: {
      hello: {
        healthCheck: { intervalSeconds: 5, timeoutSeconds: 4 },
        drainSeconds: 5,
        release: {
          steps: [20, 50, 100],
          bakeMinutes: 0.25,
          maxBakeMinutes: 10,
          soakMinutes: 0.25,
          sampleSeconds: 5,
          propagationSeconds: 5,
          judgement: { errorFloorPercent: 10 },
          // The machine does other things too, and they make everybody slower; the build `slow` is a hundred times as slow.
          rollback: { latencyIncreasePercent: 400 },
          limits: { prepare: 2, confirm: 3 },
        },
      },
    },
  },
  { with: [disposable] },
);
