/**
 * Where everything comes from that a cloud makes up: ids, names, passwords, addresses. It follows from the cloud's seed,
 * the resource's URN and how often that was created, so that the order in which resources arrive decides nothing.
 */
import { createHash } from "node:crypto";
import type { CloudStore } from "../store/store.ts";
import { SIMULATED_ACCOUNT_ID } from "./settings.ts";

/** The seed of all ids unless the cloud is configured with another; one seed gives everyone the same ids. */
const DEFAULT_SEED = "causeway";

const counterOf = (urn: string): string => `generation ${urn}`;

/** Counts a creation. @returns 1 for the first */
export function nextGeneration(store: CloudStore, account: string, urn: string): number {
  return store.counters.next(account, counterOf(urn));
}

/** Hexadecimal digits without end; the same ones for the same seed, place and generation. */
export function digitsOf(
  store: CloudStore,
  place: { readonly account: string; readonly region: string; readonly urn: string; readonly generation: number },
): (length: number) => string {
  const seed = store.setting("seed") ?? DEFAULT_SEED;
  const { account, region, urn, generation } = place;
  let drawn = 0;
  return (length) => {
    let digits = "";
    while (digits.length < length) {
      const source = `${seed}\n${account}\n${region}\n${urn}\n${generation}\n${drawn++}`;
      digits += createHash("sha256").update(source).digest("hex");
    }
    return digits.slice(0, length);
  };
}

/** Digits for the name of the object that the next creation of a URN will make. */
export function nameDigits(store: CloudStore, account: string, urn: string): (length: number) => string {
  const generation = store.counters.count(account, counterOf(urn)) + 1;
  return digitsOf(store, { account, region: "name", urn, generation });
}

/** A seed of its own for the next object of a URN that keeps its values itself. */
export function seedOfNext(store: CloudStore, urn: string): string {
  const account = SIMULATED_ACCOUNT_ID;
  const generation = nextGeneration(store, account, urn);
  return digitsOf(store, { account, region: "random", urn, generation })(64);
}

/** What time it is for the objects that are made: the time of day, or the one the cloud is set to. */
export function timeOf(store: CloudStore): Date {
  const fixed = store.setting("time");
  return fixed ? new Date(fixed) : new Date();
}
