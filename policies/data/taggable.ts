import table from "./generated/taggable-types.json" with { type: "json" };

const inheriting: ReadonlySet<string> = new Set(table.inheriting.split(" "));
const listedTypes: ReadonlySet<string> = new Set(table.listed.split(" "));

/** Whether AWS tags resources of a type through an input `tags` that the provider's default tags are merged into. */
export function inheritsDefaultTags(type: string): boolean {
  return inheriting.has(type);
}

/** Whether a type takes its tags as a list of objects, and none from the provider. */
export function hasTagList(type: string): boolean {
  return listedTypes.has(type);
}

/** Types AWS tags through an input `tags`, as the installed SDK has them. */
export function taggableTypes(): string[] {
  return [...inheriting, ...listedTypes].sort();
}
