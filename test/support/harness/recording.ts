/** One registered resource: what the program sent to the engine. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** False for components. */
  readonly custom: boolean;
  /** Inputs after transforms, secrets unwrapped; unknown ones are UNKNOWN. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of top-level inputs that hold a secret. */
  readonly secretInputs: readonly string[];
  /** URN of the parent; undefined at the top. */
  readonly parent: string | undefined;
  readonly protect: boolean | undefined;
  readonly retainOnDelete: boolean | undefined;
  readonly deleteBeforeReplace: boolean | undefined;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** As URN, or as the parts that differ. */
  readonly aliases: readonly (string | AliasParts)[];
  /** URNs of all resources this one waits for. */
  readonly dependencies: readonly string[];
  /** The same by input. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `<urn>::<id>` of the explicit provider; empty for the default provider. */
  readonly provider: string;
  /** Of a component: what its children inherit, by package. */
  readonly providers: Readonly<Record<string, string>>;
  readonly deletedWith: string | undefined;
  readonly additionalSecretOutputs: readonly string[];
  readonly customTimeouts: Readonly<Record<string, string>>;
  readonly importId: string | undefined;
  /** Names of resource hooks by moment, such as `beforeUpdate`. */
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  /** Undefined at preview. */
  readonly id: string | undefined;
  /** Of a component: what it registered as outputs; undefined when it never did, which is a mistake. */
  outputs: Readonly<Record<string, unknown>> | undefined;
}

/** The parts of an alias that differ from the resource's present URN. */
export interface AliasParts {
  readonly name?: string;
  readonly type?: string;
  readonly parentUrn?: string;
  readonly noParent?: boolean;
}

/** What a program registered, and what it returned. */
export class Recording<T = unknown> {
  /** In order of registration. */
  readonly resources: readonly RecordedResource[];
  /** What the program returned, as it returned it. */
  readonly value: T;
  /** The same with all outputs resolved, unknown ones as UNKNOWN. */
  readonly outputs: Record<string, unknown>;

  constructor(resources: readonly RecordedResource[], value: T, outputs: Record<string, unknown>) {
    this.resources = resources;
    this.value = value;
    this.outputs = outputs;
  }

  /** All resources of a type. The short form `aws:ec2:Vpc` finds `aws:ec2/vpc:Vpc`. */
  all(type: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.type === type || shortToken(resource.type) === type);
  }

  /**
   * The one resource of a type, or of a type and name.
   *
   * @throws Error when there is none, or more than one, naming what there is
   */
  one(type: string, name?: string): RecordedResource {
    const found = this.all(type).filter((resource) => name === undefined || resource.name === name);
    if (found.length === 1) return found[0]!;
    const wanted = name === undefined ? type : `${type} "${name}"`;
    const names = this.all(type).map((resource) => resource.name);
    const types = [...new Set(this.resources.map((resource) => resource.type))];
    throw new Error(
      `expected one ${wanted}, found ${found.length}; ` +
        (names.length > 0 ? `of this type: ${names.join(", ")}` : `registered types: ${types.join(", ") || "none"}`),
    );
  }

  /** The direct children of a resource. */
  children(of: RecordedResource): RecordedResource[] {
    return this.resources.filter((resource) => resource.parent === of.urn);
  }

  /** Name and inputs of each custom resource by URN: what two runs have to agree on for nothing to change. */
  get desired(): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
    return new Map(this.resources.filter((r) => r.custom).map((r) => [r.urn, r.inputs]));
  }
}

function shortToken(type: string): string {
  return type.replace(/\/[^:]*:/, ":");
}
