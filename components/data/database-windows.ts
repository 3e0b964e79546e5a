import type { ProblemCollector } from "../../contracts/problems.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEK = 7 * 24 * 60;

interface Span {
  readonly start: number;
  readonly minutes: number;
}

/** Records what is wrong with a daily backup window and a weekly maintenance window, both in UTC. */
export function checkWindows(problems: ProblemCollector, backup: string, maintenance: string): void {
  const daily = backup.match(/^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/);
  const weekly = maintenance.match(/^([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)-([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)$/);
  const backupSpan = daily ? span(0, daily[1]!, daily[2]!, 0, daily[3]!, daily[4]!, 24 * 60) : undefined;
  const [from, to] = weekly ? [DAYS.indexOf(weekly[1]!), DAYS.indexOf(weekly[4]!)] : [-1, -1];
  const maintenanceSpan =
    weekly && from >= 0 && to >= 0 ? span(from, weekly[2]!, weekly[3]!, to, weekly[5]!, weekly[6]!, WEEK) : undefined;
  problems.require(
    backupSpan !== undefined && backupSpan.minutes >= 30,
    "backupWindow",
    `"${backup}" is no window.`,
    'Write it as "02:00-03:00" in UTC, half an hour or longer.',
  );
  problems.require(
    maintenanceSpan !== undefined && maintenanceSpan.minutes >= 30 && maintenanceSpan.minutes <= 24 * 60,
    "maintenanceWindow",
    `"${maintenance}" is no window.`,
    'Write it as "sun:03:30-sun:04:30" in UTC, half an hour to a day long.',
  );
  if (!backupSpan || !maintenanceSpan) return;
  const overlaps = DAYS.some((_, day) => {
    const start = day * 24 * 60 + backupSpan.start;
    const apart = (((maintenanceSpan.start - start) % WEEK) + WEEK) % WEEK;
    return apart < backupSpan.minutes || WEEK - apart < maintenanceSpan.minutes;
  });
  problems.require(
    !overlaps,
    "maintenanceWindow",
    `"${maintenance}" overlaps the backup window "${backup}".`,
    "Move one of them: AWS refuses overlapping windows.",
  );
}

function span(d1: number, h1: string, m1: string, d2: number, h2: string, m2: string, cycle: number): Span {
  const start = (d1 * 24 + Number(h1)) * 60 + Number(m1);
  const end = (d2 * 24 + Number(h2)) * 60 + Number(m2);
  return { start, minutes: (((end - start) % cycle) + cycle) % cycle };
}
