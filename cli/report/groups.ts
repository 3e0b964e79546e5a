import { nameOfUrn, typeOfUrn } from "../urn.ts";
import { CHANGE_KINDS, isChange, type ResourceStep } from "./steps.ts";

/** The changes of one component, as a person reads them. */
export interface ComponentGroup {
  /** The component's name, such as `network`; `stack` for resources of no component. */
  readonly title: string;
  readonly type: string;
  readonly steps: readonly ResourceStep[];
}

const COMPONENT_PREFIX = "causeway:";

/** The outermost component a resource belongs to, found by its parents. */
function outermostComponent(step: ResourceStep, parents: ReadonlyMap<string, string>): string {
  let found = "";
  const seen = new Set<string>();
  for (let urn = step.parent; urn !== "" && !seen.has(urn); urn = parents.get(urn) ?? "") {
    seen.add(urn);
    if (typeOfUrn(urn).startsWith(COMPONENT_PREFIX)) found = urn;
  }
  return found;
}

function urgency(step: ResourceStep): number {
  return CHANGE_KINDS.indexOf(step.change);
}

/**
 * Groups what changes by component. Inside a group, and among the groups, replacements come first, then deletions:
 * whoever reads only the top has read what can hurt.
 */
export function groupByComponent(steps: readonly ResourceStep[]): readonly ComponentGroup[] {
  const parents = new Map(steps.map((step) => [step.urn, step.parent]));
  const groups = new Map<string, ResourceStep[]>();
  for (const step of steps) {
    if (!isChange(step)) continue;
    const component = outermostComponent(step, parents);
    groups.set(component, [...(groups.get(component) ?? []), step]);
  }
  const sorted = [...groups].map(([urn, members]) => ({
    title: urn === "" ? "stack" : nameOfUrn(urn),
    type: urn === "" ? "" : typeOfUrn(urn),
    steps: members.sort((a, b) => urgency(a) - urgency(b) || a.name.localeCompare(b.name)),
  }));
  const worst = (group: ComponentGroup) => Math.min(...group.steps.map(urgency));
  return sorted.sort((a, b) => worst(a) - worst(b) || a.title.localeCompare(b.title));
}
