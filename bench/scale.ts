/**
 * What a resource costs in a program of 500 and of 2,000, as ratios within one run: machines differ and are noisy, ratios
 * travel. Beside the time of the whole command stands the processor time of the simulated cloud alone, because the
 * engine writes its whole checkpoint at each step of an `up` or `destroy`, and so grows by itself.
 *
 * Usage: node bench/scale.ts [small] [large]
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type OpenedStack, openStack, resolveEngine } from "../engine/index.ts";
import { startCloud, stopCloud } from "../simulator/index.ts";

const checkout = join(dirname(fileURLToPath(import.meta.url)), "..");
const [small, large] = [Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 2_000)];
const engine = await resolveEngine({ checkout });

const OPERATIONS = {
  preview: (stack: OpenedStack) => stack.preview(),
  up: (stack: OpenedStack) => stack.up(),
  "second up": (stack: OpenedStack) => stack.up(),
  refresh: (stack: OpenedStack) => stack.refresh(),
  destroy: (stack: OpenedStack) => stack.destroy(),
};
type Operation = keyof typeof OPERATIONS;

/** Milliseconds per resource. */
interface Cost {
  readonly whole: number;
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
    for (const [name, run] of Object.entries(OPERATIONS) as [Operation, (typeof OPERATIONS)[Operation]][]) {
      const [started, used] = [performance.now(), processorMs(cloud.pid)];
      const outcome = await run(stack);
      if (outcome.result !== "succeeded") throw new Error(`${name} failed\n${outcome.stdout}\n${outcome.stderr}`);
      const whole = (performance.now() - started) / resources;
      costs[name] = { whole, cloud: (processorMs(cloud.pid) - used) / resources };
      process.stderr.write(`${resources} ${name}: ${((whole * resources) / 1000).toFixed(1)} s\n`);
    }
    return { costs: costs as Record<Operation, Cost>, memory: mostMemory(cloud.pid) };
  } finally {
    await stopCloud({ home });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** User and system time of a process, from the kernel's count of hundredths of a second. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function mostMemory(pid: number): number {
  const [, kilobytes = "0"] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

const few = await measure(small);
const many = await measure(large);
const line = (cells: readonly (string | number)[]) =>
  cells.map((cell) => (typeof cell === "number" ? cell.toFixed(2) : cell).padStart(14)).join("");
process.stdout.write(
  `${line(["ms/resource", `whole ${small}`, `whole ${large}`, "ratio", "", `cloud ${small}`, `cloud ${large}`, "ratio"])}\n`,
);
for (const name of Object.keys(OPERATIONS) as Operation[]) {
  const [a, b] = [few.costs[name], many.costs[name]];
  process.stdout.write(
    `${line([name, a.whole, b.whole, b.whole / a.whole, "", a.cloud, b.cloud, b.cloud / a.cloud])}\n`,
  );
}
process.stdout.write(
  `memory of the cloud: ${few.memory.toFixed(0)} MB at ${small}, ${many.memory.toFixed(0)} MB at ${large}\n`,
);
