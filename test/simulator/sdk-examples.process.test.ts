/** The verdicts on record for the SDK's examples still hold; `sdk-examples/measure.ts` measures all of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { spawnCommand } from "../support/command.ts";

const FOLDER = join(process.cwd(), "test", "simulator", "sdk-examples");
const RECORD = JSON.parse(readFileSync(join(FOLDER, "verdicts.json"), "utf8")) as {
  version: string;
  verdicts: Record<string, string>;
};
const SAMPLE = 45;

/** Every so many of them, from a place that moves on with the SDK's version: the same sample for everyone. */
function sample(names: readonly string[], seed: string): string[] {
  const step = Math.floor(names.length / SAMPLE);
  const start = [...seed].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % step;
  return names.filter((_, at) => at % step === start).slice(0, SAMPLE);
}

it("creates, or refuses for what AWS would refuse, at least 98 of 100 examples of the installed SDK", () => {
  const { version } = JSON.parse(readFileSync("node_modules/@pulumi/aws/package.json", "utf8")) as { version: string };
  const verdicts = Object.values(RECORD.verdicts);
  const failed = verdicts.filter((verdict) => verdict.startsWith("failed"));
  expect(RECORD.version).toBe(version);
  expect(verdicts.length).toBeGreaterThanOrEqual(685);
  expect(failed.length / verdicts.length).toBeLessThanOrEqual(0.02);
  expect(verdicts.filter((verdict) => verdict === "created").length / verdicts.length).toBeGreaterThanOrEqual(0.65);
});

it("gives a sample of them the verdicts on record", async () => {
  const names = sample(Object.keys(RECORD.verdicts), RECORD.version);
  const { code, stdout, stderr } = await spawnCommand(process.execPath, [join(FOLDER, "measure.ts"), ...names], {
    cwd: process.cwd(),
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(names.map((name) => [name, RECORD.verdicts[name]])));
});
