/** Any object with string keys, before it is known what it should be. */
export type Loose = Record<string, unknown>;

/** Whether a value is an object with keys: no list, not null. */
export function isRecord(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
