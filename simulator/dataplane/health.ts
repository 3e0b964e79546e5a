/** Health checks of one target group, each target on its own beat. */
import type { Clock } from "../clock/clock.ts";
import { matchesStatus, type Target, type TargetGroupRuntime } from "./targets.ts";
import type { HealthCheck } from "./topology.ts";

/** Asks a target once and gives the status of its answer; `undefined` when there was none within the time. */
export type Probe = (
  target: Target,
  check: HealthCheck,
  timeoutMs: number,
  done: (status: number | undefined) => void,
) => void;

export class HealthChecker {
  readonly #runtime: TargetGroupRuntime;
  readonly #clock: Clock;
  readonly #probe: Probe;
  readonly #onChange: (target: Target) => void;
  #closed = false;

  constructor(runtime: TargetGroupRuntime, clock: Clock, probe: Probe, onChange: (target: Target) => void) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#probe = probe;
    this.#onChange = onChange;
  }

  /** Begins to check a target that was just registered. */
  watch(target: Target): void {
    if (this.#runtime.group.healthCheck.enabled) this.#clock.after(0, () => this.#check(target));
  }

  close(): void {
    this.#closed = true;
  }

  #isWatched(target: Target): boolean {
    return !this.#closed && this.#runtime.get(target.id) === target && target.state !== "draining";
  }

  #check(target: Target): void {
    if (!this.#isWatched(target)) return;
    const { healthCheck } = this.#runtime.group;
    const started = this.#clock.now();
    const timeoutMs = healthCheck.timeoutSeconds * 1000;
    const done = (status: number | undefined) => {
      if (!this.#isWatched(target)) return;
      const now = this.#clock.now();
      const success = status !== undefined && matchesStatus(healthCheck.matcher, status);
      if (this.#runtime.observe(target.id, success, now)) this.#onChange(target);
      this.#clock.after(Math.max(0, healthCheck.intervalSeconds * 1000 - (now - started)), () => this.#check(target));
    };
    // A slow target is slow to its health checks too, and one that is cut off stays silent.
    const left = timeoutMs - target.slowMs;
    if (!target.reachable || left <= 0) this.#clock.after(timeoutMs, () => done(undefined));
    else if (target.slowMs === 0) this.#probe(target, healthCheck, timeoutMs, done);
    else this.#clock.after(target.slowMs, () => this.#probe(target, healthCheck, left, done));
  }
}
