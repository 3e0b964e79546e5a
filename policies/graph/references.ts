import { type Property, propertiesAt } from "../framework/property.ts";
import type { Stack, StackResource } from "../framework/stack.ts";

/** What a property refers to: resources of the stack, or nothing that could be told yet. */
export interface Resolved {
  readonly targets: readonly StackResource[];
  /** Values that may refer to any resource, and of which the engine says no origin. */
  readonly open: readonly Property[];
}

/** What resources of some types are called, so that what names them is found in one step. */
export class References {
  readonly #named = new Map<string, StackResource[]>();
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
    for (const resource of stack.resources) {
      for (const key of ["arn", "id", "name"]) {
        const name = resource.inputs.get(key).string;
        if (name) this.#named.set(name, [...(this.#named.get(name) ?? []), resource]);
      }
    }
  }

  /** The resources of some types that the values at a path refer to. */
  of(from: StackResource, path: string, types: readonly string[]): Resolved {
    const [top = path] = path.split(/[.[]/);
    return this.values(from, top, valuesAt(from.inputs, path), types);
  }

  /** The resources of some types that values below a top-level property refer to. */
  values(from: StackResource, top: string, values: readonly Property[], types: readonly string[]): Resolved {
    const went = this.#origins(from, top);
    const origins = went.filter(({ type }) => types.includes(type));
    const targets = new Set<StackResource>();
    const open: Property[] = [];
    for (const value of values) {
      if (value.absent) continue;
      const named = value.string === undefined ? [] : this.#byName(value.string, types);
      if (named.length > 0) for (const target of named) targets.add(target);
      else if (origins.length > 0) for (const target of origins) targets.add(target);
      else if (value.unknown && went.length === 0) open.push(value);
    }
    return { targets: [...targets], open };
  }

  /** The resources of some types that anything in a top-level property refers to. */
  within(from: StackResource, top: string, types: readonly string[]): readonly StackResource[] {
    const found = new Set(this.#origins(from, top).filter(({ type }) => types.includes(type)));
    const search = (property: Property): void => {
      if (property.string !== undefined) for (const one of this.#byName(property.string, types)) found.add(one);
      else if (property.isObject) for (const [, child] of property.entries()) search(child);
      else if (property.isList) property.items().forEach(search);
    };
    search(from.inputs.get(top));
    return [...found];
  }

  #origins(from: StackResource, top: string): StackResource[] {
    return (from.propertyDependencies[top] ?? []).flatMap((urn) => this.#stack.byUrn(urn) ?? []);
  }

  #byName(value: string, types: readonly string[]): StackResource[] {
    const found = [value, lastOf(value)].flatMap((name) => this.#named.get(name) ?? []);
    return found.filter(({ type }) => types.includes(type));
  }
}

/** The name at the end of an ARN of IAM. */
function lastOf(value: string): string {
  return /^arn:[^:]*:iam:/.test(value) ? value.slice(value.lastIndexOf("/") + 1) : value;
}

/** The values at a path, also below a text of JSON; `[]` stands for each element of a list, and a list at its end for its elements. */
export function valuesAt(inputs: Property, path: string): Property[] {
  const found = propertiesAt(inputs, path, (property) => property.parsed() ?? property);
  return found.flatMap((property) => property.items());
}
