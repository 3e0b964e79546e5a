/**
 * What a resource costs in a program of 500 and of 2,000, as ratios within one run: machines differ and are noisy, ratios
 * travel. Counted in processor time, which others on the machine do not change: of the engine with the program, and of
 * the simulated cloud. Only beside it stands the time on the clock.
 *
 * Usage: node bench/scale.ts [small] [large] [operations, such as preview,up]
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type OpenedStack, openStack, resolveEngine } from "../engine/index.ts";
import { startCloud, stopCloud } from "../simulator/index.ts";
import { childrenMs, processorMs } from "./processor.ts";

const checkout = join(dirname(fileURLToPath(import.meta.url)), "..");
const [small, large] = [Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 2_000)];
const engine = await resolveEngine({ checkout });

const chosen = process.argv[4]?.split(",");

const ALL = {
  preview: (stack: OpenedStack) => stack.preview(),
  up: (stack: OpenedStack) => stack.up(),
  "second up": (stack: OpenedStack) => stack.up(),
  refresh: (stack: OpenedStack) => stack.refresh(),
  destroy: (stack: OpenedStack) => stack.destroy(),
};
type Operation = keyof typeof ALL;
const OPERATIONS = (Object.keys(ALL) as Operation[]).filter((name) => chosen?.includes(name) ?? true);

/** Milliseconds per resource: on the clock, of the engine's and the program's processors, of the cloud's. */
interface Cost {
  readonly clock: number;
  readonly engine: number;
  readonly cloud: number;
}

interface Measured {
  readonly costs: Readonly<Record<Operation, Cost>>;
  /** Most memory the cloud's process ever had, in MB. */
  readonly memory: number;
}

async function measure(resources: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-scale-"));
  const home = join(folder, "cloud");
  try {
    const cloud = await startCloud({ home, root: checkout });
    const stack = await openStack({
      engine,
      projectDir: join(checkout, "bench", "scale"),
      stackName: "scale",
      backendUrl: pathToFileURL(join(folder, "backend")).href,
      pulumiHome: join(folder, "pulumi-home"),
      passphrase: "bench",
      configFile: join(folder, "Pulumi.scale.yaml"),
      environment: { ...cloud.environment, SCALE_RESOURCES: String(resources) },
    });
    const costs: Partial<Record<Operation, Cost>> = {};
    for (const name of OPERATIONS) {
      const [started, engineUsed, cloudUsed] = [performance.now(), childrenMs(), processorMs(cloud.pid)];
      const outcome = await ALL[name](stack);
      if (outcome.result !== "succeeded") throw new Error(`${name} failed\n${outcome.stdout}\n${outcome.stderr}`);
      const clock = performance.now() - started;
      const [engine, used] = [childrenMs() - engineUsed, processorMs(cloud.pid) - cloudUsed];
      costs[name] = { clock: clock / resources, engine: engine / resources, cloud: used / resources };
      const seconds = [clock, engine, used].map((ms) => (ms / 1000).toFixed(1));
      process.stderr.write(
        `${resources} ${name}: ${seconds[0]} s, engine ${seconds[1]} s, cloud ${seconds[2]} s, ` +
          `cloud's memory ${memoryOf(cloud.pid, "VmRSS").toFixed(0)} MB\n`,
      );
    }
    return { costs: costs as Record<Operation, Cost>, memory: memoryOf(cloud.pid, "VmHWM") };
  } finally {
    await stopCloud({ home });
    rmSync(folder, { recursive: true, force: true });
  }
}

function memoryOf(pid: number, which: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes = "0"] = new RegExp(`^${which}:\\s+(\\d+)`, "m").exec(status) ?? [];
  return Number(kilobytes) / 1024;
}

const few = await measure(small);
const many = await measure(large);
const line = (cells: readonly (string | number)[]) =>
  cells.map((cell) => (typeof cell === "number" ? cell.toFixed(2) : cell).padStart(12)).join("");
const columns = ["engine", "cloud", "both", "clock"] as const;
const costOf = (cost: Cost, column: (typeof columns)[number]) =>
  column === "both" ? cost.engine + cost.cloud : cost[column];
process.stdout.write(
  `${line(["ms/resource", ...columns.flatMap((name) => [`${name} ${small}`, `${name} ${large}`, "ratio"])])}\n`,
);
for (const name of OPERATIONS) {
  const figures = columns.flatMap((column) => {
    const [a, b] = [costOf(few.costs[name], column), costOf(many.costs[name], column)];
    return [a, b, b / a];
  });
  process.stdout.write(`${line([name, ...figures])}\n`);
}
process.stdout.write(
  `most memory of the cloud: ${few.memory.toFixed(0)} MB at ${small}, ${many.memory.toFixed(0)} MB at ${large}\n`,
);
