/** The simulated cloud's state: what accounts have, and what is kept in it. */
import type { Json, JsonObject } from "../provider/values.ts";
import { Counters } from "./counters.ts";
import { Database, type Row } from "./database.ts";

/**
 * Left to itself the planner takes an account for ten resources and reads all of it, so what is looked up by each column
 * names its index.
 */
const INDEX_OF = { arn: "resources_by_arn", id: "resources_by_id", unique_name: "resources_by_any_name" } as const;

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

/** Something that is kept in a resource: an item of a table, when a parameter was written. */
export interface Content {
  readonly part: string;
  /** Orders what is in a part. */
  readonly sort: string;
  readonly value: Json;
}

export interface Counts {
  readonly total: number;
  readonly byType: Readonly<Record<string, number>>;
  /** By `project/stack`. */
  readonly byStack: Readonly<Record<string, number>>;
}

export class CloudStore {
  /** What is given once. */
  readonly counters: Counters;
  readonly #database: Database;

  /**
   * Opens the database, and makes it when there is none.
   *
   * @throws Error when a newer release has written it
   */
  constructor(file: string) {
    this.#database = new Database(file);
    this.counters = new Counters(this.#database);
  }

  /** Runs the work atomically; a nested call joins the outer one. What it wrote is on disk when this returns. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /** The result of the work, with nothing of it written. */
  rehearsal<T>(work: () => T): T {
    return this.#database.rehearsal(work);
  }

  /** The resource with exactly this key. */
  get(key: ResourceKey): StoredResource | undefined {
    const rows = this.#database.all(
      "SELECT * FROM resources WHERE account = ? AND region = ? AND type = ? AND id = ?",
      ...[key.account, key.region, key.type, key.id],
    );
    return rows.map(toResource)[0];
  }

  put(resource: StoredResource): void {
    this.#database.run(
      `INSERT INTO resources (account, region, type, id, arn, unique_name, urn, stack, inputs, state, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, region, type, id) DO UPDATE SET arn = excluded.arn, unique_name = excluded.unique_name,
         urn = excluded.urn, stack = excluded.stack, inputs = excluded.inputs, state = excluded.state,
         created_at = excluded.created_at`,
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

  /** Whether there was such a resource. What was in it goes with it. */
  remove(key: ResourceKey): boolean {
    const place = [key.account, key.region, key.type, key.id];
    this.#database.run("DELETE FROM contents WHERE account = ? AND region = ? AND type = ? AND id = ?", ...place);
    const changes = this.#database.run(
      "DELETE FROM resources WHERE account = ? AND region = ? AND type = ? AND id = ?",
      ...[key.account, key.region, key.type, key.id],
    );
    return changes > 0;
  }

  /** What is kept in a resource, such as an item of a table, at one place. */
  content(key: ResourceKey, part: string, sort: string): Json | undefined {
    const rows = this.#database.all(
      "SELECT value FROM contents WHERE account = ? AND region = ? AND type = ? AND id = ? AND part = ? AND sort = ?",
      ...[key.account, key.region, key.type, key.id, part, sort],
    );
    return rows[0] && (JSON.parse(String(rows[0].value)) as Json);
  }

  /** What is kept in a resource, or in one part of it, in the order of part and sort. */
  contents(key: ResourceKey, part?: string): Content[] {
    const place = [key.account, key.region, key.type, key.id];
    const where = "account = ? AND region = ? AND type = ? AND id = ?";
    const rows =
      part === undefined
        ? this.#database.all(`SELECT part, sort, value FROM contents WHERE ${where} ORDER BY part, sort`, ...place)
        : this.#database.all(
            `SELECT part, sort, value FROM contents WHERE ${where} AND part = ? ORDER BY sort`,
            ...place,
            part,
          );
    return rows.map((row) => ({
      part: String(row.part),
      sort: String(row.sort),
      value: JSON.parse(String(row.value)) as Json,
    }));
  }

  putContent(key: ResourceKey, part: string, sort: string, value: Json): void {
    this.#database.run(
      "INSERT OR REPLACE INTO contents (account, region, type, id, part, sort, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[key.account, key.region, key.type, key.id, part, sort, JSON.stringify(value)],
    );
  }

  removeContent(key: ResourceKey, part: string, sort: string): void {
    this.#database.run(
      "DELETE FROM contents WHERE account = ? AND region = ? AND type = ? AND id = ? AND part = ? AND sort = ?",
      ...[key.account, key.region, key.type, key.id, part, sort],
    );
  }

  /** The resource of the type that holds a unique name; `region` undefined looks in all. */
  holderOf(account: string, type: string, uniqueName: string, region: string | undefined): StoredResource | undefined {
    const rows = this.#database.all(
      `SELECT * FROM resources INDEXED BY resources_by_name
       WHERE account = ? AND type = ? AND unique_name = ? AND region = coalesce(?, region) ORDER BY created_at LIMIT 1`,
      ...[account, type, uniqueName, region ?? null],
    );
    return rows.map(toResource)[0];
  }

  /** A resource by ARN, id or unique name, whatever its type; one of the region first. */
  find(account: string, region: string, reference: string): StoredResource | undefined {
    const by = (column: keyof typeof INDEX_OF) =>
      this.#database
        .all(
          `SELECT * FROM resources INDEXED BY ${INDEX_OF[column]} WHERE account = ? AND ${column} = ? ORDER BY (region <> ?), type LIMIT 1`,
          ...[account, reference, region],
        )
        .map(toResource)[0];
    return by("arn") ?? by("id") ?? by("unique_name");
  }

  /** Those of a type with this id, ARN or unique name, of all regions. */
  named(account: string, type: string, reference: string): StoredResource[] {
    const by = (column: keyof typeof INDEX_OF) =>
      this.#database
        .all(
          `SELECT * FROM resources INDEXED BY ${INDEX_OF[column]} WHERE account = ? AND ${column} = ? AND type = ?`,
          ...[account, reference, type],
        )
        .map(toResource);
    const all = [...by("id"), ...by("arn"), ...by("unique_name")];
    return all.filter((one, at) => all.findIndex((other) => other.id === one.id && other.region === one.region) === at);
  }

  /** Those of a type that have the text as one of their properties, at any depth. */
  mentioning(account: string, type: string, text: string): StoredResource[] {
    return this.#database
      .all(
        `SELECT resources.* FROM texts JOIN resources USING (account, region, type, id)
       WHERE account = ? AND text = ? AND type = ?`,
        ...[account, text, type],
      )
      .map(toResource);
  }

  /** Those of any type that have the text as one of their properties, at any depth. */
  mentioningAnywhere(account: string, text: string): StoredResource[] {
    return this.#database
      .all(
        `SELECT resources.* FROM texts JOIN resources USING (account, region, type, id)
       WHERE account = ? AND text = ?`,
        ...[account, text],
      )
      .map(toResource);
  }

  /** Everything there is, in the order of accounts, types, regions and ids. */
  *everything(): IterableIterator<StoredResource> {
    const rows = this.#database.each("SELECT * FROM resources ORDER BY account, type, region, id");
    for (const row of rows) yield toResource(row);
  }

  /** Those of any type that have the text as one of their properties and were not given it: they made it. */
  making(account: string, text: string): StoredResource[] {
    return this.#database
      .all(
        `SELECT resources.* FROM texts JOIN resources USING (account, region, type, id)
       WHERE account = ? AND text = ? AND made = 1`,
        ...[account, text],
      )
      .map(toResource);
  }

  /** All resources of a type, oldest first; `region` undefined gives those of all regions. */
  list(account: string, type: string, region?: string): StoredResource[] {
    return this.#database
      .all(
        `SELECT * FROM resources INDEXED BY resources_by_name WHERE account = ? AND type = ? AND (?3 IS NULL OR region IN ('', ?3))
       ORDER BY created_at, id`,
        ...[account, type, region ?? null],
      )
      .map(toResource);
  }

  /** All resources of an account. */
  inAccount(account: string): StoredResource[] {
    return this.#database.all("SELECT * FROM resources WHERE account = ? ORDER BY type, id", account).map(toResource);
  }

  /** All resources with an ARN, in the order of their ARNs. */
  listWithArn(account: string, region: string): StoredResource[] {
    return this.#database
      .all(
        "SELECT * FROM resources WHERE account = ? AND arn IS NOT NULL AND (region = ? OR region = '') ORDER BY arn",
        ...[account, region],
      )
      .map(toResource);
  }

  /** Objects whose makers may not have told of them: of one URN, or all. */
  unanswered(urn?: string): { urn: string; key: ResourceKey; process: string }[] {
    const rows =
      urn === undefined
        ? this.#database.all("SELECT * FROM unanswered")
        : this.#database.all("SELECT * FROM unanswered WHERE urn = ?", urn);
    return rows.map((row) => ({
      urn: String(row.urn),
      key: {
        account: String(row.account),
        region: String(row.region),
        type: String(row.type),
        id: String(row.id),
      },
      process: String(row.process),
    }));
  }

  addUnanswered(urn: string, key: ResourceKey, process: string): void {
    this.#database.run(
      "INSERT OR REPLACE INTO unanswered (urn, account, region, type, id, process) VALUES (?, ?, ?, ?, ?, ?)",
      ...[urn, key.account, key.region, key.type, key.id, process],
    );
  }

  forgetUnanswered(urn: string, key: ResourceKey): void {
    this.#database.run(
      "DELETE FROM unanswered WHERE urn = ? AND account = ? AND region = ? AND type = ? AND id = ?",
      ...[urn, key.account, key.region, key.type, key.id],
    );
  }

  setting(name: string): string | undefined {
    const value = this.#database.all("SELECT value FROM settings WHERE name = ?", name)[0]?.value;
    return typeof value === "string" ? value : undefined;
  }

  set(name: string, value: string): void {
    this.#database.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value);
  }

  counts(): Counts {
    const group = (column: string) =>
      Object.fromEntries(
        this.#database
          .all(`SELECT ${column} AS name, count(*) AS n FROM resources GROUP BY ${column} ORDER BY ${column}`)
          .map((row) => [String(row.name), Number(row.n)]),
      );
    const byType = group("type");
    const total = Object.values(byType).reduce((sum, n) => sum + n, 0);
    return { total, byType, byStack: group("stack") };
  }

  /**
   * Forgets resources: all, or those of one account with its clusters, or one stack. Counters go with an account, so that
   * a fresh start gives the same ids again.
   */
  reset(only: { readonly account?: string; readonly stack?: string } = {}): number {
    return this.transaction(() => {
      if (only.stack !== undefined) return this.#database.run("DELETE FROM resources WHERE stack = ?", only.stack);
      if (only.account !== undefined) {
        const within = [only.account, `${only.account}/%`];
        this.#database.run("DELETE FROM counters WHERE account = ? OR account LIKE ?", ...within);
        this.#database.run("DELETE FROM unanswered WHERE account = ? OR account LIKE ?", ...within);
        return this.#database.run("DELETE FROM resources WHERE account = ? OR account LIKE ?", ...within);
      }
      this.#database.run("DELETE FROM counters");
      this.#database.run("DELETE FROM unanswered");
      return this.#database.run("DELETE FROM resources");
    });
  }

  /** Another number after another connection, of this or another process, has written. Costs microseconds. */
  version(): number {
    return this.#database.version();
  }

  /** Bytes on disk, with the write-ahead log. */
  size(): number {
    return this.#database.size();
  }

  /** How many rows were read since the store was opened, and by which statements: what scale tests hold it to. */
  effort(): ReturnType<Database["effort"]> {
    return this.#database.effort();
  }

  close(): void {
    this.#database.close();
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
