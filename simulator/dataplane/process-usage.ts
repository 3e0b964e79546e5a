/** What processes use of a machine. A task is a process group: whatever it starts counts with it. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { TaskUsage } from "./runner.ts";

/** The kernel's clock ticks and pages, in what it tells of processes: `USER_HZ` is 100 on every platform of Linux. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

interface ProcessUsage extends TaskUsage {
  readonly group: number;
}

/** One look for many tasks that are measured at the same moment. */
let seen: { readonly at: number; readonly processes: readonly ProcessUsage[] } | undefined;

/** The sum over the groups that the processes lead; nothing when none of them is there. */
export function processGroupUsage(leaders: readonly number[]): TaskUsage | undefined {
  const now = Date.now();
  if (seen === undefined || now - seen.at > 1_000) seen = { at: now, processes: list() };
  const own = seen.processes.filter(({ group }) => leaders.includes(group));
  if (own.length === 0) return undefined;
  return own.reduce(
    (sum, { cpuSeconds, memoryBytes }) => {
      return { cpuSeconds: sum.cpuSeconds + cpuSeconds, memoryBytes: sum.memoryBytes + memoryBytes };
    },
    { cpuSeconds: 0, memoryBytes: 0 },
  );
}

function list(): ProcessUsage[] {
  return existsSync("/proc/self/stat") ? fromProc() : fromPs();
}

function fromProc(): ProcessUsage[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // The name stands in brackets and may hold anything; fields are counted from behind it (proc(5)).
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const field = (number: number) => Number(fields[number - 3]);
        return [
          {
            group: field(5),
            cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
            memoryBytes: field(24) * PAGE_BYTES,
          },
        ];
      } catch {
        return [];
      }
    });
}

function fromPs(): ProcessUsage[] {
  try {
    const text = execFileSync("ps", ["-A", "-o", "pgid=,time=,rss="], { encoding: "utf8" });
    return text
      .trim()
      .split("\n")
      .map((line) => {
        const [group, time = "0", kilobytes] = line.trim().split(/\s+/);
        const cpuSeconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
        return { group: Number(group), cpuSeconds, memoryBytes: Number(kilobytes) * 1024 };
      });
  } catch {
    return [];
  }
}
