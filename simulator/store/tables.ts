import type { DatabaseSync } from "node:sqlite";

/** Raised when the tables change shape. */
const FORMAT = 2;

/** Longer texts are documents, not names of other objects. An ARN has at most 2,048 characters. */
const LONGEST_TEXT = 2_048;

/** The texts in a resource's state; `made` are those the cloud has made, rather than been given. */
const textsOf = (row: string, from = ""): string => `
  SELECT DISTINCT ${row}.account, tree.atom, ${row}.type, ${row}.region, ${row}.id,
    tree.atom NOT IN (SELECT atom FROM json_tree(${row}.inputs) WHERE json_tree.type = 'text')
  FROM ${from} json_tree(${row}.state) AS tree WHERE tree.type = 'text' AND length(tree.atom) <= ${LONGEST_TEXT}`;
const FORGET_TEXTS = `
  DELETE FROM texts WHERE (account, text, type, region, id) IN (
    SELECT old.account, atom, old.type, old.region, old.id FROM json_tree(old.state) WHERE json_tree.type = 'text');`;

/**
 * Which resources a text stands in, so that finding them costs what they are and not what the account holds. Triggers
 * keep it, so no writer can forget to.
 */
const TEXT_INDEX = `
  CREATE TABLE texts (account TEXT NOT NULL, text TEXT NOT NULL, type TEXT NOT NULL, region TEXT NOT NULL,
    id TEXT NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (account, text, type, region, id)) WITHOUT ROWID;
  CREATE INDEX texts_made ON texts (account, text) WHERE made = 1;
  CREATE TRIGGER texts_of_new AFTER INSERT ON resources BEGIN INSERT INTO texts ${textsOf("new")}; END;
  CREATE TRIGGER texts_of_changed AFTER UPDATE ON resources BEGIN
    ${FORGET_TEXTS} INSERT INTO texts ${textsOf("new")}; END;
  CREATE TRIGGER texts_of_removed AFTER DELETE ON resources BEGIN ${FORGET_TEXTS} END;
  CREATE INDEX resources_by_any_name ON resources (account, unique_name);
  INSERT INTO texts ${textsOf("resources", "resources,")};`;

/** Those of the first format; later ones add to them. */
const FIRST_TABLES = `
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
    `;

/**
 * Makes the tables, or brings those of an older release up to date.
 *
 * @param file of the database, for messages
 * @throws Error when a newer release has written it
 */
export function makeTables(database: DatabaseSync, file: string): void {
  makeResources(database, file);
  // Older releases leave them alone, so they need no format of their own.
  database.exec(`
      CREATE TABLE IF NOT EXISTS contents (
        account TEXT NOT NULL, region TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
        part TEXT NOT NULL, sort TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (account, region, type, id, part, sort)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS unanswered (
        urn TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
        process TEXT NOT NULL, PRIMARY KEY (urn, account, region, type, id)
      ) WITHOUT ROWID;
    `);
}

function makeResources(database: DatabaseSync, file: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (version > FORMAT) {
    throw new Error(
      `${file} was written by a newer release of the simulated cloud (format ${version}, this one reads ` +
        `${FORMAT}). Update this checkout, or set CAUSEWAY_CLOUD_HOME to another folder.`,
    );
  }
  if (version === FORMAT) return;
  if (version === 0) database.exec(FIRST_TABLES);
  database.exec(`${TEXT_INDEX} PRAGMA user_version = ${FORMAT};`);
}
