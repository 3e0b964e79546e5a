/** A target group at run time: who is registered, who is healthy, and who gets the next request. */
import { type Clock, realClock } from "../clock/clock.ts";
import type { TargetGroup } from "./topology.ts";
import type { Random } from "./weights.ts";

export type TargetState = "initial" | "healthy" | "unhealthy" | "draining";

export interface Target {
  /** Stable name for cookies and faults: the id of the task. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly zone: string;
  state: TargetState;
  /** When it became healthy for the first time, if it ramps up slowly. */
  rampFrom: number | undefined;
  inFlight: number;
  /** Delay that somebody injected, in milliseconds. */
  slowMs: number;
  /** Whether packets get there; in a lost zone they do not, and nobody says so. */
  reachable: boolean;
  /** Checks in a row that said the same. */
  successes: number;
  failures: number;
  /** For round robin with unequal weights. */
  credit: number;
}

export class TargetGroupRuntime {
  group: TargetGroup;
  /** Requests that were sent to its targets since it is served. */
  requests = 0;
  readonly #targets = new Map<string, Target>();
  readonly #random: Random;
  readonly #clock: Clock;
  /** Called when a draining target has no request any more. */
  readonly #drained = new Map<string, () => void>();
  /** Worked out once for many requests; forgotten when a target's state changes. */
  #eligible: readonly Target[] | undefined;

  constructor(group: TargetGroup, random: Random, clock: Clock = realClock) {
    this.group = group;
    this.#random = random;
    this.#clock = clock;
  }

  get targets(): Target[] {
    return [...this.#targets.values()];
  }

  get(id: string): Target | undefined {
    return this.#targets.get(id);
  }

  /** Targets that count: a draining one is on its way out. */
  get registered(): Target[] {
    return this.targets.filter(({ state }) => state !== "draining");
  }

  register(at: Pick<Target, "id" | "host" | "port" | "zone">, now: number): Target {
    const target: Target = {
      ...at,
      state: "initial",
      rampFrom: undefined,
      inFlight: 0,
      slowMs: 0,
      reachable: true,
      successes: 0,
      failures: 0,
      credit: 0,
    };
    this.#targets.set(at.id, target);
    this.#eligible = undefined;
    if (!this.group.healthCheck.enabled) this.#becomeHealthy(target, now);
    return target;
  }

  /**
   * Takes the target out of the choice and says when its last request is answered, at the latest after the deregistration
   * delay.
   */
  deregister(id: string, onGone: () => void): void {
    const target = this.#targets.get(id);
    if (target === undefined) {
      onGone();
      return;
    }
    target.state = "draining";
    this.#eligible = undefined;
    const gone = () => {
      cancel();
      this.#drained.delete(id);
      this.#targets.delete(id);
      onGone();
    };
    let cancel = () => {};
    if (target.inFlight === 0) {
      gone();
      return;
    }
    this.#drained.set(id, gone);
    cancel = this.#clock.after(this.group.deregistrationDelaySeconds * 1000, gone);
  }

  /** Forgets a target at once: what was there is gone. */
  drop(id: string): void {
    this.#targets.delete(id);
    this.#eligible = undefined;
    this.#drained.get(id)?.();
  }

  /** Counts a request in; the answer counts it out. */
  begin(target: Target): () => void {
    target.inFlight++;
    this.requests++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      target.inFlight--;
      if (target.inFlight === 0) this.#drained.get(target.id)?.();
    };
  }

  /**
   * Takes the result of a health check. The first success makes a new target healthy; after that the thresholds hold.
   *
   * @returns whether the state changed
   */
  observe(id: string, success: boolean, now: number): boolean {
    const target = this.#targets.get(id);
    if (target === undefined || target.state === "draining") return false;
    target.successes = success ? target.successes + 1 : 0;
    target.failures = success ? 0 : target.failures + 1;
    const { healthyThreshold, unhealthyThreshold } = this.group.healthCheck;
    if (
      success &&
      (target.state === "initial" || (target.state === "unhealthy" && target.successes >= healthyThreshold))
    ) {
      this.#becomeHealthy(target, now);
      return true;
    }
    if (!success && target.state !== "unhealthy" && target.failures >= unhealthyThreshold) {
      target.state = "unhealthy";
      this.#eligible = undefined;
      return true;
    }
    return false;
  }

  #becomeHealthy(target: Target, now: number): void {
    // A group that has nobody at full share yet would ramp up to nothing: its first targets skip the slow start.
    const others = this.registered.some(
      (other) => other !== target && other.state === "healthy" && this.#share(other, now) === 1,
    );
    const ramps = this.group.slowStartSeconds > 0 && others && this.group.algorithm === "round_robin";
    target.state = "healthy";
    this.#eligible = undefined;
    target.rampFrom = ramps ? now : undefined;
    target.credit = 0;
  }

  /** Part of a full share that a target gets: grows linearly over the slow start. */
  #share(target: Target, now: number): number {
    if (target.rampFrom === undefined) return 1;
    const part = (now - target.rampFrom) / (this.group.slowStartSeconds * 1000);
    if (part >= 1) {
      target.rampFrom = undefined;
      return 1;
    }
    return Math.max(part, 0.01);
  }

  /** Who may get a request: the healthy ones, or everybody when nobody is healthy (fail open). */
  eligible(): readonly Target[] {
    if (this.#eligible === undefined) {
      const registered = this.registered;
      const healthy = registered.filter(({ state }) => state === "healthy");
      this.#eligible = healthy.length > 0 ? healthy : registered;
    }
    return this.#eligible;
  }

  /** The target of the next request; `undefined` when none is registered. */
  choose(now: number): Target | undefined {
    const candidates = this.eligible();
    if (candidates.length <= 1) return candidates[0];
    if (this.group.algorithm === "weighted_random") return candidates[Math.floor(this.#random() * candidates.length)];
    if (this.group.algorithm === "least_outstanding_requests") {
      return candidates.reduce((least, target) => (target.inFlight < least.inFlight ? target : least));
    }
    return this.#roundRobin(candidates, now);
  }

  /** Smooth weighted round robin, as nginx has it: with equal shares it is plain round robin. */
  #roundRobin(candidates: readonly Target[], now: number): Target | undefined {
    let total = 0;
    let best: Target | undefined;
    for (const target of candidates) {
      const share = this.#share(target, now);
      total += share;
      target.credit += share;
      if (best === undefined || target.credit > best.credit + 1e-9) best = target;
    }
    if (best !== undefined) best.credit -= total;
    return best;
  }
}

/** Whether a status is one of a matcher such as `200`, `200,202` or `200-299`. */
export function matchesStatus(matcher: string, status: number): boolean {
  return matcher.split(",").some((part) => {
    const [from = "", to = from] = part.trim().split("-");
    return status >= Number(from) && status <= Number(to);
  });
}
