/** The list of everything that is up, and one resource of it. */

import { shownState } from "../live/edit.ts";
import { everyResource } from "../live/find.ts";
import { logicalName, shortType } from "../live/index.ts";
import { type CloudStore, type ResourceKey, type StoredResource, stackOf } from "../store/store.ts";
import { serviceOf } from "./read.ts";
import type { ResourceDetail, ResourcePage, ResourceRow } from "./views.ts";

export interface ResourceQuery {
  /** Words that all have to be in type, name, id or stack. */
  readonly search: string;
  /** Such as `ec2`; all when empty. */
  readonly service: string;
  readonly limit: number;
}

export function searchResources(store: CloudStore, account: string, query: ResourceQuery): ResourcePage {
  const words = query.search.toLowerCase().split(/\s+/);
  const rows = everyResource(store, account)
    .map(rowOf)
    .filter(({ service }) => query.service === "" || service === query.service)
    .filter(({ type, name, id, stack }) => {
      const text = `${type} ${name} ${id} ${stack}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => order(a.type, b.type) || order(a.name, b.name) || order(a.id, b.id));
  return { rows: rows.slice(0, query.limit), matches: rows.length };
}

export function resourceDetail(store: CloudStore, key: ResourceKey): ResourceDetail | undefined {
  const stored = store.get(key);
  if (stored === undefined) return undefined;
  return {
    ...rowOf(stored),
    urn: stored.urn,
    ...(stored.arn === undefined ? {} : { arn: stored.arn }),
    createdAt: stored.createdAt,
    properties: shownState(stored),
  };
}

function rowOf(stored: StoredResource): ResourceRow {
  const { type, id, region, urn } = stored;
  return { type, service: serviceOf(type), name: logicalName(stored), id, region, stack: stackOf(urn) };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** For events: `ec2/Subnet network-public-a`. */
export function labelOf(stored: StoredResource): string {
  return `${shortType(stored.type)} ${logicalName(stored)}`;
}
