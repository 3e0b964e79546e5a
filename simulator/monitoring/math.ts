/** What metric maths comes to: operators, `IF`, and expressions that refer to each other. */
import { FUNCTIONS } from "./math-functions.ts";
import { type Expression, type Operator, parseMath } from "./math-parser.ts";
import {
  finite,
  type Grid,
  isList,
  isSeries,
  type MathContext,
  map,
  type Series,
  seriesOf,
  type Value,
} from "./math-values.ts";

/**
 * The series an expression comes to.
 *
 * @throws Error when it is not understood, or ends in something an alarm cannot watch
 */
export function calculate(source: string, context: MathContext): Series {
  const value = evaluate(parseMath(source), context, new Set());
  if (isSeries(value)) return value;
  if (isList(value) && value.list.length === 1) return value.list[0]!;
  throw new Error(
    `"${source}" is ${isList(value) ? `${value.list.length} series` : "one value"}; an alarm watches one series`,
  );
}

function evaluate(tree: Expression, context: MathContext, open: ReadonlySet<string>): Value {
  const inner = (part: Expression) => evaluate(part, context, open);
  switch (tree.kind) {
    case "number":
    case "text":
      return tree.value;
    case "name":
      return named(tree.name, context, open);
    case "list":
      return { list: tree.items.flatMap((item) => seriesOf(inner(item))) };
    case "negate":
      return map(inner(tree.of), (value) => -value);
    case "binary":
      return combine(inner(tree.left), inner(tree.right), OPERATORS[tree.operator]);
    case "call": {
      if (tree.name === "IF") return choose(tree.args.map(inner), context.grid);
      const call = FUNCTIONS[tree.name];
      if (call === undefined) throw new Error(`the function ${tree.name} of metric maths is not evaluated here`);
      return call(
        tree.args.map((arg) => (isKeyword(arg, context) ? arg.name : inner(arg))),
        context,
      );
    }
  }
}

const KEYWORDS: ReadonlySet<string> = new Set(["REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"]);

function isKeyword(tree: Expression, context: MathContext): tree is Extract<Expression, { kind: "name" }> {
  return tree.kind === "name" && KEYWORDS.has(tree.name) && !context.metrics.has(tree.name);
}

function named(name: string, context: MathContext, open: ReadonlySet<string>): Value {
  const metric = context.metrics.get(name);
  if (metric !== undefined) return metric;
  const source = context.expressions.get(name);
  if (source === undefined) throw new Error(`nothing has the id ${name}`);
  if (open.has(name)) throw new Error(`the expression ${name} refers to itself`);
  return evaluate(parseMath(source), context, new Set([...open, name]));
}

const truth = (value: boolean) => (value ? 1 : 0);

const OPERATORS: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
  "==": (left, right) => truth(left === right),
  "!=": (left, right) => truth(left !== right),
  "<": (left, right) => truth(left < right),
  ">": (left, right) => truth(left > right),
  "<=": (left, right) => truth(left <= right),
  ">=": (left, right) => truth(left >= right),
  AND: (left, right) => truth(left !== 0 && right !== 0),
  OR: (left, right) => truth(left !== 0 || right !== 0),
};

/**
 * Two values, period by period. "Missing values in a time series are treated as 0. If the value of a data point causes a
 * function to attempt to divide by zero, the data point is dropped." Where neither series has a point there is none.
 */
function combine(left: Value, right: Value, apply: (left: number, right: number) => number): Value {
  if (typeof left === "string" || typeof right === "string") throw new Error("text cannot be calculated with");
  if (typeof left === "number" && typeof right === "number") return apply(left, right);
  if (typeof left === "number") return map(right, (value) => apply(left, value));
  if (typeof right === "number") return map(left, (value) => apply(value, right));
  if (isList(left) && isList(right)) throw new Error("two lists of series cannot be combined");
  if (isList(left)) return { list: left.list.map((series) => combine(series, right, apply) as Series) };
  if (isList(right)) return { list: right.list.map((series) => combine(left, series, apply) as Series) };
  return left.map((point, index) => {
    const other = right[index];
    return point === undefined && other === undefined ? undefined : finite(apply(point ?? 0, other ?? 0));
  });
}

/**
 * `IF(condition, then[, else])` by "Using IF expressions": without a condition there is no point; a true condition
 * without a value gives 0; a false one without a value drops the point.
 */
function choose([condition, yes, no]: readonly Value[], { starts }: Grid): Series {
  if (condition === undefined || yes === undefined) throw new Error("IF takes a condition and one or two values");
  const at = (value: Value | undefined, index: number): number | undefined => {
    if (value === undefined || typeof value === "number") return value;
    if (isSeries(value)) return value[index];
    throw new Error("IF takes numbers and single series");
  };
  return starts.map((_, index) => {
    const decides = at(condition, index);
    if (decides === undefined) return undefined;
    return decides !== 0 ? (at(yes, index) ?? 0) : at(no, index);
  });
}
