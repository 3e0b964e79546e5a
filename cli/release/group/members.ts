import { runningRelease } from "../../../contracts/ledger.ts";
import type { ReleasePlan } from "../../../contracts/release.ts";
import { decideGroup, type GroupDecision, type SeenMember, seeMember } from "../../../delivery/group/decide.ts";
import { readMembers } from "../../../delivery/group/members.ts";
import type { ReleaseSession } from "../session.ts";

/** The services of a release of several, and what is decided for all. */
export interface ReleaseGroupView {
  /** The plan of the service that was asked for. */
  readonly plan: ReleasePlan;
  readonly members: readonly SeenMember[];
  readonly decision: GroupDecision;
  /** Whether it goes on in any of its services. */
  readonly running: boolean;
}

/**
 * The release of several services that a service's last release is part of.
 *
 * @returns undefined when that was of this service alone, or there was none
 */
export async function groupOf({ ports, key }: ReleaseSession): Promise<ReleaseGroupView | undefined> {
  const { ledger, clock } = ports;
  const records = await ledger.readCurrent(key);
  const members = await readMembers(ledger, key, records);
  const started = records[0];
  if (members.length === 0 || started?.type !== "started") return undefined;
  const seen = members.map(seeMember);
  const running = members.some((member) => runningRelease(member.records) !== undefined);
  return { plan: started.plan, members: seen, decision: decideGroup(seen, clock.now()), running };
}

/** A session for each service of a release, in its order. */
export function sessionsOf(session: ReleaseSession, services: readonly string[]): Promise<ReleaseSession[]> {
  return Promise.all(
    services.map((name) => (name === session.key.service ? Promise.resolve(session) : session.sibling(name))),
  );
}
