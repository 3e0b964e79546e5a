/** What conditions and projections come to for an item. */
import { AwsError } from "../errors.ts";
import type { Condition, DocumentPath, Operand } from "./parser.ts";
import { compare, type Item, same, sizeOf, typeOf, type Value } from "./value.ts";

/** The value at a place; undefined where there is none. */
export function at(item: Item, [first, ...rest]: DocumentPath): Value | undefined {
  let value: Value | undefined = Object.hasOwn(item, first) ? item[first] : undefined;
  for (const part of rest) {
    if (value === undefined) return undefined;
    if (typeof part === "number") value = "L" in value ? value.L[part] : undefined;
    else value = "M" in value && Object.hasOwn(value.M, part) ? value.M[part] : undefined;
  }
  return value;
}

export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case "and":
      return holds(condition.left, item) && holds(condition.right, item);
    case "or":
      return holds(condition.left, item) || holds(condition.right, item);
    case "not":
      return !holds(condition.of, item);
    case "compare": {
      const left = operand(condition.left, item);
      const right = operand(condition.right, item);
      if (condition.comparator === "<>") return left === undefined || right === undefined || !same(left, right);
      if (left === undefined || right === undefined) return false;
      if (condition.comparator === "=") return same(left, right);
      const order = compare(left, right);
      return order !== undefined && inOrder(condition.comparator, order);
    }
    case "between": {
      const of = operand(condition.of, item);
      const from = operand(condition.from, item);
      const to = operand(condition.to, item);
      if (of === undefined || from === undefined || to === undefined) return false;
      return (compare(of, from) ?? -1) >= 0 && (compare(of, to) ?? 1) <= 0;
    }
    case "in": {
      const of = operand(condition.of, item);
      return of !== undefined && condition.list.some((one) => sameAs(operand(one, item), of));
    }
    case "call":
      return called(condition.name, condition.args, item);
  }
}

const sameAs = (left: Value | undefined, right: Value): boolean => left !== undefined && same(left, right);

function inOrder(comparator: "<" | "<=" | ">" | ">=", order: number): boolean {
  switch (comparator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function called(name: string, [first, second]: readonly Operand[], item: Item): boolean {
  const of = first && operand(first, item);
  if (name === "attribute_exists") return of !== undefined;
  if (name === "attribute_not_exists") return of === undefined;
  const with_ = second && operand(second, item);
  if (of === undefined || with_ === undefined) return false;
  switch (name) {
    case "attribute_type":
      return "S" in with_ && typeOf(of) === with_.S;
    case "begins_with":
      if ("S" in of && "S" in with_) return of.S.startsWith(with_.S);
      if (!("B" in of && "B" in with_)) return false;
      return Buffer.from(of.B, "base64").indexOf(Buffer.from(with_.B, "base64")) === 0;
    default:
      return contains(of, with_);
  }
}

function contains(of: Value, part: Value): boolean {
  if ("S" in of) return "S" in part && of.S.includes(part.S);
  if ("B" in of) return "B" in part && Buffer.from(of.B, "base64").includes(Buffer.from(part.B, "base64"));
  if ("SS" in of) return "S" in part && of.SS.includes(part.S);
  if ("NS" in of) return "N" in part && of.NS.includes(part.N);
  if ("BS" in of) return "B" in part && of.BS.includes(part.B);
  return "L" in of && of.L.some((one) => same(one, part));
}

export function operand(tree: Operand, item: Item): Value | undefined {
  if (tree.kind === "value") return tree.value;
  if (tree.kind === "path") return at(item, tree.path);
  if (tree.kind !== "call" || tree.name !== "size") throw new Error(`${tree.kind} is no operand of a condition`);
  const of = tree.args[0] && operand(tree.args[0], item);
  const size = of && length(of);
  return size === undefined ? undefined : { N: String(size) };
}

function length(value: Value): number | undefined {
  if ("S" in value) return [...value.S].length;
  if ("B" in value) return Buffer.byteLength(value.B, "base64");
  if ("M" in value) return Object.keys(value.M).length;
  for (const members of Object.values(value)) if (Array.isArray(members)) return members.length;
  return undefined;
}

/** The parts of an item at some places. */
export function project(item: Item, paths: readonly DocumentPath[]): Item {
  const found: Record<string, Value> = {};
  for (const path of [...paths].sort(byIndex)) {
    const value = at(item, path);
    if (value !== undefined) found[path[0]] = placed(found[path[0]], path.slice(1), value);
  }
  return found;
}

/** Elements of a list come in its order, whatever the order in which they are asked for. */
function byIndex(a: DocumentPath, b: DocumentPath): number {
  const position = a.findIndex((part, index) => part !== b[index]);
  const [left, right] = [a[position], b[position]];
  return typeof left === "number" && typeof right === "number" ? left - right : 0;
}

function placed(into: Value | undefined, [part, ...rest]: readonly (string | number)[], value: Value): Value {
  if (part === undefined) return value;
  if (typeof part === "number") {
    const list = into !== undefined && "L" in into ? into.L : [];
    return { L: [...list, placed(undefined, rest, value)] };
  }
  const map = into !== undefined && "M" in into ? into.M : {};
  return { M: { ...map, [part]: placed(map[part], rest, value) } };
}

/** "Maximum item size in DynamoDB is 400 KB." */
export function assertSize(item: Item): void {
  if (sizeOf(item) <= 400 * 1024) return;
  throw new AwsError("ValidationException", "Item size has exceeded the maximum allowed size");
}
