/** What is given once: numbers, and names that stay taken for a while after their object is gone. */
import type { Database } from "./database.ts";

export class Counters {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** 1, 2, 3 …: never the same number twice for one counter. */
  next(account: string, counter: string): number {
    const rows = this.#database.all(
      `INSERT INTO counters (account, name, value) VALUES (?, ?, 1)
       ON CONFLICT (account, name) DO UPDATE SET value = value + 1 RETURNING value`,
      ...[account, counter],
    );
    return Number(rows[0]?.value);
  }

  /** What `next` gave last; 0 when it gave nothing yet. */
  count(account: string, counter: string): number {
    const rows = this.#database.all("SELECT value FROM counters WHERE account = ? AND name = ?", account, counter);
    return Number(rows[0]?.value ?? 0);
  }

  /** Keeps a name from being given again until a moment, in seconds since the epoch. */
  keepName(account: string, name: string, until: number): void {
    this.#database.run(
      "INSERT OR REPLACE INTO counters (account, name, value) VALUES (?, ?, ?)",
      ...[account, `name kept until: ${name}`, until],
    );
  }

  /** Until when the name is kept; 0 when it is not. */
  keptUntil(account: string, name: string): number {
    return this.count(account, `name kept until: ${name}`);
  }
}
