/** The parts of a resource in an exported deployment that settling looks at; the rest is passed through. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly delete?: boolean;
  readonly pendingReplacement?: boolean;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly deletedWith?: string;
  readonly replaceWith?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly [other: string]: unknown;
}

/** Something the engine had begun and whose end it did not see. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
  readonly resource: StateResource;
}

/** A deployment as `pulumi stack export` writes it, version 3. */
export interface StackExport {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
    readonly [other: string]: unknown;
  };
}

/**
 * What became of a pending operation.
 *
 * - `forget`: it had no effect, or one the next update repeats or repairs: the state stays as it was before
 * - `adopt`: a create that succeeded: the resource exists under this id
 * - `gone`: a delete that succeeded: the resource leaves the state
 */
export type Settlement =
  | { readonly action: "forget" }
  | { readonly action: "adopt"; readonly id: string; readonly outputs?: Readonly<Record<string, unknown>> }
  | { readonly action: "gone" };

/** Operations that are pending in an exported deployment, in the order of the state. */
export function pendingOperations(state: StackExport): readonly PendingOperation[] {
  return state.deployment.pending_operations ?? [];
}

/**
 * Rewrites an exported deployment by what became of its pending operations. What gets no decision (undefined) stays
 * pending. Pure: the deployment that is passed in is not changed.
 *
 * @param decide is asked once for each pending operation
 * @throws Error when a decision does not fit its operation, such as adopting what was being deleted
 */
export function settlePending(
  state: StackExport,
  decide: (operation: PendingOperation) => Settlement | undefined,
): StackExport {
  let resources: readonly StateResource[] = state.deployment.resources ?? [];
  const undecided: PendingOperation[] = [];
  for (const operation of pendingOperations(state)) {
    const settlement = decide(operation);
    if (settlement === undefined) undecided.push(operation);
    else resources = settle(resources, operation, settlement);
  }
  const { pending_operations: _, ...deployment } = state.deployment;
  return {
    ...state,
    deployment: {
      ...deployment,
      resources: dependenciesFirst(resources),
      ...(undecided.length > 0 ? { pending_operations: undecided } : {}),
    },
  };
}

function settle(
  resources: readonly StateResource[],
  { type, resource }: PendingOperation,
  settlement: Settlement,
): readonly StateResource[] {
  const mismatch = () =>
    new Error(`${resource.urn}: its pending operation is "${type}", which "${settlement.action}" cannot settle.`);
  switch (settlement.action) {
    case "forget":
      return resources;
    case "gone":
      if (type !== "deleting") throw mismatch();
      return resources.filter((r) => !isSame(r, resource));
    case "adopt": {
      if (type !== "creating" && type !== "importing") throw mismatch();
      if (settlement.id === "") throw new Error(`${resource.urn}: an adopted resource needs its id.`);
      const adopted: StateResource = {
        ...resource,
        id: settlement.id,
        // Properties the cloud sets itself come with the next refresh.
        outputs: settlement.outputs ?? resource.outputs ?? resource.inputs ?? {},
      };
      const others = resources
        // Its predecessor was deleted before it, and was kept only to say that a successor is due.
        .filter((r) => !(r.urn === resource.urn && r.pendingReplacement))
        // Its predecessor is to be deleted after it; the engine would have marked it so.
        .map((r) => (r.urn === resource.urn && !r.delete ? { ...r, delete: true } : r));
      return [...others, adopted];
    }
  }
}

/** During a replacement two resources share a URN; their ids differ. */
function isSame(a: StateResource, b: StateResource): boolean {
  return a.urn === b.urn && a.id === b.id;
}

/** The engine refuses a state in which something comes before what it depends on. Otherwise the order is kept. */
function dependenciesFirst(resources: readonly StateResource[]): StateResource[] {
  const byUrn = Map.groupBy(resources, (r) => r.urn);
  const ordered = new Set<StateResource>();
  const visiting = new Set<StateResource>();
  const visit = (resource: StateResource) => {
    if (ordered.has(resource) || visiting.has(resource)) return;
    visiting.add(resource);
    for (const urn of dependenciesOf(resource)) {
      if (urn !== resource.urn) for (const dependency of byUrn.get(urn) ?? []) visit(dependency);
    }
    ordered.add(resource);
  };
  for (const resource of resources) visit(resource);
  return [...ordered];
}

function dependenciesOf(resource: StateResource): string[] {
  // A provider is referred to as `URN::ID`.
  const provider = resource.provider?.slice(0, resource.provider.lastIndexOf("::"));
  return [
    ...(resource.parent ? [resource.parent] : []),
    ...(provider ? [provider] : []),
    ...(resource.dependencies ?? []),
    ...Object.values(resource.propertyDependencies ?? {}).flatMap((urns) => urns ?? []),
    ...(resource.deletedWith ? [resource.deletedWith] : []),
    ...(resource.replaceWith ?? []),
  ];
}
