/** What a provider instance is configured with, and whether it may be used on the simulated cloud at all. */
import type { SchemaSource } from "../schema/index.ts";
import { closest } from "./closest.ts";
import type { TagSettings } from "./tags.ts";
import type { Failure } from "./validate.ts";
import type { Json, JsonObject } from "./values.ts";
import { containsUnknown, isAbsent, isInternal, isObject, knownString, plain, UNKNOWN, unmark } from "./values.ts";

/** The only account of the simulated cloud. AWS gives no such id to anyone. */
export const SIMULATED_ACCOUNT_ID = "000000000000";

export interface ProviderSettings {
  readonly account: string;
  /** Undefined only while it is not known yet, at a preview. */
  readonly region: string | undefined;
  readonly tags: TagSettings;
}

/** What is known of who configures a provider. */
export interface Caller {
  /**
   * Its stacks live in a place of their own, and never on AWS. So credentials of real accounts in the program or its
   * configuration mean nothing here, and do no harm.
   */
  readonly keepsStateApart: boolean;
  /** Whether the simulated cloud itself has given out the access key. */
  issued(accessKey: string): boolean;
}

const STRANGER: Caller = { keepsStateApart: false, issued: () => false };

/**
 * Reads a provider's configuration and collects what speaks against using it here.
 *
 * A stack that is meant for AWS must never run on the simulator: its state would then hold ids of resources that do
 * not exist. So whatever names another account, or credentials that AWS could have issued, is refused, unless the
 * caller keeps such a state apart anyway.
 */
export function readSettings(
  config: JsonObject,
  caller: Caller = STRANGER,
): { settings: ProviderSettings; failures: readonly Failure[]; ignored: readonly string[] } {
  const failures: Failure[] = [];
  const ignored: string[] = [];
  const refuse = (property: string, reason: string) => failures.push({ property, reason });
  const refuseOrIgnore = (property: string, value: string, reason: string) => {
    if (caller.keepsStateApart) ignored.push(`${property} ${value}`);
    else refuse(property, reason);
  };

  const allowed = strings(decoded(config.allowedAccountIds));
  if (allowed !== undefined && allowed.length > 0 && !allowed.includes(SIMULATED_ACCOUNT_ID)) {
    refuse(
      "allowedAccountIds",
      `this is the simulated cloud, account ${SIMULATED_ACCOUNT_ID}, but the provider allows only ${allowed.join(", ")}; ` +
        "nothing was changed. Run this stack on AWS, without PULUMI_DEBUG_PROVIDERS in the environment, or " +
        `configure it for the simulated cloud with allowedAccountIds: ["${SIMULATED_ACCOUNT_ID}"]`,
    );
  }
  if (strings(decoded(config.forbiddenAccountIds))?.includes(SIMULATED_ACCOUNT_ID)) {
    refuse("forbiddenAccountIds", `the provider forbids account ${SIMULATED_ACCOUNT_ID}, which is the simulated cloud`);
  }
  const profile = knownString(config.profile);
  if (profile !== undefined && profile !== "") {
    refuseOrIgnore(
      "profile",
      profile,
      `the simulated cloud has no profiles, and "${profile}" points to a real account; leave it unset`,
    );
  }
  const key = knownString(config.accessKey);
  if (key !== undefined && /^A(KIA|SIA|IDA|ROA)[A-Z0-9]{12,}$/.test(key) && !caller.issued(key)) {
    const reason = "an access key that AWS issued was given to the simulated cloud; leave it unset";
    refuseOrIgnore("accessKey", `${key.slice(0, 4)}…`, reason);
  }
  for (const property of ["assumeRole", "assumeRoles", "assumeRoleWithWebIdentity"]) {
    for (const arn of roleArns(decoded(config[property]))) {
      if (arn.split(":")[4] === SIMULATED_ACCOUNT_ID) continue;
      refuseOrIgnore(
        property,
        arn,
        `role ${arn} is in a real account, and this is the simulated cloud ${SIMULATED_ACCOUNT_ID}`,
      );
    }
  }
  const region = knownString(config.region);
  if (region === undefined && !containsUnknown(config.region)) {
    refuse("region", 'no region was given; set aws:region, the provider\'s "region" or AWS_REGION');
  }
  return { settings: { account: SIMULATED_ACCOUNT_ID, region, tags: tagSettings(config) }, failures, ignored };
}

/** Settings the engine adds for itself. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set(["pluginDownloadURL", "version"]);

/** Settings the provider does not have. */
export function unknownSettings(schemas: SchemaSource, config: JsonObject): readonly Failure[] {
  return Object.keys(config)
    .filter((key) => !isInternal(key) && !OF_THE_ENGINE.has(key) && !schemas.provider.has(key))
    .map((key) => {
      const near = closest(key, schemas.provider.keys());
      const hint = near === undefined ? "remove it" : `did you mean "${near}"?`;
      return { property: key, reason: `"${key}" is not a setting of the aws provider; ${hint}` };
    });
}

function tagSettings(config: JsonObject): TagSettings {
  const defaults = decoded(config.defaultTags);
  const ignore = unmark(decoded(config.ignoreTags));
  return {
    defaults: isObject(defaults) ? defaults.tags : containsUnknown(defaults) ? UNKNOWN : undefined,
    ignored: {
      keys: (isObject(ignore) && strings(ignore.keys)) || [],
      keyPrefixes: (isObject(ignore) && strings(ignore.keyPrefixes)) || [],
    },
  };
}

/** The SDK sends every setting that is not a string as JSON in a string. */
function decoded(value: Json | undefined): Json | undefined {
  if (isAbsent(value)) return undefined;
  const bare = unmark(value)!;
  if (typeof bare !== "string" || bare === UNKNOWN) return bare;
  try {
    return JSON.parse(bare) as Json;
  } catch {
    return bare;
  }
}

function strings(value: Json | undefined): string[] | undefined {
  const bare = value === undefined ? undefined : plain(value);
  return Array.isArray(bare) ? bare.filter((element) => typeof element === "string") : undefined;
}

function roleArns(value: Json | undefined): string[] {
  const bare = value === undefined ? undefined : plain(value);
  const roles = Array.isArray(bare) ? bare : [bare];
  return roles.flatMap((role) => (isObject(role) && typeof role.roleArn === "string" ? [role.roleArn] : []));
}
