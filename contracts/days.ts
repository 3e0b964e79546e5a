const MILLISECONDS_OF_A_DAY = 86_400_000;

/** Today in UTC, as `2026-01-31`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Whole days from one day to another, both as `2026-01-31`; negative when the second is earlier. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / MILLISECONDS_OF_A_DAY;
}
