/** Metrics as CloudWatch keeps them: by namespace, name and dimensions, summed up over any span that is asked for. */
import type { MetricDatum, MetricSink } from "../dataplane/metrics.ts";
import { Summary } from "./summary.ts";

export type MetricId = Pick<MetricDatum, "namespace" | "name" | "dimensions">;

/** What alarms need of metrics. */
export interface MetricSource {
  /** All samples of a metric from one moment, inclusive, to another, exclusive; milliseconds since the epoch. */
  summarise(metric: MetricId, from: number, to: number): Summary;
}

type Entry = Pick<MetricDatum, "timestamp" | "values" | "resolution"> & { readonly unit?: string | undefined };

/** Which samples of a metric are meant, where not all are. */
export interface Selection {
  /** Those reported in this unit. */
  readonly unit?: string | undefined;
  /** Those that can be asked for by a period of so many seconds. */
  readonly period?: number;
}

/** Metrics in memory. */
export class MetricStore implements MetricSource, MetricSink {
  readonly #series = new Map<string, Entry[]>();
  /** Namespaces of which anything was ever reported. */
  readonly namespaces = new Set<string>();

  /** Takes a datum; late ones are put where they belong. */
  put(datum: Omit<MetricDatum, "unit"> & { readonly unit?: string }): void {
    const { namespace, name, dimensions, timestamp, values, resolution = 60, unit } = datum;
    const key = keyOf({ namespace, name, dimensions });
    let series = this.#series.get(key);
    if (series === undefined) {
      series = [];
      this.#series.set(key, series);
      this.namespaces.add(namespace);
    }
    series.splice(firstAfter(series, timestamp), 0, { timestamp, values, resolution, unit });
  }

  summarise(metric: MetricId, from: number, to: number, { unit, period }: Selection = {}): Summary {
    const summary = new Summary();
    const series = this.#series.get(keyOf(metric)) ?? [];
    const end = firstAfter(series, to - 1);
    for (let index = firstAfter(series, from - 1); index < end; index++) {
      const entry = series[index]!;
      if (unit !== undefined && entry.unit !== unit) continue;
      if (period !== undefined && (entry.resolution ?? 60) > period) continue;
      summary.add(entry.values);
    }
    return summary;
  }

  /** The unit in which a metric was last reported. */
  unitOf(metric: MetricId): string | undefined {
    return this.#series.get(keyOf(metric))?.at(-1)?.unit;
  }
}

/** Dimensions in any order name one metric; a metric with other dimensions is another metric. */
export function keyOf({ namespace, name, dimensions }: MetricId): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify([namespace, name, sorted]);
}

/** Index of the first entry later than a moment. */
function firstAfter(series: readonly Entry[], moment: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (series[middle]!.timestamp <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
