import type { Command } from "commander";
import { printJson, printText } from "../json.ts";
import { takeEngine } from "../session.ts";

/** `causeway engine`: find or build the Pulumi engine now rather than in the middle of something. */
export function addEngineCommand(program: Command): void {
  program
    .command("engine")
    .description("find, download or build the Pulumi engine, and say which it took")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: boolean }) => {
      const engine = await takeEngine();
      if (options.json) printJson(engine);
      else printText(`Pulumi ${engine.version} (${engine.source}), language host: ${engine.languageHost}`);
    });
}
