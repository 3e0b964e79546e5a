import { baseline } from "./baseline.ts";
import type { Definition } from "./definition.ts";
import { disposable } from "./disposable.ts";

/** One for each pull request, called `pr-<number>`, on the simulated cloud; gone when the request is closed. */
export function preview(number: number): Definition {
  return baseline(
    `pr-${number}`,
    {
      kind: "preview",
      entry: { httpsOnly: false, certificateArn: undefined },
      alerts: {
        routes: { P0: { email: [], https: [] }, P1: { email: [], https: [] }, P2: { email: [] }, P3: { email: [] } },
      },
      budget: { monthlyUsd: 1 },
    },
    { with: [disposable], file: "environments/preview.ts" },
  );
}
