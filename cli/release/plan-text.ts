import Table from "cli-table3";
import pc from "picocolors";
import { duration } from "../../delivery/bakes.ts";
import { TABLE_STYLE } from "../table.ts";
import type { PreparedRelease } from "./plan.ts";

/** What a release would do, step by step, with how long each step bakes at the traffic there is. */
export function planText({ plan, bakes, remarks }: PreparedRelease): string {
  const { service, environment, strategy, live, candidate, before, after, traffic, soakMinutes, drainSeconds } = plan;
  const rolling = strategy === "rolling";
  const lines = [
    `${pc.bold(service)} in ${pc.bold(environment)}: release ${plan.release}, ${strategy}, ${rolling ? `within ${live}` : `from ${live} to ${candidate}`}`,
    `  from  ${versionText(before)}`,
    `  to    ${versionText(after)}`,
    ...(plan.commit === undefined ? [] : [`  commit ${plan.commit}`]),
    traffic === undefined
      ? "  traffic: nothing is known of it"
      : `  traffic: ${traffic.requestsPerSecond} requests/s, ${traffic.errorPercent} % of them answered with an error`,
  ];
  const table = new Table({
    ...TABLE_STYLE,
    head: ["step", "least bake", "at this traffic", "judged by", "before it"],
  });
  for (const [index, { weight, bakeMinutes, approval }] of plan.steps.entries()) {
    const bake = bakes?.[index];
    const needed = bake === undefined ? "not known" : duration(bake.minutes);
    table.push([
      `${weight} %`,
      duration(bakeMinutes),
      bake?.reachable === false ? pc.red(`${needed}, too long`) : needed,
      ["errors", ...(bake?.latency ?? []), ...plan.judgement.metrics.map(({ id }) => id)].join(", "),
      approval ? "a person approves" : "",
    ]);
  }
  lines.push(table.toString());
  const { judgement } = plan;
  lines.push(
    rolling
      ? `  then ${duration(soakMinutes)} soak; ECS keeps ${plan.rolling.minimumHealthyPercent} to ${plan.rolling.maximumPercent} % of the tasks while it replaces them`
      : `  then ${duration(soakMinutes)} soak, ${drainSeconds} s without a request until the old tasks end`,
    `  goes back at ${judgement.errorRateRatio} times the live error rate or ${judgement.latencyIncreasePercent} % more latency, when chance does not explain it;`,
    `  a version ${judgement.detectRatio} times as faulty is found with ${judgement.powerPercent} %, a healthy one taken back in at most ${judgement.falseRollbackPercent} % of releases`,
  );
  for (const { text } of bakes?.filter(({ reachable }) => !reachable) ?? []) lines.push(pc.yellow(`  ! ${text}`));
  for (const text of remarks) lines.push(pc.yellow(`  ! ${text}`));
  return lines.join("\n");
}

function versionText({ taskDefinition, artifact }: { taskDefinition: string; artifact?: string | undefined }): string {
  const revision = taskDefinition.split("/").at(-1) ?? taskDefinition;
  return artifact === undefined ? revision : `${revision}, ${artifact}`;
}
