import Table from "cli-table3";
import type { Command } from "commander";
import { printJson, printText } from "../json.ts";
import { cloudOf } from "../session.ts";
import { LIST_STYLE } from "../table.ts";

const LONGEST_LINE = 80;

/** `causeway cloud messages`: what was published to topics of the simulated cloud, and to whom it would have gone. */
export function addMessagesCommand(cloud: Command, checkout: string): void {
  cloud
    .command("messages")
    .description("show what was published to topics of the simulated cloud, and who would have got it")
    .option("--topic <name>", "only of this topic, by name or ARN")
    .option("--json", "print one JSON document")
    .action(async (options: { topic?: string; json?: boolean }) => {
      const { home } = cloudOf(checkout);
      // Here, so that the other commands do not load the database.
      const { readMessages } = await import("../../simulator/monitoring/messages.ts");
      const { readStoredAlarms } = await import("../../simulator/monitoring/stored.ts");
      const { receivers } = readStoredAlarms(home);
      const messages = readMessages(home)
        .filter(({ topic }) => options.topic === undefined || [topic, nameOf(topic)].includes(options.topic))
        .map((message) => ({ ...message, receivers: receivers.get(message.topic) ?? [] }));
      if (options.json) {
        printJson({ messages });
        return;
      }
      if (messages.length === 0) {
        printText("Nothing was published.");
        return;
      }
      const table = new Table({ head: ["when (UTC)", "topic", "message", "would have gone to"], ...LIST_STYLE });
      for (const { at, topic, subject, text, receivers: told } of messages) {
        const line = (subject ?? text).split("\n")[0] ?? "";
        const shown = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
        table.push([at.slice(0, 19).replace("T", " "), nameOf(topic), shown, told.join(", ") || "nobody"]);
      }
      printText(table.toString());
    });
}

const nameOf = (arn: string): string => arn.split(":").at(-1) ?? arn;
