/** Processor time, which others on the machine do not change; by the kernel's count of hundredths of a second. */
import { readFileSync } from "node:fs";

/** User and system time of a process, in milliseconds. */
export const processorMs = (pid: number): number => ticks(pid, 11) + ticks(pid, 12);

/** The same of all that this process has started and that has ended, with what those started. */
export const childrenMs = (): number => ticks(process.pid, 13) + ticks(process.pid, 14);

function ticks(pid: number, field: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[field]) * 10;
}
