/** Transactions: all of their changes are made, or none; and a request that is repeated changes nothing more. */
import {
  type CancellationReason,
  type ConditionCheck,
  type Delete,
  IdempotentParameterMismatchException$,
  type Put,
  TransactionCanceledException$,
  type TransactWriteItemsInput,
  type TransactWriteItemsOutput,
  type Update,
} from "@aws-sdk/client-dynamodb";
import { AwsError } from "../errors.ts";
import type { EndpointCall } from "../types.ts";
import { present } from "../values.ts";
import { type Change, checking, deleting, putting, updating } from "./changes.ts";
import { invalid, tableOf } from "./request.ts";
import { sizeOf } from "./value.ts";

/** Clients retry with the token of the first try; it holds for ten minutes. */
const TOKEN_MS = 600_000;
const TOKENS = "token";

export function transactWriteItems(input: TransactWriteItemsInput, call: EndpointCall): TransactWriteItemsOutput {
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
