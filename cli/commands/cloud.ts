import type { Command } from "commander";
import { cloudStatus, resetCloud, stopCloud } from "../../simulator/index.ts";
import { CommandError } from "../exit-codes.ts";
import { printJson, printText } from "../json.ts";
import { cloudOf } from "../session.ts";
import { addAlarmCommands } from "./cloud-alarms.ts";
import { apiFaultLines, apiFaultsOf } from "./cloud-api-faults.ts";
import { addCloudEditCommand } from "./cloud-edit.ts";
import { addCloudExportCommand } from "./cloud-export.ts";
import { addMessagesCommand } from "./cloud-messages.ts";
import { addCloudOpenCommand } from "./cloud-open.ts";
import { addCloudRunCommand } from "./cloud-run.ts";
import { addCloudServeCommands, trafficStatus, trafficText } from "./cloud-serve.ts";

/** `causeway cloud`: the simulated cloud as a thing of its own. */
export function addCloudCommands(program: Command, checkout: string): void {
  const cloud = program.command("cloud").description("look after the simulated cloud");

  cloud
    .command("status")
    .description("say whether the simulated cloud runs and what is in it")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: boolean }) => {
      const status = await cloudStatus(cloudOf(checkout));
      if (options.json)
        printJson({ ...status, traffic: await trafficStatus(checkout), apiFaults: await apiFaultsOf(checkout) });
      else
        printText(
          [statusText(status), ...(await trafficText(checkout)), ...(await apiFaultLines(checkout))].join("\n"),
        );
    });

  addCloudRunCommand(cloud, checkout);

  addCloudServeCommands(cloud, checkout);

  cloud
    .command("stop")
    .description("stop the simulated cloud; what is in it stays")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: boolean }) => {
      const stopped = await stopCloud(cloudOf(checkout));
      if (options.json) printJson({ stopped });
      else if (stopped.length === 0) printText("The simulated cloud was not running.");
      else printText("The simulated cloud has stopped; its resources are kept.");
    });

  cloud
    .command("reset")
    .description("delete everything in this checkout's simulated cloud")
    .option("--yes", "do not ask")
    .option("--json", "print one JSON document")
    .action(async (options: { yes?: boolean; json?: boolean }) => {
      if (!options.yes) {
        throw new CommandError(
          "cancelled",
          "This deletes every resource of every environment in the simulated cloud, and the next `causeway refresh` will find them gone. Repeat with --yes to do it.",
        );
      }
      const removed = await resetCloud(cloudOf(checkout));
      if (options.json) printJson({ removed });
      else {
        printText(
          `The simulated cloud is empty; it held ${removed} resources. Run \`npx causeway refresh <environment>\` for environments that were up.`,
        );
      }
    });

  addAlarmCommands(cloud, checkout);

  addMessagesCommand(cloud, checkout);

  addCloudExportCommand(cloud, checkout);

  addCloudEditCommand(cloud, checkout);

  addCloudOpenCommand(cloud, checkout);
}

type CloudStatus = Awaited<ReturnType<typeof cloudStatus>>;

function statusText(status: CloudStatus): string {
  const lines = status.processes.map(
    (process) => `running: process ${process.pid}, port ${process.port}, since ${process.since}`,
  );
  return [
    ...(lines.length > 0 ? lines : ["not running; it starts when a command needs it"]),
    `database: ${status.database}`,
    `log: ${status.log}`,
  ].join("\n");
}
