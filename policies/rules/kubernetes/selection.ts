import type { Property } from "../../framework/property.ts";
import type { Reference, StackResource } from "../../framework/stack.ts";
import { at } from "./pods.ts";

/** Whether two resources are in one namespace. */
export function namespaceShared(one: StackResource, other: StackResource): Reference {
  const within = other.propertyDependencies.metadata ?? [];
  // Both take it from one namespace that is yet to be made.
  if ((one.propertyDependencies.metadata ?? []).some((urn) => within.includes(urn))) return "yes";
  const [its, others] = [at(one.inputs, "metadata.namespace"), at(other.inputs, "metadata.namespace")];
  if (its.unknown || others.unknown) return its.unknown ? its : others;
  return (its.string ?? "default") === (others.string ?? "default") ? "yes" : "no";
}

/** Whether a selector selects pods with these labels; an empty one selects all, and without any there are none. */
export function selects(selector: Property, labels: Property): Reference {
  if (selector.unknown) return selector;
  if (selector.absent) return "no";
  const [wanted, expressions] = [selector.get("matchLabels"), selector.get("matchExpressions")];
  const asked: Reference[] = [
    wanted.unknown ? wanted : "yes",
    ...wanted
      .entries()
      .map(([key, value]) => compared(value, labels.get(key), () => value.string === labels.get(key).string)),
    ...expressions.items().map((expression) => expressed(expression, labels)),
  ];
  if (asked.includes("no")) return "no";
  return asked.find((one) => typeof one !== "string") ?? "yes";
}

function expressed(expression: Property, labels: Property): Reference {
  const [key, operator, values] = ["key", "operator", "values"].map((name) => expression.get(name)) as [
    Property,
    Property,
    Property,
  ];
  if (key.unknown) return key;
  const label = labels.get(key.string ?? "");
  const open = values.items().find(({ unknown }) => unknown);
  if (open) return open;
  return compared(operator, label, () => {
    const among = values.items().some(({ string }) => string === label.string);
    const ways: Readonly<Record<string, boolean>> = {
      In: !label.absent && among,
      NotIn: label.absent || !among,
      Exists: !label.absent,
      DoesNotExist: label.absent,
    };
    return ways[operator.string ?? ""] ?? false;
  });
}

/** What a comparison says once both sides are known. */
function compared(one: Property, other: Property, holds: () => boolean): Reference {
  const open = [one, other].find(({ unknown }) => unknown);
  return open ?? (holds() ? "yes" : "no");
}
