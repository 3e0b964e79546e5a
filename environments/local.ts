import { baseline } from "./baseline.ts";
import { disposable } from "./disposable.ts";

/** A developer's own, on the simulated cloud: no account, no cost. */
export const local = baseline(
  "local",
  {
    kind: "local",
    entry: { httpsOnly: false, certificateArn: undefined },
    budget: { monthlyUsd: 1 },
  },
  { with: [disposable] },
);
