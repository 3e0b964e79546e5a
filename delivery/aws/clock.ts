import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** Timers of Node take 32 bits; who sleeps longer wakes in between. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(time, signal) {
    for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
      await sleep(Math.min(left, LONGEST_SLEEP_MS), undefined, signal === undefined ? {} : { signal });
    }
  },
};
