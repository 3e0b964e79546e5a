import type { Cloud } from "../../contracts/vocabulary.ts";
import { type PendingOperation, pendingOperations, type StackExport } from "../../engine/index.ts";
import type { Environment } from "../../environments/index.ts";
import { CommandError } from "../exit-codes.ts";
import { remark } from "../json.ts";
import type { Session } from "../session.ts";
import { nameOfUrn } from "../urn.ts";
import { type Settled, type SettledStack, settleStack, type Unsettled } from "./settle.ts";

export type { Settled, SettledStack } from "./settle.ts";

export interface SettleFlags {
  /** The person has looked: what cannot be settled does not exist. */
  readonly forgetPending?: boolean;
  /** `name=id` of resources the person found. */
  readonly adopt?: readonly string[];
}

/**
 * Seconds until "there is none" is believed. AWS's reads follow its writes within seconds, the tagging API within half a
 * minute; the simulated cloud's at once, and a request that was under way ends soon.
 */
const QUIET_SECONDS: Readonly<Record<Cloud, number>> = { aws: 45, simulated: 3 };

/**
 * Settles what an earlier command was cut off in, and tells the person each thing that was settled.
 *
 * @throws CommandError `unsettled` when a person has to look; nothing was changed then
 * @throws StackLockedError when another command changes the stack
 */
export async function settle(session: Session, flags: SettleFlags, checkout: string): Promise<SettledStack> {
  const { environment, cloud, engine, stack } = session;
  const { settled, unsettled, state } = await settleStack({
    engine,
    stack,
    checkout,
    environment: stack.environment,
    forget: flags.forgetPending ?? false,
    adopt: adoptions(flags.adopt ?? []),
    quietSeconds: QUIET_SECONDS[cloud],
    onProgress: remark,
  });
  if (unsettled.length > 0) throw new CommandError("unsettled", unsettledText(environment.name, unsettled));
  for (const one of settled) remark(settledLine(one));
  return { settled, state };
}

/** For a preview, which changes nothing: says that it may show as new what exists. */
export function remarkPending(environment: Environment, state: StackExport): void {
  const count = pendingOperations(state).length;
  if (count === 0) return;
  const what = count === 1 ? "1 operation was" : `${count} operations were`;
  remark(
    `${what} cut off in an earlier command: what is shown as created may exist already. ` +
      `\`npx causeway up ${environment.name}\` finds that out before it changes anything.`,
  );
}

function adoptions(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new CommandError("usage", `--adopt ${pair}: write the resource's name, =, and its id.`);
    }),
  );
}

/** One line for a person. */
export function settledLine({ urn, operation, action, id }: Settled): string {
  const name = nameOfUrn(urn);
  switch (action) {
    case "adopted":
      return `adopted ${id} as ${name} (created by the command that was cut off)`;
    case "absent":
      return `${name} had not been created when the command was cut off`;
    case "repeated":
      return `${name} was cut off while ${operation}; that is done again`;
    case "gone":
      return `${name} was deleted by the command that was cut off`;
    case "forgotten":
      return `${name} is taken not to exist, as you said`;
  }
}

/** What a person has to look at, where, and how to go on. */
export function unsettledText(environment: string, unsettled: readonly Unsettled[]): string {
  const names = unsettled.map(({ operation: { resource }, why, look }) =>
    [
      `  ${resource.type}  ${nameOfUrn(resource.urn)}`,
      `    urn:      ${resource.urn}`,
      `    because:  ${why}`,
      `    look for: ${look}`,
      `    inputs:   ${briefInputs(resource)}`,
    ].join("\n"),
  );
  const first = nameOfUrn(unsettled[0]?.operation.resource.urn ?? "");
  return [
    "The command before was cut off while it created these, and nobody but you can tell whether they exist; nothing was changed:",
    ...names,
    "How to go on, once you have looked:",
    `  it exists and is to be kept  → npx causeway up ${environment} --adopt '${first}=<its id>'`,
    `  it does not exist, or you have deleted it  → npx causeway up ${environment} --forget-pending`,
  ].join("\n");
}

/** Inputs by which a person recognises it; documents and secrets are left out. */
function briefInputs({ inputs = {} }: PendingOperation["resource"]): string {
  const short = Object.entries(inputs).filter(
    ([name, value]) =>
      !name.startsWith("__") && ["string", "number"].includes(typeof value) && String(value).length <= 80,
  );
  return short.map(([name, value]) => `${name}=${value}`).join(" ");
}
