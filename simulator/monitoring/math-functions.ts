/** The functions of metric maths, by the table "Functions supported for metric math" in the CloudWatch user guide. */
import { isList, isSeries, type MathContext, map, type Series, seriesOf, type Value } from "./math-values.ts";

type MathFunction = (args: readonly Value[], context: MathContext) => Value;

const known = (values: Series): number[] => values.filter((value) => value !== undefined);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const average = (values: readonly number[]): number => total(values) / values.length;

/** Of one series a number; of a list a series, in which a series without a point in a period that others have counts as 0. */
function aggregate(apply: (values: number[]) => number): MathFunction {
  return ([value], { grid }) => {
    if (value === undefined) throw new Error("a function of metric maths lacks its series");
    if (isSeries(value)) return known(value).length === 0 ? 0 : apply(known(value));
    const list = seriesOf(value);
    return grid.starts.map((_, index) => {
      const points = list.map((series) => series[index]);
      return points.every((point) => point === undefined) ? undefined : apply(points.map((point) => point ?? 0));
    });
  };
}

const pointwise =
  (apply: (value: number) => number): MathFunction =>
  ([value]) =>
    map(value ?? Number.NaN, apply);

/** A function of one series, applied to each series of a list. */
function each(apply: (series: Series, args: readonly Value[], context: MathContext) => Series): MathFunction {
  return ([value, ...rest], context) => {
    if (value === undefined) throw new Error("a function of metric maths lacks its series");
    if (isList(value)) return { list: value.list.map((series) => apply(series, rest, context)) };
    return apply(seriesOf(value)[0]!, rest, context);
  };
}

/** The change of each point against the one before it that exists. */
function change(apply: (difference: number, seconds: number) => number): MathFunction {
  return each((series, _, { grid }) => {
    let before: { value: number; at: number } | undefined;
    return series.map((value, index) => {
      if (value === undefined) return undefined;
      const at = grid.starts[index]!;
      const result = before === undefined ? undefined : apply(value - before.value, (at - before.at) / 1000);
      before = { value, at };
      return result;
    });
  });
}

const fill = each((series, [filler]) => {
  if (filler === "REPEAT") {
    let last: number | undefined;
    return series.map((value) => {
      last = value ?? last;
      return last;
    });
  }
  if (filler === "LINEAR") return series.map((value, index) => value ?? between(series, index));
  if (typeof filler === "number") return series.map((value) => value ?? filler);
  if (filler !== undefined && isSeries(filler)) return series.map((value, index) => value ?? filler[index]);
  throw new Error("FILL takes a number, a series, REPEAT or LINEAR");
});

/** On the straight line from the last point before to the first after; undefined at the ends. */
function between(series: Series, index: number): number | undefined {
  const before = series.findLastIndex((value, at) => at < index && value !== undefined);
  const after = series.findIndex((value, at) => at > index && value !== undefined);
  if (before < 0 || after < 0) return undefined;
  const share = (index - before) / (after - before);
  return series[before]! + share * (series[after]! - series[before]!);
}

const deviation = (values: number[]): number => {
  const mean = average(values);
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
};

const ORDER: Readonly<Record<string, (values: number[]) => number>> = {
  AVG: average,
  SUM: total,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

const sort: MathFunction = ([value, by, order, limit]) => {
  const rank = typeof by === "string" ? ORDER[by] : undefined;
  if (value === undefined || rank === undefined || (order !== "ASC" && order !== "DESC")) {
    throw new Error("SORT takes series, one of AVG, MIN, MAX and SUM, and ASC or DESC");
  }
  const sign = order === "ASC" ? 1 : -1;
  const ranked = [...seriesOf(value)].sort((a, b) => sign * (rank(known(a)) - rank(known(b))));
  return { list: typeof limit === "number" ? ranked.slice(0, limit) : ranked };
};

/** A series made of the moment at which each period starts. */
const ofTime =
  (part: (date: Date) => number): MathFunction =>
  (_, { grid }) =>
    grid.starts.map((start) => part(new Date(start)));

const pick =
  (index: 0 | -1): MathFunction =>
  ([value]) => {
    const found = seriesOf(value ?? Number.NaN).at(index);
    if (found === undefined) throw new Error("FIRST and LAST need a list with a series");
    return found;
  };

export const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ABS: pointwise(Math.abs),
  AVG: aggregate(average),
  CEIL: pointwise(Math.ceil),
  DATAPOINT_COUNT: ([value], { grid }) =>
    value !== undefined && isSeries(value)
      ? known(value).length
      : grid.starts.map((_, index) => seriesOf(value ?? 0).filter((series) => series[index] !== undefined).length),
  DATE: ofTime((date) => date.getUTCDate()),
  // Monday is 1.
  DAY: ofTime((date) => date.getUTCDay() || 7),
  DIFF: change((difference) => difference),
  DIFF_TIME: change((_, seconds) => seconds),
  EPOCH: ofTime((date) => date.getTime() / 1000),
  FILL: fill,
  FIRST: pick(0),
  FLOOR: pointwise(Math.floor),
  HOUR: ofTime((date) => date.getUTCHours()),
  LAST: pick(-1),
  LOG: pointwise(Math.log),
  LOG10: pointwise(Math.log10),
  MAX: aggregate((values) => Math.max(...values)),
  METRIC_COUNT: ([value]) => seriesOf(value ?? Number.NaN).length,
  METRICS: ([part], { metrics }) => ({
    list: [...metrics].filter(([id]) => typeof part !== "string" || id.includes(part)).map(([, series]) => series),
  }),
  MIN: aggregate((values) => Math.min(...values)),
  MINUTE: ofTime((date) => date.getUTCMinutes()),
  MONTH: ofTime((date) => date.getUTCMonth() + 1),
  PERIOD: (_, { grid }) => grid.period,
  RATE: change((difference, seconds) => difference / seconds),
  REMOVE_EMPTY: ([value]) => ({ list: seriesOf(value ?? Number.NaN).filter((series) => known(series).length > 0) }),
  RUNNING_SUM: each((series) => {
    let sum = 0;
    return series.map((value) => {
      sum += value ?? 0;
      return value === undefined ? undefined : sum;
    });
  }),
  SLICE: ([value, from, to]) => ({
    list: seriesOf(value ?? Number.NaN).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  }),
  SORT: sort,
  STDDEV: aggregate(deviation),
  SUM: aggregate(total),
  TIME_SERIES: ([value], { grid }) => {
    if (typeof value !== "number") throw new Error("TIME_SERIES takes one number");
    return grid.starts.map(() => value);
  },
  YEAR: ofTime((date) => date.getUTCFullYear()),
};
