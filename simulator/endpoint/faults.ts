/**
 * Faults of the API: calls that are throttled, answers that get lost, reads that are behind, calls that take long. They
 * are kept in the store, so every process of a cloud has the same; which call is hit follows from the fault's seed and
 * from how many calls it has seen.
 */
import { createHash } from "node:crypto";
import type { CloudStore, ResourceKey, StoredResource } from "../store/store.ts";

export const API_FAULTS = ["throttle", "lose-response", "slow-api", "stale-reads"] as const;
export type ApiFaultKind = (typeof API_FAULTS)[number];

export interface ApiFaultRequest {
  readonly kind: ApiFaultKind;
  /** Which calls: `elbv2:ModifyRule`, all of `elbv2`, every `ModifyRule`. @default all that it can hit */
  readonly target?: string | undefined;
  /** Share of those calls that are hit, above 0 and up to 1. @default 1 */
  readonly share?: number | undefined;
  /** After so many hits it is over. @default it goes on until it is cleared */
  readonly calls?: number | undefined;
  /** How long a call takes more, or how far reads are behind. */
  readonly milliseconds?: number | undefined;
  /** @default "0" */
  readonly seed?: string | undefined;
}

export interface ApiFault {
  readonly id: number;
  readonly kind: ApiFaultKind;
  /** Empty for all. */
  readonly target: string;
  readonly share: number;
  readonly calls: number | undefined;
  readonly milliseconds: number;
  readonly seed: string;
  /** Calls that it could have hit. */
  readonly seen: number;
  readonly hit: number;
}

/** An operation, as far as faults tell operations apart. */
export interface CalledOperation {
  readonly service: string;
  readonly operation: string;
  readonly changes: boolean;
}

/** What happens to one call. */
export interface Effects {
  readonly delayMs: number;
  readonly throttle: boolean;
  /** The change is made, and the connection breaks before the answer. */
  readonly loseResponse: boolean;
  /** The call sees what was so many milliseconds ago. */
  readonly staleMs: number;
}

const SETTING = "apiFaults";
const NONE: Effects = { delayMs: 0, throttle: false, loseResponse: false, staleMs: 0 };

/** Those that are not over, the oldest first. */
export function apiFaults(store: CloudStore): ApiFault[] {
  const stored = store.setting(SETTING);
  return stored === undefined ? [] : (JSON.parse(stored) as ApiFault[]);
}

/** @throws Error for a share, a count or a time that there is not */
export function addApiFault(store: CloudStore, request: ApiFaultRequest): ApiFault {
  const { kind, target = "", share = 1, calls, milliseconds = 0, seed = "0" } = request;
  if (!(share > 0 && share <= 1)) throw new Error(`the share has to be above 0 and up to 1, not ${share}`);
  if (calls !== undefined && !(Number.isInteger(calls) && calls > 0)) {
    throw new Error(`the number of calls has to be a whole number from 1 on, not ${calls}`);
  }
  const timed = kind === "slow-api" || kind === "stale-reads";
  if (timed && !(Number.isInteger(milliseconds) && milliseconds > 0)) {
    throw new Error(`${kind} needs a time in whole milliseconds from 1 on, not ${milliseconds}`);
  }
  return store.transaction(() => {
    const present = apiFaults(store);
    const id = Number(store.setting(`${SETTING}.last`) ?? 0) + 1;
    const fault: ApiFault = { id, kind, target, share, calls, milliseconds, seed, seen: 0, hit: 0 };
    store.set(`${SETTING}.last`, String(id));
    write(store, [...present, fault]);
    return fault;
  });
}

/** Ends one fault, or all. @returns how many */
export function clearApiFaults(store: CloudStore, id?: number): number {
  return store.transaction(() => {
    const present = apiFaults(store);
    const left = present.filter((fault) => id !== undefined && fault.id !== id);
    write(store, left);
    return present.length - left.length;
  });
}

/** What the faults do to a call; it counts as seen by those that could hit it. */
export function takeEffects(store: CloudStore, called: CalledOperation): Effects {
  if (!apiFaults(store).some((fault) => concerns(fault, called))) return NONE;
  return store.transaction(() => {
    let effects = NONE;
    const left = apiFaults(store).flatMap((fault) => {
      if (!concerns(fault, called)) return [fault];
      // Nothing comes of a throttled call, so no fault after it has anything to hit.
      if (effects.throttle) return [fault];
      const isHit = draw(fault) < fault.share;
      if (isHit) effects = withEffect(effects, fault);
      const next = { ...fault, seen: fault.seen + 1, hit: fault.hit + (isHit ? 1 : 0) };
      return next.calls !== undefined && next.hit >= next.calls ? [] : [next];
    });
    write(store, left);
    return effects;
  });
}

/** Lost answers matter for changes and old ones for reads; others are hit only when their operation is named. */
function concerns({ kind, target }: ApiFault, { service, operation, changes }: CalledOperation): boolean {
  if (kind === "stale-reads" && changes) return false;
  const named = target === operation || target === `${service}:${operation}`;
  if (named) return true;
  if (kind === "lose-response" && !changes) return false;
  return target === "" || target === service;
}

function withEffect(effects: Effects, { kind, milliseconds }: ApiFault): Effects {
  switch (kind) {
    case "throttle":
      return { ...effects, throttle: true };
    case "lose-response":
      return { ...effects, loseResponse: true };
    case "slow-api":
      return { ...effects, delayMs: effects.delayMs + milliseconds };
    case "stale-reads":
      return { ...effects, staleMs: Math.max(effects.staleMs, milliseconds) };
  }
}

/** From 0, inclusive, to 1, exclusive. */
function draw({ seed, kind, target, seen }: ApiFault): number {
  const digest = createHash("sha256").update(`${seed}\0${kind}\0${target}\0${seen}`).digest();
  return digest.readUInt32BE() / 2 ** 32;
}

function write(store: CloudStore, faults: readonly ApiFault[]): void {
  store.set(SETTING, JSON.stringify(faults));
}

interface Change {
  readonly at: number;
  readonly key: ResourceKey;
  /** What there was before; undefined for what was made. */
  readonly before: StoredResource | undefined;
}

/** Longer than this no read is behind. */
const LONGEST_MS = 10 * 60_000;

/** What was changed lately through the endpoint, so that reads can be answered with what was before. */
export class RecentChanges {
  readonly #changes: Change[] = [];

  note(key: ResourceKey, before: StoredResource | undefined): void {
    const now = Date.now();
    while (this.#changes[0] !== undefined && this.#changes[0].at < now - LONGEST_MS) this.#changes.shift();
    this.#changes.push({ at: now, key, before });
  }

  /** Resources of a type as they were so many milliseconds ago. */
  behind(present: readonly StoredResource[], type: string, region: string, ms: number): StoredResource[] {
    const since = Date.now() - ms;
    const found = [...present];
    for (const { at, key, before } of this.#changes.toReversed()) {
      if (at < since || key.type !== type || (key.region !== region && key.region !== "")) continue;
      const index = found.findIndex((one) => one.id === key.id && one.region === key.region);
      if (before === undefined) found.splice(index, index < 0 ? 0 : 1);
      else if (index < 0) found.push(before);
      else found[index] = before;
    }
    return found;
  }
}
