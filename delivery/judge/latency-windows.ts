import type { ReleaseStep } from "../../contracts/release.ts";
import type { Traffic } from "../settings.ts";

/** Requests a window needs before its percentile says anything: fewer give a false alarm in more than 1 of 1,000. */
export const LEAST_REQUESTS = { p95Ms: 300, p99Ms: 1500 } as const;

/** Lengths of windows that CloudWatch has, in seconds; those below a minute only of metrics that are as fine. */
const LENGTHS = [5, 10, 30, 60, 300, 900, 3600] as const;

/** Windows begin at multiples of their length, so two whole ones fit into three lengths. */
const ROOM = 3;

/** Traffic comes unevenly: plan for a fifth more than is needed. */
const MARGIN = 1.2;

/**
 * The shortest windows in which a step has requests enough on both sides.
 *
 * A step that has too few is not judged by that percentile and the plan says so. The last step always is by p95: a
 * version that nobody measured is never promoted without a person.
 */
export function latencyWindows(
  step: ReleaseStep,
  traffic: Traffic | undefined,
  last: boolean,
  soakMinutes: number,
  sampleSeconds = 60,
): Pick<ReleaseStep, "p95WindowSeconds" | "p99WindowSeconds"> {
  const share = step.weight === 100 ? 1 : Math.min(step.weight, 100 - step.weight) / 100;
  const perSecond = (traffic?.requestsPerSecond ?? 0) * share;
  const minutes = Math.max(step.bakeMinutes, last ? soakMinutes : 0);
  const lengths = [
    sampleSeconds,
    ...LENGTHS.filter((length) => length > sampleSeconds && length % sampleSeconds === 0),
  ];
  const enough = (needed: number) => lengths.filter((seconds) => perSecond * seconds >= needed * MARGIN);
  const windowFor = (needed: number): number | undefined =>
    enough(needed).find((seconds) => seconds === sampleSeconds || seconds * ROOM <= minutes * 60);
  const p95 = windowFor(LEAST_REQUESTS.p95Ms) ?? (last ? Math.min(60, ...enough(LEAST_REQUESTS.p95Ms)) : undefined);
  const p99 = windowFor(LEAST_REQUESTS.p99Ms);
  return {
    ...(p95 === undefined ? {} : { p95WindowSeconds: p95 }),
    ...(p99 === undefined ? {} : { p99WindowSeconds: p99 }),
  };
}
