import { otherColour } from "../../contracts/release.ts";
import type { ReleaseSession } from "./session.ts";

/**
 * How users get back while the ledger cannot be reached: the one call that a rollback makes, to be typed as it stands.
 * Which colour is the old one is in the parameters that infrastructure code reads.
 *
 * @returns undefined when nobody can say it, or users are not moved by weights
 */
export async function backByHand({ cloud, service, ports, key, target }: ReleaseSession): Promise<string | undefined> {
  if (service.release.strategy === "rolling") return undefined;
  const { live: known } = await ports.mirror.read(key).catch(() => ({ live: undefined }));
  if (known === undefined) return undefined;
  const old = known.live;
  const groups = [old, otherColour(old)].map((colour) => ({
    TargetGroupArn: target.targetGroups[colour],
    Weight: colour === old ? 100 : 0,
  }));
  const actions = JSON.stringify([{ Type: "forward", ForwardConfig: { TargetGroups: groups } }]);
  const prefix = cloud === "simulated" ? "npx causeway cloud run -- " : "";
  return [
    `  Without it, users are sent to ${old}, which had all of them before the release, by the call that a rollback makes:`,
    `    ${prefix}aws elbv2 modify-rule --region ${target.region} --rule-arn ${target.rules.live} --actions '${actions}'`,
    "  When the ledger is back, the release writes nothing over that: it asks.",
  ].join("\n");
}
