import { IMAGES_VARIABLE, withImages } from "../../environments/index.ts";
import { exitOf, reportOn } from "../commands/run.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { remark } from "../json.ts";
import { textSummary } from "../report/text.ts";
import { openSession } from "../session.ts";
import type { ReleaseSession } from "./session.ts";

/**
 * Brings an image that no file names to the idle colour, by an `up` of the whole environment.
 *
 * @returns undefined when it is there, else why not; what went wrong has been shown
 * @throws ProblemsError when the image has no digest, or others depend on the environment
 * @throws CommandError when only a plan is asked for: without `up` there is nothing to plan with
 */
export async function bringImage(
  { environment, service, cloud }: ReleaseSession,
  image: string,
  { planOnly }: { readonly planOnly: boolean },
  checkout: string,
): Promise<ExitName | undefined> {
  const images = { [service.name]: image };
  withImages(environment, images);
  if (planOnly) {
    throw new CommandError("usage", "--plan changes nothing, and --image does: leave one of them out.");
  }
  process.env[IMAGES_VARIABLE] = JSON.stringify(images);
  try {
    const session = await openSession(environment.name, cloud, checkout);
    const report = await reportOn(session, "up", { yes: true }, checkout);
    const exit = exitOf(report);
    if (exit === "ok") return undefined;
    remark(textSummary(report));
    return exit;
  } finally {
    delete process.env[IMAGES_VARIABLE];
  }
}
