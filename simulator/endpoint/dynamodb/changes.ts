/** Changes of items, worked out before any is made: their conditions hold, and what they lead to fits the table. */
import { ConditionalCheckFailedException$, type Delete, type Put } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../errors.ts";
import type { EndpointCall } from "../types.ts";
import { assertSize, holds } from "./evaluate.ts";
import { type Placeholders, parseCondition, parseUpdate } from "./parser.ts";
import { type Expressions, placeholders, tableOf } from "./request.ts";
import type { Table } from "./table.ts";
import { applyUpdate } from "./update.ts";
import { type Item, itemFromWire, itemToWire } from "./value.ts";

/** A change that is worked out and not yet made: all of a transaction are, before the first is made. */
export interface Change {
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

export function putting(input: PutLike, call: EndpointCall): Change {
  const table = tableOf(input.TableName, call);
  const item = itemFromWire(input.Item ?? {});
  table.place(item);
  table.assertIndexed(item);
  assertSize(item);
  const before = checked(input, table, table.keyOf(item), placeholders(input));
  return { before, after: item, make: () => table.put(item), place: placeOf(table, item) };
}

export function deleting(input: KeyLike, call: EndpointCall): Change {
  const table = tableOf(input.TableName, call);
  const key = itemFromWire(input.Key ?? {});
  table.assertKey(key);
  const before = checked(input, table, key, placeholders(input));
  return { before, after: undefined, make: () => table.delete(key), place: placeOf(table, key) };
}

export function checking(input: KeyLike, call: EndpointCall): Change {
  return { ...deleting(input, call), make: () => {} };
}

export function updating(
  input: KeyLike & { readonly UpdateExpression?: string | undefined },
  call: EndpointCall,
): Change {
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
