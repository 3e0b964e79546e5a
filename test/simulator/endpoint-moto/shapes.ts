/** What an answer is made of, without its values: the paths of its members and their types. */

export type Shape = ReadonlyMap<string, string>;

export interface Outcome {
  /** Name of the error; undefined when the call was answered. */
  readonly error?: string;
  readonly shape: Shape;
}

/** `Rules[].Actions[].Type` → `string`. A list without elements says nothing of them. */
export function shapeOf(value: unknown): Shape {
  const found = new Map<string, string>();
  collect(value, "", found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, string>): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    found.set(path, "list");
    for (const element of value) collect(element, `${path}[]`, found);
  } else if (typeof value === "object" && !(value instanceof Date) && !(value instanceof Uint8Array)) {
    if (path !== "") found.set(path, "structure");
    for (const [key, member] of Object.entries(value)) {
      if (key === "$metadata") continue;
      collect(member, path === "" ? key : `${path}.${key}`, found);
    }
  } else {
    found.set(path, value instanceof Date ? "timestamp" : value instanceof Uint8Array ? "bytes" : typeof value);
  }
}

/**
 * How two outcomes differ: `- path` is missing in ours, `+ path` is only in ours, `~ path` is of another type. Of a
 * member that only one has, what is in it is not told.
 */
export function differences(ours: Outcome, theirs: Outcome): string[] {
  if (ours.error !== theirs.error) {
    return [`~ error: ${ours.error ?? "answered"} here, ${theirs.error ?? "answered"} by moto`];
  }
  const lines: string[] = [];
  const told = (path: string) => lines.some((line) => isWithin(path, line.slice(2)));
  for (const path of [...new Set([...ours.shape.keys(), ...theirs.shape.keys()])].sort()) {
    const [own, other] = [ours.shape.get(path), theirs.shape.get(path)];
    if (own === other || told(path) || isOfEmptyList(path, ours.shape, theirs.shape)) continue;
    if (own === undefined) lines.push(`- ${path}`);
    else if (other === undefined) lines.push(`+ ${path}`);
    else lines.push(`~ ${path}: ${own} here, ${other} by moto`);
  }
  return lines;
}

const isWithin = (path: string, outer: string): boolean =>
  path.startsWith(`${outer}.`) || path.startsWith(`${outer}[]`);

/** Whether the path is of elements that one side's list has none of. */
function isOfEmptyList(path: string, ...shapes: readonly Shape[]): boolean {
  const lists = [...path.matchAll(/\[\]/g)].map(({ index }) => path.slice(0, index));
  return lists.some((list) =>
    shapes.some((shape) => shape.get(list) === "list" && ![...shape.keys()].some((one) => one.startsWith(`${list}[]`))),
  );
}
