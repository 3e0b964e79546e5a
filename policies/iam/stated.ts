import { Property } from "../framework/property.ts";
import type { RuleResource } from "../framework/rule.ts";
import { type DocumentReading, readStatement } from "./document.ts";

/** A document as a component states it in its inputs. */
export interface StatedDocument {
  /** Where it stands in the component's inputs. */
  readonly path: string;
  readonly reading: Extract<DocumentReading, { readonly state: "read" }>;
}

/**
 * What the component of a resource says of the document that it makes: at the first preview the document is not known
 * yet, and what it is made of is.
 *
 * A component states its roles in an input `roles`, by the logical name of each `aws.iam.Role`: `grants`, of which its
 * documents are made, and `trust`, the statements of its trust policy. What carries a role's documents is named like the
 * role, or like it with a dash and more.
 *
 * @param resource what carries the document: the role, or a policy of it
 */
export function statedDocument(resource: RuleResource, kind: "identity" | "trust"): StatedDocument | undefined {
  const { component } = resource;
  if (!component) return undefined;
  const roles = component.inputs.get("roles");
  const [role] = roles
    .keys()
    .filter((name) => resource.name === name || resource.name.startsWith(`${name}-`))
    .sort((a, b) => b.length - a.length);
  if (role === undefined) return undefined;
  const list = roles.get(role).get(kind === "trust" ? "trust" : "grants");
  if (!list.isList || (kind === "identity" && !list.items().every(isGrant))) return undefined;
  const statements = list.items().map((item) => (kind === "trust" ? item : grantStatement(item, component)));
  return {
    path: list.path,
    reading: {
      state: "read",
      statements: statements.map(readStatement),
      hidden: [],
      document: new Property(list.path, {
        Version: "2012-10-17",
        Statement: statements.map(withStandIns),
      }),
    },
  };
}

/** Whether something has the form of a grant: an id, actions and resources. */
export function isGrant(property: Property): boolean {
  return property.get("id").string !== undefined && property.get("actions").isList && property.get("resources").isList;
}

/**
 * A grant as the statement that is made of it.
 *
 * @param component whose grant it is; a resource `{ type, name }` is a child of it, and stands here by its URN
 */
export function grantStatement(grant: Property, component: RuleResource): Property {
  return new Property(grant.path, {
    Sid: grant.get("id").raw,
    Effect: "Allow",
    Action: grant.get("actions").raw,
    Resource: grant
      .get("resources")
      .items()
      .map((item) => (item.isObject ? childUrn(component.urn, item) : item.raw)),
    Condition: grant.get("conditions").raw,
  });
}

function childUrn(component: string, child: Property): string {
  const types = component.split("::").slice(0, 3).join("::");
  return `${types}$${child.get("type").string}::${child.get("name").string}`;
}

/** Stands for an ARN that is not known yet, as long as most. */
const STAND_IN = `arn:aws:service:eu-central-1:000000000000:${"x".repeat(60)}`;

/** The statement with ARNs that are not known yet in the length that they may have. */
function withStandIns(statement: Property): unknown {
  const plain = (property: Property): unknown => {
    if (property.unknown || property.string?.startsWith("urn:pulumi:")) return STAND_IN;
    if (property.isList) return property.items().map(plain);
    if (property.isObject) return Object.fromEntries(property.entries().map(([key, value]) => [key, plain(value)]));
    return property.raw;
  };
  return plain(statement);
}
