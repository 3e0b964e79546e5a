/** Changes by hand: what somebody does in AWS's console, behind the back of the program that made the resource. */
import { checkResource } from "../provider/check.ts";
import { diffResource } from "../provider/diff.ts";
import { CloudError } from "../provider/errors.ts";
import { nameDigits } from "../provider/origin.ts";
import { formatPath, type Path, parsePath } from "../provider/paths.ts";
import { Resources } from "../provider/resources.ts";
import type { ProviderSettings } from "../provider/settings.ts";
import type { Failure } from "../provider/validate.ts";
import {
  containsSecret,
  isAbsent,
  isInternal,
  isObject,
  isSecret,
  type Json,
  type JsonObject,
  sameValue,
  secret,
  unmark,
} from "../provider/values.ts";
import { AWS_RULES, type Rules } from "../rules/index.ts";
import type { ResourceSchema, SchemaSource } from "../schema/index.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";
import { logicalName, shortType } from "./find.ts";
import { masked, maskedObject, unmasked } from "./masked.ts";

/** One value that an edit changes, as people may see it. */
export interface EditedValue {
  /** In the engine's notation, such as `tags.owner`. */
  readonly path: string;
  /** Undefined where there was none. */
  readonly before: Json | undefined;
  /** Undefined where it is taken away. */
  readonly after: Json | undefined;
}

/** Why AWS would not let it happen, all reasons at once. */
export class EditRefused extends Error {
  readonly failures: readonly Failure[];

  constructor(subject: string, failures: readonly Failure[]) {
    const lines = failures.map(({ property, reason }) => `  ${property === "" ? "" : `${property}: `}${reason}`);
    super(`${subject} cannot be changed like that:\n${lines.join("\n")}`);
    this.name = "EditRefused";
    this.failures = failures;
  }
}

/** For the outputs of global types that carry a region. */
const ANY_REGION = "us-east-1";

export class LiveEditor {
  readonly #schemas: SchemaSource;
  readonly #store: CloudStore;
  readonly #rules: Rules;
  readonly #resources: Resources;

  constructor(schemas: SchemaSource, store: CloudStore, rules: Rules = AWS_RULES) {
    this.#schemas = schemas;
    this.#store = store;
    this.#rules = rules;
    this.#resources = new Resources(schemas, store, rules);
  }

  /** The properties that can be edited, without secrets: a document for an editor. */
  document(stored: StoredResource): JsonObject {
    return maskedObject(editable(liveInputs(stored)));
  }

  /** The document with values set at paths; `null` takes a value away. @throws EditRefused when a path leads nowhere */
  withValues(stored: StoredResource, values: readonly (readonly [path: string, value: Json])[]): JsonObject {
    const document = structuredClone(this.document(stored));
    const failures: Failure[] = [];
    for (const [path, value] of values) {
      const problem = setAt(document, parsePath(path), value);
      if (problem !== undefined) failures.push({ property: path, reason: problem });
    }
    if (failures.length > 0) throw new EditRefused(subjectOf(stored), failures);
    return document;
  }

  /**
   * Makes the resource what the document says, in one step; a document that changes nothing does nothing.
   *
   * @throws EditRefused when the provider or AWS refuses it, or it could only be done with a new resource
   */
  edit(stored: StoredResource, document: JsonObject): readonly EditedValue[] {
    return this.#store.transaction(() => {
      const { schema, settings, olds, news } = this.#checked(stored, document);
      const { changes, replaces } = diffResource(schema, olds, stored.state, news, []);
      if (changes.length === 0) return [];
      if (replaces.length > 0) {
        const reason = "AWS sets this when it makes the resource; it takes a new one to change it";
        throw new EditRefused(
          subjectOf(stored),
          replaces.map((property) => ({ property, reason })),
        );
      }
      const written = this.#refusing(stored, () =>
        this.#resources.update(schema, settings, {
          ...{ urn: stored.urn, logicalName: logicalName(stored), id: stored.id, ignoreChanges: [] },
          olds: { inputs: olds, state: stored.state },
          news,
        }),
      );
      return comparison(olds, news, written);
    });
  }

  /** Deletes by hand, also what its program would keep. @throws EditRefused when others use it or it is protected */
  delete(stored: StoredResource): void {
    const schema = this.#schema(stored);
    const state = { ...stored.state, skipDestroy: false };
    this.#refusing(stored, () => this.#resources.delete(schema, settingsOf(stored), stored.id, state));
  }

  /** Holds the document against the type's schema and what the provider checks. */
  #checked(stored: StoredResource, document: JsonObject) {
    const schema = this.#schema(stored);
    const settings = settingsOf(stored);
    const olds = liveInputs(stored);
    const given: JsonObject = {};
    for (const [name, value] of Object.entries(unmasked(document, olds) as JsonObject)) {
      // Where a secret was, the new value is one as well.
      given[name] = containsSecret(olds[name]) && !containsSecret(value) ? secret(value) : value;
    }
    for (const [name, value] of Object.entries(olds)) if (isInternal(name)) given[name] = value;
    const { inputs, failures } = checkResource(this.#schemas, schema, settings, {
      ...{ logicalName: logicalName(stored), olds, news: given, autonaming: undefined },
      digits: nameDigits(this.#store, stored.account, stored.urn),
    });
    const all = [...failures, ...this.#rules.check(schema.token, inputs)];
    if (all.length > 0) throw new EditRefused(subjectOf(stored), all);
    const news = { ...inputs, ...(olds.__defaults === undefined ? {} : { __defaults: olds.__defaults }) };
    return { schema, settings, olds, news };
  }

  #refusing<T>(stored: StoredResource, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      throw new EditRefused(subjectOf(stored), [{ property: "", reason: error.message }]);
    }
  }

  #schema({ type }: StoredResource): ResourceSchema {
    const schema = this.#schemas.resource(type);
    if (schema !== undefined) return schema;
    throw new EditRefused(type, [{ property: "", reason: `its type is not in @pulumi/aws ${this.#schemas.version}` }]);
  }
}

function subjectOf(stored: StoredResource): string {
  return `${shortType(stored.type)} ${logicalName(stored)} (${stored.id})`;
}

/** Its inputs with the values it has now, whoever wrote them. */
function liveInputs({ inputs, state }: StoredResource): JsonObject {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, isInternal(name) ? value : (state[name] ?? value)]),
  );
}

/** Without what follows from the rest, and without the region, which is a place and not a property. */
function editable(inputs: JsonObject): JsonObject {
  const { tagsAll: _tags, region: _region, ...rest } = inputs;
  return rest;
}

/** The account as the resource sees it; tags that are not its own are the provider's. */
function settingsOf({ account, region, inputs }: StoredResource): ProviderSettings {
  const all = unmark(inputs.tagsAll);
  const own = unmark(inputs.tags);
  const defaults = Object.entries(isObject(all) ? all : {}).filter(([key]) => !(isObject(own) && key in own));
  return {
    account,
    region: region || ANY_REGION,
    tags: { defaults: Object.fromEntries(defaults), ignored: { keys: [], keyPrefixes: [] } },
  };
}

/** @returns what is wrong with the path, if anything */
function setAt(document: JsonObject, path: Path, value: Json): string | undefined {
  let place: Json = document;
  for (const [at, step] of path.entries()) {
    const last = at === path.length - 1;
    if (typeof step === "number") {
      if (!Array.isArray(place)) return `${formatPath(path.slice(0, at))} is not a list`;
      if (step > place.length) return `${formatPath(path.slice(0, at))} has only ${place.length} elements`;
      if (last && value === null) place.splice(step, 1);
      else if (last) place[step] = value;
      else place[step] ??= {};
      place = place[step] ?? null;
      continue;
    }
    if (!isObject(place)) return `${formatPath(path.slice(0, at))} has no properties`;
    if (last && value === null) delete place[step];
    else if (last) place[step] = value;
    else place[step] ??= {};
    place = place[step] ?? null;
  }
  return path.length === 0 ? "say which property" : undefined;
}

/** Leaf by leaf, without what follows from the rest. */
function comparison(olds: JsonObject, news: JsonObject, written: JsonObject): EditedValue[] {
  const found: EditedValue[] = [];
  const walk = (path: Path, before: Json | undefined, after: Json | undefined) => {
    if (sameValue(before, after) && isSecret(before) === isSecret(after)) return;
    const [left, right] = [unmark(before), unmark(after)];
    const both =
      isObject(left) && isObject(right) ? "object" : Array.isArray(left) && Array.isArray(right) ? "list" : "";
    if (both === "" || isSecret(before) || isSecret(after)) {
      const shown = (value: Json | undefined) => (isAbsent(value) ? undefined : masked(value!));
      found.push({ path: formatPath(path), before: shown(before), after: shown(after) });
      return;
    }
    const entries = (value: Json | undefined) => Object.entries(value as JsonObject);
    const keys = new Set([...entries(left), ...entries(right)].map(([key]) => key));
    const at = (value: Json | undefined, key: string) => (value as JsonObject)[key];
    for (const key of keys) walk([...path, both === "list" ? Number(key) : key], at(left, key), at(right, key));
  };
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  for (const name of [...names].sort()) {
    if (isInternal(name) || name === "tagsAll") continue;
    // What the cloud keeps when it is taken away is shown as it stays.
    walk([name], olds[name], isAbsent(news[name]) ? written[name] : news[name]);
  }
  return found;
}

/** Text from a command line as a value: JSON where it is some, else the text itself. */
export function readValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** The properties of a resource as it is, for people. */
export function shownState(stored: StoredResource): JsonObject {
  return maskedObject({ ...stored.inputs, ...stored.state });
}
