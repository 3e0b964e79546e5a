import { setTimeout as sleep } from "node:timers/promises";
import {
  type OpenedStack,
  type PendingOperation,
  pendingOperations,
  type Settlement,
  type StackExport,
  settlePending,
} from "../../engine/index.ts";
import { nameOfUrn } from "../urn.ts";
import { mismatch, providerOf, type Search, searchFor } from "./candidates.ts";
import { ask, type CloudAccess } from "./questions.ts";
import { type Reading, read, type Suspect } from "./reading.ts";

/** What became of one operation that was cut off. */
export interface Settled {
  readonly urn: string;
  readonly type: string;
  /** What it was. */
  readonly operation: PendingOperation["type"];
  /**
   * - `adopted`: it was created, and is the stack's now
   * - `absent`: it was not created
   * - `repeated`: whatever was done of it, the next update does it again, which changes nothing else
   * - `gone`: it was deleted
   * - `forgotten`: the person says that it was not created
   */
  readonly action: "adopted" | "absent" | "repeated" | "gone" | "forgotten";
  readonly id?: string;
}

/** A create of which nobody but a person can tell what became. */
export interface Unsettled {
  readonly operation: PendingOperation;
  readonly why: string;
  readonly look: string;
}

export interface SettleOptions extends CloudAccess {
  readonly stack: Pick<OpenedStack, "address" | "exclusively" | "readState" | "exportStack" | "importStack">;
  /** The person has looked: what cannot be settled otherwise does not exist. */
  readonly forget?: boolean;
  /** Ids the person gives, by resource name. */
  readonly adopt?: Readonly<Record<string, string>>;
  /**
   * Seconds after the last write of the state until "there is none" is believed: the request may have been under way
   * when the command died, and AWS shows what is new with a delay.
   */
  readonly quietSeconds: number;
  readonly onProgress?: (line: string) => void;
}

/** A stack that nothing is pending in. */
export interface SettledStack {
  readonly settled: readonly Settled[];
  /** Its state now. */
  readonly state: StackExport;
}

export interface SettleResult extends SettledStack {
  readonly unsettled: readonly Unsettled[];
}

/**
 * Finds out what became of the operations that were pending when a command was cut off, and writes it into the state.
 * When a person has to look at one of them, nothing is written.
 *
 * @throws StackLockedError when another command changes the stack
 */
export function settleStack(options: SettleOptions): Promise<SettleResult> {
  return options.stack.exclusively(() => settleHeld(options));
}

async function settleHeld(options: SettleOptions): Promise<SettleResult> {
  const { stack } = options;
  const seen = await stack.readState();
  if (pendingOperations(seen).length === 0) return { settled: [], unsettled: [], state: seen };
  const state = await stack.exportStack();
  const pending = pendingOperations(state);
  const [were, became] = pending.length === 1 ? ["operation was", "it"] : ["operations were", "them"];
  options.onProgress?.(`${pending.length} ${were} cut off; asking the cloud what became of ${became}`);
  await waitForQuiet(state, options);
  const verdicts = await judge(state, pending, options);
  const unsettled = verdicts.flatMap((verdict) => ("unsettled" in verdict ? [verdict.unsettled] : []));
  if (unsettled.length > 0) return { settled: [], unsettled, state };
  const byOperation = new Map(verdicts.flatMap((v) => ("settlement" in v ? [[v.operation, v] as const] : [])));
  const after = settlePending(state, (operation) => byOperation.get(operation)?.settlement);
  // Backends that only the engine locks are free while we ask; another command may have written meanwhile.
  if (stack.address === undefined && JSON.stringify(await stack.exportStack()) !== JSON.stringify(state)) {
    throw new Error("Another command changed the stack while this one was looking; run it again.");
  }
  await stack.importStack(after);
  return { settled: [...byOperation.values()].map(({ told }) => told), unsettled: [], state: after };
}

type Verdict =
  | { readonly operation: PendingOperation; readonly settlement: Settlement; readonly told: Settled }
  | { readonly unsettled: Unsettled };

async function waitForQuiet(state: StackExport, { quietSeconds, onProgress }: SettleOptions): Promise<void> {
  const written = Date.parse((state.deployment.manifest as { time?: string } | undefined)?.time ?? "");
  const wait = Math.min(written + quietSeconds * 1000 - Date.now(), quietSeconds * 1000);
  if (!(wait > 0)) return;
  onProgress?.(`waiting ${Math.ceil(wait / 1000)} s for requests that were under way`);
  await sleep(wait);
}

async function judge(
  state: StackExport,
  pending: readonly PendingOperation[],
  options: SettleOptions,
): Promise<readonly Verdict[]> {
  const searches = pending.map((operation) => searchOf(operation, state, options));
  const questions = searches.flatMap((search) => (search.kind === "ask" ? [search.question] : []));
  const answers = [...(await ask(options, questions))];
  const answered = searches.map((search) => {
    if (search.kind !== "ask") return search;
    const answer = answers.shift();
    return answer === undefined ? search : search.ids(answer);
  });
  const known = new Set(state.deployment.resources?.map((r) => `${r.type} ${r.id}`));
  const suspects = pending.map((operation, index) => suspectsOf(operation, answered[index], known));
  const readings = [...(await read(options, state, suspects.flat()))];
  return pending.map((operation, index) => {
    const own = readings.splice(0, suspects[index]?.length ?? 0);
    return verdict(operation, answered[index], own, options);
  });
}

function searchOf(operation: PendingOperation, state: StackExport, { adopt }: SettleOptions): Search {
  const { type, resource } = operation;
  if (type === "deleting") return { kind: "read", ids: [] };
  if (type !== "creating") {
    return { kind: "repeat", why: "it is done again" };
  }
  const given = adopt?.[nameOfUrn(resource.urn)];
  if (given !== undefined) return { kind: "read", ids: [given] };
  return searchFor(operation, providerOf(state, resource));
}

function suspectsOf(operation: PendingOperation, search: Search | undefined, known: ReadonlySet<string>): Suspect[] {
  const { type, resource } = operation;
  // What was being deleted is in the state; whether it still exists is the question.
  if (type === "deleting") return resource.custom && resource.id ? [{ resource, id: resource.id }] : [];
  if (search?.kind !== "read") return [];
  const strange = search.ids.filter((id) => !known.has(`${resource.type} ${id}`));
  return [...new Set(strange)].map((id) => ({ resource, id, ...(search.imported ? { imported: true } : {}) }));
}

function verdict(
  operation: PendingOperation,
  search: Search | undefined,
  readings: readonly Reading[],
  { forget, adopt }: SettleOptions,
): Verdict {
  const { resource } = operation;
  const about = { urn: resource.urn, type: resource.type, operation: operation.type };
  const settle = (settlement: Settlement, action: Settled["action"], id?: string): Verdict => ({
    operation,
    settlement,
    told: { ...about, action, ...(id === undefined ? {} : { id }) },
  });
  const name = (why: string, look: string): Verdict =>
    forget ? settle({ action: "forget" }, "forgotten") : { unsettled: { operation, why, look } };
  if (operation.type === "deleting") {
    const gone = readings[0]?.exists === false;
    return gone
      ? settle({ action: "gone" }, "gone", resource.id)
      : settle({ action: "forget" }, "repeated", resource.id);
  }
  if (search?.kind === "repeat") return settle({ action: "forget" }, "repeated");
  if (search?.kind === "person") return name(search.why, search.look);
  const unread = readings.find((reading) => reading.exists === undefined);
  if (unread)
    return name(`it could not be read: ${unread.error}`, "the AWS console or `aws` for a resource with these inputs");
  const existing = readings.flatMap((reading) => (reading.exists ? [reading.resource] : []));
  const fitting = existing.map((found) => ({ found, misfit: mismatch(resource, found.outputs ?? {}) }));
  const own =
    adopt?.[nameOfUrn(resource.urn)] !== undefined ? fitting : fitting.filter(({ misfit }) => misfit === undefined);
  const ids = own.map(({ found }) => found.id);
  if (own.length === 1 && own[0]?.found.id !== undefined) {
    const { id, outputs } = own[0].found;
    return settle({ action: "adopt", id, ...(outputs === undefined ? {} : { outputs }) }, "adopted", id);
  }
  if (own.length > 1)
    return name(`${own.length} resources fit it: ${ids.join(", ")}`, "which of them is in use; delete the others");
  const stranger = fitting.find(({ misfit }) => misfit !== undefined);
  // Found by a name it claims for itself: creating it would fail.
  if (stranger && search?.kind === "read" && search.named) {
    return name(`${stranger.found.id} exists, but ${stranger.misfit}`, `whose ${stranger.found.id} is`);
  }
  return settle({ action: "forget" }, "absent");
}
