import type { ServerlessCapacity } from "./database-plan.ts";

/** Memory of the size `large`, in GiB, by the letter a class family begins with. */
const LARGE_GIB: Readonly<Record<string, number>> = { c: 4, m: 8, r: 16, t: 8, x: 32 };
/** Sizes below `large`, which only burstable families have, as shares of it. */
const SMALL: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1, xlarge: 2 };
/** Memory of one Aurora capacity unit. */
const ACU_GIB = 2;
/** PostgreSQL on RDS and Aurora: `LEAST({DBInstanceClassMemory/9531392}, 5000)`, the default of `max_connections`. */
const BYTES_PER_CONNECTION = 9_531_392;
const MOST_CONNECTIONS = 5000;
/** Aurora keeps a capacity that may go down to 0 or 0.5 units from taking more than this, whatever its maximum is. */
const MOST_WITH_LOW_MINIMUM = 2000;
/** `DBInstanceClassMemory` is what the operating system and RDS leave of the memory: nine tenths, or a little less. */
const USABLE = 0.85;

/**
 * About how many connections an instance takes at most with AWS's default of `max_connections`, a little less rather than
 * more, so that an alarm at a share of it is not late. A class that is not known counts as the smallest of its size.
 */
export function maxConnectionsOf(capacity: string | ServerlessCapacity): number {
  const gib = typeof capacity === "string" ? memoryGiB(capacity) : capacity.maxAcu * ACU_GIB;
  const most = typeof capacity !== "string" && capacity.minAcu <= 0.5 ? MOST_WITH_LOW_MINIMUM : MOST_CONNECTIONS;
  return Math.min(most, Math.floor((gib * 1024 ** 3 * USABLE) / BYTES_PER_CONNECTION));
}

function memoryGiB(instanceClass: string): number {
  const [, family = "", size = ""] = instanceClass.split(".");
  const large = LARGE_GIB[family[0] ?? ""] ?? LARGE_GIB.c!;
  const times = /^(\d+)xlarge$/.exec(size);
  return large * (times ? Number(times[1]) * 2 : (SMALL[size] ?? 1));
}
