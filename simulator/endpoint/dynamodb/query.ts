/** Reads many items: those of one partition of a table or index, or all. */
import type { QueryInput, QueryOutput, ScanInput, ScanOutput } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../errors.ts";
import type { EndpointCall } from "../types.ts";
import { present } from "../values.ts";
import { holds, project } from "./evaluate.ts";
import { type Condition, parseCondition, parseProjection } from "./parser.ts";
import { placeholders, refuseLegacy, tableOf } from "./request.ts";
import type { Index, KeySchema, Table } from "./table.ts";
import { compare, type Item, itemFromWire, itemToWire, sizeOf, type Value } from "./value.ts";

/** "A single Query operation can retrieve a maximum of 1 MB of data." */
const LARGEST_PAGE = 1_048_576;

const invalid = (message: string) => new AwsError("ValidationException", message);

export function queryTable(input: QueryInput, call: EndpointCall): QueryOutput {
  refuseLegacy(input);
  const table = tableOf(input.TableName, call);
  const index = indexOf(table, input);
  const key: KeySchema = index ?? table.key;
  const names = placeholders(input);
  if (input.KeyConditionExpression === undefined) {
    throw invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  const condition = parseCondition("KeyConditionExpression", input.KeyConditionExpression, names);
  const hash = keyCondition(condition, key);
  const candidates = index === undefined ? table.partition(hash) : indexed(table, index);
  const found = candidates.filter((item) => holds(condition, item));
  return answer(input, table, index, input.ScanIndexForward === false ? found.reverse() : found, names);
}

export function scanTable(input: ScanInput, call: EndpointCall): ScanOutput {
  refuseLegacy(input);
  const table = tableOf(input.TableName, call);
  const index = indexOf(table, input);
  if (input.TotalSegments !== undefined && input.TotalSegments > 1) {
    throw invalid("the simulated cloud scans in one segment");
  }
  const items = index === undefined ? table.items() : indexed(table, index);
  return answer(input, table, index, items, placeholders(input));
}

function indexOf(table: Table, { IndexName, ConsistentRead }: Pick<QueryInput, "IndexName" | "ConsistentRead">) {
  if (IndexName === undefined) return undefined;
  const found = table.indexes.find(({ name }) => name === IndexName);
  if (found === undefined) throw invalid(`The table does not have the specified index: ${IndexName}`);
  if (!found.local && ConsistentRead === true) {
    throw invalid("Consistent reads are not supported on global secondary indexes");
  }
  return found;
}

/** The items an index has, in its order: by its sort key, and by the table's key among equals. */
function indexed(table: Table, index: Index): Item[] {
  const own = [index.hash, ...(index.range === undefined ? [] : [index.range])];
  const order = [index.hash, index.range, table.key.hash, table.key.range].filter((name) => name !== undefined);
  return table
    .items()
    .filter((item) => own.every((name) => item[name] !== undefined))
    .sort((a, b) => {
      for (const name of order) {
        const difference = compare(a[name]!, b[name]!) ?? 0;
        if (difference !== 0) return difference;
      }
      return 0;
    });
}

/** The partition that is asked for. @throws AwsError unless the condition is one DynamoDB takes for a key */
function keyCondition(condition: Condition, key: KeySchema): Value {
  const parts = condition.kind === "and" ? [condition.left, condition.right] : [condition];
  let hash: Value | undefined;
  for (const part of parts) {
    if (part.kind === "compare" && part.left.kind === "path" && part.right.kind === "value") {
      const [name, ...deeper] = part.left.path;
      if (deeper.length > 0)
        throw invalid(
          "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes",
        );
      if (name === key.hash && part.comparator === "=") {
        hash = part.right.value;
        continue;
      }
      if (name === key.hash) throw invalid("Query key condition not supported");
      if (name === key.range && part.comparator !== "<>") continue;
    } else if (part.kind === "between" && part.of.kind === "path" && part.of.path[0] === key.range) {
      continue;
    } else if (part.kind === "call" && part.name === "begins_with") {
      const [of] = part.args;
      if (of?.kind === "path" && of.path[0] === key.range) continue;
    } else if (part.kind === "or" || part.kind === "not" || part.kind === "in") {
      const operator = part.kind === "or" ? "OR" : part.kind === "not" ? "NOT" : "IN";
      throw invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
    }
    throw invalid("Query key condition not supported");
  }
  if (hash === undefined) throw invalid(`Query condition missed key schema element: ${key.hash}`);
  return hash;
}

type Reading = Pick<QueryInput, "FilterExpression" | "ProjectionExpression" | "Limit" | "ExclusiveStartKey" | "Select">;

function answer(
  input: Reading,
  table: Table,
  index: Index | undefined,
  items: readonly Item[],
  names: ReturnType<typeof placeholders>,
): QueryOutput {
  const { FilterExpression, ProjectionExpression, Limit, ExclusiveStartKey, Select } = input;
  const filter =
    FilterExpression === undefined ? undefined : parseCondition("FilterExpression", FilterExpression, names);
  const paths = ProjectionExpression === undefined ? undefined : parseProjection(ProjectionExpression, names);
  names.assertAllUsed();
  if (Limit !== undefined && Limit < 1) throw invalid("Limit must be greater than or equal to 1");
  const rest = ExclusiveStartKey === undefined ? items : after(items, itemFromWire(ExclusiveStartKey), table);
  const read: Item[] = [];
  let bytes = 0;
  for (const item of rest) {
    if (read.length === Limit || bytes > LARGEST_PAGE) break;
    read.push(item);
    bytes += sizeOf(item);
  }
  const last = read.at(-1);
  const more = last !== undefined && (read.length < rest.length || read.length === Limit);
  const passed = filter === undefined ? read : read.filter((item) => holds(filter, item));
  const shown = passed.map((item) => (paths === undefined ? visible(item, table, index) : project(item, paths)));
  return present({
    Items: Select === "COUNT" ? undefined : shown.map(itemToWire),
    Count: passed.length,
    ScannedCount: read.length,
    LastEvaluatedKey: more ? itemToWire(positionOf(last, table, index)) : undefined,
  });
}

/** The attributes that an index holds. */
function visible(item: Item, table: Table, index: Index | undefined): Item {
  if (index?.projected === undefined) return item;
  const names = new Set([index.hash, index.range, table.key.hash, table.key.range, ...index.projected]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}

function positionOf(item: Item, table: Table, index: Index | undefined): Item {
  const own: Item =
    index === undefined
      ? {}
      : { [index.hash]: item[index.hash]!, ...(index.range !== undefined && { [index.range]: item[index.range]! }) };
  return { ...own, ...table.keyOf(item) };
}

/** What comes behind an item, also when it has been deleted meanwhile. */
function after(items: readonly Item[], start: Item, table: Table): readonly Item[] {
  const { hash, range } = table.key;
  if (start[hash] === undefined || (range !== undefined && start[range] === undefined)) {
    throw invalid("The provided starting key is invalid: The provided key element does not match the schema");
  }
  const place = (item: Item) => JSON.stringify(table.place(item));
  const wanted = place(start);
  const found = items.findIndex((item) => place(item) === wanted);
  if (found >= 0) return items.slice(found + 1);
  const [first, second] = items;
  const name = range ?? hash;
  const descending = first !== undefined && second !== undefined && (compare(first[name]!, second[name]!) ?? 0) > 0;
  return items.filter((item) => {
    const order = compare(item[name]!, start[name]!) ?? 0;
    return descending ? order < 0 : order > 0;
  });
}
