/** One database file: its connection, its transactions and its statements. Several processes may have it open at once. */
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { makeTables } from "./tables.ts";

export type Row = Record<string, string | number | null>;
type Value = string | number | null;

export class Database {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #rows = 0;

  /**
   * Opens the database, and makes it when there is none.
   *
   * @throws Error when a newer release has written it
   */
  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = !existsSync(file);
    this.#db = new DatabaseSync(file, { timeout: 15_000 });
    // It holds what users gave as secrets, as AWS would.
    if (fresh) chmodSync(file, 0o600);
    // FULL: what was answered survives a power cut, not only a killed process.
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.transaction(() => makeTables(this.#db, file));
  }

  /** Runs the work atomically; a nested call joins the outer one. What it wrote is on disk when this returns. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#db.exec("BEGIN IMMEDIATE");
    this.#depth++;
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** The result of the work, with nothing of it written. */
  rehearsal<T>(work: () => T): T {
    this.#db.exec("SAVEPOINT rehearsal");
    this.#depth++;
    try {
      return work();
    } finally {
      this.#depth--;
      this.#db.exec("ROLLBACK TO rehearsal; RELEASE rehearsal");
    }
  }

  all(sql: string, ...values: Value[]): Row[] {
    const rows = this.#statement(sql).all(...values) as Row[];
    this.#rows += rows.length;
    return rows;
  }

  /** As `all`, one row after the other. */
  *each(sql: string): IterableIterator<Row> {
    for (const row of this.#statement(sql).iterate()) yield row as Row;
  }

  /** How many rows it changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** How many rows were read since it was opened, and by which statements: what scale tests hold it to. */
  effort(): { readonly rows: number; readonly statements: readonly string[] } {
    return { rows: this.#rows, statements: [...this.#statements.keys()] };
  }

  /** Another number after another connection, of this or another process, has written. Costs microseconds. */
  version(): number {
    return Number(this.all("PRAGMA data_version")[0]?.data_version);
  }

  /** Bytes on disk, with the write-ahead log. */
  size(): number {
    return [this.#file, `${this.#file}-wal`].reduce(
      (sum, file) => sum + (existsSync(file) ? statSync(file).size : 0),
      0,
    );
  }

  close(): void {
    this.#db.close();
  }
}
