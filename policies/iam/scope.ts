import type { IamAction } from "../data/iam.ts";
import { iamArnFormat, wildcardMatcher } from "../data/iam.ts";
import type { Condition, Statement } from "./document.ts";
import { ANY_NAME, anyNameMatcher } from "./match.ts";

const CREATES = /:(Create|Run|Allocate|Request|Import|Copy|Register|Start|Provision|Purchase)/;

/** Whether a resource pattern is nothing but wildcards, so that it holds for every resource of every service. */
export function isEverything(pattern: string): boolean {
  return /^[*?]+$/.test(pattern) || /^arn(:[*?]+)+$/.test(pattern);
}

/**
 * Whether a resource pattern leaves an action unlimited although the action can be limited.
 *
 * A pattern is too wide when it matches an instance of one of the action's resource types whatever the instance is
 * called. Not too wide: a type's wildcard (`arn:…:instance/*`) for an action that lists, since it reads many at once,
 * or for one that creates what AWS names (`${InstanceId}`), since the name isn't known beforehand.
 */
export function isTooWide(action: IamAction, pattern: string): boolean {
  if (action.resourceTypes.length === 0) return false;
  if (isEverything(pattern)) return true;
  const formats = arnFormats(action);
  // A few resource types are wildcards themselves, such as Connect's "phone-number/*".
  if (formats.some((format) => !hasName(format) && nameOf(format) === nameOf(pattern))) return false;
  const namesType = /^[^*?]/.test(nameOf(pattern));
  const matches = anyNameMatcher(pattern);
  return formats.some((format) => {
    if (!hasName(format) || !matches(format)) return false;
    const mayBeTyped = action.level === "List" || (CREATES.test(action.name) && /Id\}$/.test(format));
    return !namesType || !mayBeTyped;
  });
}

const formatsOf = new WeakMap<IamAction, readonly string[]>();

/** The ARN formats an action can be limited to. */
export function arnFormats(action: IamAction): readonly string[] {
  const known = formatsOf.get(action);
  if (known) return known;
  const formats = action.resourceTypes.flatMap((type) => iamArnFormat(action.name, type) ?? []);
  formatsOf.set(action, formats);
  return formats;
}

function hasName(format: string): boolean {
  return /\$\{/.test(nameOf(format));
}

/** What follows the account in an ARN. */
function nameOf(arn: string): string {
  return arn.split(":").slice(5).join(":");
}

/**
 * Whether a statement's conditions hold it to something: a condition on one of the keys, by an operator that compares
 * and can't be satisfied by leaving the key out, with a value that isn't only wildcards.
 */
export function isLimitedBy(statement: Statement, isKey: (key: string) => boolean): boolean {
  return statement.conditions.some((condition) => isKey(condition.key) && compares(condition));
}

function compares({ operator, key, values }: Condition): boolean {
  if (/Not|IfExists$|^Null$|^ForAllValues:/i.test(operator)) return false;
  if (values.unknown.length > 0) return true;
  // A role of any name can be made in an account of one's own: who the caller is, the account says.
  const open = key === "aws:principalarn" ? /^([*?]*$|arn:[^:]*:[^:]*:[^:]*:[^:]*[*?])/ : /^[*?]*$/;
  return values.known.length > 0 && values.known.every((value) => !open.test(value));
}

/** Condition keys by which a statement names the resource, the role or the policy that an action works with. */
const NAMING_KEYS: Readonly<Record<string, RegExp>> = {
  "iam:permissionsboundary":
    /^iam:(Create(User|Role)|(Put|Delete)(User|Role)(Policy|PermissionsBoundary)|(At|De)tach(User|Role)Policy)$/,
  "iam:policyarn": /^iam:(At|De)tach(User|Role|Group)Policy$/,
  "iam:associatedresourcearn": /^iam:PassRole$/,
  "iam:awsservicename": /^iam:CreateServiceLinkedRole$/,
  "kms:viaservice": /^kms:/,
};

/**
 * Whether a statement's conditions hold an action to something that is named: resources with a tag of a given value, or
 * by a key of the action's service the ARN of what it works with (`ecs:cluster`, `iam:PermissionsBoundary`).
 */
export function isLimitedByCondition(statement: Statement, action: IamAction): boolean {
  if (isLimitedBy(statement, (key) => /^[a-z0-9-]+:resourcetag\//.test(key))) return true;
  if (isLimitedBy(statement, (key) => NAMING_KEYS[key]?.test(action.name) ?? false)) return true;
  const service = action.name.slice(0, action.name.indexOf(":") + 1);
  return statement.conditions.some(
    (condition) =>
      condition.key.startsWith(service) &&
      !Object.hasOwn(NAMING_KEYS, condition.key) &&
      compares(condition) &&
      condition.values.known.every((value) => /^arn:/.test(value) && !/^[*?]/.test(nameOf(value))),
  );
}

/** Whether everything one resource pattern matches is matched by another. */
export function coversPattern(wide: string, narrow: string): boolean {
  if (isEverything(wide)) return true;
  // A "?" of the wider pattern is one character; a "*" of the narrower is none, or more than there are of them.
  const lengths = Array.from({ length: wide.split("?").length + 1 }, (_, length) => length);
  const matches = wildcardMatcher(wide);
  return lengths.every((length) => matches(narrow.replaceAll("*", ANY_NAME.repeat(length))));
}
