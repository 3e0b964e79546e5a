/** The account as rules see it, on top of the store. */
import { timeOf } from "../provider/origin.ts";
import { type JsonObject, plainObject } from "../provider/values.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";
import { Known } from "./known.ts";
import { tokenOf, typeNameOf } from "./rules.ts";
import type { Account, AccountObject, TypeName } from "./types.ts";

export class StoreAccount implements Account {
  readonly id: string;
  readonly region: string;
  readonly #store: CloudStore;

  constructor(store: CloudStore, id: string, region: string) {
    this.#store = store;
    this.id = id;
    this.region = region;
  }

  find(types: readonly TypeName[], reference: string | undefined): AccountObject | undefined {
    if (reference === undefined) return undefined;
    for (const type of types) {
      const found = this.#store
        .named(this.id, tokenOf(type), reference)
        .find((one) => this.#isHere(one) || one.arn === reference);
      if (found !== undefined) return toObject(found);
    }
    return undefined;
  }

  exists(types: readonly TypeName[], reference: string): boolean {
    return (
      types.some((type) =>
        this.#store.named(this.id, tokenOf(type), reference).some((one) => this.#isHere(one) || one.arn === reference),
      ) || this.#cameAlong(types, reference)
    );
  }

  all(type: TypeName): AccountObject[] {
    return this.#store.list(this.id, tokenOf(type), this.region === "" ? undefined : this.region).map(toObject);
  }

  isKept(type: TypeName, name: string): boolean {
    return (
      this.#store.counters.keptUntil(this.id, keptName(this.region, type, name)) > timeOf(this.#store).getTime() / 1000
    );
  }

  mentioning(type: TypeName, text: string): AccountObject[] {
    return this.#store
      .mentioning(this.id, tokenOf(type), text)
      .filter((one) => this.#isHere(one))
      .map(toObject);
  }

  /**
   * AWS makes some objects along with others: a VPC's default security group, a cluster's one. Nothing lists them, but
   * the object they came with has their id among its outputs.
   */
  #cameAlong(types: readonly TypeName[], reference: string): boolean {
    return this.#store.making(this.id, reference).some((one) => !types.includes(typeNameOf(one.type)));
  }

  #isHere({ region }: StoredResource): boolean {
    return region === "" || this.region === "" || region === this.region;
  }
}

/** One name space for each type and region. */
export function keptName(region: string, type: TypeName, name: string): string {
  return `${region} ${type} ${name}`;
}

export function toObject(stored: StoredResource): AccountObject {
  return {
    type: typeNameOf(stored.type),
    id: stored.id,
    arn: stored.arn,
    inputs: new Known(stored.inputs as JsonObject),
    state: new Known(plainObject(stored.state)),
  };
}
