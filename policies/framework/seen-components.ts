import type { RuleResource } from "./rule.ts";

/**
 * The components that a policy has judged in this run. The engine has a component judged before its children, which
 * can't be registered without its URN.
 */
export class SeenComponents {
  readonly #byUrn = new Map<string, RuleResource>();

  /** A component as it was judged: with its inputs, of which the engine says nothing once the whole stack is judged. */
  get(urn: string): RuleResource | undefined {
    return this.#byUrn.get(urn);
  }

  /** The resource with the component that made it, and from now on among what others may be made by. */
  withComponent(resource: RuleResource, parent: string | undefined): RuleResource {
    const component = parent === undefined ? undefined : this.#byUrn.get(parent);
    const whole = component ? { ...resource, component } : resource;
    if (isComponent(resource.type)) this.#byUrn.set(resource.urn, whole);
    return whole;
  }
}

/** Whether resources of a type are components: their packages are no provider's. */
export function isComponent(type: string): boolean {
  return !/^(aws|kubernetes|pulumi):/.test(type);
}
