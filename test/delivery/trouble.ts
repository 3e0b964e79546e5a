import { Crash, type FakeWorld } from "./fake-world.ts";

/** What befalls the calls of a release: shares of them, and of the actions for `late`. */
export interface CallTrouble {
  /** Throttled by AWS. */
  readonly throttled: number;
  /** Answered into the void. */
  readonly lost: number;
  /** The host's last. */
  readonly killed: number;
  /** Take effect up to 20 seconds after their caller gave up. */
  readonly late: number;
}

/** Lets trouble befall each call of a world. */
export function befall(world: FakeWorld, trouble: CallTrouble, random: () => number): void {
  world.before = () => {
    const draw = random();
    if (draw < trouble.killed / 2) throw new Crash("killed before the call");
    if (draw > 1 - trouble.throttled) throw new Error("ThrottlingException");
  };
  world.after = () => {
    const draw = random();
    if (draw < trouble.killed / 2) throw new Crash("killed after the call");
    if (draw > 1 - trouble.lost) throw new Error("socket hang up");
  };
  world.late = () => (random() < trouble.late ? Math.floor(random() * 20_000) : undefined);
}
