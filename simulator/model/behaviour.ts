/** What simulated tasks do with requests. */
import type { Random } from "../dataplane/weights.ts";

/** Draws milliseconds. */
export type Delay = (random: Random) => number;

export interface Behaviour {
  /** Time it takes to answer a request. */
  readonly answerMs: Delay;
  /** Share of requests answered with 500, at a moment in milliseconds since the epoch. @default 0 */
  readonly errorRate?: number | ((now: number) => number);
  /** Whether it passes its health checks, at a moment. @default true */
  readonly healthy?: boolean | ((now: number) => boolean);
  /** From its start until it takes connections, in milliseconds. @default 1000 */
  readonly startMs?: number;
  /** From when it may end, its last request answered, until it has. @default 100 */
  readonly stopMs?: number;
  /** Whether it ends at once when asked to, whatever it has in hand. @default false */
  readonly abrupt?: boolean;
  /** When it ends of itself, counted from its start. @default never */
  readonly crashAfterMs?: number;
  /** CPU time of a request, in milliseconds. @default 1 */
  readonly cpuMs?: number;
  /** @default 64 */
  readonly memoryMiB?: number;
}

export function constant(ms: number): Delay {
  return () => ms;
}

export function exponential(meanMs: number): Delay {
  return (random) => -Math.log(1 - random()) * meanMs;
}

/** As answers of services are spread: half of them below the median, one of a hundred above `p99Ms`. */
export function logNormal(medianMs: number, p99Ms: number): Delay {
  // 2.326… is the 99th percentile of the standard normal distribution.
  const sigma = Math.log(p99Ms / medianMs) / 2.3263478740408408;
  return (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return medianMs * Math.exp(sigma * normal);
  };
}

export function at<T>(value: T | ((now: number) => T) | undefined, now: number, otherwise: T): T {
  if (value === undefined) return otherwise;
  return typeof value === "function" ? (value as (now: number) => T)(now) : value;
}
