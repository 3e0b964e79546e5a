import type { RuleResource } from "./rule.ts";

/**
 * The resources that a policy has judged in this run, with the inputs it judged. The engine has a component judged before
 * its children, which can't be registered without its URN.
 */
export class SeenResources {
  readonly #byUrn = new Map<string, RuleResource>();

  /** A resource as it was judged: with its inputs. */
  get(urn: string): RuleResource | undefined {
    return this.#byUrn.get(urn);
  }

  /** The component that made a child of this URN's. */
  component(urn: string | undefined): RuleResource | undefined {
    const parent = urn === undefined ? undefined : this.#byUrn.get(urn);
    return parent && isComponent(parent.type) ? parent : undefined;
  }

  /** The resource with the component that made it, and from now on among those seen. */
  add(resource: RuleResource, parent: string | undefined): RuleResource {
    const component = this.component(parent);
    const whole = component ? { ...resource, component } : resource;
    this.#byUrn.set(resource.urn, whole);
    return whole;
  }
}

/** Whether resources of a type are components: their packages are no provider's. */
export function isComponent(type: string): boolean {
  return !/^(aws|kubernetes|pulumi):/.test(type);
}
