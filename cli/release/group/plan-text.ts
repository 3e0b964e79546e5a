import pc from "picocolors";
import { duration } from "../../../delivery/bakes.ts";
import { listed } from "../../../delivery/group/decide.ts";
import type { PreparedRelease } from "../plan.ts";
import { planText } from "../plan-text.ts";

/** What a release of several services would do, in its order, and how long the whole takes. */
export function groupPlanText(prepared: readonly PreparedRelease[]): string {
  const services = prepared.map(({ plan }) => plan.service);
  const { environment, release } = prepared[0]!.plan;
  const minutes = prepared.map(minutesOf);
  const total = minutes.reduce((sum, one) => sum + one, 0);
  const known = Number.isFinite(total)
    ? `about ${duration(total)} until all are promoted`
    : "how long it takes is not known";
  return [
    `${pc.bold(listed(services))} in ${pc.bold(environment)}: release ${release}, one service after the other`,
    ...prepared.map((one, index) => `\n${index + 1}. ${planText(one)}`),
    "",
    `All together: ${services.join(" → ")}; ${known}, then their old tasks end.`,
    `When one fails all go back, the last first: ${services.toReversed().join(", ")}.`,
  ].join("\n");
}

/** From a service's beginning until it is promoted: bakes, the sample in which traffic moves at each step, soak. */
function minutesOf({ plan, bakes }: PreparedRelease): number {
  if (bakes === undefined) return Number.POSITIVE_INFINITY;
  const steps = bakes.reduce((sum, { minutes }) => sum + minutes + (2 * plan.sampleSeconds) / 60, 0);
  const prepare = (plan.healthyChecks * plan.healthCheckSeconds) / 60;
  return prepare + steps + plan.soakMinutes + plan.sampleSeconds / 60;
}
