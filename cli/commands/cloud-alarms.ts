import Table from "cli-table3";
import type { Command } from "commander";
import pc from "picocolors";
import type { cloudAlarms, Observation } from "../../simulator/monitoring/index.ts";
import { isProved, type Rehearsal } from "../../simulator/monitoring/rehearsal.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText, remark } from "../json.ts";
import { cloudOf } from "../session.ts";
import { LIST_STYLE } from "../table.ts";

/** Here, so that the other commands do not load the database. */
const monitoring = () => import("../../simulator/monitoring/index.ts");
const NONE = "The simulated cloud holds no alarms. Bring an environment up first: npx causeway up local";

/** `causeway cloud alarms`: the alarms of the simulated cloud, their states, and the proof that they work. */
export function addAlarmCommands(cloud: Command, checkout: string): void {
  const alarms = cloud
    .command("alarms")
    .description("show every alarm of the simulated cloud and its state, by the metrics measured there")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: boolean }) => {
      const { receivers, ...observation } = (await monitoring()).cloudAlarms(cloudOf(checkout));
      if (options.json) printJson(document(observation, receivers));
      else printText(observation.alarms.length === 0 ? NONE : stateTable(observation));
    });

  alarms
    .command("rehearse")
    .description("prove, in virtual time, that every alarm fires in time on a fault and stays quiet without one")
    .option("--alarm <name>", "only this alarm")
    .option("--json", "print one JSON document")
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<{ alarm?: string; json?: boolean }>();
      const { rehearsals, receivers } = (await monitoring()).rehearseAlarms(cloudOf(checkout));
      const chosen = choose(rehearsals, options.alarm);
      const told = chosen.map((rehearsal) => ({ ...rehearsal, receivers: receiversOf(rehearsal.told, receivers) }));
      if (options.json) printJson({ proved: chosen.filter(isProved).length, alarms: told });
      else printText(told.length === 0 ? NONE : `${rehearsalTable(told)}\n${receiverList(told, receivers)}`);
      conclude(chosen, options.json === true);
    });
}

type Receivers = ReturnType<typeof cloudAlarms>["receivers"];
type Told = Rehearsal & { readonly receivers: readonly string[] };

const receiversOf = (topics: readonly string[], receivers: Receivers): string[] =>
  topics.flatMap((topic) => receivers.get(topic) ?? []);

function choose(rehearsals: readonly Rehearsal[], name: string | undefined): readonly Rehearsal[] {
  if (name === undefined) return rehearsals;
  const found = rehearsals.filter(({ alarm }) => alarm === name);
  if (found.length > 0) return found;
  throw new CommandError(
    "invalidInput",
    rehearsals.length === 0
      ? NONE
      : `No alarm is called ${name}. There are:\n${rehearsals.map(({ alarm }) => `  ${alarm}`).join("\n")}`,
  );
}

/** @throws CommandError unless every alarm is proved; what is not known counts as not proved */
function conclude(rehearsals: readonly Rehearsal[], json: boolean): void {
  const failed = rehearsals.filter((rehearsal) => !isProved(rehearsal));
  if (failed.length > 0) {
    const lines = failed.map(({ alarm, fires, reason }) => {
      const verdict = fires === "unknown" ? "not known whether it works" : "does not work";
      return `  ${alarm}: ${verdict}: ${reason ?? ""}`;
    });
    throw new CommandError(
      "failed",
      `${failed.length} of ${rehearsals.length} alarms are not proved:\n${lines.join("\n")}`,
    );
  }
  if (!json && rehearsals.length > 0) {
    remark(`All ${rehearsals.length} alarms fire in time on a fault, and stay quiet on healthy metrics.`);
  }
}

function document({ at, alarms, notifications }: Observation, receivers: Receivers) {
  const iso = (moment: number) => new Date(moment).toISOString();
  return {
    at: iso(at),
    alarms: alarms.map(({ since, ...alarm }) => ({ ...alarm, ...(since === undefined ? {} : { since: iso(since) }) })),
    notifications: notifications.map((notification) => ({
      ...notification,
      at: iso(notification.at),
      receivers: receiversOf([notification.target], receivers),
    })),
  };
}

const PAINT = { OK: pc.green, ALARM: pc.red, INSUFFICIENT_DATA: pc.dim } as const;

function stateTable({ alarms }: Observation): string {
  const table = new Table({ head: ["alarm", "state", "since (UTC)", "value", "threshold"], ...LIST_STYLE });
  for (const { name, kind, state, measured, since, value, threshold, reason } of alarms) {
    const shown = kind === "unread" ? `not evaluated: ${reason ?? ""}` : measured ? state : "not measured here";
    table.push([
      name,
      measured ? PAINT[state](shown) : pc.dim(shown),
      since === undefined || !measured ? "" : new Date(since).toISOString().slice(0, 16).replace("T", " "),
      value === undefined ? "no data" : round(value),
      threshold ?? "",
    ]);
  }
  return table.toString();
}

function rehearsalTable(rehearsals: readonly Told[]): string {
  const table = new Table({
    head: ["alarm", "fires after", "quiet if healthy", "over after", "without data", "tells"],
    ...LIST_STYLE,
  });
  const paint = (answer: Rehearsal["fires"], text: string) =>
    answer === "yes" ? text : answer === "no" ? pc.red(text) : pc.yellow(text);
  for (const rehearsal of rehearsals) {
    const { alarm, kind, fires, quiet, minutesToFire, minutesToEnd, onSilence, told } = rehearsal;
    const composite = kind === "composite" && fires === "yes";
    table.push([
      alarm,
      paint(fires, minutesToFire === undefined ? (composite ? "with its alarms" : fires) : minutes(minutesToFire)),
      paint(quiet, quiet),
      minutesToEnd === undefined ? "" : minutes(minutesToEnd),
      onSilence === undefined
        ? ""
        : onSilence.minutes === 0
          ? `stays ${onSilence.state}`
          : `${onSilence.state} after ${minutes(onSilence.minutes)}`,
      told.map(topicName).join(", ") || "nobody",
    ]);
  }
  return table.toString();
}

const topicName = (arn: string): string => arn.split(":").at(-1) ?? arn;

/** Who hears of each topic: once, and not in every row. */
function receiverList(rehearsals: readonly Told[], receivers: Receivers): string {
  const topics = [...new Set(rehearsals.flatMap(({ told }) => told))].sort();
  return topics
    .map(
      (topic) =>
        `${topicName(topic)} tells ${receivers.get(topic)?.join(", ") ?? pc.yellow("nobody: it has no subscription")}`,
    )
    .join("\n");
}

function minutes(count: number): string {
  if (count < 1) return `${Math.round(count * 60)} s`;
  return count < 600 ? `${round(count)} min` : `${round(count / 60)} h`;
}

const round = (value: number): string => String(Number(value.toPrecision(6)));
