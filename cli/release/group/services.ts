import type { Cloud } from "../../../contracts/vocabulary.ts";
import { getEnvironment } from "../../../environments/index.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { type ReleaseSession, withRelease } from "../session.ts";
import { type StartFlags, start } from "../verbs.ts";
import { sessionsOf } from "./members.ts";
import { changedServices, orderOf, startTogether } from "./start.ts";

/**
 * Starts a release of the services that are named, or of all that have something new: of one alone, or of several
 * together.
 *
 * @throws ProblemsError and CommandError when something is in the way; no user was moved
 */
export async function startServices(
  about: { readonly environment: string; readonly service: string | undefined; readonly cloud: Cloud | undefined },
  names: readonly string[],
  flags: StartFlags,
  checkout: string,
): Promise<ExitName> {
  const environment = getEnvironment(about.environment);
  const several = names.length > 1;
  if (flags.all && names.length > 0) {
    throw new CommandError("usage", "--all finds the services by itself: leave their names or --all out.");
  }
  if (flags.image !== undefined && (several || flags.all)) {
    throw new CommandError("usage", "--image is of one service: name that one, or bring the images by `up`.");
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CommandError("usage", `"${twice}" is named twice.`);
  if (!several && !flags.all) return withRelease(about, checkout, (session) => start(session, flags, checkout));

  const order = orderOf(environment, flags.all ? environment.services.map(({ name }) => name) : names);
  return withRelease({ ...about, service: order[0] }, checkout, async (first) => {
    let sessions: ReleaseSession[] = await sessionsOf(first, order);
    if (flags.all) {
      const changed = await changedServices(sessions);
      sessions = sessions.filter(({ key }) => changed.includes(key.service));
    }
    return sessions.length === 1 ? start(sessions[0]!, flags, checkout) : startTogether(sessions, flags, checkout);
  });
}
