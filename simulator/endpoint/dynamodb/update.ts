/** What an update expression makes of an item. */
import { AwsError } from "../errors.ts";
import { add, formatDecimal, negate, parseDecimal } from "./decimal.ts";
import { at, operand } from "./evaluate.ts";
import type { DocumentPath, Operand, Update } from "./parser.ts";
import { type Item, typeOf, type Value } from "./value.ts";

const invalid = (message: string) => new AwsError("ValidationException", message);
const OF_OTHER_TYPE = "An operand in the update expression has an incorrect data type";
const MISSING = "The provided expression refers to an attribute that does not exist in the item";
const BAD_PATH = "The document path provided in the update expression is invalid for update";

/**
 * @param keys attributes of the table's key, which no update changes
 * @throws AwsError for what DynamoDB refuses
 */
export function applyUpdate(update: Update, item: Item, keys: readonly string[]): Item {
  const { set, remove } = update;
  const paths = pathsOf(update);
  for (const path of paths) {
    if (!keys.includes(path[0])) continue;
    throw invalid(
      `One or more parameter values were invalid: Cannot update attribute ${path[0]}. This attribute is part of the key`,
    );
  }
  assertApart(paths);
  let result = item;
  // Every value is that of the item as it was before.
  const values = set.map(({ value }) => evaluated(value, item));
  set.forEach(({ path }, index) => {
    result = placed(result, path, values[index]!);
  });
  for (const { path, value } of update.add) {
    result = placed(result, path, added(at(item, path), evaluated(value, item)));
  }
  for (const { path, value } of update.delete) {
    const left = without(at(item, path), evaluated(value, item));
    result = left === undefined ? removed(result, path) : placed(result, path, left);
  }
  // Later elements of a list first, so that the places of the others stay.
  for (const path of [...remove].sort(lastFirst)) result = removed(result, path);
  return result;
}

/** The places an update speaks of. */
export function pathsOf(update: Update): DocumentPath[] {
  return [...update.set, ...update.add, ...update.delete].map(({ path }) => path).concat(update.remove);
}

function assertApart(paths: readonly DocumentPath[]): void {
  paths.forEach((one, index) => {
    for (const other of paths.slice(index + 1)) {
      const short = Math.min(one.length, other.length);
      if (!one.slice(0, short).every((part, position) => part === other[position])) continue;
      const shown = (path: DocumentPath) => `[${path.join(", ")}]`;
      throw invalid(
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these " +
          `paths; path one: ${shown(one)}, path two: ${shown(other)}`,
      );
    }
  });
}

function lastFirst(a: DocumentPath, b: DocumentPath): number {
  const position = a.findIndex((part, index) => part !== b[index]);
  const [left, right] = [a[position], b[position]];
  return typeof left === "number" && typeof right === "number" ? right - left : 0;
}

function evaluated(tree: Operand, item: Item): Value {
  if (tree.kind === "sum") {
    const left = decimal(evaluated(tree.left, item));
    const right = decimal(evaluated(tree.right, item));
    return { N: formatDecimal(add(left, tree.subtract ? negate(right) : right)) };
  }
  if (tree.kind === "call") {
    const [first, second] = tree.args as [Operand, Operand];
    if (tree.name === "if_not_exists") {
      if (first.kind !== "path") {
        throw invalid(
          "Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists",
        );
      }
      return at(item, first.path) ?? evaluated(second, item);
    }
    const [left, right] = [evaluated(first, item), evaluated(second, item)];
    if (!("L" in left && "L" in right)) throw invalid(OF_OTHER_TYPE);
    return { L: [...left.L, ...right.L] };
  }
  const value = operand(tree, item);
  if (value === undefined) throw invalid(MISSING);
  return value;
}

function decimal(value: Value) {
  const parsed = "N" in value ? parseDecimal(value.N) : undefined;
  if (parsed === undefined) throw invalid(OF_OTHER_TYPE);
  return parsed;
}

const SETS = ["SS", "NS", "BS"] as const;

function added(before: Value | undefined, value: Value): Value {
  if ("N" in value) {
    if (before === undefined) return value;
    return { N: formatDecimal(add(decimal(before), decimal(value))) };
  }
  const [type, members] = membersOf(value, "ADD");
  if (before === undefined) return value;
  if (typeOf(before) !== type) throw invalid(OF_OTHER_TYPE);
  return { [type]: [...new Set([...membersOf(before, "ADD")[1], ...members])] } as unknown as Value;
}

/** The set that is left; undefined when nothing is. */
function without(before: Value | undefined, value: Value): Value | undefined {
  const [type, members] = membersOf(value, "DELETE");
  if (before === undefined) return undefined;
  if (typeOf(before) !== type) throw invalid(OF_OTHER_TYPE);
  const left = membersOf(before, "DELETE")[1].filter((member) => !members.includes(member));
  return left.length === 0 ? undefined : ({ [type]: left } as unknown as Value);
}

function membersOf(value: Value, operator: string): [type: (typeof SETS)[number], members: readonly string[]] {
  for (const type of SETS) {
    if (type in value) return [type, (value as unknown as Record<string, readonly string[]>)[type] ?? []];
  }
  throw invalid(
    `Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ${operator}, operand type: ${typeOf(value)}`,
  );
}

function placed(item: Item, [first, ...rest]: DocumentPath, value: Value): Item {
  if (rest.length === 0) return { ...item, [first]: value };
  const inner = item[first];
  if (inner === undefined) throw invalid(BAD_PATH);
  return { ...item, [first]: placedIn(inner, rest, value) };
}

function placedIn(into: Value, [part, ...rest]: readonly (string | number)[], value: Value): Value {
  if (part === undefined) return value;
  if (typeof part === "number") {
    if (!("L" in into)) throw invalid(BAD_PATH);
    const list = [...into.L];
    const inner = list[part];
    if (rest.length > 0 && inner === undefined) throw invalid(BAD_PATH);
    // Beyond the end of the list means at its end.
    list[Math.min(part, list.length)] = rest.length === 0 ? value : placedIn(inner!, rest, value);
    return { L: list };
  }
  if (!("M" in into)) throw invalid(BAD_PATH);
  const inner = into.M[part];
  if (rest.length > 0 && inner === undefined) throw invalid(BAD_PATH);
  return { M: { ...into.M, [part]: rest.length === 0 ? value : placedIn(inner!, rest, value) } };
}

function removed(item: Item, [first, ...rest]: DocumentPath): Item {
  if (rest.length === 0) {
    const { [first]: _, ...others } = item;
    return others;
  }
  const inner = item[first];
  return inner === undefined ? item : { ...item, [first]: removedIn(inner, rest) };
}

function removedIn(from: Value, [part, ...rest]: readonly (string | number)[]): Value {
  if (typeof part === "number") {
    if (!("L" in from)) throw invalid(BAD_PATH);
    const inner = from.L[part];
    if (inner === undefined) return from;
    if (rest.length === 0) return { L: from.L.filter((_, index) => index !== part) };
    return { L: from.L.with(part, removedIn(inner, rest)) };
  }
  if (!("M" in from)) throw invalid(BAD_PATH);
  const { [part ?? ""]: inner, ...others } = from.M;
  if (inner === undefined) return from;
  return { M: rest.length === 0 ? others : { ...from.M, [part ?? ""]: removedIn(inner, rest) } };
}
