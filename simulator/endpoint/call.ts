/** What operations work with: the store, by the same way and under the same rules as the provider protocol. */
import { CloudError } from "../provider/errors.ts";
import { Resources } from "../provider/resources.ts";
import { SIMULATED_ACCOUNT_ID } from "../provider/settings.ts";
import { plainObject } from "../provider/values.ts";
import { AWS_RULES, type Rules } from "../rules/index.ts";
import type { ResourceSchema, SchemaSource } from "../schema/index.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";
import { AwsError } from "./errors.ts";
import type { RecentChanges } from "./faults.ts";
import type { EndpointCall, Entry } from "./types.ts";

export interface CallParts {
  readonly store: CloudStore;
  readonly schemas: SchemaSource;
  readonly rules?: Rules;
  readonly home?: string | undefined;
  readonly changes: RecentChanges;
}

/** Objects made through the API belong to no stack. */
const OWNER = "urn:pulumi:api::aws";

/** @param staleMs how far what it lists is behind */
export function openCall(parts: CallParts, region: string, staleMs = 0): EndpointCall {
  const { store, schemas, rules = AWS_RULES, home, changes } = parts;
  const account = SIMULATED_ACCOUNT_ID;
  const settings = { account, region, tags: { defaults: undefined, ignored: { keys: [], keyPrefixes: [] } } };
  const resources = new Resources(schemas, store, rules);
  const schemaOf = (type: string): ResourceSchema => {
    const schema = schemas.resource(type);
    if (schema === undefined) throw new Error(`there is no type ${type}`);
    return schema;
  };
  const reload = (type: string, id: string): Entry => {
    const schema = schemaOf(type);
    const stored = store.get({ account, region: schema.inputs.has("region") ? region : "", type, id });
    if (stored === undefined) throw new Error(`${type} ${id} was written and is not there`);
    return toEntry(stored);
  };
  return {
    account,
    region,
    store,
    schemas,
    home,
    stale: staleMs > 0,
    list: (type) => {
      const present = store.list(account, type, region);
      return (staleMs === 0 ? present : changes.behind(present, type, region, staleMs)).map(toEntry);
    },
    create: (type, name, inputs) => {
      const urn = `${OWNER}::${type}::${name}`;
      return refusing(() => {
        const made = reload(type, resources.create(schemaOf(type), settings, urn, name, inputs).id);
        changes.note(made.stored, undefined);
        return made;
      });
    },
    update: ({ stored }, given) => {
      const { type, id, urn, inputs, state } = stored;
      const logicalName = urn.split("::").slice(3).join("::");
      const news = { ...inputs, ...given };
      const request = { urn, logicalName, id, olds: { inputs, state }, news, ignoreChanges: [] };
      return refusing(() => {
        resources.update(schemaOf(type), settings, request);
        changes.note(stored, stored);
        return reload(type, id);
      });
    },
    remove: ({ stored }) => {
      refusing(() => {
        resources.delete(schemaOf(stored.type), settings, stored.id, stored.state);
        changes.note(stored, stored);
      });
    },
  };
}

export function toEntry(stored: StoredResource): Entry {
  const state = plainObject(stored.state);
  return {
    id: stored.id,
    arn: stored.arn ?? (typeof state.arn === "string" ? state.arn : stored.id),
    createdAt: new Date(stored.createdAt),
    state,
    stored,
  };
}

/** A refusal of the rules is AWS's own answer. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.refusal !== undefined) throw new AwsError(error.refusal.code, error.refusal.message);
    throw new AwsError("ValidationException", error.message);
  }
}
