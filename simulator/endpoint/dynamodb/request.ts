/** What the requests of DynamoDB have in common: the table they name, and the names and values of their expressions. */
import { type AttributeValue, ResourceNotFoundException$ } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../errors.ts";
import type { EndpointCall } from "../types.ts";
import { Placeholders } from "./parser.ts";
import { TABLE, Table } from "./table.ts";
import { itemFromWire } from "./value.ts";

export const invalid = (message: string) => new AwsError("ValidationException", message);

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

export interface Expressions {
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
