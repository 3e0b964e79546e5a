import type { Stage } from "../../contracts/ledger.ts";
import { COLOURS } from "../../contracts/vocabulary.ts";
import type { Decision } from "../ports.ts";
import { capacityOf } from "./state.ts";
import { act, type Turn } from "./steps.ts";

/** Stages in which users may be sent to either colour at the next moment. */
const KEPT: readonly Stage[] = [
  "warming",
  "smoke-testing",
  "shifting",
  "confirming",
  "baking",
  "soaking",
  "awaiting",
  "draining",
];

/**
 * Gives both colours more tasks when the load has grown since they got theirs: either must be able to have all users at
 * any moment, and a release may wait for a person over night.
 *
 * @returns undefined when they have enough, or cannot have more now: nothing else waits for it
 */
export function keepUp(turn: Turn): Decision | undefined {
  const { state, observation } = turn;
  const capacity = capacityOf(state);
  if (capacity === undefined || state.stage === undefined || !KEPT.includes(state.stage)) return undefined;
  const minimum = Math.max(capacity, neededTasks(turn, capacity));
  // More than that is somebody's own wish.
  const colour = COLOURS.find((one) => observation.colours[one].minimum < minimum);
  if (colour === undefined) return undefined;
  const reason = `The load has grown: ${colour} gets ${minimum} tasks.`;
  const decision = act(turn, { type: "setScalableMinimum", colour, minimum }, reason);
  return decision.next.type === "act" ? decision : undefined;
}

/**
 * Tasks that all users need. A colour that half of them or more are on says so, and only by what autoscaling gave it
 * beyond what the release asked for.
 */
function neededTasks({ state, observation }: Turn, capacity: number): number {
  const { plan, weights } = state;
  const needed = COLOURS.map((colour) => {
    const { running } = observation.colours[colour];
    return weights[colour] >= 50 && running > capacity ? Math.ceil((running * 100) / weights[colour]) : 0;
  });
  return Math.min(plan.scaling.max, Math.max(...needed));
}
