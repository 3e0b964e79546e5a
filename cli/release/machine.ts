import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from "@aws-sdk/client-sfn";
import { releaseExecution, releaseHostName } from "../../contracts/execution.ts";
import { type LedgerRecord, runningRelease } from "../../contracts/ledger.ts";
import { observationRequest } from "../../delivery/host.ts";
import type { Observation } from "../../delivery/ports.ts";
import type { HostView } from "./host.ts";
import type { ReleaseSession } from "./session.ts";

/** Milliseconds between looks into the ledger, and between looks at the traffic. */
const NEWS_MS = 2_000;
const SEEN_MS = 10_000;

/** What a release is handed on with. */
type Handing = Pick<ReleaseSession, "clients" | "key" | "target">;

/**
 * Hands a release to the state machine of its environment, which stands in the environment's network and outlives this
 * command. Done twice, it is done once: where an execution runs it goes on, and where all of them have ended, because
 * one failed or somebody stopped it, another one begins.
 *
 * @returns false when the environment has no such state machine, so that the release is this command's to run
 * @throws when AWS cannot be asked: the lease is taken then, and handing it on again is safe
 */
export async function handToMachine({ clients, key, target }: Handing, release: string): Promise<boolean> {
  const { input } = releaseExecution(key.service, release);
  const stateMachineArn = machineArn(target.rules.live, releaseHostName(key.environment));
  for (let part = 1; ; part++) {
    const name = `${input.name}-${part}`;
    try {
      const text = JSON.stringify({ ...input, part });
      await clients.machines.send(new StartExecutionCommand({ stateMachineArn, name, input: text }));
      return true;
    } catch (error) {
      if (error instanceof StateMachineDoesNotExist) return false;
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
      const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
      const { status } = await clients.machines.send(new DescribeExecutionCommand({ executionArn }));
      if (status === "RUNNING" || status === "PENDING_REDRIVE") return true;
    }
  }
}

/** In the account and region of the service's own rule. */
function machineArn(ruleArn: string, name: string): string {
  const [arn, partition, , region, account] = ruleArn.split(":");
  return [arn, partition, "states", region, account, "stateMachine", name].join(":");
}

/**
 * Shows a release that another host runs, by its ledger and by what is seen, until it has ended. Nothing is decided or
 * done here.
 *
 * @throws the signal's reason when it is aborted
 */
export async function watchFromAfar(
  { ports: { ledger, observer, clock }, key }: Pick<ReleaseSession, "ports" | "key">,
  view: HostView,
  signal?: AbortSignal,
): Promise<readonly LedgerRecord[]> {
  let observation: Observation | undefined;
  let seenAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const records = await ledger.readCurrent(key);
      if (clock.now() >= seenAt + SEEN_MS) {
        // Without what is seen there is still what is written.
        observation = await observer.observe(observationRequest(records)).catch(() => undefined);
        seenAt = clock.now();
      }
      view.show(records, observation);
      if (runningRelease(records) === undefined) return records;
    } catch (error) {
      view.trouble(error instanceof Error ? error : new Error(String(error)));
    }
    await clock.sleepUntil(clock.now() + NEWS_MS, signal);
  }
}
