import pc from "picocolors";
import { PROMOTED_FILE } from "../../environments/index.ts";
import { dayAndTime } from "../release/events.ts";
import type { PromotedService } from "./plan.ts";

/** What a promotion did or would do. Its field names are part of the command's contract. */
export interface Promotion {
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly dryRun: boolean;
  readonly services: readonly PromotedService[];
}

/** The change as a diff, with who vouches for it, and what comes next. */
export function promotionText({ from, to, file, dryRun, services }: Promotion): string {
  const changed = services.filter((service) => service.changed);
  const lines = services.flatMap(({ service, after, changed, release }) =>
    changed ? [] : [`${service}: ${to} declares ${after} already, which release ${release} promoted in ${from}.`],
  );
  if (changed.length === 0) return [...lines, "Nothing is to do."].join("\n");
  lines.push(pc.bold(`${file}, ${to}`));
  for (const { service, before, after, release, endedAt, who } of changed) {
    lines.push(
      pc.red(`-  "${service}": "${before}"`),
      pc.green(`+  "${service}": "${after}"`),
      pc.dim(
        `   all users of ${from} have it since ${dayAndTime(endedAt).slice(0, 16)}, by release ${release} (${who})`,
      ),
    );
    const [was, is] = [before, after].map((image) => image.split("@")[0]);
    if (was !== is) lines.push(pc.yellow(`   ! another repository than before: ${was}, now ${is}`));
  }
  lines.push("", dryRun ? "Nothing was written." : "Next:", ...(dryRun ? [] : nextSteps(from, to, changed)));
  return lines.join("\n");
}

function nextSteps(from: string, to: string, changed: readonly PromotedService[]): string[] {
  const names = changed.map(({ service }) => service);
  const digest = changed[0]!.after.split("@sha256:")[1]!.slice(0, 12);
  const branch = `promote-${names.length === 1 ? names[0] : "services"}-to-${to}-${digest}`;
  const releases = changed.map(({ service, release }) => `${service}: release ${release} of ${from}`).join("; ");
  return [
    `  git switch -c ${branch}`,
    `  git commit -m "Promote ${names.join(", ")} from ${from} to ${to} (${releases})" -- ${PROMOTED_FILE}`,
    `  git push -u origin ${branch}   # a pull request; when it is merged:`,
    `  npx causeway up ${to}   # to the colour that nobody uses; no traffic moves`,
    ...names.map((name) => `  npx causeway release start ${to} ${name}`),
  ];
}
