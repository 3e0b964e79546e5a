import { Property } from "./property.ts";
import type { RuleResource } from "./rule.ts";

/** A resource among the others of its stack; its inputs are joined by what is known of its outputs. */
export interface StackResource extends RuleResource {
  readonly parent: string | undefined;
  /** URNs of the resources whose outputs went into a property, by the engine's account of it. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** What is said about how one resource refers to another. */
export type Reference = "yes" | "no" | Property;

/** The resources of a stack and how they refer to each other. */
export class Stack {
  readonly resources: readonly StackResource[];
  readonly #byType = new Map<string, StackResource[]>();
  readonly #byUrn = new Map<string, StackResource>();

  constructor(resources: readonly StackResource[]) {
    this.resources = resources;
    for (const resource of resources) {
      this.#byUrn.set(resource.urn, resource);
      const same = this.#byType.get(resource.type);
      if (same) same.push(resource);
      else this.#byType.set(resource.type, [resource]);
    }
  }

  ofType(type: string): readonly StackResource[] {
    return this.#byType.get(type) ?? [];
  }

  byUrn(urn: string): StackResource | undefined {
    return this.#byUrn.get(urn);
  }

  /**
   * Whether a property of one resource names another: by the engine's account of what went into it, or by its id, ARN or
   * name. A property that is not known and that no other resource went into could name any; it is returned then.
   */
  refers(from: StackResource, property: string, to: StackResource): Reference {
    const dependencies = from.propertyDependencies[property] ?? [];
    if (dependencies.includes(to.urn)) return "yes";
    const value = from.inputs.get(property);
    if (value.unknown) return dependencies.length === 0 ? value : "no";
    const names = ["id", "arn", "name", "bucket"].flatMap((key) => to.inputs.get(key).string ?? []);
    return value.items().some((item) => item.string !== undefined && names.includes(item.string)) ? "yes" : "no";
  }

  /** The resources of a type that name this one in a property, and the properties that may turn out to. */
  companions(
    of: StackResource,
    type: string,
    property: string,
  ): { readonly known: readonly StackResource[]; readonly open: readonly Property[] } {
    const known: StackResource[] = [];
    const open: Property[] = [];
    for (const candidate of this.ofType(type)) {
      const reference = this.refers(candidate, property, of);
      if (reference === "yes") known.push(candidate);
      else if (reference instanceof Property) open.push(reference);
    }
    return { known, open };
  }
}

/** What rules say about the resources of a stack, each on its own: one that waits hides no other. */
export class StackReport {
  readonly failures: { readonly urn: string; readonly message: string }[] = [];
  readonly waiting: { readonly urn: string; readonly path: string }[] = [];

  /** Records what is wrong with a resource; the message quotes nothing that could be a secret. */
  fail(resource: StackResource, message: string): void {
    this.failures.push({ urn: resource.urn, message });
  }

  /** Records that a resource can't be judged before a value is known. */
  wait(resource: StackResource, property: Property): void {
    this.waiting.push({ urn: resource.urn, path: property.path });
  }

  /** Records what is wrong, unless one of these values, which are not known yet, may put it right: then waits for them. */
  failUnless(resource: StackResource, open: readonly Property[], message: string): void {
    for (const property of open) this.wait(resource, property);
    if (open.length === 0) this.fail(resource, message);
  }
}
