import { existsSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { CommandError } from "../exit-codes.ts";
import { remark } from "../json.ts";
import { cloudOf } from "../session.ts";

interface ExportFlags {
  readonly file?: string;
  readonly fingerprints?: boolean;
}

/** `causeway cloud export`: everything in the simulated cloud, in a form that can be compared. */
export function addCloudExportCommand(cloud: Command, checkout: string): void {
  cloud
    .command("export")
    .description("print everything in the simulated cloud as one JSON document, sorted, without secrets and times")
    .option("--file <path>", "write the document to a file instead")
    .option(
      "--fingerprints",
      "tell secrets apart by the first digits of their SHA-256, by which weak ones can be guessed",
    )
    .action(async ({ file, fingerprints }: ExportFlags) => {
      // Imported here, so that other commands do not load the database.
      const { cloudFiles } = await import("../../simulator/process/location.ts");
      const { CloudStore } = await import("../../simulator/store/store.ts");
      const { exportStore } = await import("../../simulator/store/export.ts");
      const { database } = cloudFiles(cloudOf(checkout).home);
      if (!existsSync(database)) {
        throw new CommandError(
          "failed",
          "There is no simulated cloud to export yet; `npx causeway up local --yes` makes one.",
        );
      }
      const store = new CloudStore(database);
      try {
        const document = exportStore(store, { secrets: fingerprints ? "fingerprint" : "mask" });
        if (file === undefined) process.stdout.write(document);
        else {
          writeFileSync(file, document, { mode: 0o600 });
          remark(`Written to ${file}`);
        }
      } finally {
        store.close();
      }
    });
}
