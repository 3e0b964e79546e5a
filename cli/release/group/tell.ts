import type { ReleaseCommand } from "../../../contracts/ledger.ts";
import { listed } from "../../../delivery/group/decide.ts";
import { CommandError } from "../../exit-codes.ts";
import type { ReleaseSession } from "../session.ts";
import { groupOf } from "./members.ts";

/**
 * Which service's ledger a command is written to. Of services that are released together, whichever is named stands for
 * all: one that is held holds all, one that is taken back takes all back; resumed is the one that is held, approved the
 * one whose turn it is.
 *
 * @throws CommandError `refused` when all are promoted already, and a rollback would only reach one
 */
export async function targetOf(
  session: ReleaseSession,
  command: ReleaseCommand,
  flags: { readonly step?: number },
): Promise<ReleaseSession> {
  const group = await groupOf(session);
  if (group === undefined || !group.running) return session;
  const { members, decision, plan } = group;
  const { environment, service } = session.key;
  if (command === "rollback" && decision.phase === "promoted") {
    const names = listed(members.map((member) => member.service));
    throw new CommandError(
      "refused",
      `Release ${plan.release} has promoted ${names} in ${environment} together, and their old tasks end now. Nothing was changed.\n` +
        "  To go back, bring the versions before to the idle colours by `up`, and release them.",
    );
  }
  const open = members.filter(({ place }) => !["absent", "back", "promoted"].includes(place));
  const at = (name: string | undefined) => (name === undefined || name === service ? session : session.sibling(name));
  if (command === "resume") {
    const own = open.find((member) => member.service === service);
    if (own?.state?.held !== undefined) return session;
    return at(open.find(({ state }) => state?.held !== undefined)?.service);
  }
  if (command === "approve" && flags.step === undefined) return at(decision.next);
  // One that is back already has nothing left to be told.
  const ended = members.find((member) => member.service === service)?.state?.ended;
  return ended === undefined ? session : at(open[0]?.service);
}
