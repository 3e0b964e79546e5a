/** How AppConfig gives long lists. */
import { invalid } from "../appconfig/objects.ts";
import { page, present } from "../values.ts";

export interface Paged {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** @throws AwsError when the token is none */
export function paged<T>(items: readonly T[], { MaxResults, NextToken }: Paged): { Items: T[]; NextToken?: string } {
  const found = page(items, NextToken, MaxResults ?? 50, invalid("NextToken is invalid"));
  return present({ Items: found.items, NextToken: found.next }) as { Items: T[]; NextToken?: string };
}
