import { MANAGED_POLICIES, managedPolicyName } from "../data/managed-policies.ts";
import { Property } from "../framework/property.ts";
import type { Stack, StackResource } from "../framework/stack.ts";
import { readDocument, type Statement } from "../iam/document.ts";
import { readDocuments } from "../iam/documents.ts";
import type { Blocker } from "./answer.ts";
import { type References, valuesAt } from "./references.ts";

const ROLE = "aws:iam/role:Role";
const USER = "aws:iam/user:User";
const GROUP = "aws:iam/group:Group";
const POLICY = "aws:iam/policy:Policy";

/** Statements of one document that an identity has, and where they are written. */
export interface Grants {
  readonly statements: readonly Statement[];
  /** For people: `policy of hello-task`. */
  readonly where: string;
  readonly resource: StackResource;
  /** Resources whose outputs went into the document. */
  readonly origins: readonly string[];
}

/** A role, user or group of the stack, with all that it is given anywhere in it. */
export interface Identity {
  readonly kind: "role" | "user" | "group";
  readonly resource: StackResource;
  readonly grants: Grants[];
  /** Documents that are not known, which may grant anything. */
  readonly unread: Blocker[];
  /** The customer's policies that are attached: who may write them anew may give itself any right. */
  readonly policies: StackResource[];
  /** Groups of a user. */
  readonly groups: Identity[];
  /** What its rights are cut down to; absent where nothing cuts them down. */
  boundary: { readonly grants: readonly Grants[]; readonly unread: readonly Blocker[] } | undefined;
}

/** Where documents are written straight into an identity: type, the property that names it, and of which kind it is. */
const INLINE: readonly (readonly [type: string, by: string, of: string])[] = [
  ["aws:iam/rolePolicy:RolePolicy", "role", ROLE],
  ["aws:iam/userPolicy:UserPolicy", "user", USER],
  ["aws:iam/groupPolicy:GroupPolicy", "group", GROUP],
];

/** Where managed policies are attached: type, the property that names the identity, its kind, and that of the policies. */
const ATTACHED: readonly (readonly [type: string, by: string, of: string, policies: string])[] = [
  ["aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group", GROUP, "policyArn"],
  ["aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", "groupName", GROUP, "policyArns"],
  ["aws:iam/policyAttachment:PolicyAttachment", "groups", GROUP, "policyArn"],
  ["aws:iam/policyAttachment:PolicyAttachment", "roles", ROLE, "policyArn"],
  ["aws:iam/policyAttachment:PolicyAttachment", "users", USER, "policyArn"],
  ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", ROLE, "policyArn"],
  ["aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName", ROLE, "policyArns"],
  ["aws:iam/userPolicyAttachment:UserPolicyAttachment", "user", USER, "policyArn"],
  ["aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "userName", USER, "policyArns"],
];

/** Every identity of a stack, by the URN of its resource. */
export function readIdentities(stack: Stack, references: References): ReadonlyMap<string, Identity> {
  const identities = new Map<string, Identity>();
  const kinds = { role: ROLE, user: USER, group: GROUP } as const;
  for (const [kind, type] of Object.entries(kinds) as ["role" | "user" | "group", string][]) {
    for (const resource of stack.ofType(type)) {
      const own = { kind, resource, grants: [], unread: [], policies: [], groups: [], boundary: undefined };
      identities.set(resource.urn, own);
    }
  }
  const find = (resource: StackResource): Identity[] => [identities.get(resource.urn) ?? []].flat();
  const named = (from: StackResource, by: string, of: string): Identity[] =>
    references.of(from, by, [of]).targets.flatMap(find);

  for (const [type, by, of] of INLINE) {
    for (const resource of stack.ofType(type)) for (const to of named(resource, by, of)) give(to, resource, "policy");
  }
  for (const [type, by, of, property] of ATTACHED) {
    for (const resource of stack.ofType(type)) {
      for (const to of named(resource, by, of)) attach(to, resource, property, references);
    }
  }
  for (const identity of identities.values()) {
    if (identity.kind === "role") {
      give(identity, identity.resource, "inlinePolicies");
      attach(identity, identity.resource, "managedPolicyArns", references);
    }
    identity.boundary = boundaryOf(identity.resource, references);
  }
  for (const membership of stack.ofType("aws:iam/groupMembership:GroupMembership")) {
    const groups = named(membership, "group", GROUP);
    for (const user of named(membership, "users", USER)) user.groups.push(...groups);
  }
  for (const membership of stack.ofType("aws:iam/userGroupMembership:UserGroupMembership")) {
    const groups = named(membership, "groups", GROUP);
    for (const user of named(membership, "user", USER)) user.groups.push(...groups);
  }
  return identities;
}

type Given = Pick<Identity, "grants" | "unread">;

/** Adds the documents that a resource has in a property. */
function give(to: Given, resource: StackResource, property: string): void {
  const origins = resource.propertyDependencies[property] ?? [];
  for (const { path, kind, reading } of readDocuments(resource)) {
    if (kind !== "identity") continue;
    if (reading.state === "unknown") to.unread.push({ resource, property: reading.property });
    if (reading.state !== "read") continue;
    // A statement whose actions or effect are not known may allow any.
    const open = reading.statements
      .filter(({ effect }) => effect !== "Deny")
      .flatMap(({ effect, actions, notActions, unknown }) =>
        effect === undefined ? unknown : [...actions.unknown, ...notActions.unknown],
      );
    for (const unknown of [...reading.hidden, ...open]) to.unread.push({ resource, property: unknown });
    to.grants.push({ statements: reading.statements, where: `${path} of ${resource.name}`, resource, origins });
  }
}

/** Adds the policies that a property names: those of the stack, and AWS's own. */
function attach(
  to: Given & Partial<Pick<Identity, "policies">>,
  from: StackResource,
  property: string,
  references: References,
): void {
  const { targets, open } = references.of(from, property, [POLICY]);
  for (const policy of targets) {
    give(to, policy, "policy");
    to.policies?.push(policy);
  }
  for (const unknown of open) to.unread.push({ resource: from, property: unknown });
  for (const arn of valuesAt(from.inputs, property)) {
    const name = managedPolicyName(arn.string ?? "");
    const document = name === undefined ? undefined : MANAGED_POLICIES[name];
    if (document === undefined) continue;
    const reading = readDocument(new Property(arn.path, { Statement: document }));
    if (reading.state !== "read") continue;
    to.grants.push({ statements: reading.statements, where: `AWS's policy ${name}`, resource: from, origins: [] });
  }
}

/** A boundary that is not in the stack is not known from it: whether it leaves a way open can't be told. */
function boundaryOf(resource: StackResource, references: References): Identity["boundary"] {
  const property = resource.inputs.get("permissionsBoundary");
  if (property.absent || property.string === "") return undefined;
  const boundary: { grants: Grants[]; unread: Blocker[] } = { grants: [], unread: [] };
  attach(boundary, resource, "permissionsBoundary", references);
  if (boundary.grants.length === 0 && boundary.unread.length === 0) boundary.unread.push({ resource, property });
  return boundary;
}
