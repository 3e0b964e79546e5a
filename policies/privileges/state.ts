import { Property } from "../framework/property.ts";
import { isComponent } from "../framework/seen-components.ts";
import { Stack, type StackResource } from "../framework/stack.ts";

/** What is read of a resource in `pulumi preview --json` and `pulumi stack export`. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  /** Deleted in the cloud later, after what replaces it was made. */
  readonly delete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>> | null;
}

/** A step of a preview: the resource as it is and as it will be. */
export interface PreviewStep {
  readonly op?: string;
  readonly oldState?: ResourceState;
  readonly newState?: ResourceState;
}

/** The engine's mark of a value that it keeps secret, by which state and documents show it. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** The engine's placeholder for a text that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * The stack as it was last deployed and as it will be.
 *
 * @param document what `pulumi preview --json --show-sames` prints, parsed
 * @throws Error when it is no such document
 */
export function stacksOf(document: unknown): { readonly before: Stack; readonly after: Stack } {
  const steps = (document as { readonly steps?: readonly PreviewStep[] } | undefined)?.steps;
  if (!Array.isArray(steps)) throw new Error("This is no document of `pulumi preview --json`: it has no steps.");
  const before = new Map<string, ResourceState>();
  const after = new Map<string, ResourceState>();
  for (const { oldState, newState } of steps as readonly PreviewStep[]) {
    // A resource that is replaced has several steps; what is only left to be deleted says nothing of today.
    if (oldState && !oldState.delete) before.set(oldState.urn, oldState);
    if (newState && !newState.delete) after.set(newState.urn, newState);
  }
  return { before: stackOf([...before.values()]), after: stackOf([...after.values()]) };
}

/**
 * The stack that a state has, with the components that made its resources: they state what documents say that are not
 * known yet. Of secrets nothing is known, so that nothing of them is told.
 */
export function stackOf(states: readonly ResourceState[]): Stack {
  const resources = states.filter((state) => !state.delete).map(toResource);
  const components = new Map(resources.filter(({ type }) => isComponent(type)).map((one) => [one.urn, one]));
  return new Stack(
    resources.map((resource) => {
      const component = resource.parent === undefined ? undefined : components.get(resource.parent);
      return component === undefined ? resource : { ...resource, component };
    }),
  );
}

function toResource({ urn, type, parent, inputs, outputs, propertyDependencies }: ResourceState): StackResource {
  return {
    type,
    name: urn.split("::").at(-1) ?? urn,
    urn,
    inputs: new Property("", withoutSecrets({ ...namesIn(outputs), ...inputs })),
    provider: new Property("", undefined),
    parent,
    propertyDependencies: Object.fromEntries(
      Object.entries(propertyDependencies ?? {}).map(([property, urns]) => [property, urns ?? []]),
    ),
  };
}

/** What others call the resource by. Other outputs may be AWS's own defaults, which nobody wrote and a preview leaves out. */
function namesIn(outputs: ResourceState["outputs"] = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(["arn", "id", "name"].flatMap((key) => (key in outputs ? [[key, outputs[key]]] : [])));
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Readonly<Record<string, unknown>>;
  if (object[SIGNATURE] === SECRET) return UNKNOWN;
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, withoutSecrets(item)]));
}
