/** DynamoDB: items of tables that programs made. */
import type {
  AttributeValue,
  CancellationReason,
  ConditionCheck,
  Delete,
  DeleteItemInput,
  DeleteItemOutput,
  DescribeTableInput,
  DescribeTableOutput,
  GetItemInput,
  GetItemOutput,
  Put,
  PutItemInput,
  PutItemOutput,
  TransactWriteItemsInput,
  TransactWriteItemsOutput,
  Update,
  UpdateItemInput,
  UpdateItemOutput,
} from "@aws-sdk/client-dynamodb";
import {
  ConditionalCheckFailedException$,
  DeleteItem$,
  DescribeTable$,
  GetItem$,
  IdempotentParameterMismatchException$,
  PutItem$,
  Query$,
  ResourceNotFoundException$,
  Scan$,
  TransactionCanceledException$,
  TransactWriteItems$,
  UpdateItem$,
} from "@aws-sdk/client-dynamodb";
import { assertSize, at, holds, project } from "../dynamodb/evaluate.ts";
import { Placeholders, parseCondition, parseProjection, parseUpdate } from "../dynamodb/parser.ts";
import { queryTable, scanTable } from "../dynamodb/query.ts";
import { TABLE, Table } from "../dynamodb/table.ts";
import { applyUpdate, pathsOf } from "../dynamodb/update.ts";
import { type Item, itemFromWire, itemToWire, sizeOf } from "../dynamodb/value.ts";
import { AwsError } from "../errors.ts";
import { type EndpointCall, reads, type Service, writes } from "../types.ts";
import { number, objects, present, text } from "../values.ts";

const invalid = (message: string) => new AwsError("ValidationException", message);

/** By name or ARN. */
export function tableOf(
  reference: string | undefined,
  call: EndpointCall,
  missing = "Requested resource not found",
): Table {
  const found = call.list(TABLE).find(({ id, arn }) => id === reference || arn === reference);
  if (found === undefined) throw new AwsError(ResourceNotFoundException$, missing);
  return new Table(found, call);
}

interface Expressions {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

export function placeholders({ ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Expressions) {
  return new Placeholders(ExpressionAttributeNames, itemFromWire(ExpressionAttributeValues));
}

/** Parameters of the API of 2011, which expressions took the place of. */
const LEGACY = [
  "Expected",
  "ConditionalOperator",
  "AttributeUpdates",
  "AttributesToGet",
  "KeyConditions",
  "QueryFilter",
];

export function refuseLegacy(input: object): void {
  const given = LEGACY.filter((name) => (input as Record<string, unknown>)[name] !== undefined);
  if (given.length === 0) return;
  throw invalid(`the simulated cloud does not take the legacy parameters ${given.join(", ")}; use expressions`);
}

function getItem(input: GetItemInput, call: EndpointCall): GetItemOutput {
  refuseLegacy(input);
  const table = tableOf(input.TableName, call);
  const names = placeholders(input);
  const paths =
    input.ProjectionExpression === undefined ? undefined : parseProjection(input.ProjectionExpression, names);
  names.assertAllUsed();
  const key = itemFromWire(input.Key ?? {});
  table.assertKey(key);
  const item = table.get(key);
  if (item === undefined) return {};
  return { Item: itemToWire(paths === undefined ? item : project(item, paths)) };
}

/** A change that is worked out and not yet made: all of a transaction are, before the first is made. */
interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly make: () => void;
  /** Where the item is, to tell whether two changes meet. */
  readonly place: string;
}

type PutLike = Pick<Put, "TableName" | "Item" | "ConditionExpression" | "ReturnValuesOnConditionCheckFailure"> &
  Expressions;
type KeyLike = Pick<Delete, "TableName" | "Key" | "ConditionExpression" | "ReturnValuesOnConditionCheckFailure"> &
  Expressions;

function putting(input: PutLike, call: EndpointCall): Change {
  const table = tableOf(input.TableName, call);
  const item = itemFromWire(input.Item ?? {});
  table.place(item);
  table.assertIndexed(item);
  assertSize(item);
  const before = checked(input, table, table.keyOf(item), placeholders(input));
  return { before, after: item, make: () => table.put(item), place: placeOf(table, item) };
}

function deleting(input: KeyLike, call: EndpointCall): Change {
  const table = tableOf(input.TableName, call);
  const key = itemFromWire(input.Key ?? {});
  table.assertKey(key);
  const before = checked(input, table, key, placeholders(input));
  return { before, after: undefined, make: () => table.delete(key), place: placeOf(table, key) };
}

function checking(input: KeyLike, call: EndpointCall): Change {
  return { ...deleting(input, call), make: () => {} };
}

function updating(input: KeyLike & { readonly UpdateExpression?: string | undefined }, call: EndpointCall): Change {
  const table = tableOf(input.TableName, call);
  const key = itemFromWire(input.Key ?? {});
  table.assertKey(key);
  const names = placeholders(input);
  const update = input.UpdateExpression === undefined ? undefined : parseUpdate(input.UpdateExpression, names);
  const before = checked(input, table, key, names);
  const start = before ?? key;
  const { hash, range } = table.key;
  const after = update === undefined ? start : applyUpdate(update, start, range === undefined ? [hash] : [hash, range]);
  table.assertIndexed(after);
  assertSize(after);
  return { before, after, make: () => table.put(after), place: placeOf(table, key) };
}

function placeOf(table: Table, item: Item): string {
  const { part, sort } = table.place(item);
  return JSON.stringify([table.name, part, sort]);
}

/** The item as it is. @throws AwsError when the condition does not hold for it */
function checked(
  input: Pick<KeyLike, "ConditionExpression" | "ReturnValuesOnConditionCheckFailure">,
  table: Table,
  key: Item,
  names: Placeholders,
): Item | undefined {
  const { ConditionExpression: source, ReturnValuesOnConditionCheckFailure: wanted } = input;
  const condition = source === undefined ? undefined : parseCondition("ConditionExpression", source, names);
  names.assertAllUsed();
  const before = table.get(key);
  if (condition === undefined || holds(condition, before ?? {})) return before;
  const shown = wanted === "ALL_OLD" && before !== undefined ? { Item: itemToWire(before) } : {};
  throw new AwsError(ConditionalCheckFailedException$, "The conditional request failed", shown);
}

function putItem(input: PutItemInput, call: EndpointCall): PutItemOutput {
  refuseLegacy(input);
  assertReturns(input.ReturnValues, ["NONE", "ALL_OLD"]);
  return call.store.transaction(() => {
    const { before, make } = putting(input, call);
    make();
    return old(input.ReturnValues, before);
  });
}

function deleteItem(input: DeleteItemInput, call: EndpointCall): DeleteItemOutput {
  refuseLegacy(input);
  assertReturns(input.ReturnValues, ["NONE", "ALL_OLD"]);
  return call.store.transaction(() => {
    const { before, make } = deleting(input, call);
    make();
    return old(input.ReturnValues, before);
  });
}

function old(wanted: string | undefined, before: Item | undefined): PutItemOutput {
  return wanted === "ALL_OLD" && before !== undefined ? { Attributes: itemToWire(before) } : {};
}

function assertReturns(given: string | undefined, allowed: readonly string[]): void {
  if (given === undefined || allowed.includes(given)) return;
  throw invalid("Return values set to invalid value");
}

function updateItem(input: UpdateItemInput, call: EndpointCall): UpdateItemOutput {
  refuseLegacy(input);
  return call.store.transaction(() => {
    const { before, after, make } = updating(input, call);
    make();
    const wanted = input.ReturnValues ?? "NONE";
    if (wanted === "ALL_OLD") return old(wanted, before);
    if (wanted === "ALL_NEW") return { Attributes: itemToWire(after ?? {}) };
    if (wanted !== "UPDATED_OLD" && wanted !== "UPDATED_NEW") return {};
    const source = (wanted === "UPDATED_OLD" ? before : after) ?? {};
    const paths =
      input.UpdateExpression === undefined ? [] : pathsOf(parseUpdate(input.UpdateExpression, placeholders(input)));
    const updated = project(
      source,
      paths.filter((path) => at(source, path) !== undefined),
    );
    return Object.keys(updated).length === 0 ? {} : { Attributes: itemToWire(updated) };
  });
}

/** Clients retry with the token of the first try; it holds for ten minutes. */
const TOKEN_MS = 600_000;
const TOKENS = "token";

function transactWriteItems(input: TransactWriteItemsInput, call: EndpointCall): TransactWriteItemsOutput {
  const items = input.TransactItems ?? [];
  if (items.length === 0 || items.length > 100) {
    throw invalid(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length " +
        (items.length === 0 ? "greater than or equal to 1" : "less than or equal to 100"),
    );
  }
  return call.store.transaction(() => {
    const first = Object.values(items[0] ?? {}).find((one) => one !== undefined) as { TableName?: string } | undefined;
    const tokens = tableOf(first?.TableName, call).entry.stored;
    const token = input.ClientRequestToken;
    const request = JSON.stringify(items, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    );
    if (token !== undefined) {
      const known = call.store.content(tokens, TOKENS, token) as { at: number; request: string } | undefined;
      if (known !== undefined && Date.now() - known.at < TOKEN_MS) {
        if (known.request === request) return {};
        throw new AwsError(
          IdempotentParameterMismatchException$,
          "The provided client token is already in use with different parameters",
        );
      }
    }
    for (const change of transacted(items, call)) change.make();
    if (token !== undefined) call.store.putContent(tokens, TOKENS, token, { at: Date.now(), request });
    return {};
  });
}

function transacted(items: NonNullable<TransactWriteItemsInput["TransactItems"]>, call: EndpointCall): Change[] {
  const changes: Change[] = [];
  const reasons = items.map((item): CancellationReason => {
    try {
      changes.push(changeOf(item, call));
      return { Code: "None" };
    } catch (error) {
      if (!(error instanceof AwsError) || error.shape === "ResourceNotFoundException") throw error;
      if (error.shape === "ConditionalCheckFailedException") {
        return present({ Code: "ConditionalCheckFailed", Message: error.message, Item: error.members.Item as never });
      }
      // What is wrong in itself refuses the whole request; what does not fit the item cancels it.
      if (!/^(An operand|The provided expression|The document path|Item size)/.test(error.message)) throw error;
      return { Code: "ValidationError", Message: error.message };
    }
  });
  if (reasons.some(({ Code }) => Code !== "None")) {
    const codes = reasons.map(({ Code }) => Code).join(", ");
    throw new AwsError(
      TransactionCanceledException$,
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      { CancellationReasons: reasons },
    );
  }
  if (new Set(changes.map(({ place }) => place)).size < changes.length) {
    throw invalid("Transaction request cannot include multiple operations on one item");
  }
  const bytes = changes.reduce((sum, { after }) => sum + (after === undefined ? 0 : sizeOf(after)), 0);
  if (bytes > 4_194_304) throw invalid("Collection size of items in transaction exceeded the maximum of 4 MB");
  return changes;
}

interface TransactItem {
  readonly Put?: Put | undefined;
  readonly Update?: Update | undefined;
  readonly Delete?: Delete | undefined;
  readonly ConditionCheck?: ConditionCheck | undefined;
}

function changeOf({ Put, Update, Delete, ConditionCheck }: TransactItem, call: EndpointCall): Change {
  if ([Put, Update, Delete, ConditionCheck].filter((one) => one !== undefined).length !== 1) {
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  if (Put !== undefined) return putting(Put, call);
  if (Update !== undefined) return updating(Update, call);
  return Delete === undefined ? checking(ConditionCheck!, call) : deleting(Delete, call);
}

function describeTable({ TableName = "" }: DescribeTableInput, call: EndpointCall): DescribeTableOutput {
  const table = tableOf(TableName, call, `Requested resource not found: Table: ${TableName} not found`);
  const { entry, types } = table;
  const { state } = entry;
  const items = table.items();
  const onDemand = state.billingMode === "PAY_PER_REQUEST";
  const throughput = {
    ReadCapacityUnits: number(state.readCapacity) ?? 0,
    WriteCapacityUnits: number(state.writeCapacity) ?? 0,
  };
  const keys = ({ hash, range }: { hash: string; range: string | undefined }) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" as const }]),
  ];
  const indexes = (local: boolean) =>
    table.indexes
      .filter((one) => one.local === local)
      .map((one) => ({
        IndexName: one.name,
        IndexArn: `${entry.arn}/index/${one.name}`,
        KeySchema: keys(one),
        Projection: present({
          ProjectionType:
            one.projected === undefined
              ? ("ALL" as const)
              : one.projected.length > 0
                ? ("INCLUDE" as const)
                : ("KEYS_ONLY" as const),
          NonKeyAttributes: one.projected?.length ? [...one.projected] : undefined,
        }),
        ...(!local && { IndexStatus: "ACTIVE" as const, ProvisionedThroughput: throughput }),
      }));
  const [globals, locals] = [indexes(false), indexes(true)];
  return {
    Table: present({
      AttributeDefinitions: [...types].map(([AttributeName, type]) => ({ AttributeName, AttributeType: type as "S" })),
      TableName: table.name,
      KeySchema: keys(table.key),
      TableStatus: "ACTIVE" as const,
      CreationDateTime: entry.createdAt,
      ProvisionedThroughput: { NumberOfDecreasesToday: 0, ...throughput },
      TableSizeBytes: items.reduce((sum, item) => sum + sizeOf(item), 0),
      ItemCount: items.length,
      TableArn: entry.arn,
      BillingModeSummary: onDemand ? { BillingMode: "PAY_PER_REQUEST" as const } : undefined,
      GlobalSecondaryIndexes: globals.length > 0 ? globals : undefined,
      LocalSecondaryIndexes: locals.length > 0 ? locals : undefined,
      LatestStreamArn: text(state.streamArn),
      LatestStreamLabel: text(state.streamLabel),
      StreamSpecification:
        state.streamEnabled === true
          ? { StreamEnabled: true, StreamViewType: text(state.streamViewType) as "NEW_IMAGE" }
          : undefined,
      // An on-demand table begins with 12,000 reads and 4,000 writes a second (DynamoDB developer guide).
      WarmThroughput: onDemand
        ? { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: "ACTIVE" as const }
        : undefined,
      DeletionProtectionEnabled: state.deletionProtectionEnabled === true,
      TableClassSummary: text(state.tableClass) ? { TableClass: text(state.tableClass) as "STANDARD" } : undefined,
      Replicas:
        objects(state.replicas).length > 0
          ? objects(state.replicas).map(({ regionName }) => ({ RegionName: String(regionName) }))
          : undefined,
    }),
  };
}

export const TABLES: Service = {
  name: "dynamodb",
  version: "2012-08-10",
  target: "DynamoDB_20120810",
  throttling: "ThrottlingException",
  operations: [
    reads(DescribeTable$, describeTable, "counts and sizes are exact, where AWS's are six hours old"),
    reads(GetItem$, getItem, "always consistent; consumed capacity is not counted, here and in the others"),
    reads(Query$, queryTable),
    reads(Scan$, scanTable, "one segment"),
    writes(PutItem$, putItem),
    writes(UpdateItem$, updateItem),
    writes(DeleteItem$, deleteItem),
    writes(TransactWriteItems$, transactWriteItems),
  ],
};
