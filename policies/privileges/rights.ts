import type { Stack, StackResource } from "../framework/stack.ts";
import { type Grants, type Identity, readIdentities } from "../graph/identities.ts";
import { References } from "../graph/references.ts";
import type { Statement, Strings } from "../iam/document.ts";
import { readDocuments } from "../iam/documents.ts";

/** Stands where a value is known only when it is deployed, such as the ARN of a role to be created. */
export const LATER = "what is known when deployed";

/** A statement as plain data. */
export interface RightsStatement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  /** Who it is about, such as `Service ecs-tasks.amazonaws.com`; none in the documents of an identity. */
  readonly principals: readonly string[];
  /** Each as one text, such as `StringEquals aws:sourceaccount 000000000000`. */
  readonly conditions: readonly string[];
  /** Where it stands, when it has resources, principals or conditions that are known only when it is deployed. */
  readonly later?: string;
}

/**
 * What all documents together say that reach one holder: an identity, or a resource with a policy of its own.
 *
 * Plain data, so that the rights of the last deployment can be kept and compared with those to come.
 */
export interface Rights {
  /** URN of the role, user, group or resource. */
  readonly urn: string;
  /** `identity`: what it may do. `trust`: who may become it. `resource`: who may do what with it. */
  readonly kind: "identity" | "trust" | "resource";
  readonly statements: readonly RightsStatement[];
  /** What a permissions boundary leaves of it; absent where nothing cuts it down. */
  readonly boundary?: readonly RightsStatement[];
  /** Where something stands that is not known and may say anything: `policy of hello-task`. */
  readonly unread: readonly string[];
}

/** The rights of all holders of a stack. */
export function readRights(stack: Stack): Rights[] {
  const identities = [...readIdentities(stack, new References(stack)).values()];
  return [...identities.map(ofIdentity), ...stack.resources.flatMap(ofResource)];
}

function ofIdentity(identity: Identity): Rights {
  const unread: string[] = [];
  // A user has what its groups have; a group is a holder of its own, so that one change is told once.
  const statements = plain(identity.grants, unread);
  for (const { resource, property } of identity.unread) unread.push(`${property.path} of ${resource.name}`);
  const { boundary } = identity;
  if (boundary)
    for (const { resource, property } of boundary.unread) unread.push(`${property.path} of ${resource.name}`);
  return {
    urn: identity.resource.urn,
    kind: "identity",
    statements,
    ...(boundary ? { boundary: plain(boundary.grants, unread) } : {}),
    unread,
  };
}

function plain(grants: readonly Grants[], unread: string[]): RightsStatement[] {
  return grants.flatMap(({ statements, where }) => statements.flatMap((one) => plainStatement(one, where, unread)));
}

/** Documents of a resource that say who may do something with it, or become it. */
function ofResource(resource: StackResource): Rights[] {
  const found: Rights[] = [];
  for (const { kind, path, reading } of readDocuments(resource)) {
    if (kind !== "trust" && kind !== "resource" && kind !== "key") continue;
    const unread: string[] = [];
    const where = `${path} of ${resource.name}`;
    if (reading.state === "unknown") unread.push(where);
    const statements =
      reading.state === "read" ? reading.statements.flatMap((one) => plainStatement(one, where, unread)) : [];
    if (reading.state === "read" && reading.hidden.length > 0) unread.push(where);
    if (statements.length + unread.length === 0) continue;
    found.push({ urn: resource.urn, kind: kind === "trust" ? "trust" : "resource", statements, unread });
  }
  return found;
}

function plainStatement(statement: Statement, where: string, unread: string[]): RightsStatement[] {
  const { effect, actions, notActions, resources, notResources, hasNotPrincipal } = statement;
  const { principals, principalsToCome, conditions, unknown } = statement;
  // Of an Allow it may come later what it is about: what is allowed is known. A Deny takes away what is not known then.
  const mayCome = new Set([...resources.unknown, ...principalsToCome.map(({ property }) => property)]);
  const open = conditions.some(({ values }) => values.unknown.length > 0);
  if (unknown.some((property) => effect !== "Allow" || !mayCome.has(property))) unread.push(where);
  else if (open && effect !== "Allow") unread.push(where);
  if (effect !== "Allow" && effect !== "Deny") return [];
  const named = namedIn(resources);
  return [
    {
      effect,
      actions: sorted(actions),
      notActions: sorted(notActions),
      resources: named,
      notResources: sorted(notResources),
      principals: [
        ...(hasNotPrincipal ? ["everybody else"] : []),
        ...principals.map(({ kind, value }) => (kind === "*" ? "*" : `${kind} ${value}`)),
        ...principalsToCome.map(({ kind }) => `${kind} ${LATER}`),
      ].sort(),
      conditions: conditions.map(({ operator, key, values }) => `${operator} ${key} ${valuesIn(values)}`).sort(),
      ...(open || principalsToCome.length > 0 || named.some((one) => one.startsWith(LATER)) ? { later: where } : {}),
    },
  ];
}

/** Resources of a statement; one that a component makes itself stands in what it states by its URN. */
function namedIn(resources: Strings): string[] {
  const named = resources.known.map((one) => {
    if (!one.startsWith("urn:pulumi:")) return one;
    const [, , types = "", name] = one.split("::");
    return `${LATER}: ${name} (${types.split("$").at(-1)})`;
  });
  return [...new Set([...named, ...resources.unknown.map(() => LATER)])].sort();
}

function valuesIn(values: Strings): string {
  return [...sorted(values), ...(values.unknown.length > 0 ? [LATER] : [])].join(", ");
}

function sorted({ known }: Strings): string[] {
  return [...known].sort();
}
