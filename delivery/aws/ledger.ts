import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from "@aws-sdk/client-dynamodb";
import { type LedgerRecord, ledgerKey, ledgerTableName, parseLedgerRecord } from "../../contracts/ledger.ts";
import type { Ledger, ServiceKey } from "../ports.ts";
import { during } from "./errors.ts";

/** Records read at once; a release has some hundred. */
const PAGE = 100;

/**
 * The ledger in DynamoDB.
 *
 * An item has the record as JSON in `record`, since DynamoDB's numbers do not reach as far down as a probability may,
 * and beside it, for queries of people: `release`, `type`, `at`, `who`.
 */
export class TableLedger implements Ledger {
  readonly #tables: DynamoDBClient;

  constructor(tables: DynamoDBClient) {
    this.#tables = tables;
  }

  async readCurrent(key: ServiceKey): Promise<readonly LedgerRecord[]> {
    const records: LedgerRecord[] = [];
    for await (const record of this.#newestFirst(key, PAGE)) {
      records.push(record);
      if (record.type === "started") break;
    }
    return records.reverse();
  }

  async readHistory(key: ServiceKey, limit = Number.POSITIVE_INFINITY): Promise<readonly LedgerRecord[]> {
    const records: LedgerRecord[] = [];
    if (limit <= 0) return records;
    for await (const record of this.#newestFirst(key, Math.min(limit, 1000))) {
      records.push(record);
      if (records.length >= limit) break;
    }
    return records.reverse();
  }

  async append(record: LedgerRecord): Promise<"appended" | "conflict"> {
    const TableName = tableOf(record);
    // Tells a repeated call of this one, whose answer was lost, from somebody else's.
    const token = randomUUID();
    const Item = { ...ledgerItem(record), token: { S: token } };
    return during(`writing record ${record.seq} of ${record.service} to the table ${TableName}`, async () => {
      try {
        // The key being free is enough: `seq` is unique within a service.
        const ConditionExpression = "attribute_not_exists(seq)";
        await this.#tables.send(new PutItemCommand({ TableName, Item, ConditionExpression }));
        return "appended";
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const Key = { service: { S: record.service }, seq: { N: String(record.seq) } };
        const found = await this.#tables.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
        return found.Item?.token?.S === token ? "appended" : "conflict";
      }
    });
  }

  async *#newestFirst({ environment, service }: ServiceKey, pageSize: number): AsyncGenerator<LedgerRecord> {
    const TableName = ledgerTableName(environment);
    const pages = paginateQuery(
      { client: this.#tables, pageSize },
      {
        TableName,
        KeyConditionExpression: "#service = :service",
        ExpressionAttributeNames: { "#service": "service" },
        ExpressionAttributeValues: { ":service": { S: ledgerKey(environment, service) } },
        ScanIndexForward: false,
        ConsistentRead: true,
      },
    );
    for (;;) {
      const page = await during(`reading the history of ${service} from the table ${TableName}`, () => pages.next());
      if (page.done) return;
      for (const item of page.value.Items ?? []) yield recordOf(item, TableName);
    }
  }
}

function tableOf(record: LedgerRecord): string {
  return ledgerTableName(record.service.slice(0, record.service.indexOf("#")));
}

/** The item that a record is kept as. */
export function ledgerItem(record: LedgerRecord): Record<string, AttributeValue> {
  const { service, seq, release, type, at, who } = record;
  return {
    service: { S: service },
    seq: { N: String(seq) },
    release: { S: release },
    type: { S: type },
    at: { S: at },
    who: { S: who },
    record: { S: JSON.stringify(record) },
  };
}

function recordOf(item: Record<string, AttributeValue>, table: string): LedgerRecord {
  try {
    return parseLedgerRecord(JSON.parse(item.record?.S ?? "null"));
  } catch (error) {
    const key = `${item.service?.S} ${item.seq?.N}`;
    throw new Error(
      `the record ${key} in the table ${table} cannot be read: ${(error as Error).message}. Traffic stays as it is. ` +
        "The table is only ever appended to; restore the item from a backup of the table.",
    );
  }
}
