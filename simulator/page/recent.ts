/** How many requests went to each target group of late: the share that a weight really gave it. */
import type { DataPlaneStatus } from "../dataplane/status.ts";

const SPAN_MS = 60_000;

interface Sample {
  readonly at: number;
  readonly requests: number;
}

export class RecentRequests {
  readonly #samples = new Map<string, Sample[]>();
  #weights = new Map<string, string>();
  #pid: number | undefined;

  /** Takes the counters of a moment, in milliseconds since the epoch. */
  take(status: DataPlaneStatus | undefined, at: number): void {
    if (status === undefined || status.pid !== this.#pid) this.#samples.clear();
    this.#pid = status?.pid;
    if (status === undefined) return;
    const weights = weightsByGroup(status);
    for (const { arn, requests } of status.targetGroups) {
      const kept = (this.#samples.get(arn) ?? []).filter((sample) => sample.at > at - SPAN_MS);
      // What another weight brought says nothing about this one.
      const moved = this.#weights.get(arn) !== weights.get(arn);
      this.#samples.set(arn, [...(moved ? [] : kept), { at, requests }]);
    }
    this.#weights = weights;
  }

  /** Requests of the last minute, or since the group's weight changed. */
  of(targetGroup: string): number {
    const samples = this.#samples.get(targetGroup) ?? [];
    return (samples.at(-1)?.requests ?? 0) - (samples[0]?.requests ?? 0);
  }
}

/** All weights of the rules a group is in: when one group's share moves, so does that of the others. */
function weightsByGroup(status: DataPlaneStatus): Map<string, string> {
  const found = new Map<string, string>();
  for (const { arn, weights } of status.listeners.flatMap(({ rules }) => rules)) {
    const all = weights.map(({ targetGroupArn, weight }) => `${targetGroupArn} ${weight}`).join(" ");
    for (const { targetGroupArn } of weights) {
      found.set(targetGroupArn, `${found.get(targetGroupArn) ?? ""} ${arn} ${all}`);
    }
  }
  return found;
}
