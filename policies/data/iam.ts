import type { AccessLevel } from "./access-level-overrides.ts";
import table from "./generated/iam-actions.json" with { type: "json" };
import { ACCEPTS_ONLY_EVERYTHING } from "./resource-overrides.ts";

/** What AWS's service authorization reference says about one action, its level corrected. */
export interface IamAction {
  /** Service prefix and name as AWS writes them, such as `s3:GetObject`. */
  readonly name: string;
  readonly level: AccessLevel;
  /** Names of the resource types the action can be limited to; none when it only accepts the resource `*`. */
  readonly resourceTypes: readonly string[];
}

const LEVELS: Readonly<Record<string, AccessLevel>> = {
  L: "List",
  R: "Read",
  T: "Tagging",
  W: "Write",
  P: "Permissions management",
};

const actionSource: Readonly<Record<string, string>> = table.actions;
const resourceTypeSource: Readonly<Record<string, string>> = table.resourceTypes;
const actionsByService = new Map<string, ReadonlyMap<string, IamAction>>();
const resourceTypesByService = new Map<string, ReadonlyMap<string, string>>();

/** Version of the data, and how many actions it knows. */
export const IAM_DATA = { version: table.dataVersion, actionCount: table.actionCount } as const;

/** Service prefixes, such as `s3`. */
export function iamServices(): string[] {
  return Object.keys(actionSource);
}

/** The actions of a service, by their name in lower case. Empty for a service that is not known. */
export function iamActionsOf(service: string): ReadonlyMap<string, IamAction> {
  const key = service.toLowerCase();
  const known = actionsByService.get(key);
  if (known) return known;
  const actions = new Map<string, IamAction>();
  for (const line of split(actionSource, key)) {
    // Names of resource types may hold spaces, such as Lambda's "function version".
    const [, level = "", name = "", types = ""] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
    actions.set(name.toLowerCase(), {
      name: `${key}:${name}`,
      level: LEVELS[level] ?? "Write",
      resourceTypes: types && !ACCEPTS_ONLY_EVERYTHING.has(`${key}:${name}`.toLowerCase()) ? types.split(",") : [],
    });
  }
  actionsByService.set(key, actions);
  return actions;
}

/** One action by its full name, in any case. */
export function iamAction(name: string): IamAction | undefined {
  const colon = name.indexOf(":");
  return iamActionsOf(name.slice(0, colon)).get(name.slice(colon + 1).toLowerCase());
}

/**
 * The ARN format of a resource type, such as `arn:${Partition}:s3:::${BucketName}`.
 *
 * @param action full name of an action of the type's service
 */
export function iamArnFormat(action: string, resourceType: string): string | undefined {
  const service = action.slice(0, action.indexOf(":")).toLowerCase();
  let types = resourceTypesByService.get(service);
  if (!types) {
    types = new Map(
      split(resourceTypeSource, service).map((line): [string, string] => {
        const space = line.indexOf(" arn:");
        return [line.slice(0, space).toLowerCase(), line.slice(space + 1)];
      }),
    );
    resourceTypesByService.set(service, types);
  }
  return types.get(resourceType.toLowerCase());
}

/** All actions that a pattern with `*` and `?` matches; `*` alone is every action there is. */
export function expandAction(pattern: string): IamAction[] {
  const colon = pattern.indexOf(":");
  const services = colon < 0 || /[*?]/.test(pattern.slice(0, colon)) ? iamServices() : [pattern.slice(0, colon)];
  const matcher = wildcardMatcher(pattern);
  return services.flatMap((service) => [...iamActionsOf(service).values()].filter((action) => matcher(action.name)));
}

const matchers = new Map<string, (text: string) => boolean>();
/** So many patterns are remembered: more than the documents of a stack have, so that it is a bound on nothing but a leak. */
const MOST_MATCHERS = 5_000;

/** IAM's wildcard match, which ignores case for actions: `*` is any text, `?` any character. */
export function wildcardMatcher(pattern: string): (text: string) => boolean {
  const known = matchers.get(pattern);
  if (known) return known;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  const expression = new RegExp(`^${source}$`, "is");
  const matcher = (text: string): boolean => expression.test(text);
  if (matchers.size >= MOST_MATCHERS) matchers.clear();
  matchers.set(pattern, matcher);
  return matcher;
}

function split(source: Readonly<Record<string, string>>, service: string): string[] {
  const lines = Object.hasOwn(source, service) ? source[service] : undefined;
  return lines ? lines.split(";") : [];
}
