/** DynamoDB: items of tables that programs made. */
import type {
  DeleteItemInput,
  DeleteItemOutput,
  DescribeTableInput,
  DescribeTableOutput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  PutItemOutput,
  UpdateItemInput,
  UpdateItemOutput,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteItem$,
  DescribeTable$,
  GetItem$,
  PutItem$,
  Query$,
  Scan$,
  TransactWriteItems$,
  UpdateItem$,
} from "@aws-sdk/client-dynamodb";
import { deleting, putting, updating } from "../dynamodb/changes.ts";
import { at, project } from "../dynamodb/evaluate.ts";
import { parseProjection, parseUpdate } from "../dynamodb/parser.ts";
import { queryTable, scanTable } from "../dynamodb/query.ts";
import { invalid, placeholders, refuseLegacy, tableOf } from "../dynamodb/request.ts";
import { transactWriteItems } from "../dynamodb/transactions.ts";
import { pathsOf } from "../dynamodb/update.ts";
import { type Item, itemFromWire, itemToWire, sizeOf } from "../dynamodb/value.ts";
import { type EndpointCall, reads, type Service, writes } from "../types.ts";
import { number, objects, present, text } from "../values.ts";

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
