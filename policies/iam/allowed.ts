import type { IamAction } from "../data/iam.ts";
import type { Property } from "../framework/property.ts";
import type { Report, RuleResource } from "../framework/rule.ts";
import { actionsOf } from "./actions.ts";
import type { Statement } from "./document.ts";
import { type IamDocument, readDocuments } from "./documents.ts";
import { coversPattern, isEverything, isLimitedByCondition, isTooWide } from "./scope.ts";

/** What the documents of one identity allow on more than they name. */
export interface OpenActions {
  /** Where the documents stand. */
  readonly path: string;
  /** Actions that nothing limits, by name in lower case. */
  readonly actions: ReadonlyMap<string, IamAction>;
  /** Service principals that roles may be passed to; undefined: to any. */
  readonly passedTo: ReadonlySet<string> | undefined;
  /** Values of `Deny` statements that are not known yet and may take some of it away. */
  readonly undecided: readonly Property[];
}

interface Reading {
  readonly open: readonly OpenActions[];
  readonly waiting: readonly Property[];
}

const readings = new WeakMap<RuleResource, Reading>();

/**
 * What the identity documents of a resource leave open: each action that is allowed on more than is named, by no
 * condition held to anything, and not denied again. A role's inline policies count as one, as they do for AWS.
 */
export function openActions(resource: RuleResource, report: Report): readonly OpenActions[] {
  const reading = readings.get(resource) ?? readAll(resource);
  readings.set(resource, reading);
  for (const property of reading.waiting) report.wait(property);
  return reading.open;
}

function readAll(resource: RuleResource): Reading {
  const waiting: Property[] = [];
  const documents = readDocuments(resource).filter(({ kind }) => kind === "identity");
  const byIdentity = Map.groupBy(documents, ({ path }) =>
    path.startsWith("inlinePolicies[") ? "inlinePolicies" : path,
  );
  const open = [...byIdentity].map(([path, its]) => openOf(path, its, waiting));
  return { open, waiting };
}

function openOf(path: string, documents: readonly IamDocument[], waiting: Property[]): OpenActions {
  const statements: Statement[] = [];
  for (const { reading } of documents) {
    if (reading.state === "unknown") waiting.push(reading.property);
    if (reading.state !== "read") continue;
    waiting.push(...reading.hidden);
    statements.push(...reading.statements);
  }
  const denials = statements.filter(({ effect, conditions }) => effect === "Deny" && conditions.length === 0);
  const actions = new Map<string, IamAction>();
  let passedTo: Set<string> | undefined = new Set();
  for (const statement of statements.filter(({ effect }) => effect !== "Deny")) {
    if (statement.effect === undefined) waiting.push(...statement.unknown);
    waiting.push(...statement.actions.unknown, ...statement.notActions.unknown);
    // A value of a grant that isn't known yet is the output of another resource, and so a name.
    if (!path.endsWith("grants")) waiting.push(...statement.resources.unknown);
    for (const action of actionsOf(statement)) {
      if (isLimitedByCondition(statement, action) || !isLeftOpen(action, statement, denials)) continue;
      actions.set(action.name.toLowerCase(), action);
      if (action.name === "iam:PassRole") passedTo = passedBy(statement, passedTo);
    }
  }
  const undecided = denials.flatMap(({ unknown }) => unknown);
  return { path, actions, passedTo, undecided };
}

/** Whether a statement allows an action on more than it names, and no `Deny` takes that away again. */
function isLeftOpen(action: IamAction, statement: Statement, denials: readonly Statement[]): boolean {
  const patterns = statement.notResources.known.length > 0 ? ["*"] : statement.resources.known;
  const accepts = action.resourceTypes.length > 0;
  return patterns.some(
    (pattern) =>
      (accepts ? isTooWide(action, pattern) : isEverything(pattern)) &&
      !denials.some((denial) => denies(denial, action, pattern)),
  );
}

function denies(denial: Statement, action: IamAction, pattern: string): boolean {
  if (denial.unknown.length > 0 || !actionsOf(denial).includes(action)) return false;
  const { resources, notResources } = denial;
  // What is denied on everything but what is named is left on what is named.
  if (notResources.known.length > 0) return notResources.known.every((kept) => !isTooWide(action, kept));
  return resources.known.some((denied) => coversPattern(denied, pattern));
}

/** The services roles may be passed to after one more statement that lets pass them. */
function passedBy({ conditions }: Statement, before: Set<string> | undefined): Set<string> | undefined {
  const services = conditions
    .filter(({ key, operator }) => key === "iam:passedtoservice" && !/Not|^Null$/i.test(operator))
    .flatMap(({ values }) => values.known);
  return before === undefined || services.length === 0 ? undefined : new Set([...before, ...services]);
}
