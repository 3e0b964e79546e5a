/** The items of a table, in the store: each under its key, in the order of sort keys. */
import type { Json, JsonObject } from "../../provider/values.ts";
import { AwsError } from "../errors.ts";
import type { EndpointCall, Entry } from "../types.ts";
import { objects, text, texts } from "../values.ts";
import { type Item, sortable, typeOf, type Value } from "./value.ts";

export const TABLE = "aws:dynamodb/table:Table";
/** Before the partition of an item; other things of a table are kept beside its items. */
const ITEMS = "item ";

export interface KeySchema {
  readonly hash: string;
  readonly range: string | undefined;
}

export interface Index extends KeySchema {
  readonly name: string;
  readonly local: boolean;
  /** Attributes beside the keys; undefined for all. */
  readonly projected: readonly string[] | undefined;
}

const invalid = (message: string) => new AwsError("ValidationException", message);

export class Table {
  readonly entry: Entry;
  readonly name: string;
  readonly key: KeySchema;
  readonly types: ReadonlyMap<string, string>;
  readonly indexes: readonly Index[];
  readonly #call: EndpointCall;

  constructor(entry: Entry, call: EndpointCall) {
    const { state } = entry;
    this.entry = entry;
    this.#call = call;
    this.name = text(state.name) ?? entry.id;
    this.key = keyOf(state);
    this.types = new Map(objects(state.attributes).map(({ name, type }) => [String(name), String(type)]));
    this.indexes = [
      ...objects(state.globalSecondaryIndexes).map((one) => index(one, keyOf(one), false)),
      ...objects(state.localSecondaryIndexes).map((one) =>
        index(one, { hash: this.key.hash, range: text(one.rangeKey) }, true),
      ),
    ];
  }

  /** @throws AwsError when an item cannot have this key */
  place(key: Item): { readonly part: string; readonly sort: string } {
    const { hash, range } = this.key;
    return {
      part: ITEMS + this.#keyText(key, hash),
      sort: range === undefined ? "" : this.#keyText(key, range),
    };
  }

  #keyText(item: Item, name: string): string {
    const value = item[name];
    if (value === undefined) {
      throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    }
    const expected = this.types.get(name) ?? "S";
    if (typeOf(value) !== expected) {
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${expected} actual: ${typeOf(value)}`,
      );
    }
    if (("S" in value && value.S === "") || ("B" in value && value.B === "")) {
      const kind = "S" in value ? "string" : "binary";
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
      );
    }
    return sortable(value);
  }

  /** @throws AwsError unless this is the key and nothing else, of the right types */
  assertKey(key: Item): void {
    const names = [this.key.hash, ...(this.key.range === undefined ? [] : [this.key.range])];
    const given = Object.keys(key);
    const fits =
      given.length === names.length &&
      names.every((name) => key[name] !== undefined && typeOf(key[name]) === (this.types.get(name) ?? "S"));
    if (!fits) throw invalid("The provided key element does not match the schema");
    this.place(key);
  }

  /** @throws AwsError when an index attribute has another type than the index says */
  assertIndexed(item: Item): void {
    for (const one of this.indexes) {
      for (const name of [one.hash, one.range]) {
        const value = name === undefined ? undefined : item[name];
        const expected = name === undefined ? undefined : this.types.get(name);
        if (value === undefined || expected === undefined || typeOf(value) === expected) continue;
        throw invalid(
          `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${typeOf(value)} IndexName: ${one.name}`,
        );
      }
    }
  }

  get(key: Item): Item | undefined {
    const { part, sort } = this.place(key);
    return this.#call.store.content(this.entry.stored, part, sort) as Item | undefined;
  }

  put(item: Item): void {
    const { part, sort } = this.place(item);
    this.#call.store.putContent(this.entry.stored, part, sort, item as unknown as Json);
  }

  delete(key: Item): void {
    const { part, sort } = this.place(key);
    this.#call.store.removeContent(this.entry.stored, part, sort);
  }

  /** Items of a partition, in the order of their sort keys. */
  partition(hash: Value): Item[] {
    const part = ITEMS + sortable(hash);
    return this.#call.store.contents(this.entry.stored, part).map(({ value }) => value as unknown as Item);
  }

  items(): Item[] {
    return this.#call.store
      .contents(this.entry.stored)
      .filter(({ part }) => part.startsWith(ITEMS))
      .map(({ value }) => value as unknown as Item);
  }

  keyOf(item: Item): Item {
    const { hash, range } = this.key;
    return { [hash]: item[hash]!, ...(range !== undefined && { [range]: item[range]! }) };
  }
}

function keyOf(state: JsonObject): KeySchema {
  const keys = objects(state.keySchemas);
  const named = (type: string) => text(keys.find(({ keyType }) => keyType === type)?.attributeName);
  return {
    hash: text(state.hashKey) ?? named("HASH") ?? "id",
    range: text(state.rangeKey) ?? named("RANGE"),
  };
}

function index(stored: JsonObject, key: KeySchema, local: boolean): Index {
  const projection = text(stored.projectionType) ?? "ALL";
  const more = projection === "ALL" ? undefined : projection === "INCLUDE" ? texts(stored.nonKeyAttributes) : [];
  return { ...key, name: String(stored.name), local, projected: more };
}
