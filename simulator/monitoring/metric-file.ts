/** Metrics in a file beside the cloud's database: one process measures, others evaluate. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MetricDatum, MetricSink } from "../dataplane/metrics.ts";
import { MetricStore } from "./metrics.ts";

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
    `);
  }

  put({ timestamp, namespace, name, dimensions, unit, values }: MetricDatum): void {
    this.#db
      .prepare("INSERT INTO data VALUES (?, ?, ?, ?, ?, ?)")
      .run(timestamp, namespace, name, JSON.stringify(dimensions), unit, JSON.stringify(values));
  }

  /** What was reported from a moment on, in milliseconds since the epoch. */
  since(timestamp: number): MetricStore {
    const store = new MetricStore();
    const rows = this.#db.prepare("SELECT * FROM data WHERE timestamp >= ? ORDER BY timestamp").all(timestamp);
    for (const row of rows) {
      store.put({
        timestamp: Number(row.timestamp),
        namespace: String(row.namespace),
        name: String(row.name),
        dimensions: JSON.parse(String(row.dimensions)) as MetricDatum["dimensions"],
        values: JSON.parse(String(row.reported)) as MetricDatum["values"],
      });
    }
    return store;
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

/** The metrics of a cloud from a moment on; none where nothing was ever measured. Makes no file. */
export function readMetrics(home: string, since: number): MetricStore {
  if (!existsSync(metricFileOf(home))) return new MetricStore();
  const file = new MetricFile(home);
  try {
    return file.since(since);
  } finally {
    file.close();
  }
}

/** Forgets the metrics of a cloud, if there are any. */
export function clearMetrics(home: string): void {
  if (!existsSync(metricFileOf(home))) return;
  const file = new MetricFile(home);
  try {
    file.clear();
  } finally {
    file.close();
  }
}
