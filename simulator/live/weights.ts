/** The one place where somebody moves the weights of a rule by hand; the rest is an edit like any other. */
import { isObject, type Json, unmark } from "../provider/values.ts";
import type { CloudStore, StoredResource } from "../store/store.ts";
import { EditRefused, type LiveEditor } from "./edit.ts";

export interface Weight {
  /** ARN of the target group. */
  readonly targetGroup: string;
  /** 0 to 999. */
  readonly weight: number;
}

/** Resources that forward by weight, and the property that holds their actions. */
const ACTIONS: Readonly<Record<string, string>> = {
  "aws:lb/listenerRule:ListenerRule": "actions",
  "aws:lb/listener:Listener": "defaultActions",
};

/**
 * Changes the weights of a rule, or of a listener's default action, under the rules of `ModifyRule`: what is not a weight
 * stays as it is.
 *
 * @param arn of the rule or listener
 * @throws EditRefused when there is no such rule, it forwards to other groups, or AWS refuses the weights
 */
export function changeWeights(
  { store, editor }: { readonly store: CloudStore; readonly editor: LiveEditor },
  account: string,
  arn: string,
  weights: readonly Weight[],
): void {
  store.transaction(() => {
    const stored = Object.keys(ACTIONS)
      .flatMap((type) => store.named(account, type, arn))
      .find((resource) => resource.arn === arn);
    if (stored === undefined) {
      throw new EditRefused(arn, [{ property: "", reason: "RuleNotFound: One or more rules not found" }]);
    }
    const property = ACTIONS[stored.type]!;
    const document = editor.document(stored);
    editor.edit(stored, { ...document, [property]: weighted(stored, document[property] ?? null, weights) });
  });
}

function weighted(stored: StoredResource, actions: Json, weights: readonly Weight[]): Json {
  const present = new Set(weightsOf(actions).map(({ targetGroup }) => targetGroup));
  const asked = new Map(weights.map(({ targetGroup, weight }) => [targetGroup, weight]));
  const unknown = [...asked.keys()].filter((group) => !present.has(group));
  if (present.size === 0 || unknown.length > 0) {
    const what = unknown.join(", ") || "any target group by weight";
    throw new EditRefused(stored.id, [{ property: "actions", reason: `it does not forward to ${what}` }]);
  }
  const change = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(change);
    if (!isObject(value)) return value;
    const next = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
    const weight = typeof value.arn === "string" ? asked.get(value.arn) : undefined;
    return weight === undefined ? next : { ...next, weight };
  };
  return change(actions);
}

/** The weights in a list of actions; none where nothing is forwarded by weight. */
export function weightsOf(actions: Json | undefined): Weight[] {
  const list = unmark(actions);
  if (!Array.isArray(list)) return [];
  return list.flatMap((action) => {
    const forward = isObject(action) ? unmark(action.forward) : undefined;
    const groups = isObject(forward) ? unmark(forward.targetGroups) : undefined;
    if (!Array.isArray(groups)) return [];
    return groups.filter(isObject).map((group) => ({
      targetGroup: String(unmark(group.arn)),
      weight: Number(unmark(group.weight) ?? 1),
    }));
  });
}
