/** The simulated cloud's state in one database file. Several processes may have it open at once. */
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { JsonObject } from "../provider/values.ts";

/** Raised when the tables change shape. */
const FORMAT = 1;

/** What a service namespace is: ids are unique for one type in one account and region. */
export interface ResourceKey {
  readonly account: string;
  /** Empty for global services. */
  readonly region: string;
  readonly type: string;
  readonly id: string;
}

export interface StoredResource extends ResourceKey {
  readonly arn: string | undefined;
  /** What may not be taken twice, within account, region and type; often the name. */
  readonly uniqueName: string | undefined;
  /** Of the stack that created it. */
  readonly urn: string;
  readonly inputs: JsonObject;
  readonly state: JsonObject;
  readonly createdAt: string;
}

export interface Counts {
  readonly total: number;
  readonly byType: Readonly<Record<string, number>>;
  /** By `project/stack`. */
  readonly byStack: Readonly<Record<string, number>>;
}

type Row = Record<string, string | number | null>;

export class CloudStore {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

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
    this.transaction(() => this.#migrate());
  }

  #migrate(): void {
    const version = Number(this.#db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
    if (version > FORMAT) {
      throw new Error(
        `${this.#file} was written by a newer release of the simulated cloud (format ${version}, this one reads ` +
          `${FORMAT}). Update this checkout, or set CAUSEWAY_CLOUD_HOME to another folder.`,
      );
    }
    if (version === FORMAT) return;
    this.#db.exec(`
      CREATE TABLE resources (
        account TEXT NOT NULL, region TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
        arn TEXT, unique_name TEXT, urn TEXT NOT NULL, stack TEXT NOT NULL,
        inputs TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
        PRIMARY KEY (account, region, type, id)
      ) WITHOUT ROWID;
      CREATE INDEX resources_by_arn ON resources (account, arn);
      CREATE INDEX resources_by_id ON resources (account, id);
      CREATE INDEX resources_by_name ON resources (account, type, unique_name);
      CREATE TABLE counters (account TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
        PRIMARY KEY (account, name)) WITHOUT ROWID;
      CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      PRAGMA user_version = ${FORMAT};
    `);
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

  /** The resource with exactly this key. */
  get(key: ResourceKey): StoredResource | undefined {
    const rows = this.#all(
      "SELECT * FROM resources WHERE account = ? AND region = ? AND type = ? AND id = ?",
      ...[key.account, key.region, key.type, key.id],
    );
    return rows.map(toResource)[0];
  }

  put(resource: StoredResource): void {
    this.#run(
      `INSERT OR REPLACE INTO resources
       (account, region, type, id, arn, unique_name, urn, stack, inputs, state, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      resource.account,
      resource.region,
      resource.type,
      resource.id,
      resource.arn ?? null,
      resource.uniqueName ?? null,
      resource.urn,
      stackOf(resource.urn),
      JSON.stringify(resource.inputs),
      JSON.stringify(resource.state),
      resource.createdAt,
    );
  }

  /** Whether there was such a resource. */
  remove(key: ResourceKey): boolean {
    const changes = this.#run(
      "DELETE FROM resources WHERE account = ? AND region = ? AND type = ? AND id = ?",
      ...[key.account, key.region, key.type, key.id],
    );
    return changes > 0;
  }

  /** The resource of the type that holds a unique name; `region` undefined looks in all. */
  holderOf(account: string, type: string, uniqueName: string, region: string | undefined): StoredResource | undefined {
    const rows = this.#all(
      "SELECT * FROM resources WHERE account = ? AND type = ? AND unique_name = ? ORDER BY created_at",
      ...[account, type, uniqueName],
    );
    return rows.map(toResource).find((resource) => region === undefined || resource.region === region);
  }

  /** A resource by ARN, id or unique name, whatever its type; one of the region first. */
  find(account: string, region: string, reference: string): StoredResource | undefined {
    const rows = this.#all(
      "SELECT * FROM resources WHERE account = ? AND (arn = ? OR id = ?) ORDER BY (region <> ?), type",
      ...[account, reference, reference, region],
    );
    const named = () =>
      this.#all(
        "SELECT * FROM resources WHERE account = ? AND unique_name = ? ORDER BY (region <> ?), type",
        ...[account, reference, region],
      );
    const row = rows[0] ?? named()[0];
    return row && toResource(row);
  }

  /** Those of a type with this id, ARN or unique name, of all regions. */
  named(account: string, type: string, reference: string): StoredResource[] {
    return this.#all(
      "SELECT * FROM resources WHERE account = ? AND type = ? AND (id = ? OR arn = ? OR unique_name = ?)",
      ...[account, type, reference, reference, reference],
    ).map(toResource);
  }

  /** Those in whose properties a text stands: of a type, or of all. */
  mentioning(account: string, type: string | undefined, text: string): StoredResource[] {
    const rows =
      type === undefined
        ? this.#all("SELECT * FROM resources WHERE account = ? AND instr(state, ?) > 0", account, text)
        : this.#all(
            "SELECT * FROM resources WHERE account = ? AND type = ? AND instr(state, ?) > 0",
            ...[account, type, text],
          );
    return rows.map(toResource);
  }

  /** All resources of a type, oldest first; `region` undefined gives those of all regions. */
  list(account: string, type: string, region?: string): StoredResource[] {
    return this.#all("SELECT * FROM resources WHERE account = ? AND type = ? ORDER BY created_at, id", account, type)
      .map(toResource)
      .filter((resource) => region === undefined || resource.region === "" || resource.region === region);
  }

  /** All resources with an ARN, in the order of their ARNs. */
  listWithArn(account: string, region: string): StoredResource[] {
    return this.#all(
      "SELECT * FROM resources WHERE account = ? AND arn IS NOT NULL AND (region = ? OR region = '') ORDER BY arn",
      ...[account, region],
    ).map(toResource);
  }

  /** 1, 2, 3 …: never the same number twice for one counter. */
  next(account: string, counter: string): number {
    const rows = this.#all(
      `INSERT INTO counters (account, name, value) VALUES (?, ?, 1)
       ON CONFLICT (account, name) DO UPDATE SET value = value + 1 RETURNING value`,
      ...[account, counter],
    );
    return Number(rows[0]?.value);
  }

  setting(name: string): string | undefined {
    const value = this.#all("SELECT value FROM settings WHERE name = ?", name)[0]?.value;
    return typeof value === "string" ? value : undefined;
  }

  set(name: string, value: string): void {
    this.#run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value);
  }

  counts(): Counts {
    const group = (column: string) =>
      Object.fromEntries(
        this.#all(`SELECT ${column} AS name, count(*) AS n FROM resources GROUP BY ${column} ORDER BY ${column}`).map(
          (row) => [String(row.name), Number(row.n)],
        ),
      );
    const byType = group("type");
    const total = Object.values(byType).reduce((sum, n) => sum + n, 0);
    return { total, byType, byStack: group("stack") };
  }

  /**
   * Forgets resources: all, or those of one account or one stack. Counters go with an account, so that a fresh start
   * gives the same ids again.
   */
  reset(only: { readonly account?: string; readonly stack?: string } = {}): number {
    return this.transaction(() => {
      if (only.stack !== undefined) return this.#run("DELETE FROM resources WHERE stack = ?", only.stack);
      if (only.account !== undefined) {
        this.#run("DELETE FROM counters WHERE account = ?", only.account);
        return this.#run("DELETE FROM resources WHERE account = ?", only.account);
      }
      this.#run("DELETE FROM counters");
      return this.#run("DELETE FROM resources");
    });
  }

  /** Another number after another connection, of this or another process, has written. Costs microseconds. */
  version(): number {
    return Number(this.#all("PRAGMA data_version")[0]?.data_version);
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

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #all(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: (string | number | null)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}

/** `project/stack` of a URN. */
export function stackOf(urn: string): string {
  const [stack, project] = urn.replace(/^urn:pulumi:/, "").split("::");
  return `${project ?? ""}/${stack ?? ""}`;
}

function toResource(row: Row): StoredResource {
  return {
    account: String(row.account),
    region: String(row.region),
    type: String(row.type),
    id: String(row.id),
    arn: row.arn === null ? undefined : String(row.arn),
    uniqueName: row.unique_name === null ? undefined : String(row.unique_name),
    urn: String(row.urn),
    inputs: JSON.parse(String(row.inputs)) as JsonObject,
    state: JSON.parse(String(row.state)) as JsonObject,
    createdAt: String(row.created_at),
  };
}
