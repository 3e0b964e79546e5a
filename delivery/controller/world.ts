import type { Action } from "../../contracts/ledger.ts";
import type { ReleasePlan, Stickiness, Weights } from "../../contracts/release.ts";
import type { Colour } from "../../contracts/vocabulary.ts";
import type { Observation, RuleState, TrafficMinute } from "../ports.ts";
import { binomialLowerTail, binomialUpperTail } from "../statistics/distributions.ts";

export function sameWeights(a: Weights, b: Weights): boolean {
  return a.blue === b.blue && a.green === b.green;
}

function sameStickiness(a: Stickiness, b: Stickiness): boolean {
  return a.enabled === b.enabled && (!a.enabled || !b.enabled || a.durationSeconds === b.durationSeconds);
}

/** The rules of the plan as they were seen; undefined for one that is not there. */
export function rulesOf(rules: readonly string[], observation: Observation): (RuleState | undefined)[] {
  return rules.map((arn) => observation.rules.find((rule) => rule.arn === arn));
}

/** Whether the world is as the action would make it; undefined when the world cannot tell (a hook, a test). */
export function isDone(action: Action, observation: Observation): boolean | undefined {
  switch (action.type) {
    case "setWeights":
      return rulesOf(action.rules, observation).every(
        (rule) =>
          rule !== undefined &&
          sameWeights(rule.weights, action.weights) &&
          sameStickiness(rule.stickiness, action.stickiness),
      );
    case "setDesiredCount": {
      // Autoscaling may have gone further up already, which is its right.
      const { desired } = observation.colours[action.colour];
      return action.count === 0 ? desired === 0 : desired >= action.count;
    }
    case "setScalableMinimum":
      return observation.colours[action.colour].minimum === action.minimum;
    case "deploy":
      return observation.colours[action.colour].taskDefinition === action.taskDefinition;
    default:
      return undefined;
  }
}

/** With all data this unlikely, a share is not the one that was asked for. */
const UNLIKELY = 1e-4;

/** Load balancers are not dice: a share this close to the weight, relatively, is the weight. */
const CLOSE = 0.1;

/** Requests of a target group that may still be counted after its last one began: they took long. */
const STRAGGLERS = 0.001;

/**
 * Whether so many of all requests on the candidate mean that its share is `weight` per cent now, and no longer
 * `previous`. Undefined when there are too few requests to tell.
 */
export function sharesAgree(candidate: number, all: number, weight: number, previous: number): boolean | undefined {
  if (all === 0) return undefined;
  const share = weight / 100;
  if (weight === 100) {
    if (all - candidate > all * STRAGGLERS) return false;
  } else {
    const likely =
      Math.min(binomialUpperTail(candidate, all, share), binomialLowerTail(candidate, all, share)) >= UNLIKELY;
    if (!likely && Math.abs(candidate / all / share - 1) > CLOSE) return false;
  }
  const was = previous / 100;
  const tail = weight > previous ? binomialUpperTail(candidate, all, was) : binomialLowerTail(candidate, all, was);
  return weight === previous || tail < UNLIKELY ? true : undefined;
}

/**
 * Whether the data plane has followed: the newest full samples show the new share and not the old one. A weight that
 * the API returns says only what was asked for.
 */
export function dataPlaneAgrees(
  plan: ReleasePlan,
  samples: readonly TrafficMinute[],
  weight: number,
  previous: number,
): boolean | undefined {
  let candidate = 0;
  let all = 0;
  let answer: boolean | undefined;
  for (const { colours } of samples.toReversed()) {
    candidate += colours[plan.candidate].requests;
    all += colours.blue.requests + colours.green.requests;
    const agrees = sharesAgree(candidate, all, weight, previous);
    if (agrees === true) return true;
    answer ??= agrees;
  }
  return answer;
}

/** Full samples that began at or after a moment. */
export function samplesSince(plan: ReleasePlan, observation: Observation, since: number): readonly TrafficMinute[] {
  return observation.minutes.filter(
    ({ start }) => start >= since && start + plan.sampleSeconds * 1000 <= observation.completeThrough,
  );
}

/** Standard deviations that `UNLIKELY` and a chance of 98 % stand for. */
const UNLIKELY_DEVIATIONS = 4;
const LIKELY_DEVIATIONS = 2;

/** Requests for a probe to see a share at all with 99.9 %, and to tell it from the one before. */
export function probeSize(weight: number, previous: number): number {
  if (weight === 100) return 50;
  const [share, was] = [weight / 100, previous / 100];
  const spread = (p: number) => Math.sqrt(p * (1 - p));
  const apart = (UNLIKELY_DEVIATIONS * spread(was) + LIKELY_DEVIATIONS * spread(share)) / (share - was);
  return Math.ceil(Math.max(50, Math.log(0.001) / Math.log(1 - share), apart ** 2));
}

/** End of the last full sample in which a colour still answered a request after it should not have got any. */
export function lastTraffic(plan: ReleasePlan, observation: Observation, colour: Colour, since: number): number {
  const length = plan.sampleSeconds * 1000;
  const last = observation.minutes.findLast(
    ({ start, colours }) => start + length > since && colours[colour].requests > 0,
  );
  return last === undefined ? since : Math.max(since, last.start + length);
}
