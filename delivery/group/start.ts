import { runningRelease } from "../../contracts/ledger.ts";
import type { ReleasePlan } from "../../contracts/release.ts";
import { commandRelease, startRelease } from "../host.ts";
import type { Clock, Ledger } from "../ports.ts";

/** What became of the start of a release of several services. */
export type GroupStart =
  | { readonly started: true }
  /** Another release has one of the services; those taken before it were told to go back, and have not begun. */
  | {
      readonly started: false;
      readonly service: string;
      readonly release: string;
      readonly who: string;
      readonly since: string;
      readonly taken: readonly string[];
    };

/**
 * Takes the leases of all services of a release, one after the other in their order. None of them begins before all are
 * taken; whoever dies in between leaves leases that end by themselves two minutes later.
 *
 * @param plans of all its services, in order, each with the same `group`
 * @throws Error when the ledger cannot be reached, or knows a release of that id; what was taken ends by itself
 */
export async function startGroup(
  ports: { readonly ledger: Ledger; readonly clock: Clock },
  plans: readonly ReleasePlan[],
  who: string,
): Promise<GroupStart> {
  const refused = (service: string, by: { release: string; who: string }, since: string, taken: readonly string[]) =>
    ({ started: false, service, release: by.release, who: by.who, since, taken }) as const;
  // What can be known before anything is written.
  for (const { environment, service, release } of plans) {
    const running = runningRelease(await ports.ledger.readCurrent({ environment, service }));
    if (running !== undefined && running.release !== release) return refused(service, running, running.at, []);
  }
  const taken: string[] = [];
  for (const plan of plans) {
    const answer = await startRelease(ports, plan, who);
    if (!answer.started) {
      const reason = `${plan.service} is not free: release ${answer.release}, started by ${answer.who}, runs there.`;
      for (const service of taken) {
        const key = { environment: plan.environment, service };
        await commandRelease(ports, key, { command: "rollback", reason }, who);
      }
      return refused(plan.service, answer, answer.since, taken);
    }
    taken.push(plan.service);
  }
  return { started: true };
}
