/** Schedule expressions of EventBridge and AWS Backup. */

const FIELDS: readonly RegExp[] = [
  /^[\d*,/-]+$/,
  /^[\d*,/-]+$/,
  /^[\d*,/?LW-]+$/,
  /^[\dA-Z*,/-]+$/,
  /^[\dA-Z*,/?L#-]+$/,
  /^[\d*,/-]+$/,
];

/** Whether AWS takes it: `rate(5 minutes)` or `cron(0 3 * * ? *)`. */
export function isSchedule(text: string): boolean {
  const rate = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(text);
  if (rate !== null) {
    const count = Number(rate[1]);
    return count > 0 && (count === 1) !== (rate[2] ?? "").endsWith("s");
  }
  const cron = /^cron\((.*)\)$/.exec(text);
  if (cron === null) return false;
  const fields = (cron[1] ?? "").trim().split(/\s+/);
  if (fields.length !== 6 || !fields.every((field, place) => FIELDS[place]?.test(field.toUpperCase()))) return false;
  // One of day of month and day of week has to be left open.
  return (fields[2] === "?") !== (fields[4] === "?");
}
