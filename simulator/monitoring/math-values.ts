/** Values of metric maths: numbers, series of one value for each period, and lists of series. */

/** A value for each period; undefined where there is none. All series of one calculation have the same periods. */
export type Series = readonly (number | undefined)[];
export type SeriesList = { readonly list: readonly Series[] };
export type Value = number | string | Series | SeriesList;

/** The periods of a calculation. */
export interface Grid {
  /** Start of each period, oldest first, in milliseconds since the epoch. */
  readonly starts: readonly number[];
  /** Seconds. */
  readonly period: number;
}

/** What an expression may refer to. */
export interface MathContext {
  readonly grid: Grid;
  /** Series of metrics by id, in the order of the request. */
  readonly metrics: ReadonlyMap<string, Series>;
  /** Other expressions by id. */
  readonly expressions: ReadonlyMap<string, string>;
}

export const isList = (value: Value): value is SeriesList => typeof value === "object" && "list" in value;
export const isSeries = (value: Value): value is Series => Array.isArray(value);

export function seriesOf(value: Value): readonly Series[] {
  if (isList(value)) return value.list;
  if (isSeries(value)) return [value];
  throw new Error(`${value} is no series`);
}

/** Applies a function to each value; what is missing stays missing, and what has no result is dropped. */
export function map(value: Value, apply: (value: number) => number): Value {
  if (typeof value === "string") throw new Error(`"${value}" is no number`);
  if (typeof value === "number") return apply(value);
  if (isList(value)) return { list: value.list.map((series) => map(series, apply) as Series) };
  return value.map((point) => finite(point === undefined ? undefined : apply(point)));
}

/** Drops what is no number: the result of a division by zero, the logarithm of a negative one. */
export function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
