/** Metrics in a file beside the cloud's database: one process measures, others evaluate. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MetricDatum, MetricSink } from "../dataplane/metrics.ts";
import { type MetricId, MetricStore } from "./metrics.ts";

/** "Data points with a period of 60 seconds (1-minute) are available for 15 days" (CloudWatch user guide). */
const KEPT_MS = 15 * 24 * 60 * 60_000;

/** Where a cloud keeps its metrics. @param home folder of the cloud */
export const metricFileOf = (home: string): string => join(home, "metrics.db");

export class MetricFile implements MetricSink {
  readonly #db: DatabaseSync;

  /** Opens the file, and makes it when there is none. @param home folder of the cloud */
  constructor(home: string) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(metricFileOf(home), { timeout: 15_000 });
    // Metrics are measured again; the last second of them may be lost in a power cut.
    this.#db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS data (timestamp INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
        dimensions TEXT NOT NULL, unit TEXT NOT NULL, reported TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS data_by_time ON data (timestamp);
      CREATE INDEX IF NOT EXISTS data_by_name ON data (namespace, name, timestamp);
    `);
    this.#addResolution();
  }

  /** Files of older releases have no finer metrics than by the minute. */
  #addResolution(): void {
    this.#db.exec("BEGIN IMMEDIATE");
    const columns = this.#db.prepare("PRAGMA table_info(data)").all();
    if (!columns.some(({ name }) => name === "resolution")) {
      this.#db.exec("ALTER TABLE data ADD COLUMN resolution INTEGER NOT NULL DEFAULT 60");
    }
    this.#db.exec("COMMIT");
  }

  put({ timestamp, namespace, name, dimensions, unit, values, resolution = 60 }: MetricDatum): void {
    this.#db
      .prepare(
        "INSERT INTO data (timestamp, namespace, name, dimensions, unit, reported, resolution) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(timestamp, namespace, name, JSON.stringify(dimensions), unit, JSON.stringify(values), resolution);
  }

  /** What was reported from a moment on, in milliseconds since the epoch. */
  since(timestamp: number): MetricStore {
    const store = new MetricStore();
    const rows = this.#db.prepare("SELECT * FROM data WHERE timestamp >= ? ORDER BY timestamp").all(timestamp);
    for (const row of rows) store.put(toDatum(row));
    return store;
  }

  /** What was reported of some metrics from one moment, inclusive, to another, exclusive, whatever their dimensions. */
  between(metrics: readonly Pick<MetricDatum, "namespace" | "name">[], from: number, to: number): MetricStore {
    const store = new MetricStore();
    const wanted = new Map(metrics.map(({ namespace, name }) => [`${namespace}\0${name}`, [namespace, name] as const]));
    const read = this.#db.prepare(
      "SELECT * FROM data WHERE namespace = ? AND name = ? AND timestamp >= ? AND timestamp < ? ORDER BY timestamp",
    );
    for (const names of wanted.values()) for (const row of read.all(...names, from, to)) store.put(toDatum(row));
    return store;
  }

  /** The metrics that had data from a moment on. */
  known(since: number): MetricId[] {
    const rows = this.#db
      .prepare("SELECT DISTINCT namespace, name, dimensions FROM data WHERE timestamp >= ?")
      .all(since);
    return rows.map(({ namespace, name, dimensions }) => ({
      namespace: String(namespace),
      name: String(name),
      dimensions: JSON.parse(String(dimensions)) as MetricDatum["dimensions"],
    }));
  }

  /** Forgets what is older than CloudWatch keeps it. */
  prune(now: number): void {
    this.#db.prepare("DELETE FROM data WHERE timestamp < ?").run(now - KEPT_MS);
  }

  /** Forgets everything. */
  clear(): void {
    this.#db.exec("DELETE FROM data");
  }

  close(): void {
    this.#db.close();
  }
}

function toDatum(row: Record<string, unknown>): MetricDatum {
  return {
    timestamp: Number(row.timestamp),
    namespace: String(row.namespace),
    name: String(row.name),
    dimensions: JSON.parse(String(row.dimensions)) as MetricDatum["dimensions"],
    values: JSON.parse(String(row.reported)) as MetricDatum["values"],
    unit: String(row.unit),
    resolution: Number(row.resolution),
  };
}

/** Works on the metrics of a cloud; `undefined` where nothing was ever measured. Makes no file. */
export function withMetrics<T>(home: string | undefined, work: (file: MetricFile) => T): T | undefined {
  if (home === undefined || !existsSync(metricFileOf(home))) return undefined;
  const file = new MetricFile(home);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/** The metrics of a cloud from a moment on; none where nothing was ever measured. Makes no file. */
export function readMetrics(home: string, since: number): MetricStore {
  return withMetrics(home, (file) => file.since(since)) ?? new MetricStore();
}

/** Forgets the metrics of a cloud, if there are any. */
export function clearMetrics(home: string): void {
  withMetrics(home, (file) => file.clear());
}
