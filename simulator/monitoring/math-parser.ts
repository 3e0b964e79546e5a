/** Metric maths as a tree. Grammar by "Using metric math" in the CloudWatch user guide. */
import { Tokens } from "./tokens.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "negate"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = "+" | "-" | "*" | "/" | "^" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "AND" | "OR";

/** Operators from the weakest to the strongest; `&&` and `||` are other spellings. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  { OR: "OR", "||": "OR" },
  { AND: "AND", "&&": "AND" },
  { "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=" },
  { "+": "+", "-": "-" },
  { "*": "*", "/": "/" },
];

/** @throws Error with the place that is not understood */
export function parseMath(source: string): Expression {
  const tokens = new Tokens(source, "[A-Za-z_]\\w*", "&&|\\|\\||[=!<>]=|[-+*/^<>(),\\[\\]]");
  const tree = binary(tokens, 0);
  tokens.end();
  return tree;
}

function binary(tokens: Tokens, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(tokens);
  let left = binary(tokens, level + 1);
  for (let sign = tokens.take(...Object.keys(operators)); sign; sign = tokens.take(...Object.keys(operators))) {
    left = { kind: "binary", operator: operators[sign.text]!, left, right: binary(tokens, level + 1) };
  }
  return left;
}

function unary(tokens: Tokens): Expression {
  if (tokens.take("-")) return { kind: "negate", of: unary(tokens) };
  const base = operand(tokens);
  return tokens.take("^") ? { kind: "binary", operator: "^", left: base, right: unary(tokens) } : base;
}

function operand(tokens: Tokens): Expression {
  if (tokens.take("(")) {
    const inner = binary(tokens, 0);
    tokens.expect(")");
    return inner;
  }
  if (tokens.take("[")) return { kind: "list", items: items(tokens, "]") };
  const next = tokens.peek();
  if (next === undefined || next.kind === "sign") throw tokens.unexpected();
  tokens.any();
  if (next.kind === "number") return { kind: "number", value: Number(next.text) };
  if (next.kind === "text") return { kind: "text", value: next.text.slice(1, -1) };
  if (tokens.take("(")) return { kind: "call", name: next.text, args: items(tokens, ")") };
  return { kind: "name", name: next.text };
}

function items(tokens: Tokens, end: string): Expression[] {
  const found: Expression[] = [];
  if (tokens.take(end)) return found;
  do found.push(binary(tokens, 0));
  while (tokens.take(","));
  tokens.expect(end);
  return found;
}
