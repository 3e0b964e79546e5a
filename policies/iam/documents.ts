import type { DocumentQuota } from "../data/document-quotas.ts";
import type { DocumentKind } from "../data/documents.ts";
import { DOCUMENT_PROPERTIES } from "../data/documents.ts";
import { Property, propertiesAt } from "../framework/property.ts";
import type { Report, RuleResource } from "../framework/rule.ts";
import { isComponent } from "../framework/seen-components.ts";
import type { DocumentReading, Statement } from "./document.ts";
import { readDocument, readStatement } from "./document.ts";
import { grantStatement, isGrant, statedDocument } from "./stated.ts";

/** An IAM document of a resource, with what it is for. */
export interface IamDocument {
  /** Where it stands, such as `inlinePolicies[0].policy`. */
  readonly path: string;
  readonly kind: DocumentKind;
  readonly quota: DocumentQuota | undefined;
  readonly reading: DocumentReading;
}

const propertiesByType = Map.groupBy(DOCUMENT_PROPERTIES, (property) => property.type);
const LAMBDA_PERMISSION = "aws:lambda/permission:Permission";
const documentsOf = new WeakMap<RuleResource, readonly IamDocument[]>();

/** Whether resources of a type can carry IAM documents, or grants that become one. */
export function carriesDocuments(type: string): boolean {
  return propertiesByType.has(type) || type === LAMBDA_PERMISSION || isComponent(type);
}

/**
 * All IAM documents of a resource: its document properties, the statement that a `lambda.Permission` is, and the grants
 * among a component's inputs. Grants are data of the program, so they can be judged when the document made of them is
 * not known yet.
 */
export function readDocuments(resource: RuleResource): readonly IamDocument[] {
  const cached = documentsOf.get(resource);
  if (cached) return cached;
  const properties = (propertiesByType.get(resource.type) ?? []).filter(({ when }) => {
    const decides = when && resource.inputs.get(when.input).string;
    return decides === undefined || when?.is.includes(decides);
  });
  const documents = properties.flatMap((entry) =>
    propertiesAt(resource.inputs, entry.property).map((property): IamDocument => {
      const { kind, quota } = entry;
      const reading = readDocument(property);
      const stated = reading.state === "unknown" && isOfRole(kind) ? statedDocument(resource, kind) : undefined;
      return { path: property.path, kind, quota, reading, ...stated };
    }),
  );
  if (resource.type === LAMBDA_PERMISSION) documents.push(permissionDocument(resource.inputs));
  if (isComponent(resource.type)) documents.push(...grantDocuments(resource.inputs, resource));
  documentsOf.set(resource, documents);
  return documents;
}

type StatementCheck = (statement: Statement, where: string, document: IamDocument) => void;

/** Calls a rule's check for each `Allow` statement of documents of the given kinds; notes documents not known yet. */
export function eachAllow(
  resource: RuleResource,
  report: Report,
  kinds: readonly DocumentKind[],
  check: StatementCheck,
): void {
  eachStatement(resource, report, kinds, (statement, where, document) => {
    if (statement.effect === "Allow" || statement.effect === undefined) check(statement, where, document);
  });
}

/** Calls a rule's check for each statement of documents of the given kinds; notes documents not known yet. */
export function eachStatement(
  resource: RuleResource,
  report: Report,
  kinds: readonly DocumentKind[],
  check: StatementCheck,
): void {
  for (const document of readDocuments(resource)) {
    if (!kinds.includes(document.kind)) continue;
    if (document.reading.state === "unknown") report.wait(document.reading.property);
    if (document.reading.state !== "read") continue;
    for (const hidden of document.reading.hidden) report.wait(hidden);
    for (const statement of document.reading.statements) {
      check(statement, `${document.path}, ${statement.label}`, document);
    }
  }
}

const isOfRole = (kind: DocumentKind): kind is "identity" | "trust" => kind === "identity" || kind === "trust";

function permissionDocument(inputs: Property): IamDocument {
  const principal = inputs.get("principal");
  const isService = principal.string?.endsWith(".amazonaws.com") ?? false;
  const condition: Record<string, Record<string, unknown>> = {};
  const tests: readonly [input: string, operator: string, key: string][] = [
    ["sourceArn", "ArnLike", "aws:SourceArn"],
    ["sourceAccount", "StringEquals", "aws:SourceAccount"],
    ["principalOrgId", "StringEquals", "aws:PrincipalOrgID"],
  ];
  for (const [input, operator, key] of tests) {
    const property = inputs.get(input);
    if (!property.absent) condition[operator] = { ...condition[operator], [key]: property.raw };
  }
  const statement = new Property("principal", {
    Effect: "Allow",
    Principal: principal.string === "*" ? "*" : { [isService ? "Service" : "AWS"]: principal.raw },
    Action: inputs.get("action").raw,
    Resource: "*",
    Condition: condition,
  });
  return {
    path: "principal",
    kind: "resource",
    quota: undefined,
    reading: { state: "read", statements: [readStatement(statement, 0)], hidden: [], document: undefined },
  };
}

/** The grants among a component's inputs, wherever they are. */
function grantDocuments(property: Property, component: RuleResource): IamDocument[] {
  return property.entries().flatMap(([key, child]): IamDocument[] => {
    if (key !== "grants" || !child.isList || !child.items().every(isGrant)) {
      return child.items().flatMap((item) => grantDocuments(item, component));
    }
    const statements = child.items().map((grant, index) => readStatement(grantStatement(grant, component), index));
    const reading: DocumentReading = { state: "read", statements, hidden: [], document: undefined };
    return [{ path: child.path, kind: "identity", quota: undefined, reading }];
  });
}
