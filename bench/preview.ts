/**
 * What a warm preview of production costs, as ratios within one run: machines differ and are noisy, ratios travel.
 *
 * Each round previews in turn, so a machine that slows down slows all of them: the baseline (a program that imports aws
 * and exports one value), production as it is, and production with stack traces. The same policy pack runs in all three.
 *
 * Usage: npm run bench [-- rounds]
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { policyOptions } from "../cli/policies.ts";
import { type OpenedStack, openStack, resolveEngine } from "../engine/index.ts";
import { getEnvironment } from "../environments/index.ts";
import { SIMULATED_ACCOUNT_ID, startCloud, stopCloud } from "../simulator/index.ts";

const ROUNDS = 5;
const checkout = join(dirname(fileURLToPath(import.meta.url)), "..");
const rounds = Number(process.argv[2] ?? ROUNDS);
if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(`usage: npm run bench [-- rounds]; ${process.argv[2]} is no number of rounds\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "causeway-bench-"));
const home = join(folder, "cloud");
const production = getEnvironment("production");
const policies = policyOptions(production, checkout, { advisory: true });

/** The checkout's program with another `nodeargs`: Pulumi.yaml is the only place to say it. */
function withStackTraces(): string {
  const copy = join(folder, "with-stacks");
  const rooms = ["contracts", "environments", "components", "stacks", "package.json", "Pulumi.yaml"];
  for (const room of rooms) cpSync(join(checkout, room), join(copy, room), { recursive: true });
  symlinkSync(join(checkout, "node_modules"), join(copy, "node_modules"));
  const file = join(copy, "Pulumi.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^ *nodeargs:.*\n/m, ""));
  return copy;
}

async function open(projectDir: string, name: string): Promise<OpenedStack> {
  const engine = await resolveEngine({ checkout });
  const { environment } = await startCloud({ home, root: checkout });
  return openStack({
    engine,
    projectDir,
    stackName: "production",
    backendUrl: pathToFileURL(join(folder, name, "backend")).href,
    pulumiHome: join(folder, "pulumi-home"),
    passphrase: "bench",
    configFile: join(folder, name, "Pulumi.production.yaml"),
    config: { "causeway:accountId": SIMULATED_ACCOUNT_ID },
    environment,
  });
}

async function seconds(stack: OpenedStack): Promise<number> {
  const started = performance.now();
  const outcome = await stack.preview(policies.options);
  if (outcome.result !== "succeeded") throw new Error(`the preview failed\n${outcome.stdout}\n${outcome.stderr}`);
  return (performance.now() - started) / 1000;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const spread = (values: readonly number[]) =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;

try {
  const baseline = await open(join(checkout, "bench", "baseline"), "baseline");
  const fast = await open(checkout, "fast");
  const traced = await open(withStackTraces(), "traced");
  const times = { baseline: [] as number[], fast: [] as number[], traced: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const now = { baseline: await seconds(baseline), fast: await seconds(fast), traced: await seconds(traced) };
    // The first round fills caches.
    if (round === 0) continue;
    for (const key of ["baseline", "fast", "traced"] as const) times[key].push(now[key]);
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  const ratios = (above: readonly number[], below: readonly number[]) => above.map((value, i) => value / below[i]!);
  process.stdout.write(
    [
      `baseline, seconds                                 ${spread(times.baseline)}`,
      `production, seconds                               ${spread(times.fast)}`,
      `production / baseline                             ${spread(ratios(times.fast, times.baseline))}`,
      `production with stack traces / without            ${spread(ratios(times.traced, times.fast))}`,
      "",
    ].join("\n"),
  );
} finally {
  policies.dispose();
  await stopCloud({ home });
  rmSync(folder, { recursive: true, force: true });
}
