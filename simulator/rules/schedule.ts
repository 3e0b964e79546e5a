/** Schedule expressions of EventBridge, its Scheduler, AWS Backup and CloudWatch Synthetics. */

const FIELDS: readonly RegExp[] = [
  /^[\d*,/-]+$/,
  /^[\d*,/-]+$/,
  /^[\d*,/?LW-]+$/,
  /^[\dA-Z*,/-]+$/,
  /^[\dA-Z*,/?L#-]+$/,
  /^[\d*,/-]+$/,
];

/**
 * Whether AWS takes it: `rate(5 minutes)` or `cron(0 3 * * ? *)`.
 *
 * @param plural whether 1 has to have a unit in the singular and all other numbers one in the plural
 */
export function isSchedule(text: string, plural: "strict" | "any" = "strict"): boolean {
  const rate = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(text);
  if (rate !== null) {
    const count = Number(rate[1]);
    return count > 0 && (plural === "any" || (count === 1) !== (rate[2] ?? "").endsWith("s"));
  }
  const cron = /^cron\((.*)\)$/.exec(text);
  if (cron === null) return false;
  const fields = (cron[1] ?? "").trim().split(/\s+/);
  if (fields.length !== 6 || !fields.every((field, place) => FIELDS[place]?.test(field.toUpperCase()))) return false;
  // One of day of month and day of week has to be left open.
  return (fields[2] === "?") !== (fields[4] === "?");
}

/** `at(2026-12-24T18:00:00)`. */
export function isOneTime(text: string): boolean {
  const [, moment = ""] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(text) ?? [];
  return moment !== "" && !Number.isNaN(Date.parse(`${moment}Z`));
}

/** Whether the IANA time zone database has it. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}

/** `0 3 * * 1-5`: five fields, as Auto Scaling has them. */
export function isLinuxCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return fields.length === 5 && fields.every((field) => /^[\dA-Za-z*,/?-]+$/.test(field));
}
