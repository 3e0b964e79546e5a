/**
 * Objects that were made and of which it is not sure that anyone was told, because the process ended meanwhile.
 *
 * An engine that loses its provider in the middle of a create forgets the create: it answers for no object whose id it
 * has not heard. Made again, such an object would be there twice, or its name would be taken by nobody.
 */
import { randomUUID } from "node:crypto";
import type { CloudStore, ResourceKey } from "./store.ts";

/** How long what was answered may stay on the list, in milliseconds, so that many leave it in one write. */
const TIDY_MS = 200;

export class Unanswered {
  readonly #store: CloudStore;
  readonly #process = randomUUID();
  /** `type id` of what former processes left on the list. */
  readonly #left: Set<string>;
  #answered: { urn: string; key: ResourceKey }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(store: CloudStore) {
    this.#store = store;
    this.#left = new Set(store.unanswered().map(({ key }) => nameOf(key.type, key.id)));
  }

  /** Makes an object and puts it on the list, in one transaction; what a former process made in its place goes. */
  make<T extends { readonly key: ResourceKey }>(urn: string, create: () => T): T {
    return this.#store.transaction(() => {
      for (const { key, process } of this.#store.unanswered(urn)) {
        if (process === this.#process) continue;
        this.#store.remove(key);
        this.#store.forgetUnanswered(urn, key);
      }
      const made = create();
      this.#store.addUnanswered(urn, made.key, this.#process);
      return made;
    });
  }

  /** The answer is on its way: takes the object off the list, after the answer has left the process. */
  answered(urn: string, key: ResourceKey): void {
    this.#answered.push({ urn, key });
    // Sockets are written to after timers have run, so once more round the loop.
    this.#timer ??= setTimeout(() => setImmediate(() => this.tidy()), TIDY_MS).unref();
  }

  /** An engine that asks for an object by its id was told of it. */
  known(type: string, id: string): void {
    if (!this.#left.delete(nameOf(type, id))) return;
    for (const { urn, key } of this.#store.unanswered()) {
      if (key.type === type && key.id === id) this.#store.forgetUnanswered(urn, key);
    }
  }

  /** Takes off the list what was answered. To be called before the store is closed. */
  tidy(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const answered = this.#answered.splice(0);
    if (answered.length === 0) return;
    this.#store.transaction(() => {
      for (const { urn, key } of answered) this.#store.forgetUnanswered(urn, key);
    });
  }
}

const nameOf = (type: string, id: string): string => `${type} ${id}`;
