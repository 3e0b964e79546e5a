/** Create, read, update and delete: what the simulated cloud does with an object, and what it answers. */
import { keptName, StoreAccount, toObject } from "../rules/account.ts";
import type { Rules } from "../rules/index.ts";
import { changesMoreThanTags } from "../rules/rules.ts";
import { wordsOf } from "../rules/types.ts";
import type { IdentityContext, ResourceSchema, SchemaSource } from "../schema/index.ts";
import type { CloudStore, ResourceKey, StoredResource } from "../store/store.ts";
import { changedProperties, diffResource, isEmpty, keepsWhenRemoved } from "./diff.ts";
import { CloudError } from "./errors.ts";
import { digitsOf, nextGeneration, timeOf } from "./origin.ts";
import type { ProviderSettings } from "./settings.ts";
import { allTags } from "./tags.ts";
import { claimOf, isNameUnique, storedType } from "./uniqueness.ts";
import type { Json, JsonObject } from "./values.ts";
import {
  containsSecret,
  isAbsent,
  isInternal,
  knownString,
  plainObject,
  sameValue,
  secret,
  UNKNOWN,
  unmark,
  withoutAbsent,
} from "./values.ts";

export interface Answer {
  readonly id: string;
  readonly state: JsonObject;
}

export interface Made extends Answer {
  readonly key: ResourceKey;
}

export interface ReadAnswer extends Answer {
  readonly inputs: JsonObject;
}

export interface UpdateRequest {
  readonly urn: string;
  readonly logicalName: string;
  readonly id: string;
  readonly olds: { readonly inputs: JsonObject; readonly state: JsonObject };
  readonly news: JsonObject;
  readonly ignoreChanges: readonly string[];
}

export class Resources {
  readonly #schemas: SchemaSource;
  readonly #store: CloudStore;
  readonly #rules: Rules;

  constructor(schemas: SchemaSource, store: CloudStore, rules: Rules) {
    this.#schemas = schemas;
    this.#store = store;
    this.#rules = rules;
  }

  /**
   * What is known of an object before it exists: its inputs, and that the rest will be there.
   *
   * @throws CloudError when the provider would refuse to plan it
   */
  previewCreate(schema: ResourceSchema, inputs: JsonObject): JsonObject {
    this.#plan(schema, inputs);
    const state = withoutAbsent(inputs);
    for (const [name, output] of schema.outputs) {
      if (isAbsent(state[name]) && (output.required || schema.computed.has(name)) && name !== "tagsAll") {
        state[name] = UNKNOWN;
      }
    }
    return finished(schema, state);
  }

  /** @throws CloudError when AWS would refuse it, such as a second object of that name */
  create(schema: ResourceSchema, settings: ProviderSettings, urn: string, name: string, inputs: JsonObject): Made {
    this.#plan(schema, inputs);
    return this.#store.transaction(() => {
      const { account } = settings;
      const region = regionOf(schema, settings, inputs);
      const claim = claimOf(schema, inputs);
      if (claim !== undefined && isNameUnique(schema.token)) {
        const scope = claim.global ? undefined : region;
        const holder = this.#store.holderOf(account, storedType(schema.token), claim.uniqueName, scope);
        if (holder !== undefined) throw alreadyExists(schema, claim.code, claim.uniqueName, holder);
      }
      const refused = this.#rules.write(schema.token, inputs, new StoreAccount(this.#store, account, region));
      if (refused !== undefined) {
        throw new CloudError("invalid", `creating ${schema.token} (${name}): ${wordsOf(refused)}`, refused);
      }
      const generation = nextGeneration(this.#store, account, urn);
      const identity = this.#schemas.identify(
        schema.token,
        this.#context(settings, region, urn, name, generation, inputs),
      );
      const key: ResourceKey = { account, region, type: storedType(schema.token), id: identity.id };
      const existing = this.#store.get(key);
      // One name, one object; what is only a setting of another object (bucket versioning) is written again.
      if (existing !== undefined && claim !== undefined && identity.id === claim.uniqueName) {
        throw alreadyExists(schema, claim.code, claim.uniqueName, existing);
      }
      const state = finished(schema, {
        ...withoutAbsent({ ...identity.outputs }),
        ...withoutAbsent(inputs),
        id: identity.id,
      });
      this.#store.put({
        ...key,
        arn: identity.arn || knownString(state.arn) || undefined,
        uniqueName: claim?.uniqueName,
        urn,
        inputs,
        state,
        createdAt: existing?.createdAt ?? timeOf(this.#store).toISOString(),
      });
      return { id: identity.id, state, key };
    });
  }

  /**
   * What is known of an object before it is updated: what the inputs do not say stays, and what the update would change
   * by itself, such as a version number, is not known yet.
   */
  previewUpdate(schema: ResourceSchema, settings: ProviderSettings, request: UpdateRequest): JsonObject {
    const { olds, news } = request;
    this.#plan(schema, news, olds.inputs);
    const kept = withoutRemoved(schema, olds.inputs, olds.state, news);
    const changed = diffResource(schema, olds.inputs, olds.state, news, request.ignoreChanges).changes.length > 0;
    const next = changed ? this.#derivedAnew(schema, settings, request) : {};
    for (const computed of schema.computed) {
      if (computed in next && computed !== "tagsAll" && !sameValue(next[computed], kept[computed])) {
        kept[computed] = UNKNOWN;
      }
    }
    return finished(schema, { ...kept, ...withoutAbsent(news) });
  }

  /** The outputs an update would give, without giving them: counters are not advanced. */
  #derivedAnew(schema: ResourceSchema, settings: ProviderSettings, request: UpdateRequest): JsonObject {
    const { urn, logicalName, id, olds, news } = request;
    const region = regionOf(schema, settings, olds.state);
    try {
      return this.#store.rehearsal(() => ({
        ...this.#schemas.identify(schema.token, {
          ...this.#context(settings, region, urn, logicalName, 0, news),
          previous: { id, outputs: plainObject(olds.state) },
        }).outputs,
      }));
    } catch {
      // Inputs that are not known yet may not be what a rule expects; then nothing is known to change.
      return {};
    }
  }

  /**
   * Writes the changed properties only, as the provider does: what something else has changed meanwhile stays.
   *
   * @throws CloudError when the object is gone, or when AWS would refuse the change
   */
  update(schema: ResourceSchema, settings: ProviderSettings, request: UpdateRequest): JsonObject {
    const { urn, id, olds, news } = request;
    this.#plan(schema, news, olds.inputs);
    return this.#store.transaction(() => {
      const region = regionOf(schema, settings, olds.state);
      const stored = this.#store.get({ account: settings.account, region, type: storedType(schema.token), id });
      if (stored === undefined) {
        throw new CloudError(
          "not-found",
          `updating ${schema.token} (${id}): ResourceNotFoundException: it does not exist any more in account ` +
            `${settings.account}${region && `, ${region}`}. Refresh the stack so that it is created again.`,
        );
      }
      const changed = changedProperties(diffResource(schema, olds.inputs, olds.state, news, request.ignoreChanges));
      const written = withoutAbsent(news);
      const inputs: JsonObject = {};
      for (const [property, value] of Object.entries(news)) {
        const stays = !changed.has(property) && !isInternal(property) && !isAbsent(stored.inputs[property]);
        inputs[property] = stays ? stored.inputs[property]! : value;
      }
      if (changesMoreThanTags(stored.inputs, inputs)) {
        const account = new StoreAccount(this.#store, settings.account, region);
        const refused = this.#rules.write(schema.token, inputs, account, stored);
        if (refused !== undefined) {
          throw new CloudError("invalid", `updating ${schema.token} (${id}): ${wordsOf(refused)}`, refused);
        }
      }
      const kept = withoutRemoved(schema, olds.inputs, stored.state, news);
      const identity = this.#schemas.identify(schema.token, {
        ...this.#context(settings, region, urn, request.logicalName, 0, inputs),
        previous: { id, outputs: plainObject(stored.state) },
      });
      const state: JsonObject = { ...identity.outputs, ...kept };
      for (const computed of schema.computed) {
        if (!isAbsent(identity.outputs[computed])) state[computed] = identity.outputs[computed]!;
      }
      for (const property of changed) if (property in written) state[property] = written[property]!;
      // Whether a value is secret is the program's word, even where the value stays the same.
      for (const [property, value] of Object.entries(written)) {
        if (containsSecret(value) && !changed.has(property) && property in state) state[property] = value;
      }
      const final = finished(schema, { ...withoutAbsent(state), id });
      this.#store.put({ ...stored, urn, inputs, state: final, uniqueName: claimOf(schema, inputs)?.uniqueName });
      return final;
    });
  }

  /**
   * The object as it is, or undefined when there is none.
   *
   * @param oldInputs the inputs the stack has on record; absent on an import, which gets all there are
   */
  read(
    schema: ResourceSchema,
    settings: ProviderSettings,
    id: string,
    oldInputs: JsonObject | undefined,
    oldState: JsonObject | undefined,
  ): ReadAnswer | undefined {
    const stored =
      oldState === undefined || Object.keys(oldState).length === 0
        ? this.#imported(schema, settings, id)
        : this.#store.get(keyOf(schema, settings, oldState, id));
    if (stored === undefined) return undefined;
    const { state } = stored;
    const inputs: JsonObject = {};
    if (oldInputs === undefined || Object.keys(oldInputs).length === 0) {
      for (const [name, value] of Object.entries(stored.inputs)) inputs[name] = state[name] ?? value;
      if (schema.taggable) delete inputs.tagsAll;
      const tagsAll = schema.taggable ? allTags(settings.tags, inputs.tags) : undefined;
      if (tagsAll !== undefined) inputs.tagsAll = tagsAll;
    } else {
      for (const [name, value] of Object.entries(oldInputs)) {
        if (isInternal(name) || !isAbsent(state[name])) inputs[name] = isInternal(name) ? value : state[name]!;
        else if (!schema.outputs.has(name) || isEmpty(value)) inputs[name] = value;
      }
    }
    return { id: stored.id, state, inputs };
  }

  /** By id, ARN or unique name, with `@region` behind it for another region than the provider's. */
  #imported(schema: ResourceSchema, settings: ProviderSettings, text: string): StoredResource | undefined {
    const [, reference = text, region] = /^(.+)@([a-z]{2}(?:-[a-z]+)+-\d)$/.exec(text) ?? [];
    const key = keyOf(schema, settings, region === undefined ? {} : { region }, reference);
    return (
      this.#store.get(key) ??
      this.#store.named(key.account, key.type, reference).find(({ region: place }) => place === key.region)
    );
  }

  /**
   * Deleting what is gone already is no error. An object with `skipDestroy` leaves the stack but not the cloud.
   *
   * @throws CloudError when AWS would refuse it, since other objects use it
   */
  delete(schema: ResourceSchema, settings: ProviderSettings, id: string, state: JsonObject): void {
    if (schema.inputs.has("skipDestroy") && unmark(state.skipDestroy) === true) return;
    this.#store.transaction(() => {
      const key = keyOf(schema, settings, state, id);
      const stored = this.#store.get(key);
      if (stored === undefined) return;
      const account = new StoreAccount(this.#store, key.account, key.region);
      const object = toObject(stored);
      const refused = this.#rules.remove(object, account);
      if (refused !== undefined) {
        throw new CloudError("in-use", `deleting ${schema.token} (${id}): ${wordsOf(refused)}`, refused);
      }
      this.#store.remove(key);
      const days = this.#rules.keepsName(object);
      const name = object.state.text("name");
      if (days > 0 && name !== undefined) {
        const until = timeOf(this.#store).getTime() / 1000 + days * 86_400;
        this.#store.counters.keepName(key.account, keptName(key.region, object.type, name), Math.floor(until));
      }
    });
  }

  #plan(schema: ResourceSchema, inputs: JsonObject, before?: JsonObject): void {
    const problem = this.#rules.plan(schema.token, inputs, before);
    if (problem !== undefined) throw new CloudError("invalid", problem);
  }

  #context(
    settings: ProviderSettings,
    region: string,
    urn: string,
    logicalName: string,
    generation: number,
    inputs: JsonObject,
  ): IdentityContext {
    const { account } = settings;
    return {
      account,
      region: region || (settings.region ?? ""),
      logicalName,
      inputs: plainObject(withoutAbsent(inputs)),
      now: timeOf(this.#store),
      randomHex: digitsOf(this.#store, { account, region, urn, generation }),
      next: (counter) => this.#store.counters.next(account, counter),
      find: (reference) => {
        const found = this.#store.find(account, region, reference);
        return found && { token: found.type, outputs: plainObject(found.state) };
      },
      mentioning: (text) =>
        this.#store
          .mentioningAnywhere(account, text)
          .map(({ type, state }) => ({ token: type, outputs: plainObject(state) })),
    };
  }
}

/** The region an object lives in; empty for the types of global services, which take none. */
export function regionOf(schema: ResourceSchema, settings: ProviderSettings, values: JsonObject): string {
  if (schema.region === undefined) return "";
  return (schema.region === "input" ? knownString(values.region) : undefined) ?? settings.region ?? "";
}

function keyOf(schema: ResourceSchema, settings: ProviderSettings, values: JsonObject, id: string): ResourceKey {
  const region = regionOf(schema, settings, values);
  return { account: settings.account, region, type: storedType(schema.token), id };
}

/** What an object keeps when some of its inputs are taken away: all that the cloud computes or chooses. */
function withoutRemoved(
  schema: ResourceSchema,
  oldInputs: JsonObject,
  state: JsonObject,
  news: JsonObject,
): JsonObject {
  const kept: [string, Json][] = Object.entries(state).filter(([name]) => {
    const removed = !isInternal(name) && !isAbsent(oldInputs[name]) && isAbsent(news[name]);
    return !removed || keepsWhenRemoved(schema, name);
  });
  return Object.fromEntries(kept);
}

/** The state with what is secret marked, and with the tags it has said to be none where there are none. */
function finished(schema: ResourceSchema, state: JsonObject): JsonObject {
  const marked = { ...state };
  if (schema.taggable) marked.tagsAll ??= {};
  for (const name of schema.secrets) {
    const value = marked[name];
    if (value !== undefined && value !== null) marked[name] = secret(value);
  }
  return marked;
}

function alreadyExists(schema: ResourceSchema, code: string, name: string, holder: StoredResource): CloudError {
  const owner = `created by ${holder.urn}`;
  return new CloudError(
    "already-exists",
    `creating ${schema.token} (${name}): ${code}: ${name.replaceAll("|", " ")} already exists as ${holder.id}, ${owner}`,
  );
}
