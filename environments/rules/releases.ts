import { present, type Report, type Rule, type ServiceDraft, servicesOf } from "./rule.ts";

/** Application load balancers report their metrics once a minute. */
const AWS_SAMPLE_SECONDS = 60;

/** How long users of AWS's load balancers measured old weights to be in use. */
const AWS_PROPAGATION_SECONDS = 120;

/** A release can be judged by what the cloud measures, and its approvals are steps it has. */
export const releaseRule: Rule = (env, report) => {
  for (const [path, { release, scaling }] of servicesOf(env)) {
    if (release === undefined) continue;
    if (release.strategy === "rolling") rollingCanMove(path, release, scaling?.min, report);
    const { sampleSeconds, propagationSeconds, maxBakeMinutes } = release;
    const bakeMinutes = "bakeMinutes" in release ? release.bakeMinutes : undefined;
    const approvals = present(release.approvals);
    if (env.cloud === "aws" && sampleSeconds !== undefined && sampleSeconds !== AWS_SAMPLE_SECONDS) {
      report(
        `${path}.release.sampleSeconds`,
        `${sampleSeconds}: AWS's load balancers report once a minute.`,
        "Leave it out; only the simulated cloud has finer metrics.",
        ["cloud"],
      );
    }
    if (env.cloud === "aws" && propagationSeconds !== undefined && propagationSeconds < AWS_PROPAGATION_SECONDS) {
      report(
        `${path}.release.propagationSeconds`,
        `${propagationSeconds} s are less than the ${AWS_PROPAGATION_SECONDS} s for which old weights were seen in use.`,
        "Leave it out, or raise it: tasks would end under their last users.",
        ["cloud"],
      );
    }
    if (bakeMinutes !== undefined && maxBakeMinutes !== undefined && maxBakeMinutes < bakeMinutes) {
      report(
        `${path}.release.maxBakeMinutes`,
        `${maxBakeMinutes} is less than bakeMinutes, ${bakeMinutes}.`,
        "Raise it, or lower bakeMinutes.",
      );
    }
    const steps = "steps" in release ? present(release.steps) : [100];
    if (release.strategy === "blue-green" && steps.some((share) => share !== 100)) {
      report(
        `${path}.release.steps`,
        `[${steps.join(", ")}]: blue-green moves all users at once, so that both versions never serve at the same time.`,
        "Write [100], or choose canary.",
        [`${path}.release.strategy`],
      );
    }
    const strange = approvals.filter((share) => !steps.includes(share));
    if (strange.length > 0) {
      report(
        `${path}.release.approvals`,
        `${strange.join(", ")}: no step of this release.`,
        `Name steps: ${steps.join(", ")}.`,
        [`${path}.release.steps`],
      );
    }
  }
};

type RollingDraft = Extract<NonNullable<ServiceDraft["release"]>, { readonly strategy?: "rolling" | undefined }>;

/** ECS rounds the most tasks down and the fewest up: with few tasks, small shares leave room for no replacement at all. */
function rollingCanMove(path: string, release: RollingDraft, tasks: number | undefined, report: Report): void {
  const { maxUnavailablePercent, maxSurgePercent } = release;
  if (tasks === undefined || maxUnavailablePercent === undefined || maxSurgePercent === undefined) return;
  const most = Math.floor((tasks * (100 + maxSurgePercent)) / 100);
  const fewest = Math.ceil((tasks * (100 - maxUnavailablePercent)) / 100);
  if (most > tasks || fewest < tasks) return;
  report(
    `${path}.release.maxSurgePercent`,
    `of ${tasks} tasks, ${maxSurgePercent} % more and ${maxUnavailablePercent} % fewer are none: ECS could replace nothing.`,
    `Write ${Math.ceil(100 / tasks)} or more, or that much as maxUnavailablePercent.`,
    [`${path}.scaling.min`, `${path}.release.maxUnavailablePercent`],
  );
}
