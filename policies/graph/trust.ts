import { isPrincipalOf } from "../data/service-principals.ts";
import type { StackResource } from "../framework/stack.ts";
import type { Principal, Statement } from "../iam/document.ts";
import { readDocuments } from "../iam/documents.ts";
import { isLimitedBy } from "../iam/scope.ts";
import { type Answer, all, any, type Blocker } from "./answer.ts";
import type { Identity } from "./identities.ts";
import { matches, namesResource } from "./names.ts";
import { HARMLESS, may, mayReach } from "./permissions.ts";

/** One principal that a role's trust policy lets in, with the statement that does. */
export interface Trusted {
  readonly principal: Principal;
  readonly statement: Statement;
}

/** Who may become a role. */
export interface Trust {
  readonly trusted: readonly Trusted[];
  /** Those of them that are identities of AWS, or accounts of them. */
  readonly callers: readonly (Trusted & { readonly account: boolean })[];
  /** Whether one of them is an identity, and no account. */
  readonly named: boolean;
  /** What of the trust policy is not known. */
  readonly unread: readonly Blocker[];
  /** Resources whose outputs went into the trust policy. */
  readonly origins: readonly string[];
}

const ASSUMES = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
const trusts = new WeakMap<Identity, Trust>();
/** What was asked before, by the list of services: each path and each kind of workload has one of its own. */
const answers = new WeakMap<Identity, Map<readonly string[], Answer>>();

/** The trust policy of a role. */
export function trustOf(role: Identity): Trust {
  const known = trusts.get(role);
  if (known) return known;
  const { resource } = role;
  const trusted: Trusted[] = [];
  const unread: Blocker[] = [];
  const wait = (property: Blocker["property"]) => unread.push({ resource, property });
  for (const { kind, reading } of readDocuments(resource)) {
    if (kind !== "trust") continue;
    if (reading.state === "unknown") wait(reading.property);
    if (reading.state !== "read") continue;
    reading.hidden.forEach(wait);
    for (const statement of reading.statements) {
      if (statement.effect !== "Allow") continue;
      if (!statement.actions.known.some((pattern) => ASSUMES.some((action) => matches(pattern, action)))) continue;
      for (const property of statement.unknown) if (property.path.includes("rincipal")) wait(property);
      for (const principal of statement.principals) trusted.push({ principal, statement });
    }
  }
  const callers = trusted
    .filter(({ principal: { kind } }) => kind === "AWS" || kind === "*")
    .map((one) => ({ ...one, account: isAccount(one.principal.value) }));
  const named = callers.some(({ account }) => !account);
  const trust = { trusted, callers, named, unread, origins: resource.propertyDependencies.assumeRolePolicy ?? [] };
  trusts.set(role, trust);
  return trust;
}

/** Whether one of these services may take the role. Conditions on for whom it does are met within the account. */
export function trustsService(role: Identity, services: readonly string[]): Answer {
  const asked = answers.get(role) ?? new Map<readonly string[], Answer>();
  answers.set(role, asked);
  const answer = asked.get(services) ?? lookForService(role, services);
  asked.set(services, answer);
  return answer;
}

function lookForService(role: Identity, services: readonly string[]): Answer {
  const { trusted, unread } = trustOf(role);
  const named = trusted.some(
    ({ principal: { kind, value } }) => kind === "*" || (kind !== "AWS" && isPrincipalOf(value, services)),
  );
  return named || (unread.length > 0 ? unread : false);
}

/** Whether an identity of the stack may become a role of the stack. */
export function mayAssume(holder: Identity, role: Identity): Answer {
  const { callers, named, unread, origins } = trustOf(role);
  // An account lets in whom it permits; few trust policies name somebody.
  if (unread.length === 0 && !named && !mayReach(holder, "sts:AssumeRole", role.resource)) return false;
  const permitted = () => may({ holder }, "sts:AssumeRole", role.resource);
  const answer = any(callers, ({ principal: { value }, statement, account }) => {
    const meets = () => meetsConditions(statement, holder);
    if (account) return all(permitted, meets, () => !isForeign(value, holder.resource));
    // A trust policy that names an identity of its account lets it in by itself.
    return namesResource(value, holder.resource) ? all(meets) : false;
  });
  if (answer === true || unread.length === 0) return answer;
  if (origins.length > 0 && !origins.includes(holder.resource.urn)) return answer;
  // The trust policy may name this identity, or its account: then it needs the permission too.
  const open = origins.length > 0 ? unread : all(permitted, () => unread);
  return any([answer, open], (one) => one);
}

/** Whether a principal is a whole account, or all of them. */
export const isAccount = (value: string): boolean =>
  value === "*" || /^(arn:aws[\w-]*:iam::)?\d{12}(:root)?$/.test(value);

/** Whether an account is known to be none of those that the role's provider may work in. */
export function isForeign(value: string, resource: StackResource, more: readonly string[] = []): boolean {
  const account = /^(?:arn:aws[\w-]*:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(value)?.[1];
  const allowed = resource.provider.get("allowedAccountIds").parsed()?.items() ?? [];
  if (account === undefined || allowed.length === 0 || allowed.some(({ unknown }) => unknown)) return false;
  return !more.includes(account) && !allowed.some(({ string }) => string === account);
}

/** Conditions that any workload of the account meets hold; one on the caller's ARN is asked; others keep it out. */
function meetsConditions(statement: Statement, holder: Identity): boolean {
  return statement.conditions.every((condition) => {
    const narrows = isLimitedBy({ ...statement, conditions: [condition] }, (key) => !HARMLESS.has(key));
    if (!narrows) return true;
    return (
      condition.key === "aws:principalarn" &&
      condition.values.known.some((value) => namesResource(value, holder.resource))
    );
  });
}
