import type { Stack } from "../framework/stack.ts";
import { type Blocker, isOpen } from "./answer.ts";
import { type Running, readRunning, type Unsettled } from "./compute.ts";
import { type Entry, readEntries } from "./entries.ts";
import { type Exposure, readExposures } from "./exposure.ts";
import { type Hop, hopsFrom } from "./hops.ts";
import { type Identity, readIdentities } from "./identities.ts";
import { Pods } from "./pods.ts";
import { References } from "./references.ts";

/** A way from an identity to any right there is: its steps, and what of it depends on values that are not known yet. */
export interface Way {
  readonly hops: readonly Hop[];
  readonly blockers: readonly Blocker[];
}

/** Who can become what in a stack. */
export interface Graph {
  readonly identities: readonly Identity[];
  readonly running: readonly Running[];
  readonly entries: readonly Entry[];
  readonly exposures: readonly Exposure[];
  readonly unsettled: readonly Unsettled[];
  /** The shortest way from an identity to any right; one without blockers where there is one. */
  wayFrom(identity: Identity): Way | undefined;
  /** The identities that can be come to from some. */
  reachableFrom(start: Iterable<Identity>): ReadonlySet<Identity>;
}

const graphs = new WeakMap<Stack, Graph>();

/**
 * The graph of a stack, made once for all rules that ask.
 *
 * Each step is looked for once for each identity, and ways are found backwards from any right, breadth first: as many
 * operations as there are identities and steps, whatever the number of ways.
 */
export function graphOf(stack: Stack, accounts: readonly string[]): Graph {
  const known = graphs.get(stack);
  if (known) return known;
  const references = new References(stack);
  const byUrn = readIdentities(stack, references);
  const identities = [...byUrn.values()];
  const { running, unsettled } = readRunning(stack, references, byUrn);
  const steps = new Map(identities.map((identity) => [identity, hopsFrom(identity, { identities, running })]));
  const certain = waysBack(steps, (hop) => !isOpen(hop.answer));
  const possible = waysBack(steps, () => true);
  const pods = new Pods(stack, references, byUrn);
  const entries = [...readEntries(stack, identities, running, accounts), ...pods.entries()];
  const graph: Graph = {
    identities,
    running,
    entries: entries.filter(({ answer }) => answer !== false),
    exposures: readExposures(stack, references),
    unsettled: [...unsettled, ...pods.unsettled()],
    wayFrom: (identity) => follow(identity, certain) ?? follow(identity, possible),
    reachableFrom(start) {
      const reached = new Set(start);
      for (const one of reached) for (const { to } of steps.get(one) ?? []) if (to) reached.add(to);
      return reached;
    },
  };
  graphs.set(stack, graph);
  return graph;
}

/** For each identity with a way to any right, its first step on the shortest one. */
function waysBack(
  steps: ReadonlyMap<Identity, readonly Hop[]>,
  counts: (hop: Hop) => boolean,
): ReadonlyMap<Identity, Hop> {
  const into = new Map<Identity | undefined, { readonly from: Identity; readonly hop: Hop }[]>();
  for (const [from, hops] of steps) {
    for (const hop of hops.filter(counts)) into.set(hop.to, [...(into.get(hop.to) ?? []), { from, hop }]);
  }
  const first = new Map<Identity, Hop>();
  const queue: (Identity | undefined)[] = [undefined];
  for (const to of queue) {
    for (const { from, hop } of into.get(to) ?? []) {
      if (first.has(from)) continue;
      first.set(from, hop);
      queue.push(from);
    }
  }
  return first;
}

function follow(from: Identity, first: ReadonlyMap<Identity, Hop>): Way | undefined {
  const hops: Hop[] = [];
  let at: Identity | undefined = from;
  while (at) {
    const hop = first.get(at);
    if (!hop) return undefined;
    hops.push(hop);
    at = hop.to;
  }
  return { hops, blockers: hops.flatMap(({ answer }) => (isOpen(answer) ? answer : [])) };
}
