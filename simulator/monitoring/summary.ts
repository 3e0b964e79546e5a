/** What is known of the samples of one span of time, and the statistics CloudWatch makes of it. */
import type { MetricDatum, StatisticSet } from "../dataplane/metrics.ts";

const SIMPLE: Readonly<Record<string, (summary: Summary) => number>> = {
  Sum: (summary) => summary.sum,
  Average: (summary) => summary.sum / summary.count,
  Minimum: (summary) => summary.minimum,
  Maximum: (summary) => summary.maximum,
  SampleCount: (summary) => summary.count,
};

/** The share a percentile's name stands for: `p99.9` is 99.9. Undefined for other statistics. */
export function percentOf(stat: string): number | undefined {
  const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(stat)?.[1];
  return percent === undefined ? undefined : Number(percent);
}

/** Whether the statistic is one this evaluates. */
export function isStatistic(stat: string): boolean {
  return stat in SIMPLE || percentOf(stat) !== undefined;
}

export class Summary {
  count = 0;
  sum = 0;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  /** Undefined as soon as a set came in whose samples cannot be told apart. */
  #values: { value: number; count: number }[] | undefined = [];

  add(values: MetricDatum["values"]): void {
    if ("sum" in values) {
      this.#join(values);
      // Percentiles of statistic sets exist only where "the SampleCount value of the statistic set is 1" or "Min and Max
      // [...] are equal" (CloudWatch user guide, Percentiles): only then a set says what its samples were.
      if (values.count === 1 || values.min === values.max)
        this.#values?.push({ value: values.min, count: values.count });
      else this.#values = undefined;
      return;
    }
    for (const value of values) {
      this.#join({ count: 1, sum: value, min: value, max: value });
      this.#values?.push({ value, count: 1 });
    }
  }

  #join({ count, sum, min, max }: StatisticSet): void {
    this.count += count;
    this.sum += sum;
    this.minimum = Math.min(this.minimum, min);
    this.maximum = Math.max(this.maximum, max);
  }

  /**
   * `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile by the nearest rank. Undefined where there are
   * no samples, or a percentile is asked of statistic sets that do not tell.
   *
   * @throws Error for any other statistic
   */
  statistic(stat: string): number | undefined {
    if (!isStatistic(stat)) throw new Error(`the statistic ${stat} is not evaluated here`);
    if (this.count === 0) return undefined;
    const percent = percentOf(stat);
    if (percent === undefined) return SIMPLE[stat]!(this);
    if (this.#values === undefined) return undefined;
    const rank = (percent / 100) * this.count;
    const sorted = [...this.#values].sort((a, b) => a.value - b.value);
    let seen = 0;
    for (const { value, count } of sorted) {
      seen += count;
      // The last bit of a float must not decide which of two samples is meant.
      if (seen >= rank - 1e-9) return value;
    }
    return this.maximum;
  }
}
